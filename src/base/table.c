/* SPDX-License-Identifier: Apache-2.0 */
/* Closed sets of names. */
#include "config.h"

#include "base/table.h"

#include <errno.h>
#include <string.h>

/* Longer names are not compared: no name of ours is. */
#define NAME_LIMIT 64
#define DISTANCE_LIMIT 3

int table_id(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->entries[i].name, name) == 0)
			return t->entries[i].id;
	}
	return -ENOENT;
}

const char *table_name(const struct table *t, int id)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->entries[i].id == id)
			return t->entries[i].name;
	}
	return NULL;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/*
 * Edits that make a out of b: insert, delete, replace, swap neighbours. Letter case is no
 * edit, because "Pid" for "pid" is the most common slip. Lengths are at most NAME_LIMIT.
 */
static unsigned distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned rows[3][NAME_LIMIT + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2], *spare;

	for (size_t j = 0; j <= nb; j++)
		above[j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			char x = lower(a[i - 1]), y = lower(b[j - 1]);
			unsigned d = least(above[j], row[j - 1]) + 1;

			d = least(d, above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == lower(b[j - 2]) &&
				lower(a[i - 2]) == y)
				d = least(d, before[j - 2] + 1);
			row[j] = d;
		}
		spare = before;
		before = above;
		above = row;
		row = spare;
	}
	return above[nb];
}

/* Keep candidate in *best if it is nearer to name than *limit allows. */
static void consider(const char *name, size_t n, const char *candidate, unsigned *limit,
	const char **best)
{
	size_t nc = strlen(candidate);
	unsigned d;

	if (nc > NAME_LIMIT || (nc > n ? nc - n : n - nc) > DISTANCE_LIMIT)
		return;
	d = distance(name, n, candidate, nc);
	if (d < *limit && 2 * d < (n > nc ? n : nc)) {
		*limit = d;
		*best = candidate;
	}
}

const char *table_suggest(const struct table *t, const char *name)
{
	size_t n = strlen(name);
	unsigned limit = DISTANCE_LIMIT + 1;
	const char *best = NULL;

	if (n > NAME_LIMIT)
		return NULL;
	for (size_t i = 0; i < t->n; i++)
		consider(name, n, t->entries[i].name, &limit, &best);
	return best;
}

const char *table_nearest(const char *const *names, size_t n, const char *name)
{
	size_t len = strlen(name);
	unsigned limit = DISTANCE_LIMIT + 1;
	const char *best = NULL;

	if (len > NAME_LIMIT)
		return NULL;
	for (size_t i = 0; i < n; i++)
		consider(name, len, names[i], &limit, &best);
	return best;
}
