/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In the container, as its root: every old way out of a root directory.
 *
 *	escape MARK
 *
 * MARK is a file of the host. One line for each way: "NAME in" or "NAME OUT".
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *mark;

static int there(void)
{
	char path[4096];

	snprintf(path, sizeof(path), ".%s", mark);
	return access(mark, F_OK) == 0 || access(path, F_OK) == 0;
}

/* chroot below, with the working folder above. */
static int by_chroot(void)
{
	int here = open("/", O_RDONLY | O_DIRECTORY);

	if (mkdir("/dev/shm/x", 0755) < 0 && errno != EEXIST)
		return 0;
	if (chroot("/dev/shm/x") < 0 || fchdir(here) < 0)
		return 0;
	for (int i = 0; i < 100; i++) {
		if (there())
			return 1;
		if (chdir("..") < 0)
			break;
	}
	return chroot(".") == 0 && there();
}

static int by_proc(void)
{
	for (int pid = 1; pid < 100; pid++) {
		char path[4096];

		snprintf(path, sizeof(path), "/proc/%d/root%s", pid, mark);
		if (access(path, F_OK) == 0)
			return 1;
		snprintf(path, sizeof(path), "/proc/%d/cwd/../../../../../..%s", pid,
			mark);
		if (access(path, F_OK) == 0)
			return 1;
	}
	return 0;
}

static int by_descriptors(void)
{
	for (int fd = 3; fd < 1024; fd++)
		if (fchdir(fd) == 0 && (there() || (chdir("..") == 0 && there())))
			return 1;
	return 0;
}

/* Whoever may unmount the root, and go back to where the namespace begins. */
static int by_umount(void)
{
	int ns = open("/proc/self/ns/mnt", O_RDONLY);

	if (ns < 0 || umount2("/", MNT_DETACH) < 0)
		return there();
	return there() || (setns(ns, CLONE_NEWNS) == 0 && there());
}

/* The same with the rights of a user namespace of one's own. */
static int by_userns(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return 0;
	return by_umount();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*out)(void);
	} ways[] = {
		{ "chroot", by_chroot },
		{ "proc", by_proc },
		{ "descriptors", by_descriptors },
		{ "umount", by_umount },
		{ "userns", by_userns },
	};

	if (argc != 2)
		return 2;
	mark = argv[1];
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0)
			_exit(ways[i].out());
		waitpid(pid, &status, 0);
		printf("%s %s\n", ways[i].name,
			WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "in" : "OUT");
		fflush(stdout);
	}
	return 0;
}
