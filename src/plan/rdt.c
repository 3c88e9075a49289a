/* SPDX-License-Identifier: Apache-2.0 */
/* Intel RDT groups. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "plan/util.h"

/* RDT-07: the order of the write. */
static int plan_lines(struct plan_ctx *ctx, const struct spec_intel_rdt *r,
	struct plan_rdt *out, struct error *e)
{
	const char **lines = arena_array(ctx->arena, r->n_schemata + 2, sizeof(*lines));
	size_t n = 0;

	if (!lines)
		return plan_nomem(e);
	if (plan_given(r->l3_cache_schema))
		lines[n++] = r->l3_cache_schema;
	if (plan_given(r->mem_bw_schema))
		lines[n++] = r->mem_bw_schema;
	for (size_t i = 0; i < r->n_schemata; i++) {
		if (plan_given(r->schemata[i]))
			lines[n++] = r->schemata[i];
	}
	out->lines = lines;
	out->n_lines = n;
	return 0;
}

/* RDT-01 to RDT-03, RDT-09 to RDT-12 */
int plan_rdt(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_linux *l = ctx->spec->config->linux;
	const struct spec_intel_rdt *r = l ? l->intel_rdt : NULL;
	struct plan_rdt *out;

	if (!r)
		return 0;
	out = arena_alloc(ctx->arena, sizeof(*out));
	if (!out)
		return plan_nomem(e);
	out->own = !plan_given(r->clos_id);
	out->group = out->own ? ctx->opts->id : r->clos_id;
	if (strcmp(out->group, "/") == 0)
		out->group = "";
	out->monitoring = r->enable_monitoring;
	PLAN_ORIGIN(ctx, out, SPOT(r, NULL));
	ctx->plan->rdt = out;
	return plan_lines(ctx, r, out, e);
}
