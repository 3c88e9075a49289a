/* SPDX-License-Identifier: Apache-2.0 */
/* The execution domain. */
#include "config.h"

#include "setup/steps.h"

#include "base/err.h"
#include "sys/sched.h"

static int apply_personality(struct step_ctx *ctx, struct error *e)
{
	int r = sys_personality((unsigned long)ctx->plan->process->personality);

	if (r < 0)
		return err_sys(e, -r, "personality", "cannot set the personality");
	return 0;
}

static bool wants_personality(const struct plan *plan)
{
	return step_has_process(plan) && plan->process->has_personality;
}

const struct step step_personality = {
	.name = "personality",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.why = "a filter may forbid the call (PERS-01)",
	.in_exec = true,
	.wanted = wants_personality,
	.apply = apply_personality,
};
