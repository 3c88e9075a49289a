/* SPDX-License-Identifier: Apache-2.0 */
/* sd_notify(3): the program says that it is ready, we tell the service manager. */
#include "config.h"

#include "run/notify.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/log.h"
#include "state/state.h"
#include "sys/clock.h"
#include "sys/pidfd.h"
#include "sys/sock.h"

#define VARIABLE "NOTIFY_SOCKET"
#define FOLDER "notify"
#define NAME "notify.sock"
#define MESSAGE_MAX 4096
#define SEND_TIMEOUT_MS 5000
#define BARRIER_TIMEOUT_MS 30000
/* How often a process is looked at that has no handle which can be polled. */
#define LOOK_MS 100

static const char *address(void)
{
	const char *text = getenv(VARIABLE);

	return text && text[0] ? text : NULL;
}

int notify_folder(const char *root, const char *id, struct arena *a, const char **out,
	struct error *e)
{
	auto_free char *here = NULL;
	char *path;
	int r;

	*out = NULL;
	if (!address())
		return 0;
	r = state_root_path(a, root, &path, e);
	if (r < 0)
		return r;
	here = path[0] == '/' ? strdup("") : realpath(".", NULL);
	if (!here)
		return err_sys(
			e, errno, "realpath", "cannot find the working folder's path");
	*out = arena_printf(
		a, "%s%s%s/%s/" FOLDER, here, path[0] == '/' ? "" : "/", path, id);
	return *out ? 0 : err_sys(e, ENOMEM, "malloc", "cannot name a folder");
}

int notify_make(int dirfd, struct error *e)
{
	if (mkdirat(dirfd, FOLDER, 0755) < 0 || fchmodat(dirfd, FOLDER, 0755, 0) < 0)
		return err_sys(e, errno, "mkdirat",
			"cannot make the folder of the notification socket");
	return 0;
}

static int connect_host(const char *name, struct error *e)
{
	auto_fd int fd = -EBADF;

	if (name[0] == '@')
		fd = sock_connect_abstract(name + 1, strlen(name + 1), SOCK_DGRAM, e);
	else if (name[0] == '/')
		fd = sock_connect_path(name, SOCK_DGRAM, e);
	else
		return err_set(e, ERR_USAGE, -EAFNOSUPPORT,
			VARIABLE " in the environment is neither a path nor an abstract "
				 "name: \"%.108s\"",
			name);
	if (fd < 0)
		return err_wrap(e, VARIABLE);
	return take_fd(&fd);
}

int notify_open(int dirfd, struct notify *out, struct error *e)
{
	const char *name = address();
	auto_error struct error why = ERROR_INIT;
	auto_fd int folder = -EBADF;
	int r;

	if (!name)
		return 0;
	folder = openat(dirfd, FOLDER, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0 && errno == ENOENT)
		return 0;
	if (folder < 0)
		return err_sys(e, errno, "openat",
			"cannot open the folder of the notification socket");
	/* Of a start that was killed. */
	if (unlinkat(folder, NAME, 0) < 0 && errno != ENOENT)
		return err_sys(
			e, errno, "unlinkat", "cannot remove an old notification socket");
	/* The variable is inherited into places that do not see the socket, and a word that nobody
	 * wants to hear is no reason not to run: as without it. */
	out->host = connect_host(name, &why);
	if (out->host < 0) {
		log_ignored(&why, "nobody is told when the container is ready");
		out->host = -EBADF;
		return 0;
	}
	out->sock = sock_bind_at(folder, NAME, SOCK_DGRAM, 0777, e);
	r = out->sock < 0 ? out->sock : 0;
	if (r < 0)
		notify_done(out);
	return r;
}

static int say(const struct notify *n, const char *text, const int *fd)
{
	struct pollfd p = { .fd = n->host, .events = POLLOUT };
	int r = poll(&p, 1, SEND_TIMEOUT_MS);

	/* Whoever does not read holds nobody up. */
	if (r <= 0)
		return r < 0 ? -errno : -ETIMEDOUT;
	return sock_send(n->host, text, strlen(text), fd, fd ? 1 : 0);
}

static void tell_ready(struct notify *n)
{
	char text[64];
	int r;

	n->ready = true;
	if (n->pid > 0)
		snprintf(text, sizeof(text), "MAINPID=%d\nREADY=1\n", (int)n->pid);
	else
		snprintf(text, sizeof(text), "READY=1\n");
	r = say(n, text, NULL);
	if (r < 0)
		log_warning("the service manager could not be told that the container "
			    "is ready: %s",
			err_name(r));
}

static bool has_ready(const char *text, size_t size)
{
	static const char word[] = "READY=1";

	while (size > 0) {
		const char *end = memchr(text, '\n', size);
		size_t len = end ? (size_t)(end - text) : size;

		if (len == strlen(word) && memcmp(text, word, len) == 0)
			return true;
		if (!end)
			break;
		size -= len + 1;
		text = end + 1;
	}
	return false;
}

void notify_take(struct notify *n)
{
	char text[MESSAGE_MAX];
	int fds[SOCK_MAX_FDS];
	size_t n_fds = 0;
	/* Only asked when there is something; what is too long or has too much is dropped. */
	ssize_t size = sock_recv(n->sock, text, sizeof(text), fds, &n_fds, 0);

	if (size < 0)
		return;
	if (!n->ready && has_ready(text, (size_t)size))
		tell_ready(n);
	for (size_t i = 0; i < n_fds; i++)
		cleanup_fd(&fds[i]);
}

/* sd_notify_barrier(3): the manager closes the descriptor when it has read what came before. We
 * end after that, and it must still find us then to know whom the messages came from. */
static void barrier(const struct notify *n)
{
	struct pollfd p = { .events = 0 };
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	r = say(n, "BARRIER=1\n", &ends[1]);
	close(ends[1]);
	p.fd = ends[0];
	if (r == 0 && poll(&p, 1, BARRIER_TIMEOUT_MS) == 0)
		log_warning("the service manager did not answer within %d s",
			BARRIER_TIMEOUT_MS / 1000);
	close(ends[0]);
}

int notify_wait(
	struct notify *n, pid_t pid, int pidfd, uint64_t starttime, struct error *e)
{
	bool can_poll = pidfd_can_poll(pidfd);

	if (n->sock < 0)
		return 0;
	n->pid = pid;
	while (!n->ready) {
		struct pollfd p[2] = { { .fd = n->sock, .events = POLLIN },
			{ .fd = can_poll ? pidfd : -1, .events = POLLIN } };
		int r = poll(p, 2, can_poll ? -1 : LOOK_MS);

		if (r < 0 && errno != EINTR)
			return err_sys(e, errno, "poll", "cannot wait for the container");
		if (r > 0 && p[0].revents)
			notify_take(n);
		else if (pidfd_ended(pidfd, pid, starttime, 0) == 1)
			return 0;
	}
	barrier(n);
	return 0;
}

void notify_done(struct notify *n)
{
	cleanup_fd(&n->sock);
	cleanup_fd(&n->host);
}
