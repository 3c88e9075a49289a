/* SPDX-License-Identifier: Apache-2.0 */
/* Whole reads and writes of small files and descriptors. */
#include "config.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"

#define CHUNK 4096u
#define PIPE_TIMEOUT_MS 10000

/* Read fd to its end in steps of at most chunk bytes. A regular file with a size has ended when it
 * gives less than was asked for; one of procfs may have more. */
static int read_all(int fd, size_t chunk, size_t max, bool regular, struct buf *out)
{
	size_t start = out->len;

	for (;;) {
		size_t room, had = out->len - start;
		ssize_t n;

		/* One byte over max tells "larger" from "exactly max". */
		room = max - had < chunk ? max - had + 1 : chunk;
		if (buf_reserve(out, room) < 0)
			return -ENOMEM;
		n = read(fd, out->p + out->len, room);
		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (n == 0)
			break;
		if ((size_t)n > max - had)
			return -EFBIG;
		out->len += (size_t)n;
		if (regular && (size_t)n < room)
			break;
	}
	out->p[out->len] = '\0';
	return 0;
}

/* What a failed read had added goes away again. */
static int read_or_undo(int fd, size_t chunk, size_t max, bool regular, struct buf *out)
{
	size_t len = out->len;
	int r = read_all(fd, chunk, max, regular, out);

	if (r < 0) {
		out->len = len;
		if (out->p)
			out->p[len] = '\0';
	}
	return r;
}

int io_read_fd(int fd, size_t max, struct buf *out)
{
	return read_or_undo(fd, CHUNK, max, false, out);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until the writer has closed it. One who has not come yet may come. */
static int read_pipe(int fd, size_t max, struct buf *out)
{
	int64_t deadline = now_ms() + PIPE_TIMEOUT_MS;
	size_t begin = out->len;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = deadline - now_ms();
		char chunk[4096];
		ssize_t n;
		int r = poll(&p, 1, left > 0 ? (int)left : 0);

		if (r == 0)
			return -ETIMEDOUT;
		n = r < 0 ? -1 : read(fd, chunk, sizeof(chunk));
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (n > 0 && (size_t)n > max - (out->len - begin))
			return -EFBIG;
		r = n > 0 ? buf_add(out, chunk, (size_t)n) : 0;
		if (r < 0)
			return r;
	}
}

static int read_at(int dirfd, const char *path, size_t max, bool pipe, struct buf *out,
	struct error *e)
{
	auto_fd int fd = -EBADF;
	size_t chunk = CHUNK;
	struct stat st;
	int r;

	/* Without O_NONBLOCK a fifo put in the file's place would hold us for ever. */
	fd = openat(dirfd, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return err_sys(e, errno, "openat", "cannot open %s", path);
	if (fstat(fd, &st) < 0)
		return err_sys(e, errno, "fstat", "cannot read %s", path);
	pipe = pipe && S_ISFIFO(st.st_mode);
	if (!S_ISREG(st.st_mode) && !pipe)
		return err_set(e, ERR_SYSTEM, -EINVAL, "%s is not a regular file", path);
	/* Files of procfs and cgroupfs have size 0 and are read until they end. */
	if (pipe)
		r = read_pipe(fd, max, out);
	else if (st.st_size > 0 && (uintmax_t)st.st_size > max)
		r = -EFBIG;
	else {
		if ((uintmax_t)st.st_size >= chunk)
			chunk = (size_t)st.st_size + 1;
		r = read_or_undo(fd, chunk, max, st.st_size > 0, out);
	}
	if (r == -EFBIG)
		return err_set(
			e, ERR_SYSTEM, r, "%s is larger than %zu bytes", path, max);
	if (r < 0)
		return err_sys(e, -r, "read", "cannot read %s", path);
	return 0;
}

int io_read_at(int dirfd, const char *path, size_t max, struct buf *out, struct error *e)
{
	return read_at(dirfd, path, max, false, out, e);
}

int io_read_given(const char *path, size_t max, struct buf *out, struct error *e)
{
	return read_at(AT_FDCWD, path, max, true, out, e);
}

int io_write_fd(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t done = write(fd, at, n);

		if (done < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

/* Fill the fresh file tmp and put it over name. */
static int replace(int dirfd, const char *tmp, const char *name, const void *p, size_t n,
	mode_t mode, struct error *e)
{
	int fd, r;

	fd = openat(
		dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0 && errno == EEXIST) {
		/* A leftover of a writer that was killed. */
		if (unlinkat(dirfd, tmp, 0) < 0 && errno != ENOENT)
			return err_sys(e, errno, "unlinkat", "cannot remove %s", tmp);
		fd = openat(dirfd, tmp,
			O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	}
	if (fd < 0)
		return err_sys(e, errno, "openat", "cannot create %s", tmp);
	r = io_write_fd(fd, p, n);
	/* Some filesystems tell only here that the disk is full. */
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r < 0)
		r = err_sys(e, -r, "write", "cannot write %s", name);
	else if (renameat(dirfd, tmp, dirfd, name) < 0)
		r = err_sys(e, errno, "renameat", "cannot replace %s", name);
	if (r < 0)
		unlinkat(dirfd, tmp, 0);
	return r;
}

int io_create_at(int dirfd, const char *name, const void *p, size_t n, mode_t mode,
	struct error *e)
{
	int fd, r;

	fd = openat(
		dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return err_sys(e, errno, "openat", "cannot create %s", name);
	r = io_write_fd(fd, p, n);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r < 0) {
		r = err_sys(e, -r, "write", "cannot write %s", name);
		unlinkat(dirfd, name, 0);
	}
	return r;
}

int io_replace_at(int dirfd, const char *name, const void *p, size_t n, mode_t mode,
	struct error *e)
{
	const char *slash = strrchr(name, '/');
	const char *base = slash ? slash + 1 : name;
	auto_free char *tmp = NULL;

	if (base[0] == '\0')
		return err_set(e, ERR_USAGE, -EISDIR, "%s names a directory", name);
	if (asprintf(&tmp, "%.*s.%s.tmp", (int)(base - name), name, base) < 0) {
		tmp = NULL;
		return err_sys(e, ENOMEM, "malloc", "cannot write %s", name);
	}
	return replace(dirfd, tmp, name, p, n, mode, e);
}
