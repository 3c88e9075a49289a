/* SPDX-License-Identifier: Apache-2.0 */
/* Visiting rows: for documents, lints and `davit features`. */
#include "config.h"

#include "schema/schema.h"

#include <errno.h>

#include "base/buf.h"
#include "schema/access.h"

struct walk {
	int (*fn)(void *arg, const struct object *o, const struct row *row,
		const char *path);
	void *arg;
	struct buf path;
	unsigned depth;
};

/* How the path goes on from a row to the rows below it. */
static const char *mark(const struct row *row)
{
	return row->type == ROW_OBJS ? "[]" : row->type == ROW_OBJMAP ? "{}" : "";
}

static void cut(struct buf *path, size_t len)
{
	path->len = len;
	path->p[len] = '\0';
}

static int walk(struct walk *w, const struct object *object)
{
	size_t len = w->path.len;
	int r = 0;

	if (w->depth == SCHEMA_DEPTH_MAX)
		return 0;
	w->depth++;
	for (size_t i = 0; r == 0 && i < object->n; i++) {
		const struct row *row = &object->rows[i];

		r = buf_addf(&w->path, "%s%s", len ? "." : "", row->name);
		if (r == 0)
			r = w->fn(w->arg, object, row, w->path.p);
		if (r == 0 && row->sub) {
			r = buf_adds(&w->path, mark(row));
			if (r == 0)
				r = walk(w, row->sub);
		}
		if (w->path.p)
			cut(&w->path, len);
	}
	w->depth--;
	return r;
}

int schema_each(const struct object *object,
	int (*fn)(void *arg, const struct object *o, const struct row *row,
		const char *path),
	void *arg)
{
	struct walk w = { .fn = fn, .arg = arg };
	int r = walk(&w, object);

	buf_done(&w.path);
	return r;
}
