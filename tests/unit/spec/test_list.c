/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of CPUs and memory nodes. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "spec/list.h"

static void add(void *arg, unsigned first, unsigned last)
{
	assert_int_equal(buf_addf(arg, "[%u-%u]", first, last), 0);
}

static void lists(void **state)
{
	static const struct {
		const char *text;
		int n;
		const char *ranges;
	} cases[] = {
		{ "", 0, "" },
		{ " , ,", 0, "" },
		{ "0", 1, "[0-0]" },
		{ "0-3,7", 2, "[0-3][7-7]" },
		{ " 0 - 3 , 7 ", 2, "[0-3][7-7]" },
		{ "7,0-3,7", 3, "[7-7][0-3][7-7]" },
		{ "100", 1, "[100-100]" },
		{ "101", -ERANGE, "" },
		{ "0-101", -ERANGE, "" },
		{ "99999999999999999999", -ERANGE, "" },
		{ "3-1", -EINVAL, "" },
		{ "0-", -EINVAL, "" },
		{ "-1", -EINVAL, "" },
		{ "0--1", -EINVAL, "" },
		{ "0-1-2", -EINVAL, "" },
		{ "0 1", -EINVAL, "" },
		{ "a", -EINVAL, "" },
		{ "0x1", -EINVAL, "" },
		{ "0\n", -EINVAL, "" },
		{ "0-3:2/4", -EINVAL, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_buf struct buf b = BUF_INIT;
		int n = spec_list_each(cases[i].text, 100, add, &b);

		if (n != cases[i].n)
			fail_msg("\"%s\" gives %d", cases[i].text, n);
		if (n > 0)
			assert_string_equal(b.p, cases[i].ranges);
		assert_int_equal(spec_list_each(cases[i].text, 100, NULL, NULL), n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
