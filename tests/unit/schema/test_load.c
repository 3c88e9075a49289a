/* SPDX-License-Identifier: Apache-2.0 */
/* Loading by rows: values, faults with their places, hints. */
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
#include "base/cleanup.h"
#include "base/err.h"
#include "json/json.h"
#include "schema/schema.h"
#include "zoo.h"

static int load(struct arena *a, const char *text, const struct schema_load_opts *opts,
	struct zoo *zoo, struct error *e)
{
	struct json_doc doc;

	*zoo = (struct zoo){ .at = NULL };
	assert_int_equal(json_parse(a, "config.json", text, strlen(text), &doc, NULL), 0);
	return schema_load(&object_zoo, &doc, doc.root, opts, a, zoo, e);
}

static void everything(void **state)
{
	static const char text[] =
		"{\"name\":\"Tierpark\",\"open\":false,\"i32\":-2147483648,"
		"\"i64\":-9223372036854775808,\"u16\":65535,\"u32\":4294967295,"
		"\"u64\":18446744073709551615,\"star\":\"bear\",\"country\":\"mx\","
		"\"gates\":[\"north\",\"\"],\"prices\":[0,4294967295],"
		"\"boss\":{\"kind\":\"lion\",\"mood\":2147483647},"
		"\"animals\":[{\"kind\":\"none\",\"food\":[]},{\"kind\":\"tiger\",\"name\":\"T\"}],"
		"\"signs\":{\"a\":\"b\",\"none\":null,\"\":\"\"},"
		"\"notes\":{\"x\":{\"text\":\"y\",\"pages\":3},"
		"\"null\":null,\"z\":{\"text\":\"\"}}}";
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	struct zoo z;

	(void)state;
	assert_int_equal(load(&a, text, NULL, &z, &e), 0);
	assert_false(err_is(&e));
	assert_int_equal(z.at->type, JSON_OBJECT);
	assert_string_equal(z.name, "Tierpark");
	assert_true(z.has_open && !z.open);
	assert_true(z.has_i32 && z.i32 == INT32_MIN);
	assert_true(z.has_i64 && z.i64 == INT64_MIN);
	assert_true(z.has_u16 && z.u16 == UINT16_MAX);
	assert_true(z.has_u32 && z.u32 == UINT32_MAX);
	assert_true(z.has_u64 && z.u64 == UINT64_MAX);
	assert_true(z.has_star && z.star == 7);
	assert_true(z.has_country && z.country == 12);
	assert_int_equal(z.n_gates, 2);
	assert_string_equal(z.gates[0], "north");
	assert_string_equal(z.gates[1], "");
	assert_null(z.gates[2]);
	assert_int_equal(z.n_prices, 2);
	assert_int_equal(z.prices[1], UINT32_MAX);
	assert_int_equal(z.boss->kind, 1);
	assert_int_equal(z.boss->mood, INT32_MAX);
	assert_false(z.boss->has_food);
	assert_int_equal(z.n_animals, 2);
	assert_true(z.animals[0].has_food && z.animals[0].n_food == 0);
	assert_null(z.animals[0].food[0]);
	assert_string_equal(z.animals[1].name, "T");
	assert_string_equal(z.animals[1].at->first->key, "kind");
	assert_int_equal(z.n_signs, 2);
	assert_string_equal(z.signs[0].key, "a");
	assert_string_equal(z.signs[0].value, "b");
	assert_string_equal(z.signs[1].key, "");
	assert_int_equal(z.n_notes, 2);
	assert_string_equal(z.notes[0].name, "x");
	assert_int_equal(z.notes[0].pages, 3);
	assert_string_equal(z.notes[1].name, "z");
}

static void absent_and_null_are_the_same(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	struct zoo z;

	(void)state;
	assert_int_equal(
		load(&a,
			"{\"name\":\"x\",\"open\":null,\"i32\":null,\"gates\":null,"
			"\"boss\":null,\"animals\":null,\"signs\":null,\"star\":null}",
			NULL, &z, NULL),
		0);
	assert_false(z.has_open || z.has_i32 || z.has_gates || z.has_animals ||
		     z.has_signs || z.has_star);
	assert_null(z.boss);
	assert_null(z.gates);
}

static const struct {
	const char *text, *line, *hint;
} faults[] = {
	{ "[]", "config.json:1:1: expected an object, found an array", NULL },
	{ "{}", "config.json:1:1: the required member \"name\" is missing", NULL },
	{ "{\"name\":null}", "config.json:1:1: the required member \"name\" is missing",
		NULL },
	{ "{\"name\":1}", "config.json:1:9: name: expected a string, found a number",
		NULL },
	{ "{\"name\":\"\",\n\"open\":\"yes\"}",
		"config.json:2:8: open: expected a boolean, found a string", NULL },
	{ "{\"name\":\"\",\"u16\":70000}",
		"config.json:1:18: u16: expected an integer from 0 to 65535, found 70000",
		NULL },
	{ "{\"name\":\"\",\"u16\":-1}",
		"config.json:1:18: u16: expected an integer from 0 to 65535, found -1",
		NULL },
	{ "{\"name\":\"\",\"u16\":\"1\"}",
		"config.json:1:18: u16: expected an integer, found a string", NULL },
	{ "{\"name\":\"\",\"u16\":1.0}",
		"config.json:1:18: u16: expected an integer, found 1.0", NULL },
	{ "{\"name\":\"\",\"u64\":1e400}",
		"config.json:1:18: u64: expected an integer, found 1e400", NULL },
	{ "{\"name\":\"\",\"i32\":2147483648}",
		"config.json:1:18: i32: expected an integer from -2147483648 to 2147483647, found "
		"2147483648",
		NULL },
	{ "{\"name\":\"\",\"i32\":-2147483649}",
		"config.json:1:18: i32: expected an integer from -2147483648 to 2147483647, found "
		"-2147483649",
		NULL },
	{ "{\"name\":\"\",\"u32\":4294967296}",
		"config.json:1:18: u32: expected an integer from 0 to 4294967295, found 4294967296",
		NULL },
	{ "{\"name\":\"\",\"i64\":9223372036854775808}",
		"config.json:1:18: i64: expected an integer from -9223372036854775808 to "
		"9223372036854775807, found 9223372036854775808",
		NULL },
	{ "{\"name\":\"\",\"u64\":18446744073709551616}",
		"config.json:1:18: u64: expected an integer from 0 to 18446744073709551615, found "
		"18446744073709551616",
		NULL },
	{ "{\"name\":\"\",\"u64\":111111111122222222223333333333444444444455555555556666666666777"
	  "7}",
		"config.json:1:18: u64: expected an integer from 0 to 18446744073709551615, found "
		"1111111111222222222233333333334444444444555555555566666666667777",
		NULL },
	{ "{\"name\":\"\",\"u64\":111111111122222222223333333333444444444455555555556666666666777"
	  "78}",
		"config.json:1:18: u64: expected an integer from 0 to 18446744073709551615, found "
		"1111111111222222222233333333334444444444555555555566666666667777...",
		NULL },
	{ "{\"name\":\"\",\"star\":\"lino\"}",
		"config.json:1:19: star: expected none, lion, tiger or bear, found \"lino\"",
		"did you mean \"lion\"?" },
	{ "{\"name\":\"\",\"star\":\"whale\"}",
		"config.json:1:19: star: expected none, lion, tiger or bear, found \"whale\"",
		NULL },
	{ "{\"name\":\"\",\"star\":1}",
		"config.json:1:19: star: expected a string, found a number", NULL },
	{ "{\"name\":\"\",\"country\":\"Danmark\"}",
		"config.json:1:22: country: unknown country \"Danmark\"",
		"did you mean \"denmark\"?" },
	{ "{\"name\":\"\",\"gates\":\"north\"}",
		"config.json:1:20: gates: expected an array of strings, found a string",
		NULL },
	{ "{\"name\":\"\",\"gates\":[\"a\",2]}",
		"config.json:1:25: gates[1]: expected a string, found a number", NULL },
	{ "{\"name\":\"\",\"gates\":[null]}",
		"config.json:1:21: gates[0]: expected a string, found null", NULL },
	{ "{\"name\":\"\",\"prices\":{}}",
		"config.json:1:21: prices: expected an array of integers, found an object",
		NULL },
	{ "{\"name\":\"\",\"prices\":[1,-1]}",
		"config.json:1:24: prices[1]: expected an integer from 0 to 4294967295, found -1",
		NULL },
	{ "{\"name\":\"\",\"boss\":[]}",
		"config.json:1:19: boss: expected an object, found an array", NULL },
	{ "{\"name\":\"\",\"boss\":{}}",
		"config.json:1:19: boss: the required member \"kind\" is missing", NULL },
	{ "{\"name\":\"\",\"animals\":{}}",
		"config.json:1:22: animals: expected an array of objects, found an object",
		NULL },
	{ "{\"name\":\"\",\"animals\":[{\"kind\":\"lion\"},{\"kind\":\"bear\",\"mood\":true}]}",
		"config.json:1:61: animals[1].mood: expected an integer, found a boolean",
		NULL },
	{ "{\"name\":\"\",\"animals\":[null]}",
		"config.json:1:23: animals[0]: expected an object, found null", NULL },
	{ "{\"name\":\"\",\"signs\":[]}",
		"config.json:1:20: signs: expected an object of strings, found an array",
		NULL },
	{ "{\"name\":\"\",\"signs\":{\"org.x\":1}}",
		"config.json:1:29: signs[\"org.x\"]: expected a string, found a number",
		NULL },
	{ "{\"name\":\"\",\"notes\":[]}",
		"config.json:1:20: notes: expected an object of objects, found an array",
		NULL },
	{ "{\"name\":\"\",\"notes\":{\"a\":{}}}",
		"config.json:1:25: notes.a: the required member \"text\" is missing",
		NULL },
};

static void each_fault_has_its_place(void **state)
{
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		auto_arena struct arena a = ARENA_INIT;
		auto_error struct error e = ERROR_INIT;
		auto_buf struct buf b = BUF_INIT;
		struct zoo z;

		assert_int_equal(load(&a, faults[i].text, NULL, &z, &e), -EINVAL);
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_int_equal(e.all_faults, 1);
		assert_int_equal(err_line(&e, &b), 0);
		if (strcmp(b.p, faults[i].line) != 0) {
			print_error("got  %s\nwant %s\n", b.p, faults[i].line);
			failed++;
		}
		assert_int_equal(e.hint == NULL, faults[i].hint == NULL);
		if (e.hint)
			assert_string_equal(e.hint, faults[i].hint);
		assert_int_equal(load(&a, faults[i].text, NULL, &z, NULL), -EINVAL);
	}
	assert_int_equal(failed, 0);
}

static void all_faults_are_told(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	auto_buf struct buf b = BUF_INIT;
	struct zoo z;

	(void)state;
	assert_int_equal(load(&a,
				 "{\"open\":1,\"gates\":[1,2],\"boss\":{\"mood\":\"x\"},"
				 "\"animals\":[1,{\"kind\":\"lion\"}]}",
				 NULL, &z, &e),
		-EINVAL);
	assert_int_equal(e.all_faults, 7);
	assert_int_equal(err_text(&e, &b), 0);
	assert_string_equal(b.p,
		"config.json:1:9: open: expected a boolean, found a number (and 6 more)\n"
		"config.json:1:20: gates[0]: expected a string, found a number\n"
		"config.json:1:22: gates[1]: expected a string, found a number\n"
		"config.json:1:40: boss.mood: expected an integer, found a string\n"
		"config.json:1:32: boss: the required member \"kind\" is missing\n"
		"config.json:1:56: animals[0]: expected an object, found a number\n"
		"config.json:1:1: the required member \"name\" is missing\n");
}

static void note_unknown(void *arg, const struct json_value *v, const char *nearest)
{
	buf_addf(arg, "%s->%s ", v->key, nearest ? nearest : "?");
}

static void unknown_members_are_only_told(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	auto_buf struct buf b = BUF_INIT;
	const struct schema_load_opts opts = { .unknown = note_unknown, .arg = &b };
	static const char text[] =
		"{\"name\":\"\",\"Name\":1,\"gate\":2,\"elephants\":3,"
		"\"notes\":{\"n\":{\"text\":\"\",\"name\":\"\",\"page\":null}},"
		"\"signs\":{\"anything\":\"\"}}";
	struct zoo z;

	(void)state;
	assert_int_equal(load(&a, text, NULL, &z, &e), 0);
	assert_int_equal(load(&a, text, &opts, &z, &e), 0);
	/* The key of a note is no member of it. */
	assert_string_equal(
		b.p, "Name->name gate->gates elephants->? name->? page->pages ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything),
		cmocka_unit_test(absent_and_null_are_the_same),
		cmocka_unit_test(each_fault_has_its_place),
		cmocka_unit_test(all_faults_are_told),
		cmocka_unit_test(unknown_members_are_only_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
