/* SPDX-License-Identifier: Apache-2.0 */
/* Lexical paths only: nothing here asks the kernel. */
#include "config.h"

#include "base/path.h"

#include <string.h>

#include "base/arena.h"

/* The next component at *p (its length through *len), or NULL at the end. */
static const char *component(const char **p, size_t *len)
{
	const char *s = *p + strspn(*p, "/");

	*len = strcspn(s, "/");
	*p = s + *len;
	return *len ? s : NULL;
}

static bool is_dot(const char *s, size_t len)
{
	return len == 1 && s[0] == '.';
}

static bool is_dotdot(const char *s, size_t len)
{
	return len == 2 && s[0] == '.' && s[1] == '.';
}

/* Where the last component of to[0..n) begins, its slash (if not the root's) included. */
static size_t parent_length(const char *to, size_t n)
{
	while (n > 0 && to[n - 1] != '/')
		n--;
	return n > 1 ? n - 1 : n;
}

static bool last_is_dotdot(const char *to, size_t n)
{
	size_t at = n;

	while (at > 0 && to[at - 1] != '/')
		at--;
	return is_dotdot(to + at, n - at);
}

static char *clean(struct arena *a, const char *p, bool resolve)
{
	bool rooted = path_is_absolute(p);
	size_t n = 0, len;
	const char *s;
	char *to;

	to = arena_alloc(a, strlen(p) + 2);
	if (!to)
		return NULL;
	if (rooted)
		to[n++] = '/';
	while ((s = component(&p, &len))) {
		if (is_dot(s, len))
			continue;
		if (resolve && is_dotdot(s, len)) {
			if (rooted && n == 1)
				continue;
			if (n > 0 && !last_is_dotdot(to, n)) {
				n = parent_length(to, n);
				continue;
			}
		}
		if (n > rooted)
			to[n++] = '/';
		memcpy(to + n, s, len);
		n += len;
	}
	if (n == 0)
		to[n++] = '.';
	to[n] = '\0';
	return to;
}

char *path_clean(struct arena *a, const char *p)
{
	return clean(a, p, false);
}

char *path_resolve_lexical(struct arena *a, const char *p)
{
	return clean(a, p, true);
}

char *path_join(struct arena *a, const char *dir, const char *name)
{
	size_t n = strlen(dir);

	if (path_is_absolute(name))
		return arena_strdup(a, name);
	while (n > 1 && dir[n - 1] == '/')
		n--;
	if (n == 0)
		return arena_strdup(a, name);
	return arena_printf(
		a, "%.*s%s%s", (int)n, dir, dir[n - 1] == '/' ? "" : "/", name);
}

bool path_is_below(const char *p, const char *root)
{
	size_t n = strlen(root);

	if (strncmp(p, root, n) != 0)
		return false;
	return p[n] == '\0' || p[n] == '/' || (n > 0 && root[n - 1] == '/');
}

const char *path_last(const char *p)
{
	const char *slash = strrchr(p, '/');

	return slash ? slash + 1 : p;
}

bool path_has_dotdot(const char *p)
{
	const char *s;
	size_t len;

	while ((s = component(&p, &len))) {
		if (is_dotdot(s, len))
			return true;
	}
	return false;
}
