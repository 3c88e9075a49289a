/* SPDX-License-Identifier: Apache-2.0 */
/* The maps of a new user namespace, written from outside. */
#include "config.h"

#include "setup/step.h"

#include <inttypes.h>
#include <stdio.h>

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

int step_idmap_write(const struct plan *plan, pid_t pid, struct error *e)
{
	int r = write_map(pid, "gid_map", plan->gid_map, plan->n_gid_map, e);

	if (r == 0)
		r = write_map(pid, "uid_map", plan->uid_map, plan->n_uid_map, e);
	if (r < 0)
		err_wrap(e, "the id maps of the user namespace");
	return r;
}
