/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: the bytes behind an image's header, which is made right first. */
#include "config.h"

#include <stdint.h>

#include "zoo.h"

/* The header of an image of len bytes: the length is its last word but one. */
static void put_head(char *image, size_t len)
{
	auto_buf struct buf empty = BUF_INIT;
	const struct zoo none = { .at = NULL };
	uint64_t whole = len;
	size_t head;

	if (schema_pack(&object_zoo, &none, &empty) < 0)
		abort();
	head = empty.len - sizeof(none);
	memcpy(image, empty.p, len < head ? len : head);
	if (len >= head)
		memcpy(image + head - 16, &whole, sizeof(whole));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *image = zoo_aligned(data, size);
	const void *root;

	put_head(image, size);
	if (schema_unpack(&object_zoo, image, size, &root) < 0)
		return 0;
	{
		auto_buf struct buf b = BUF_INIT;

		/* Everything that was taken can be read, and packed again. */
		zoo_dump(root, &b);
	}
	zoo_through_image(root);
	return 0;
}
