/* SPDX-License-Identifier: Apache-2.0 */
/* Unix sockets: pairs, whole messages with descriptors, names of any path length. */
#include "config.h"

#include "sys/sock.h"

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/clock.h"
#include "sys/proc.h"

int sock_pair(int out[2], struct error *e)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, out) < 0)
		return err_sys(e, errno, "socketpair", "cannot make a pair of sockets");
	return 0;
}

/* Bytes sent, or -errno. */
static ssize_t sock_send_part(
	int fd, const void *p, size_t n, const int *fds, size_t n_fds)
{
	union {
		char buf[CMSG_SPACE(SOCK_MAX_FDS * sizeof(int))];
		struct cmsghdr align;
	} control = { .buf = { 0 } };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)p, .iov_len = n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t r;

	/* An empty message looks like the end of the stream to the other side. */
	if (n == 0 || n_fds > SOCK_MAX_FDS)
		return -EINVAL;
	if (n_fds > 0) {
		struct cmsghdr *c = &control.align;

		m.msg_control = control.buf;
		/* size_t in glibc, socklen_t in musl */
		m.msg_controllen =
			(__typeof__(m.msg_controllen))CMSG_SPACE(n_fds * sizeof(int));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = (__typeof__(c->cmsg_len))CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
	}
	do
		r = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

int sock_send(int fd, const void *p, size_t n, const int *fds, size_t n_fds)
{
	ssize_t r = sock_send_part(fd, p, n, fds, n_fds);

	if (r < 0)
		return (int)r;
	return (size_t)r == n ? 0 : -EMSGSIZE;
}

int sock_send_all(int fd, const void *p, size_t n, const int *fds, size_t n_fds)
{
	const char *at = p;
	ssize_t r = sock_send_part(fd, p, n, fds, n_fds);

	while (r >= 0 && (size_t)r < n) {
		at += r;
		n -= (size_t)r;
		r = sock_send_part(fd, at, n, NULL, 0);
	}
	return r < 0 ? (int)r : 0;
}

static int wait_readable(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t deadline = sys_now_ms() + timeout_ms;
	int64_t left = timeout_ms;
	int r;

	while ((r = poll(&p, 1, (int)left)) < 0 && errno == EINTR) {
		left = deadline - sys_now_ms();
		if (left < 0)
			left = 0;
	}
	if (r < 0)
		return -errno;
	return r == 0 ? -ETIMEDOUT : 0;
}

/* The room is for one header, and the kernel sends all descriptors of a message in
 * one. */
static size_t take_fds(const struct msghdr *m, int fds[SOCK_MAX_FDS])
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	size_t n;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return 0;
	n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	if (n > SOCK_MAX_FDS)
		n = SOCK_MAX_FDS;
	memcpy(fds, CMSG_DATA(c), n * sizeof(int));
	return n;
}

ssize_t sock_recv(int fd, void *p, size_t size, int *fds, size_t *n_fds, int timeout_ms)
{
	union {
		char buf[CMSG_SPACE(SOCK_MAX_FDS * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = p, .iov_len = size };
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	int got[SOCK_MAX_FDS];
	size_t n_got;
	ssize_t r;

	if (timeout_ms >= 0) {
		int w = wait_readable(fd, timeout_ms);

		if (w < 0)
			return w;
	}
	do
		r = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	n_got = take_fds(&m, got);
	if ((m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || (n_got > 0 && !fds)) {
		for (size_t i = 0; i < n_got; i++)
			close(got[i]);
		return -EMSGSIZE;
	}
	if (n_got > 0)
		memcpy(fds, got, n_got * sizeof(int));
	if (n_fds)
		*n_fds = n_got;
	return r;
}

/* The address of name in the folder dirfd; -ENAMETOOLONG over 80 bytes. name NULL:
 * dirfd itself. */
static int address(int dirfd, const char *name, struct sockaddr_un *a)
{
	char dir[32];
	int n;

	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	sys_proc_fd_path(dirfd, dir);
	n = snprintf(a->sun_path, sizeof(a->sun_path), name ? "%s/%s" : "%s", dir, name);
	if (n < 0 || (size_t)n >= sizeof(a->sun_path))
		return -ENAMETOOLONG;
	return 0;
}

static int connect_sized(const struct sockaddr_un *a, size_t size, int type,
	int timeout_ms, const char *name, struct error *e)
{
	const struct timeval limit = { .tv_sec = timeout_ms / 1000,
		.tv_usec = timeout_ms % 1000 * 1000 };
	auto_fd int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return err_sys(e, errno, "socket", "cannot make a socket");
	if (timeout_ms >= 0 &&
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
		return err_sys(
			e, errno, "setsockopt", "cannot set the time limit of a socket");
	do
		r = connect(fd, (const struct sockaddr *)a, (socklen_t)size);
	while (r < 0 && errno == EINTR);
	if (r < 0 && errno == EAGAIN && timeout_ms >= 0)
		return err_sys(e, ETIMEDOUT, "connect",
			"nobody accepts connections at the socket %s", name);
	if (r < 0)
		return err_sys(
			e, errno, "connect", "cannot connect to the socket %s", name);
	return take_fd(&fd);
}

static int connect_to(const struct sockaddr_un *a, int type, int timeout_ms,
	const char *name, struct error *e)
{
	return connect_sized(a, sizeof(*a), type, timeout_ms, name, e);
}

int sock_bind_at(int dirfd, const char *name, int type, mode_t mode, struct error *e)
{
	struct sockaddr_un a;
	auto_fd int fd = -EBADF;
	mode_t mask;
	int r = sys_proc_fd(e);

	if (r < 0)
		return r;
	r = address(dirfd, name, &a);
	if (r < 0)
		return err_set(
			e, ERR_SYSTEM, r, "the socket's name %s is too long", name);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(e, errno, "socket", "cannot make a socket");
	/* bind(2) gives the file the mode of the socket: no moment with another one. */
	if (fchmod(fd, mode) < 0)
		return err_sys(e, errno, "fchmod", "cannot restrict the socket %s", name);
	mask = mode & 077 ? umask(0) : 0;
	r = bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ? -errno : 0;
	if (mode & 077)
		umask(mask);
	if (r < 0)
		return err_sys(e, -r, "bind", "cannot bind the socket %s", name);
	return take_fd(&fd);
}

int sock_listen_at(int dirfd, const char *name, int type, struct error *e)
{
	auto_fd int fd = sock_bind_at(dirfd, name, type, 0600, e);

	if (fd < 0)
		return fd;
	if (listen(fd, 8) < 0)
		return err_sys(
			e, errno, "listen", "cannot listen on the socket %s", name);
	return take_fd(&fd);
}

int sock_connect_at(int dirfd, const char *name, int type, struct error *e)
{
	struct sockaddr_un a;
	int r = sys_proc_fd(e);

	if (r < 0)
		return r;
	r = address(dirfd, name, &a);
	if (r < 0)
		return err_set(
			e, ERR_SYSTEM, r, "the socket's name %s is too long", name);
	return connect_to(&a, type, -1, name, e);
}

int sock_connect_within(const char *path, int type, int timeout_ms, struct error *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	auto_fd int at = -EBADF;
	size_t n = strlen(path);
	int r;

	if (n < sizeof(a.sun_path)) {
		memcpy(a.sun_path, path, n + 1);
		return connect_to(&a, type, timeout_ms, path, e);
	}
	r = sys_proc_fd(e);
	if (r < 0)
		return r;
	/* A handle of the socket's file; connecting follows the link of /proc to it. */
	at = openat(AT_FDCWD, path, O_PATH | O_CLOEXEC);
	if (at < 0)
		return err_sys(e, errno, "open", "cannot open the socket %s", path);
	r = address(at, NULL, &a);
	if (r < 0)
		return err_set(e, ERR_BUG, r, "descriptor %d has a long name", at);
	return connect_to(&a, type, timeout_ms, path, e);
}

int sock_connect_path(const char *path, int type, struct error *e)
{
	return sock_connect_within(path, type, -1, e);
}

int sock_connect_abstract(const char *name, size_t n, int type, struct error *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	auto_free char *shown = strndup(name, n);

	if (!shown)
		return err_sys(e, ENOMEM, "malloc", "cannot connect to a socket");
	if (n == 0 || n >= sizeof(a.sun_path))
		return err_set(e, ERR_SYSTEM, -ENAMETOOLONG,
			"the abstract socket's name \"%s\" has %zu bytes", shown, n);
	/* unix(7): a NUL, then as many bytes as the length says. */
	memcpy(a.sun_path + 1, name, n);
	return connect_sized(
		&a, offsetof(struct sockaddr_un, sun_path) + 1 + n, type, -1, shown, e);
}

int sock_peer(int fd, pid_t *pid, uid_t *uid)
{
	struct ucred cred;
	socklen_t size = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0)
		return -errno;
	*pid = cred.pid;
	*uid = cred.uid;
	return 0;
}
