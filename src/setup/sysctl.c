/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel parameters of the container's namespaces. */
#include "config.h"

#include "setup/steps.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/proc.h"

static int one(const struct plan_sysctl *s, struct error *e)
{
	char name[PATH_MAX];

	if ((size_t)snprintf(name, sizeof(name), "sys/%s", s->name) >= sizeof(name))
		return err_set(e, ERR_CONFIG, -ENAMETOOLONG, "the name is too long");
	/* The host's procfs shows the values of the writer's namespaces (C1). */
	return sys_proc_write(name, s->value, strlen(s->value), e);
}

static int apply_sysctl(struct step_ctx *ctx, struct error *e)
{
	for (size_t i = 0; i < ctx->plan->n_sysctls; i++) {
		const struct plan_sysctl *s = &ctx->plan->sysctls[i];
		int r = one(s, e);

		if (r < 0) {
			if (r == -ENOENT)
				err_hint(e, "this kernel has no such parameter");
			err_wrap(e, "set the kernel parameter %s to %s", s->name,
				s->value);
			step_origin(e, s->at_line, s->at_column, s->at_path);
			return r;
		}
	}
	return 0;
}

static bool wants_sysctl(const struct plan *plan)
{
	return plan->n_sysctls > 0;
}

const struct step step_sysctl = {
	.name = "sysctl",
	.actor = ACTOR_INIT,
	.phase = PHASE_INSIDE,
	.after = (const char *const[]){ "join", "become-root", "names", NULL },
	.why = "they are the namespaces' own; kernel.domainname is one of them",
	.wanted = wants_sysctl,
	.apply = apply_sysctl,
};
