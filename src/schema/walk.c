/* SPDX-License-Identifier: Apache-2.0 */
/* Visiting rows: for documents, lints and `davit features`. */
#include "config.h"

#include "schema/schema.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "schema/access.h"

const struct object *schema_sub(const struct object *object, const struct row *row)
{
	if (row->type != ROW_OBJ && row->type != ROW_OBJS && row->type != ROW_OBJMAP)
		return NULL;
	return object->links[row - object->rows].sub;
}

const struct table *schema_set(const struct object *object, const struct row *row)
{
	if (row->type != ROW_ENUM && row->show < SHOW_NAME)
		return NULL;
	return object->links[row - object->rows].set;
}

static const char *text_after(const char *text)
{
	return text + strlen(text) + 1;
}

const char *schema_doc(const struct object *object)
{
	return text_after(object->texts);
}

void schema_text(const struct object *object, const struct row *row, struct row_text *out)
{
	const struct row *r = object->rows;

	out->since = text_after(schema_doc(object));
	for (;; r++) {
		out->use = text_after(out->since);
		out->doc = text_after(out->use);
		if (r == row)
			return;
		out->since = text_after(out->doc);
	}
}

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
		const struct object *below = schema_sub(object, row);

		r = buf_addf(&w->path, "%s%s", len ? "." : "", row->name);
		if (r == 0)
			r = w->fn(w->arg, object, row, w->path.p);
		if (r == 0 && below) {
			r = buf_adds(&w->path, mark(row));
			if (r == 0)
				r = walk(w, below);
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
