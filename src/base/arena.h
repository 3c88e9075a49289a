/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that dies together. */
#ifndef DAVIT_BASE_ARENA_H
#define DAVIT_BASE_ARENA_H

#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>

struct arena_block;
struct arena {
	struct arena_block *blocks;
	char *at;
	size_t left;
	bool dirty; /* what is left is the caller's memory, and has to be zeroed */
};
#define ARENA_INIT ((struct arena){ .blocks = NULL })
#define auto_arena __attribute__((cleanup(arena_done)))

/*
 * Begin with size bytes at first, aligned for any type, which are the caller's and must live as
 * long as the arena: a command that needs little asks malloc for nothing. a is ARENA_INIT.
 */
void arena_use(struct arena *a, void *first, size_t size);
/* size zeroed bytes, aligned for any type; NULL without memory. size 0 gives a pointer. */
void *arena_alloc(struct arena *a, size_t size);
/* n * size zeroed bytes, overflow checked; NULL without memory. */
void *arena_array(struct arena *a, size_t n, size_t size);
/* A copy of s (NULL stays NULL); NULL without memory. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
void *arena_memdup(struct arena *a, const void *p, size_t n);
/* A formatted copy; NULL without memory. */
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
/*
 * Grow an array in the arena: returns the array with room for n + 1 elements of size
 * (doubling; the old place is left behind), element n zeroed; NULL without memory.
 * array is NULL (n 0) or came from arena_grow() itself: its capacity is told from n.
 */
void *arena_grow(struct arena *a, void *array, size_t n, size_t size);
/* Free everything at once; the arena can be used again. */
void arena_done(struct arena *a);

#endif
