/* SPDX-License-Identifier: Apache-2.0 */
/* The error object as text, for people and for engines. */
#include "config.h"

#include "base/err.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"

/* Texts hold names from the configuration and the image (J10). */
static int adds(struct buf *out, const char *s)
{
	return buf_add_escaped(out, s, strlen(s));
}

/* "config.json:1:63", with the path behind it after sep. */
static int place(const struct error *e, const char *sep, struct buf *out)
{
	int r = 0;

	if (e->file)
		r = adds(out, e->file);
	if (r == 0 && e->line)
		r = buf_addf(out, "%s%u:%u", e->file ? ":" : "", e->line, e->column);
	if (r == 0 && e->path && e->path[0]) {
		if (e->file || e->line)
			r = buf_adds(out, sep);
		if (r == 0)
			r = adds(out, e->path);
	}
	return r;
}

static bool has_place(const struct error *e)
{
	return e->file || e->line || (e->path && e->path[0]);
}

/* Only a fault of a file begins with its place; elsewhere the place is a line of its own. */
static bool begins_with_place(const struct error *e)
{
	return e->kind == ERR_CONFIG && has_place(e);
}

static int one(const struct error *e, struct buf *out)
{
	int r = 0;

	if (e->doing && !e->verbatim) {
		r = adds(out, e->doing);
		if (r == 0)
			r = buf_adds(out, ": ");
	}
	if (r == 0 && begins_with_place(e) && !e->verbatim) {
		r = place(e, ": ", out);
		if (r == 0)
			r = buf_adds(out, ": ");
	}
	if (r < 0)
		return r;
	r = adds(out, e->text ? e->text : err_name(e->code));
	if (r < 0 || !e->call || e->verbatim)
		return r;
	r = buf_adds(out, ": ");
	if (r == 0 && e->call[0]) {
		r = adds(out, e->call);
		if (r == 0)
			r = buf_adds(out, ": ");
	}
	return r < 0 ? r : buf_adds(out, err_name(e->code));
}

int err_line(const struct error *e, struct buf *out)
{
	int r = one(e, out);

	if (r == 0 && e->all_faults > 1)
		r = buf_addf(out, " (and %zu more)", e->all_faults - 1);
	return r;
}

/* "  where: config.json:67:9 mounts[0]          step: mounts (init)" */
static int where_line(const struct error *e, struct buf *out)
{
	bool where = has_place(e) && (!begins_with_place(e) || e->verbatim);
	int r = 0;

	if (!where && !e->step)
		return 0;
	if (where) {
		r = buf_adds(out, "  where: ");
		if (r == 0)
			r = place(e, " ", out);
	}
	if (r == 0 && e->step) {
		r = buf_adds(out, where ? "          step: " : "  step:  ");
		if (r == 0)
			r = adds(out, e->step);
	}
	return r < 0 ? r : buf_adds(out, "\n");
}

static int hint_line(const struct error *e, struct buf *out)
{
	int r;

	if (!e->hint)
		return 0;
	r = buf_adds(out, "  hint:  ");
	if (r == 0)
		r = adds(out, e->hint);
	return r < 0 ? r : buf_adds(out, "\n");
}

int err_text(const struct error *e, struct buf *out)
{
	int r = err_line(e, out);

	if (r == 0)
		r = buf_adds(out, "\n");
	if (r == 0)
		r = where_line(e, out);
	if (r == 0)
		r = hint_line(e, out);
	/* The first of the list is the line above. */
	for (size_t i = 1; r == 0 && i < e->n_faults; i++) {
		r = one(&e->faults[i], out);
		if (r == 0)
			r = buf_adds(out, "\n");
		if (r == 0)
			r = hint_line(&e->faults[i], out);
	}
	if (r == 0 && e->n_faults && e->all_faults > e->n_faults)
		r = buf_addf(
			out, "(%zu more are not shown)\n", e->all_faults - e->n_faults);
	return r;
}
