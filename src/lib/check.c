/* SPDX-License-Identifier: Apache-2.0 */
/* Checking a bundle: faults and warnings, by callback or as one document. */
#include "config.h"

#include "davit/davit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "lib/internal.h"
#include "run/run.h"
#include "spec/spec.h"

struct check_call {
	void (*fn)(void *arg, const char *file, unsigned line, unsigned column,
		const char *path, const char *text);
	void *arg;
};

static void relay_warning(void *arg, const struct err_place *where, const char *text)
{
	const struct check_call *call = arg;

	if (call->fn)
		call->fn(call->arg, where->file, where->line, where->column, where->path,
			text);
}

static int fail(struct davit_error **err, struct error *e, int r)
{
	if (!err_is(e))
		err_set(e, ERR_BUG, r, "failed without a reason: %s", err_name(r));
	return lib_fail(err, e);
}

int davit_check(const char *bundle, const char *config,
	void (*warning)(void *arg, const char *file, unsigned line, unsigned column,
		const char *path, const char *text),
	void *arg, struct davit_error **err)
{
	struct check_call call = { .fn = warning, .arg = arg };
	const struct spec_warnings warnings = { .fn = relay_warning, .arg = &call };
	struct error e = ERROR_INIT;
	int r = run_check(bundle, config, &warnings, &e);

	if (r < 0)
		return fail(err, &e, r);
	err_done(&e);
	return 0;
}

static void finding(struct json_w *w, const char *file, unsigned line, unsigned column,
	const char *path, const char *text, const char *hint)
{
	json_w_object(w);
	if (file)
		json_w_kstr(w, "file", file);
	if (line) {
		json_w_ku64(w, "line", line);
		json_w_ku64(w, "column", column);
	}
	if (path)
		json_w_kstr(w, "path", path);
	json_w_kstr(w, "text", text);
	if (hint)
		json_w_kstr(w, "hint", hint);
	json_w_end_object(w);
}

struct document {
	struct json_w *w;
	unsigned warnings;
};

static void write_warning(void *arg, const struct err_place *where, const char *text)
{
	struct document *d = arg;

	d->warnings++;
	finding(d->w, where->file, where->line, where->column, where->path, text, NULL);
}

static void write_fault(struct json_w *w, const struct error *e)
{
	auto_buf struct buf text = BUF_INIT;
	/* The text with call and errno, without the place, which has members of its own. */
	struct error bare = *e;

	bare.file = bare.path = NULL;
	bare.line = bare.column = 0;
	bare.faults = NULL;
	bare.n_faults = bare.all_faults = 0;
	if (err_line(&bare, &text) < 0)
		return;
	finding(w, e->file, e->line, e->column, e->path, text.p, e->hint);
}

static void write_faults(struct json_w *w, const struct error *e)
{
	json_w_key(w, "faults");
	json_w_array(w);
	for (size_t i = 0; i < e->n_faults; i++)
		write_fault(w, &e->faults[i]);
	if (e->n_faults == 0 && err_is(e))
		write_fault(w, e);
	json_w_end_array(w);
	if (e->all_faults > e->n_faults)
		json_w_ku64(w, "allFaults", e->all_faults);
}

int davit_check_json(const char *bundle, const char *config, char **json,
	unsigned *warnings, struct davit_error **err)
{
	struct document d = { .w = NULL };
	const struct spec_warnings fn = { .fn = write_warning, .arg = &d };
	auto_buf struct buf out = BUF_INIT;
	struct error e = ERROR_INIT;
	int r, written;

	if (!json)
		return lib_usage(err, "davit_check_json: wrong arguments");
	*json = NULL;
	d.w = json_w_open(2);
	if (!d.w) {
		err_sys(&e, ENOMEM, "malloc", "cannot check a configuration");
		return lib_fail(err, &e);
	}
	json_w_object(d.w);
	json_w_key(d.w, "warnings");
	json_w_array(d.w);
	r = run_check(bundle, config, &fn, &e);
	json_w_end_array(d.w);
	write_faults(d.w, &e);
	json_w_end_object(d.w);
	written = json_w_close(d.w, &out);
	if (written == 0)
		written = buf_adds(&out, "\n");
	if (written < 0 && r == 0)
		r = err_sys(&e, -written, "malloc", "cannot write what was found");
	if (written == 0)
		*json = buf_steal(&out);
	if (warnings)
		*warnings = d.warnings;
	if (r < 0)
		return fail(err, &e, r);
	err_done(&e);
	return 0;
}
