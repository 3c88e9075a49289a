/* SPDX-License-Identifier: Apache-2.0 */
/* Where the container's cgroup is, in each hierarchy of the host. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/strv.h"
#include "plan/cgowner.h"
#include "plan/unit.h"
#include "plan/util.h"

/* Below it lies what has no absolute path (CG-02, CG-03). */
#define BASE "/davit"

/* Engines read their statistics, so they are worth having where nothing is limited. */
static const char *const statistics[] = { "cpu", "io", "memory", "pids" };

static const struct host_hierarchy *host_v2(const struct host *h)
{
	for (size_t i = 0; i < h->n_hierarchies; i++) {
		if (h->hierarchies[i].v2)
			return &h->hierarchies[i];
	}
	return NULL;
}

bool plan_controller(
	const struct plan_ctx *ctx, const char *name, uint32_t *index, bool *v2)
{
	const struct plan_cgroup *cg = ctx->plan->cgroup;
	const struct host_hierarchy *unified = host_v2(ctx->host);

	for (size_t i = 0; cg && i < cg->n_hierarchies; i++) {
		const struct plan_hierarchy *h = &cg->hierarchies[i];
		bool found = h->v2 ? unified && strv_has(unified->controllers,
							unified->n_controllers, name)
				   : strv_has(h->controllers, h->n_controllers, name);

		if (found) {
			*index = (uint32_t)i;
			*v2 = h->v2;
			return true;
		}
	}
	return false;
}

int plan_controller_need(
	struct plan_ctx *ctx, uint32_t index, const char *name, struct error *e)
{
	struct plan_hierarchy *h = &ctx->plan->cgroup->hierarchies[index];
	const char **slot;

	/* CG-11: what is limited must be there. */
	h->required = true;
	if (!h->v2 || strv_has(h->controllers, h->n_controllers, name))
		return 0;
	for (size_t i = 0; i < h->n_wanted; i++) {
		if (strcmp(h->wanted[i], name) == 0)
			h->wanted[i] = h->wanted[--h->n_wanted];
	}
	slot = PLAN_PUSH(ctx, h->controllers, h->n_controllers);
	if (!slot)
		return plan_nomem(e);
	*slot = name;
	return 0;
}

/* "slice:prefix:name" is for the systemd manager. */
static bool looks_like_systemd(const char *path)
{
	const char *first = strchr(path, ':');

	return path[0] != '/' && first && strchr(first + 1, ':');
}

/* CG-01 to CG-05: one path for all hierarchies, from the mount point. */
static int choose_path(
	struct plan_ctx *ctx, const char **out, bool *based, struct error *e)
{
	const struct spec_linux *l = ctx->spec->config->linux;
	const char *given = l && plan_given(l->cgroups_path) ? l->cgroups_path : NULL;
	char *path;

	if (!given) {
		path = arena_printf(ctx->arena, BASE "/%s", ctx->opts->id);
	} else if (path_is_absolute(given)) {
		path = path_resolve_lexical(ctx->arena, given);
	} else {
		/* ".." ends at the base, not at the hierarchy's root. */
		char *rooted = path_join(ctx->arena, "/", given);
		char *clean = rooted ? path_resolve_lexical(ctx->arena, rooted) : NULL;

		path = clean ? arena_printf(ctx->arena, BASE "%s", clean) : NULL;
		if (path && strcmp(clean, "/") == 0)
			return plan_fault(ctx, e, SPOT(l, "cgroupsPath"),
				"expected a path below the base, found \"%s\"", given);
	}
	if (!path)
		return plan_nomem(e);
	if (strcmp(path, "/") == 0)
		return plan_fault(ctx, e, SPOT(l, "cgroupsPath"),
			"the root of the hierarchy cannot be a container's cgroup");
	if (given && looks_like_systemd(given) &&
		plan_warn(ctx,
			"linux.cgroupsPath \"%s\" has the form of the systemd manager; "
			"used as a path",
			given) < 0)
		return plan_nomem(e);
	*out = path + 1;
	*based = !given || !path_is_absolute(given);
	return 0;
}

/*
 * CG-11: what a user may write to is where its processes sit, not the hierarchy's root: on v2
 * beside our own cgroup, since one with processes hands no controllers down; on v1 below it.
 */
static const char *below_own(
	struct plan_ctx *ctx, const struct host_hierarchy *h, const char *path)
{
	const char *own = plan_given(h->own) ? h->own : "/";
	size_t len = strlen(own);

	/* "/.." is outside of our cgroup namespace. */
	if (strcmp(own, "/") == 0 || strncmp(own, "/..", 3) == 0)
		return path;
	while (h->v2 && own[len - 1] != '/')
		len--;
	while (len > 0 && own[len - 1] == '/')
		len--;
	if (len == 0)
		return path;
	return arena_printf(ctx->arena, "%.*s/%s", (int)len - 1, own + 1, path);
}

static int want_statistics(struct plan_ctx *ctx, const struct host_hierarchy *from,
	struct plan_hierarchy *to, struct error *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(statistics); i++) {
		const char **slot;

		if (!strv_has(from->controllers, from->n_controllers, statistics[i]))
			continue;
		slot = PLAN_PUSH(ctx, to->wanted, to->n_wanted);
		if (!slot)
			return plan_nomem(e);
		*slot = statistics[i];
	}
	return 0;
}

/* "name=systemd": nothing is limited there, and it is often read-only. */
static bool is_named(const struct host_hierarchy *h)
{
	return !h->v2 && h->n_controllers == 1 &&
	       strncmp(h->controllers[0], "name=", 5) == 0;
}

static int add_hierarchy(struct plan_ctx *ctx, const struct host_hierarchy *from,
	const char *path, bool required, struct error *e)
{
	struct plan_cgroup *cg = ctx->plan->cgroup;
	struct plan_hierarchy *to = PLAN_PUSH(ctx, cg->hierarchies, cg->n_hierarchies);

	if (!to || !path)
		return plan_nomem(e);
	to->mountpoint = from->mountpoint;
	to->path = path;
	/*
	 * systemd writes devices.allow of a v1 unit again when it is reloaded, and would open
	 * everything for an instant (I4): the rules lie in a group below, which is ours alone.
	 */
	if (cg->unit && !from->v2 &&
		strv_has(from->controllers, from->n_controllers, "devices"))
		to->path = arena_printf(ctx->arena, "%s/davit", path);
	if (!to->path)
		return plan_nomem(e);
	to->v2 = from->v2;
	to->required = required && !is_named(from);
	if (from->v2)
		return ctx->host->cgroup == HOST_CGROUP_V2
			       ? want_statistics(ctx, from, to, e)
			       : 0;
	to->controllers = from->controllers;
	to->n_controllers = from->n_controllers;
	to->copy_cpuset = strv_has(from->controllers, from->n_controllers, "cpuset");
	return 0;
}

/* CG-11: without privilege, without a path and without limits a container runs where we are. */
static bool is_required(const struct plan_ctx *ctx)
{
	const struct spec_linux *l = ctx->spec->config->linux;

	return !plan_rootless(ctx) || ctx->opts->systemd_cgroup ||
	       (l && plan_given(l->cgroups_path));
}

/* MNT-06: a container that has no cgroup made for it sees that of its caller, as with runc. */
static int add_own(struct plan_ctx *ctx, struct error *e)
{
	const struct host *h = ctx->host;
	struct plan *p = ctx->plan;
	bool shown = false;

	for (size_t i = 0; i < p->n_mounts; i++)
		shown = shown || p->mounts[i].kind == PLAN_MOUNT_CGROUP1;
	for (size_t i = 0; shown && i < h->n_hierarchies; i++) {
		const struct host_hierarchy *from = &h->hierarchies[i];
		struct plan_hierarchy *to;

		/* "/.." is outside of our cgroup namespace. */
		if (!plan_given(from->own) || strncmp(from->own, "/..", 3) == 0)
			continue;
		to = PLAN_PUSH(ctx, p->own_cgroups, p->n_own_cgroups);
		if (!to)
			return plan_nomem(e);
		to->mountpoint = from->mountpoint;
		to->path = from->own + 1;
		to->v2 = from->v2;
		if (from->v2)
			continue;
		to->controllers = from->controllers;
		to->n_controllers = from->n_controllers;
	}
	return 0;
}

int plan_cgroup(struct plan_ctx *ctx, struct error *e)
{
	const struct host *h = ctx->host;
	bool required = is_required(ctx), based = false;
	const char *path = NULL;
	int r;

	if (ctx->opts->cgroup_disabled || !required) {
		r = add_own(ctx, e);
		if (r < 0 || ctx->opts->cgroup_disabled)
			return r;
	}
	ctx->plan->cgroup = arena_alloc(ctx->arena, sizeof(*ctx->plan->cgroup));
	if (!ctx->plan->cgroup)
		return plan_nomem(e);
	ctx->plan->cgroup->driver =
		ctx->opts->systemd_cgroup ? PLAN_CGROUP_UNIT : PLAN_CGROUP_FS;
	r = ctx->opts->systemd_cgroup ? plan_unit(ctx, &path, e)
				      : choose_path(ctx, &path, &based, e);
	based = based && plan_rootless(ctx);
	/* v2 last: the process is born there, and enters the others afterwards. */
	for (int v2 = 0; r == 0 && v2 <= 1; v2++) {
		for (size_t i = 0; r == 0 && i < h->n_hierarchies; i++) {
			const struct host_hierarchy *x = &h->hierarchies[i];

			if (x->v2 != (bool)v2 || (!v2 && h->cgroup == HOST_CGROUP_V2))
				continue;
			r = add_hierarchy(ctx, x, based ? below_own(ctx, x, path) : path,
				required, e);
		}
	}
	if (r == 0)
		plan_cgroup_owner(ctx);
	return r;
}
