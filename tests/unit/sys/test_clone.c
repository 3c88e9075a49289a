/* SPDX-License-Identifier: Apache-2.0 */
/* Forking: handles, namespaces, cgroups, CLONE_PARENT. */
#include "config.h"

#include "sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "sys/cgroupfs.h"
#include "sys/clone.h"
#include "sys/pidfd.h"
#include "sys/probe.h"
#include "sys/syscalls.h"

static int plain(void *arg)
{
	struct sys_clone c = { .flags = 0, .cgroup_fd = -EBADF };
	auto_error struct error e = ERROR_INIT;
	int status = -1;
	pid_t pid;

	CHECK(!arg || forget(arg));
	pid = sys_clone(&c, &e);
	CHECK_OK(pid, &e);
	if (pid == 0)
		_exit(getppid() > 0 ? 42 : 1);
	CHECK(c.pidfd >= 0 && (fcntl(c.pidfd, F_GETFD) & FD_CLOEXEC) && !c.in_cgroup);
	CHECK(pidfd_ended(c.pidfd, pid, 0, 10000) == 1);
	CHECK(pidfd_wait(pid, &status) == 0 && WIFEXITED(status) &&
		WEXITSTATUS(status) == 42);
	CHECK(pidfd_wait(pid, &status) == -ECHILD);
	close(c.pidfd);
	return 0;
}

/* A grandchild that becomes a child: who is the parent is told by who can wait. */
static int parent(void *arg)
{
	int p[2];
	int status;
	pid_t middle;
	pid_t pid = 0;

	CHECK(!arg || forget(arg));
	CHECK(pipe(p) == 0);
	middle = fork();
	CHECK(middle >= 0);
	if (middle == 0) {
		struct sys_clone c = { .flags = CLONE_PARENT, .cgroup_fd = -EBADF };

		pid = sys_clone(&c, NULL);
		if (pid == 0) {
			pause();
			_exit(1);
		}
		_exit(write(p[1], &pid, sizeof(pid)) != sizeof(pid) || c.pidfd < 0);
	}
	CHECK(pidfd_wait(middle, &status) == 0 && status == 0);
	CHECK(read(p[0], &pid, sizeof(pid)) == sizeof(pid) && pid > 0);
	CHECK(kill(pid, SIGTERM) == 0);
	CHECK(pidfd_wait(pid, &status) == 0 && WIFSIGNALED(status));
	return 0;
}

static int spaces(void *arg)
{
	struct sys_clone c = { .flags = CLONE_NEWPID | CLONE_NEWNS, .cgroup_fd = -EBADF };
	auto_error struct error e = ERROR_INIT;
	int status = -1;
	pid_t pid;

	CHECK(!arg || forget(arg));
	pid = sys_clone(&c, &e);
	CHECK_OK(pid, &e);
	if (pid == 0)
		_exit(getpid() == 1 ? 0 : 1);
	CHECK(pidfd_wait(pid, &status) == 0 && status == 0);
	close(c.pidfd);
	/* clone(2) has no room for it: refused, with the reason. */
	if (arg) {
		c.flags = CLONE_NEWTIME;
		CHECK(sys_clone(&c, &e) == -EOPNOTSUPP && strstr(e.text, "5.3"));
		CHECK(c.pidfd == -EBADF);
	}
	return 0;
}

static int nonsense(void *arg)
{
	struct sys_clone c = { .flags = CLONE_NEWUSER | CLONE_FS, .cgroup_fd = -EBADF };
	auto_error struct error e = ERROR_INIT;

	CHECK(!arg || forget(arg));
	CHECK(sys_clone(&c, &e) == -EINVAL && e.call && c.pidfd == -EBADF);
	/* A real refusal is not taken for a missing call. */
	CHECK(arg || sys_maybe(SYS_CLONE3));
	return 0;
}

static int born_in(void *arg)
{
	struct sys_clone c = { .flags = 0 };
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	pid_t *pids = NULL;
	size_t n = 0;
	char name[64];
	int root;
	pid_t pid;

	CHECK(!arg || forget(arg));
	if (!find_cgroup(true, &root, name))
		return 0;
	c.cgroup_fd = cgfs_open(root, name, &e);
	CHECK_OK(c.cgroup_fd, &e);
	pid = sys_clone(&c, &e);
	CHECK_OK(pid, &e);
	if (pid == 0) {
		pause();
		_exit(0);
	}
	CHECK(cgfs_procs(&a, c.cgroup_fd, false, &pids, &n, &e) == 0);
	CHECK(c.in_cgroup == !arg && n == (arg ? 0 : 1) && (arg || pids[0] == pid));
	CHECK(kill(pid, SIGKILL) == 0 && pidfd_wait(pid, NULL) == 0);
	CHECK_OK(cgfs_rmtree(root, name, 5000, &e), &e);
	close(c.pidfd);
	close(c.cgroup_fd);
	close(root);
	return 0;
}

static int (*const steps[])(void *arg) = { plain, parent, nonsense };
static int (*const root_steps[])(void *arg) = { spaces, born_in };

static void run(const char *without)
{
	static char all[] = "all";
	void *arg = without ? all : NULL;

	if (without && sys_forget("") < 0) {
		fprintf(stderr, "SKIP: no test hooks\n");
		skip();
	}
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		assert_int_equal(in_child(steps[i], arg), 0);
	if (!may_mount())
		return;
	for (size_t i = 0; i < ARRAY_SIZE(root_steps); i++)
		assert_int_equal(in_child(root_steps[i], arg), 0);
}

static void test_clone3(void **state)
{
	(void)state;
	if (!sys_has(SYS_CLONE3) || !sys_has(SYS_CLONE_INTO_CGROUP)) {
		fprintf(stderr, "SKIP: this kernel has no clone3\n");
		skip();
	}
	run(NULL);
}

static void test_clone(void **state)
{
	(void)state;
	run("all");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clone3),
		cmocka_unit_test(test_clone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
