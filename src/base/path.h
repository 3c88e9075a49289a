/* SPDX-License-Identifier: Apache-2.0 */
/* Lexical paths only: nothing here asks the kernel. */
#ifndef DAVIT_BASE_PATH_H
#define DAVIT_BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Drop "//", "/./" and trailing slashes; keeps "..". In arena; NULL without memory. */
char *path_clean(struct arena *a, const char *p);
/* As path_clean, and ".." takes its parent away, never above "/" (for a rooted path). */
char *path_resolve_lexical(struct arena *a, const char *p);
/* a + "/" + b with one slash between; b alone when b is absolute. NULL without memory. */
char *path_join(struct arena *a, const char *dir, const char *name);
/* Is p equal to root or below it, by components (both cleaned)? */
bool path_is_below(const char *p, const char *root);
/* What stands behind the last slash; p itself where there is none. */
const char *path_last(const char *p);
/* Has p a component ".."? */
bool path_has_dotdot(const char *p);
static inline bool path_is_absolute(const char *p)
{
	return p[0] == '/';
}

#endif
