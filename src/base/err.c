/* SPDX-License-Identifier: Apache-2.0 */
/* The error object: filling, joining and freeing it. */
#include "config.h"

#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define FAULTS_KEPT 20

__attribute__((format(printf, 1, 0))) static char *format(const char *fmt, va_list ap)
{
	char *s;

	return vasprintf(&s, fmt, ap) < 0 ? NULL : s;
}

static char *copy(const char *s)
{
	return s ? strdup(s) : NULL;
}

/* Replace *to by s, which is owned from now on. */
static void put(char **to, char *s)
{
	free(*to);
	*to = s;
}

static void set_place(struct error *e, const struct err_place *where)
{
	put(&e->file, copy(where->file));
	put(&e->path, copy(where->path));
	e->line = where->line;
	e->column = where->column;
}

/* A fresh error in place of what e held. text may have been made from e's own strings. */
static int fill(struct error *e, enum err_kind kind, int code, char *text)
{
	err_done(e);
	e->kind = kind;
	e->code = code < 0 ? code : -EIO;
	e->text = text;
	return e->code;
}

int err_sys(struct error *e, int errnum, const char *call, const char *fmt, ...)
{
	char *text, *name;
	va_list ap;

	if (errnum <= 0)
		errnum = EIO;
	if (!e)
		return -errnum;
	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	name = strdup(call ? call : "");
	fill(e, ERR_SYSTEM, -errnum, text);
	e->call = name;
	return -errnum;
}

int err_set(struct error *e, enum err_kind kind, int code, const char *fmt, ...)
{
	char *text;
	va_list ap;

	if (!e)
		return code < 0 ? code : -EIO;
	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	return fill(e, kind, code, text);
}

int err_verbatim(struct error *e, enum err_kind kind, int code, const char *fmt, ...)
{
	char *text;
	va_list ap;

	if (!e)
		return code < 0 ? code : -EIO;
	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	fill(e, kind, code, text);
	e->verbatim = true;
	return e->code;
}

int err_at(struct error *e, const struct err_place *where, const char *fmt, ...)
{
	struct error fresh = ERROR_INIT;
	va_list ap;

	if (!e)
		return -EINVAL;
	va_start(ap, fmt);
	fill(&fresh, ERR_CONFIG, -EINVAL, format(fmt, ap));
	va_end(ap);
	if (where)
		set_place(&fresh, where);
	err_move(e, &fresh);
	return e->code;
}

void err_place(struct error *e, const struct err_place *where)
{
	if (!err_is(e) || !where || e->file || e->path || e->line)
		return;
	set_place(e, where);
}

int err_wrap(struct error *e, const char *fmt, ...)
{
	auto_free char *text = NULL;
	char *both = NULL;
	va_list ap;

	if (!e)
		return -EIO;
	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	if (!e->code)
		return fill(e, ERR_SYSTEM, -EIO, take_ptr(&text));
	if (!e->doing)
		put(&e->doing, take_ptr(&text));
	else if (text && asprintf(&both, "%s: %s", text, e->doing) >= 0)
		put(&e->doing, both);
	return e->code;
}

void err_step(struct error *e, const char *fmt, ...)
{
	va_list ap;

	if (!err_is(e) || e->step)
		return;
	va_start(ap, fmt);
	e->step = format(fmt, ap);
	va_end(ap);
}

void err_hint(struct error *e, const char *fmt, ...)
{
	va_list ap;

	if (!err_is(e) || e->hint)
		return;
	va_start(ap, fmt);
	e->hint = format(fmt, ap);
	va_end(ap);
}

/* All but the list of faults. */
static void copy_fields(struct error *to, const struct error *from)
{
	*to = (struct error){
		.code = from->code,
		.kind = from->kind,
		.text = copy(from->text),
		.doing = copy(from->doing),
		.call = copy(from->call),
		.step = copy(from->step),
		.hint = copy(from->hint),
		.file = copy(from->file),
		.path = copy(from->path),
		.line = from->line,
		.column = from->column,
		.verbatim = from->verbatim,
	};
}

static void append(struct error *e, const struct error *fault)
{
	struct error *faults;

	e->all_faults++;
	if (e->n_faults == FAULTS_KEPT)
		return;
	faults = realloc(e->faults, (e->n_faults + 1) * sizeof(*faults));
	if (!faults)
		return;
	e->faults = faults;
	copy_fields(&faults[e->n_faults++], fault);
}

void err_add_fault(struct error *e, const struct error *fault)
{
	if (!e || !fault->code)
		return;
	if (!e->code) {
		err_done(e);
		copy_fields(e, fault);
	} else if (e->all_faults == 0) {
		/* e was told alone until now: its own fault becomes the first of the list. */
		append(e, e);
	}
	append(e, fault);
}

void err_move(struct error *dst, struct error *src)
{
	if (dst == src)
		return;
	if (!dst) {
		err_done(src);
		return;
	}
	err_done(dst);
	*dst = *src;
	*src = ERROR_INIT;
}

static void free_fields(struct error *e)
{
	free(e->text);
	free(e->doing);
	free(e->call);
	free(e->step);
	free(e->hint);
	free(e->file);
	free(e->path);
}

void err_done(struct error *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->n_faults; i++)
		free_fields(&e->faults[i]);
	free(e->faults);
	free_fields(e);
	*e = ERROR_INIT;
}
