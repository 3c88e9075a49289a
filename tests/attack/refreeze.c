/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts init into a cgroup of its own below FOLDER, a v1 freezer, and freezes that again and again:
 *
 *   refreeze FOLDER
 *
 * Says "ready" when it does. It is init itself; its child is at work, on the same processor, which
 * it leaves to nobody who is idle.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? write(fd, text, strlen(text)) : -1;

	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : 0;
}

static int work(void)
{
	const struct sched_param idle = { 0 };
	cpu_set_t cpus;
	int fd;

	CPU_ZERO(&cpus);
	CPU_SET((size_t)sched_getcpu(), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) < 0 ||
		sched_setaffinity(1, sizeof(cpus), &cpus) < 0 ||
		sched_setscheduler(1, SCHED_IDLE, &idle) < 0)
		return 121;
	if (mkdir("cold", 0755) < 0 || put("cold/tasks", "1") < 0)
		return 124;
	fd = open("cold/freezer.state", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return 123;
	printf("ready\n");
	fflush(stdout);
	while (pwrite(fd, "FROZEN", 6, 0) > 0)
		;
	return 122;
}

int main(int argc, char **argv)
{
	if (argc != 2 || chdir(argv[1]) < 0)
		return 125;
	if (fork() == 0)
		return work();
	for (;;)
		pause();
}
