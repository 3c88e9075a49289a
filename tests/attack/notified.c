/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service manager's end of NOTIFY_SOCKET.
 *
 *	notified SOCKET [deaf]
 *
 * Binds SOCKET (a name that begins with @ is abstract), prints "ready", then each line of what
 * comes, and what the sender's pid is. Descriptors are closed at once, or never by who is deaf.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void close_all(struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		int fds[8];
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_type != SCM_RIGHTS)
			continue;
		printf("descriptors %zu\n", n);
		memcpy(fds, CMSG_DATA(c), n * sizeof(int));
		for (size_t i = 0; i < n; i++)
			close(fds[i]);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_DGRAM, 0);
	size_t n;

	if (argc < 2 || strlen(argv[1]) >= sizeof(a.sun_path))
		return 2;
	n = strlen(argv[1]);
	memcpy(a.sun_path, argv[1], n);
	if (a.sun_path[0] == '@')
		a.sun_path[0] = '\0';
	else
		n++;
	if (bind(s, (struct sockaddr *)&a,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0) {
		perror("bind");
		return 1;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	printf("ready\n");
	fflush(stdout);
	if (argc > 2)
		pause();
	for (;;) {
		char data[4096], control[256];
		struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };
		struct msghdr m = { .msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control) };
		ssize_t r = recvmsg(s, &m, 0);

		if (r < 0)
			return 1;
		printf("%.*s", (int)r, data);
		close_all(&m);
		fflush(stdout);
	}
}
