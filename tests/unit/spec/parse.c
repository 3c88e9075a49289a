/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations made of one fragment. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

#include "parse.h"

#define TOP_BEGIN "{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"rootfs\"}, "
#define NAMESPACES                                                                 \
	"\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"pid\"}, {\"type\": " \
	"\"network\"}, {\"type\": \"ipc\"}, {\"type\": \"uts\"}, {\"type\": \"cgroup\"}]"
#define PROCESS_BEGIN "\"process\": {\"cwd\": \"/\", \"args\": [\"true\"]"

static const struct {
	const char *before, *after;
} around[] = {
	[TOP] = { TOP_BEGIN PROCESS_BEGIN "}, \"linux\": {" NAMESPACES "},\n", "\n}" },
	[PROCESS] = { TOP_BEGIN "\"linux\": {" NAMESPACES "}, " PROCESS_BEGIN ",\n",
		"\n}}" },
	[LINUX] = { TOP_BEGIN PROCESS_BEGIN "}, \"linux\": {" NAMESPACES ",\n", "\n}}" },
	[BARE] = { TOP_BEGIN PROCESS_BEGIN "},\n", "\n}" },
	[WHOLE] = { "\n", "\n" },
};

char *case_text(struct arena *a, const struct spec_case *t, unsigned *column)
{
	const char *mark = strchr(t->fragment, '^');
	size_t before = mark ? (size_t)(mark - t->fragment) : 0;
	char *text;

	*column = mark ? (unsigned)before + 1 : 0;
	text = arena_printf(a, "%s%.*s%s%s", around[t->part].before, (int)before,
		t->fragment, mark ? mark + 1 : t->fragment, around[t->part].after);
	assert_non_null(text);
	return text;
}

static void fail_case(const struct spec_case *t, const char *text, const struct error *e)
{
	auto_buf struct buf b = BUF_INIT;

	if (err_is(e))
		assert_int_equal(err_text(e, &b), 0);
	fail_msg("%s\n%s\n%s", t->fragment, text, b.p ? b.p : "accepted");
}

void case_check(const struct spec_case *t)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	struct spec s;
	unsigned column;
	char *text = case_text(&a, t, &column);
	int r = spec_parse("config.json", text, strlen(text), NULL, &a, &s, &e);

	if (!t->path) {
		if (r != 0)
			fail_case(t, text, &e);
		assert_false(err_is(&e));
		return;
	}
	if (r != -EINVAL || !e.path || strcmp(e.path, t->path) != 0 || !e.text ||
		!strstr(e.text, t->text) || e.all_faults != (t->faults ? t->faults : 1))
		fail_case(t, text, &e);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_string_equal(e.file, "config.json");
	if (column && (e.line != 2 || e.column != column))
		fail_case(t, text, &e);
}

void cases_check(const struct spec_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		case_check(&cases[i]);
}

static void collect(void *arg, const struct err_place *where, const char *text)
{
	struct buf *b = arg;

	assert_int_equal(buf_addf(b, "%s: %s\n", where->path, text), 0);
	assert_string_equal(where->file, "config.json");
}

char *warnings_of(struct arena *a, const char *text)
{
	auto_buf struct buf b = BUF_INIT;
	auto_error struct error e = ERROR_INIT;
	struct spec_warnings w = { .fn = collect, .arg = &b };
	struct spec s;

	if (spec_parse("config.json", text, strlen(text), &w, a, &s, &e) != 0)
		fail_msg("%s\n%s: %s", text, e.path, e.text);
	return arena_strdup(a, b.p ? b.p : "");
}

void case_warns(enum part part, const char *fragment, const char *text)
{
	auto_arena struct arena a = ARENA_INIT;
	struct spec_case t = { .part = part, .fragment = fragment };
	unsigned column;
	char *warnings = warnings_of(&a, case_text(&a, &t, &column));

	if (!strstr(warnings, text))
		fail_msg("%s: no warning \"%s\" in:\n%s", fragment, text, warnings);
}
