/* SPDX-License-Identifier: Apache-2.0 */
/* A container whose record cannot be read: what the rest of its folder tells. */
#include "config.h"

#include "run/lost.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "host/host.h"
#include "plan/planner.h"
#include "spec/spec.h"
#include "sys/cgroupfs.h"
#include "sys/clock.h"
#include "sys/pidfd.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

#define END_TIMEOUT_MS 10000
/* Who has just died may be counted for a moment more. */
#define DYING_MS 2000
/* So many numbers are named in a message. */
#define PIDS_SHOWN 10

bool lost_is(const struct opened *o)
{
	return o->broken && o->state.rec.pid <= 0;
}

int lost_refused(struct opened *o, const char *id, struct error *e)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct state again = { .dirfd = -EBADF };
	int r = state_open(o->rootfd, id, &arena, &again, e);

	state_close(&again);
	/* Somebody has put it right meanwhile. */
	return r < 0 ? r
		     : err_set(e, ERR_STATE, -EAGAIN,
			       "the record of %s changed while it was read", id);
}

/* "slice:prefix:name", which is for the systemd manager. */
static bool is_unit(const struct spec_config *c)
{
	const char *path = c->linux ? c->linux->cgroups_path : NULL;
	const char *first = path ? strchr(path, ':') : NULL;

	return first && path[0] != '/' && strchr(first + 1, ':');
}

static int copy_places(struct state *s, const struct plan_cgroup *cg, struct error *e)
{
	struct state_record *rec = &s->rec;

	rec->hierarchies =
		arena_array(s->arena, cg->n_hierarchies, sizeof(*rec->hierarchies));
	if (!rec->hierarchies)
		return err_sys(e, ENOMEM, "malloc", "cannot look for the cgroups");
	for (size_t i = 0; i < cg->n_hierarchies; i++) {
		const struct plan_hierarchy *h = &cg->hierarchies[i];
		struct state_hierarchy *to = &rec->hierarchies[i];

		to->mountpoint = h->mountpoint;
		to->path = h->path;
		to->v2 = h->v2;
		/* The base is ours, and goes when nothing else is in it. */
		to->made = strncmp(h->path, "davit/", 6) == 0 ? 2 : 1;
	}
	rec->n_hierarchies = cg->n_hierarchies;
	return 0;
}

/* Where create would have put them: the planner says it of the stored configuration. */
static int plan_places(const struct run_env *env, struct opened *o, struct error *e)
{
	auto_error struct error ignored = ERROR_INIT;
	struct spec_config none = { .linux = NULL };
	struct spec spec = { .config = NULL };
	struct plan_opts opts = { .id = o->state.rec.id, .bundle = "/" };
	struct plan plan = { .cgroup = NULL };
	struct host host;
	struct plan_ctx ctx = {
		.spec = &spec,
		.opts = &opts,
		.host = &host,
		.arena = &o->arena,
		.plan = &plan,
	};
	int r = host_read(&o->arena, &host, e);

	if (r < 0)
		return r;
	/* Not stored yet, or broken like the record: the path that has no configuration. */
	if (spec_load_stored(o->state.dirfd, "config.json", &o->arena, &spec, &ignored) <
		0)
		spec.config = &none;
	opts.systemd_cgroup = env->systemd_cgroup || is_unit(spec.config);
	r = plan_cgroup(&ctx, &ignored);
	if (r < 0 && opts.systemd_cgroup) {
		opts.systemd_cgroup = false;
		plan = (struct plan){ .cgroup = NULL };
		r = plan_cgroup(&ctx, &ignored);
	}
	/* Of a path that create refuses there is nothing to be found. */
	return r < 0 ? 0 : copy_places(&o->state, plan.cgroup, e);
}

/* -ENOENT: it is not there. */
static int open_place(const struct state_hierarchy *h, struct error *e)
{
	auto_fd int root = cgfs_root(h->mountpoint, NULL);
	int dir;

	if (root < 0)
		return root == -ENOENT ? root
				       : err_sys(e, -root, "open",
						 "cannot open the cgroup hierarchy at %s",
						 h->mountpoint);
	dir = cgfs_open(root, h->path, NULL);
	if (dir < 0 && dir != -ENOENT)
		return err_sys(e, -dir, "open", "cannot open the cgroup %s", h->path);
	return dir;
}

/* Has the process this file open? What the kernel knows of its files by itself has to do: the
 * server of one of them may be the container's, and never answer. */
static bool has_open(pid_t pid, const struct stat *file)
{
	char name[32];
	DIR *dir;
	int fd;
	bool found = false;

	snprintf(name, sizeof(name), "%d/fd", (int)pid);
	fd = sys_proc_open(name, O_RDONLY | O_DIRECTORY, NULL);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir) {
		cleanup_fd(&fd);
		return false;
	}
	for (const struct dirent *d; !found && (d = readdir(dir));) {
		struct sys_statx st;

		found = d->d_name[0] != '.' &&
			sys_raw_statx(
				fd, d->d_name, AT_STATX_DONT_SYNC, STX_BASIC, &st) == 0 &&
			st.ino == file->st_ino && st.dev_major == major(file->st_dev) &&
			st.dev_minor == minor(file->st_dev);
	}
	closedir(dir);
	return found;
}

static int kill_if_init(pid_t pid, const struct stat *armed, struct error *e)
{
	auto_fd int fd = -EBADF;
	int r;

	if (pid <= 0)
		return 0;
	/* First the handle: what is seen then is true of whom it stands for. */
	fd = pidfd_get(pid, 0, NULL);
	if (fd < 0 || !has_open(pid, armed))
		return 0;
	r = pidfd_kill(fd, pid, 0, SIGKILL);
	if (r == 0)
		r = pidfd_ended(fd, pid, 0, END_TIMEOUT_MS);
	return r < 0 && r != -ESRCH
		       ? err_sys(e, -r, "pidfd_send_signal",
				 "cannot kill process %d of the container", (int)pid)
		       : 0;
}

/* Until start init holds the lock of `armed`, and nobody else does while we have the container's:
 * who has it open and is in the container's cgroup is init. */
static int kill_waiting(const struct opened *o, struct error *e)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct stat armed;
	bool locked = false;
	int r = state_armed(&o->state, &locked, e);

	if (r < 0 || !locked ||
		fstatat(o->state.dirfd, "armed", &armed, AT_SYMLINK_NOFOLLOW) < 0)
		return r;
	for (size_t i = 0; r == 0 && i < o->state.rec.n_hierarchies; i++) {
		auto_fd int dir = open_place(&o->state.rec.hierarchies[i], e);
		pid_t *pids;
		size_t n = 0;

		if (dir < 0 && dir != -ENOENT)
			return dir;
		if (dir >= 0)
			r = cgfs_procs(&arena, dir, true, &pids, &n, e);
		for (size_t k = 0; r == 0 && k < n; k++)
			r = kill_if_init(pids[k], &armed, e);
	}
	return r;
}

static int still_used(
	const struct opened *o, const struct state_hierarchy *h, int dir, struct error *e)
{
	auto_arena struct arena arena = ARENA_INIT;
	auto_buf struct buf text = BUF_INIT;
	const char *id = o->state.rec.id;
	pid_t *pids = NULL;
	size_t n = 0;
	int r = cgfs_procs(&arena, dir, true, &pids, &n, e);

	for (size_t i = 0; r == 0 && i < n && i < PIDS_SHOWN; i++)
		r = buf_addf(&text, "%s%d", i ? ", " : "", (int)pids[i]);
	if (r < 0)
		return r;
	err_set(e, ERR_STATE, -EBUSY,
		"the record of %s is broken, and processes that may be of it are alive: "
		"%s%s in the cgroup %s in %s",
		id, text.p ? text.p : "", n > PIDS_SHOWN ? ", ..." : "", h->path,
		h->mountpoint);
	err_hint(e, "when they are gone, davit delete --force %s removes what is left",
		id);
	return -EBUSY;
}

static int check_empty(const struct opened *o, const struct state_hierarchy *h,
	int64_t deadline, struct error *e)
{
	auto_fd int dir = open_place(h, e);
	long nap = 200000;
	int r;

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	while ((r = cgfs_populated(dir, h->v2, e)) > 0) {
		if (sys_now_ms() >= deadline)
			return still_used(o, h, dir, e);
		sys_nap(&nap);
	}
	return r;
}

int lost_end(const struct run_env *env, struct opened *o, struct error *e)
{
	const struct state_record *rec = &o->state.rec;
	int64_t deadline;
	bool armed = false;
	int r = rec->n_hierarchies ? 0 : plan_places(env, o, e);

	if (r == 0)
		r = kill_waiting(o, e);
	deadline = sys_now_ms() + DYING_MS;
	for (size_t i = 0; r == 0 && i < rec->n_hierarchies; i++)
		r = check_empty(o, &rec->hierarchies[i], deadline, e);
	if (r == 0)
		r = state_armed(&o->state, &armed, e);
	if (r == 0 && armed)
		return err_set(e, ERR_STATE, -EBUSY,
			"the record of %s is broken, and its init waits for start, "
			"but not in a cgroup that is known",
			rec->id);
	return r;
}
