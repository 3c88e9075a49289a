/* SPDX-License-Identifier: Apache-2.0 */
/* Intel RDT groups. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "plan/util.h"

static bool is_bandwidth(const char *line)
{
	return strncmp(line, "MB:", 3) == 0;
}

/* RDT-04: its lines; the bandwidth has one place only where memBwSchema says it. */
static int add_l3(struct plan_ctx *ctx, const struct spec_intel_rdt *r,
	struct plan_rdt *out, struct error *e)
{
	const char *rest = r->l3_cache_schema;
	size_t len;

	for (; *rest; rest += len + (rest[len] == '\n')) {
		const char *line;

		len = strcspn(rest, "\n");
		if (len == 0 || (is_bandwidth(rest) && plan_given(r->mem_bw_schema)))
			continue;
		line = arena_printf(ctx->arena, "%.*s", (int)len, rest);
		if (!line)
			return plan_nomem(e);
		out->lines[out->n_lines++] = line;
	}
	return 0;
}

/* RDT-07: the order of the write. */
static int plan_lines(struct plan_ctx *ctx, const struct spec_intel_rdt *r,
	struct plan_rdt *out, struct error *e)
{
	size_t most = r->n_schemata + 2;
	int ret = 0;

	for (const char *p = r->l3_cache_schema; p && *p; p++)
		most += *p == '\n';
	out->lines = arena_array(ctx->arena, most, sizeof(*out->lines));
	if (!out->lines)
		return plan_nomem(e);
	if (plan_given(r->l3_cache_schema))
		ret = add_l3(ctx, r, out, e);
	if (plan_given(r->mem_bw_schema))
		out->lines[out->n_lines++] = r->mem_bw_schema;
	for (size_t i = 0; i < r->n_schemata; i++) {
		if (plan_given(r->schemata[i]))
			out->lines[out->n_lines++] = r->schemata[i];
	}
	return ret;
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
