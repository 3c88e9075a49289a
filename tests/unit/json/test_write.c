/* SPDX-License-Identifier: Apache-2.0 */
/* Writing JSON: the bytes are a contract with users of hooks. */
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
#include "json/json.h"

static void state_of_a_container(struct json_w *w)
{
	json_w_object(w);
	json_w_kstr(w, "ociVersion", "1.3.0");
	json_w_kstr(w, "id", "we/b\"\\\n\x01\x7f");
	json_w_ki64(w, "pid", -42);
	json_w_ku64(w, "max", UINT64_MAX);
	json_w_kbool(w, "up", true);
	json_w_key(w, "none");
	json_w_null(w);
	json_w_kstr(w, "nil", NULL);
	json_w_key(w, "empty");
	json_w_object(w);
	json_w_end_object(w);
	json_w_key(w, "list");
	json_w_array(w);
	json_w_i64(w, INT64_MIN);
	json_w_array(w);
	json_w_end_array(w);
	json_w_str(w, "");
	json_w_end_array(w);
	json_w_end_object(w);
}

static void compact_bytes(void **state)
{
	auto_buf struct buf b = BUF_INIT;
	struct json_w *w = json_w_open(0);

	(void)state;
	buf_adds(&b, "before ");
	state_of_a_container(w);
	assert_int_equal(json_w_close(w, &b), 0);
	assert_string_equal(b.p,
		"before {\"ociVersion\":\"1.3.0\","
		"\"id\":\"we/b\\\"\\\\\\n\\u0001\x7f\",\"pid\":-42,"
		"\"max\":18446744073709551615,\"up\":true,\"none\":null,\"nil\":null,"
		"\"empty\":{},\"list\":[-9223372036854775808,[],\"\"]}");
}

static void indented_bytes(void **state)
{
	auto_buf struct buf b = BUF_INIT;
	struct json_w *w = json_w_open(2);

	(void)state;
	state_of_a_container(w);
	assert_int_equal(json_w_close(w, &b), 0);
	assert_string_equal(b.p, "{\n"
				 "  \"ociVersion\": \"1.3.0\",\n"
				 "  \"id\": \"we/b\\\"\\\\\\n\\u0001\x7f\",\n"
				 "  \"pid\": -42,\n"
				 "  \"max\": 18446744073709551615,\n"
				 "  \"up\": true,\n"
				 "  \"none\": null,\n"
				 "  \"nil\": null,\n"
				 "  \"empty\": {},\n"
				 "  \"list\": [\n"
				 "    -9223372036854775808,\n"
				 "    [],\n"
				 "    \"\"\n"
				 "  ]\n"
				 "}");
	buf_done(&b);
	w = json_w_open(2);
	json_w_array(w);
	json_w_end_array(w);
	assert_int_equal(json_w_close(w, &b), 0);
	assert_string_equal(b.p, "[]");
}

static void ill_formed_text_is_repaired(void **state)
{
	auto_buf struct buf b = BUF_INIT;
	struct json_w *w = json_w_open(0);

	(void)state;
	json_w_array(w);
	json_w_str(w, "a\xff\xc3\xa4\xed\xa0\x80");
	json_w_strn(w, "x\0y", 3);
	json_w_strn(w, "\xe2\x82", 2);
	json_w_strn(w, "", 0);
	json_w_end_array(w);
	assert_int_equal(json_w_close(w, &b), 0);
	assert_string_equal(b.p,
		"[\"a\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\","
		"\"x\\u0000y\",\"\xef\xbf\xbd\xef\xbf\xbd\",\"\"]");
}

static void a_tree_comes_back_as_it_was(void **state)
{
	static const char text[] =
		"{\"a\":[1,-0,1e400,1.50,true,false,null,\"\xc3\xa4\\n\",{},[]],"
		"\"b\":{\"c\":{\"\":\"\"}}}";
	auto_arena struct arena a = ARENA_INIT;
	auto_buf struct buf b = BUF_INIT;
	struct json_doc doc;
	struct json_w *w = json_w_open(0);

	(void)state;
	assert_int_equal(json_parse(&a, "f", text, strlen(text), &doc, NULL), 0);
	json_w_value(w, doc.root);
	assert_int_equal(json_w_close(w, &b), 0);
	assert_string_equal(b.p, text);
}

static void refused(struct json_w *w)
{
	auto_buf struct buf b = BUF_INIT;

	assert_int_equal(json_w_close(w, &b), -EINVAL);
	assert_int_equal(b.len, 0);
}

static void misuse_sticks(void **state)
{
	struct json_w *w;
	auto_buf struct buf b = BUF_INIT;

	(void)state;
	refused(json_w_open(0)); /* nothing written */

	w = json_w_open(0);
	json_w_object(w);
	refused(w);

	w = json_w_open(0);
	json_w_object(w);
	json_w_key(w, "a");
	json_w_end_object(w);
	refused(w);

	w = json_w_open(0);
	json_w_object(w);
	json_w_str(w, "a");
	json_w_str(w, "b");
	json_w_end_object(w);
	refused(w);

	w = json_w_open(0);
	json_w_object(w);
	json_w_end_array(w);
	refused(w);

	w = json_w_open(0);
	json_w_array(w);
	json_w_key(w, "a");
	json_w_end_array(w);
	refused(w);

	w = json_w_open(0);
	json_w_end_array(w);
	json_w_null(w);
	refused(w);

	w = json_w_open(0);
	json_w_null(w);
	json_w_null(w);
	refused(w);

	w = json_w_open(0);
	for (int i = 0; i < 200; i++)
		json_w_array(w);
	for (int i = 0; i < 200; i++)
		json_w_end_array(w);
	refused(w);

	json_w_kstr(NULL, "a", "b");
	json_w_object(NULL);
	json_w_end_object(NULL);
	assert_int_equal(json_w_close(NULL, &b), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compact_bytes),
		cmocka_unit_test(indented_bytes),
		cmocka_unit_test(ill_formed_text_is_repaired),
		cmocka_unit_test(a_tree_comes_back_as_it_was),
		cmocka_unit_test(misuse_sticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
