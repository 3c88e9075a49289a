/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of a container, by its cgroup. */
#include "config.h"

#include "run/run.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "run/kill.h"
#include "run/open.h"
#include "sys/cgroupfs.h"

/* A process that moves while the folders are read is in two lists. One of a pid namespace that
 * is not below ours has number 0: nobody here can do anything with it. */
static size_t tidy(pid_t *pids, size_t n)
{
	size_t kept = 0;

	if (n > 0)
		qsort(pids, n, sizeof(*pids), members_by_number);
	for (size_t i = 0; i < n; i++) {
		if (pids[i] > 0 && (kept == 0 || pids[kept - 1] != pids[i]))
			pids[kept++] = pids[i];
	}
	return kept;
}

int run_ps(const struct run_env *env, const char *id, struct arena *a, pid_t **pids,
	size_t *n, struct error *e)
{
	auto_opened struct opened o;
	struct status_live live;
	auto_fd int dir = -EBADF;
	bool v2;
	int r = opened_begin(env, id, false, &o, e);

	if (r == 0)
		r = status_live(&o.state, &live, e);
	if (r < 0)
		return r;
	*pids = NULL;
	*n = 0;
	/* Of another boot: the cgroup of its name is somebody else's. */
	if (live.other_boot)
		return 0;
	dir = members_open(&o.state.rec, &v2, e);
	if (dir == -ENOENT)
		return 0;
	if (dir < 0)
		return dir;
	r = cgfs_procs(a, dir, true, pids, n, e);
	if (r == 0)
		*n = tidy(*pids, *n);
	return r;
}
