/* SPDX-License-Identifier: Apache-2.0 */
/* CPU affinity, scheduler and I/O priority: as configured, else those of a fresh process. */
#include "config.h"

#include "setup/steps.h"

#include <inttypes.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/log.h"
#include "sync/message.h"
#include "sys/sched.h"

/*
 * PROC-26: the caller's mask is not the container's; the kernel keeps to the cpuset. PROC-25:
 * what exec was asked for is no wish but an order.
 */
static int apply_affinity(struct step_ctx *ctx, struct error *e)
{
	const struct plan_process *p = ctx->plan->process;
	int r;

	if (p->keep_cpus)
		return 0;
	if (p->n_cpus) {
		r = sys_affinity_ranges(p->cpus, p->n_cpus / 2);
		return r < 0 ? err_sys(e, -r, "sched_setaffinity",
				       "cannot set process.execCPUAffinity.final")
			     : 0;
	}
	r = sys_affinity_all();
	if (r < 0)
		log_warning("cannot reset the CPU affinity: sched_setaffinity: %s",
			err_name(r));
	return 0;
}

const struct step step_affinity = {
	.name = "affinity",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "cgroup", NULL },
	.why = "the cpuset of the cgroup limits what is possible",
	.in_exec = true,
	.wanted = step_has_process,
	.apply = apply_affinity,
};

static int set_scheduler(pid_t pid, const struct plan_sched *p, struct error *e)
{
	const struct sys_sched s = {
		.policy = p->policy,
		.flags = p->flags,
		.nice = p->nice,
		.priority = p->priority,
		.runtime = p->runtime,
		.deadline = p->deadline,
		.period = p->period,
	};
	int r = sys_sched_set(pid, &s);

	if (r >= 0)
		return 0;
	err_sys(e, -r, "sched_setattr", "cannot set the scheduler");
	if (r == -EPERM)
		err_hint(e,
			"CAP_SYS_NICE is missing, or a cpu controller gives this cgroup no "
			"real-time share");
	if (r == -EINVAL)
		err_hint(e,
			"a priority is for FIFO and RR, nice for OTHER and BATCH, and DEADLINE "
			"wants runtime <= deadline <= period");
	step_origin(e, p->at_line, p->at_column, p->at_path);
	return r;
}

static int apply_scheduler(struct step_ctx *ctx, struct error *e)
{
	const struct plan_process *p = ctx->plan->process;
	int r;

	if (p->sched)
		return p->limits_by_parent
			       ? ctx->ask(ctx, MSG_NEED_SCHED, STEP_SCHEDULER, NULL, e)
			       : set_scheduler(0, p->sched, e);
	r = sys_sched_reset();
	if (r < 0)
		return err_sys(
			e, -r, "sched_setattr", "cannot reset the caller's scheduler");
	return 0;
}

const struct step step_scheduler = {
	.name = "scheduler",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "cgroup", "affinity", NULL },
	.why = "the cgroup decides about real-time shares, DEADLINE about the affinity",
	.in_exec = true,
	.wanted = step_has_process,
	.apply = apply_scheduler,
};

static int set_io_priority(pid_t pgid, const struct plan_ioprio *p, struct error *e)
{
	int r = sys_ioprio_set_group(pgid, p->class_, p->priority);

	if (r < 0) {
		err_sys(e, -r, "ioprio_set", "cannot set the I/O priority");
		step_origin(e, p->at_line, p->at_column, p->at_path);
	}
	return r < 0 ? r : 0;
}

static int apply_io_priority(struct step_ctx *ctx, struct error *e)
{
	const struct plan_process *p = ctx->plan->process;

	return p->limits_by_parent
		       ? ctx->ask(ctx, MSG_NEED_SCHED, STEP_IO_PRIORITY, NULL, e)
		       : set_io_priority(0, p->ioprio, e);
}

static bool wants_io_priority(const struct plan *plan)
{
	return step_has_process(plan) && plan->process->ioprio;
}

const struct step step_io_priority = {
	.name = "io-priority",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "session", NULL },
	.why = "it is set for the process group (PROC-24)",
	.in_exec = true,
	.wanted = wants_io_priority,
	.apply = apply_io_priority,
};

/* The kernel wants CAP_SYS_NICE of the initial user namespace for what is above the usual. */
int step_sched_set(const struct plan *plan, uint32_t what, pid_t pid, struct error *e)
{
	const struct plan_process *p = plan->process;

	if (what == STEP_SCHEDULER && p->sched)
		return set_scheduler(pid, p->sched, e);
	if (what == STEP_IO_PRIORITY && p->ioprio)
		return set_io_priority(pid, p->ioprio, e);
	return err_set(e, ERR_BUG, -EPROTO, "a child asked for a scheduler it has not");
}
