/* SPDX-License-Identifier: Apache-2.0 */
/* The described objects of tests/unit/schema, as a part of a fuzz target. */
#ifndef DAVIT_TESTS_FUZZ_ZOO_H
#define DAVIT_TESTS_FUZZ_ZOO_H

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "json/json.h"
#include "schema/schema.h"

#include "../unit/schema/zoo.h"

#include "../unit/schema/zoo.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void zoo_dump(const void *zoo, struct buf *out)
{
	struct json_w *w = json_w_open(0);

	schema_dump(&object_zoo, zoo, w);
	if (json_w_close(w, out) < 0)
		abort();
}

/* An aligned copy of exactly len bytes. */
static inline char *zoo_aligned(const void *p, size_t len)
{
	void *copy = NULL;

	if (posix_memalign(&copy, 16, len ? len : 1) != 0)
		abort();
	memcpy(copy, p, len);
	return copy;
}

/* zoo has to come through an image as it is. */
static inline void zoo_through_image(const void *zoo)
{
	auto_buf struct buf image = BUF_INIT, again = BUF_INIT, before = BUF_INIT,
			    after = BUF_INIT;
	auto_free char *copy = NULL;
	const void *root;

	zoo_dump(zoo, &before);
	if (schema_pack(&object_zoo, zoo, &image) < 0)
		abort();
	copy = zoo_aligned(image.p, image.len);
	if (schema_unpack(&object_zoo, copy, image.len, &root) < 0)
		abort();
	zoo_dump(root, &after);
	if (strcmp(before.p, after.p) != 0)
		abort();
	/* One struct has one image. */
	if (schema_pack(&object_zoo, root, &again) < 0 || again.len != image.len ||
		memcmp(again.p, image.p, image.len) != 0)
		abort();
}

#endif
