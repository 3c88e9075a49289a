/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal, its socket, and descriptors that are passed on. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>

#include "plan/util.h"

/*
 * PROC-01: somebody must have the other end, we while we are there, else who listens at the
 * socket.
 */
static int check_other_end(
	struct plan_ctx *ctx, const struct spec_process *p, struct error *e)
{
	const struct plan_opts *o = ctx->opts;
	bool terminal = p && p->terminal;

	if (o->detached && terminal && !o->console_socket)
		return plan_fault(ctx, e, SPOT(p, "terminal"),
			"a terminal without somebody who stays needs --console-socket");
	if (o->console_socket && !terminal)
		return err_set(e, ERR_USAGE, -EINVAL,
			"--console-socket is for a process with a terminal: process.terminal "
			"is not true");
	if (o->console_socket && !o->detached)
		return err_set(e, ERR_USAGE, -EINVAL,
			"--console-socket is for create and --detach: in the foreground "
			"the terminal is shown here");
	return 0;
}

int plan_terminal(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_process *p = ctx->spec->config->process;
	struct plan_process *out = ctx->plan->process;
	int r = check_other_end(ctx, p, e);

	if (r < 0)
		return r;
	out->preserve_fds = ctx->opts->preserve_fds;
	if (!p || !p->terminal)
		return 0;
	out->terminal = true;
	/* PROC-02: the rules have checked that they fit. Engines send zeros for "unknown". */
	out->rows = p->console_size ? (uint32_t)p->console_size->height : 0;
	out->columns = p->console_size ? (uint32_t)p->console_size->width : 0;
	return 0;
}
