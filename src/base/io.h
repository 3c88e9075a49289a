/* SPDX-License-Identifier: Apache-2.0 */
/* Whole reads and writes of small files and descriptors. */
#ifndef DAVIT_BASE_IO_H
#define DAVIT_BASE_IO_H

#include <stddef.h>
#include <sys/types.h>

struct buf;
struct error;

/*
 * Read a whole regular file below dirfd (openat flags O_RDONLY|O_NONBLOCK|O_CLOEXEC|O_NOCTTY)
 * of at most max bytes into buf. -EFBIG when larger, -EINVAL when it is not a regular file
 * (K3: fifo, device, directory do not block).
 */
int io_read_at(int dirfd, const char *path, size_t max, struct buf *out, struct error *e);
/* The same for a file that the caller has named, which may be a pipe: a shell writes <(...), and
 * /dev/stdin is one. Its writer has ten seconds. */
int io_read_given(const char *path, size_t max, struct buf *out, struct error *e);
/* Read fd to its end; at most max bytes, else -EFBIG. No regular-file check. */
int io_read_fd(int fd, size_t max, struct buf *out);
/* Write everything; short writes go on, EINTR is retried. */
int io_write_fd(int fd, const void *p, size_t n);
/*
 * Write aside ("." name ".tmp" made with O_EXCL after removing a leftover) with mode, then
 * rename over name. Never follows a link at name. No fsync. name may have folders before its
 * last component; the umask applies. On failure name is as it was and nothing is left.
 */
int io_replace_at(int dirfd, const char *name, const void *p, size_t n, mode_t mode,
	struct error *e);
/* A new file, which must not be there (-EEXIST); on failure nothing is left. For folders that
 * nobody else reads yet. */
int io_create_at(int dirfd, const char *name, const void *p, size_t n, mode_t mode,
	struct error *e);

#endif
