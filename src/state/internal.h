/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of state/ share: the record as text, and the names of a container's files. */
#ifndef DAVIT_STATE_INTERNAL_H
#define DAVIT_STATE_INTERNAL_H

#include "state/state.h"

#define STATE_FILE "state.json"
/* Annotations may be as large as a configuration. */
#define STATE_MAX_SIZE (17u << 20)

enum record_kind {
	RECORD_GOOD,
	RECORD_BROKEN, /* ours, but it cannot be read in full */
	RECORD_NEWER,  /* ours, of a format that we do not know */
	RECORD_FOREIGN /* another runtime's state.json */
};

/*
 * Read the record in the folder dirfd into s (rec, unknown). For all but RECORD_GOOD the error
 * is filled and what could be read is in s->rec. -ENOENT without text when there is none.
 */
int record_read(struct state *s, const char *id, enum record_kind *kind, struct error *e);
/* The text of rec, with the members of unknown that have no row. -ENOMEM. */
int record_write(const struct state *s, struct buf *out);
/* -ENOENT with the text that engines look for (docs/engines.md, "Words"). */
int state_absent(struct error *e);
/* Is the file name below rootfd (ID/state.json) a record of ours, good or not? */
bool record_is_ours(int rootfd, const char *path);

#endif
