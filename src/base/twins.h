/* SPDX-License-Identifier: Apache-2.0 */
/* Which entries of a list are the same. */
#ifndef DAVIT_BASE_TWINS_H
#define DAVIT_BASE_TWINS_H

#include <stddef.h>

struct arena;

/* Of one entry: the places of the first and of the last that is the same. */
struct twins {
	size_t first, last;
};
/*
 * For each of the n texts, up to the character end ('\0': whole). A configuration may have as many
 * entries as it has room for, so that looking for each among all is no way. In arena; NULL without
 * memory.
 */
struct twins *twins_find(struct arena *a, const char *const *list, size_t n, char end);

#endif
