/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON tree: members, paths, exact integers. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "json/json.h"

static const struct json_value *parse(struct arena *a, const char *text)
{
	struct json_doc doc = { .root = NULL };

	assert_int_equal(json_parse(a, "f", text, strlen(text), &doc, NULL), 0);
	return doc.root;
}

static void members(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	const struct json_value *v = parse(&a, "{\"a\":1,\"A\":2,\"\":3}");

	(void)state;
	assert_string_equal(json_get(v, "a")->text, "1");
	assert_string_equal(json_get(v, "A")->text, "2");
	assert_string_equal(json_get(v, "")->text, "3");
	assert_null(json_get(v, "b"));
	assert_null(json_get(v->first, "a"));
	assert_null(json_get(NULL, "a"));
}

static void paths(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	const struct json_value *v = parse(&a,
		"{\"linux\":{\"n_1\":[0,[{\"a.b\":{\"x\":1}}]],\"1a\":2,\"q\\\"\\\\\":3}}");
	const struct json_value *l = v->first;
	char long_key[600];
	char *path;

	(void)state;
	assert_string_equal(json_path(&a, v), "");
	assert_string_equal(json_path(&a, l->first->first->next->first->first->first),
		"linux.n_1[1][0][\"a.b\"].x");
	assert_string_equal(json_path(&a, l->first->next), "linux[\"1a\"]");
	assert_string_equal(json_path(&a, l->first->next->next), "linux[\"q\\\"\\\\\"]");
	memset(long_key, 'k', sizeof(long_key));
	memcpy(long_key, "{\"", 2);
	memcpy(long_key + 590, "\":1}", 5);
	path = json_path(&a, parse(&a, long_key)->first);
	assert_int_equal(strlen(path), 2 + 200 + 5);
}

static void integers(void **state)
{
	static const struct {
		const char *text;
		int signed_r;
		int64_t i;
		int unsigned_r;
		uint64_t u;
	} cases[] = {
		{ "0", 0, 0, 0, 0 },
		{ "-0", 0, 0, -ERANGE, 0 },
		{ "-1", 0, -1, -ERANGE, 0 },
		{ "9007199254740993", 0, 9007199254740993, 0, 9007199254740993 },
		{ "9223372036854775807", 0, INT64_MAX, 0, INT64_MAX },
		{ "-9223372036854775808", 0, INT64_MIN, -ERANGE, 0 },
		{ "9223372036854775808", -ERANGE, 0, 0, (uint64_t)INT64_MAX + 1 },
		{ "18446744073709551615", -ERANGE, 0, 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, 0, -ERANGE, 0 },
		{ "1.0", -EINVAL, 0, -EINVAL, 0 },
		{ "1e3", -EINVAL, 0, -EINVAL, 0 },
		{ "-1.5", -EINVAL, 0, -EINVAL, 0 },
		{ "1e400", -EINVAL, 0, -EINVAL, 0 },
		{ "\"1\"", -EINVAL, 0, -EINVAL, 0 },
		{ "true", -EINVAL, 0, -EINVAL, 0 },
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
		auto_arena struct arena a = ARENA_INIT;
		const struct json_value *v = parse(&a, cases[n].text);
		int64_t i = 0;
		uint64_t u = 0;

		assert_int_equal(json_i64(v, &i), cases[n].signed_r);
		assert_true(i == cases[n].i);
		if (strcmp(cases[n].text, "-0") == 0)
			continue;
		assert_int_equal(json_u64(v, &u), cases[n].unsigned_r);
		assert_true(u == cases[n].u);
	}
	{
		auto_arena struct arena a = ARENA_INIT;
		uint64_t u = 7;

		assert_int_equal(json_u64(parse(&a, "-0"), &u), 0);
		assert_int_equal(u, 0);
	}
}

static void a_place_without_a_value(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	const struct json_doc doc = { .name = "f" };
	struct err_place where;

	(void)state;
	json_where(&a, &doc, NULL, &where);
	assert_string_equal(where.file, "f");
	assert_int_equal(where.line, 0);
	assert_null(where.path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members),
		cmocka_unit_test(paths),
		cmocka_unit_test(integers),
		cmocka_unit_test(a_place_without_a_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
