/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts: what both kinds of operations share, and the few that stand alone. */
#include "config.h"

#include "sys/mount.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/mount_internal.h"
#include "sys/probe.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

const struct sys_mount_ops *sys_mount_ops(void)
{
	/*
	 * Attributes of a detached mount cannot be set without mount_setattr, so half of the new
	 * API is as good as none. Where there is mount_setattr (5.12), the rest (5.2) is there
	 * too, unless a sandbox is odd; the operations notice that themselves.
	 */
	if (sys_maybe(SYS_MOUNT_API) && sys_has(SYS_MOUNT_SETATTR))
		return &sys_mount_fd_ops;
	return &sys_mount_compat_ops;
}

void sys_mount_drop(struct sys_mount *m)
{
	cleanup_fd(&m->fd);
	cleanup_fd(&m->source_fd);
	free(m->source);
	free(m->fs);
	free(m->data);
	*m = SYS_MOUNT_INIT;
}

int mount_at_enter(struct mount_at *at, struct error *e)
{
	int procfd = sys_proc_fd(e);

	if (procfd < 0)
		return procfd;
	/* Where we are may be a folder that we may not search; then "/" is gone back
	 * to. */
	at->cwd = openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fchdir(procfd) < 0) {
		int err = errno;

		cleanup_fd(&at->cwd);
		return err_sys(e, err, "fchdir", "cannot enter /proc");
	}
	return 0;
}

void mount_at_leave(struct mount_at *at)
{
	if ((at->cwd < 0 || fchdir(at->cwd) < 0) && chdir("/") < 0)
		/* The root was entered when the process was made; it cannot be refused
		 * now. */
		abort();
	cleanup_fd(&at->cwd);
}

void mount_fd_name(int fd, char out[32])
{
	snprintf(out, 32, "self/fd/%d", fd);
}

bool mount_is_label(const char *word)
{
	static const char *const keys[] = {
		"context=", "fscontext=", "defcontext=", "rootcontext="
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strncmp(word, keys[i], strlen(keys[i])) == 0)
			return true;
	return false;
}

static const struct {
	uint64_t attr;
	unsigned long ms, st;
} flag_map[] = {
	{ MOUNT_ATTR_RDONLY, MS_RDONLY, SYS_ST_RDONLY },
	{ MOUNT_ATTR_NOSUID, MS_NOSUID, SYS_ST_NOSUID },
	{ MOUNT_ATTR_NODEV, MS_NODEV, SYS_ST_NODEV },
	{ MOUNT_ATTR_NOEXEC, MS_NOEXEC, SYS_ST_NOEXEC },
	{ MOUNT_ATTR_NODIRATIME, MS_NODIRATIME, SYS_ST_NODIRATIME },
	{ MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW, SYS_ST_NOSYMFOLLOW },
};

int mount_flags_of(int fd, unsigned long *flags, struct error *e)
{
	unsigned long ms = 0;
	unsigned long st;
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return err_sys(e, errno, "fstatfs", "cannot read the flags of a mount");
	st = (unsigned long)fs.f_flags;
	for (size_t i = 0; i < ARRAY_SIZE(flag_map); i++)
		if (st & flag_map[i].st)
			ms |= flag_map[i].ms;
	if (st & SYS_ST_NOATIME)
		ms |= MS_NOATIME;
	else
		ms |= st & SYS_ST_RELATIME ? MS_RELATIME : MS_STRICTATIME;
	*flags = ms;
	return 0;
}

static unsigned long atime_flag(uint64_t attrs)
{
	switch (attrs & MOUNT_ATTR__ATIME) {
	case MOUNT_ATTR_NOATIME:
		return MS_NOATIME;
	case MOUNT_ATTR_STRICTATIME:
		return MS_STRICTATIME;
	default:
		return MS_RELATIME;
	}
}

unsigned long mount_attr_flags(uint64_t attrs)
{
	unsigned long ms = 0;

	for (size_t i = 0; i < ARRAY_SIZE(flag_map); i++)
		if (attrs & flag_map[i].attr)
			ms |= flag_map[i].ms;
	return ms | atime_flag(attrs);
}

unsigned long mount_merge_flags(unsigned long flags, uint64_t set, uint64_t clear)
{
	for (size_t i = 0; i < ARRAY_SIZE(flag_map); i++) {
		if (clear & flag_map[i].attr)
			flags &= ~flag_map[i].ms;
		if (set & flag_map[i].attr)
			flags |= flag_map[i].ms;
	}
	if ((clear | set) & MOUNT_ATTR__ATIME) {
		flags &= ~(unsigned long)(MS_NOATIME | MS_RELATIME | MS_STRICTATIME);
		flags |= atime_flag(set);
	}
	return flags;
}

static int propagation_by_path(int fd, unsigned long flags, struct error *e)
{
	struct mount_at at;
	char name[32];
	int r = mount_at_enter(&at, e);

	if (r < 0)
		return r;
	mount_fd_name(fd, name);
	if (mount(NULL, name, NULL, flags, NULL) < 0)
		r = err_sys(
			e, errno, "mount", "cannot change the propagation of a mount");
	mount_at_leave(&at);
	return r;
}

int sys_mount_propagation(int fd, uint64_t flags, struct error *e)
{
	struct sys_mount_attr_args args = { .propagation = flags & ~(uint64_t)MS_REC };
	unsigned how = AT_EMPTY_PATH | (flags & MS_REC ? AT_RECURSIVE : 0);
	int r;

	if (sys_maybe(SYS_MOUNT_SETATTR)) {
		r = sys_raw_mount_setattr(fd, "", how, &args);
		if (r == 0) {
			sys_works(SYS_MOUNT_SETATTR);
			return 0;
		}
		if (r != -ENOSYS && !(r == -EPERM && !sys_has(SYS_MOUNT_SETATTR)))
			return err_sys(e, -r, "mount_setattr",
				"cannot change the propagation of a mount");
		sys_lacks(SYS_MOUNT_SETATTR);
	}
	return propagation_by_path(fd, (unsigned long)flags, e);
}

int sys_mount_propagation_all(uint64_t flags, struct error *e)
{
	struct sys_mount_attr_args args = { .propagation = flags & ~(uint64_t)MS_REC };
	auto_fd int fd = -EBADF;

	if (sys_maybe(SYS_MOUNT_SETATTR) &&
		sys_raw_mount_setattr(
			AT_FDCWD, "/", flags & MS_REC ? AT_RECURSIVE : 0, &args) == 0) {
		sys_works(SYS_MOUNT_SETATTR);
		return 0;
	}
	/* By descriptor it is told what is wrong, or done in another way. */
	fd = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, errno, "open", "cannot open the root");
	return sys_mount_propagation(fd, flags, e);
}

int sys_pivot_root(int rootfd, bool shared, struct error *e)
{
	auto_fd int old = -EBADF;
	int r;

	if (shared) {
		old = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (old < 0)
			return err_sys(e, errno, "open", "cannot open the old root");
	}
	if (fchdir(rootfd) < 0)
		return err_sys(e, errno, "fchdir", "cannot enter the new root");
	/* The old root comes to lie on top of the new one, at the same place; no
	 * folder is needed. */
	r = sys_raw_pivot_root(".", ".");
	if (r < 0)
		return err_sys(e, -r, "pivot_root", "cannot make the new root the root");
	if (shared) {
		r = sys_mount_propagation(old, MS_SLAVE | MS_REC, e);
		if (r < 0)
			return r;
	}
	/* The working directory is the new root; unmounting "." takes the topmost mount there,
	 * which is the old one, and leaves us in "/". */
	if (umount2(".", MNT_DETACH) < 0)
		return err_sys(e, errno, "umount2", "cannot take the old root away");
	return 0;
}

int sys_umount_fd(int fd, struct error *e)
{
	struct mount_at at;
	char name[32];
	int r = mount_at_enter(&at, e);

	if (r < 0)
		return r;
	mount_fd_name(fd, name);
	if (umount2(name, MNT_DETACH) < 0)
		r = err_sys(e, errno, "umount2", "cannot unmount");
	mount_at_leave(&at);
	return r;
}

int sys_mount_idmap(int fd, int userns_fd, bool recursive, struct error *e)
{
	struct sys_mount_attr_args args = {
		.attr_set = MOUNT_ATTR_IDMAP,
		.userns_fd = (uint64_t)userns_fd,
	};
	int r = -ENOSYS;

	if (sys_maybe(SYS_MOUNT_SETATTR))
		r = sys_raw_mount_setattr(
			fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &args);
	if (r == -ENOSYS)
		return err_set(e, ERR_HOST, -EOPNOTSUPP,
			"idmapped mounts need mount_setattr (Linux %s)",
			sys_feature_since(SYS_MOUNT_SETATTR));
	return r < 0 ? err_sys(e, -r, "mount_setattr", "cannot map the owners of a mount")
		     : 0;
}

/* The same by descriptors of both folders, for the older operations. */
static int bind_opened(const char *source, int dir, const char *name,
	const struct sys_mount_attr *attr, struct error *e)
{
	auto_fd int from = openat(AT_FDCWD, source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int target =
		openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct sys_mount m = SYS_MOUNT_INIT;
	auto_fd int root = -EBADF;
	int r;

	if (from < 0)
		return err_sys(e, errno, "openat", "cannot open %s", source);
	if (target < 0)
		return err_sys(e, errno, "openat", "cannot open the folder %s", name);
	r = sys_mount_ops()->clone(from, false, attr, &m, e);
	if (r == 0)
		r = root = sys_mount_ops()->attach(&m, target, e);
	sys_mount_drop(&m);
	return r < 0 ? r : 0;
}

int sys_mount_bind_below(const char *source, int dir, const char *name,
	const struct sys_mount_attr *attr, struct error *e)
{
	auto_fd int fd = -EBADF;
	int r;

	if (sys_mount_ops() != &sys_mount_fd_ops ||
		attr->set | attr->clear | attr->rset | attr->rclear | attr->n_propagation)
		return bind_opened(source, dir, name, attr, e);
	fd = sys_raw_open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (fd < 0)
		return err_sys(e, -fd, "open_tree", "cannot clone %s", source);
	r = sys_raw_move_mount(fd, "", dir, name, MOVE_MOUNT_F_EMPTY_PATH);
	return r < 0 ? err_sys(e, -r, "move_mount", "cannot put a mount on %s", name) : 0;
}

int sys_mount_empty_dir(const char *label_word, struct sys_mount *out, struct error *e)
{
	const char *const words[] = { "mode=0555", "size=4k", "nr_inodes=2",
		label_word ? label_word : "" };
	struct sys_mount_attr attr = {
		.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
		       MOUNT_ATTR_NOEXEC,
		.sb_flags = MS_RDONLY,
	};

	return sys_mount_ops()->create(
		"tmpfs", "tmpfs", words, ARRAY_SIZE(words), &attr, out, e);
}
