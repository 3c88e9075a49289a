/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks of all six kinds, with their environment and time limit. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>
#include <inttypes.h>

#include "base/cleanup.h"
#include "plan/util.h"

/* HOOK-03: execve wants an argv[0] in any case. */
static int fill_args(struct plan_ctx *ctx, const struct spec_hook *from,
	struct plan_hook *to, struct error *e)
{
	const char **args;

	to->args = from->args;
	to->n_args = from->n_args;
	if (from->n_args)
		return 0;
	args = arena_array(ctx->arena, 1, sizeof(*args));
	if (!args)
		return plan_nomem(e);
	args[0] = from->path;
	to->args = args;
	to->n_args = 1;
	return 0;
}

/*
 * HOOK-04: a hook outside never inherits anything: neither ours nor, since CVE-2025-23266, the
 * image's. A startContainer hook is the container's own program.
 */
static void fill_env(struct plan_ctx *ctx, const struct spec_hook *from,
	struct plan_hook *to, bool inside)
{
	const struct plan_process *p = ctx->plan->process;

	to->env = from->env;
	to->n_env = from->n_env;
	if (!from->has_env && inside && p) {
		to->env = p->env;
		to->n_env = p->n_env;
		to->find_home = p->find_home;
	}
}

static int add_hook(struct plan_ctx *ctx, enum hook_kind kind, size_t index,
	const struct spec_hook *from, struct error *e)
{
	struct plan *p = ctx->plan;
	struct plan_hook *to = PLAN_PUSH(ctx, p->hooks, p->n_hooks);
	int r;

	if (!to)
		return plan_nomem(e);
	if (from->has_timeout && from->timeout > INT64_MAX / 1000)
		return plan_fault(ctx, e, SPOT(from, "timeout"),
			"expected at most %" PRId64 " seconds, found %" PRId64,
			INT64_MAX / 1000, from->timeout);
	to->kind = kind;
	to->index = (uint32_t)index;
	to->program = from->path;
	to->timeout_ms = from->has_timeout ? (uint64_t)from->timeout * 1000 : 0;
	r = fill_args(ctx, from, to, e);
	if (r < 0)
		return r;
	fill_env(ctx, from, to, kind == HOOK_START_CONTAINER);
	PLAN_ORIGIN(ctx, to, SPOT(from, NULL));
	return 0;
}

int plan_hooks(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_hooks *h = ctx->spec->config->hooks;

	if (!h)
		return 0;
	const struct {
		enum hook_kind kind;
		const struct spec_hook *hooks;
		size_t n;
	} lists[] = {
		{ HOOK_PRESTART, h->prestart, h->n_prestart },
		{ HOOK_CREATE_RUNTIME, h->create_runtime, h->n_create_runtime },
		{ HOOK_CREATE_CONTAINER, h->create_container, h->n_create_container },
		{ HOOK_START_CONTAINER, h->start_container, h->n_start_container },
		{ HOOK_POSTSTART, h->poststart, h->n_poststart },
		{ HOOK_POSTSTOP, h->poststop, h->n_poststop },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		for (size_t k = 0; k < lists[i].n; k++) {
			int r = add_hook(ctx, lists[i].kind, k, &lists[i].hooks[k], e);

			if (r < 0)
				return r;
		}
	}
	return 0;
}
