/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces: the table, hostile paths, joining. */
#include "config.h"

#include "sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/clone.h"
#include "sys/ns.h"
#include "sys/pidfd.h"
#include "sys/proc.h"

static void test_table(void **state)
{
	uint64_t all = 0;

	(void)state;
	for (int i = 0; i < NS_TYPES; i++) {
		assert_non_null(ns_table[i].oci);
		assert_non_null(ns_table[i].proc);
		assert_true((all & ns_table[i].flag) == 0);
		all |= ns_table[i].flag;
	}
	assert_true(all == 0x7e020080);
}

/* Each type asked of each file, and things that are no namespaces (F2). */
static int try_paths(void *arg)
{
	static const char *const none[] = { "/tmp/fifo", "/tmp/file", "/tmp", "/dev/null",
		"/proc/self/status", "/proc/self/exe" };
	auto_error struct error e = ERROR_INIT;
	struct stat st;
	char path[64];

	(void)arg;
	CHECK(mkfifo("fifo", 0600) == 0 && put_file("file", "") == 0);
	alarm(20); /* a fifo must not hold us */
	for (int type = 0; type < NS_TYPES; type++) {
		for (int of = 0; of < NS_TYPES; of++) {
			snprintf(path, sizeof(path), "/proc/self/ns/%s",
				ns_table[of].proc);
			if (stat(path, &st) < 0)
				continue;
			auto_fd int fd = ns_open_path(path, (enum ns_type)type, &e);

			CHECK(type == of ? fd >= 0 : fd == -EINVAL);
			CHECK(fd >= 0 || strstr(e.text, ns_table[of].oci));
			CHECK(fd < 0 || (fcntl(fd, F_GETFD) & FD_CLOEXEC));
		}
		for (size_t i = 0; i < ARRAY_SIZE(none); i++)
			CHECK(ns_open_path(none[i], (enum ns_type)type, &e) == -EINVAL);
		CHECK(ns_open_path("/tmp/nothing", (enum ns_type)type, &e) == -ENOENT);
		CHECK(e.call && strcmp(e.call, "open") == 0);
	}
	return 0;
}

static int try_identity(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	uint64_t before = 0;
	uint64_t after = 0;
	struct stat st;

	(void)arg;
	auto_fd int a = ns_open_pid(getpid(), NS_UTS, &e);
	auto_fd int b = ns_open_path("/proc/self/ns/uts", NS_UTS, &e);
	CHECK(a >= 0 && b >= 0 && ns_same(a, b));
	CHECK_OK(ns_inode(NS_UTS, &before, &e), &e);
	CHECK(fstat(a, &st) == 0 && st.st_ino == before);
	CHECK(unshare(CLONE_NEWUTS) == 0);
	CHECK(ns_inode(NS_UTS, &after, &e) == 0 && after != before);
	auto_fd int c = ns_open_pid(getpid(), NS_UTS, &e);
	auto_fd int d = ns_open_pid(getpid(), NS_IPC, &e);
	CHECK(c >= 0 && d >= 0 && !ns_same(a, c) && !ns_same(c, d) && !ns_same(c, -1));
	CHECK_OK(ns_join(a, NS_UTS, &e), &e);
	CHECK(ns_inode(NS_UTS, &after, &e) == 0 && after == before);
	CHECK(ns_join(a, NS_IPC, &e) == -EINVAL && strcmp(e.call, "setns") == 0);
	CHECK(ns_open_pid(0x3fffffff, NS_UTS, &e) == -ENOENT);
	return 0;
}

static int try_join(void *arg)
{
	struct sys_clone c = {
		.flags = CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS | CLONE_NEWPID,
		.cgroup_fd = -EBADF,
	};
	auto_error struct error e = ERROR_INIT;
	uint64_t mine[2];
	uint64_t now;
	struct stat st;
	char name[64];
	pid_t pid;

	(void)arg;
	pid = sys_clone(&c, &e);
	CHECK_OK(pid, &e);
	if (pid == 0) {
		pause();
		_exit(0);
	}
	CHECK(ns_inode(NS_UTS, &mine[0], &e) == 0 && ns_inode(NS_IPC, &mine[1], &e) == 0);
	CHECK_OK(ns_join_process(c.pidfd, pid, 0, &e), &e);
	CHECK_OK(ns_join_process(c.pidfd, pid, CLONE_NEWUTS | CLONE_NEWPID, &e), &e);
	CHECK(ns_inode(NS_UTS, &now, &e) == 0 && now != mine[0]);
	snprintf(name, sizeof(name), "/proc/%d/ns/uts", (int)pid);
	CHECK(stat(name, &st) == 0 && st.st_ino == now);
	CHECK(ns_inode(NS_IPC, &now, &e) == 0 && now == mine[1]);
	CHECK(stat("/proc/self/ns/pid_for_children", &st) == 0);
	CHECK_OK(ns_inode(NS_PID, &now, &e), &e);
	CHECK(st.st_ino != now);
	CHECK(kill(pid, SIGKILL) == 0 && pidfd_wait(pid, NULL) == 0);
	CHECK(ns_join_process(c.pidfd, pid, CLONE_NEWIPC, &e) < 0);
	CHECK(ns_inode(NS_IPC, &now, &e) == 0 && now == mine[1]);
	close(c.pidfd);
	return 0;
}

BOTH(paths, "all")
BOTH(identity, "all")
BOTH(join, "all")

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		BOTH_TESTS(paths),
		BOTH_TESTS(identity),
		BOTH_TESTS(join),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
