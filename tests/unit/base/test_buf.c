/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers: growth, the NUL, escaping. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

static void bytes_and_text_are_appended(void **state)
{
	auto_buf struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(buf_add(&b, "a\0b", 3), 0);
	assert_int_equal(buf_adds(&b, "cd"), 0);
	assert_int_equal(buf_addf(&b, "%s%d", "x", 42), 0);
	assert_int_equal(b.len, 8);
	assert_memory_equal(b.p, "a\0bcdx42", 9);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(buf_addf(&b, "%05d,", i), 0);
	assert_int_equal(b.len, 8 + 5000 * 6);
	assert_string_equal(b.p + b.len - 6, "04999,");
}

static void reserve_gives_room(void **state)
{
	auto_buf struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(buf_reserve(&b, 1000), 0);
	assert_int_equal(b.p[0], 0);
	memset(b.p, 'x', 1000);
	b.len += 1000;
	assert_int_equal(buf_adds(&b, "y"), 0);
	assert_int_equal(b.p[999], 'x');
	assert_string_equal(b.p + 1000, "y");
	assert_int_equal(buf_reserve(&b, SIZE_MAX - 5), -ENOMEM);
	assert_int_equal(b.len, 1001);
}

static void stolen_bytes_belong_to_the_caller(void **state)
{
	struct buf b = BUF_INIT;
	auto_free char *empty = buf_steal(&b);
	auto_free char *full = NULL;

	(void)state;
	assert_string_equal(empty, "");
	assert_int_equal(buf_adds(&b, "text"), 0);
	full = buf_steal(&b);
	assert_string_equal(full, "text");
	assert_null(b.p);
	assert_int_equal(b.len, 0);
}

static void no_escape_sequence_gets_through(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain \xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\xa7",
			"plain \xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\xa7" },
		{ "\x1b[31mred", "\\x1b[31mred" },
		{ "a\nb\tc\rd\x7f", "a\\x0ab\\x09c\\x0dd\\x7f" },
		/* C1: U+009B acts as ESC [ */
		{ "\xc2\x9b"
		  "31m",
			"\\xc2\\x9b31m" },
		{ "\xc2\xa0", "\xc2\xa0" },
		{ "\x80\xff", "\\x80\\xff" },
		{ "\xc0\xaf", "\\xc0\\xaf" },
		{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
		{ "\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80" },
		{ "cut \xe2\x82", "cut \\xe2\\x82" },
		{ "back\\slash", "back\\slash" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_buf struct buf b = BUF_INIT;

		assert_int_equal(
			buf_add_escaped(&b, cases[i].in, strlen(cases[i].in)), 0);
		assert_string_equal(b.p, cases[i].out);
		assert_int_equal(b.len, strlen(cases[i].out));
	}
}

static void nul_bytes_are_escaped(void **state)
{
	auto_buf struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(buf_add_escaped(&b, "a\0b", 3), 0);
	assert_string_equal(b.p, "a\\x00b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_and_text_are_appended),
		cmocka_unit_test(reserve_gives_room),
		cmocka_unit_test(stolen_bytes_belong_to_the_caller),
		cmocka_unit_test(no_escape_sequence_gets_through),
		cmocka_unit_test(nul_bytes_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
