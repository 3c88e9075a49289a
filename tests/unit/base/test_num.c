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

static void amounts_as_people_write_them(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
		int r;
	} cases[] = {
		{ "0", 0, 0 },
		{ "-1", -1, 0 },
		{ "-2", 0, -EINVAL },
		{ "1024", 1024, 0 },
		{ "10b", 10, 0 },
		{ "10 B", 10, 0 },
		{ "1k", 1024, 0 },
		{ "64MB", INT64_C(64) << 20, 0 },
		{ "64mb", INT64_C(64) << 20, 0 },
		{ "64MiB", INT64_C(64) << 20, 0 },
		{ "64Mi", INT64_C(64) << 20, 0 },
		{ "64 M", INT64_C(64) << 20, 0 },
		{ "64 miB", INT64_C(64) << 20, 0 },
		{ "1.5g", INT64_C(3) << 29, 0 },
		{ "0.5G", INT64_C(1) << 29, 0 },
		{ "0.1k", 102, 0 },
		{ "1.9", 1, 0 },
		{ "1.00000000000000000000000000000000001k", 1024, 0 },
		{ "1t", INT64_C(1) << 40, 0 },
		{ "1P", INT64_C(1) << 50, 0 },
		{ "9223372036854775807", INT64_MAX, 0 },
		{ "9223372036854775808", 0, -ERANGE },
		{ "8191.999999999999999999P", INT64_MAX, 0 },
		{ "8192P", 0, -ERANGE },
		{ "", 0, -EINVAL },
		{ "k", 0, -EINVAL },
		{ ".5k", 0, -EINVAL },
		{ "1.k", 0, -EINVAL },
		{ "1.5.5k", 0, -EINVAL },
		{ "1,5k", 0, -EINVAL },
		{ "1  k", 0, -EINVAL },
		{ "1k ", 0, -EINVAL },
		{ "1 ", 0, -EINVAL },
		{ " 1", 0, -EINVAL },
		{ "+1", 0, -EINVAL },
		{ "1kk", 0, -EINVAL },
		{ "1ib", 0, -EINVAL },
		{ "1bk", 0, -EINVAL },
		{ "1E", 0, -EINVAL },
		{ "1e3", 0, -EINVAL },
		{ "0x10", 0, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t v = 77;

		if (num_amount(cases[i].text, &v) != cases[i].r)
			fail_msg("\"%s\"", cases[i].text);
		if (v != (cases[i].r ? 77 : cases[i].value))
			fail_msg("\"%s\" is %lld", cases[i].text, (long long)v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unsigned_numbers),
		cmocka_unit_test(signed_numbers),
		cmocka_unit_test(sizes),
		cmocka_unit_test(amounts_as_people_write_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
