/* SPDX-License-Identifier: Apache-2.0 */
/* What a filter refuses by one door and lets in by another. */
#ifndef DAVIT_PLAN_SECLINT_H
#define DAVIT_PLAN_SECLINT_H

#include "plan/planner.h"
#include "plan/secarch.h"

/*
 * May native's call of this name be made whatever its arguments are, unseen by an agent? True for a
 * call that native does not have.
 */
bool seclint_free(const struct seccomp_policy *policy, const struct sec_arch *native,
	const char *name);

/*
 * H6: a profile that refuses a call which io_uring(7) can do as well, and lets rings be set up,
 * gives a warning in ctx->plan. Looks at the native table. -ENOMEM.
 */
int seclint_rings(struct plan_ctx *ctx, const struct seccomp_policy *policy,
	const struct sec_arch *native);

#endif
