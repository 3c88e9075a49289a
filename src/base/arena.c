/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that dies together: blocks that only grow and are freed at once. */
#include "config.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN 16u
#define BLOCK_MIN 4096u
#define BLOCK_MAX 262144u
/* The first capacity that arena_grow() gives. */
#define GROW_FIRST 4u

struct arena_block {
	struct arena_block *next;
	size_t size; /* usable bytes behind the header */
};

/* The header is padded, so that what follows it is aligned as calloc() aligned it. */
#define HEAD ((sizeof(struct arena_block) + ALIGN - 1) / ALIGN * ALIGN)

static struct arena_block *block_new(struct arena *a, size_t size)
{
	struct arena_block *b;

	if (size > SIZE_MAX - HEAD)
		return NULL;
	b = calloc(1, HEAD + size);
	if (!b)
		return NULL;
	b->size = size;
	b->next = a->blocks;
	a->blocks = b;
	return b;
}

void arena_use(struct arena *a, void *first, size_t size)
{
	a->at = first;
	a->left = size / ALIGN * ALIGN;
	a->dirty = true;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b;
	size_t want;
	void *p;

	if (size > SIZE_MAX - HEAD - ALIGN)
		return NULL;
	size = size ? (size + ALIGN - 1) / ALIGN * ALIGN : ALIGN;
	if (size > a->left) {
		/* Doubling keeps the number of blocks small for large configurations. */
		want = a->blocks ? a->blocks->size * 2 : BLOCK_MIN - HEAD;
		if (want > BLOCK_MAX)
			want = BLOCK_MAX;
		want = want / ALIGN * ALIGN;
		if (size > want / 2) {
			/* A large piece gets its own block; the rest of the current one stays. */
			b = block_new(a, size);
			return b ? (char *)b + HEAD : NULL;
		}
		b = block_new(a, want);
		if (!b)
			return NULL;
		a->at = (char *)b + HEAD;
		a->left = want;
		a->dirty = false;
	}
	p = a->at;
	a->at += size;
	a->left -= size;
	return a->dirty ? memset(p, 0, size) : p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all))
		return NULL;
	return arena_alloc(a, all);
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_memdup(a, s, strlen(s) + 1) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p;

	if (!s)
		return NULL;
	n = strnlen(s, n);
	p = arena_alloc(a, n + 1);
	if (p)
		memcpy(p, s, n);
	return p;
}

void *arena_memdup(struct arena *a, const void *p, size_t n)
{
	void *copy = arena_alloc(a, n);

	if (copy && n)
		memcpy(copy, p, n);
	return copy;
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	p = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
	if (p)
		vsnprintf(p, (size_t)n + 1, fmt, ap);
	return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return p;
}

void *arena_grow(struct arena *a, void *array, size_t n, size_t size)
{
	/* The capacity is the least power of two (from GROW_FIRST) that holds n elements. */
	bool full = n == 0 || (n >= GROW_FIRST && (n & (n - 1)) == 0);
	char *p = array;
	size_t room;

	if (full) {
		room = n ? n : GROW_FIRST / 2;
		if (room > SIZE_MAX / 2)
			return NULL;
		p = arena_array(a, room * 2, size);
		if (!p)
			return NULL;
		if (n)
			memcpy(p, array, n * size);
	}
	memset(p + n * size, 0, size);
	return p;
}

void arena_done(struct arena *a)
{
	struct arena_block *next;

	for (struct arena_block *b = a->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	*a = ARENA_INIT;
}
