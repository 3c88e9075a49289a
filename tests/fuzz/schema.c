/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: JSON text loaded by rows. What is accepted comes back the same from a dump and
 * from an image; what is refused says where and why.
 */
#include "config.h"

#include <stdint.h>

#include "zoo.h"

static void ignore(void *arg, const struct json_value *v, const char *nearest)
{
	(void)nearest;
	if (!v->key)
		abort();
	++*(unsigned *)arg;
}

static void check_fault(const struct error *e)
{
	auto_buf struct buf text = BUF_INIT;

	if (!err_is(e) || e->all_faults == 0 || !e->line || !e->text ||
		err_text(e, &text) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	auto_buf struct buf once = BUF_INIT, twice = BUF_INIT;
	unsigned unknown = 0;
	const struct schema_load_opts opts = { .unknown = ignore, .arg = &unknown };
	struct zoo first = { .at = NULL }, second = { .at = NULL };
	struct json_doc doc;

	if (json_parse(&a, "fuzz", (const char *)data, size, &doc, NULL) < 0)
		return 0;
	if (schema_load(&object_zoo, &doc, doc.root, &opts, &a, &first, &e) < 0) {
		check_fault(&e);
		return 0;
	}
	zoo_through_image(&first);
	zoo_dump(&first, &once);
	/* The plan of the day has bytes, which JSON cannot say. */
	if (first.n_steps)
		return 0;
	if (json_parse(&a, "again", once.p, once.len, &doc, NULL) < 0 ||
		schema_load(&object_zoo, &doc, doc.root, NULL, &a, &second, NULL) < 0)
		abort();
	zoo_dump(&second, &twice);
	if (strcmp(once.p, twice.p) != 0)
		abort();
	return 0;
}
