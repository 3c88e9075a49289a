/* SPDX-License-Identifier: Apache-2.0 */
/* NULL-ended string lists in an arena. */
#include "config.h"

#include "base/strv.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

int strv_add(struct arena *a, struct strv *s, const char *text)
{
	size_t size;
	char *copy;
	char **v;

	if (s->n + 1 >= s->size) {
		size = s->size ? s->size * 2 : 8;
		v = size > s->size ? arena_array(a, size, sizeof(*v)) : NULL;
		if (!v)
			return -ENOMEM;
		if (s->n)
			memcpy(v, s->v, s->n * sizeof(*v));
		s->v = v;
		s->size = size;
	}
	copy = arena_strdup(a, text);
	if (!copy)
		return -ENOMEM;
	s->v[s->n++] = copy;
	s->v[s->n] = NULL;
	return 0;
}

bool strv_has(const char *const *v, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(v[i], text) == 0)
			return true;
	}
	return false;
}
