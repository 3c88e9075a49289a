/* SPDX-License-Identifier: Apache-2.0 */
/* The unit of the systemd driver: where it is, and what it is asked for. For this folder. */
#ifndef DAVIT_PLAN_UNIT_H
#define DAVIT_PLAN_UNIT_H

#include "plan/util.h"

/*
 * CG-03, CG-04: cgroupsPath "slice:prefix:name" as a unit, in ctx->plan->cgroup->unit with its
 * first properties, and the path of its cgroup below the root of each hierarchy, without leading
 * slash. On a manager of a user the path is what such a manager usually has; the driver looks
 * where the unit really is.
 */
int plan_unit(struct plan_ctx *ctx, const char **path, struct error *e);

/* The limits that were planned as writes, as properties of the unit (res_unit.c). -ENOMEM. */
int plan_unit_limits(struct plan_ctx *ctx, struct error *e);

/* Set a property: one of the same name is replaced. NULL without memory. */
struct plan_property *unit_property(
	struct plan_ctx *ctx, const char *name, const char *type, const char *value);
/* The property of this name, or NULL. */
struct plan_property *unit_find(const struct plan_ctx *ctx, const char *name);

#endif
