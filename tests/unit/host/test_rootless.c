/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of subuid(5), and who else may hand them out. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "host/internal.h"

static size_t parse(const char *text, const char *user, uint32_t uid,
	struct host_range *first, struct host_range *last)
{
	auto_arena struct arena a = ARENA_INIT;
	struct host_range *list = NULL;
	char copy[512];
	size_t n = 0;

	assert_true(strlen(text) < sizeof(copy));
	memcpy(copy, text, strlen(text) + 1);
	assert_int_equal(host_subid_parse(&a, copy, user, uid, &list, &n), 0);
	if (n > 0) {
		*first = list[0];
		*last = list[n - 1];
	}
	return n;
}

static void test_ranges(void **state)
{
	struct host_range first, last;

	(void)state;
	assert_int_equal(parse("a:100000:65536\nme:200000:65536\n1000:5:6\nme:300000:1",
				 "me", 1000, &first, &last),
		3);
	assert_int_equal(first.first, 200000);
	assert_int_equal(first.count, 65536);
	assert_int_equal(last.first, 300000);
	assert_int_equal(last.count, 1);
	assert_int_equal(parse("1000:7:9\n", "", 1000, &first, &last), 1);
	assert_int_equal(first.first, 7);
}

static void test_rubbish(void **state)
{
	static const char *const lines[] = { "", "\n\n", "me", "me:", "me:1",
		"me:1:", "me::1", "me:1:0", "me:-1:5", "me:1:4294967296", "me:x:5",
		"me:1:5:6", ":1:5", "melon:1:5", "mE:1:5", "1001:1:5", "10000:1:5",
		" me:1:5" };
	struct host_range first, last;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(parse(lines[i], "me", 1000, &first, &last), 0);
	/* A user without a name is not everybody. */
	assert_int_equal(parse(":1:5\n", "", 1000, &first, &last), 0);
}

static void test_service(void **state)
{
	static const struct {
		const char *text;
		bool elsewhere;
	} rows[] = {
		{ "", false },
		{ "passwd: files sss\n", false },
		{ "subid: files\n", false },
		{ "subid:\n", false },
		{ "subid: sss\n", true },
		{ "passwd: files\n  subid:\tfiles sss", true },
		{ "#subid: sss\n", false },
		{ "subid: files # sss\n", false },
		{ "subid2: sss\n", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char copy[128];

		memcpy(copy, rows[i].text, strlen(rows[i].text) + 1);
		assert_int_equal(host_subid_service(copy), rows[i].elsewhere);
	}
}

/* The three columns of uid_map as the kernel pads them; the middle one is the outer namespace's. */
static void test_own(void **state)
{
	char text[] =
		"         0       1000          1\n         1     100000      65536\n"
		"rubbish\n 5 6\n 5 x 6\n x 5 6\n 4294967296 0 1\n";
	auto_arena struct arena a = ARENA_INIT;
	struct host_range *out = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(host_own_parse(&a, text, &out, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(out[0].first, 0);
	assert_int_equal(out[0].count, 1);
	assert_int_equal(out[1].first, 1);
	assert_int_equal(out[1].count, 65536);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_rubbish),
		cmocka_unit_test(test_service),
		cmocka_unit_test(test_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
