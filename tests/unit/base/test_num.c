/* SPDX-License-Identifier: Apache-2.0 */
/* Strict numbers. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "base/cleanup.h"
#include "base/num.h"

static void unsigned_numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t max, value;
		int r;
	} cases[] = {
		{ "0", 10, 0, 0 },
		{ "10", 10, 10, 0 },
		{ "11", 10, 0, -ERANGE },
		{ "18446744073709551615", UINT64_MAX, UINT64_MAX, 0 },
		{ "18446744073709551616", UINT64_MAX, 0, -ERANGE },
		{ "99999999999999999999999999", UINT64_MAX, 0, -ERANGE },
		{ "99999999999999999999999999x", UINT64_MAX, 0, -EINVAL },
		{ "", 10, 0, -EINVAL },
		{ "00", 10, 0, -EINVAL },
		{ "01", 10, 0, -EINVAL },
		{ "+1", 10, 0, -EINVAL },
		{ "-1", 10, 0, -EINVAL },
		{ " 1", 10, 0, -EINVAL },
		{ "1 ", 10, 0, -EINVAL },
		{ "1\n", 10, 0, -EINVAL },
		{ "0x1", 10, 0, -EINVAL },
		{ "1e1", 10, 0, -EINVAL },
		{ "1.0", 10, 0, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t v = 77;

		assert_int_equal(num_u64(cases[i].text, cases[i].max, &v), cases[i].r);
		assert_true(v == (cases[i].r ? 77 : cases[i].value));
	}
}

static void signed_numbers(void **state)
{
	static const struct {
		const char *text;
		int64_t min, max, value;
		int r;
	} cases[] = {
		{ "0", -1, 1, 0, 0 },
		{ "-1", -1, 1, -1, 0 },
		{ "-2", -1, 1, 0, -ERANGE },
		{ "2", -1, 1, 0, -ERANGE },
		{ "9223372036854775807", INT64_MIN, INT64_MAX, INT64_MAX, 0 },
		{ "9223372036854775808", INT64_MIN, INT64_MAX, 0, -ERANGE },
		{ "-9223372036854775808", INT64_MIN, INT64_MAX, INT64_MIN, 0 },
		{ "-9223372036854775809", INT64_MIN, INT64_MAX, 0, -ERANGE },
		{ "-0", -1, 1, 0, -EINVAL },
		{ "-", -1, 1, 0, -EINVAL },
		{ "--1", -1, 1, 0, -EINVAL },
		{ "-01", -1, 1, 0, -EINVAL },
		{ "", -1, 1, 0, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t v = 77;

		assert_int_equal(num_i64(cases[i].text, cases[i].min, cases[i].max, &v),
			cases[i].r);
		assert_true(v == (cases[i].r ? 77 : cases[i].value));
	}
}

static void sizes(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
		int r;
	} cases[] = {
		{ "0", 0, 0 },
		{ "-1", -1, 0 },
		{ "-2", 0, -EINVAL },
		{ "1k", 1024, 0 },
		{ "1K", 1024, 0 },
		{ "3m", 3 << 20, 0 },
		{ "2G", INT64_C(2) << 30, 0 },
		{ "1T", INT64_C(1) << 40, 0 },
		{ "9223372036854775807", INT64_MAX, 0 },
		{ "9223372036854775808", 0, -ERANGE },
		{ "8388607T", INT64_C(8388607) << 40, 0 },
		{ "8388608T", 0, -ERANGE },
		{ "", 0, -EINVAL },
		{ "k", 0, -EINVAL },
		{ "1kk", 0, -EINVAL },
		{ "1 k", 0, -EINVAL },
		{ "1P", 0, -EINVAL },
		{ "1.5k", 0, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t v = 77;

		assert_int_equal(num_size(cases[i].text, &v), cases[i].r);
		assert_true(v == (cases[i].r ? 77 : cases[i].value));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unsigned_numbers),
		cmocka_unit_test(signed_numbers),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
