/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a running container's cgroup files: changed together, or not at all. */
#ifndef DAVIT_RUN_RESFILE_H
#define DAVIT_RUN_RESFILE_H

#include "plan/plan.h"

struct arena;
struct error;

struct resfile {
	const struct plan_cgroup *cg;
	const int *dirs;     /* descriptor of each hierarchy's cgroup, or negative */
	const char **old;    /* what puts each write's file back, NULL: nothing */
	bool *done, *absent; /* done: written, or in force before */
	struct arena *arena;
};

/*
 * Read what is in force, which is not written again. Memory from arena, which with cg and dirs
 * lives as long as out.
 */
int resfile_begin(const struct plan_cgroup *cg, const int *dirs, struct arena *a,
	struct resfile *out, struct error *e);
/*
 * Write everything. The kernel judges a value by the others that are in force (a limit by that
 * with swap, a burst by the quota): what is refused is tried again when others have changed. On
 * failure the old values are put back; the error tells which could not be.
 */
int resfile_apply(struct resfile *f, struct error *e);
/* Put the old values back. */
int resfile_restore(struct resfile *f, struct error *e);
/* Read back; what the kernel has made another value of is told as a warning. */
void resfile_compare(const struct resfile *f);

/*
 * For tests: what of text (a file's content) is changed by writing value, as a value that puts it
 * back; NULL when nothing would. In arena.
 */
const char *resfile_old(
	struct arena *a, const char *file, const char *text, const char *value);
/* The file that takes the old value: device rules are taken back through the other list. */
const char *resfile_undo_file(const char *file);
/* Does a file with this text have the value? Sizes may be rounded to pages, lists written anew. */
bool resfile_has(const char *file, const char *text, const char *value);

#endif
