/* SPDX-License-Identifier: Apache-2.0 */
/* Which entries of a list are the same. */
#include "config.h"

#include "base/twins.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

struct entry {
	const char *text;
	size_t len, at;
};

static int compare_text(const struct entry *x, const struct entry *y)
{
	int r = memcmp(x->text, y->text, x->len < y->len ? x->len : y->len);

	return r ? r : (x->len > y->len) - (x->len < y->len);
}

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int r = compare_text(x, y);

	return r ? r : (x->at > y->at) - (x->at < y->at);
}

struct twins *twins_find(struct arena *a, const char *const *list, size_t n, char end)
{
	struct entry *sorted = arena_array(a, n, sizeof(*sorted));
	struct twins *out = arena_array(a, n, sizeof(*out));

	if (!sorted || !out)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const char *stop = strchr(list[i], end);

		sorted[i].text = list[i];
		sorted[i].len = stop ? (size_t)(stop - list[i]) : strlen(list[i]);
		sorted[i].at = i;
	}
	if (n)
		qsort(sorted, n, sizeof(*sorted), compare);
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && compare_text(&sorted[i], &sorted[k]) == 0;)
			k++;
		for (size_t m = i; m < k; m++)
			out[sorted[m].at] = (struct twins){ .first = sorted[i].at,
				.last = sorted[k - 1].at };
	}
	return out;
}
