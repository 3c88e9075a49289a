/* SPDX-License-Identifier: Apache-2.0 */
/* The five capability sets as bits, without what cannot be granted. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>

#include "base/cleanup.h"
#include "plan/util.h"
#include "spec/names.h"

static uint64_t read_set(const char *const *names, size_t n)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < n; i++) {
		int cap = table_id(&names_capability, names[i]);

		/* The rules of the configuration have warned about unknown names. */
		if (cap >= 0)
			mask |= UINT64_C(1) << cap;
	}
	return mask;
}

static uint64_t up_to(uint32_t last)
{
	return last >= 63 ? UINT64_MAX : (UINT64_C(1) << (last + 1)) - 1;
}

static int warn_each(
	struct plan_ctx *ctx, uint64_t mask, const char *why, struct error *e)
{
	for (int cap = 0; cap < 64; cap++) {
		const char *name = table_name(&names_capability, cap);

		if (!((mask >> cap) & 1) || !name)
			continue;
		if (plan_warn(ctx, "%s cannot be granted: %s", name, why) < 0)
			return plan_nomem(e);
	}
	return 0;
}

/*
 * PROC-16: what cannot be granted is left out with a warning. In a user namespace of its own the
 * process begins with every capability of the kernel, whatever we have.
 */
static int grantable(struct plan_ctx *ctx, uint64_t asked, uint64_t *out, struct error *e)
{
	uint64_t known = up_to(ctx->host->last_cap);
	uint64_t ours = plan_private(ctx, PLAN_NEWUSER) ? known : ctx->host->caps;
	int r = warn_each(ctx, asked & ~known, "this kernel does not have it", e);

	if (r == 0)
		r = warn_each(ctx, asked & known & ~ours, "davit does not have it", e);
	*out = known & ours;
	return r;
}

int plan_caps(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_process *sp = ctx->spec->config->process;
	const struct spec_capabilities *c = sp ? sp->capabilities : NULL;
	struct plan_caps *out = arena_alloc(ctx->arena, sizeof(*out));
	uint64_t ok;
	int r;

	if (!out)
		return plan_nomem(e);
	ctx->plan->process->caps = out;
	if (!c)
		return 0; /* none are kept */
	uint64_t bounding = read_set(c->bounding, c->n_bounding);
	uint64_t effective = read_set(c->effective, c->n_effective);
	uint64_t permitted = read_set(c->permitted, c->n_permitted);
	uint64_t inheritable = read_set(c->inheritable, c->n_inheritable);
	uint64_t ambient = read_set(c->ambient, c->n_ambient);

	r = grantable(
		ctx, bounding | effective | permitted | inheritable | ambient, &ok, e);
	if (r < 0)
		return r;
	out->bounding = bounding & ok;
	out->permitted = permitted & ok;
	/* capset(2): effective within permitted; inheritable within the bounding set, which is
	 * dropped first; capabilities(7): ambient within permitted and inheritable. */
	out->effective = effective & out->permitted;
	out->inheritable = inheritable & out->bounding;
	out->ambient = ambient & out->permitted & out->inheritable;
	r = warn_each(ctx, inheritable & ok & ~out->inheritable,
		"inheritable, but not in the bounding set", e);
	if (r == 0)
		r = warn_each(ctx, ambient & ok & ~out->ambient,
			"ambient, but not both permitted and inheritable", e);
	return r;
}
