/* SPDX-License-Identifier: Apache-2.0 */
/* Whose the cgroup is. For this folder. */
#ifndef DAVIT_PLAN_CGOWNER_H
#define DAVIT_PLAN_CGOWNER_H

#include "plan/util.h"

/* CG-08: fill chown and owner of ctx->plan->cgroup, which must be there; after the mounts. */
void plan_cgroup_owner(struct plan_ctx *ctx);

#endif
