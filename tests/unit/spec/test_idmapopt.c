/* SPDX-License-Identifier: Apache-2.0 */
/* Mappings in a mount option: what is one, and what is none. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "spec/idmapopt.h"

static void check_line(const struct idmapopt_line *l, uint32_t from, uint32_t to,
	uint32_t size, bool rel)
{
	assert_int_equal(l->from, from);
	assert_int_equal(l->to, to);
	assert_int_equal(l->size, size);
	assert_int_equal(l->relative, rel);
}

static void takes(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	struct idmapopt o;

	(void)state;
	assert_int_equal(
		idmapopt_parse(&a, "gids=0-4294967294-1;uids=@1-2-3#4-5-6", &o, NULL), 0);
	assert_int_equal(o.n_uids, 2);
	assert_int_equal(o.n_gids, 1);
	check_line(&o.uids[0], 1, 2, 3, true);
	check_line(&o.uids[1], 4, 5, 6, false);
	check_line(&o.gids[0], 0, 4294967294, 1, false);
	assert_int_equal(
		idmapopt_parse(&a, "uids=0-0-4294967295;gids=0-0-1", &o, NULL), 0);
	check_line(&o.uids[0], 0, 0, 4294967295, false);
}

static const char *const wrong[] = {
	"",
	";",
	"uids=0-0-1",
	"gids=0-0-1",
	"uids=0-0-1;",
	"uids=0-0-1;gids=",
	"uids=;gids=0-0-1",
	"uids=0-0-1;uids=0-0-1",
	"uids=0-0-1;gids=0-0-1;",
	"uids=0-0-1;gids=0-0-1;x=1",
	"uids=0-0-1,gids=0-0-1",
	"uids=0-0-1#;gids=0-0-1",
	"uids=#0-0-1;gids=0-0-1",
	"uids=0-0-0;gids=0-0-1",
	"uids=0-0;gids=0-0-1",
	"uids=0-0-1-1;gids=0-0-1",
	"uids=@@0-0-1;gids=0-0-1",
	"uids=0-@0-1;gids=0-0-1",
	"uids=-1-0-1;gids=0-0-1",
	"uids= 0-0-1;gids=0-0-1",
	"uids=0x1-0-1;gids=0-0-1",
	"uids=0-4294967295-1;gids=0-0-1",
	"uids=0-4294967294-2;gids=0-0-1",
	"uids=4294967294-0-2;gids=0-0-1",
	"uids=0-0-4294967296;gids=0-0-1",
	"uids=0-0-00000000000000000001;gids=0-0-1",
};

static void refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		auto_arena struct arena a = ARENA_INIT;
		auto_error struct error e = ERROR_INIT;
		struct idmapopt o;

		if (idmapopt_parse(&a, wrong[i], &o, &e) != -EINVAL)
			fail_msg("\"%s\" was taken", wrong[i]);
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_non_null(strstr(e.text, "idmap="));
	}
}

static void limits(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	struct idmapopt o;
	char text[341 * 12 + 32];
	size_t n = 0;

	(void)state;
	n += (size_t)snprintf(text, sizeof(text), "gids=0-0-1;uids=");
	for (int i = 0; i < 340; i++)
		n += (size_t)snprintf(
			text + n, sizeof(text) - n, "%s%d-%d-1", i ? "#" : "", i, i);
	assert_int_equal(idmapopt_parse(&a, text, &o, NULL), 0);
	assert_int_equal(o.n_uids, 340);
	snprintf(text + n, sizeof(text) - n, "#340-340-1");
	assert_int_equal(idmapopt_parse(&a, text, &o, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes),
		cmocka_unit_test(refuses),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
