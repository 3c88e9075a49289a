/* SPDX-License-Identifier: Apache-2.0 */
/* The last sweep: the program sees 0, 1, 2 and what was asked to be passed on (FD-01, E1 to E4). */
#include "config.h"

#include "setup/steps.h"

#include "base/err.h"
#include "sys/closefds.h"

/*
 * Ours are close-on-exec from birth; this is for what our caller left open. Marked, not closed:
 * the channel and the socket of start are still in use.
 */
static int apply_sweep(struct step_ctx *ctx, struct error *e)
{
	return sys_cloexec_from(3 + (int)ctx->plan->process->preserve_fds, e);
}

/* A profile may forbid the calls (E4), so it is done before the filter, whichever that is. */
static bool wants_early(const struct plan *plan)
{
	return step_has_process(plan) && plan->process->seccomp &&
	       plan->process->seccomp->early;
}

static bool wants_late(const struct plan *plan)
{
	return step_has_process(plan) && !wants_early(plan);
}

const struct step step_fds_early = {
	.name = "fds-early",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "stdio", NULL },
	.why = "what is opened later is close-on-exec from birth",
	.in_exec = true,
	.wanted = wants_early,
	.apply = apply_sweep,
};

const struct step step_fds = {
	.name = "fds",
	.actor = ACTOR_INIT,
	.phase = PHASE_FINAL,
	.after = (const char *const[]){ "stdio", NULL },
	.why = "as late as the filter allows",
	.in_exec = true,
	.wanted = wants_late,
	.apply = apply_sweep,
};
