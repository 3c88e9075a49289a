/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: a configuration. What is accepted is stored and read back as the same. */
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "spec/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A warning can be printed: it has a place and a text. */
static void warning(void *arg, const struct err_place *where, const char *text)
{
	(void)arg;
	if (!where->file || !where->path || !text[0])
		abort();
}

static void dump(const struct spec *s, struct buf *out)
{
	struct json_w *w = json_w_open(0);

	if (!w)
		abort();
	schema_dump(&object_spec_config, s->config, w);
	if (json_w_close(w, out) < 0)
		abort();
}

static void stored_is_the_same(const struct spec *s)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_buf struct buf first = BUF_INIT;
	auto_buf struct buf second = BUF_INIT;
	struct spec again;

	dump(s, &first);
	if (spec_parse("stored", first.p, first.len, NULL, &a, &again, NULL) < 0)
		abort();
	dump(&again, &second);
	if (first.len != second.len || memcmp(first.p, second.p, first.len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	struct spec_warnings w = { .fn = warning };
	struct spec s;
	int r = spec_parse("config.json", (const char *)data, size, &w, &a, &s, &e);

	if (r == 0) {
		if (err_is(&e))
			abort();
		stored_is_the_same(&s);
	} else if (e.code != r || !e.text) {
		abort();
	} else {
		auto_buf struct buf text = BUF_INIT;

		if (err_text(&e, &text) < 0)
			abort();
	}
	return 0;
}
