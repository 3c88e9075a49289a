/* SPDX-License-Identifier: Apache-2.0 */
/* The table of features: against the version of the kernel, and forgetting. */
#include "config.h"

#include "sandbox.h"

#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "sys/probe.h"

static unsigned version(const char *text)
{
	unsigned major = 0;
	unsigned minor = 0;

	return sscanf(text, "%u.%u", &major, &minor) == 2 ? major * 1000 + minor : 0;
}

/* A newer kernel has them all, but for what a sandbox or its configuration takes away. */
static void test_versions(void **state)
{
	struct utsname u;
	unsigned kernel;

	(void)state;
	assert_int_equal(uname(&u), 0);
	kernel = version(u.release);
	for (int i = 0; i < SYS_FEATURES; i++) {
		enum sys_feature f = (enum sys_feature)i;
		unsigned since = version(sys_feature_since(f));
		bool has;

		assert_non_null(sys_feature_name(f));
		assert_true(since >= 3000);
		assert_true(sys_maybe(f));
		has = sys_has(f);
		assert_true(sys_has(f) == has && sys_maybe(f) == has);
		if (has && since > kernel)
			fail_msg("%s on %s", sys_feature_name(f), u.release);
		if (!has && since <= kernel)
			fprintf(stderr, "note: %s is absent on %s\n", sys_feature_name(f),
				u.release);
	}
}

/* The questions are asked in vain by nobody: no process, mount or change is left. */
static int ask_unprivileged(void *arg)
{
	(void)arg;
	CHECK(geteuid() != 0 || setuid(65534) == 0);
	for (int i = 0; i < SYS_FEATURES; i++)
		sys_has((enum sys_feature)i);
	/* Privileges are not mistaken for features. */
	CHECK(sys_has(SYS_OPENAT2) == *(bool *)arg);
	CHECK(getpid() > 0);
	return 0;
}

static void test_unprivileged(void **state)
{
	bool has[SYS_FEATURES];

	(void)state;
	for (int i = 0; i < SYS_FEATURES; i++)
		has[i] = sys_has((enum sys_feature)i);
	assert_int_equal(in_child(ask_unprivileged, &has[SYS_OPENAT2]), 0);
}

static int forget_some(void *arg)
{
	(void)arg;
	CHECK(sys_forget("nonsense") == -EINVAL);
	CHECK(sys_forget("openat2,nonsense") == -EINVAL);
	CHECK(sys_forget("openat") == -EINVAL && sys_forget("openat22") == -EINVAL);
	CHECK(sys_forget("") == 0);
	CHECK(sys_forget("clone3,mount-api") == 0);
	CHECK(!sys_has(SYS_CLONE3) && !sys_maybe(SYS_MOUNT_API));
	CHECK(sys_maybe(SYS_PIDFD_OPEN));
	sys_lacks(SYS_PIDFD_OPEN);
	CHECK(!sys_has(SYS_PIDFD_OPEN) && !sys_maybe(SYS_PIDFD_OPEN));
	CHECK(sys_forget("all") == 0);
	for (int i = 0; i < SYS_FEATURES; i++)
		CHECK(!sys_has((enum sys_feature)i));
	return 0;
}

static void test_forget(void **state)
{
	(void)state;
	if (sys_forget("") < 0) {
		assert_int_equal(sys_forget("openat2"), -EOPNOTSUPP);
		fprintf(stderr, "SKIP: no test hooks\n");
		skip();
	}
	assert_int_equal(in_child(forget_some, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_unprivileged),
		cmocka_unit_test(test_forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
