/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawnd: spawns commands with the least disturbance and reports what they cost.
 *
 * One request a line on stdin, fields separated by tabs: PRE argv0 argv1 ... PRE is "-"
 * or a file to which the child writes "0" before execve (a cgroup.procs file). One answer
 * a line on stdout: status wall_ns user_us sys_us maxrss_kib minflt nvcsw nivcsw.
 *
 * Small and static, so that the parent's resident size before execve does not hide the
 * command's. The figures are those of wait4(2): the command and what it waited for.
 * Orphans, such as the init that `create` leaves, are adopted, reaped, and not counted.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_ARGS = 512 };

static char line[1 << 16];
extern char **environ;

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static long microseconds(struct timeval tv)
{
	return (long)tv.tv_sec * 1000000L + (long)tv.tv_usec;
}

/* The child between vfork and execve: system calls only. */
static void child(const char *pre, char **argv)
{
	if (strcmp(pre, "-") != 0) {
		int fd = open(pre, O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(fd, "0", 1) != 1)
			_exit(126);
	}
	execve(argv[0], argv, environ);
	_exit(127);
}

static int spawn(const char *pre, char **argv, int out)
{
	struct rusage ru;
	int status;
	uint64_t start = now();
	pid_t pid = vfork();

	if (pid < 0)
		return -1;
	if (pid == 0)
		child(pre, argv);
	while (wait4(pid, &status, 0, &ru) < 0) {
		if (errno != EINTR)
			return -1;
	}
	uint64_t end = now();
	dprintf(out, "%d %" PRIu64 " %ld %ld %ld %ld %ld %ld\n", status, end - start,
		microseconds(ru.ru_utime), microseconds(ru.ru_stime), ru.ru_maxrss,
		ru.ru_minflt, ru.ru_nvcsw, ru.ru_nivcsw);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return 0;
}

int main(void)
{
	/* Commands get /dev/null on 0 and 1; they inherit 2. */
	int in = fcntl(0, F_DUPFD_CLOEXEC, 10);
	int out = fcntl(1, F_DUPFD_CLOEXEC, 10);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (in < 0 || out < 0 || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
		return 1;
	FILE *requests = fdopen(in, "r");
	if (!requests)
		return 1;
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	while (fgets(line, sizeof(line), requests)) {
		char *argv[MAX_ARGS];
		int argc = 0;
		char *save = NULL;
		char *p;

		line[strcspn(line, "\n")] = '\0';
		char *pre = strtok_r(line, "\t", &save);
		while (argc < MAX_ARGS - 1 && (p = strtok_r(NULL, "\t", &save)))
			argv[argc++] = p;
		argv[argc] = NULL;
		if (pre && argc > 0 && spawn(pre, argv, out) < 0)
			return 1;
	}
	return 0;
}
