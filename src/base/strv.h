/* SPDX-License-Identifier: Apache-2.0 */
/* NULL-ended string lists in an arena. */
#ifndef DAVIT_BASE_STRV_H
#define DAVIT_BASE_STRV_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct strv {
	char **v; /* NULL-ended when n > 0 */
	size_t n, size;
};

/* Append a copy. -ENOMEM. */
int strv_add(struct arena *a, struct strv *s, const char *text);
/* Is text among the n strings of v? */
bool strv_has(const char *const *v, size_t n, const char *text);

#endif
