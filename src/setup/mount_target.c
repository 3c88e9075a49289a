/* SPDX-License-Identifier: Apache-2.0 */
/* Targets of mounts: resolved below the root, held by a descriptor, and checked (B1 to B5). */
#include "config.h"

#include "setup/mountjob.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/path.h"
#include "setup/target.h"
#include "sys/open.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

#define PROC_ROOT_INO 1
#define MAKE_TRIES 64

/* Below /proc only these may be covered: what lxcfs offers, and two harmless values (MNT-07). */
static const char *const proc_allowed[] = {
	"cpuinfo",
	"diskstats",
	"meminfo",
	"stat",
	"swaps",
	"uptime",
	"loadavg",
	"slabinfo",
	"sys/kernel/ns_last_pid",
	"sys/crypto/fips_enabled",
};

static bool proc_allows(const char *path)
{
	path += strlen("/proc");
	path += strspn(path, "/");
	for (size_t i = 0; i < ARRAY_SIZE(proc_allowed); i++)
		if (strcmp(path, proc_allowed[i]) == 0)
			return true;
	return false;
}

static bool is_proc_root(int fd)
{
	struct statfs fs;
	struct stat st;

	return fstatfs(fd, &fs) == 0 && (uint32_t)fs.f_type == SYS_MAGIC_PROC &&
	       fstat(fd, &st) == 0 && st.st_ino == PROC_ROOT_INO;
}

/* What may be put on /proc: a procfs. source is a bind's, or -EBADF. */
int mount_check_on_proc(const struct mount_job *j, int source, struct error *e)
{
	const struct plan_mount *pm = j->pm;

	if (strcmp(pm->target, "/proc") != 0 || pm->kind == PLAN_MOUNT_REMOUNT)
		return 0;
	if (pm->kind == PLAN_MOUNT_NEW && pm->fs && strcmp(pm->fs, "proc") == 0)
		return 0;
	if (pm->kind == PLAN_MOUNT_BIND && is_proc_root(source))
		return 0;
	return err_set(e, ERR_CONFIG, -EINVAL,
		"only a proc file system may be mounted on /proc");
}

/* The same folder may be mounted elsewhere inside too; only the mount tells. */
static int is_root(const struct mount_job *j, bool *out, struct error *e)
{
	uint64_t root;
	uint64_t target;
	int r = sys_mount_id(j->ctx->rootfs_fd, &root, e);

	if (r == 0)
		r = sys_mount_id(j->target, &target, e);
	if (r == 0)
		*out = root == target;
	return r;
}

/* Is the target in a procfs? Asked once a device. */
static int is_on_proc(
	const struct mount_job *j, const struct stat *st, bool *out, struct error *e)
{
	struct mount_shared *s = j->shared;
	struct statfs fs;

	if (!s->dev_known || s->dev != st->st_dev) {
		if (fstatfs(j->target, &fs) < 0)
			return err_sys(e, errno, "fstatfs", "cannot look at the target");
		s->dev = st->st_dev;
		s->dev_known = true;
		s->dev_is_proc = (uint32_t)fs.f_type == SYS_MAGIC_PROC;
	}
	*out = s->dev_is_proc;
	return 0;
}

/*
 * Wherever the links of the image led: never the root (later steps would work below the mount,
 * the program above it), and nothing of a procfs that we may not cover.
 */
static int check_target(const struct mount_job *j, struct error *e)
{
	const struct mount_shared *s = j->shared;
	bool root = false, on_proc = false;
	struct stat st;
	int r = 0;

	if (fstat(j->target, &st) < 0)
		return err_sys(e, errno, "fstat", "cannot look at the target");
	if (st.st_dev == s->root.st_dev && st.st_ino == s->root.st_ino)
		r = is_root(j, &root, e);
	if (r < 0)
		return r;
	if (root)
		return err_set(e, ERR_CONFIG, -EINVAL, "the target is the root");
	r = is_on_proc(j, &st, &on_proc, e);
	if (r < 0 || !on_proc)
		return r;
	if (strcmp(j->pm->target, "/proc") == 0 ||
		(path_is_below(j->pm->target, "/proc") && proc_allows(j->pm->target)))
		return 0;
	return err_set(e, ERR_CONFIG, -EINVAL,
		"the target is inside of proc, where only a few files may be covered");
}

/*
 * A folder right below the tmpfs that was mounted last: nobody else has been there, so what is
 * made is neither the root nor in a procfs, and nothing needs to be resolved. -EAGAIN when the
 * target is another one, or something is there already.
 */
static int make_below_last(struct mount_job *j)
{
	const struct mount_shared *s = j->shared;
	const char *name;
	size_t n;
	int fd;

	if (s->fd < 0 || !j->dir)
		return -EAGAIN;
	n = strlen(s->path);
	if (strncmp(j->pm->target, s->path, n) != 0 || j->pm->target[n] != '/')
		return -EAGAIN;
	name = j->pm->target + n + 1;
	if (!*name || strchr(name, '/') || strcmp(name, ".") == 0 ||
		strcmp(name, "..") == 0)
		return -EAGAIN;
	if (mkdirat(s->fd, name, 0755) < 0)
		return -EAGAIN;
	fd = openat(s->fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -EAGAIN;
	j->made = true;
	return fd;
}

/* What is at name below parent, a link included; made where nothing is, which *made tells. */
static int open_or_make(int parent, const char *name, bool dir, bool *made)
{
	for (int i = 0; i < MAKE_TRIES; i++) {
		int fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		int r;

		if (fd >= 0 || errno != ENOENT)
			return fd < 0 ? -errno : fd;
		r = dir ? mkdirat(parent, name, 0755)
			: mknodat(parent, name, S_IFREG | 0644, 0);
		if (r < 0 && errno != EEXIST)
			return -errno;
		*made = r == 0;
	}
	/* Somebody takes it away each time. */
	return -EAGAIN;
}

/* dest-nofollow: the last name is not resolved, whoever makes it a link meanwhile (B10). */
static int target_itself(struct mount_job *j, struct error *e)
{
	char name[NAME_MAX + 1];
	auto_fd int parent =
		sys_parent_in_root(j->ctx->rootfs_fd, j->pm->target, name, e);
	auto_fd int fd = -EBADF;
	struct stat st;

	if (parent < 0)
		return parent;
	fd = open_or_make(parent, name, j->dir, &j->made);
	if (fd < 0)
		return err_sys(e, -fd, "openat",
			"cannot open or make the mount target %s", j->pm->target);
	if (fstat(fd, &st) < 0)
		return err_sys(e, errno, "fstat", "cannot look at the target");
	if (S_ISDIR(st.st_mode) != j->dir)
		return err_set(e, ERR_SYSTEM, j->dir ? -ENOTDIR : -EISDIR,
			"the mount target %s is %s folder, the source is %s",
			j->pm->target, j->dir ? "no" : "a", j->dir ? "one" : "none");
	return take_fd(&fd);
}

int mount_link_make(struct mount_job *j, struct error *e)
{
	char name[NAME_MAX + 1];
	char text[PATH_MAX];
	auto_fd int parent =
		sys_parent_in_root(j->ctx->rootfs_fd, j->pm->target, name, e);
	bool on_proc = false;
	struct stat st;
	ssize_t n;
	int r;

	cleanup_fd(&j->shared->fd);
	if (parent < 0)
		return parent;
	/* Its place is checked as a mount's would be: nothing is made in proc. */
	j->target = fcntl(parent, F_DUPFD_CLOEXEC, 0);
	if (j->target < 0)
		return err_sys(e, errno, "fcntl", "cannot keep the folder of a link");
	if (fstat(parent, &st) < 0)
		return err_sys(e, errno, "fstat", "cannot look at the target");
	r = is_on_proc(j, &st, &on_proc, e);
	if (r < 0)
		return r;
	if (on_proc || j->pm->strict)
		return err_set(e, ERR_CONFIG, -EINVAL, "no link can be made for proc");
	if (symlinkat(j->link, parent, name) == 0)
		return 0;
	if (errno != EEXIST)
		return err_sys(
			e, errno, "symlinkat", "cannot make the link %s", j->pm->target);
	n = readlinkat(parent, name, text, sizeof(text));
	if (n >= 0 && (size_t)n == strlen(j->link) &&
		memcmp(text, j->link, (size_t)n) == 0)
		return 0;
	return err_set(e, ERR_SYSTEM, -EEXIST,
		"something else than the link to %s is at %s", j->link, j->pm->target);
}

int mount_target_open(struct mount_job *j, struct error *e)
{
	int rootfs = j->ctx->rootfs_fd;
	int made = 0;

	j->target = make_below_last(j);
	if (j->target >= 0)
		return 0;
	cleanup_fd(&j->shared->fd);
	if (j->pm->strict)
		j->target = target_strict(rootfs, j->pm->target, e);
	else if (j->pm->dest_nofollow)
		j->target = target_itself(j, e);
	else
		j->target = sys_target_in_root(rootfs, j->pm->target, j->dir, &made, e);
	if (j->target < 0)
		return j->target;
	j->made |= made != 0;
	return check_target(j, e);
}
