/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other side of --console-socket and --pidfd-socket, well-behaved and not.
 *
 *	receiver MODE SOCKET
 *
 * It listens at SOCKET and prints "ready". Then, by MODE:
 *
 *	late	 wait for SIGUSR1, then as once: who accepts when create has ended
 *	once	 accept, take one message, print it and end
 *	copy	 the same, then be the terminal: descriptor to stdout, stdin to descriptor
 *	bytes	 the same, one byte a time, with pauses
 *	wait	 the same, then wait for the end of the process that the pidfd stands for
 *	hold	 the same, then hold the descriptor and read nothing
 *	stall	 fill the queue of connections, accept nothing
 *	shut	 accept and close at once, for ever
 *	unread	 accept, read nothing
 *	never	 listen, accept nothing
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_FDS 8

static void die(const char *what)
{
	fprintf(stderr, "receiver: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void on_signal(int sig)
{
	(void)sig;
}

/* A path of any length: from its folder. */
static struct sockaddr_un address(char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char *slash = strrchr(path, '/');

	if (slash) {
		*slash = '\0';
		if (chdir(path) < 0)
			die(path);
		path = slash + 1;
	}
	if (strlen(path) >= sizeof(a.sun_path))
		die("the last component is too long");
	memcpy(a.sun_path, path, strlen(path) + 1);
	return a;
}

static int take(int sock, int fds[MAX_FDS])
{
	char data[4096], control[CMSG_SPACE(sizeof(int) * MAX_FDS)];
	struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	size_t n_fds = 0;

	if (n < 0)
		die("recvmsg");
	if (c && c->cmsg_type == SCM_RIGHTS) {
		n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), n_fds * sizeof(int));
	}
	printf("bytes %zd fds %zu name %.*s\n", n, n_fds, (int)n, data);
	if (n > 0 && recv(sock, data, sizeof(data), 0) != 0)
		printf("more than one message\n");
	return n_fds == 1 ? 0 : -1;
}

/* Not by ioctl(3): musl's request is an int, which this number is too large for. */
static int is_master(int fd, unsigned *n)
{
	return syscall(SYS_ioctl, fd, (unsigned long)TIOCGPTN, n) == 0;
}

static void describe(int fd)
{
	struct winsize size;
	struct stat st;
	unsigned n;

	if (fstat(fd, &st) < 0)
		die("fstat");
	if (S_ISCHR(st.st_mode) && is_master(fd, &n)) {
		ioctl(fd, TIOCGWINSZ, &size);
		printf("master %u:%u pts %u size %ux%u\n", major(st.st_rdev),
			minor(st.st_rdev), n, size.ws_row, size.ws_col);
	} else {
		char path[64], line[256];
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
		f = fopen(path, "r");
		while (f && fgets(line, sizeof(line), f))
			if (strncmp(line, "Pid:", 4) == 0)
				printf("pidfd %ld\n", strtol(line + 4, NULL, 10));
		if (f)
			fclose(f);
	}
	fflush(stdout);
}

static void all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t r = write(fd, p, n);

		if (r < 0 && errno != EINTR)
			die("write");
		if (r > 0) {
			p += r;
			n -= (size_t)r;
		}
	}
}

static void copy(int fd, size_t chunk, unsigned pause_us)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
		{ .fd = 0, .events = POLLIN } };
	char buf[4096];
	ssize_t n;

	for (;;) {
		if (poll(p, 2, -1) < 0)
			die("poll");
		if (p[1].revents) {
			n = read(0, buf, chunk);
			if (n > 0)
				all(fd, buf, (size_t)n);
			else
				p[1].fd = -1;
		}
		if (!p[0].revents)
			continue;
		n = read(fd, buf, chunk);
		if (n <= 0)
			break; /* EIO: nobody has the terminal any more */
		all(1, buf, (size_t)n);
		usleep(pause_us);
	}
	printf("\nhangup\n");
}

static void fill_queue(const struct sockaddr_un *a)
{
	for (;;) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

		if (connect(fd, (const struct sockaddr *)a, sizeof(*a)) < 0) {
			if (errno == EAGAIN)
				return;
			die("connect");
		}
	}
}

int main(int argc, char **argv)
{
	const char *mode = argc == 3 ? argv[1] : "";
	int fds[MAX_FDS], s, c;
	struct sockaddr_un a;

	if (argc != 3)
		die("usage: receiver MODE SOCKET");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGUSR1, on_signal);
	a = address(argv[2]);
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof(a)) < 0)
		die("bind");
	if (listen(s, strcmp(mode, "stall") == 0 ? 0 : 8) < 0)
		die("listen");
	if (strcmp(mode, "stall") == 0)
		fill_queue(&a);
	printf("ready\n");
	fflush(stdout);
	if (strcmp(mode, "stall") == 0 || strcmp(mode, "never") == 0 ||
		strcmp(mode, "late") == 0)
		pause();
	do {
		c = accept(s, NULL, NULL);
		if (c < 0)
			die("accept");
		if (strcmp(mode, "shut") == 0)
			close(c);
	} while (strcmp(mode, "shut") == 0);
	if (strcmp(mode, "unread") == 0)
		pause();
	if (take(c, fds) < 0)
		return 1;
	describe(fds[0]);
	if (strcmp(mode, "copy") == 0)
		copy(fds[0], 4096, 0);
	if (strcmp(mode, "bytes") == 0)
		copy(fds[0], 1, 200);
	if (strcmp(mode, "hold") == 0)
		pause();
	if (strcmp(mode, "wait") == 0) {
		struct pollfd p = { .fd = fds[0], .events = POLLIN };

		if (poll(&p, 1, -1) == 1)
			printf("ended\n");
	}
	return 0;
}
