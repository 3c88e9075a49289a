/* SPDX-License-Identifier: Apache-2.0 */
/* The NUMA memory policy. */
#include "config.h"

#include "setup/steps.h"

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/sched.h"

static int apply_memory_policy(struct step_ctx *ctx, struct error *e)
{
	const struct plan_mempolicy *p = ctx->plan->process->mempolicy;
	int r = sys_mempolicy_ranges((int)(p->mode | p->flags), p->nodes, p->n_nodes / 2);

	if (r >= 0)
		return 0;
	err_sys(e, -r, "set_mempolicy", "cannot set the memory policy");
	if (r == -EINVAL)
		err_hint(e,
			"the nodes must be there and in the cgroup's cpuset.mems; "
			"MPOL_F_NUMA_BALANCING goes with MPOL_BIND, MPOL_PREFERRED_MANY "
			"needs Linux 5.15, MPOL_WEIGHTED_INTERLEAVE 6.9");
	step_origin(e, p->at_line, p->at_column, p->at_path);
	return r;
}

static bool wants_memory_policy(const struct plan *plan)
{
	return step_has_process(plan) && plan->process->mempolicy;
}

const struct step step_memory_policy = {
	.name = "memory-policy",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "cgroup", NULL },
	.why = "the cpuset of the cgroup says which nodes there are; a filter may forbid the call "
	       "(MPOL-01)",
	.in_exec = true,
	.wanted = wants_memory_policy,
	.apply = apply_memory_policy,
};
