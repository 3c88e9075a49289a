/* SPDX-License-Identifier: Apache-2.0 */
/* Resolving a path below a root component by component: the fallback of openat2, and
 * the way that missing folders are made. */
#include "config.h"

#include "sys/walk.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

#define WALK_LINKS 40 /* the kernel's MAXSYMLINKS */
#define WALK_TRIES 64
#define PROC_ROOT_INO 1

static int set_parent(struct walk *w, int fd)
{
	if (w->parent >= 0 && w->parent != w->rootfd)
		close(w->parent);
	w->parent = fd;
	return 0;
}

void walk_done(struct walk *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -EBADF;
	set_parent(w, -EBADF);
	free(w->path);
	free(w->done);
	w->path = w->done = NULL;
}

static int push_name(struct walk *w, const char *name, size_t n)
{
	size_t need = w->done_len + n + 2;

	if (need > w->done_size) {
		size_t size = need < 256 ? 512 : 2 * need;
		char *p = realloc(w->done, size);

		if (!p)
			return -ENOMEM;
		w->done = p;
		w->done_size = size;
	}
	w->done[w->done_len++] = '/';
	memcpy(w->done + w->done_len, name, n);
	w->done_len += n;
	w->done[w->done_len] = '\0';
	return 0;
}

/* Is fd of the mount that must not be left? 0, or a negative errno. */
static int check_mount(const struct walk *w, int fd)
{
	uint64_t id;
	int r;

	if (!w->one_mount)
		return 0;
	r = sys_mount_id(fd, &id, NULL);
	if (r < 0)
		return r;
	return id == w->mount ? 0 : -EXDEV;
}

/* Walk the plain names in done again: each must still be a folder. */
static int reopen_done(struct walk *w)
{
	auto_fd int fd = -EBADF;
	char name[256];
	int r;

	for (const char *p = w->done; p && *p;) {
		size_t n = strcspn(++p, "/");
		int next;

		memcpy(name, p, n);
		name[n] = '\0';
		p += n;
		next = openat(fd >= 0 ? fd : w->rootfd, name,
			O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
		if (next < 0)
			return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
				       ? -EAGAIN
				       : -errno;
		cleanup_fd(&fd);
		fd = next;
		r = check_mount(w, fd);
		if (r < 0)
			return r;
	}
	set_parent(w, fd >= 0 ? take_fd(&fd) : w->rootfd);
	return 0;
}

static int go_up(struct walk *w)
{
	if (w->done_len == 0)
		return 0;
	while (w->done[--w->done_len] != '/')
		;
	w->done[w->done_len] = '\0';
	return reopen_done(w);
}

/*
 * The links of /proc itself (self, mounts) are ordinary; those of a process's folders
 * are jumps to wherever the process is (/proc/self/root). securityfs has one too
 * (apparmor's policy).
 */
static int refuse_magic(const struct walk *w, int fd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	if ((uint32_t)fs.f_type == SYS_MAGIC_SECURITYFS)
		return -ELOOP;
	if ((uint32_t)fs.f_type != SYS_MAGIC_PROC)
		return 0;
	if (fstat(w->parent, &st) < 0)
		return -errno;
	return st.st_ino == PROC_ROOT_INO ? 0 : -ELOOP;
}

/* Put the link's text in place of the link. */
static int expand_link(struct walk *w, int fd)
{
	char target[PATH_MAX];
	size_t rest = strlen(w->rest);
	ssize_t n;
	char *p;
	int r = refuse_magic(w, fd);

	if (r < 0)
		return r;
	if (++w->links > WALK_LINKS)
		return -ELOOP;
	n = readlinkat(fd, "", target, sizeof(target));
	if (n < 0)
		return -errno;
	if (n == 0 || (size_t)n >= sizeof(target))
		return n ? -ENAMETOOLONG : -ENOENT;
	p = malloc((size_t)n + rest + 1);
	if (!p)
		return -ENOMEM;
	memcpy(p, target, (size_t)n);
	/* rest is empty or begins with the slash behind the link. */
	memcpy(p + n, w->rest, rest + 1);
	free(w->path);
	w->path = w->rest = p;
	if (p[0] == '/') {
		w->done_len = 0;
		if (w->done)
			w->done[0] = '\0';
		set_parent(w, w->rootfd);
	}
	return 0;
}

/* Cut the next component off rest into w->name; 0 at the end. */
static int next_name(struct walk *w, bool *last, bool *slash)
{
	size_t n;

	w->rest += strspn(w->rest, "/");
	n = strcspn(w->rest, "/");
	if (n > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(w->name, w->rest, n);
	w->name[n] = '\0';
	w->rest += n;
	*slash = w->rest[0] == '/';
	*last = w->rest[strspn(w->rest, "/")] == '\0';
	return n > 0;
}

/* One component that is neither "." nor "..". 1: the walk has ended. */
static int step(struct walk *w, unsigned how, bool last, bool slash)
{
	auto_fd int fd = openat(w->parent, w->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0 && errno == ENOENT && !last && (how & WALK_MKDIRS)) {
		if (mkdirat(w->parent, w->name, 0755) < 0 && errno != EEXIST)
			return -errno;
		fd = openat(w->parent, w->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			return -EAGAIN;
	}
	if (fd < 0 && errno == ENOENT && last) {
		w->fd = -ENOENT;
		return 1;
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	r = check_mount(w, fd);
	if (r < 0)
		return r;
	if (S_ISLNK(st.st_mode) && !(last && !slash && (how & WALK_NOFOLLOW)))
		return expand_link(w, fd);
	if (S_ISDIR(st.st_mode)) {
		r = push_name(w, w->name, strlen(w->name));
		return r < 0 ? r : set_parent(w, take_fd(&fd));
	}
	if (!last || slash)
		return -ENOTDIR;
	w->mode = st.st_mode;
	w->fd = take_fd(&fd);
	return 1;
}

static int resolve(struct walk *w, unsigned how)
{
	bool last = false;
	bool slash = false;
	int r;

	while ((r = next_name(w, &last, &slash)) > 0) {
		if (strcmp(w->name, ".") == 0)
			continue;
		r = strcmp(w->name, "..") == 0 ? go_up(w) : step(w, how, last, slash);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	if (r < 0)
		return r;
	/* The end is a folder: the one that we stand in. */
	w->fd = w->parent == w->rootfd
			? openat(w->rootfd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC)
			: w->parent;
	w->parent = -EBADF;
	w->mode = S_IFDIR;
	return w->fd < 0 ? -errno : 0;
}

int walk_resolve(int rootfd, const char *path, unsigned how, struct walk *w)
{
	int r;

	*w = (struct walk){
		.fd = -EBADF,
		.parent = rootfd,
		.rootfd = rootfd,
		.one_mount = (how & WALK_ONE_MOUNT) != 0,
	};
	if (path[0] == '\0')
		return -ENOENT;
	if (w->one_mount) {
		r = sys_mount_id(rootfd, &w->mount, NULL);
		if (r < 0)
			return r;
	}
	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	w->path = w->rest = strdup(path);
	if (!w->path)
		return -ENOMEM;
	r = resolve(w, how);
	if (r < 0)
		walk_done(w);
	return r;
}

static int open_end(struct walk *w, int flags)
{
	int fd;

	if (w->fd < 0)
		return w->fd;
	if (flags & O_PATH) {
		if ((flags & O_DIRECTORY) && !S_ISDIR(w->mode))
			return -ENOTDIR;
		return take_fd(&w->fd);
	}
	if (S_ISLNK(w->mode))
		return -ELOOP;
	if (S_ISDIR(w->mode))
		fd = openat(w->fd, ".", flags | O_CLOEXEC);
	else
		fd = openat(w->parent, w->name, flags | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	/* A link took the place of the file that was seen. */
	return errno == ELOOP ? -EAGAIN : -errno;
}

int walk_open(int rootfd, const char *path, int flags, bool one_mount)
{
	unsigned how = (flags & O_NOFOLLOW ? WALK_NOFOLLOW : 0) |
		       (one_mount ? WALK_ONE_MOUNT : 0);
	int r = -EAGAIN;

	for (int i = 0; r == -EAGAIN && i < WALK_TRIES; i++) {
		struct walk w;

		r = walk_resolve(rootfd, path, how, &w);
		if (r < 0)
			continue;
		r = open_end(&w, flags);
		walk_done(&w);
	}
	return r;
}
