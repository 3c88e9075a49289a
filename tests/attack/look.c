/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile process in a pid namespace that others join (A3, CVE-2016-9962): tries for as long
 * as it is told to get into each process that appears.
 *
 *   look SECONDS [PROGRAM]
 *
 * Prints "got WHAT PID COMM" for each success against a process whose name is not PROGRAM's
 * (what the victim becomes in the end), then "tries N processes M". Its own processes do not
 * count.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_PID 65536

static const char *program = "";
static unsigned long tries;
static unsigned char seen[MAX_PID];

static int comm_of(int pid, char out[64])
{
	char name[64];
	int fd;
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/%d/comm", pid);
	fd = open(name, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, out, 63);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return -1;
	out[n] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return 0;
}

/* After a success, so that a victim that became its program meanwhile is not blamed. */
static void got(const char *what, int pid)
{
	char comm[64];

	if (comm_of(pid, comm) == 0 && strcmp(comm, program) != 0)
		printf("got %s %d %s\n", what, pid, comm);
}

static void files(int pid)
{
	enum { FIRST_TEXT = 4, LAST_TEXT = 5 };
	static const char *const names[] = { "root", "cwd", "exe", "mem", "environ",
		"maps", "fd/0", "fd/3", "fd/4", "fd/5", "fd/7", "fd/9", "ns/mnt" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64], byte;
		bool text = i >= FIRST_TEXT && i <= LAST_TEXT;
		int fd;

		snprintf(path, sizeof(path), "/proc/%d/%s", pid, names[i]);
		fd = open(path, O_RDONLY | O_NONBLOCK);
		tries++;
		if (fd < 0)
			continue;
		/* Of a process that has ended these open, and are empty. */
		if (!text || read(fd, &byte, 1) > 0)
			got(names[i], pid);
		close(fd);
	}
}

static void memory(int pid)
{
	char here[16];
	struct iovec local = { here, sizeof(here) };
	struct iovec remote = { (void *)0x400000, sizeof(here) };
	long r;

	tries += 2;
	r = syscall(SYS_process_vm_readv, pid, &local, 1, &remote, 1, 0);
	/* EFAULT: we were let in, and nothing was there. */
	if (r >= 0 || errno == EFAULT)
		got("process_vm_readv", pid);
	/* Not PTRACE_ATTACH: its SIGSTOP may come after the detach, and would stop the process. */
	if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0) {
		int status;

		got("ptrace", pid);
		if (ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0 &&
			waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status))
			ptrace(PTRACE_DETACH, pid, 0, 0);
	}
}

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

static void handle(int pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (pidfd < 0)
		return;
	for (int i = 0; i < 12; i++) {
		int fd = (int)syscall(SYS_pidfd_getfd, pidfd, i, 0);

		tries++;
		if (fd < 0)
			continue;
		got("pidfd_getfd", pid);
		close(fd);
	}
	close(pidfd);
}

static unsigned scan(int self)
{
	DIR *d = opendir("/proc");
	struct dirent *de;
	unsigned fresh = 0;

	while (d && (de = readdir(d))) {
		int pid = (int)strtol(de->d_name, NULL, 10);

		if (pid <= 0 || pid == self || pid >= MAX_PID || seen[pid] == 1)
			continue;
		if (!seen[pid]) {
			fresh++;
			seen[pid] = 2;
		}
		files(pid);
		memory(pid);
		handle(pid);
	}
	if (d)
		closedir(d);
	return fresh;
}

int main(int argc, char **argv)
{
	unsigned processes = 0;
	struct timespec t;
	time_t end;
	DIR *d;
	struct dirent *de;

	if (argc < 2)
		return 125;
	if (argc > 2)
		program = argv[2];
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* Those who are here already are our own. */
	d = opendir("/proc");
	while (d && (de = readdir(d))) {
		int pid = (int)strtol(de->d_name, NULL, 10);

		if (pid > 0 && pid < MAX_PID)
			seen[pid] = 1;
	}
	if (d)
		closedir(d);
	clock_gettime(CLOCK_MONOTONIC, &t);
	end = t.tv_sec + strtol(argv[1], NULL, 10);
	printf("looking\n");
	while (t.tv_sec < end) {
		processes += scan((int)getpid());
		clock_gettime(CLOCK_MONOTONIC, &t);
	}
	printf("tries %lu processes %u\n", tries, processes);
	return 0;
}
