/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes and links: all by a descriptor of the parent folder, nothing followed (D1, D7). */
#include "config.h"

#include "setup/steps.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/mount.h"
#include "sys/open.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

/* The folder of the last path: most are in /dev, which is resolved once. */
struct folder {
	int rootfs, fd;
	const char *path; /* of the entry that fd was opened for */
	size_t len;	  /* of the folder's part */
	char name[256];
};

static int enter(struct folder *f, const char *path, struct error *e)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	if (f->fd >= 0 && len == f->len && memcmp(path, f->path, len) == 0 && slash[1] &&
		strlen(slash + 1) < sizeof(f->name) && strcmp(slash + 1, ".") != 0 &&
		strcmp(slash + 1, "..") != 0) {
		memcpy(f->name, slash + 1, strlen(slash + 1) + 1);
		return 0;
	}
	cleanup_fd(&f->fd);
	f->fd = sys_parent_in_root(f->rootfs, path, f->name, e);
	f->path = path;
	f->len = len;
	return f->fd < 0 ? f->fd : 0;
}

static dev_t number_of(const struct plan_device *d)
{
	return d->type == S_IFIFO ? 0 : makedev(d->major, d->minor);
}

static bool matches(const struct plan_device *d, const struct stat *st)
{
	return (st->st_mode & S_IFMT) == d->type &&
	       (d->type == S_IFIFO || st->st_rdev == number_of(d));
}

static const char *kind_of(const struct stat *st)
{
	static const struct {
		mode_t type;
		const char *name;
	} kinds[] = {
		{ S_IFREG, "file" },
		{ S_IFDIR, "folder" },
		{ S_IFLNK, "symbolic link" },
		{ S_IFCHR, "character device" },
		{ S_IFBLK, "block device" },
		{ S_IFIFO, "fifo" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if ((st->st_mode & S_IFMT) == kinds[i].type)
			return kinds[i].name;
	}
	return "socket";
}

/* DEV-05: what is there must be the device. A link to it is not (D2). */
static int check_existing(
	const struct folder *f, const struct plan_device *d, struct error *e)
{
	struct stat st;

	if (fstatat(f->fd, f->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(
			e, errno, "fstatat", "cannot look at what is there already");
	if (!matches(d, &st) && !S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return err_set(e, ERR_SYSTEM, -EEXIST,
			"something is there already that is not this device: a %s",
			kind_of(&st));
	if (!matches(d, &st))
		return err_set(e, ERR_SYSTEM, -EEXIST,
			"something is there already that is not this device: %s %u:%u",
			kind_of(&st), major(st.st_rdev), minor(st.st_rdev));
	return 0;
}

/*
 * Owner and mode of what was made; a default ACL of the folder may have changed the mode. Both by
 * one descriptor of the verified node: who may write to the folder can put a file of somebody else
 * in its place at any moment (D7), and there is no call that sets a mode and does not follow.
 */
static int finish_node(
	const struct folder *f, const struct plan_device *d, struct error *e)
{
	auto_fd int fd = openat(f->fd, f->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int procfd = sys_proc_fd(e);
	struct stat st;
	char name[32];

	if (procfd < 0)
		return procfd;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, errno, "openat", "cannot open the node");
	if (!matches(d, &st))
		return err_set(e, ERR_SYSTEM, -ESTALE, "the node was exchanged");
	if (fchownat(fd, "", d->uid, d->gid, AT_EMPTY_PATH) < 0)
		return err_sys(e, errno, "fchownat", "cannot give the node to %u:%u",
			d->uid, d->gid);
	snprintf(name, sizeof(name), "self/fd/%d", fd);
	if ((st.st_mode & 07777) != d->mode &&
		fchmodat(procfd, name, (mode_t)d->mode, 0) < 0)
		return err_sys(e, errno, "fchmodat", "cannot set the mode");
	return 0;
}

static int make_node(const struct folder *f, const struct plan_device *d, struct error *e)
{
	struct stat st;

	if (mknodat(f->fd, f->name, (mode_t)(d->type | d->mode), number_of(d)) < 0) {
		if (errno == EEXIST)
			return check_existing(f, d, e);
		return err_sys(e, errno, "mknodat", "cannot make the node");
	}
	if (fstatat(f->fd, f->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, errno, "fstatat", "cannot look at the node");
	if (!matches(d, &st))
		return err_set(e, ERR_SYSTEM, -ESTALE, "the node was exchanged");
	/* Most are as they should be. */
	if (st.st_uid == d->uid && st.st_gid == d->gid && (st.st_mode & 07777) == d->mode)
		return 0;
	return finish_node(f, d, e);
}

/* The host's node: by the same path, else by number where udev keeps such links. */
static int open_host_node(const struct plan_device *d, struct error *e)
{
	char by_number[64];
	const char *const paths[] = { d->path, by_number };
	struct stat st;

	snprintf(by_number, sizeof(by_number), "/dev/%s/%u:%u",
		d->type == S_IFBLK ? "block" : "char", d->major, d->minor);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		auto_fd int fd = openat(AT_FDCWD, paths[i], O_PATH | O_CLOEXEC);

		if (fd >= 0 && fstat(fd, &st) == 0 && matches(d, &st))
			return take_fd(&fd);
	}
	return err_set(e, ERR_HOST, -ENODEV,
		"the host has no node of device %u:%u at %s that could be bound",
		d->major, d->minor, d->path);
}

/* The files of these are empty to stat(2), but what they say must not be covered (B4). */
static bool is_kernels(int fd)
{
	static const uint32_t magics[] = {
		SYS_MAGIC_PROC,
		SYS_MAGIC_CGROUP,
		SYS_MAGIC_CGROUP2,
		SYS_MAGIC_SYSFS,
	};
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if ((uint32_t)fs.f_type == magics[i])
			return true;
	return false;
}

/* Where the kernel does not let us make nodes (user namespace), or what we make would not work. */
static int bind_node(const struct folder *f, const struct plan_device *d, struct error *e)
{
	/* Read-only does not touch a device's data; it keeps mode and owner of the host's node. */
	const struct sys_mount_attr attr = {
		.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY
	};
	struct sys_mount m = SYS_MOUNT_INIT;
	auto_fd int source = open_host_node(d, e);
	auto_fd int target = -EBADF;
	auto_fd int root = -EBADF;
	struct stat st;
	int r;

	if (source < 0)
		return source;
	if (mknodat(f->fd, f->name, S_IFREG | 0644, 0) < 0 && errno != EEXIST)
		return err_sys(
			e, errno, "mknodat", "cannot make a file to bind the node on");
	target = openat(f->fd, f->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0 || fstat(target, &st) < 0)
		return err_sys(
			e, errno, "openat", "cannot open the file to bind the node on");
	if (matches(d, &st))
		return 0;
	/* Only what an earlier bind leaves behind is covered: an empty file. */
	if (!S_ISREG(st.st_mode) || st.st_size != 0 || is_kernels(target))
		return check_existing(f, d, e);
	r = sys_mount_ops()->clone(source, false, &attr, &m, e);
	if (r == 0)
		r = root = sys_mount_ops()->attach(&m, target, e);
	sys_mount_drop(&m);
	return r < 0 ? r : 0;
}

static int one_device(const struct step_ctx *ctx, struct folder *f,
	const struct plan_device *d, struct error *e)
{
	int r = enter(f, d->path, e);

	if (r < 0)
		return r;
	if (d->bind && d->type != S_IFIFO)
		return bind_node(f, d, e);
	r = make_node(f, d, e);
	/* A sandbox around us may lack CAP_MKNOD without a user namespace (DEV-01). */
	if (r == -EPERM && d->type != S_IFIFO && ctx->plan->mount_ns) {
		err_done(e);
		r = bind_node(f, d, e);
	}
	return r;
}

/*
 * Is /dev what the root came with, and the host's: a mount there, or the host's own root? It has
 * its nodes, and what is made in it is made on the host (LIFE-15).
 */
static int is_hosts_dev(const struct step_ctx *ctx, bool *is, struct error *e)
{
	struct stat st, root;
	auto_fd int fd = -EBADF;
	uint64_t id, root_id;
	int r;

	*is = false;
	for (size_t i = 0; i < ctx->plan->n_mounts; i++)
		if (strcmp(ctx->plan->mounts[i].target, "/dev") == 0)
			return 0;
	if (fstat(ctx->rootfs_fd, &st) < 0 || stat("/", &root) < 0)
		return err_sys(e, errno, "stat", "cannot look at the root");
	*is = st.st_dev == root.st_dev && st.st_ino == root.st_ino;
	fd = *is ? -EBADF : sys_open_in_root(ctx->rootfs_fd, "/dev", O_PATH, NULL);
	if (fd < 0)
		return 0;
	r = sys_mount_id(fd, &id, e);
	if (r == 0)
		r = sys_mount_id(ctx->rootfs_fd, &root_id, e);
	*is = r == 0 && id != root_id;
	return r;
}

static int apply_devices(struct step_ctx *ctx, struct error *e)
{
	struct folder f = { .rootfs = ctx->rootfs_fd, .fd = -EBADF };
	/* Modes are exact from birth; the step umask says what the program gets. */
	mode_t mask = umask(0);
	bool hosts;
	int r = is_hosts_dev(ctx, &hosts, e);

	for (size_t i = 0; r == 0 && i < ctx->plan->n_devices; i++) {
		const struct plan_device *d = &ctx->plan->devices[i];

		if (d->builtin && hosts)
			continue;
		r = one_device(ctx, &f, d, e);
		if (r < 0) {
			err_wrap(e, "the device %s", d->path);
			step_origin(e, d->at_line, d->at_column, d->at_path);
		}
	}
	umask(mask);
	cleanup_fd(&f.fd);
	return r;
}

static bool wants_devices(const struct plan *plan)
{
	return plan->n_devices > 0;
}

const struct step step_devices = {
	.name = "devices",
	.actor = ACTOR_INIT,
	.phase = PHASE_ROOT,
	.after = (const char *const[]){ "mounts", NULL },
	.why = "/dev is a mount",
	.wanted = wants_devices,
	.apply = apply_devices,
};

/* DEV-11: take away what lies there, a mount too. */
static int clear_away(const struct folder *f, struct error *e)
{
	auto_fd int fd = -EBADF;
	int r;

	if (unlinkat(f->fd, f->name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY)
		return err_sys(e, errno, "unlinkat", "cannot remove what is there");
	fd = openat(f->fd, f->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, errno, "openat", "cannot open what is there");
	r = sys_umount_fd(fd, e);
	if (r < 0)
		return r;
	if (unlinkat(f->fd, f->name, 0) < 0)
		return err_sys(e, errno, "unlinkat", "cannot remove what is there");
	return 0;
}

static bool same_link(const struct folder *f, const struct plan_link *l)
{
	char text[256];
	ssize_t n = readlinkat(f->fd, f->name, text, sizeof(text));

	return n >= 0 && (size_t)n == strlen(l->target) &&
	       memcmp(text, l->target, (size_t)n) == 0;
}

static int one_link(struct folder *f, const struct plan_link *l, struct error *e)
{
	int r = enter(f, l->path, e);

	if (r < 0)
		return r;
	if (symlinkat(l->target, f->fd, f->name) == 0)
		return 0;
	if (errno != EEXIST)
		return err_sys(e, errno, "symlinkat", "cannot make the link");
	/* FD-05: an existing entry stays. */
	if (!l->replace || same_link(f, l))
		return 0;
	r = clear_away(f, e);
	if (r == 0 && symlinkat(l->target, f->fd, f->name) < 0)
		r = err_sys(e, errno, "symlinkat", "cannot make the link");
	return r;
}

/* Several links hang on one path: asked once in a row. */
struct needed {
	const char *path;
	bool there;
};

static bool is_needed_there(
	const struct step_ctx *ctx, const char *path, struct needed *last)
{
	auto_fd int fd = -EBADF;

	if (last->path && strcmp(path, last->path) == 0)
		return last->there;
	fd = sys_open_in_root(ctx->rootfs_fd, path, O_PATH | O_NOFOLLOW, NULL);
	*last = (struct needed){ .path = path, .there = fd >= 0 };
	return last->there;
}

static int apply_links(struct step_ctx *ctx, struct error *e)
{
	struct folder f = { .rootfs = ctx->rootfs_fd, .fd = -EBADF };
	struct needed needed = { .path = NULL };
	bool hosts;
	int r = is_hosts_dev(ctx, &hosts, e);

	if (r < 0 || hosts)
		return r;

	for (size_t i = 0; r == 0 && i < ctx->plan->n_links; i++) {
		const struct plan_link *l = &ctx->plan->links[i];

		if (l->needs && !is_needed_there(ctx, l->needs, &needed))
			continue;
		r = one_link(&f, l, e);
		if (r < 0)
			err_wrap(e, "the link %s", l->path);
	}
	cleanup_fd(&f.fd);
	return r;
}

static bool wants_links(const struct plan *plan)
{
	return plan->n_links > 0;
}

const struct step step_dev_links = {
	.name = "dev-links",
	.actor = ACTOR_INIT,
	.phase = PHASE_ROOT,
	.after = (const char *const[]){ "mounts", "devices", NULL },
	.why = "some depend on what is mounted, and a configured device goes before",
	.wanted = wants_links,
	.apply = apply_links,
};
