/* SPDX-License-Identifier: Apache-2.0 */
/* Whether it was a memory limit that a child died of. */
#ifndef DAVIT_RUN_OOM_H
#define DAVIT_RUN_OOM_H

#include "setup/step.h"
#include "state/state.h"

/* Say in e which memory limit of the plan it was, where the kernel's counters tell that the child
 * was killed, or got no memory, because of one. */
void oom_explain(const struct plan *plan, const struct step_ctx *ctx, struct error *e);
/* The same of a container that was created, when its start failed. */
void oom_explain_start(const struct state_record *rec, struct error *e);

#endif
