/* SPDX-License-Identifier: Apache-2.0 */
/* The container's root: propagation, the mount of the root file system, pivot or chroot, and
 * at the end its propagation and read-only flag. */
#include "config.h"

#include "setup/steps.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sync/message.h"
#include "sys/mount.h"
#include "sys/ns.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

static bool in_userns(const struct plan *plan)
{
	return plan->private_flags & ns_table[NS_USER].flag;
}

/* Who first asks for /proc after the pivot would get the container's. */
static int prepare(struct error *e)
{
	int fd = sys_proc_fd(e);

	/* What is made in the root gets the modes we say, whoever called us. */
	umask(022);
	return fd < 0 ? fd : 0;
}

static int host_propagation(const struct plan *plan, struct error *e)
{
	int r;

	if (!plan->propagation)
		return 0;
	r = sys_mount_propagation_all(plan->propagation, e);
	if (r < 0)
		err_wrap(e, "the host's mounts in the new mount namespace");
	return r;
}

/*
 * The mount that holds the root file system must not be shared: pivot_root(2) refuses it, and
 * our mount would appear on the host (PROP-03, B11). Only the root of a mount can be changed,
 * so the folders above are tried until one is (EINVAL says no).
 */
static int unshare_parent(int rootfs, struct error *e)
{
	auto_fd int at = openat(rootfs, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat above;
	struct stat st;

	if (at < 0 || fstat(at, &st) < 0)
		return err_sys(e, errno, "openat", "cannot open the root file system");
	for (;;) {
		int next;
		int r = sys_mount_propagation(at, MS_PRIVATE, e);

		if (r != -EINVAL)
			return r;
		err_done(e);
		next = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (next < 0)
			return err_sys(e, errno, "openat",
				"cannot find the mount of the root file system");
		cleanup_fd(&at);
		at = next;
		if (fstat(at, &above) < 0)
			return err_sys(e, errno, "fstat",
				"cannot find the mount of the root file system");
		/* The process's root need not be the root of a mount (chroot). */
		if (above.st_dev == st.st_dev && above.st_ino == st.st_ino)
			return err_set(e, ERR_HOST, -EINVAL,
				"the root file system lies on no mount that can be made private");
		st = above;
	}
}

static int open_rootfs(struct step_ctx *ctx, struct error *e)
{
	const char *path = ctx->plan->rootfs;
	int fd = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(
			e, errno, "open", "cannot open the root file system %s", path);
	return fd;
}

/*
 * Where the new mount is put, when the root file system is out of reach for the ids of a user
 * namespace: on top of "/", which pivot_root takes as well, for it only wants a mount of this
 * namespace.
 */
static int open_place(struct error *e)
{
	int fd = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(
			e, errno, "open", "cannot open a place for the root file system");
	return fd;
}

/* The rootfs as a detached mount, made here or, where its path is out of reach, by the parent. */
static int get_mount(
	struct step_ctx *ctx, struct sys_mount *m, int *place, struct error *e)
{
	static const struct sys_mount_attr none;
	auto_fd int fd = open_rootfs(ctx, e);
	int r;

	if (fd == -EACCES && in_userns(ctx->plan) && ctx->ask) {
		err_done(e);
		m->bind = m->recursive = true;
		r = ctx->ask(ctx, MSG_NEED_MOUNT, UINT32_MAX, &m->fd, e);
		if (r == 0)
			r = *place = open_place(e);
		return r < 0 ? r : 0;
	}
	if (fd < 0)
		return fd;
	if (ctx->plan->propagation & MS_SHARED) {
		r = unshare_parent(fd, e);
		if (r < 0)
			return r;
	}
	r = sys_mount_ops()->clone(fd, true, &none, m, e);
	if (r == 0)
		*place = take_fd(&fd);
	return r;
}

static int apply_root(struct step_ctx *ctx, struct error *e)
{
	struct sys_mount m = SYS_MOUNT_INIT;
	auto_fd int place = -EBADF;
	int r = prepare(e);

	if (r < 0)
		return r;
	if (!ctx->plan->mount_ns) {
		ctx->rootfs_fd = open_rootfs(ctx, e);
		if (ctx->rootfs_fd >= 0)
			return 0;
		step_origin(e, 0, 0, "root.path");
		return ctx->rootfs_fd;
	}
	r = host_propagation(ctx->plan, e);
	if (r < 0)
		return r;
	r = get_mount(ctx, &m, &place, e);
	if (r == 0)
		r = sys_mount_ops()->attach(&m, place, e);
	if (r < 0) {
		sys_mount_drop(&m);
		err_wrap(e, "mount the root file system %s", ctx->plan->rootfs);
		step_origin(e, 0, 0, "root.path");
		return r;
	}
	ctx->rootfs_fd = r;
	return 0;
}

const struct step step_root = {
	.name = "root",
	.actor = ACTOR_INIT,
	.phase = PHASE_ROOT,
	.after = (const char *const[]){ "become-root", NULL },
	.why = "mounts and files must belong to root of the container's user namespace",
	.apply = apply_root,
};

/* ROOT-03: without a mount namespace there is nothing to pivot, as everybody does a chroot. */
static int apply_pivot(struct step_ctx *ctx, struct error *e)
{
	const uint64_t ours = MS_SLAVE | MS_PRIVATE | MS_UNBINDABLE;
	uint64_t propagation = ctx->plan->propagation;
	bool shared = !(propagation & MS_REC) || !(propagation & ours);

	if (ctx->plan->mount_ns && !ctx->plan->no_pivot) {
		int r = sys_pivot_root(ctx->rootfs_fd, shared, e);

		if (r != -EINVAL || !sys_root_is_first())
			return r;
		err_done(e);
	}
	if (ctx->plan->mount_ns)
		return sys_move_root(ctx->rootfs_fd, shared, e);
	if (fchdir(ctx->rootfs_fd) < 0)
		return err_sys(e, errno, "fchdir", "cannot enter the root file system");
	if (chroot(".") < 0)
		return err_sys(
			e, errno, "chroot", "cannot make %s the root", ctx->plan->rootfs);
	return 0;
}

const struct step step_pivot = {
	.name = "pivot",
	.actor = ACTOR_INIT,
	.phase = PHASE_INSIDE,
	.after = (const char *const[]){ "root", "null", "mounts", "devices", "dev-links",
		"cwd-make", NULL },
	.why = "sources of mounts and nodes of the host are reached by paths of the old root",
	.apply = apply_pivot,
};

static int apply_readonly(struct step_ctx *ctx, struct error *e)
{
	const struct sys_mount_attr attr = { .set = MOUNT_ATTR_RDONLY };
	int r = sys_mount_ops()->change(ctx->rootfs_fd, &attr, e);

	if (r < 0)
		err_wrap(e, "make the root read-only");
	return r;
}

static bool wants_readonly(const struct plan *plan)
{
	return plan->mount_ns && plan->rootfs_readonly;
}

const struct step step_readonly_root = {
	.name = "readonly-root",
	.actor = ACTOR_INIT,
	.phase = PHASE_INSIDE,
	.after = (const char *const[]){ "mounts", "devices", "dev-links", "cwd-make",
		"pivot", "readonly-paths", "masked-paths", NULL },
	.why = "mount points, nodes, links and the working folder are made in it first; a clone "
	       "of a path takes the flags that the mount has at that moment",
	.wanted = wants_readonly,
	.apply = apply_readonly,
};

static int apply_propagation(struct step_ctx *ctx, struct error *e)
{
	int r = sys_mount_propagation(ctx->rootfs_fd, ctx->plan->root_propagation, e);

	if (r < 0)
		err_wrap(e, "the propagation of the root");
	return r;
}

static bool wants_propagation(const struct plan *plan)
{
	return plan->mount_ns && plan->root_propagation;
}

const struct step step_root_propagation = {
	.name = "root-propagation",
	.actor = ACTOR_INIT,
	.phase = PHASE_INSIDE,
	.after = (const char *const[]){ "pivot", "mounts", "readonly-paths",
		"masked-paths", NULL },
	.why = "pivot_root(2) refuses a shared root; an unbindable one cannot be cloned, so masks "
	       "and read-only paths come first",
	.wanted = wants_propagation,
	.apply = apply_propagation,
};
