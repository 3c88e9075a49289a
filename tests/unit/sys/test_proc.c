/* SPDX-License-Identifier: Apache-2.0 */
/* The trusted /proc: what it refuses, and the numbers it gives. */
#include "config.h"

#include "sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/clone.h"
#include "sys/pidfd.h"
#include "sys/proc.h"

static int try_reading(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	char text[4096];
	char path[32];

	(void)arg;
	CHECK_OK(sys_proc_read("self/comm", text, sizeof(text), &e), &e);
	CHECK(strcmp(text, "test_proc\n") == 0);
	CHECK_OK(sys_proc_read("thread-self/comm", text, sizeof(text), &e), &e);
	CHECK(strcmp(text, "test_proc\n") == 0);
	CHECK_OK(sys_proc_read("sys/kernel/ostype", text, sizeof(text), &e), &e);
	CHECK(strcmp(text, "Linux\n") == 0);
	/* Longer than a page, whole; and not fitting. */
	CHECK(sys_proc_read("self/maps", text, 16, NULL) == -EFBIG);
	CHECK(sys_proc_read("self/comm", text, 10, NULL) == -EFBIG);
	CHECK(sys_proc_read("self/comm", text, 11, NULL) == 10);
	CHECK_OK(sys_proc_write("self/comm", "other", 5, &e), &e);
	CHECK(sys_proc_read("self/comm", text, sizeof(text), NULL) == 6);
	CHECK(strcmp(text, "other\n") == 0);
	CHECK(sys_proc_write("self/oom_score_adj", "nonsense", 8, &e) == -EINVAL);
	CHECK(e.call && strcmp(e.call, "write") == 0 && strstr(e.text, "oom_score_adj"));
	/* Magic links lead out, and so does "..". */
	CHECK(sys_proc_open("self/root", O_PATH, NULL) == -ELOOP);
	CHECK(sys_proc_open("self/exe", O_PATH, NULL) == -ELOOP);
	CHECK(sys_proc_open("self/root/etc/passwd", O_RDONLY, NULL) < 0);
	CHECK(sys_proc_open("../etc/passwd", O_RDONLY, NULL) < 0);
	CHECK(sys_proc_open("/etc/passwd", O_RDONLY, NULL) < 0);
	CHECK(sys_proc_open("self/nothing", O_RDONLY, NULL) == -ENOENT);
	auto_fd int fd = sys_proc_open("self/status", O_RDONLY, &e);
	CHECK(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
	sys_proc_fd_path(12, path);
	CHECK(strcmp(path, "/proc/self/fd/12") == 0);
	return 0;
}

/* Each file that is written to, with something over it that looks the same (C1). */
static int try_overmount(void *arg)
{
	static const struct {
		const char *over, *from, *name;
	} tricks[] = {
		{ "/proc/self/attr", "/proc/1/attr", "self/attr/current" },
		{ "/proc/sys/kernel/hostname", "/proc/sys/kernel/domainname",
			"sys/kernel/hostname" },
		{ "/proc/sys/net", "/tmp", "sys/net/core" },
		{ "/proc/self/oom_score_adj", "/proc/sysrq-trigger",
			"self/oom_score_adj" },
		{ "/proc/self/oom_score_adj", "/proc/self/loginuid",
			"self/oom_score_adj" },
	};
	char own[64];

	(void)arg;
	CHECK(sys_proc_fd(NULL) >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(tricks); i++) {
		const char *over = tricks[i].over;
		int r;

		if (strncmp(over, "/proc/self/", 11) == 0) {
			snprintf(own, sizeof(own), "/proc/%d/%s", (int)getpid(),
				over + 11);
			over = own;
		}
		r = sys_proc_open(tricks[i].name, O_PATH, NULL);
		CHECK(r >= 0);
		close(r);
		if (mount(tricks[i].from, over, NULL, MS_BIND, NULL) < 0) {
			CHECK(errno == ENOENT); /* a kernel without this file */
			continue;
		}
		errno = 0;
		CHECK(sys_proc_open(tricks[i].name, O_PATH, NULL) == -EXDEV);
		CHECK(sys_proc_write(tricks[i].name, "0", 1, NULL) == -EXDEV);
		CHECK(umount2(over, MNT_DETACH) == 0);
		r = sys_proc_open(tricks[i].name, O_PATH, NULL);
		CHECK(r >= 0);
		close(r);
	}
	return 0;
}

/* A fact of the machine is read through an outer container's masks, from procfs alone. */
static int try_fact(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	int r;

	(void)arg;
	CHECK(mount("/proc/sys", "/proc/sys", NULL, MS_BIND, NULL) == 0);
	CHECK(sys_proc_open("sys/kernel/ostype", O_RDONLY, NULL) == -EXDEV);
	r = sys_proc_open_fact("sys/kernel/ostype", &e);
	CHECK_OK(r, &e);
	CHECK(close(r) == 0);
	CHECK(sys_proc_open_fact("sys/kernel/nothing", NULL) == -ENOENT);
	CHECK(umount2("/proc/sys", MNT_DETACH) == 0);
	r = sys_proc_open_fact("sys/kernel/ostype", &e);
	CHECK_OK(r, &e);
	CHECK(close(r) == 0);
	CHECK(mkdir("facts", 0755) == 0 && mkdir("facts/kernel", 0755) == 0);
	r = open("facts/kernel/ostype", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	CHECK(r >= 0 && close(r) == 0);
	CHECK(mount("facts", "/proc/sys", NULL, MS_BIND, NULL) == 0);
	CHECK(sys_proc_open_fact("sys/kernel/ostype", &e) == -EXDEV);
	return 0;
}

static int try_not_proc(void *arg)
{
	auto_error struct error e = ERROR_INIT;

	(void)arg;
	CHECK(mkdir("fake", 0755) == 0);
	/* Something else on /proc altogether. */
	CHECK(mount("fake", "/proc", NULL, MS_BIND, NULL) == 0);
	CHECK(sys_proc_fd(&e) == -ENODEV);
	CHECK(umount2("/proc", MNT_DETACH) == 0);
	CHECK(mount("/proc/sys", "/proc", NULL, MS_BIND, NULL) == 0);
	CHECK(sys_proc_fd(&e) == -ENODEV);
	CHECK(umount2("/proc", MNT_DETACH) == 0);
	CHECK_OK(sys_proc_fd(&e), &e);
	return 0;
}

/* One of our own: processes alone, and nothing above it. */
static int try_own(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	char text[64];
	int host, own, up;

	(void)arg;
	host = sys_proc_fd(&e);
	CHECK_OK(host, &e);
	CHECK(sys_proc_fd(NULL) == host);
	CHECK(sys_proc_can_own());
	sys_proc_own();
	CHECK(fcntl(host, F_GETFD) < 0);
	own = sys_proc_fd(&e);
	CHECK_OK(own, &e);
	CHECK(sys_proc_fd(NULL) == own && (fcntl(own, F_GETFD) & FD_CLOEXEC));
	CHECK(sys_proc_read("self/comm", text, sizeof(text), &e) > 0);
	up = openat(own, "../etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(up < 0 && errno == ENOENT);
	return 0;
}

static int try_closed(void *arg)
{
	int fd = sys_proc_fd(NULL);

	(void)arg;
	CHECK(fd >= 0);
	sys_proc_close();
	CHECK(fcntl(fd, F_GETFD) < 0);
	CHECK(sys_proc_fd(NULL) == -EBADF);
	CHECK(sys_proc_open("self/stat", O_RDONLY, NULL) == -EBADF);
	return 0;
}

/* A child in a pid namespace of its own, waiting until killed. */
static int try_numbers(void *arg)
{
	struct sys_clone c = { .flags = CLONE_NEWPID, .cgroup_fd = -EBADF };
	auto_error struct error e = ERROR_INIT;
	uint64_t start = 0;
	uint64_t again = 1;
	char state = '?';
	pid_t number = 0;
	pid_t pid;

	(void)arg;
	pid = sys_clone(&c, &e);
	CHECK_OK(pid, &e);
	if (pid == 0) {
		pause();
		_exit(0);
	}
	CHECK(sys_proc_pid_of(c.pidfd, &number) == 0 && number == pid);
	CHECK(sys_proc_stat(pid, &start, &state) == 0 && start > 0);
	CHECK(sys_proc_stat(pid, &again, NULL) == 0 && again == start);
	CHECK(kill(pid, SIGKILL) == 0);
	CHECK(pidfd_ended(c.pidfd, pid, start, 5000) == 1);
	CHECK(sys_proc_stat(pid, NULL, &state) == 0 && state == 'Z');
	CHECK(pidfd_wait(pid, NULL) == 0);
	CHECK(sys_proc_stat(pid, NULL, NULL) == -ESRCH);
	CHECK(sys_proc_pid_of(c.pidfd, &number) == -ESRCH);
	CHECK(sys_proc_stat(0, NULL, NULL) == -ESRCH &&
		sys_proc_stat(-1, NULL, NULL) == -ESRCH);
	close(c.pidfd);
	return 0;
}

/* In a pid namespace whose /proc is not mounted, "self" is the number of the procfs. */
static int see_self(void *arg)
{
	char text[256];

	(void)arg;
	CHECK(getpid() == 1);
	CHECK(sys_proc_read("self/comm", text, sizeof(text), NULL) > 0);
	CHECK(strcmp(text, "inner\n") == 0);
	return 0;
}

static int try_other_ns(void *arg)
{
	struct sys_clone c = { .flags = CLONE_NEWPID, .cgroup_fd = -EBADF };
	int status;
	pid_t pid;

	(void)arg;
	CHECK(sys_proc_fd(NULL) >= 0);
	pid = sys_clone(&c, NULL);
	CHECK(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_NAME, "inner");
		_exit(see_self(NULL));
	}
	close(c.pidfd);
	CHECK(pidfd_wait(pid, &status) == 0 && status == 0);
	return 0;
}

static void test_parse(void **state)
{
	uint64_t start = 0;
	char c = 0;
	pid_t pid = 0;

	(void)state;
	assert_int_equal(
		sys_proc_stat_parse("7 (a) b) R (x) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 "
				    "20 0 1 0 98765432101 0 0\n",
			&pid, &start, &c),
		0);
	assert_int_equal(pid, 7);
	assert_int_equal(c, 'S');
	assert_true(start == 98765432101ULL);
	/* Zombies: one that is over, and one whose first thread is. */
	assert_int_equal(
		sys_proc_stat_parse(
			"7 (a) Z 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 5 0\n", NULL,
			NULL, &c),
		0);
	assert_int_equal(c, 'Z');
	assert_int_equal(
		sys_proc_stat_parse(
			"7 (a) Z 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 2 0 5 0\n", NULL,
			NULL, &c),
		0);
	assert_int_equal(c, 'S');
	assert_int_equal(
		sys_proc_stat_parse("7 (a) S 1 2 3", NULL, &start, NULL), -EBADMSG);
	assert_int_equal(sys_proc_stat_parse("", NULL, &start, NULL), -EBADMSG);
	assert_int_equal(sys_proc_stat_parse("7 a S", NULL, &start, NULL), -EBADMSG);
	assert_int_equal(sys_proc_stat_parse("7 (a)", NULL, &start, NULL), -EBADMSG);
	assert_int_equal(sys_proc_stat_parse("7 (a) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 "
					     "20 0 1 0 x 0 0\n",
				 NULL, &start, NULL),
		-EBADMSG);
}

BOTH(reading, "all")
BOTH(overmount, "all")
BOTH(fact, "all")
BOTH(not_proc, "all")
BOTH(numbers, "all")
BOTH(other_ns, "all")
BOTH(closed, "all")

static void test_own(void **state)
{
	(void)state;
	in_sandbox(try_own, NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_TESTS(reading),
		BOTH_TESTS(overmount),
		BOTH_TESTS(fact),
		BOTH_TESTS(not_proc),
		BOTH_TESTS(numbers),
		BOTH_TESTS(other_ns),
		BOTH_TESTS(closed),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
