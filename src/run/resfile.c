/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a running container's cgroup files: changed together, or not at all. */
#include "config.h"

#include "run/resfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/log.h"
#include "sys/cgroupfs.h"

/* A file with a line for each of thousands of disks. */
#define TEXT_MAX 65536

/* Writing this changes the weight, whatever is in force when we begin. */
static bool writes_idle(const struct plan_cgroup *cg)
{
	for (size_t i = 0; i < cg->n_writes; i++)
		if (strcmp(cg->writes[i].file, "cpu.idle") == 0)
			return true;
	return false;
}

/* Does an earlier one change the same file? unified may name what was converted (RES-27). */
static bool is_second(const struct plan_cgroup *cg, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (cg->writes[k].hierarchy == cg->writes[i].hierarchy &&
			strcmp(cg->writes[k].file, cg->writes[i].file) == 0)
			return true;
	return false;
}

/*
 * Engines send all of their limits, some of them again and again, to change one or none: what the
 * file says already is not written. Not under systemd, which writes in between.
 */
static bool in_force(const struct plan_cgroup *cg, size_t i, const char *text, bool idle)
{
	const struct plan_write *w = &cg->writes[i];
	bool change = strcmp(resfile_undo_file(w->file), w->file) != 0;

	return !change && !cg->unit && !w->otherwise && !idle && !is_second(cg, i) &&
	       resfile_has(w->file, text, w->value);
}

int resfile_begin(const struct plan_cgroup *cg, const int *dirs, struct arena *a,
	struct resfile *out, struct error *e)
{
	auto_free char *text = malloc(TEXT_MAX);
	size_t n = cg->n_writes ? cg->n_writes : 1;
	bool idle = writes_idle(cg);

	*out = (struct resfile){ .cg = cg, .dirs = dirs, .arena = a };
	out->old = arena_array(a, n, sizeof(*out->old));
	out->done = arena_array(a, n, sizeof(*out->done));
	out->absent = arena_array(a, n, sizeof(*out->absent));
	if (!text || !out->old || !out->done || !out->absent)
		return err_sys(e, ENOMEM, "malloc", "cannot change the resources");
	for (size_t i = 0; i < cg->n_writes; i++) {
		const struct plan_write *w = &cg->writes[i];
		auto_error struct error found = ERROR_INIT;
		ssize_t r;

		if (w->hierarchy >= cg->n_hierarchies || dirs[w->hierarchy] < 0)
			return err_set(e, ERR_STATE, -ENODEV,
				"cannot write %s: the container has no such cgroup",
				w->file);
		r = cgfs_read(dirs[w->hierarchy], w->file, text, TEXT_MAX, &found);
		/* Absent, or one that can only be written: nothing to put back. The write
		 * tells whether that matters. */
		if (r < 0 && strcmp(resfile_undo_file(w->file), w->file) == 0)
			continue;
		out->done[i] = r >= 0 && in_force(cg, i, text, idle);
		if (!out->done[i])
			out->old[i] = resfile_old(a, w->file, text, w->value);
	}
	return 0;
}

/* 0; 1: absent, which is fine. */
static int write_one(const struct resfile *f, const struct plan_write *w,
	const char *file, const char *value, struct error *e)
{
	const struct plan_hierarchy *h = &f->cg->hierarchies[w->hierarchy];
	struct err_place where = { .file = "config.json", .path = w->at_path };
	int r = cgfs_write(f->dirs[w->hierarchy], file, value, e);

	if (r == -ENOENT && w->optional) {
		err_done(e);
		return 1;
	}
	if (r == -ENOENT)
		err_hint(e, "the kernel or this cgroup lacks the controller");
	if (r < 0) {
		err_wrap(e, "the cgroup %s in %s", h->path, h->mountpoint);
		err_place(e, &where);
	}
	return r;
}

/* Write what is left; negative when some remain and nothing could be written. */
static int one_round(struct resfile *f, bool *left, struct error *e)
{
	bool progress = false;
	int first = 0;

	*left = false;
	for (size_t i = 0; i < f->cg->n_writes; i++) {
		const struct plan_write *w = &f->cg->writes[i];
		auto_error struct error one = ERROR_INIT;
		int r;

		if (f->done[i])
			continue;
		if (w->otherwise && i > 0 && (!f->done[i - 1] || !f->absent[i - 1])) {
			f->done[i] = f->done[i - 1];
			f->old[i] = NULL;
			continue;
		}
		r = write_one(f, w, w->file, w->value, &one);
		f->done[i] = r >= 0;
		f->absent[i] = r > 0;
		progress |= r >= 0;
		if (r > 0 && w->otherwise)
			log_warning("%s is not applied: this kernel has no %s",
				w->at_path ? w->at_path : "a value", w->file);
		if (r >= 0)
			continue;
		*left = true;
		if (first == 0) {
			first = r;
			err_move(e, &one);
		}
	}
	return *left && !progress ? first : 0;
}

int resfile_apply(struct resfile *f, struct error *e)
{
	auto_error struct error back = ERROR_INIT, found = ERROR_INIT;
	bool left;
	int r;

	do {
		err_done(&found);
		r = one_round(f, &left, &found);
	} while (r == 0 && left);
	if (r == 0)
		return 0;
	if (resfile_restore(f, &back) < 0)
		err_hint(&found, "not everything could be put back: %s",
			back.text ? back.text : "out of memory");
	if (e)
		err_move(e, &found);
	return r;
}

int resfile_restore(struct resfile *f, struct error *e)
{
	bool progress = true, left = true;
	int first = 0;

	while (left && progress) {
		left = progress = false;
		first = 0;
		for (size_t i = f->cg->n_writes; i-- > 0;) {
			const struct plan_write *w = &f->cg->writes[i];
			auto_error struct error one = ERROR_INIT;
			int r;

			if (!f->done[i] || f->absent[i] || !f->old[i])
				continue;
			r = write_one(f, w, resfile_undo_file(w->file), f->old[i], &one);
			if (r >= 0) {
				f->done[i] = false;
				progress = true;
				continue;
			}
			left = true;
			if (first == 0) {
				first = r;
				if (e)
					err_move(e, &one);
			}
		}
	}
	if (first == 0 && e)
		err_done(e);
	return first;
}

void resfile_compare(const struct resfile *f)
{
	auto_free char *text = malloc(TEXT_MAX);

	for (size_t i = 0; text && i < f->cg->n_writes; i++) {
		const struct plan_write *w = &f->cg->writes[i];

		/* What can only be written was not readable before. */
		if (!f->done[i] || f->absent[i] || !f->old[i])
			continue;
		if (cgfs_read(f->dirs[w->hierarchy], w->file, text, TEXT_MAX, NULL) >=
				0 &&
			!resfile_has(w->file, text, w->value))
			log_warning("%s is %.100s, not %s", w->file, text, w->value);
	}
}
