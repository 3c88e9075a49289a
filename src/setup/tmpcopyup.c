/* SPDX-License-Identifier: Apache-2.0 */
/* Copying a folder into a fresh tmpfs by descriptors alone; nothing is followed (B15). */
#include "config.h"

#include "setup/tmpcopyup.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/open.h"
#include "sys/proc.h"

#define DEPTH_MAX 128
#define XATTR_LIST 65536u
#define XATTR_VALUE 65536u

/* A file with several names, and the first of them in the copy. */
struct hard {
	dev_t dev;
	ino_t ino;
	char *path;
	struct hard *next;
};

#define BUCKETS 1024u

struct copy {
	int to; /* root of the copy */
	char path[PATH_MAX];
	size_t len;
	unsigned depth;
	struct hard *hard[BUCKETS];
};

static int copy_folder(struct copy *c, int from, int to, struct error *e);

static struct hard **bucket(struct copy *c, const struct stat *st)
{
	return &c->hard[(size_t)st->st_ino % BUCKETS];
}

static int remember(struct copy *c, const struct stat *st, struct error *e)
{
	struct hard *h = calloc(1, sizeof(*h));

	if (h)
		h->path = strdup(c->path);
	if (!h || !h->path) {
		free(h);
		return err_set(e, ERR_SYSTEM, -ENOMEM, "no memory for hard links");
	}
	h->dev = st->st_dev;
	h->ino = st->st_ino;
	h->next = *bucket(c, st);
	*bucket(c, st) = h;
	return 0;
}

/* 1 when name became a link to a copy that is there already. */
static int link_known(
	struct copy *c, const struct stat *st, int to, const char *name, struct error *e)
{
	for (const struct hard *h = *bucket(c, st); h; h = h->next) {
		if (h->dev != st->st_dev || h->ino != st->st_ino)
			continue;
		if (linkat(c->to, h->path, to, name, 0) < 0)
			return err_sys(e, errno, "linkat", "cannot link %s", c->path);
		return 1;
	}
	return 0;
}

/*
 * Attributes that a copy may lack, where the tmpfs or the user namespace has no place for them:
 * those of users, which a tmpfs has since 6.6 only and which protect nothing, and labels, which the
 * security module gives to what is new (LABEL-01).
 */
static bool may_lack(const char *name)
{
	static const char *const prefixes[] = { "user.", "security.selinux",
		"security.SMACK64" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

static int copy_xattr(struct copy *c, int from, int to, const char *name, struct error *e)
{
	auto_free char *value = malloc(XATTR_VALUE);
	ssize_t n;

	if (!value)
		return err_set(e, ERR_SYSTEM, -ENOMEM, "no memory for attributes");
	n = fgetxattr(from, name, value, XATTR_VALUE);
	if (n < 0 && errno == ENODATA)
		return 0;
	if (n < 0)
		return err_sys(
			e, errno, "fgetxattr", "cannot read %s of %s", name, c->path);
	if (fsetxattr(to, name, value, (size_t)n, 0) < 0 && !may_lack(name))
		return err_sys(
			e, errno, "fsetxattr", "cannot set %s of %s", name, c->path);
	return 0;
}

static int copy_xattrs(struct copy *c, int from, int to, struct error *e)
{
	auto_free char *list = NULL;
	ssize_t n = flistxattr(from, NULL, 0);
	int r = 0;

	/* A file system without attributes has none to copy. */
	if (n <= 0)
		return 0;
	list = malloc(XATTR_LIST);
	if (!list)
		return err_set(e, ERR_SYSTEM, -ENOMEM, "no memory for attributes");
	n = flistxattr(from, list, XATTR_LIST);
	if (n < 0)
		return err_sys(
			e, errno, "flistxattr", "cannot list attributes of %s", c->path);
	for (const char *p = list; r == 0 && p < list + n; p += strlen(p) + 1)
		r = copy_xattr(c, from, to, p, e);
	return r;
}

/* Owner, then mode (chown takes set-id bits away), attributes, and the times last. */
static int copy_owner(
	struct copy *c, int from, int to, const struct stat *st, struct error *e)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	int r;

	if (fchown(to, st->st_uid, st->st_gid) < 0)
		return err_sys(e, errno, "fchown", "cannot give %s to %u:%u", c->path,
			(unsigned)st->st_uid, (unsigned)st->st_gid);
	if (fchmod(to, st->st_mode & 07777) < 0)
		return err_sys(e, errno, "fchmod", "cannot set the mode of %s", c->path);
	r = copy_xattrs(c, from, to, e);
	if (r < 0)
		return r;
	if (futimens(to, times) < 0)
		return err_sys(
			e, errno, "utimensat", "cannot set the times of %s", c->path);
	return 0;
}

static int copy_range(
	struct copy *c, int from, int to, off_t at, off_t end, struct error *e)
{
	char block[16384];

	while (at < end) {
		size_t want = end - at < (off_t)sizeof(block) ? (size_t)(end - at)
							      : sizeof(block);
		ssize_t n = pread(from, block, want, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, errno, "pread", "cannot read %s", c->path);
		if (n == 0)
			break;
		for (ssize_t done = 0; done < n;) {
			ssize_t w =
				pwrite(to, block + done, (size_t)(n - done), at + done);

			if (w < 0 && errno == EINTR)
				continue;
			if (w < 0)
				return err_sys(
					e, errno, "pwrite", "cannot write %s", c->path);
			done += w;
		}
		at += n;
	}
	return 0;
}

/* Holes stay holes: a sparse file of a terabyte is not a terabyte. */
static int copy_data(struct copy *c, int from, int to, off_t size, struct error *e)
{
	off_t at = 0;

	if (ftruncate(to, size) < 0)
		return err_sys(e, errno, "ftruncate", "cannot size %s", c->path);
	while (at < size) {
		off_t data = lseek(from, at, SEEK_DATA);
		off_t hole;
		int r;

		if (data < 0 && errno == ENXIO)
			return 0;
		/* A file system without holes says EINVAL: all of it is data. */
		hole = data < 0 ? size : lseek(from, data, SEEK_HOLE);
		if (data < 0)
			data = at;
		if (hole < 0)
			hole = size;
		r = copy_range(c, from, to, data, hole < size ? hole : size, e);
		if (r < 0)
			return r;
		at = hole;
	}
	return 0;
}

static int copy_file(struct copy *c, int fd, int to_dir, const char *name,
	const struct stat *st, struct error *e)
{
	auto_fd int from = sys_reopen(fd, O_RDONLY, NULL);
	auto_fd int to = -EBADF;
	int r;

	if (from < 0)
		return err_sys(e, -from, "openat", "cannot open %s", c->path);
	to = openat(
		to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return err_sys(e, errno, "openat", "cannot make %s", c->path);
	r = copy_data(c, from, to, st->st_size, e);
	return r < 0 ? r : copy_owner(c, from, to, st, e);
}

static int copy_link(struct copy *c, int fd, int to, const char *name, struct error *e)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);

	if (n < 0)
		return err_sys(
			e, errno, "readlinkat", "cannot read the link %s", c->path);
	target[n] = '\0';
	if (symlinkat(target, to, name) < 0)
		return err_sys(e, errno, "symlinkat", "cannot make the link %s", c->path);
	return 0;
}

static int copy_node(
	struct copy *c, int to, const char *name, const struct stat *st, struct error *e)
{
	/* The umask is ours; the mode is set by the same call, as nothing else can be. */
	mode_t mask = umask(0);
	int r = mknodat(to, name, st->st_mode, st->st_rdev) < 0 ? -errno : 0;

	umask(mask);
	if (r < 0)
		return err_sys(e, -r, "mknodat", "cannot make %s", c->path);
	return 0;
}

/* *fd is closed: there may be a descriptor of each level above. */
static int copy_subfolder(
	struct copy *c, int *fd, int to, const char *name, struct error *e)
{
	auto_fd int old = openat(*fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_fd int new = -EBADF;

	if (old < 0)
		return err_sys(e, errno, "openat", "cannot open the folder %s", c->path);
	cleanup_fd(fd);
	if (mkdirat(to, name, 0700) < 0)
		return err_sys(e, errno, "mkdirat", "cannot make the folder %s", c->path);
	new = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (new < 0)
		return err_sys(e, errno, "openat", "cannot open the folder %s", c->path);
	return copy_folder(c, old, new, e);
}

/* A call by a path is told from where; procfd is the trusted /proc, old below it what is copied. */
static int copy_unopened_xattr(struct copy *c, int procfd, const char *old, int to,
	const char *name, const char *attr, struct error *e)
{
	auto_free char *value = malloc(XATTR_VALUE);
	ssize_t n;

	if (!value)
		return err_set(e, ERR_SYSTEM, -ENOMEM, "no memory for attributes");
	if (fchdir(procfd) < 0)
		return err_sys(e, errno, "fchdir", "cannot enter /proc");
	n = getxattr(old, attr, value, XATTR_VALUE);
	if (n < 0 && errno == ENODATA)
		return 0;
	if (n < 0)
		return err_sys(
			e, errno, "getxattr", "cannot read %s of %s", attr, c->path);
	if (fchdir(to) < 0)
		return err_sys(
			e, errno, "fchdir", "cannot enter the copy of %s", c->path);
	if (lsetxattr(name, attr, value, (size_t)n, 0) < 0 && !may_lack(attr))
		return err_sys(
			e, errno, "lsetxattr", "cannot set %s of %s", attr, c->path);
	return 0;
}

/*
 * These calls take no O_PATH descriptor: the old one by its link in /proc, behind which a link is
 * not followed, and the new one by its name alone, from within its folder.
 */
static int copy_unopened_xattrs(
	struct copy *c, int fd, int to, const char *name, struct error *e)
{
	auto_fd int back = openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_free char *list = malloc(XATTR_LIST);
	int procfd = sys_proc_fd(e);
	char old[32];
	ssize_t n;
	int r = 0;

	if (procfd < 0)
		return procfd;
	if (!list)
		return err_set(e, ERR_SYSTEM, -ENOMEM, "no memory for attributes");
	snprintf(old, sizeof(old), "self/fd/%d", fd);
	if (back < 0 || fchdir(procfd) < 0)
		return err_sys(e, errno, "fchdir", "cannot enter /proc");
	n = listxattr(old, list, XATTR_LIST);
	for (const char *p = list; r == 0 && p < list + n; p += strlen(p) + 1)
		r = copy_unopened_xattr(c, procfd, old, to, name, p, e);
	if (fchdir(back) < 0 && r == 0)
		r = err_sys(e, errno, "fchdir", "cannot go back");
	return r;
}

/* Links and nodes have no descriptor to set the rest by; the name is ours alone. */
static int finish_unopened(struct copy *c, int fd, int to, const char *name,
	const struct stat *st, struct error *e)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	int r;

	if (fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, errno, "fchownat", "cannot give %s to %u:%u", c->path,
			(unsigned)st->st_uid, (unsigned)st->st_gid);
	r = copy_unopened_xattrs(c, fd, to, name, e);
	if (r < 0)
		return r;
	if (utimensat(to, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(
			e, errno, "utimensat", "cannot set the times of %s", c->path);
	return 0;
}

static bool is_nodev(int fd)
{
	struct statvfs v;

	return fstatvfs(fd, &v) < 0 || (v.f_flag & ST_NODEV);
}

/*
 * The name is looked up once: who may write to the folder exchanges it between two looks, and what
 * one says would be done with the other (a file copied under the names of another, a node without
 * the flags of its own mount).
 */
static int copy_entry(struct copy *c, int from, int to, const char *name, struct error *e)
{
	auto_fd int fd = openat(from, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, errno, "openat", "cannot look at %s", c->path);
	if (S_ISDIR(st.st_mode))
		return copy_subfolder(c, &fd, to, name, e);
	/* Nobody could open it there, and the tmpfs may be another matter. */
	if ((S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) && is_nodev(fd))
		return 0;
	if (st.st_nlink > 1) {
		r = link_known(c, &st, to, name, e);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	if (S_ISREG(st.st_mode)) {
		r = copy_file(c, fd, to, name, &st, e);
	} else {
		r = S_ISLNK(st.st_mode) ? copy_link(c, fd, to, name, e)
					: copy_node(c, to, name, &st, e);
		if (r == 0)
			r = finish_unopened(c, fd, to, name, &st, e);
	}
	if (r == 0 && st.st_nlink > 1)
		r = remember(c, &st, e);
	return r;
}

/* path becomes path/name; -ENAMETOOLONG. */
static int push(struct copy *c, const char *name, struct error *e)
{
	size_t n = strlen(name);
	size_t slash = c->len > 0;

	if (c->len + slash + n >= sizeof(c->path))
		return err_set(e, ERR_SYSTEM, -ENAMETOOLONG, "a path in it is too long");
	if (slash)
		c->path[c->len] = '/';
	memcpy(c->path + c->len + slash, name, n + 1);
	c->len += slash + n;
	return 0;
}

static int copy_entries(struct copy *c, DIR *dir, int to, struct error *e)
{
	for (;;) {
		size_t len = c->len;
		struct dirent *d;
		int r;

		errno = 0;
		d = readdir(dir);
		if (!d)
			return errno ? err_sys(e, errno, "getdents64", "cannot list %s",
					       c->path)
				     : 0;
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		r = push(c, d->d_name, e);
		if (r == 0)
			r = copy_entry(c, dirfd(dir), to, d->d_name, e);
		c->len = len;
		c->path[len] = '\0';
		if (r < 0)
			return r;
	}
}

/* from is open for reading; to is the fresh folder, open too. */
static int copy_folder(struct copy *c, int from, int to, struct error *e)
{
	auto_fd int own = fcntl(from, F_DUPFD_CLOEXEC, 0);
	auto_dir DIR *dir = own >= 0 ? fdopendir(own) : NULL;
	struct stat st;
	int r;

	if (!dir)
		return err_sys(e, errno, "fdopendir", "cannot list %s", c->path);
	own = -EBADF; /* the stream's now */
	if (fstat(from, &st) < 0)
		return err_sys(e, errno, "fstat", "cannot look at %s", c->path);
	if (c->depth >= DEPTH_MAX)
		return err_set(e, ERR_SYSTEM, -ELOOP, "folders are nested deeper than %d",
			DEPTH_MAX);
	c->depth++;
	r = copy_entries(c, dir, to, e);
	c->depth--;
	return r < 0 ? r : copy_owner(c, from, to, &st, e);
}

static void forget(struct copy *c)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		while (c->hard[i]) {
			struct hard *h = c->hard[i];

			c->hard[i] = h->next;
			free(h->path);
			free(h);
		}
	}
}

int tmpcopyup(int from, int to, struct error *e)
{
	auto_free struct copy *c = calloc(1, sizeof(*c));
	auto_fd int old = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_fd int new = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (!c)
		return err_set(e, ERR_SYSTEM, -ENOMEM, "no memory for a copy");
	if (old < 0 || new < 0)
		return err_sys(e, errno, "openat", "cannot open the folder to copy");
	c->to = new;
	r = copy_folder(c, old, new, e);
	forget(c);
	if (r == -ENOSPC) {
		err_hint(e, "see its size= and nr_inodes=");
		return err_wrap(
			e, "the tmpfs is too small for the folder that it covers");
	}
	return r < 0 ? err_wrap(e, "copy the covered folder") : 0;
}
