/* SPDX-License-Identifier: Apache-2.0 */
/* Intel RDT groups. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>

#include "plan/util.h"

int plan_rdt(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_linux *l = ctx->spec->config->linux;

	if (l && l->intel_rdt)
		return plan_later(ctx, e, SPOT(l, "intelRdt"), NULL);
	return 0;
}
