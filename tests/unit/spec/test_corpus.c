/* SPDX-License-Identifier: Apache-2.0 */
/* What engines really write: each configuration of tests/golden/configs is accepted. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

#include "parse.h"

static void dump(const struct spec *s, struct buf *out)
{
	struct json_w *w = json_w_open(0);

	assert_non_null(w);
	schema_dump(&object_spec_config, s->config, w);
	assert_int_equal(json_w_close(w, out), 0);
}

/* Docker 20.10 sets its network up in a prestart hook; Buildah asks for ambient capabilities
 * that are not inheritable. Nothing else is odd. */
static void no_warning(void *arg, const struct err_place *where, const char *text)
{
	if (strcmp(where->path, "hooks.prestart") != 0 &&
		strcmp(where->path, "process.capabilities.ambient") != 0)
		fail_msg("%s: %s: %s", (const char *)arg, where->path, text);
}

/* Accepted, and what is stored of it reads back as the same. */
static void check_file(int dir, const char *name)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	auto_buf struct buf first = BUF_INIT;
	auto_buf struct buf second = BUF_INIT;
	char arg[64] = "";
	struct spec_warnings w = { .fn = no_warning, .arg = arg };
	struct spec s, again;

	snprintf(arg, sizeof(arg), "%.63s", name);
	if (spec_open(dir, name, name, &w, &a, &s, &e) != 0)
		fail_msg("%s:%u:%u: %s: %s", name, e.line, e.column, e.path, e.text);
	dump(&s, &first);
	if (spec_parse(name, first.p, first.len, NULL, &a, &again, &e) != 0)
		fail_msg("%s, dumped: %s: %s", name, e.path, e.text);
	dump(&again, &second);
	assert_string_equal(first.p, second.p);
}

static void corpus(void **state)
{
	const char *source = getenv("DAVIT_TEST_SRCDIR");
	auto_arena struct arena a = ARENA_INIT;
	auto_dir DIR *d = NULL;
	struct dirent *de;
	size_t n = 0;

	(void)state;
	d = opendir(arena_printf(&a, "%s/tests/golden/configs", source ? source : "."));
	assert_non_null(d);
	while ((de = readdir(d))) {
		size_t len = strlen(de->d_name);

		if (len < 5 || strcmp(de->d_name + len - 5, ".json") != 0)
			continue;
		check_file(dirfd(d), de->d_name);
		n++;
	}
	assert_true(n >= 27);
}

/* The default configuration too. */
static void default_round_trip(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_buf struct buf text = BUF_INIT;
	auto_buf struct buf first = BUF_INIT;
	auto_buf struct buf second = BUF_INIT;
	struct spec s, again;

	(void)state;
	assert_int_equal(spec_default(false, &text), 0);
	assert_int_equal(spec_parse("x", text.p, text.len, NULL, &a, &s, NULL), 0);
	dump(&s, &first);
	assert_int_equal(spec_parse("x", first.p, first.len, NULL, &a, &again, NULL), 0);
	dump(&again, &second);
	assert_string_equal(first.p, second.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(corpus),
		cmocka_unit_test(default_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
