/* SPDX-License-Identifier: Apache-2.0 */
/* The public view of an error. */
#include "config.h"

#include "lib/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "spec/spec.h"

/* Shown where there was no memory even for the object. */
static struct davit_error no_memory = {
	.e = { .code = -ENOMEM, .kind = ERR_SYSTEM },
};

int lib_fail(struct davit_error **err, struct error *e)
{
	int code = e->code < 0 ? e->code : -EIO;

	if (err) {
		*err = calloc(1, sizeof(**err));
		if (*err)
			err_move(&(*err)->e, e);
		else
			*err = &no_memory;
	}
	err_done(e);
	return code;
}

int lib_usage(struct davit_error **err, const char *what)
{
	struct error e = ERROR_INIT;

	err_set(&e, ERR_USAGE, -EINVAL, "%s", what);
	return lib_fail(err, &e);
}

int lib_options(void *to, size_t size, const void *from)
{
	size_t theirs;

	if (!from)
		return 0;
	memcpy(&theirs, from, sizeof(theirs));
	if (theirs < sizeof(theirs) || theirs > 4096)
		return -EINVAL;
	for (size_t i = size; i < theirs; i++) {
		if (((const char *)from)[i])
			return -EINVAL;
	}
	memcpy(to, from, theirs < size ? theirs : size);
	return 0;
}

/* Texts are a cache: making them changes nothing that the caller sees. */
static const char *cached(char **text, struct buf *b, int r)
{
	if (r == 0 && !*text)
		*text = buf_steal(b);
	buf_done(b);
	return *text ? *text : "out of memory";
}

const char *davit_error_line(const struct davit_error *err)
{
	struct davit_error *self = (struct davit_error *)(uintptr_t)err;
	struct buf b = BUF_INIT;
	int r;

	if (!err || err == &no_memory)
		return err ? "out of memory" : "";
	r = self->line ? 0 : err_line(&err->e, &b);
	return cached(&self->line, &b, r);
}

const char *davit_error_text(const struct davit_error *err)
{
	struct davit_error *self = (struct davit_error *)(uintptr_t)err;
	struct buf b = BUF_INIT;
	int r;

	if (!err || err == &no_memory)
		return err ? "out of memory\n" : "";
	r = self->text ? 0 : err_text(&err->e, &b);
	return cached(&self->text, &b, r);
}

static void member(struct json_w *w, const char *key, const char *s)
{
	if (s && s[0])
		json_w_kstr(w, key, s);
}

static void fields(struct json_w *w, const struct error *e)
{
	member(w, "doing", e->doing);
	member(w, "call", e->call);
	if (e->call)
		json_w_kstr(w, "errno", err_name(e->code));
	member(w, "path", e->path);
	member(w, "file", e->file);
	if (e->line) {
		json_w_ku64(w, "line", e->line);
		json_w_ku64(w, "column", e->column);
	}
	member(w, "step", e->step);
	member(w, "hint", e->hint);
}

static int to_json(const struct davit_error *err, struct buf *out)
{
	struct json_w *w = json_w_open(0);

	if (!w)
		return -ENOMEM;
	json_w_object(w);
	json_w_ki64(w, "code", err->e.code);
	json_w_kstr(w, "msg", davit_error_line(err));
	fields(w, &err->e);
	if (err->e.n_faults) {
		json_w_key(w, "faults");
		json_w_array(w);
		for (size_t i = 0; i < err->e.n_faults; i++) {
			const struct error *f = &err->e.faults[i];

			json_w_object(w);
			json_w_kstr(w, "msg", f->text ? f->text : err_name(f->code));
			fields(w, f);
			json_w_end_object(w);
		}
		json_w_end_array(w);
	}
	json_w_end_object(w);
	return json_w_close(w, out);
}

const char *davit_error_json(const struct davit_error *err)
{
	struct davit_error *self = (struct davit_error *)(uintptr_t)err;
	struct buf b = BUF_INIT;
	int r;

	if (!err || err == &no_memory)
		return err ? "{\"msg\":\"out of memory\"}" : "{}";
	r = self->json ? 0 : to_json(err, &b);
	return cached(&self->json, &b, r);
}

int davit_error_code(const struct davit_error *err)
{
	return err ? err->e.code : 0;
}

const struct error *davit_error_parts(const struct davit_error *err)
{
	return err ? &err->e : NULL;
}

void davit_error_free(struct davit_error *err)
{
	if (!err || err == &no_memory)
		return;
	err_done(&err->e);
	free(err->line);
	free(err->text);
	free(err->json);
	free(err);
}

void davit_free(void *p)
{
	free(p);
}
