/* SPDX-License-Identifier: Apache-2.0 */
/* Raw cgroup files below a trusted hierarchy descriptor: opening, making, reading,
 * writing. */
#include "config.h"

#include "sys/cgroupfs.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/path.h"
#include "sys/probe.h"
#include "sys/syscalls.h"

/* A read of fewer bytes has reached the end. */
#define WHOLE_READ 2048

int cgfs_root(const char *mountpoint, struct error *e)
{
	auto_fd int fd = openat(AT_FDCWD, mountpoint, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0)
		return err_sys(e, errno, "open", "cannot open the cgroup hierarchy %s",
			mountpoint);
	if (fstatfs(fd, &fs) < 0)
		return err_sys(e, errno, "fstatfs", "cannot look at %s", mountpoint);
	if ((uint32_t)fs.f_type != SYS_MAGIC_CGROUP &&
		(uint32_t)fs.f_type != SYS_MAGIC_CGROUP2)
		return err_set(e, ERR_HOST, -ENODEV, "%s is not a cgroup file system",
			mountpoint);
	return take_fd(&fd);
}

/* Cut the next component of *path off into name: 1, 0 at the end, -EINVAL for ".." and
 * ".". */
static int next_name(const char **path, char name[256])
{
	size_t n;

	*path += strspn(*path, "/");
	n = strcspn(*path, "/");
	if (n == 0)
		return 0;
	if (n > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, *path, n);
	name[n] = '\0';
	*path += n;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EINVAL;
	return 1;
}

static int open_by_walk(int rootfd, const char *path)
{
	auto_fd int fd = openat(rootfd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat root;
	struct stat st;
	char name[256];
	int r;

	if (fd < 0 || fstat(fd, &root) < 0)
		return -errno;
	while ((r = next_name(&path, name)) > 0) {
		int next =
			openat(fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (next < 0)
			return -errno;
		cleanup_fd(&fd);
		fd = next;
		if (fstat(fd, &st) < 0)
			return -errno;
		if (st.st_dev != root.st_dev)
			return -EXDEV;
	}
	return r < 0 ? r : take_fd(&fd);
}

/* -ENOSYS where the kernel does not have the call. */
static int open_beneath(int rootfd, const char *path, int flags)
{
	struct sys_open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	int r;

	if (!sys_maybe(SYS_OPENAT2))
		return -ENOSYS;
	do
		r = sys_raw_openat2(rootfd, path[0] ? path : ".", &how);
	while (r == -EAGAIN);
	if (r != -ENOSYS && !(r == -EPERM && !sys_has(SYS_OPENAT2)))
		return r;
	sys_lacks(SYS_OPENAT2);
	return -ENOSYS;
}

static int open_cgroup(int rootfd, const char *path)
{
	int r;

	path += strspn(path, "/");
	r = open_beneath(rootfd, path, O_PATH | O_DIRECTORY);
	return r == -ENOSYS ? open_by_walk(rootfd, path) : r;
}

int cgfs_open(int rootfd, const char *path, struct error *e)
{
	int r = open_cgroup(rootfd, path);

	return r < 0 ? err_sys(e, -r, "openat2", "cannot open the cgroup %s", path) : r;
}

static int open_tasks(int rootfd, const char *path)
{
	auto_fd int dir = -EBADF;
	char file[PATH_MAX];
	int r;

	path += strspn(path, "/");
	r = snprintf(file, sizeof(file), "%s%stasks", path, path[0] ? "/" : "");
	if (r < 0 || (size_t)r >= sizeof(file))
		return -ENAMETOOLONG;
	r = open_beneath(rootfd, file, O_WRONLY);
	if (r != -ENOSYS)
		return r;
	dir = open_by_walk(rootfd, path);
	if (dir < 0)
		return dir;
	r = openat(dir, "tasks", O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	return r < 0 ? -errno : r;
}

int cgfs_open_tasks(int rootfd, const char *path, struct error *e)
{
	int r = open_tasks(rootfd, path);

	return r < 0 ? err_sys(e, -r, "openat2", "cannot open tasks of the cgroup %s",
			       path)
		     : r;
}

/* Take away the n last folders of path, as far as they are empty. */
static void unmake(int rootfd, const char *path, unsigned n)
{
	char at[PATH_MAX];
	size_t len = strlen(path);

	if (len >= sizeof(at))
		return;
	memcpy(at, path, len + 1);
	for (; n > 0 && len > 0; n--) {
		while (len > 0 && at[len - 1] == '/')
			len--;
		at[len] = '\0';
		if (len == 0 || unlinkat(rootfd, at, AT_REMOVEDIR) < 0)
			return;
		while (len > 0 && at[len - 1] != '/')
			len--;
	}
}

static int make_one(
	int parent, const char *name, const char *path, bool *made, struct error *e)
{
	int fd;

	*made = mkdirat(parent, name, 0755) == 0;
	if (!*made && errno != EEXIST)
		return err_sys(e, errno, "mkdirat", "cannot make %s of the cgroup %s",
			name, path);
	fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys(e, errno, "openat", "cannot open the cgroup %s", path)
		      : fd;
}

/* The state of making a chain. */
struct chain {
	int (*each)(void *arg, int parentfd, int dirfd, bool last, struct error *e);
	void *arg;
	int parent, dir; /* parent is -EBADF while it is the caller's root */
	unsigned made;
	size_t end; /* how much of path exists by us */
};

static int make_chain(int rootfd, const char *path, struct chain *c, struct error *e)
{
	const char *rest = path;
	char name[256];
	int r;

	while ((r = next_name(&rest, name)) > 0) {
		int above = c->dir >= 0 ? c->dir : rootfd;
		bool made;
		int fd = make_one(above, name, path, &made, e);

		/* What exists below something that we made was made by somebody else. */
		c->made = made ? c->made + 1 : fd >= 0 ? 0 : c->made;
		if (made || fd >= 0)
			c->end = (size_t)(rest - path);
		if (fd < 0)
			return fd;
		cleanup_fd(&c->parent);
		c->parent = c->dir;
		c->dir = fd;
		r = c->each ? c->each(c->arg, above, fd, rest[strspn(rest, "/")] == '\0',
				      e)
			    : 0;
		if (r < 0)
			return r;
	}
	if (r < 0)
		return err_set(
			e, ERR_CONFIG, r, "the cgroup path %s is not usable", path);
	if (c->dir < 0)
		return err_set(e, ERR_CONFIG, -EINVAL, "the cgroup path is empty");
	return 0;
}

/* Something else is mounted over a folder on the way: limits of another hierarchy are none. */
static int check_device(int rootfd, int dir, const char *path, struct error *e)
{
	struct stat root, own;

	if (fstat(rootfd, &root) < 0 || fstat(dir, &own) < 0)
		return err_sys(e, errno, "fstat", "cannot look at the cgroup %s", path);
	return root.st_dev == own.st_dev
		       ? 0
		       : err_set(e, ERR_HOST, -EXDEV,
				 "another file system is mounted on the way to the cgroup %s",
				 path);
}

/* Without work on the folders above, one call makes a cgroup whose parent exists. */
static int make_last(int rootfd, const char *path, unsigned *made)
{
	int fd;

	if (path_has_dotdot(path) || mkdirat(rootfd, path, 0755) < 0)
		return -EAGAIN;
	fd = open_cgroup(rootfd, path);
	if (fd < 0) {
		/* Something is odd on the way: the walk down the chain tells what. */
		unlinkat(rootfd, path, AT_REMOVEDIR);
		return -EAGAIN;
	}
	if (made)
		*made = 1;
	return fd;
}

int cgfs_mkdir(int rootfd, const char *path,
	int (*each)(void *arg, int parentfd, int dirfd, bool last, struct error *e),
	void *arg, unsigned *made, struct error *e)
{
	struct chain c = { .each = each, .arg = arg, .parent = -EBADF, .dir = -EBADF };
	int r;

	path += strspn(path, "/");
	if (!each && path[0]) {
		r = make_last(rootfd, path, made);
		if (r >= 0)
			return r;
	}
	r = make_chain(rootfd, path, &c, e);
	if (r == 0)
		r = check_device(rootfd, c.dir, path, e);
	cleanup_fd(&c.parent);
	if (r < 0) {
		char part[PATH_MAX];

		cleanup_fd(&c.dir);
		if (c.end < sizeof(part)) {
			memcpy(part, path, c.end);
			part[c.end] = '\0';
			unmake(rootfd, part, c.made);
		}
		return r;
	}
	if (made)
		*made = c.made;
	return c.dir;
}

int cgfs_open_write(int dirfd, const char *file, const char *value, struct error *e)
{
	int fd = openat(dirfd, file, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? err_sys(e, errno, "openat", "cannot open %s to write %.200s",
				file, value)
		      : fd;
}

int cgfs_write(int dirfd, const char *file, const char *value, struct error *e)
{
	auto_fd int fd = cgfs_open_write(dirfd, file, value, e);

	return fd < 0 ? fd : cgfs_write_fd(fd, file, value, e);
}

int cgfs_write_fd(int fd, const char *file, const char *value, struct error *e)
{
	size_t n = strlen(value);
	ssize_t r;

	do
		r = write(fd, value, n);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_sys(
			e, errno, "write", "cannot write %.200s to %s", value, file);
	if ((size_t)r != n)
		return err_sys(e, EIO, "write", "cannot write the whole of %.200s to %s",
			value, file);
	return 0;
}

ssize_t cgfs_read(int dirfd, const char *file, char *out, size_t size, struct error *e)
{
	auto_fd int fd = openat(dirfd, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return err_sys(e, errno, "openat", "cannot open %s", file);
	do {
		if (len == size)
			return err_set(e, ERR_SYSTEM, -EFBIG,
				"%s is longer than %zu bytes", file, size - 1);
		n = read(fd, out + len, size - len);
		if (n < 0 && errno != EINTR)
			return err_sys(e, errno, "read", "cannot read %s", file);
		len += n > 0 ? (size_t)n : 0;
		/* The kernel fills a page as long as there is more, and no line of a cgroup file
		 * has half a page: so little was all. */
	} while (n < 0 || n >= WHOLE_READ || len == size);
	if (len > 0 && out[len - 1] == '\n')
		len--;
	out[len] = '\0';
	return (ssize_t)len;
}
