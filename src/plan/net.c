/* SPDX-License-Identifier: Apache-2.0 */
/* The network namespace: loopback, and devices that move in. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>

#include "plan/util.h"

int plan_net(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_linux *l = ctx->spec->config->linux;

	/* NS-02: in a joined namespace loopback is its owner's business. */
	ctx->plan->loopback = ctx->plan->new_flags & PLAN_NEWNET;
	if (l && l->n_net_devices)
		return plan_later(ctx, e, SPOT(l, "netDevices"), NULL);
	return 0;
}
