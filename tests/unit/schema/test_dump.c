/* SPDX-License-Identifier: Apache-2.0 */
/* Dump and walk: rows back to JSON, rows one by one. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "json/json.h"
#include "schema/schema.h"
#include "zoo.h"

static void dump(const struct object *object, const void *in, struct buf *out)
{
	struct json_w *w = json_w_open(0);

	buf_done(out);
	schema_dump(object, in, w);
	assert_int_equal(json_w_close(w, out), 0);
}

static void what_was_loaded_comes_back(void **state)
{
	static const char text[] =
		"{\"name\":\"N\",\"open\":false,\"i32\":-1,\"i64\":-9223372036854775808,\"u16\":0,"
		"\"u32\":4294967295,\"u64\":18446744073709551615,"
		"\"star\":\"none\",\"country\":\"at\","
		"\"gates\":[],\"prices\":[3,0],\"boss\":{\"kind\":\"lion\",\"name\":\"\"},"
		"\"animals\":[{\"kind\":\"none\",\"mood\":0,\"food\":[\"a\"]}],"
		"\"signs\":{\"k\":\"v\"},"
		"\"notes\":{\"n\":{\"text\":\"t\"},\"m\":{\"text\":\"\",\"pages\":0}}}";
	auto_arena struct arena a = ARENA_INIT;
	auto_buf struct buf b = BUF_INIT;
	struct zoo z = { .at = NULL };
	struct json_doc doc;

	(void)state;
	assert_int_equal(json_parse(&a, "f", text, strlen(text), &doc, NULL), 0);
	assert_int_equal(schema_load(&object_zoo, &doc, doc.root, NULL, &a, &z, NULL), 0);
	dump(&object_zoo, &z, &b);
	assert_string_equal(b.p, text);
}

static void rows_without_a_flag_appear_when_set(void **state)
{
	auto_buf struct buf b = BUF_INIT;
	const char *tools[] = { "rake", "hose" };
	uint32_t rooms[] = { 4 };
	struct zoo_animal animal = { .kind = 2, .has_kind = true };
	struct kv env[] = { { "A", "1" } };
	struct zoo_step s = { .what = NULL };

	(void)state;
	dump(&object_zoo_step, &s, &b);
	assert_string_equal(b.p, "{}");
	s = (struct zoo_step){
		.what = "feed",
		.done = true,
		.i32 = -3,
		.i64 = INT64_MIN,
		.u32 = 5,
		.u64 = UINT64_MAX,
		.kind = 7,
		.tools = tools,
		.n_tools = 2,
		.rooms = rooms,
		.n_rooms = 1,
		.first = &animal,
		.animals = &animal,
		.n_animals = 1,
		.env = env,
		.n_env = 1,
		.photo = "\0\1\2",
		.n_photo = 3,
		.at_line = 9,
		.at_column = 8,
		.at_path = "a.b",
	};
	dump(&object_zoo_step, &s, &b);
	assert_string_equal(b.p,
		"{\"what\":\"feed\",\"done\":true,\"i32\":-3,\"i64\":-9223372036854775808,"
		"\"u32\":5,"
		"\"u64\":18446744073709551615,\"kind\":\"bear\",\"tools\":[\"rake\",\"hose\"],"
		"\"rooms\":[4],\"first\":{\"kind\":\"tiger\"},\"animals\":[{\"kind\":\"tiger\"}],"
		"\"env\":{\"A\":\"1\"},\"photo\":3,\"at_line\":9,"
		"\"at_column\":8,\"at_path\":\"a.b\"}");
	s = (struct zoo_step){ .kind = 3 };
	dump(&object_zoo_step, &s, &b);
	assert_string_equal(b.p, "{\"kind\":3}");
}

static void numbers_are_shown_by_name(void **state)
{
	uint32_t days[] = { 3, 0, 2 };
	auto_buf struct buf b = BUF_INIT;
	struct zoo_sign s = { .kind = 0 };

	(void)state;
	/* What 0 means is told where it has a name. */
	dump(&object_zoo_sign, &s, &b);
	assert_string_equal(b.p, "{\"kind\":\"none\"}");
	s = (struct zoo_sign){
		.kind = 7,
		.colour = 3,
		.colours = 1 | 1 << 30,
		.more = UINT64_C(1) << 40 | 3,
		.kinds = 1 << 0 | 1 << 2 | 1 << 7 | 1 << 8,
		.mode = 0644,
		.days = days,
		.n_days = 3,
	};
	dump(&object_zoo_sign, &s, &b);
	assert_string_equal(b.p,
		"{\"kind\":\"bear\",\"colour\":\"purple\","
		"\"colours\":[\"red\",\"white\"],\"more\":[\"purple\",\"0x10000000000\"],"
		"\"kinds\":[\"none\",\"tiger\",\"bear\",\"0x100\"],\"mode\":\"0644\","
		"\"days\":[\"purple\",0,\"blue\"]}");
	/* What has no name is the number that it is. */
	s = (struct zoo_sign){ .kind = 3, .colour = UINT32_MAX, .colours = 4 };
	dump(&object_zoo_sign, &s, &b);
	assert_string_equal(
		b.p, "{\"kind\":3,\"colour\":4294967295,\"colours\":[\"0x4\"]}");
	s = (struct zoo_sign){ .kind = -1 };
	dump(&object_zoo_sign, &s, &b);
	assert_string_equal(b.p, "{\"kind\":-1}");
}

static int note(
	void *arg, const struct object *o, const struct row *row, const char *path)
{
	(void)row;
	return buf_addf(arg, "%s %s\n", o->texts, path);
}

static void each_row_has_a_path(void **state)
{
	auto_buf struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(schema_each(&object_zoo, note, &b), 0);
	assert_non_null(strstr(b.p, "zoo name\nzoo open\n"));
	assert_non_null(
		strstr(b.p, "zoo boss\nzoo_animal boss.kind\nzoo_animal boss.name\n"));
	assert_non_null(strstr(b.p, "zoo animals\nzoo_animal animals[].kind\n"));
	assert_non_null(
		strstr(b.p, "zoo notes\nzoo_note notes{}.name\nzoo_note notes{}.text\n"));
	assert_non_null(strstr(b.p, "zoo_animal steps[].animals[].food\n"));
	assert_null(strstr(b.p, ".."));
}

static int stop_at_boss(
	void *arg, const struct object *o, const struct row *row, const char *path)
{
	(void)o;
	(void)row;
	++*(unsigned *)arg;
	return strcmp(path, "boss.name") == 0 ? 42 : 0;
}

static void a_visitor_stops_the_walk(void **state)
{
	unsigned seen = 0;

	(void)state;
	assert_int_equal(schema_each(&object_zoo, stop_at_boss, &seen), 42);
	assert_int_equal(seen, 14);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_loaded_comes_back),
		cmocka_unit_test(rows_without_a_flag_appear_when_set),
		cmocka_unit_test(numbers_are_shown_by_name),
		cmocka_unit_test(each_row_has_a_path),
		cmocka_unit_test(a_visitor_stops_the_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
