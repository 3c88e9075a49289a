/* SPDX-License-Identifier: Apache-2.0 */
/* Lexical paths. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/path.h"

static void cleaning(void **state)
{
	static const struct {
		const char *in, *clean, *resolved;
	} cases[] = {
		{ "/", "/", "/" },
		{ "", ".", "." },
		{ ".", ".", "." },
		{ "./", ".", "." },
		{ "//", "/", "/" },
		{ "/./", "/", "/" },
		{ "/a//b/./c/", "/a/b/c", "/a/b/c" },
		{ "a/./b", "a/b", "a/b" },
		{ "./a", "a", "a" },
		{ "/..", "/..", "/" },
		{ "/../../a", "/../../a", "/a" },
		{ "/a/../b", "/a/../b", "/b" },
		{ "/a/b/../../..", "/a/b/../../..", "/" },
		{ "a/..", "a/..", "." },
		{ "a/../..", "a/../..", ".." },
		{ "../../a/..", "../../a/..", "../.." },
		{ "a/b/../c", "a/b/../c", "a/c" },
		{ "/a/...", "/a/...", "/a/..." },
		{ "/..a/b..", "/..a/b..", "/..a/b.." },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_arena struct arena a = ARENA_INIT;

		assert_string_equal(path_clean(&a, cases[i].in), cases[i].clean);
		assert_string_equal(
			path_resolve_lexical(&a, cases[i].in), cases[i].resolved);
	}
}

static void joining(void **state)
{
	auto_arena struct arena a = ARENA_INIT;

	(void)state;
	assert_string_equal(path_join(&a, "/a", "b"), "/a/b");
	assert_string_equal(path_join(&a, "/a/", "b"), "/a/b");
	assert_string_equal(path_join(&a, "/a//", "b/c"), "/a/b/c");
	assert_string_equal(path_join(&a, "/", "b"), "/b");
	assert_string_equal(path_join(&a, "//", "b"), "/b");
	assert_string_equal(path_join(&a, "", "b"), "b");
	assert_string_equal(path_join(&a, "/a", "/b"), "/b");
}

static void below_goes_by_components(void **state)
{
	(void)state;
	assert_true(path_is_below("/a", "/a"));
	assert_true(path_is_below("/a/b", "/a"));
	assert_true(path_is_below("/a/b", "/"));
	assert_true(path_is_below("/", "/"));
	assert_false(path_is_below("/ab", "/a"));
	assert_false(path_is_below("/", "/a"));
	assert_false(path_is_below("/b/a", "/a"));
}

static void dotdot_goes_by_components(void **state)
{
	(void)state;
	assert_true(path_has_dotdot(".."));
	assert_true(path_has_dotdot("/a/../b"));
	assert_true(path_has_dotdot("a/.."));
	assert_false(path_has_dotdot("/a/..b/c.."));
	assert_false(path_has_dotdot("..."));
	assert_false(path_has_dotdot(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cleaning),
		cmocka_unit_test(joining),
		cmocka_unit_test(below_goes_by_components),
		cmocka_unit_test(dotdot_goes_by_components),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
