/* SPDX-License-Identifier: Apache-2.0 */
/* No descriptor leaks: every kind of descriptor, gaps, and without close_range. */
#include "config.h"

#include "sandbox.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/closefds.h"
#include "sys/probe.h"
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cloexec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
