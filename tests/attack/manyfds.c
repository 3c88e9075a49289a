/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sloppy caller (E2): opens 200 descriptors of every kind without close-on-exec, some at high
 * numbers, then runs the command.
 *
 *   manyfds [--first FILE] COMMAND [ARG...]
 *
 * --first opens FILE three times, as 3, 4 and 5, before all others.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT 200

static int open_kind(int i)
{
	int ends[2];

	switch (i % 8) {
	case 0:
		return open("/", O_RDONLY | O_DIRECTORY);
	case 1:
		return (int)syscall(SYS_memfd_create, "leak", 0);
	case 2:
		return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 ? -1 : ends[0];
	case 3:
		return epoll_create1(0);
	case 4:
		return eventfd(0, 0);
	case 5:
		return pipe(ends) < 0 ? -1 : ends[0];
	case 6:
		return open("/etc", O_PATH | O_DIRECTORY);
	default:
		return open("/proc/self/ns/mnt", O_RDONLY);
	}
}

int main(int argc, char **argv)
{
	struct rlimit l;
	int at = 1;

	if (argc > 3 && strcmp(argv[1], "--first") == 0) {
		for (int fd = 3; fd < 6; fd++) {
			if (open(argv[2], O_RDONLY) != fd)
				return 125;
		}
		at = 3;
	}
	for (int i = 0; i < COUNT; i++) {
		if (open_kind(i) < 0) {
			fprintf(stderr, "manyfds: %d: %s\n", i, strerror(errno));
			return 125;
		}
	}
	/* And far away, where a loop up to some number would not look. */
	if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur > 1000)
		dup2(2, (int)l.rlim_cur - 1);
	if (at >= argc)
		return 125;
	execvp(argv[at], argv + at);
	return 125;
}
