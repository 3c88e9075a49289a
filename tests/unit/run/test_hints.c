/* SPDX-License-Identifier: Apache-2.0 */
/* Which advice an error gets on which host. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "run/hints.h"

static const struct host root = { .caps = UINT64_MAX };
static const struct host user = { .euid = 1000 };
static const struct host user_none = { .euid = 1000, .userns_none = true };
static const struct host user_root_only = { .euid = 1000, .userns_root_only = true };
static const struct host user_apparmor = { .euid = 1000, .userns_apparmor = true };
static const struct host inside = { .caps = UINT64_MAX, .in_userns = true };

static void test_hosts(void **state)
{
	static const struct {
		const struct host *host;
		const char *step, *call;
		int errnum;
		const char *part; /* of the hint; NULL: none */
	} rows[] = {
		{ &user_none, NULL, "clone3", ENOSPC, "user.max_user_namespaces is 0" },
		{ &user_none, NULL, "clone", ENOSPC, "user.max_user_namespaces is 0" },
		{ &user, NULL, "clone3", ENOSPC, "/proc/sys/user/max_*_namespaces" },
		{ &root, NULL, "clone3", ENOSPC, "/proc/sys/user/max_*_namespaces" },
		{ &user_root_only, NULL, "clone3", EPERM,
			"kernel.unprivileged_userns_clone is 0" },
		{ &user_apparmor, NULL, "clone3", EACCES,
			"kernel.apparmor_restrict_unprivileged_userns is 1" },
		{ &user_apparmor, NULL, "setresgid", EPERM,
			"kernel.apparmor_restrict_unprivileged_userns is 1" },
		{ &user_apparmor, "ipc-ns (init)", "unshare", EPERM,
			"load the one that comes with davit" },
		{ &user_apparmor, "root (init)", "mount_setattr", EACCES,
			"kernel.apparmor_restrict_unprivileged_userns is 1" },
		{ &user, NULL, "clone3", EPERM, "forbids user namespaces" },
		{ &root, NULL, "clone3", EPERM, NULL },
		{ &user, "cgroup (parent)", "mkdirat", EACCES, "Delegate=yes" },
		{ &root, "cgroup (parent)", "mkdirat", EACCES, "not ours to write" },
		{ &inside, "mounts (init)", "fsmount", EPERM, "bind-mount it instead" },
		{ &user, "mounts (init)", "fsmount", EIO, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_error struct error e = ERROR_INIT;

		err_sys(&e, rows[i].errnum, rows[i].call, "cannot do it");
		if (rows[i].step)
			err_step(&e, "%s", rows[i].step);
		hint_for(&e, rows[i].host);
		if (!rows[i].part) {
			assert_null(e.hint);
			continue;
		}
		assert_non_null(e.hint);
		if (!strstr(e.hint, rows[i].part))
			fail_msg("row %zu: %s", i, e.hint);
	}
}

static void test_kept(void **state)
{
	auto_error struct error e = ERROR_INIT;

	(void)state;
	err_sys(&e, ENOSPC, "clone3", "cannot do it");
	err_hint(&e, "as it was");
	hint_for(&e, &user_none);
	assert_string_equal(e.hint, "as it was");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
