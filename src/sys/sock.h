/* SPDX-License-Identifier: Apache-2.0 */
/* Unix sockets: pairs, whole messages with descriptors, names of any path length. */
#ifndef DAVIT_SYS_SOCK_H
#define DAVIT_SYS_SOCK_H

#include <stddef.h>
#include <sys/types.h>

struct error;

#define SOCK_MAX_FDS 8

/* A SOCK_SEQPACKET pair, close-on-exec. */
int sock_pair(int out[2], struct error *e);
/* One message with n_fds descriptors (at most SOCK_MAX_FDS). MSG_NOSIGNAL. */
int sock_send(int fd, const void *p, size_t n, const int *fds, size_t n_fds);
/* The same on a stream, which may take it in parts; the descriptors go with the first. -EAGAIN
 * after the time of sock_connect_within(). */
int sock_send_all(int fd, const void *p, size_t n, const int *fds, size_t n_fds);
/* One message: bytes received (0 at end-of-file), descriptors close-on-exec and owned
 * by the caller in fds (room for SOCK_MAX_FDS), their number in *n_fds. More or a cut
 * message is -EMSGSIZE (all closed). timeout_ms -1: for ever; -ETIMEDOUT. */
ssize_t sock_recv(int fd, void *p, size_t size, int *fds, size_t *n_fds, int timeout_ms);
/* Bind and listen at name in the folder dirfd (through the trusted /proc for any path
 * length), mode 0600. type SOCK_SEQPACKET or SOCK_STREAM. Returns the listener. */
int sock_listen_at(int dirfd, const char *name, int type, struct error *e);
/* The same without listening, for datagrams; mode is that of the file. */
int sock_bind_at(int dirfd, const char *name, int type, mode_t mode, struct error *e);
/* Connect to it; -ECONNREFUSED when nobody listens, -ENOENT. */
int sock_connect_at(int dirfd, const char *name, int type, struct error *e);
/* Connect to any path (console sockets over 108 bytes). type may have SOCK_NONBLOCK: then a full
 * queue of the listener is -EAGAIN. */
int sock_connect_path(const char *path, int type, struct error *e);
/* The same; -ETIMEDOUT when the queue was full for timeout_ms. Sends have that limit too. */
int sock_connect_within(const char *path, int type, int timeout_ms, struct error *e);
/* Connect to a name of n bytes in the abstract namespace. -ENAMETOOLONG over 107. */
int sock_connect_abstract(const char *name, size_t n, int type, struct error *e);
/* Who listens at the other side of fd, as the kernel saw him (SO_PEERCRED). pid 0: a process that
 * our pid namespace does not show. */
int sock_peer(int fd, pid_t *pid, uid_t *uid);

#endif
