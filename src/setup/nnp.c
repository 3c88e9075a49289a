/* SPDX-License-Identifier: Apache-2.0 */
/* no_new_privs: nothing that is executed from here on gains a privilege. */
#include "config.h"

#include "setup/steps.h"

#include <sys/prctl.h>

#include "base/cleanup.h"
#include "base/err.h"

static int apply_nnp(struct step_ctx *ctx, struct error *e)
{
	(void)ctx;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0)
		return err_sys(e, errno, "prctl", "cannot set no_new_privs");
	return 0;
}

static bool wants_nnp(const struct plan *plan)
{
	return step_has_process(plan) && plan->process->no_new_privileges;
}

const struct step step_nnp = {
	.name = "no-new-privileges",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "caps", NULL },
	.why = "never set unless asked for: a filter of a container without it is installed with "
	       "privileges before (PROC-18)",
	.in_exec = true,
	.wanted = wants_nnp,
	.apply = apply_nnp,
};
