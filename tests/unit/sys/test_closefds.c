/* SPDX-License-Identifier: Apache-2.0 */
/* No descriptor leaks: every kind of descriptor, gaps, and without close_range. */
#include "config.h"

#include "sandbox.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/closefds.h"
#include "sys/probe.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* 60 descriptors of many kinds from 20 on, none close-on-exec; the highest far away. */
static int litter(void)
{
	for (int i = 0; i < 60; i++) {
		int fd = -1;
		int pair[2] = { -1, -1 };

		switch (i % 6) {
		case 0:
			fd = open("/", O_RDONLY | O_DIRECTORY);
			break;
		case 1:
			fd = open("/", O_PATH);
			break;
		case 2:
			fd = sys_raw_memfd_create("litter", 0);
			break;
		case 3:
			fd = epoll_create1(0);
			break;
		case 4:
			fd = socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 ? -1 : pair[0];
			close(pair[1]);
			break;
		case 5:
			fd = open("/dev/null", O_RDWR);
			break;
		}
		CHECK(fd >= 0 && dup2(fd, 20 + i) == 20 + i);
		if (fd < 20)
			close(fd);
	}
	CHECK(dup2(20, 900) == 900);
	return 0;
}

static int cloexec(void *arg)
{
	auto_error struct error e = ERROR_INIT;

	CHECK(!arg || forget(arg));
	CHECK(litter() == 0);
	CHECK_OK(sys_cloexec_from(21, &e), &e);
	CHECK(fcntl(20, F_GETFD) == 0);
	for (int fd = 21; fd < 80; fd++)
		CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(fcntl(900, F_GETFD) == FD_CLOEXEC && is_open(0) && fcntl(2, F_GETFD) == 0);
	return 0;
}

static int close_all(void *arg)
{
	static const int keep[] = { 1, 22, 23, 30, 79 };
	auto_error struct error e = ERROR_INIT;

	CHECK(!arg || forget(arg));
	CHECK(sys_proc_fd(&e) >= 0);
	CHECK(litter() == 0);
	CHECK_OK(sys_close_from(3, keep, ARRAY_SIZE(keep), &e), &e);
	for (int fd = 3; fd < 1000; fd++)
		CHECK(is_open(fd) == (fd == 22 || fd == 23 || fd == 30 || fd == 79));
	CHECK(is_open(0) && is_open(1) && is_open(2));
	/* The cached /proc went too, and is known to have gone. */
	CHECK(sys_proc_peek() == -EBADF);
	CHECK_OK(sys_close_from(23, NULL, 0, &e), &e);
	CHECK(is_open(22) && !is_open(23) && !is_open(79));
	/* One that is kept stays cached. */
	int proc = sys_proc_fd(&e);
	CHECK(proc >= 3);
	CHECK_OK(sys_close_from(3, &proc, 1, &e), &e);
	CHECK(sys_proc_peek() == proc && is_open(proc) && !is_open(22));
	return 0;
}

static int same(int fd, const char *path)
{
	struct stat a;
	struct stat b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_rdev == b.st_rdev &&
	       S_ISCHR(a.st_mode);
}

static int stdio(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	int keep;

	(void)arg;
	CHECK_OK(sys_fill_stdio(&e), &e);
	keep = dup(2);
	close(0);
	close(2);
	if (sys_fill_stdio(&e) < 0 || !is_open(1) || !same(0, "/dev/null") ||
		!same(2, "/dev/null") || fcntl(0, F_GETFD) != 0 ||
		(fcntl(2, F_GETFL) & O_ACCMODE) != O_RDWR) {
		dup2(keep, 2);
		fprintf(stderr, "0 and 2 are not /dev/null\n");
		return 1;
	}
	dup2(keep, 2);
	close(0);
	close(1);
	CHECK_OK(sys_fill_stdio(&e), &e);
	CHECK(same(0, "/dev/null") && same(1, "/dev/null"));
	return 0;
}

static void run(int (*fn)(void *arg))
{
	static char without[] = "close-range";
	static char all[] = "all";

	assert_int_equal(in_child(fn, NULL), 0);
	if (sys_forget("") < 0) {
		fprintf(stderr, "SKIP: no test hooks, fallback not tested\n");
		return;
	}
	assert_int_equal(in_child(fn, without), 0);
	assert_int_equal(in_child(fn, all), 0);
}

static void test_cloexec(void **state)
{
	(void)state;
	run(cloexec);
}

static void test_close(void **state)
{
	(void)state;
	run(close_all);
}

static void test_stdio(void **state)
{
	(void)state;
	run(stdio);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cloexec),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_stdio),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
