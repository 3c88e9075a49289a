/* SPDX-License-Identifier: Apache-2.0 */
/* One direction of a terminal: from a descriptor by a bounded buffer to another. */
#include "config.h"

#include "run/flow.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/open.h"

/* A terminal that can be written to takes at least as much (WAKEUP_CHARS of the kernel). */
#define PIECE 256

void flow_end_init(struct flow_end *end, int fd)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	*end = (struct flow_end){ .fd = fd, .opened = -EBADF };
	if (flags < 0 || (flags & O_NONBLOCK) || fstat(fd, &st) < 0 ||
		S_ISREG(st.st_mode))
		return;
	end->socket = S_ISSOCK(st.st_mode);
	if (end->socket)
		return;
	end->opened = sys_reopen(fd, (flags & O_ACCMODE) | O_NONBLOCK | O_NOCTTY, NULL);
	if (end->opened >= 0)
		end->fd = end->opened;
	else
		end->waits = true;
}

void flow_end_done(struct flow_end *end)
{
	cleanup_fd(&end->opened);
	end->fd = -EBADF;
}

static ssize_t get(const struct flow_end *end, void *p, size_t n)
{
	ssize_t r;

	do
		r = end->socket ? recv(end->fd, p, n, MSG_DONTWAIT) : read(end->fd, p, n);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

static ssize_t put(const struct flow_end *end, const void *p, size_t n)
{
	ssize_t r;

	if (end->waits && n > PIECE)
		n = PIECE;
	do
		r = end->socket ? send(end->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL)
				: write(end->fd, p, n);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

int flow_fill(struct flow *f)
{
	ssize_t n;

	if (f->broken)
		f->begin = f->end = 0;
	if (f->begin == f->end) {
		f->begin = f->end = 0;
	} else if (f->end == FLOW_SIZE && f->begin > 0) {
		memmove(f->buf, f->buf + f->begin, f->end - f->begin);
		f->end -= f->begin;
		f->begin = 0;
	}
	if (f->end == FLOW_SIZE)
		return -EAGAIN;
	n = get(&f->from, f->buf + f->end, FLOW_SIZE - f->end);
	if (n > 0) {
		f->end += (size_t)n;
		return (int)n;
	}
	if (n == -EIO)
		f->from.hung_up = true;
	else if (n != -EAGAIN)
		f->eof = true;
	return (int)n;
}

int flow_drain(struct flow *f)
{
	while (!f->broken && flow_has_data(f)) {
		ssize_t n = put(&f->to, f->buf + f->begin, f->end - f->begin);

		if (n == -EAGAIN)
			return -EAGAIN;
		if (n < 0) {
			f->broken = true;
			break;
		}
		f->begin += (size_t)n;
		/* The next piece could have to wait. */
		if (f->to.waits && flow_has_data(f))
			return -EAGAIN;
	}
	if (f->broken)
		f->begin = f->end = 0;
	return 0;
}
