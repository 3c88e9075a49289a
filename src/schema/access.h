/* SPDX-License-Identifier: Apache-2.0 */
/* Members of a described struct by offset; private to this folder. */
#ifndef DAVIT_SCHEMA_ACCESS_H
#define DAVIT_SCHEMA_ACCESS_H

#include <stdbool.h>
#include <string.h>

#include "schema/schema.h"

/* Objects nest as deep as the rows say; a type that holds itself ends here. */
#define SCHEMA_DEPTH_MAX 64

static inline size_t access_count(const struct row *row, const void *in)
{
	size_t n;

	memcpy(&n, (const char *)in + row->count_offset, sizeof(n));
	return n;
}

static inline void access_set_count(const struct row *row, void *out, size_t n)
{
	memcpy((char *)out + row->count_offset, &n, sizeof(n));
}

/* All pointers to data have one representation on the machines that Linux runs on. */
static inline const void *access_pointer(const struct row *row, const void *in)
{
	const void *p;

	memcpy(&p, (const char *)in + row->offset, sizeof(p));
	return p;
}

static inline void access_set_pointer(const struct row *row, void *out, const void *p)
{
	memcpy((char *)out + row->offset, &p, sizeof(p));
}

static inline bool access_has(const struct row *row, const void *in)
{
	return *((const bool *)((const char *)in + row->has_offset));
}

static inline void access_set_has(const struct row *row, void *out)
{
	if (row->has_offset != ROW_NO_OFFSET)
		*(bool *)((char *)out + row->has_offset) = true;
}

#endif
