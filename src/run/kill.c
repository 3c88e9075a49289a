/* SPDX-License-Identifier: Apache-2.0 */
/* Signals: by handle, never by a bare pid. */
#include "config.h"

#include "run/kill.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "run/freeze.h"
#include "run/lost.h"
#include "run/open.h"
#include "run/record.h"
#include "run/run.h"
#include "sys/cgroupfs.h"
#include "sys/pidfd.h"
#include "sys/proc.h"

/* How long a cgroup may take to empty. */
#define KILL_TIMEOUT_MS 10000
#define AGAIN_MS 1000

static int not_running(struct error *e)
{
	return err_verbatim(e, ERR_STATE, -ESRCH, "container not running");
}

int cgroup_open(const struct state_hierarchy *h, struct error *e)
{
	auto_fd int root = cgfs_root(h->mountpoint, e);
	int dir;

	if (root < 0)
		return root;
	dir = cgfs_open(root, h->path, NULL);
	if (dir < 0 && dir != -ENOENT)
		return err_sys(e, -dir, "open", "cannot open the cgroup %s", h->path);
	return dir;
}

/* Which of two hierarchies is asked first: v2, where the kernel kills by itself, else that of the
 * freezer, where a fork bomb can be stopped, else any. */
static int rank(const struct state_hierarchy *h)
{
	return h->v2 ? 2 : h->freezer;
}

int members_open(const struct state_record *rec, bool *v2, struct error *e)
{
	if (!rec->n_hierarchies)
		return err_set(e, ERR_STATE, -ENOTSUP,
			"the container has no cgroup: there is no list of its processes");
	/* One that could not be made and was not required is not there; ask the next. */
	for (int want = 2; want >= 0; want--) {
		for (size_t i = 0; i < rec->n_hierarchies; i++) {
			const struct state_hierarchy *h = &rec->hierarchies[i];
			int dir = rank(h) == want ? cgroup_open(h, e) : -ENOENT;

			*v2 = h->v2;
			if (dir != -ENOENT)
				return dir;
		}
	}
	return -ENOENT;
}

int members_kill(const struct state_record *rec, int timeout_ms, struct error *e)
{
	auto_error struct error first = ERROR_INIT;
	auto_fd int dir = -EBADF;
	bool v2;
	int r;

	dir = members_open(rec, &v2, e);
	if (dir == -ENOENT)
		return 0;
	if (dir < 0)
		return dir;
	r = freeze_thaw(rec, e);
	if (r == 0)
		r = cgfs_kill(
			dir, v2, AGAIN_MS < timeout_ms ? AGAIN_MS : timeout_ms, &first);
	if (r == -ETIMEDOUT) {
		/* On hybrid machines the kernel kills by v2, and who was frozen by v1
		 * meanwhile waits for the thaw. */
		r = freeze_thaw(rec, e);
		return r < 0 ? r : cgfs_kill(dir, v2, timeout_ms, e);
	}
	if (err_is(&first) && e)
		err_move(e, &first);
	return r;
}

int members_by_number(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

static int signal_all(const struct state_record *rec, int sig, struct error *e)
{
	auto_arena struct arena arena = ARENA_INIT;
	auto_fd int dir = -EBADF;
	pid_t *pids;
	bool v2;
	size_t n;
	int r;

	if (sig == SIGKILL)
		return members_kill(rec, KILL_TIMEOUT_MS, e);
	dir = members_open(rec, &v2, e);
	if (dir == -ENOENT)
		return 0;
	if (dir < 0)
		return dir;
	r = cgfs_procs(&arena, dir, true, &pids, &n, e);
	return r < 0 ? r : cgfs_signal(dir, true, pids, n, sig, e);
}

/* The one process, by a handle; SIGKILL needs a thaw on v1. */
static int signal_init(const struct state_record *rec, int fd, int sig, struct error *e)
{
	int r;

	if (fd == -ESRCH)
		return not_running(e);
	if (fd < 0)
		return err_sys(
			e, -fd, "pidfd_open", "cannot get a handle of the container");
	r = pidfd_kill(fd, (pid_t)rec->pid, rec->starttime, sig);
	if (r == -ESRCH)
		return not_running(e);
	if (r < 0)
		return err_sys(e, -r, "pidfd_send_signal",
			"cannot send signal %d to the container", sig);
	return sig == SIGKILL ? freeze_thaw(rec, e) : 0;
}

int run_kill(
	const struct run_env *env, const char *id, int sig, bool all, struct error *e)
{
	auto_opened struct opened o;
	struct status_live live = { .status = STATUS_STOPPED };
	const struct state_record *rec;
	auto_fd int fd = -EBADF;
	bool owns;
	int r = opened_begin(env, id, true, &o, e);

	if (r < 0)
		return r;
	/* "not running" would be a guess, and engines take it for a fact. */
	if (lost_is(&o))
		return lost_refused(&o, id, e);
	rec = &o.state.rec;
	/* Before the process is looked at: what is found then is true of whom the handle
	 * stands for, because it is older than both (F3). */
	fd = pidfd_get((pid_t)rec->pid, 0, NULL);
	r = all ? status_live(&o.state, &live, e) : status_alive(&o.state, &live, e);
	if (r < 0)
		return r;
	owns = record_owns_cgroups(rec) && !live.other_boot;
	/* Engines clear a shared pid namespace by kill --all after init has died;
	 * whoever is in the cgroup of another one is a stranger (I3). */
	if (live.status == STATUS_STOPPED && (!all || !owns || rec->own_pid_ns))
		return all ? 0 : not_running(e);
	/* KILL of a container without a pid namespace of its own ends its cgroup: engines
	 * rely on it (docs/engines.md, "Life"). */
	if (owns &&
		(all || (sig == SIGKILL && !rec->own_pid_ns && rec->n_hierarchies > 0)))
		return signal_all(rec, sig, e);
	return signal_init(rec, fd, sig, e);
}
