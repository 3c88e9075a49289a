/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and making things below a root, safely: the only way that a path meets the
 * container's files. */
#include "config.h"

#include "sys/open.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/probe.h"
#include "sys/proc.h"
#include "sys/syscalls.h"
#include "sys/walk.h"

/* openat2 says EAGAIN when a rename or mount came between; an attacker can go on with
 * that. */
#define OPEN_TRIES 128

static int open_resolving(int rootfd, const char *path, int flags, uint64_t more)
{
	struct sys_open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | more,
	};
	int r = -EAGAIN;

	if (!(flags & O_PATH))
		how.flags |= O_LARGEFILE;
	for (int i = 0; r == -EAGAIN && i < OPEN_TRIES; i++)
		r = sys_raw_openat2(rootfd, path, &how);
	return r;
}

static int open_fast(int rootfd, const char *path, int flags)
{
	return open_resolving(rootfd, path, flags, 0);
}

static int open_below(int rootfd, const char *path, int flags, bool one_mount)
{
	if (sys_maybe(SYS_OPENAT2)) {
		int r = open_resolving(
			rootfd, path, flags, one_mount ? RESOLVE_NO_XDEV : 0);

		if (r != -ENOSYS && !(r == -EPERM && !sys_has(SYS_OPENAT2)))
			return r;
		sys_lacks(SYS_OPENAT2);
	}
	return walk_open(rootfd, path, flags, one_mount);
}

static int open_in_root(int rootfd, const char *path, int flags)
{
	return open_below(rootfd, path, flags, false);
}

static int fail_open(struct error *e, int r, const char *path)
{
	return err_sys(e, -r, sys_maybe(SYS_OPENAT2) ? "openat2" : "openat",
		"cannot open %s below the root", path);
}

int sys_open_in_root(int rootfd, const char *path, int flags, struct error *e)
{
	int r = open_in_root(rootfd, path, flags);

	return r < 0 ? fail_open(e, r, path) : r;
}

int sys_open_in_mount(int topfd, const char *path, int flags, struct error *e)
{
	int r = open_below(topfd, path, flags, true);

	return r < 0 ? fail_open(e, r, path) : r;
}

/* Split off the last component: dir gets what is before it ("/" when nothing is). */
static int split(const char *path, char dir[PATH_MAX], char name[256])
{
	size_t n = strlen(path);
	size_t at;

	while (n > 0 && path[n - 1] == '/')
		n--;
	for (at = n; at > 0 && path[at - 1] != '/';)
		at--;
	if (n - at > NAME_MAX || at >= PATH_MAX - 1)
		return -ENAMETOOLONG;
	memcpy(name, path + at, n - at);
	name[n - at] = '\0';
	if (n == at || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EINVAL;
	if (at == 0) {
		dir[0] = '/';
		dir[1] = '\0';
	} else {
		memcpy(dir, path, at);
		dir[at] = '\0';
	}
	return 0;
}

/*
 * Make name in parent: a folder, or an empty file by mknod(2), which like
 * O_CREAT|O_EXCL| O_NOFOLLOW neither follows nor reuses (B3) but needs no descriptor
 * that would have to be exchanged for an O_PATH one. Returns O_PATH of what was made.
 * -EEXIST: something is there.
 */
static int make(int parent, const char *name, bool dir, mode_t mode)
{
	int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC | (dir ? O_DIRECTORY : 0);
	int fd;

	if ((dir ? mkdirat(parent, name, mode)
		 : mknodat(parent, name, S_IFREG | mode, 0)) < 0)
		return -errno;
	fd = openat(parent, name, flags);
	if (fd < 0)
		/* Taken away or exchanged between the two calls. */
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? -EAGAIN
									     : -errno;
	return fd;
}

static int kind_error(mode_t mode, bool dir)
{
	if (dir && !S_ISDIR(mode))
		return -ENOTDIR;
	if (!dir && S_ISDIR(mode))
		return -EISDIR;
	return 0;
}

/* Everything by the walk: missing parents, links that point to nothing. */
static int obtain_by_walk(int rootfd, const char *path, bool dir, mode_t mode, int *made)
{
	int r = -EAGAIN;

	for (int i = 0; r == -EAGAIN && i < OPEN_TRIES; i++) {
		struct walk w;

		r = walk_resolve(rootfd, path, WALK_MKDIRS, &w);
		if (r < 0)
			continue;
		if (w.fd >= 0) {
			*made = 0;
			r = kind_error(w.mode, dir);
			if (r == 0)
				r = take_fd(&w.fd);
		} else {
			r = make(w.parent, w.name, dir, mode);
			*made = r >= 0;
			if (r == -EEXIST)
				r = -EAGAIN;
		}
		walk_done(&w);
	}
	return r;
}

/* The usual case, three calls: the parent exists and nothing has the name. */
static int make_fast(int rootfd, const char *path, bool dir, mode_t mode)
{
	char parent_path[PATH_MAX];
	char name[256];
	auto_fd int parent = -EBADF;
	int r = split(path, parent_path, name);

	if (r < 0)
		return -EAGAIN;
	parent = open_fast(rootfd, parent_path, O_PATH | O_DIRECTORY);
	if (parent < 0)
		return -EAGAIN;
	r = make(parent, name, dir, mode);
	return r == -EEXIST ? -EAGAIN : r;
}

static int make_in_root(int rootfd, const char *path, bool dir, mode_t mode, int *made)
{
	/* Ours is 022, which takes nothing from 0755 and 0644. */
	bool more = (mode & 022) != 0;
	mode_t mask = 0;
	int r = -EAGAIN;

	if (!dir && path[strlen(path) - 1] == '/')
		return -ENOTDIR;
	if (more)
		mask = umask(0);
	if (sys_maybe(SYS_OPENAT2))
		r = make_fast(rootfd, path, dir, mode);
	*made = r >= 0;
	if (r == -EAGAIN)
		r = obtain_by_walk(rootfd, path, dir, mode, made);
	if (more)
		umask(mask);
	return r;
}

int sys_mkdirs_in_root(int rootfd, const char *path, mode_t mode, struct error *e)
{
	int made;
	int r = open_in_root(rootfd, path, O_PATH | O_DIRECTORY);

	if (r >= 0)
		return r;
	if (r != -ENOENT || path[0] == '\0')
		return fail_open(e, r, path);
	r = make_in_root(rootfd, path, true, mode, &made);
	if (r < 0)
		return err_sys(e, -r, "mkdirat",
			"cannot make the folder %s below the root", path);
	return r;
}

int sys_parent_in_root(int rootfd, const char *path, char name[256], struct error *e)
{
	char dir[PATH_MAX];
	char last[256];
	int r = split(path, dir, last);

	if (r == -EINVAL)
		return err_set(e, ERR_CONFIG, r,
			"%s has no last component that could be made",
			path[0] ? path : "an empty path");
	if (r < 0)
		return err_set(e, ERR_CONFIG, r, "a path of %zu bytes is too long",
			strlen(path));
	r = sys_mkdirs_in_root(rootfd, dir, 0755, e);
	if (r >= 0)
		memcpy(name, last, sizeof(last));
	return r;
}

static int target_exists(int fd, const char *path, bool dir, struct error *e)
{
	struct stat st;
	int r;

	if (dir)
		return 0; /* O_DIRECTORY has asked */
	if (fstat(fd, &st) < 0)
		return err_sys(
			e, errno, "fstat", "cannot look at the mount target %s", path);
	r = kind_error(st.st_mode, dir);
	if (r < 0)
		return err_set(e, ERR_SYSTEM, r,
			"the mount target %s is a folder, the source is none", path);
	return 0;
}

int sys_target_in_root(
	int rootfd, const char *path, int is_dir, int *created, struct error *e)
{
	bool dir = is_dir != 0;
	int made = 0;
	auto_fd int fd = open_in_root(rootfd, path, O_PATH | (dir ? O_DIRECTORY : 0));

	if (fd >= 0) {
		int r = target_exists(fd, path, dir, e);

		if (r < 0)
			return r;
	} else if (fd == -ENOENT && path[0] != '\0') {
		fd = make_in_root(rootfd, path, dir, dir ? 0755 : 0644, &made);
		if (fd < 0)
			return err_sys(e, -fd, dir ? "mkdirat" : "mknodat",
				"cannot make the mount target %s", path);
	} else if (fd == -ENOTDIR && dir) {
		return err_sys(e, ENOTDIR, "openat",
			"cannot use %s as folder to mount on", path);
	} else {
		return fail_open(e, fd, path);
	}
	if (created)
		*created = made;
	return take_fd(&fd);
}

int sys_reopen(int fd, int flags, struct error *e)
{
	char name[32];
	int procfd = sys_proc_fd(e);
	int r;

	if (procfd < 0)
		return procfd;
	/* The descriptor of /proc is of the host's mount namespace, where no container
	 * can put a mount over the link. */
	snprintf(name, sizeof(name), "self/fd/%d", fd);
	r = openat(procfd, name, flags | O_CLOEXEC);
	return r < 0 ? err_sys(e, errno, "openat", "cannot open descriptor %d anew", fd)
		     : r;
}

int sys_open_real(const char *path, int flags, char out[4096], struct error *e)
{
	static const char deleted[] = " (deleted)";
	auto_fd int fd = openat(AT_FDCWD, path, flags | O_PATH | O_CLOEXEC);
	char name[32];
	char real[4096];
	ssize_t n;
	int procfd;

	if (fd < 0)
		return err_sys(e, errno, "open", "cannot open %s", path);
	procfd = sys_proc_fd(e);
	if (procfd < 0)
		return procfd;
	snprintf(name, sizeof(name), "self/fd/%d", fd);
	n = readlinkat(procfd, name, real, sizeof(real));
	if (n < 0)
		return err_sys(
			e, errno, "readlinkat", "cannot learn the name of %s", path);
	if ((size_t)n >= sizeof(real))
		return err_set(
			e, ERR_SYSTEM, -ENAMETOOLONG, "the name of %s is too long", path);
	real[n] = '\0';
	if (real[0] != '/' ||
		((size_t)n >= sizeof(deleted) &&
			strcmp(real + n + 1 - sizeof(deleted), deleted) == 0 &&
			access(real, F_OK) < 0))
		return err_set(e, ERR_SYSTEM, -ESTALE,
			"%s cannot be reached by a name any more", path);
	memcpy(out, real, (size_t)n + 1);
	return take_fd(&fd);
}
