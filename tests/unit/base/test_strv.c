/* SPDX-License-Identifier: Apache-2.0 */
/* String lists. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/strv.h"

static void lists_stay_null_ended(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	struct strv s = { .n = 0 };

	(void)state;
	for (size_t i = 0; i < 100; i++) {
		assert_int_equal(strv_add(&a, &s, i % 2 ? "odd" : "even"), 0);
		assert_int_equal(s.n, i + 1);
		assert_null(s.v[i + 1]);
	}
	assert_string_equal(s.v[0], "even");
	assert_string_equal(s.v[99], "odd");
}

static void membership_is_exact(void **state)
{
	const char *v[] = { "rw", "nosuid" };

	(void)state;
	assert_true(strv_has(v, 2, "nosuid"));
	assert_false(strv_has(v, 1, "nosuid"));
	assert_false(strv_has(v, 2, "no"));
	assert_false(strv_has(NULL, 0, "no"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_stay_null_ended),
		cmocka_unit_test(membership_is_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
