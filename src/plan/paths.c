/* SPDX-License-Identifier: Apache-2.0 */
/* The root, its propagation, and paths that are masked or read-only. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>
#include <string.h>

#include "base/path.h"
#include "base/twins.h"
#include "plan/util.h"
#include "spec/mountopt.h"

static bool has_path(const struct plan_path *list, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].path, path) == 0)
			return true;
	}
	return false;
}

/* MASK-01, ROP-01: duplicates once */
static int plan_list(struct plan_ctx *ctx, const struct spec_linux *l, const char *member,
	const char *const *paths, size_t n, struct plan_path **out, size_t *n_out,
	struct error *e)
{
	struct plan_path *list = arena_array(ctx->arena, n, sizeof(*list));
	const char **clean = arena_array(ctx->arena, n, sizeof(*clean));
	const struct twins *same;

	for (size_t i = 0; clean && i < n; i++) {
		clean[i] = path_resolve_lexical(ctx->arena, paths[i]);
		if (!clean[i])
			return plan_nomem(e);
	}
	same = clean ? twins_find(ctx->arena, clean, n, '\0') : NULL;
	if (!list || !same)
		return plan_nomem(e);
	*out = list;
	for (size_t i = 0; i < n; i++) {
		if (same[i].first != i)
			continue;
		list[*n_out].path = clean[i];
		PLAN_ORIGIN(ctx, &list[*n_out], SPOT_AT(l, member, i));
		(*n_out)++;
	}
	return 0;
}

/*
 * PROP-01, PROP-02: what the host's mounts become in the new namespace, before anything
 * else. A private root takes nothing of the host's; a shared root keeps the peers of
 * the host's mounts, because binds that ask for rshared have to hand mounts back; all
 * else receives only.
 */
static uint32_t host_propagation(uint32_t root)
{
	uint32_t kind = root & ~(uint32_t)MOUNTOPT_MS_REC;

	if (kind == MOUNTOPT_MS_PRIVATE || kind == MOUNTOPT_MS_UNBINDABLE)
		return MOUNTOPT_MS_PRIVATE | MOUNTOPT_MS_REC;
	if (kind == MOUNTOPT_MS_SHARED)
		return MOUNTOPT_MS_SHARED;
	return MOUNTOPT_MS_SLAVE | MOUNTOPT_MS_REC;
}

static int plan_root(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_root *root = ctx->spec->config->root;
	struct plan *p = ctx->plan;
	char *joined;

	/* B12 */
	if (ctx->opts->no_pivot &&
		plan_warn(ctx, "--no-pivot leaves the host's root below the container's, "
			       "where CAP_SYS_ADMIN reaches it") < 0)
		return plan_nomem(e);
	p->no_pivot = ctx->opts->no_pivot;
	joined = path_join(ctx->arena, ctx->opts->bundle, root->path);
	p->rootfs = joined ? path_clean(ctx->arena, joined) : NULL;
	p->rootfs_readonly = root->readonly;
	return p->rootfs ? 0 : plan_nomem(e);
}

static bool is_mounted_at(const struct plan *p, size_t from, const char *path)
{
	for (size_t i = from; i < p->n_mounts; i++) {
		if (strcmp(p->mounts[i].target, path) == 0)
			return true;
	}
	return false;
}

/*
 * "ro" is not said of what is mounted below (MOPT-17). But who binds /sys of the host read-only
 * does not mean to hand its cgroups out for writing, as runc once did (CVE-2023-25809, B16); who
 * means to, mounts cgroups there by an entry of its own.
 */
static int protect_cgroups(struct plan_ctx *ctx, struct error *e)
{
	struct plan *p = ctx->plan;

	for (size_t i = 0; i < p->n_mounts; i++) {
		const struct plan_mount *m = &p->mounts[i];
		struct plan_path *list;
		char *path;

		if (m->kind != PLAN_MOUNT_BIND || !m->recursive ||
			strcmp(m->source, "/sys") != 0 ||
			!(m->set & MOUNTOPT_ATTR_RDONLY) ||
			(m->rclear & MOUNTOPT_ATTR_RDONLY))
			continue;
		path = path_join(ctx->arena, m->target, "fs/cgroup");
		if (!path)
			return plan_nomem(e);
		if (is_mounted_at(p, i + 1, path) ||
			has_path(p->readonly, p->n_readonly, path))
			continue;
		list = arena_array(ctx->arena, p->n_readonly + 1, sizeof(*list));
		if (!list)
			return plan_nomem(e);
		if (p->n_readonly)
			memcpy(list, p->readonly, p->n_readonly * sizeof(*list));
		list[p->n_readonly] = (struct plan_path){
			.path = path,
			.at_line = m->at_line,
			.at_column = m->at_column,
			.at_path = m->at_path,
		};
		p->readonly = list;
		p->n_readonly++;
	}
	return 0;
}

int plan_paths(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_linux *l = ctx->spec->config->linux;
	struct plan *p = ctx->plan;
	int r = plan_root(ctx, e);

	if (r < 0)
		return r;
	p->root_propagation = l ? (uint32_t)l->rootfs_propagation : 0;
	p->propagation = host_propagation(p->root_propagation);
	if (!l)
		return 0;
	r = plan_list(ctx, l, "maskedPaths", l->masked_paths, l->n_masked_paths,
		&p->masked, &p->n_masked, e);
	if (r == 0)
		r = plan_list(ctx, l, "readonlyPaths", l->readonly_paths,
			l->n_readonly_paths, &p->readonly, &p->n_readonly, e);
	return r < 0 ? r : protect_cgroups(ctx, e);
}
