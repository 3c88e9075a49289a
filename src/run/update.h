/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of update share. */
#ifndef DAVIT_RUN_UPDATE_H
#define DAVIT_RUN_UPDATE_H

#include "run/run.h"

struct buf;
struct spec;
struct spec_device_words;
struct state_record;

/*
 * What is asked for, as resources (*given is false when only device rules are) and as device
 * rules, allowing ones first. -EINVAL for a request that is empty or says things twice.
 */
int update_read(const struct run_update_req *req, struct arena *a, struct spec *out,
	bool *given, struct spec_device_words **rules, size_t *n_rules, struct error *e);

/* Are schemata of resctrl to be changed? */
bool update_rdt_given(const struct run_update_req *req);
/*
 * Change them. before gets what was in force; freed by the caller. -EINVAL for lines that are none
 * and for a container without a group; what the kernel refuses, with its words.
 */
int update_rdt_apply(const struct run_update_req *req, const struct state_record *rec,
	struct buf *before, struct error *e);
/* Put back what was in force, for a failure of what came after; a failure is logged. */
void update_rdt_restore(const struct state_record *rec, const struct buf *before);

#endif
