/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a login name in the text of passwd(5). */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "host/internal.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "# a comment\n"
			     ":x:7:7::/:\n"
			     "broken:x\n"
			     "sign:x:+9:9::/:\n"
			     "long:x:4294967296:0::/:\n"
			     "first:x:1000:1000::/home:/bin/sh\n"
			     "second:x:1000:1000::/home:/bin/sh\n"
			     "last:x:4294967294:1";

static const char *find(struct arena *a, uint32_t uid)
{
	char copy[sizeof(passwd)];

	memcpy(copy, passwd, sizeof(passwd));
	return host_user_find(a, copy, uid);
}

static void finds_the_first_of_an_id(void **state)
{
	auto_arena struct arena a = ARENA_INIT;

	(void)state;
	assert_string_equal(find(&a, 0), "root");
	assert_string_equal(find(&a, 1000), "first");
	assert_string_equal(find(&a, 4294967294u), "last");
}

static void passes_over_broken_lines(void **state)
{
	auto_arena struct arena a = ARENA_INIT;

	(void)state;
	assert_null(find(&a, 7));
	assert_null(find(&a, 9));
	assert_null(find(&a, 1));
}

static void an_unknown_user_has_an_empty_name(void **state)
{
	auto_arena struct arena a = ARENA_INIT;

	(void)state;
	assert_string_equal(host_user_name(&a, 4040404040u), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_first_of_an_id),
		cmocka_unit_test(passes_over_broken_lines),
		cmocka_unit_test(an_unknown_user_has_an_empty_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
