/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroups of a further process. */
#ifndef DAVIT_RUN_EXEC_H
#define DAVIT_RUN_EXEC_H

#include "run/run.h"
#include "setup/step.h"
#include "state/state.h"

/*
 * Open the container's cgroups by its record, or those below it that req names, into ctx: the
 * v2 one to be born in, and the tasks files of v1. beside_init: on v2, where init has moved
 * itself to (F5). Paths never leave the container's cgroup: ERR_USAGE.
 */
int exec_cgroups(const struct run_exec_req *req, const struct state_record *rec,
	bool beside_init, struct step_ctx *ctx, struct error *e);

/* Is this the v1 hierarchy of a controller, whose name has n bytes? */
bool hierarchy_has(const struct state_hierarchy *h, const char *controller, size_t n);

#endif
