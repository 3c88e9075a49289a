/* SPDX-License-Identifier: Apache-2.0 */
/* Reading JSON: places, refusals, limits. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "json/json.h"

static void places_are_exact(void **state)
{
	static const char text[] =
		"\n  {\n"
		"\t\"a\" : [ 1,\n   -2.5e3 ,\"x\\\"y\" , { } ],\r\n"
		"\"\xc3\xa4\": true,\"n\":null\n, \"last\"\n:\n\n0 }\n";
	static const struct {
		const char *path;
		unsigned line, column;
	} want[] = {
		{ "", 2, 3 },
		{ "a", 3, 8 },
		{ "a[0]", 3, 10 },
		{ "a[1]", 4, 4 },
		{ "a[2]", 4, 12 },
		{ "a[3]", 4, 21 },
		{ "[\"\xc3\xa4\"]", 5, 7 },
		{ "n", 5, 16 },
		{ "last", 9, 1 },
	};
	auto_arena struct arena a = ARENA_INIT;
	const struct json_value *all[9], *v;
	struct json_doc doc;
	size_t n = 0;

	(void)state;
	assert_int_equal(json_parse(&a, "f", text, strlen(text), &doc, NULL), 0);
	all[n++] = doc.root;
	all[n++] = v = json_get(doc.root, "a");
	assert_int_equal(v->n, 4);
	for (const struct json_value *c = v->first; c; c = c->next)
		all[n++] = c;
	for (v = v->next; v; v = v->next)
		all[n++] = v;
	assert_int_equal(n, 9);
	for (size_t i = 0; i < n; i++) {
		struct err_place where;

		json_where(&a, &doc, all[i], &where);
		assert_string_equal(where.file, "f");
		assert_string_equal(where.path, want[i].path);
		assert_int_equal(where.line, want[i].line);
		assert_int_equal(where.column, want[i].column);
	}
	assert_string_equal(all[3]->text, "-2.5e3");
	assert_string_equal(all[4]->text, "x\"y");
	assert_int_equal(all[4]->len, 3);
}

static void a_value_alone(void **state)
{
	static const struct {
		const char *text;
		enum json_type type;
		unsigned line, column;
	} cases[] = {
		{ "42", JSON_NUMBER, 1, 1 },
		{ " 42 ", JSON_NUMBER, 1, 2 },
		{ "\n\n-0", JSON_NUMBER, 3, 1 },
		{ "true", JSON_BOOL, 1, 1 },
		{ "null", JSON_NULL, 1, 1 },
		{ "\"\"", JSON_STRING, 1, 1 },
		{ "[]", JSON_ARRAY, 1, 1 },
		{ "{}", JSON_OBJECT, 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_arena struct arena a = ARENA_INIT;
		struct json_doc doc;

		assert_int_equal(json_parse(&a, "f", cases[i].text, strlen(cases[i].text),
					 &doc, NULL),
			0);
		assert_int_equal(doc.root->type, cases[i].type);
		assert_int_equal(doc.root->line, cases[i].line);
		assert_int_equal(doc.root->column, cases[i].column);
		assert_null(doc.root->parent);
		assert_int_equal(doc.root->n, 0);
	}
}

static void strings_are_decoded(void **state)
{
	static const char text[] =
		"[\"\\u00e4\\ud83d\\udc27\\/\\n\\\\u0000\", \"\\uD83D\\uDc27\","
		"\"\\\\\", \"\"]";
	auto_arena struct arena a = ARENA_INIT;
	const struct json_value *v;
	struct json_doc doc;

	(void)state;
	assert_int_equal(json_parse(&a, "f", text, strlen(text), &doc, NULL), 0);
	v = doc.root->first;
	assert_string_equal(v->text, "\xc3\xa4\xf0\x9f\x90\xa7/\n\\u0000");
	assert_string_equal(v->next->text, "\xf0\x9f\x90\xa7");
	assert_string_equal(v->next->next->text, "\\");
	assert_string_equal(v->next->next->next->text, "");
}

struct bad {
	const char *text; /* NULL: the next one */
	const char *line; /* what a person reads */
};

static const struct bad bad[] = {
	{ "", "f:1:1: not valid JSON: premature EOF" },
	{ " \n ", "f:2:2: not valid JSON: premature EOF" },
	{ "{\"a\": 1", "f:1:8: not valid JSON: premature EOF" },
	{ "{\"a\": [1, \"x", "f:1:13: a: not valid JSON: premature EOF" },
	{ "{\"a\": 1}\n x", "f:2:2: not valid JSON: trailing garbage" },
	{ "{\"a\": 1} {}", "f:1:10: not valid JSON: trailing garbage" },
	{ "{} ,", "f:1:4: not valid JSON: trailing garbage" },
	{ "\xef\xbb\xbf{}", "f:1:1: not valid JSON: it begins with a byte order mark" },
	{ "{\"a\" 1}",
		"f:1:6: not valid JSON: object key and value must be separated by a "
		"colon (':')" },
	{ "{\"a\":,}",
		"f:1:6: not valid JSON: unallowed token at this point in JSON text" },
	{ "{\"a\":1,}", "f:1:8: not valid JSON: invalid object key (must be a string)" },
	{ "[1,]", "f:1:4: not valid JSON: unallowed token at this point in JSON text" },
	{ "[1 2]", "f:1:4: not valid JSON: after array element, I expect ',' or ']'" },
	{ "[1 \"abc\"]",
		"f:1:4: not valid JSON: after array element, I expect ',' or ']'" },
	{ "[01]", "f:1:3: not valid JSON: after array element, I expect ',' or ']'" },
	{ "[+1]", "f:1:2: not valid JSON: invalid char in json text." },
	{ "[1.]",
		"f:1:2: not valid JSON: malformed number, a digit is required after the "
		"decimal point." },
	{ "[.5]", "f:1:2: not valid JSON: invalid char in json text." },
	{ "[1e]",
		"f:1:2: not valid JSON: malformed number, a digit is required after the "
		"exponent." },
	{ "[-]",
		"f:1:2: not valid JSON: malformed number, a digit is required after the minus "
		"sign." },
	{ "[NaN]", "f:1:2: not valid JSON: invalid char in json text." },
	{ "[truth]", "f:1:2: not valid JSON: invalid string in json text." },
	{ "['a']", "f:1:2: not valid JSON: invalid char in json text." },
	{ "[1] // x", "f:1:5: not valid JSON: trailing garbage" },
	{ "[/* x */1]",
		"f:1:2: not valid JSON: probable comment found in input text, comments "
		"are not enabled." },
	{ "[\v1]", "f:1:2: not valid JSON: a control byte" },
	{ "[\"a\tb\"]", "f:1:4: not valid JSON: invalid character inside string." },
	{ "[\"a\nb\"]", "f:1:4: not valid JSON: invalid character inside string." },
	{ "[\"\\x41\"]",
		"f:1:4: not valid JSON: inside a string, '\\' occurs before a character "
		"which it may not." },
	{ "[\"\\u12g4\"]",
		"f:1:7: not valid JSON: invalid (non-hex) character occurs after "
		"'\\u' inside string." },
	{ "{\"a\":\n [\"\\u0000\"]}", "f:2:4: a string holds a NUL" },
	{ "[\"\\ud83d\"]", "f:1:3: a string holds half a surrogate pair" },
	{ "[\"\\ud83d\\u0041\"]", "f:1:3: a string holds half a surrogate pair" },
	{ "[\"\\ud83dx\\udc27\"]", "f:1:3: a string holds half a surrogate pair" },
	{ "[\"\\udc27\"]", "f:1:3: a string holds half a surrogate pair" },
	{ "[\"\\udc27\\ud83d\"]", "f:1:3: a string holds half a surrogate pair" },
	{ "[\"\\ud83d\\ud83d\"]", "f:1:3: a string holds half a surrogate pair" },
	{ "[\"a\xff\"]", "f:1:4: a string is not UTF-8" },
	{ "[\"\xc0\xaf\"]", "f:1:3: a string is not UTF-8" },
	{ "[\"\xed\xa0\xbd\xed\xb0\xa7\"]", "f:1:3: a string is not UTF-8" },
	{ "[\"\xf4\x90\x80\x80\"]", "f:1:3: a string is not UTF-8" },
	{ "{\"k\xff\":1}", "f:1:4: a string is not UTF-8" },
	{ "{\"a\":1,\"b\":2,\n\"a\":3}",
		"f:2:5: a: the object has two members of this name" },
	{ "{\"x\":{\"\\u0061\":1,\"a\":2}}",
		"f:1:22: x.a: the object has two members of this name" },
	{ "{\"x y\":[{\"\":1,\"\":2}]}",
		"f:1:18: [\"x y\"][0][\"\"]: the object has two members of this name" },
};

static void what_is_wrong_and_where(void **state)
{
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_arena struct arena a = ARENA_INIT;
		auto_error struct error e = ERROR_INIT;
		auto_buf struct buf b = BUF_INIT;
		struct json_doc doc = { .name = "untouched" };
		size_t n = strlen(bad[i].text);
		/* an exact copy, so that a sanitizer sees a read behind the text */
		auto_free char *text = malloc(n ? n : 1);

		memcpy(text, bad[i].text, n);
		assert_int_equal(json_parse(&a, "f", text, n, &doc, &e), -EINVAL);
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_string_equal(doc.name, "untouched");
		assert_int_equal(err_line(&e, &b), 0);
		if (strcmp(b.p, bad[i].line) != 0) {
			print_error("%s\n  got  %s\n  want %s\n", bad[i].text, b.p,
				bad[i].line);
			failed++;
		}
		assert_int_equal(json_parse(&a, "f", text, n, &doc, NULL), -EINVAL);
	}
	assert_int_equal(failed, 0);
}

static void nul_bytes_are_refused(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	struct json_doc doc;

	(void)state;
	assert_int_equal(json_parse(&a, "f", "[\"a\0b\"]", 7, &doc, NULL), -EINVAL);
	assert_int_equal(json_parse(&a, "f", "[1]\0", 4, &doc, NULL), -EINVAL);
	assert_int_equal(json_parse(&a, "f", "\0[1]", 4, &doc, NULL), -EINVAL);
}

/* n times text */
static char *many(const char *text, size_t n)
{
	size_t len = strlen(text);
	char *all = malloc(n * len + 1);

	assert_non_null(all);
	for (size_t i = 0; i < n; i++)
		memcpy(all + i * len, text, len);
	all[n * len] = '\0';
	return all;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void depth_is_limited(void **state)
{
	auto_free char *open = many("[", 1000000);
	auto_free char *objects = many("{\"a\":", 1000000);
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	struct json_doc doc;
	char text[2 * JSON_MAX_DEPTH + 2];
	double start = now();

	(void)state;
	assert_int_equal(json_parse(&a, "f", open, 1000000, &doc, &e), -EINVAL);
	assert_string_equal(e.text, "nested deeper than 64");
	assert_int_equal(e.column, 65);
	assert_int_equal(json_parse(&a, "f", objects, 5000000, &doc, &e), -EINVAL);
	assert_int_equal(e.column, 64 * 5 + 1);
	assert_true(now() - start < 1);
	memset(text, '[', JSON_MAX_DEPTH);
	memset(text + JSON_MAX_DEPTH, ']', JSON_MAX_DEPTH);
	assert_int_equal(json_parse(&a, "f", text, 2 * JSON_MAX_DEPTH, &doc, &e), 0);
}

static void size_is_limited_before_a_look(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	struct json_doc doc;

	(void)state;
	/* One byte is there: nobody may look at it. */
	assert_int_equal(json_parse(&a, "f", "x", (size_t)1 << 30, &doc, &e), -EFBIG);
	assert_string_equal(e.file, "f");
	assert_int_equal(json_parse(&a, "f", "x", JSON_MAX_SIZE + 1, &doc, NULL), -EFBIG);
}

static void values_are_counted(void **state)
{
	auto_free char *items = many("[],", JSON_MAX_NODES);
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	struct json_doc doc;
	size_t n = 3 * (size_t)JSON_MAX_NODES;
	auto_free char *text = malloc(n + 1);

	(void)state;
	text[0] = '[';
	memcpy(text + 1, items, n);
	text[n] = ']';
	assert_int_equal(json_parse(&a, "f", text, n + 1, &doc, &e), -EFBIG);
	assert_string_equal(e.text, "more than 250000 values");
	assert_int_equal(e.column, 3 * (JSON_MAX_NODES - 1) + 2);
	/* No tree is made of what is told by its commas. */
	memset(text, ',', n);
	arena_done(&a);
	assert_int_equal(json_parse(&a, "f", text, n, &doc, &e), -EFBIG);
	assert_int_equal(e.column, JSON_MAX_NODES);
	text[0] = '[';
	memcpy(text + 1, items, n - 1);
	/* one less fits */
	text[n - 3] = ']';
	assert_int_equal(json_parse(&a, "f", text, n - 2, &doc, &e), 0);
	assert_int_equal(doc.root->n, JSON_MAX_NODES - 1);
}

static void many_members_take_no_square_time(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	auto_buf struct buf b = BUF_INIT;
	struct json_doc doc;
	double start;

	(void)state;
	buf_adds(&b, "{");
	for (unsigned i = 0; i < 200000; i++)
		buf_addf(&b, "\"%u\":\n%u,", i, i);
	buf_adds(&b, "\"123\":1}");
	start = now();
	assert_int_equal(json_parse(&a, "f", b.p, b.len, &doc, &e), -EINVAL);
	assert_true(now() - start < 5);
	assert_string_equal(e.path, "[\"123\"]");
	assert_int_equal(e.line, 200001);
	b.len -= strlen(",\"123\":1}");
	buf_adds(&b, "}");
	assert_int_equal(json_parse(&a, "f", b.p, b.len, &doc, &e), 0);
	assert_int_equal(doc.root->n, 200000);
}

static void a_long_string_is_one_value(void **state)
{
	size_t n = JSON_MAX_SIZE - 2;
	auto_arena struct arena a = ARENA_INIT;
	auto_free char *text = malloc(n + 2);
	struct json_doc doc;

	(void)state;
	memset(text, 'x', n + 2);
	text[0] = text[n + 1] = '"';
	assert_int_equal(json_parse(&a, "f", text, n + 2, &doc, NULL), 0);
	assert_int_equal(doc.root->len, n);
	assert_int_equal(strlen(doc.root->text), n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_exact),
		cmocka_unit_test(a_value_alone),
		cmocka_unit_test(strings_are_decoded),
		cmocka_unit_test(what_is_wrong_and_where),
		cmocka_unit_test(nul_bytes_are_refused),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(size_is_limited_before_a_look),
		cmocka_unit_test(values_are_counted),
		cmocka_unit_test(many_members_take_no_square_time),
		cmocka_unit_test(a_long_string_is_one_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
