/* SPDX-License-Identifier: Apache-2.0 */
/* Delete: undo, in reverse, what create did. */
#include "config.h"

#include "run/remove.h"

#include <signal.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "run/freeze.h"
#include "run/hooks.h"
#include "run/kill.h"
#include "run/lost.h"
#include "run/open.h"
#include "run/record.h"
#include "run/run.h"
#include "run/threads.h"
#include "setup/cgroup_unit.h"
#include "sys/cgroupfs.h"
#include "sys/clock.h"
#include "sys/pidfd.h"
#include "sys/proc.h"

#define REMOVE_TIMEOUT_MS 10000
/* Most have ended by then. */
#define AT_ONCE_MS 100
#define MEMBERS_MS 300
/* Who has just died may be counted for a moment more. */
#define DYING_MS 2000

/* What is done with processes that are in a cgroup when init has ended. */
enum remove_how {
	REMOVE_FOREIGN, /* half-made: it may be somebody else's cgroup that was found there */
	REMOVE_OWN, /* made for the container, whose processes have all ended with init */
	REMOVE_KILLING, /* the container's processes may outlive init */
};

/* The cgroup when it is empty, which it mostly is, and the parents that create made, when
 * nothing else is in them. */
static int remove_empty(const struct state_hierarchy *h)
{
	return cgfs_rmdir(h->mountpoint, h->path, h->made > 1 ? h->made - 1 : 0);
}

/* -ENOENT: the hierarchy itself is gone, and the cgroup with it. */
static int open_root(const struct state_hierarchy *h, struct error *e)
{
	int root = cgfs_root(h->mountpoint, NULL);

	if (root < 0 && root != -ENOENT)
		return err_sys(e, -root, "open", "cannot open the cgroup hierarchy at %s",
			h->mountpoint);
	return root;
}

static int remove_killing(
	const struct state_hierarchy *h, int timeout_ms, struct error *e)
{
	auto_fd int root = open_root(h, e), dir = -EBADF;
	int r;

	if (root < 0)
		return root == -ENOENT ? 0 : root;
	dir = cgfs_open(root, h->path, NULL);
	r = dir >= 0 ? cgfs_kill(dir, h->v2, timeout_ms, e) : 0;
	if (r < 0)
		return r;
	cleanup_fd(&dir);
	r = cgfs_rmtree(root, h->path, timeout_ms, e);
	if (r == 0)
		remove_empty(h);
	return r;
}

/* Until nobody is in it, or the deadline. 1: somebody is. */
static int wait_empty(
	int root, const struct state_hierarchy *h, int64_t deadline, struct error *e)
{
	auto_fd int dir = cgfs_open(root, h->path, NULL);
	long nap = 200000;
	int r = 0;

	while (dir >= 0 && (r = cgfs_populated(dir, h->v2, e)) > 0) {
		if (sys_now_ms() >= deadline)
			break;
		sys_nap(&nap);
	}
	return r;
}

/* 1: somebody else is in it, and it stays as it is. */
static int remove_unless_used(
	const struct state_hierarchy *h, int64_t deadline, struct error *e)
{
	auto_fd int root = open_root(h, e);
	int64_t left;
	int r;

	if (root < 0)
		return root == -ENOENT ? 0 : root;
	r = wait_empty(root, h, deadline, e);
	if (r != 0)
		return r;
	left = deadline - sys_now_ms();
	r = cgfs_rmtree(root, h->path, left > 0 ? (int)left : 0, e);
	if (r == -EBUSY) {
		err_done(e);
		return 1;
	}
	if (r == 0)
		remove_empty(h);
	return r;
}

/*
 * What was not empty. LIFE-17: what is left in a shared pid namespace is ended through its cgroup.
 * Killing in one hierarchy is enough, but each is asked: a process may have been moved out of one
 * of them. Otherwise nothing of the container lives after its init, and whoever is there is a
 * stranger: the next container of the same path, say (I3).
 */
static int remove_busy(const struct state_record *rec, const bool *gone,
	enum remove_how how, struct error *e)
{
	int64_t deadline = sys_now_ms() + (how == REMOVE_OWN ? DYING_MS : 0);
	bool used = false;
	int first = how == REMOVE_KILLING ? members_kill(rec, REMOVE_TIMEOUT_MS, e) : 0;

	if (first < 0)
		return first;
	for (size_t i = rec->n_hierarchies; i-- > 0;) {
		const struct state_hierarchy *h = &rec->hierarchies[i];
		auto_error struct error one = ERROR_INIT;
		int r = 0;

		if (!gone[i])
			r = how == REMOVE_KILLING
				    ? remove_killing(h, REMOVE_TIMEOUT_MS, &one)
				    : remove_unless_used(h, deadline, &one);
		if (r > 0 && how == REMOVE_OWN)
			log_warning("the cgroup %s in %s stays: a process is in it that "
				    "is not the container's",
				h->path, h->mountpoint);
		used |= r > 0;
		if (r < 0 && first == 0) {
			first = r;
			if (e)
				err_move(e, &one);
		}
	}
	return first < 0 ? first : used;
}

/* Everything that create made, but the state folder. 1: somebody else uses a cgroup of it. */
static int remove_cgroups(
	const struct state_record *rec, enum remove_how how, struct error *e)
{
	bool gone[STEP_MAX_HIERARCHIES], all = true;

	if (rec->n_hierarchies > ARRAY_SIZE(gone))
		return err_set(e, ERR_STATE, -E2BIG, "more than %zu cgroup hierarchies",
			ARRAY_SIZE(gone));
	for (size_t i = rec->n_hierarchies; i-- > 0;) {
		gone[i] = remove_empty(&rec->hierarchies[i]) == 0;
		all = all && gone[i];
	}
	return all ? 0 : remove_busy(rec, gone, how, e);
}

/* Does systemd's unit still have its cgroup? When the last process has ended systemd takes it away
 * by itself and forgets the unit, and then there is nothing to be asked for. */
static bool unit_is_there(const struct state_record *rec)
{
	bool there = false;

	for (size_t i = 0; rec->unit && i < rec->n_hierarchies && !there; i++) {
		const struct state_hierarchy *h = &rec->hierarchies[i];
		auto_fd int root = cgfs_root(h->mountpoint, NULL), dir = -EBADF;

		if (root >= 0)
			dir = cgfs_open(root, h->path, NULL);
		there = dir >= 0;
	}
	return there;
}

/* The processes and the cgroups are gone: all that is left is the manager's memory of the unit,
 * which it loses by itself, later. Waiting for it frees the name at once. */
static void stop_unit(const struct state_record *rec)
{
	auto_error struct error e = ERROR_INIT;

	if (cgroup_unit_stop(rec->unit, rec->user_manager, REMOVE_TIMEOUT_MS, &e) < 0)
		log_ignored(&e, "systemd's unit %s could not be stopped", rec->unit);
}

/* 1: the killed init has ended. */
static int await_init(
	const struct state_record *rec, int fd, int timeout_ms, struct error *e)
{
	int r = freeze_thaw(rec, e);

	if (r < 0)
		return r;
	r = pidfd_ended(fd, (pid_t)rec->pid, rec->starttime, timeout_ms);
	return r < 0 ? err_sys(e, -r, "poll", "cannot wait for the container's end") : r;
}

/* Kill the container's init (by handle), wait until it has ended. */
static int kill_init(const struct state_record *rec, int timeout_ms, struct error *e)
{
	auto_fd int fd = pidfd_get((pid_t)rec->pid, rec->starttime, NULL);
	int r;

	if (rec->pid <= 0 || fd == -ESRCH)
		return 0;
	if (fd < 0)
		return err_sys(
			e, -fd, "pidfd_open", "cannot get a handle of the container");
	r = pidfd_kill(fd, (pid_t)rec->pid, rec->starttime, SIGKILL);
	if (r < 0 && r != -ESRCH)
		return err_sys(e, -r, "pidfd_send_signal", "cannot kill the container");
	r = await_init(rec, fd, AT_ONCE_MS, e);
	/*
	 * A cgroup of v1 below the container's own may be frozen from inside before init has come
	 * to die, and again whenever it is thawed: so whoever does that dies first (J6).
	 */
	if (r == 0 && record_owns_cgroups(rec) && rec->n_hierarchies)
		members_kill(rec, MEMBERS_MS, NULL);
	if (r == 0)
		r = await_init(rec, fd, timeout_ms, e);
	if (r == 0)
		return err_set(e, ERR_STATE, -ETIMEDOUT,
			"process %d of the container did not end within %d ms after SIGKILL",
			(int)rec->pid, timeout_ms);
	return r < 0 ? r : 0;
}

/* Files that are not ours stay, out of the way (J7): the container is gone and its id is
 * free. */
static int discard(int rootfd, struct state *s, struct error *e)
{
	auto_error struct error left = ERROR_INIT;
	int r = state_discard(rootfd, s->rec.id, s, &left);

	if (r == -ENOTEMPTY) {
		log_warning(
			"%s", left.text ? left.text : "the state folder is not empty");
		return 0;
	}
	if (r < 0 && e)
		err_move(e, &left);
	return r;
}

int remove_container(int rootfd, struct state *s, bool alive, struct error *e)
{
	const struct state_record *rec = &s->rec;
	bool owns = record_owns_cgroups(rec);
	auto_error struct error ignored = ERROR_INIT;
	struct plan *hooks = NULL;
	enum remove_how how = !owns		? REMOVE_FOREIGN
			      : rec->own_pid_ns ? REMOVE_OWN
						: REMOVE_KILLING;
	struct step_rdt rdt;
	bool unit;
	int r = 0;

	if ((rec->hooks & (1u << HOOK_POSTSTOP)) &&
		hooks_of_stored(s, s->arena, &hooks, &ignored) < 0)
		log_ignored(&ignored, "the poststop hooks cannot be read");
	if (alive)
		r = kill_init(rec, REMOVE_TIMEOUT_MS, e);
	unit = r == 0 && owns && unit_is_there(rec);
	if (r == 0)
		r = remove_cgroups(rec, how, e);
	/* To stop a unit is to kill whoever is in it. */
	if (r == 0 && unit)
		stop_unit(rec);
	r = r > 0 ? 0 : r;
	if (r == 0 && record_rdt(rec, &rdt)) {
		/* A half-made one may have the name of somebody else's. */
		rdt.unless_used = !owns;
		r = step_rdt_remove(&rdt, e);
	}
	if (r == 0)
		r = discard(rootfd, s, e);
	/* LC-13: after the container is deleted, before delete returns. */
	if (r == 0 && hooks)
		hooks_poststop(hooks, rec);
	return r;
}

static int check_deletable(const struct run_env *env, const struct status_live *live,
	const char *id, struct error *e)
{
	if (live->status == STATUS_STOPPED)
		return 0;
	/* LIFE-14: engines delete created containers; --strict-delete gives the
	 * specification's rule. */
	if (live->status == STATUS_CREATED && !env->strict_delete)
		return 0;
	return err_verbatim(e, ERR_STATE, -EBUSY,
		"cannot delete container %s that is not stopped: %s", id,
		status_name(live->status));
}

static int delete_opened(const struct run_env *env, struct opened *o, const char *id,
	bool force, struct error *e)
{
	struct status_live live = { .status = STATUS_STOPPED };
	int r = status_live(&o->state, &live, e);

	if (r < 0)
		return r;
	if (!force) {
		r = check_deletable(env, &live, id, e);
		if (r < 0)
			return r;
	} else if (live.status != STATUS_STOPPED) {
		/* Killed first: whoever holds the lock may be waiting for just this
		 * process. */
		r = kill_init(&o->state.rec, REMOVE_TIMEOUT_MS, e);
		if (r < 0)
			return r;
	}
	r = state_lock(&o->state, STATE_LOCK_TIMEOUT_MS, e);
	/* A start held the lock, perhaps: what was created may be running now. */
	if (r == 0 && (live.status != STATUS_STOPPED || o->broken))
		r = status_live(&o->state, &live, e);
	if (r == 0 && !force)
		r = check_deletable(env, &live, id, e);
	/* Nothing may live on of which there is no trace any more. */
	if (r == 0 && lost_is(o) && !live.other_boot)
		r = lost_end(env, o, e);
	if (r < 0)
		return r;
	/* Of another boot: nothing of it is alive, and the cgroup of its name is somebody
	 * else's. */
	if (live.other_boot) {
		o->state.rec.n_hierarchies = 0;
		o->state.rec.rdt_group = NULL;
	}
	return remove_container(o->rootfd, &o->state,
		!live.other_boot && live.status != STATUS_STOPPED, e);
}

int run_delete(const struct run_env *env, const char *id, bool force, struct error *e)
{
	auto_opened struct opened o;
	int r = opened_begin(env, id, force, &o, e);

	/* An unknown id, or an entry of another runtime, is fine with --force: engines call
	 * it once more after the end. */
	if (force && r == -ENOENT) {
		err_done(e);
		return 0;
	}
	if (r < 0)
		return r;
	r = run_check_threads(e);
	return r < 0 ? r : delete_opened(env, &o, id, force, e);
}
