/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks that the parent runs, and the state documents that hooks get. */
#ifndef DAVIT_RUN_HOOKS_H
#define DAVIT_RUN_HOOKS_H

#include "plan/plan.h"
#include "state/state.h"

struct arena;
struct error;

/* The hooks of a stored configuration as a plan with nothing but hooks. */
int hooks_of_stored(struct state *s, struct arena *a, struct plan **out, struct error *e);
/* Run one kind in the runtime's namespaces with the state document of rec. */
int hooks_run(const struct plan *plan, uint32_t kind, const struct state_record *rec,
	const char *status, int64_t pid, bool stop_at_first, struct error *e);
/* The poststop hooks of plan: a failure is a warning (LC-13). */
void hooks_poststop(const struct plan *plan, const struct state_record *rec);
/* The parts of the state document that hooks inside the container get, into plan.state_parts,
 * memory from a. Without such hooks nothing is done. */
int hooks_state_parts(struct plan *plan, const struct state_record *rec, struct arena *a,
	struct error *e);

#endif
