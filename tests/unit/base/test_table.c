/* SPDX-License-Identifier: Apache-2.0 */
/* Closed sets of names and the nearest name. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/table.h"

static const struct table_entry entries[] = {
	{ "pid", 1 },
	{ "network", 2 },
	{ "net", 2 },
	{ "mount", 4 },
	{ "uts", 0 },
};
static const struct table names = TABLE("namespace", entries);

static void both_ways(void **state)
{
	(void)state;
	assert_int_equal(table_id(&names, "mount"), 4);
	assert_int_equal(table_id(&names, "uts"), 0);
	assert_int_equal(table_id(&names, "Mount"), -ENOENT);
	assert_int_equal(table_id(&names, ""), -ENOENT);
	assert_string_equal(table_name(&names, 2), "network");
	assert_null(table_name(&names, 3));
}

static void nearest(void **state)
{
	static const struct {
		const char *name, *nearest;
	} cases[] = {
		{ "mout", "mount" },
		{ "Mount", "mount" },
		{ "muont", "mount" },
		{ "mounts", "mount" },
		{ "netwrk", "network" },
		{ "NETWORK", "network" },
		{ "pids", "pid" },
		{ "pd", "pid" },
		{ "x", NULL },
		{ "", NULL },
		{ "cgroup", NULL },
		{ "abcdefg", NULL },
	};
	char huge[5000];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *got = table_suggest(&names, cases[i].name);

		if (cases[i].nearest)
			assert_string_equal(got ? got : "(none)", cases[i].nearest);
		else
			assert_null(got);
	}
	memset(huge, 'a', sizeof(huge));
	huge[sizeof(huge) - 1] = '\0';
	assert_null(table_suggest(&names, huge));
}

static void nearest_of_a_list(void **state)
{
	static const char *const list[] = { "hostname", "domainname", "mounts" };

	(void)state;
	assert_string_equal(table_nearest(list, 3, "hostName"), "hostname");
	assert_string_equal(table_nearest(list, 3, "mount"), "mounts");
	assert_null(table_nearest(list, 3, "seccomp"));
	assert_null(table_nearest(NULL, 0, "seccomp"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways),
		cmocka_unit_test(nearest),
		cmocka_unit_test(nearest_of_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
