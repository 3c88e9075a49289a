/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a new container, and what is stored beside it. */
#ifndef DAVIT_RUN_RECORD_H
#define DAVIT_RUN_RECORD_H

#include "run/prepare.h"
#include "setup/step.h"
#include "state/state.h"

/* Fill rec from the plan, status "creating". Memory from a; strings may point into the plan. */
int record_of_plan(const struct prepared *p, const struct run_create_req *req,
	struct state_record *rec, struct arena *a, struct error *e);
/* Store the checked configuration without its filter, and the compiled filter. */
int record_store_config(const struct prepared *p, struct state *s, struct error *e);

/* The resctrl groups of a record; false when it has none. */
bool record_rdt(const struct state_record *rec, struct step_rdt *out);
/* Are its cgroups the container's alone? Create checks that; a half-made one may name a cgroup of
 * somebody else (I3). */
bool record_owns_cgroups(const struct state_record *rec);
/* systemd's unit is there: note where it really is. The texts are ctx's. */
void record_places(struct state_record *rec, const struct step_ctx *ctx);

#endif
