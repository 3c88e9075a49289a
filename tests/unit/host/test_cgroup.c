/* SPDX-License-Identifier: Apache-2.0 */
/* Reading /proc/self/cgroup, and where hierarchies are by convention. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "host/internal.h"

struct parsed {
	struct arena a;
	struct host_hierarchy *h;
	size_t n;
};

static int parse(struct parsed *p, const char *text, struct error *e)
{
	char copy[512];

	*p = (struct parsed){ .a = ARENA_INIT };
	assert_true(strlen(text) < sizeof(copy));
	memcpy(copy, text, strlen(text) + 1);
	return host_cgroup_parse(&p->a, copy, &p->h, &p->n, e);
}

static void reads_every_kind_of_line(void **state)
{
	struct parsed p;

	(void)state;
	assert_int_equal(parse(&p,
				 "12:cpu,cpuacct:/a/b:c\n"
				 "1:name=systemd:/\n"
				 "0::/user.slice\n",
				 NULL),
		0);
	assert_int_equal(p.n, 3);
	assert_false(p.h[0].v2);
	assert_int_equal(p.h[0].n_controllers, 2);
	assert_string_equal(p.h[0].controllers[0], "cpu");
	assert_string_equal(p.h[0].controllers[1], "cpuacct");
	assert_string_equal(p.h[0].own, "/a/b:c");
	assert_string_equal(p.h[1].controllers[0], "name=systemd");
	assert_string_equal(p.h[1].own, "/");
	assert_true(p.h[2].v2);
	assert_int_equal(p.h[2].n_controllers, 0);
	assert_string_equal(p.h[2].own, "/user.slice");
	arena_done(&p.a);
}

static void reads_a_last_line_without_newline(void **state)
{
	struct parsed p;

	(void)state;
	assert_int_equal(parse(&p, "0::/", NULL), 0);
	assert_int_equal(p.n, 1);
	assert_true(p.h[0].v2);
	arena_done(&p.a);
	assert_int_equal(parse(&p, "", NULL), 0);
	assert_int_equal(p.n, 0);
	arena_done(&p.a);
}

static void refuses_other_lines(void **state)
{
	static const char *const bad[] = { "0\n", "0:\n", "0:x\n", "0::relative\n",
		"\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_error struct error e = ERROR_INIT;
		struct parsed p;

		assert_int_equal(parse(&p, bad[i], &e), -EINVAL);
		assert_int_equal(e.kind, ERR_HOST);
		assert_non_null(strstr(e.text, "/proc/self/cgroup"));
		arena_done(&p.a);
	}
}

static void knows_where_hierarchies_are(void **state)
{
	static const struct {
		const char *line, *path;
	} rows[] = {
		{ "3:memory:/", "/sys/fs/cgroup/memory" },
		{ "4:cpu,cpuacct:/x", "/sys/fs/cgroup/cpu,cpuacct" },
		{ "1:name=systemd:/", "/sys/fs/cgroup/systemd" },
		{ "0::/", "/sys/fs/cgroup/unified" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct parsed p;

		assert_int_equal(parse(&p, rows[i].line, NULL), 0);
		assert_string_equal(host_cgroup_convention(&p.a, &p.h[0]), rows[i].path);
		arena_done(&p.a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_kind_of_line),
		cmocka_unit_test(reads_a_last_line_without_newline),
		cmocka_unit_test(refuses_other_lines),
		cmocka_unit_test(knows_where_hierarchies_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
