/* SPDX-License-Identifier: Apache-2.0 */
/* Resources of a container that is there: what an update writes. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "json/json.h"
#include "plan/unit.h"
#include "plan/util.h"

/* A state of the resources: a plan with nothing but the cgroup. */
static int begin(
	struct plan_ctx *ctx, const struct plan_update_target *target, struct error *e)
{
	struct arena *a = ctx->arena;
	struct plan_cgroup *cg;
	struct spec_config *config;
	struct spec *spec;

	ctx->plan = arena_alloc(a, sizeof(*ctx->plan));
	cg = arena_alloc(a, sizeof(*cg));
	spec = arena_memdup(a, ctx->spec, sizeof(*spec));
	config = arena_memdup(a, ctx->spec->config, sizeof(*config));
	if (!ctx->plan || !cg || !spec || !config)
		return plan_nomem(e);
	/* The program runs: no hook of ours will need room under pids.max any more. */
	config->hooks = NULL;
	spec->config = config;
	ctx->spec = spec;
	if (!target->n_hierarchies)
		return 0;
	cg->hierarchies = arena_memdup(
		a, target->hierarchies, target->n_hierarchies * sizeof(*cg->hierarchies));
	if (!cg->hierarchies)
		return plan_nomem(e);
	cg->n_hierarchies = target->n_hierarchies;
	ctx->plan->cgroup = cg;
	if (!target->unit)
		return 0;
	cg->driver = PLAN_CGROUP_UNIT;
	cg->unit = arena_alloc(a, sizeof(*cg->unit));
	if (!cg->unit)
		return plan_nomem(e);
	cg->unit->name = target->unit;
	cg->unit->user = target->user_manager;
	return 0;
}

static bool same_write(const struct plan_write *x, const struct plan_write *y)
{
	return x->hierarchy == y->hierarchy && strcmp(x->file, y->file) == 0 &&
	       strcmp(x->value, y->value) == 0;
}

static bool was_written(const struct plan *old, const struct plan_write *w)
{
	for (size_t i = 0; old->cgroup && i < old->cgroup->n_writes; i++) {
		if (same_write(&old->cgroup->writes[i], w))
			return true;
	}
	return false;
}

/* Does the update say something about what stands at path, "linux.resources.cpu.quota"? */
static bool is_given(const struct json_value *update, const char *path)
{
	static const char prefix[] = "linux.resources.";
	const struct json_value *v = update;
	char name[64];

	if (!path || strncmp(path, prefix, sizeof(prefix) - 1) != 0)
		return true;
	for (path += sizeof(prefix) - 1; v; path++) {
		size_t n = strcspn(path, ".[");

		if (n >= sizeof(name))
			return true;
		memcpy(name, path, n);
		name[n] = '\0';
		v = json_get(v, name);
		path += n;
		/* A list is replaced as a whole, or element by element: all of it is written. */
		if (*path != '.')
			break;
	}
	return v != NULL;
}

/* What is in force already and was not asked for is left as it is. But systemd writes all of it
 * anew when it is told anything, a quota in whole percents: the files have the last word. */
static void keep_changes(
	struct plan_cgroup *cg, const struct plan *old, const struct json_value *update)
{
	size_t kept = 0;
	bool first = false;

	for (size_t i = 0; i < cg->n_writes; i++) {
		struct plan_write w = cg->writes[i];
		bool keep =
			cg->unit || !was_written(old, &w) || is_given(update, w.at_path);

		/* A setting's other name goes with the first. */
		if (w.otherwise)
			keep = first;
		first = keep;
		w.late = false;
		if (keep)
			cg->writes[kept++] = w;
	}
	cg->n_writes = kept;
}

int plan_update(const struct plan_update_target *target, const struct spec *now,
	const struct host *host, struct arena *a, struct plan_cgroup **out,
	struct error *e)
{
	static const struct plan_opts no_options;
	struct plan_ctx old = {
		.spec = target->stored, .opts = &no_options, .host = host, .arena = a
	};
	struct plan_ctx ctx = {
		.spec = now, .opts = &no_options, .host = host, .arena = a
	};
	int r = begin(&old, target, e);

	if (r == 0)
		r = begin(&ctx, target, e);
	if (r == 0 && target->update)
		r = plan_res(&ctx, e);
	/* Before what has not changed is dropped: a quota needs its period. */
	if (r == 0 && target->update && ctx.plan->cgroup && ctx.plan->cgroup->unit)
		r = plan_unit_limits(&ctx, e);
	if (r < 0)
		return r;
	if (target->update) {
		/* What could not be planned any more is not in force. */
		if (plan_res(&old, NULL) < 0 && old.plan->cgroup)
			old.plan->cgroup->n_writes = 0;
		if (ctx.plan->cgroup)
			keep_changes(ctx.plan->cgroup, old.plan, target->update);
	}
	if (target->devices)
		r = plan_devrules_change(&old, &ctx, e);
	*out = ctx.plan->cgroup;
	return r;
}
