/* SPDX-License-Identifier: Apache-2.0 */
/* Masked and read-only paths: mandatory, or the container does not start (B6, B7). */
#include "config.h"

#include "setup/steps.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/path.h"
#include "sys/mount.h"
#include "sys/open.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

/*
 * The host's /dev/null, before the pivot: the container's may be anything (CVE-2025-31133). A
 * detached clone, because what belongs to the old root cannot be cloned once that is gone.
 * Read-only, which does not matter for data: root inside owns the node, and must not change the
 * mode of the host's.
 */
static int apply_null(struct step_ctx *ctx, struct error *e)
{
	static const struct sys_mount_attr readonly = { .set = MOUNT_ATTR_RDONLY };
	struct sys_mount m = SYS_MOUNT_INIT;
	auto_fd int fd = openat(AT_FDCWD, "/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0)
		return err_sys(e, errno, "open", "cannot open /dev/null of the host");
	if (fstat(fd, &st) < 0)
		return err_sys(e, errno, "fstat", "cannot look at /dev/null of the host");
	if (!sys_is_null(&st))
		return err_set(
			e, ERR_HOST, -ENODEV, "/dev/null of the host is not device 1:3");
	/* Without detached mounts the container's node is taken, and verified in its turn. */
	if (sys_mount_ops() != &sys_mount_fd_ops)
		return 0;
	r = sys_mount_ops()->clone(fd, false, &readonly, &m, e);
	if (r < 0)
		return r;
	ctx->dev_null_fd = take_fd(&m.fd);
	sys_mount_drop(&m);
	return 0;
}

static bool wants_masks(const struct plan *plan)
{
	return plan->mount_ns && plan->n_masked > 0;
}

const struct step step_null = {
	.name = "null",
	.actor = ACTOR_INIT,
	.phase = PHASE_ROOT,
	.after = (const char *const[]){ "root", NULL },
	.why = "cloned in the mount namespace where it will be used",
	.wanted = wants_masks,
	.apply = apply_null,
};

/* What the masks share: each source is attached once and cloned from there. */
struct masks {
	struct step_ctx *ctx;
	int null_fd;  /* mount of /dev/null that is in place, or -EBADF */
	int dir_fd;   /* mount of the empty folder that is in place */
	int sysfs_fd; /* a sysfs of our own */
	bool sysfs_tried;
};

/* A sysfs that nobody else sees, where the kernel gives one. */
static int own_sysfs(struct masks *k)
{
	static const struct sys_mount_attr none;
	struct sys_mount m = SYS_MOUNT_INIT;

	if (k->sysfs_tried)
		return k->sysfs_fd;
	k->sysfs_tried = true;
	if (sys_mount_ops() != &sys_mount_fd_ops)
		return k->sysfs_fd;
	if (sys_mount_ops()->create("sysfs", NULL, NULL, 0, &none, &m, NULL) == 0)
		k->sysfs_fd = take_fd(&m.fd);
	sys_mount_drop(&m);
	return k->sysfs_fd;
}

/* Is there no such file, by a handle of our own? What cannot be told is there. */
static bool is_nowhere(struct masks *k, bool proc, const char *rest)
{
	auto_fd int fd = -EBADF;

	if (proc)
		fd = sys_proc_open(rest, O_PATH | O_NOFOLLOW, NULL);
	else if (own_sysfs(k) >= 0)
		fd = sys_open_in_root(k->sysfs_fd, rest, O_PATH | O_NOFOLLOW, NULL);
	return fd == -ENOENT || fd == -ENOTDIR;
}

/*
 * The root of the container's procfs or sysfs; -EBADF when it has none. That of a mount of the
 * configuration was kept: by its path it may be covered at the moment. *opened is to be closed.
 */
static int find_top(struct step_ctx *ctx, bool proc, int *opened, struct error *e)
{
	const char *path = proc ? "/proc" : "/sys";
	int fd = proc ? ctx->proc_fd : ctx->sys_fd;
	struct statfs fs;

	if (fd >= 0)
		return fd;
	fd = sys_open_in_root(ctx->rootfs_fd, path, O_PATH | O_DIRECTORY | O_NOFOLLOW, e);
	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP) {
		err_done(e);
		return -EBADF;
	}
	if (fd < 0)
		return fd;
	*opened = fd;
	if (fstatfs(fd, &fs) < 0)
		return err_sys(e, errno, "fstatfs", "cannot look at %s", path);
	return (uint32_t)fs.f_type == (proc ? SYS_MAGIC_PROC : SYS_MAGIC_SYSFS) ? fd
										: -EBADF;
}

/*
 * A path that is absent inside is skipped, as everybody does. But who makes it seem so only for
 * this moment would get rid of the mask (B7): so where the container has the real procfs or
 * sysfs at that place, that file system is asked, in one walk that no other mount can come into.
 * Where something lies in the way, what no such file system has is absent as well.
 */
static int open_absent(struct masks *k, const char *path, int *fd, struct error *e)
{
	bool proc = path_is_below(path, "/proc");
	const char *top_path = proc ? "/proc" : "/sys";
	auto_fd int opened = -EBADF;
	const char *rest;
	int top, r;

	if (!path_is_below(path, top_path))
		return 0;
	rest = path + strlen(top_path);
	if (*rest++ != '/')
		return 0;
	top = find_top(k->ctx, proc, &opened, e);
	if (top < 0)
		return top == -EBADF ? 0 : top;
	r = sys_open_in_mount(top, rest, O_PATH, NULL);
	if (r == -ENOENT || r == -ENOTDIR || (r < 0 && is_nowhere(k, proc, rest)))
		return 0;
	if (r < 0)
		return err_set(e, ERR_SYSTEM, -ESTALE,
			"%s is there, but something hides it inside the container", path);
	*fd = r;
	return 0;
}

/* O_PATH of the path inside; 0 with *fd unset when it is truly absent. */
static int open_path(struct masks *k, const struct plan_path *p, int *fd, struct error *e)
{
	/* Without a text at first, which most kernels would make for half of a usual list. */
	int r = sys_open_in_root(k->ctx->rootfs_fd, p->path, O_PATH, NULL);

	if (r >= 0) {
		*fd = r;
		return 0;
	}
	if (r != -ENOENT && r != -ENOTDIR)
		return err_sys(
			e, -r, "openat2", "cannot open %s below the root", p->path);
	return open_absent(k, p->path, fd, e);
}

static int attach_clone(int source, int target, bool recursive,
	const struct sys_mount_attr *attr, struct error *e)
{
	struct sys_mount m = SYS_MOUNT_INIT;
	int r = sys_mount_ops()->clone(source, recursive, attr, &m, e);

	if (r == 0)
		r = sys_mount_ops()->attach(&m, target, e);
	sys_mount_drop(&m);
	return r;
}

/* Without the mount API: the container's own node, by a descriptor that was verified. */
static int container_null(struct masks *k, struct error *e)
{
	auto_fd int fd =
		sys_open_in_root(k->ctx->rootfs_fd, "/dev/null", O_PATH | O_NOFOLLOW, e);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return err_sys(e, errno, "fstat", "cannot look at /dev/null");
	if (!sys_is_null(&st))
		return err_set(e, ERR_SYSTEM, -ENODEV,
			"/dev/null of the container is not device 1:3");
	return take_fd(&fd);
}

static int mask_file(struct masks *k, int target, struct error *e)
{
	static const struct sys_mount_attr none;
	struct sys_mount m = SYS_MOUNT_INIT;
	auto_fd int fd = -EBADF;

	if (k->null_fd < 0 && k->ctx->dev_null_fd >= 0) {
		m.fd = take_fd(&k->ctx->dev_null_fd);
		m.bind = true;
		k->null_fd = sys_mount_ops()->attach(&m, target, e);
		sys_mount_drop(&m);
		return k->null_fd;
	}
	if (k->null_fd < 0) {
		k->null_fd = container_null(k, e);
		if (k->null_fd < 0)
			return k->null_fd;
	}
	fd = attach_clone(k->null_fd, target, false, &none, e);
	return fd;
}

/* One empty read-only tmpfs for all folders (M2: one superblock however many paths). */
static int mask_folder(struct masks *k, int target, struct error *e)
{
	static const struct sys_mount_attr none;
	struct sys_mount m = SYS_MOUNT_INIT;
	auto_fd int fd = -EBADF;
	int r;

	if (k->dir_fd >= 0) {
		fd = attach_clone(k->dir_fd, target, false, &none, e);
		return fd;
	}
	r = sys_mount_empty_dir(k->ctx->plan->label_word, &m, e);
	if (r == 0)
		r = k->dir_fd = sys_mount_ops()->attach(&m, target, e);
	sys_mount_drop(&m);
	return r;
}

/* Is it the root itself? What lies on top of that is seen by nobody whose root it is. */
static int is_root(const struct masks *k, int fd, bool *is, struct error *e)
{
	struct stat st, root;
	uint64_t id, root_id;
	int r;

	if (fstat(fd, &st) < 0 || fstat(k->ctx->rootfs_fd, &root) < 0)
		return err_sys(e, errno, "fstat", "cannot look at a path");
	*is = st.st_dev == root.st_dev && st.st_ino == root.st_ino;
	if (!*is)
		return 0;
	r = sys_mount_id(fd, &id, e);
	if (r == 0)
		r = sys_mount_id(k->ctx->rootfs_fd, &root_id, e);
	*is = r == 0 && id == root_id;
	return r;
}

/* A null device is covered too: it may be somebody else's cover, which he takes away again (B7). */
static int mask(struct masks *k, const struct plan_path *p, struct error *e)
{
	auto_fd int fd = -EBADF;
	struct stat st;
	bool root;
	int r = open_path(k, p, &fd, e);

	if (r < 0 || fd < 0)
		return r;
	r = is_root(k, fd, &root, e);
	if (r < 0)
		return r;
	if (root)
		return err_set(e, ERR_CONFIG, -EINVAL,
			"%s leads to the root, which cannot be masked", p->path);
	if (fstat(fd, &st) < 0)
		return err_sys(e, errno, "fstat", "cannot look at %s", p->path);
	r = S_ISDIR(st.st_mode) ? mask_folder(k, fd, e) : mask_file(k, fd, e);
	return r < 0 ? r : 0;
}

/* ROP-01: the path and what is mounted below it, with or without mount_setattr. */
static int readonly(struct masks *k, const struct plan_path *p, struct error *e)
{
	bool tree = sys_mount_ops() == &sys_mount_fd_ops;
	const struct sys_mount_attr attr = {
		.set = tree ? 0 : MOUNT_ATTR_RDONLY,
		.rset = tree ? MOUNT_ATTR_RDONLY : 0,
	};
	auto_fd int fd = -EBADF;
	auto_fd int top = -EBADF;
	bool root;
	int r = open_path(k, p, &fd, e);

	if (r < 0 || fd < 0)
		return r;
	r = is_root(k, fd, &root, e);
	if (r < 0)
		return r;
	if (root)
		r = sys_mount_ops()->change(k->ctx->rootfs_fd, &attr, e);
	else
		r = top = attach_clone(fd, fd, true, &attr, e);
	if (r < 0 || tree)
		return r < 0 ? r : 0;
	return sys_mount_readonly_below(root ? k->ctx->rootfs_fd : top, e);
}

static int each_path(struct step_ctx *ctx, const struct plan_path *paths, size_t n,
	int (*fn)(struct masks *k, const struct plan_path *p, struct error *e),
	const char *doing, struct error *e)
{
	struct masks k = {
		.ctx = ctx,
		.null_fd = -EBADF,
		.dir_fd = -EBADF,
		.sysfs_fd = -EBADF,
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct plan_path *p = &paths[i];

		r = fn(&k, p, e);
		if (r < 0) {
			err_wrap(e, "%s %s", doing, p->path);
			step_origin(e, p->at_line, p->at_column, p->at_path);
		}
	}
	cleanup_fd(&k.null_fd);
	cleanup_fd(&k.dir_fd);
	cleanup_fd(&k.sysfs_fd);
	return r;
}

static int apply_masked(struct step_ctx *ctx, struct error *e)
{
	int r = each_path(ctx, ctx->plan->masked, ctx->plan->n_masked, mask, "mask", e);

	cleanup_fd(&ctx->dev_null_fd);
	return r;
}

const struct step step_masked_paths = {
	.name = "masked-paths",
	.actor = ACTOR_INIT,
	.phase = PHASE_INSIDE,
	.after = (const char *const[]){ "null", "mounts", "sysctl", "readonly-paths",
		NULL },
	.why = "they cover what is mounted; a mask lies on top of a read-only path, whose clone "
	       "would lose it",
	.wanted = wants_masks,
	.apply = apply_masked,
};

static bool wants_readonly(const struct plan *plan)
{
	return plan->mount_ns && plan->n_readonly > 0;
}

static int apply_readonly(struct step_ctx *ctx, struct error *e)
{
	return each_path(ctx, ctx->plan->readonly, ctx->plan->n_readonly, readonly,
		"make read-only", e);
}

const struct step step_readonly_paths = {
	.name = "readonly-paths",
	.actor = ACTOR_INIT,
	.phase = PHASE_INSIDE,
	.after = (const char *const[]){ "mounts", "sysctl", "pivot", NULL },
	.why = "/proc/sys is usually one of them, and is written before",
	.wanted = wants_readonly,
	.apply = apply_readonly,
};
