/* SPDX-License-Identifier: Apache-2.0 */
/* Closed sets of names: name to number and back, nearest name for hints. */
#ifndef DAVIT_BASE_TABLE_H
#define DAVIT_BASE_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* Longer than any name; a unit test looks at each table of names. */
#define TABLE_NAME 44

/* No pointer: nothing for the loader to write to when a program starts. */
struct table_entry {
	char name[TABLE_NAME];
	int id;
};

struct table {
	const char *what; /* "capability", for messages */
	const struct table_entry *entries;
	size_t n;
};

#define TABLE(what_, entries_)                                                    \
	{                                                                         \
		.what = (what_), .entries = (entries_), .n = ARRAY_SIZE(entries_) \
	}

/* The number of name (exact match), or -ENOENT. Ids are never negative. */
int table_id(const struct table *t, const char *name);
/* The first name with this id, or NULL. */
const char *table_name(const struct table *t, int id);
/* The nearest name within an edit distance of 3 (and under half of the length), or NULL. */
const char *table_suggest(const struct table *t, const char *name);
/* The nearest of n names to name by the same rule, or NULL. */
const char *table_nearest(const char *const *names, size_t n, const char *name);

#endif
