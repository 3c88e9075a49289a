/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: JSON text. What is accepted comes back the same when written and read again. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_tree(const struct json_value *v, unsigned indent, struct buf *out)
{
	struct json_w *w = json_w_open(indent);

	json_w_value(w, v);
	if (json_w_close(w, out) < 0)
		abort();
}

/* The place of each value is where the text has its first byte. */
static void check_places(
	struct arena *a, const struct json_value *v, const char *text, size_t n)
{
	static const char *const first[] = { "n", "tf", "-0123456789", "\"", "[", "{" };
	uint32_t line = 1;
	size_t at = 0;
	int64_t i;
	uint64_t u;

	while (line < v->line) {
		const char *nl = memchr(text + at, '\n', n - at);

		if (!nl)
			abort();
		at = (size_t)(nl - text) + 1;
		line++;
	}
	at += v->column - 1;
	if (at >= n || !strchr(first[v->type], text[at]))
		abort();
	if (v->type == JSON_STRING && strlen(v->text) != v->len)
		abort();
	json_i64(v, &i);
	json_u64(v, &u);
	if (!json_path(a, v))
		abort();
	/* Positions are searched from the begin: only for small trees. */
	for (const struct json_value *c = v->first; c; c = c->next) {
		if (c->parent != v)
			abort();
		check_places(a, c, text, n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_buf struct buf once = BUF_INIT;
	auto_buf struct buf indented = BUF_INIT;
	auto_buf struct buf twice = BUF_INIT;
	struct error e = ERROR_INIT;
	struct json_doc doc, again;

	if (json_parse(&a, "fuzz", (const char *)data, size, &doc, &e) < 0) {
		auto_buf struct buf text = BUF_INIT;

		if (!err_is(&e) || err_text(&e, &text) < 0)
			abort();
		err_done(&e);
		return 0;
	}
	if (size < 4096)
		check_places(&a, doc.root, (const char *)data, size);
	write_tree(doc.root, 0, &once);
	write_tree(doc.root, 2, &indented);
	if (json_parse(&a, "again", indented.p, indented.len, &again, NULL) < 0)
		abort();
	write_tree(again.root, 0, &twice);
	if (once.len != twice.len || memcmp(once.p, twice.p, once.len) != 0)
		abort();
	return 0;
}
