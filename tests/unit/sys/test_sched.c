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
	CHECK(sys_ioprio_set_group(0, 2, 6) == 0);
	CHECK(syscall(SYS_ioprio_get, 1, 0) == (2 << 13 | 6));
	CHECK(sys_ioprio_set_group(0, 5, 0) == -EINVAL);
	CHECK(sys_personality(ADDR_NO_RANDOMIZE) == 0);
	CHECK(personality(0xffffffff) == ADDR_NO_RANDOMIZE);
	n = sys_mempolicy_set(0, NULL, 0);
	CHECK(n == 0 || n == -ENOSYS);
	CHECK(n == -ENOSYS || sys_mempolicy_set(99, NULL, 0) == -EINVAL);
	return 0;
}

/* What the kernel says of a policy: its mode with flags, and the first node of its mask, -1 for
 * none. */
static int policy_is(int mode, int node)
{
	unsigned long mask[16] = { 0 };
	int is, first = -1;

	CHECK(syscall(SYS_get_mempolicy, &is, mask, 1024ul + 1, NULL, 0ul) == 0);
	for (size_t i = 16 * 8 * sizeof(long); i-- > 0;)
		if (mask[i / (8 * sizeof(long))] & 1ul << i % (8 * sizeof(long)))
			first = (int)i;
	CHECK(is == mode);
	CHECK(first == node);
	return 0;
}

/* MPOL-01 to MPOL-03: each mode, by what can be read back. */
static int memory_policies(void *arg)
{
	static const uint32_t zero[] = { 0, 0 }, some[] = { 0, 0, 1023, 1023 };
	static const uint32_t turned[] = { 1, 0 }, beyond[] = { 0, 1024 };
	enum { BIND = 2, INTERLEAVE = 3, LOCAL = 4, MANY = 5, WEIGHTED = 6 };
	enum { STATIC = 1 << 15, RELATIVE = 1 << 14 };
	int r = sys_mempolicy_ranges(BIND, zero, 1);

	(void)arg;
	CHECK(sys_mempolicy_ranges(BIND, turned, 1) == -EINVAL);
	CHECK(sys_mempolicy_ranges(BIND, beyond, 1) == -EINVAL);
	if (r == -ENOSYS || r == -EPERM) {
		fprintf(stderr, "SKIP: a kernel without memory policies\n");
		return 0;
	}
	CHECK(r == 0 && policy_is(BIND, 0) == 0);
	CHECK(sys_mempolicy_ranges(BIND, NULL, 0) == -EINVAL);
	CHECK(policy_is(BIND, 0) == 0);
	CHECK(sys_mempolicy_ranges(INTERLEAVE | STATIC, zero, 1) == 0);
	CHECK(policy_is(INTERLEAVE | STATIC, 0) == 0);
	CHECK(sys_mempolicy_ranges(BIND | RELATIVE, zero, 1) == 0);
	CHECK(policy_is(BIND | RELATIVE, 0) == 0);
	/* A mask as wide as any kernel's: what this one has no room for is refused. */
	r = sys_mempolicy_ranges(BIND, some, 2);
	CHECK(r == 0 || r == -EINVAL);
	CHECK(sys_mempolicy_ranges(LOCAL, NULL, 0) == 0 && policy_is(LOCAL, -1) == 0);
	CHECK(sys_mempolicy_ranges(1, zero, 1) == 0 && policy_is(1, 0) == 0);
	r = sys_mempolicy_ranges(MANY, zero, 1); /* 5.15 */
	CHECK(r == -EINVAL || (r == 0 && policy_is(MANY, 0) == 0));
	r = sys_mempolicy_ranges(WEIGHTED, zero, 1); /* 6.9 */
	CHECK(r == -EINVAL || (r == 0 && policy_is(WEIGHTED, 0) == 0));
	CHECK(sys_mempolicy_ranges(0, NULL, 0) == 0 && policy_is(0, -1) == 0);
	return 0;
}

static void test_memory_policies(void **state)
{
	(void)state;
	assert_int_equal(in_child(memory_policies, NULL), 0);
}

/* PROC-22: the clamps have no value in the configuration; the kernel takes them with 0, refuses
 * a structure without them, and a kernel that is built without them refuses the flags. */
static int clamps(void *arg)
{
	struct sys_sched s = { .policy = SCHED_OTHER, .flags = 0x20 | 0x40 };
	int r = sys_sched_set(0, &s);

	(void)arg;
	CHECK(r == 0 || r == -EOPNOTSUPP || r == -EPERM);
	return 0;
}

static void test_clamps(void **state)
{
	(void)state;
	assert_int_equal(in_child(clamps, NULL), 0);
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
		cmocka_unit_test(test_memory_policies),
		cmocka_unit_test(test_clamps),
		cmocka_unit_test(test_keyring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
