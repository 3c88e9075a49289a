/* SPDX-License-Identifier: Apache-2.0 */
/* Children to try things in that must not touch the machine. */
#include "config.h"

#include "sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/cgroupfs.h"
#include "sys/probe.h"

int in_child(int (*fn)(void *arg), void *arg)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0)
		_exit(fn(arg));
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int try_mount(void *arg)
{
	(void)arg;
	if (unshare(CLONE_NEWNS) < 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 1;
	return mount("none", "/tmp", "tmpfs", 0, NULL) < 0;
}

bool may_mount(void)
{
	if (in_child(try_mount, NULL) == 0)
		return true;
	fprintf(stderr, "SKIP: a mount namespace is not allowed here\n");
	return false;
}

bool forget(const char *without)
{
	int r = without ? sys_forget(without) : 0;

	if (r < 0)
		fprintf(stderr, "SKIP: a build without test hooks cannot forget %s\n",
			without);
	return r == 0;
}

struct sandbox {
	int (*fn)(void *arg);
	void *arg;
	const char *without;
};

static int inside(void *arg)
{
	struct sandbox *s = arg;

	CHECK(unshare(CLONE_NEWNS) == 0);
	CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	CHECK(mount("sandbox", "/tmp", "tmpfs", 0, "mode=0755") == 0);
	CHECK(chdir("/tmp") == 0);
	umask(022);
	CHECK(!s->without || sys_forget(s->without) == 0);
	return s->fn(s->arg);
}

void in_sandbox(int (*fn)(void *arg), void *arg, const char *without)
{
	struct sandbox s = { .fn = fn, .arg = arg, .without = without };

	if (!may_mount())
		skip();
	if (without && sys_forget("") < 0) {
		fprintf(stderr,
			"SKIP: a build without test hooks has no fallbacks to test\n");
		skip();
	}
	assert_int_equal(in_child(inside, &s), 0);
}

int put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "wxe");

	if (!f)
		return -1;
	fputs(text, f);
	return fclose(f);
}

static int try_cgroup(const char *at, int *rootfd, char name[64])
{
	int fd = cgfs_root(at, NULL);

	if (fd < 0)
		return fd;
	snprintf(name, 64, "davit-test-%d", (int)getpid());
	if (mkdirat(fd, name, 0755) < 0) {
		close(fd);
		return -errno;
	}
	*rootfd = fd;
	return 0;
}

bool find_cgroup(bool v2, int *rootfd, char name[64])
{
	static const char *const two[] = { "/sys/fs/cgroup/unified", "/sys/fs/cgroup" };
	static const char *const one[] = { "/sys/fs/cgroup/pids",
		"/sys/fs/cgroup/freezer" };

	for (size_t i = 0; i < 2; i++)
		if (try_cgroup(v2 ? two[i] : one[i], rootfd, name) == 0)
			return true;
	fprintf(stderr, "SKIP: no cgroup v%d hierarchy that we may write to\n",
		v2 ? 2 : 1);
	return false;
}
