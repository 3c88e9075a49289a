/* SPDX-License-Identifier: Apache-2.0 */
/* pause and resume. */
#include "config.h"

#include "run/pause.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "run/exec.h"
#include "run/freeze.h"
#include "run/kill.h"
#include "run/open.h"
#include "run/run.h"
#include "sys/cgroupfs.h"
#include "sys/pidfd.h"
#include "sys/proc.h"

#define FREEZE_TIMEOUT_MS 10000
#define THAW_TIMEOUT_MS 2000
#define EXIT_TIMEOUT_MS 500

static int open_locked(
	const struct run_env *env, const char *id, struct opened *o, struct error *e)
{
	int r = opened_begin(env, id, false, o, e);

	/* A delete at the same time would find its cgroup frozen under its hands. */
	return r < 0 ? r : state_lock(&o->state, STATE_LOCK_TIMEOUT_MS, e);
}

/* A process that exits leaves its cgroup a moment before it is a zombie. */
static bool is_exiting(const struct state_record *rec)
{
	auto_fd int fd = pidfd_get((pid_t)rec->pid, rec->starttime, NULL);

	return fd == -ESRCH || (fd >= 0 && pidfd_ended(fd, (pid_t)rec->pid,
						   rec->starttime, EXIT_TIMEOUT_MS) == 1);
}

/* The hierarchy that members_open() prefers. */
static const struct state_hierarchy *preferred(const struct state_record *rec)
{
	const struct state_hierarchy *found = &rec->hierarchies[0];

	for (size_t i = 1; i < rec->n_hierarchies && !found->v2; i++) {
		const struct state_hierarchy *h = &rec->hierarchies[i];

		if (h->v2 || (h->freezer && !found->freezer))
			found = h;
	}
	return found;
}

/* "4:cpu,cpuacct:/a/b", "0::/a/b": the path when the line is of this hierarchy, or NULL. */
static const char *path_in(const struct state_hierarchy *h, char *line)
{
	char *list = strchr(line, ':');
	char *path = list ? strchr(list + 1, ':') : NULL;

	if (!path || path[1] != '/')
		return NULL;
	list++;
	*path++ = '\0';
	if (h->v2)
		return *list ? NULL : path;
	return *list && hierarchy_has(h, list, strcspn(list, ",")) ? path : NULL;
}

/* By one word of the kernel: lists are read folder by folder, and whoever goes from one cgroup to
 * another below the container's, which he may make, can be in none of them. */
static bool is_below(const struct state_record *rec)
{
	const struct state_hierarchy *h = preferred(rec);
	char name[32], text[4 * PATH_MAX], *save = NULL;
	size_t n = strlen(h->path);

	snprintf(name, sizeof(name), "%d/cgroup", (int)rec->pid);
	if (sys_proc_read(name, text, sizeof(text), NULL) < 0)
		return false;
	for (char *line = strtok_r(text, "\n", &save); line;
		line = strtok_r(NULL, "\n", &save)) {
		const char *path = path_in(h, line);

		if (path)
			return strncmp(path + 1, h->path, n) == 0 &&
			       (path[n + 1] == '/' || path[n + 1] == '\0');
	}
	return false;
}

int member_check(const struct state_record *rec, struct error *e)
{
	auto_arena struct arena arena = ARENA_INIT;
	auto_fd int dir = -EBADF;
	pid_t *pids;
	bool v2;
	size_t n;
	int r;

	dir = members_open(rec, &v2, e);
	if (dir == -ENOENT)
		return err_set(e, ERR_STATE, -ENOENT,
			"the container's cgroup %s has been removed",
			rec->hierarchies[0].path);
	if (dir < 0)
		return dir;
	/* Most containers have nothing below. */
	for (int deep = 0; deep <= 1; deep++) {
		r = cgfs_procs(&arena, dir, deep, &pids, &n, e);
		if (r < 0)
			return r;
		for (size_t i = 0; i < n; i++) {
			if (pids[i] == (pid_t)rec->pid)
				return 0;
		}
	}
	if (is_below(rec))
		return 0;
	if (is_exiting(rec))
		return err_verbatim(e, ERR_STATE, -ESRCH, "container not running");
	return err_set(e, ERR_STATE, -EXDEV, "init has left the container's cgroup %s",
		rec->hierarchies[0].path);
}

int run_pause(const struct run_env *env, const char *id, struct error *e)
{
	auto_opened struct opened o;
	struct status_live live;
	int r = open_locked(env, id, &o, e);

	if (r == 0)
		r = status_live(&o.state, &live, e);
	if (r < 0)
		return r;
	/* The words that engines know (docs/engines.md, "Words"). */
	if (live.status == STATUS_PAUSED)
		return err_verbatim(
			e, ERR_STATE, -EBUSY, "container not running: it is paused");
	if (live.status != STATUS_RUNNING && live.status != STATUS_CREATED)
		return err_verbatim(e, ERR_STATE, -ESRCH, "container not running");
	if (o.state.rec.n_hierarchies)
		r = member_check(&o.state.rec, e);
	if (r == 0)
		r = freeze_on(&o.state.rec, FREEZE_TIMEOUT_MS, e);
	if (r < 0)
		return opened_died(&o, r, e);
	/*
	 * A cgroup without a living process must not stay frozen: the next container of
	 * this path would hang in it. Who died in the meantime did so before it stood.
	 */
	r = status_alive(&o.state, &live, e);
	if (r == 0 && live.status == STATUS_STOPPED)
		r = err_verbatim(e, ERR_STATE, -ESRCH, "container not running");
	if (r < 0)
		freeze_off(&o.state.rec, THAW_TIMEOUT_MS, NULL);
	return r;
}

int run_resume(const struct run_env *env, const char *id, struct error *e)
{
	auto_opened struct opened o;
	struct status_live live;
	int r = open_locked(env, id, &o, e);

	if (r == 0)
		r = status_live(&o.state, &live, e);
	if (r < 0)
		return r;
	if (live.status != STATUS_PAUSED)
		return err_verbatim(e, ERR_STATE, -EINVAL, "container not paused");
	r = freeze_off(&o.state.rec, THAW_TIMEOUT_MS, e);
	return r < 0 ? opened_died(&o, r, e) : 0;
}
