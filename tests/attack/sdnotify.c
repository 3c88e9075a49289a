/* SPDX-License-Identifier: Apache-2.0 */
/* In the container: each argument is one message to $NOTIFY_SOCKET; "barrier" waits for one, and
 * "flood" sends a thousand. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int send_text(int s, const struct sockaddr_un *a, const char *text, int fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .buf = { 0 } };
	struct iovec iov = { .iov_base = (void *)text, .iov_len = strlen(text) };
	struct msghdr m = { .msg_name = (void *)a,
		.msg_namelen = sizeof(*a),
		.msg_iov = &iov,
		.msg_iovlen = 1 };

	if (fd >= 0) {
		m.msg_control = control.buf;
		m.msg_controllen = sizeof(control.buf);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	return sendmsg(s, &m, 0) < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	int s = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (!path || strlen(path) >= sizeof(a.sun_path)) {
		printf("no socket\n");
		return 1;
	}
	memcpy(a.sun_path, path, strlen(path) + 1);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "barrier") == 0) {
			struct pollfd p = { .events = 0 };
			int ends[2];

			if (pipe(ends) < 0 || send_text(s, &a, "BARRIER=1", ends[1]) < 0)
				return 2;
			close(ends[1]);
			p.fd = ends[0];
			printf("barrier %s\n",
				poll(&p, 1, 10000) == 1 ? "passed" : "stuck");
			fflush(stdout);
		} else if (strcmp(argv[i], "flood") == 0) {
			for (int k = 0; k < 1000; k++)
				if (send_text(s, &a, "STATUS=flood", -1) < 0)
					return 3;
		} else if (send_text(s, &a, argv[i], -1) < 0) {
			perror("sendmsg");
			return 4;
		}
	}
	return 0;
}
