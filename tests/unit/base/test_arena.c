/* SPDX-License-Identifier: Apache-2.0 */
/* Arena: alignment, zeroes, growth, overflow. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"

static void pieces_are_aligned_and_zero(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	static const size_t sizes[] = { 0, 1, 7, 16, 17, 255, 2000, 3000, 5000, 100000,
		3 };

	(void)state;
	for (unsigned round = 0; round < 50; round++) {
		size_t size = sizes[round % (sizeof(sizes) / sizeof(sizes[0]))];
		unsigned char *p = arena_alloc(&a, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xa5, size);
	}
}

static void pieces_do_not_overlap(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	unsigned char *p[300];

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		p[i] = arena_alloc(&a, i * 7);
		memset(p[i], (int)(i & 255), i * 7);
	}
	for (unsigned i = 0; i < 300; i++) {
		for (unsigned j = 0; j < i * 7; j++)
			assert_int_equal(p[i][j], i & 255);
	}
}

static void overflow_is_refused(void **state)
{
	auto_arena struct arena a = ARENA_INIT;

	(void)state;
	assert_null(arena_array(&a, SIZE_MAX / 4, 8));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 20));
	assert_non_null(arena_array(&a, 0, 8));
}

static void strings_are_copied(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	char text[] = "hello";
	char *s = arena_strdup(&a, text);

	(void)state;
	text[0] = 'j';
	assert_string_equal(s, "hello");
	assert_null(arena_strdup(&a, NULL));
	assert_string_equal(arena_strndup(&a, "hello", 3), "hel");
	assert_string_equal(arena_strndup(&a, "hello", 30), "hello");
	assert_string_equal(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
	assert_memory_equal(arena_memdup(&a, "a\0b", 3), "a\0b", 3);
}

static void growing_keeps_what_was_there(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	uint32_t *v = NULL;

	(void)state;
	for (uint32_t n = 0; n < 1000; n++) {
		v = arena_grow(&a, v, n, sizeof(*v));
		assert_non_null(v);
		assert_int_equal(v[n], 0);
		v[n] = n * 3;
	}
	for (uint32_t n = 0; n < 1000; n++)
		assert_int_equal(v[n], n * 3);
}

static void used_again_after_done(void **state)
{
	struct arena a = ARENA_INIT;

	(void)state;
	assert_non_null(arena_alloc(&a, 100));
	arena_done(&a);
	assert_string_equal(arena_strdup(&a, "again"), "again");
	arena_done(&a);
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_aligned_and_zero),
		cmocka_unit_test(pieces_do_not_overlap),
		cmocka_unit_test(overflow_is_refused),
		cmocka_unit_test(strings_are_copied),
		cmocka_unit_test(growing_keeps_what_was_there),
		cmocka_unit_test(used_again_after_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
