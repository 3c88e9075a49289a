/* SPDX-License-Identifier: Apache-2.0 */
/* Resource limits and the out-of-memory score: of ourselves, or by the parent from outside. */
#include "config.h"

#include "setup/steps.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sync/message.h"
#include "sys/proc.h"

static int set_rlimit(pid_t pid, const struct plan_rlimit *l, struct error *e)
{
	/* The kernel's struct: libc's has 32 bits on some. */
	const uint64_t value[2] = { l->soft, l->hard };

	if (syscall(SYS_prlimit64, pid, l->type, value, NULL) < 0) {
		int r = err_sys(e, errno, "prlimit64",
			"cannot set %s to %" PRIu64 ":%" PRIu64, l->name, l->soft,
			l->hard);

		if (r == -EPERM)
			err_hint(e,
				"raising a hard limit needs CAP_SYS_RESOURCE, and no process may "
				"have more open files than fs.nr_open");
		step_origin(e, l->at_line, l->at_column, l->at_path);
		return r;
	}
	return 0;
}

static int set_score(const char *name, int32_t score, struct error *e)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%" PRId32, score);
	int r = sys_proc_write(name, text, (size_t)n, e);

	if (r == -EACCES)
		err_hint(e, "lowering the score needs CAP_SYS_RESOURCE");
	if (r < 0)
		err_wrap(e, "the oom score");
	return r;
}

/* score NULL: it has been set. */
static int set_all(const struct plan *plan, pid_t pid, const char *score, struct error *e)
{
	const struct plan_process *p = plan->process;
	int r = 0;

	/* First: with a small limit of files /proc could not be opened any more. */
	if (score && p->has_oom_score_adj && !plan->unprivileged)
		r = set_score(score, p->oom_score_adj, e);
	for (size_t i = 0; r == 0 && i < p->n_rlimits; i++)
		r = set_rlimit(pid, &p->rlimits[i], e);
	return r;
}

int step_limits_set(const struct plan *plan, pid_t pid, struct error *e)
{
	char score[48];

	snprintf(score, sizeof(score), "%d/oom_score_adj", (int)pid);
	return set_all(plan, pid, score, e);
}

/* Nobody of the container can reach us yet, and those of the caller have its ids: dumpable for a
 * moment, because only then the file is the caller's (proc(5)). */
int step_score_early(const struct plan *plan, struct error *e)
{
	const struct plan_process *p = plan->process;
	int r;

	if (!plan->unprivileged || p->absent || !p->has_oom_score_adj)
		return 0;
	if (prctl(PR_SET_DUMPABLE, 1) < 0)
		return err_sys(e, errno, "prctl", "cannot become dumpable");
	r = set_score("self/oom_score_adj", p->oom_score_adj, e);
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_sys(e, errno, "prctl", "cannot become undumpable");
	return r;
}

int step_score_set(const struct plan *plan, struct error *e)
{
	const struct plan_process *p = plan->process;

	if (!step_has_process(plan) || p->limits_by_parent || !p->has_oom_score_adj ||
		plan->unprivileged)
		return 0;
	return set_score("self/oom_score_adj", p->oom_score_adj, e);
}

static int apply_limits(struct step_ctx *ctx, struct error *e)
{
	const struct plan_process *p = ctx->plan->process;

	if (p->limits_by_parent)
		return ctx->ask(ctx, MSG_NEED_LIMITS, 0, NULL, e);
	return set_all(ctx->plan, 0, ctx->relayed ? NULL : "self/oom_score_adj", e);
}

static bool wants_limits(const struct plan *plan)
{
	return step_has_process(plan) &&
	       (plan->process->n_rlimits > 0 || plan->process->has_oom_score_adj);
}

const struct step step_limits = {
	.name = "limits",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "mounts", "devices", "masked-paths", "home",
		"signals", "stdio", NULL },
	.why = "small limits of files, memory or time are the program's, not ours: what opens and "
	       "allocates comes before",
	.in_exec = true,
	.wanted = wants_limits,
	.apply = apply_limits,
};
