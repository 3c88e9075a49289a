/* SPDX-License-Identifier: Apache-2.0 */
/* Which entries of a list are the same. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/twins.h"

static void first_and_last_are_told(void **state)
{
	static const char *const list[] = { "b=1", "a", "b=2", "bb=1", "", "b", "b=1",
		"" };
	static const struct twins up_to[] = { { 0, 6 }, { 1, 1 }, { 0, 6 }, { 3, 3 },
		{ 4, 7 }, { 0, 6 }, { 0, 6 }, { 4, 7 } };
	static const struct twins whole[] = { { 0, 6 }, { 1, 1 }, { 2, 2 }, { 3, 3 },
		{ 4, 7 }, { 5, 5 }, { 0, 6 }, { 4, 7 } };
	const size_t n = sizeof(list) / sizeof(list[0]);
	auto_arena struct arena a = ARENA_INIT;
	const struct twins *x = twins_find(&a, list, n, '=');
	const struct twins *y = twins_find(&a, list, n, '\0');

	(void)state;
	assert_non_null(x);
	assert_non_null(y);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(x[i].first, up_to[i].first);
		assert_int_equal(x[i].last, up_to[i].last);
		assert_int_equal(y[i].first, whole[i].first);
		assert_int_equal(y[i].last, whole[i].last);
	}
	assert_non_null(twins_find(&a, NULL, 0, '\0'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_and_last_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
