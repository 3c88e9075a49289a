/* SPDX-License-Identifier: Apache-2.0 */
/* The maps of a user namespace, from outside: written for a new one, compared for a joined one. */
#include "config.h"

#include "setup/steps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "sys/proc.h"

static int write_map(pid_t pid, const char *file, const struct plan_idmap *map, size_t n,
	struct error *e)
{
	auto_buf struct buf text = BUF_INIT;
	char name[64];
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = buf_addf(&text, "%" PRIu32 " %" PRIu32 " %" PRIu32 "\n",
			map[i].container_id, map[i].host_id, map[i].size);
	if (r < 0)
		return err_set(e, ERR_SYSTEM, r, "no memory for %s", file);
	if (n == 0)
		return 0;
	snprintf(name, sizeof(name), "%d/%s", (int)pid, file);
	/* The kernel takes the whole map in one write, once (user_namespaces(7)). */
	r = sys_proc_write(name, text.p, text.len, e);
	if (r == -EINVAL)
		err_hint(e, "at most 340 lines, which must not overlap");
	if (r == -EPERM)
		err_hint(e, "host ids that this process may not hand out");
	return r;
}

/* user_namespaces(7): without CAP_SETGID over the ids a group map is only taken once setgroups(2)
 * is given up, because groups can also take access away (CVE-2014-8989). */
static int deny_setgroups(pid_t pid, struct error *e)
{
	char name[64];
	int r;

	snprintf(name, sizeof(name), "%d/setgroups", (int)pid);
	r = sys_proc_write(name, "deny", 4, e);
	return r < 0 ? err_wrap(e, "giving setgroups up") : 0;
}

int step_idmap_write(const struct plan *plan, pid_t pid, struct error *e)
{
	int r = plan->deny_setgroups ? deny_setgroups(pid, e) : 0;

	if (r == 0)
		r = plan->gid_helper ? step_idmap_helper(plan->gid_helper, pid,
					       plan->gid_map, plan->n_gid_map, e)
				     : write_map(pid, "gid_map", plan->gid_map,
					       plan->n_gid_map, e);
	if (r == 0)
		r = plan->uid_helper ? step_idmap_helper(plan->uid_helper, pid,
					       plan->uid_map, plan->n_uid_map, e)
				     : write_map(pid, "uid_map", plan->uid_map,
					       plan->n_uid_map, e);
	if (r < 0)
		err_wrap(e, "the id maps of the user namespace");
	return r;
}

static bool has_line(
	const struct plan_idmap *map, size_t n, const struct plan_idmap *line)
{
	for (size_t i = 0; i < n; i++) {
		if (map[i].container_id == line->container_id &&
			map[i].host_id == line->host_id && map[i].size == line->size)
			return true;
	}
	return false;
}

/* The kernel may have sorted the lines. Read from our user namespace, the ids outside are ours. */
static int check_map(pid_t pid, const char *file, const char *member,
	const struct plan_idmap *map, size_t n, struct error *e)
{
	char text[340 * 34 + 1];
	char name[64];
	size_t lines = 0;
	bool same = true;
	ssize_t len;

	snprintf(name, sizeof(name), "%d/%s", (int)pid, file);
	len = sys_proc_read(name, text, sizeof(text), e);
	if (len < 0)
		return (int)len;
	for (char *save = NULL, *at = strtok_r(text, "\n", &save); at;
		at = strtok_r(NULL, "\n", &save)) {
		struct plan_idmap line;

		lines++;
		same = same &&
		       sscanf(at, "%" SCNu32 " %" SCNu32 " %" SCNu32, &line.container_id,
			       &line.host_id, &line.size) == 3 &&
		       has_line(map, n, &line);
	}
	if (same && lines == n)
		return 0;
	err_set(e, ERR_CONFIG, -EINVAL,
		"the user namespace that is joined has another %s than the configuration",
		file);
	err_hint(e, "leave the mappings out: the namespace has its own");
	step_origin(e, 0, 0, member);
	return -EINVAL;
}

int step_idmap_check(const struct plan *plan, pid_t pid, struct error *e)
{
	int r = 0;

	if (plan->n_uid_map)
		r = check_map(pid, "uid_map", "linux.uidMappings", plan->uid_map,
			plan->n_uid_map, e);
	if (r == 0 && plan->n_gid_map)
		r = check_map(pid, "gid_map", "linux.gidMappings", plan->gid_map,
			plan->n_gid_map, e);
	return r;
}
