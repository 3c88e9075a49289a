/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An agent for filters that ask (SEC-13), good or bad:
 *
 *	agent SOCKET MODE [NUMBER...]
 *	  answer   system calls NUMBER... fail with ENOSPC, all others are let through
 *	  silent   takes the descriptor and never answers
 *	  dead     takes the descriptor and ends
 *	  hangup   takes the connection, closes it and ends
 *	  busy     its queue is full, and it never takes a connection
 *	  rubbish  as answer, after rubbish on the socket and answers to calls that nobody made
 *
 * Writes a line for what it gets: "state DOCUMENT", "call NUMBER PID". It speaks of itself
 * once it listens. A socket's path may be of any length.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "agent: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int listen_at(char *path, int queue, struct sockaddr_un *a)
{
	char *slash = strrchr(path, '/');
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (slash) {
		*slash = '\0';
		if (chdir(path) < 0)
			die(path);
		path = slash + 1;
	}
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	strncpy(a->sun_path, path, sizeof(a->sun_path) - 1);
	if (fd < 0 || bind(fd, (struct sockaddr *)a, sizeof(*a)) < 0 ||
		listen(fd, queue) < 0)
		die("listen");
	return fd;
}

/* One document, to the end of the stream, and its descriptor. */
static int take_state(int fd)
{
	union {
		char buf[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} control;
	static char text[1 << 20];
	struct iovec iov = { .iov_base = text, .iov_len = sizeof(text) - 1 };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf) };
	ssize_t n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	size_t len = n > 0 ? (size_t)n : 0;
	int got[4];

	if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int))) {
		printf("no descriptor\n");
		return -1;
	}
	memcpy(got, CMSG_DATA(c), sizeof(int));
	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	printf("state %s\n", text);
	return got[0];
}

static void send_rubbish(int fd)
{
	struct seccomp_notif_resp odd = { .id = 12345, .error = -1 };

	for (int i = 0; i < 10; i++) {
		odd.id = odd.id * 6364136223846793005u + 1;
		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &odd) == 0 || errno != ENOENT)
			printf("an answer to nobody was taken\n");
	}
}

/* Until the last process under the filter has ended. */
static void serve(int fd, char **numbers)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		struct seccomp_notif call = { .id = 0 };
		struct seccomp_notif_resp answer = {
			.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE
		};

		if (poll(&p, 1, -1) < 0 || !(p.revents & POLLIN))
			return;
		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0) {
			if (errno == ENOENT || errno == EINTR)
				continue;
			die("SECCOMP_IOCTL_NOTIF_RECV");
		}
		answer.id = call.id;
		for (char **n = numbers; *n; n++) {
			if (strtol(*n, NULL, 10) == call.data.nr) {
				answer.flags = 0;
				answer.error = -ENOSPC;
			}
		}
		/* Is it still the one that asked? */
		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &call.id) < 0)
			continue;
		printf("call %d %d\n", call.data.nr, (int)call.pid);
		ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}

static void one(int listener, const char *mode, char **numbers)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), notify;

	if (fd < 0)
		die("accept");
	if (strcmp(mode, "hangup") == 0)
		exit(0);
	if (strcmp(mode, "rubbish") == 0 && send(fd, "\xff\x00{", 3, MSG_NOSIGNAL) < 0)
		printf("nobody to talk to\n");
	notify = take_state(fd);
	close(fd);
	if (notify < 0)
		return;
	if (strcmp(mode, "dead") == 0)
		exit(0);
	if (strcmp(mode, "silent") == 0)
		return;
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (strcmp(mode, "rubbish") == 0)
			send_rubbish(notify);
		serve(notify, numbers);
		exit(0);
	}
	close(notify);
}

int main(int argc, char **argv)
{
	struct sockaddr_un a;
	int listener;

	if (argc < 3) {
		fprintf(stderr, "usage: agent SOCKET MODE [NUMBER...]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGCHLD, SIG_IGN);
	listener = listen_at(argv[1], strcmp(argv[2], "busy") == 0 ? 0 : 8, &a);
	if (strcmp(argv[2], "busy") == 0) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
			die("connect");
		printf("listening\n");
		for (;;)
			pause();
	}
	printf("listening\n");
	for (;;)
		one(listener, argv[2], argv + 3);
}
