/* SPDX-License-Identifier: Apache-2.0 */
/* Scheduling calls: what was set is read back. */
#include "config.h"

#include "sandbox.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sys/sched.h"
#include "sys/syscalls.h"

static int policies(void *arg)
{
	struct sys_sched batch = { .policy = SCHED_BATCH, .nice = 3 };
	struct sys_sched fifo = { .policy = SCHED_FIFO, .priority = 7 };
	struct sys_sched bad = { .policy = 77 };

	(void)arg;
	CHECK(sys_sched_set(0, &batch) == 0);
	CHECK(sys_raw_sched_getscheduler(0) == SCHED_BATCH);
	CHECK(getpriority(PRIO_PROCESS, 0) == 3);
	CHECK(sys_sched_set(0, &bad) == -EINVAL);
	CHECK(sys_sched_set(0x3fffffff, &batch) == -ESRCH);
	if (geteuid() != 0)
		return 0;
	CHECK(sys_sched_reset() == 0);
	CHECK(sys_raw_sched_getscheduler(0) == SCHED_OTHER);
	CHECK(getpriority(PRIO_PROCESS, 0) == 0);
	fifo.flags = 1; /* SCHED_FLAG_RESET_ON_FORK */
	if (sys_sched_set(0, &fifo) == 0) {
		CHECK((sys_raw_sched_getscheduler(0) & 0xff) == SCHED_FIFO);
		CHECK(sys_sched_reset() == 0);
		CHECK(sys_raw_sched_getscheduler(0) == SCHED_OTHER);
	} else {
		fprintf(stderr, "SKIP: real-time scheduling is not allowed here\n");
	}
	/* Nothing to do: nice is left alone where the policy is the normal one. */
	CHECK(setpriority(PRIO_PROCESS, 0, 4) == 0 && sys_sched_reset() == 0);
	CHECK(getpriority(PRIO_PROCESS, 0) == 4);
	return 0;
}

static int rest(void *arg)
{
	cpu_set_t one;
	cpu_set_t now;
	int n;

	(void)arg;
	CHECK(sched_getaffinity(0, sizeof(now), &now) == 0);
	n = CPU_COUNT(&now);
	CPU_ZERO(&one);
	for (size_t i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &now) && CPU_COUNT(&one) == 0)
			CPU_SET(i, &one);
	CHECK(sched_setaffinity(0, sizeof(one), &one) == 0);
	CHECK(sys_affinity_all() == 0);
	CHECK(sched_getaffinity(0, sizeof(now), &now) == 0 && CPU_COUNT(&now) >= n);
	CHECK(sys_ioprio_set_group(2, 6) == 0);
	CHECK(syscall(SYS_ioprio_get, 1, 0) == (2 << 13 | 6));
	CHECK(sys_ioprio_set_group(5, 0) == -EINVAL);
	CHECK(sys_personality(ADDR_NO_RANDOMIZE) == 0);
	CHECK(personality(0xffffffff) == ADDR_NO_RANDOMIZE);
	n = sys_mempolicy_set(0, NULL, 0);
	CHECK(n == 0 || n == -ENOSYS);
	CHECK(n == -ENOSYS || sys_mempolicy_set(99, NULL, 0) == -EINVAL);
	return 0;
}

static int keyring(void *arg)
{
	long before = syscall(SYS_keyctl, 0, -3, 0); /* GET_KEYRING_ID of the session's */
	int r = sys_keyring_new();

	(void)arg;
	if (r == -ENOSYS) {
		fprintf(stderr, "SKIP: a kernel without keyrings\n");
		return 0;
	}
	CHECK(r == 0);
	CHECK(syscall(SYS_keyctl, 0, -3, 0) != before);
	return 0;
}

static void test_policies(void **state)
{
	(void)state;
	assert_int_equal(in_child(policies, NULL), 0);
}

static void test_rest(void **state)
{
	(void)state;
	assert_int_equal(in_child(rest, NULL), 0);
}

static void test_keyring(void **state)
{
	(void)state;
	assert_int_equal(in_child(keyring, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_keyring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
