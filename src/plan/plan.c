/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the planners in order, and holds what they share. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "json/json.h"
#include "plan/util.h"

/*
 * Each reads what the ones before it decided: namespaces come first, hooks need the
 * process.
 */
static int (*const planners[])(struct plan_ctx *ctx, struct error *e) = {
	plan_ns,
	plan_ids,
	plan_process,
	plan_caps,
	plan_lsm,
	plan_terminal,
	plan_mounts,
	plan_paths,
	plan_devices,
	plan_cgroup,
	plan_res,
	plan_devrules,
	plan_res_unit,
	plan_net,
	plan_rdt,
	plan_hooks,
	plan_seccomp,
};

/* An entry of a list, or of an object. Planners go along in order, so that the next one is where
 * the last one was found: from the beginning each time it would take the square of the time. */
static const struct json_value *find_entry(
	struct plan_ctx *ctx, const struct json_value *in, const char *key, int index)
{
	const struct json_value *from =
		ctx->near && ctx->near->parent == in ? ctx->near : in->first;
	const struct json_value *v = from;

	while (v && (key ? strcmp(v->key, key) != 0 : (int)v->index != index)) {
		v = v->next ? v->next : in->first;
		if (v == from)
			v = NULL;
	}
	if (v)
		ctx->near = v;
	return v;
}

void plan_place(struct plan_ctx *ctx, struct plan_spot spot, struct err_place *out)
{
	const struct json_value *in =
		spot.index < 0 ? spot.at : json_get(spot.at, spot.member);
	const struct json_value *v = NULL;

	if (in && spot.index >= 0 && in->type == JSON_ARRAY)
		v = find_entry(ctx, in, NULL, spot.index);
	else if (in && spot.index < 0 && spot.member && in->type == JSON_OBJECT)
		v = find_entry(ctx, in, spot.member, -1);
	if (v) {
		json_where(ctx->arena, &ctx->spec->doc, v, out);
		return;
	}
	spec_where(ctx->arena, ctx->spec, spot.at, spot.member, spot.index, out);
}

char *plan_text(struct plan_ctx *ctx, const char *fmt, va_list ap)
{
	return arena_vprintf(ctx->arena, fmt, ap);
}

static int fault(struct plan_ctx *ctx, struct error *e, struct plan_spot spot,
	enum err_kind kind, int code, const char *text)
{
	struct err_place where;

	plan_place(ctx, spot, &where);
	err_set(e, kind, code, "%s", text ? text : "cannot be planned");
	if (e)
		err_place(e, &where);
	return code;
}

int plan_fault(struct plan_ctx *ctx, struct error *e, struct plan_spot spot,
	const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = plan_text(ctx, fmt, ap);
	va_end(ap);
	return fault(ctx, e, spot, ERR_CONFIG, -EINVAL, text);
}

int plan_cannot(struct plan_ctx *ctx, struct error *e, struct plan_spot spot, int code,
	const char *fmt, ...)
{
	struct err_place where;
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = plan_text(ctx, fmt, ap);
	va_end(ap);
	/*
	 * The one-line form of such an error has no place, and engines show that line
	 * alone.
	 */
	plan_place(ctx, spot, &where);
	if (text && where.path)
		text = arena_printf(ctx->arena, "%s: %s", where.path, text);
	return fault(ctx, e, spot, ERR_HOST, code, text);
}

int plan_nomem(struct error *e)
{
	return err_sys(e, ENOMEM, "malloc", "cannot plan the container");
}

int plan_warn(struct plan_ctx *ctx, const char *fmt, ...)
{
	const char **slot;
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = plan_text(ctx, fmt, ap);
	va_end(ap);
	if (!text)
		return -ENOMEM;
	slot = PLAN_PUSH(ctx, ctx->plan->warnings, ctx->plan->n_warnings);
	if (!slot)
		return -ENOMEM;
	*slot = text;
	return 0;
}

/*
 * mknod(2) of devices asks for CAP_MKNOD in the initial user namespace, whatever we
 * hold in ours.
 */
bool plan_binds_devices(const struct plan_ctx *ctx)
{
	return plan_private(ctx, PLAN_NEWUSER) || plan_rootless(ctx) ||
	       !host_can(ctx->host, CAP_MKNOD);
}

int plan_create(const struct spec *spec, const struct plan_opts *opts,
	const struct host *host, struct arena *a, struct plan **out, struct error *e)
{
	struct plan *plan = arena_alloc(a, sizeof(*plan));
	struct plan_ctx ctx = {
		.spec = spec,
		.opts = opts,
		.host = host,
		.arena = a,
		.plan = plan,
	};

	if (!plan)
		return plan_nomem(e);
	plan->id = opts->id;
	plan->bundle = opts->bundle;
	plan->annotations = spec->config->annotations;
	plan->n_annotations = spec->config->n_annotations;
	for (size_t i = 0; i < ARRAY_SIZE(planners); i++) {
		int r = planners[i](&ctx, e);

		if (r < 0)
			return r;
	}
	*out = plan;
	return 0;
}

int plan_check(const struct spec *spec, struct arena *a, const char *const **warnings,
	size_t *n, struct error *e)
{
	static const struct host anywhere;
	static const struct plan_opts no_options;
	struct plan *plan = arena_alloc(a, sizeof(*plan));
	struct plan_ctx ctx = {
		.spec = spec,
		.opts = &no_options,
		.host = &anywhere,
		.arena = a,
		.plan = plan,
	};
	int r;

	*warnings = NULL;
	*n = 0;
	if (!plan)
		return plan_nomem(e);
	plan->process = arena_alloc(a, sizeof(*plan->process));
	if (!plan->process)
		return plan_nomem(e);
	r = plan_seccomp(&ctx, e);
	/* What this build or this machine cannot do is no fault of the bundle. */
	if (r < 0 && r != -EINVAL && r != -ENOMEM) {
		err_done(e);
		r = 0;
	}
	*warnings = plan->warnings;
	*n = plan->n_warnings;
	return r;
}
