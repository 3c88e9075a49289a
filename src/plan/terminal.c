/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal, its socket, and descriptors that are passed on. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>

#include "plan/util.h"

int plan_terminal(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_process *p = ctx->spec->config->process;

	if (p && p->terminal)
		return plan_later(ctx, e, SPOT(p, "terminal"), NULL);
	if (ctx->opts->console_socket)
		return plan_option_later(e, "--console-socket");
	ctx->plan->process->preserve_fds = ctx->opts->preserve_fds;
	return 0;
}
