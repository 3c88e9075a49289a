/* SPDX-License-Identifier: Apache-2.0 */
/* Mappings of a user namespace; user and groups of the process. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>
#include <string.h>

#include "plan/util.h"

#define CAP_SETGID_BIT (UINT64_C(1) << 6)
#define CAP_SETUID_BIT (UINT64_C(1) << 7)

/* Podman's --group-add keep-groups: there, and not "0". */
static bool keeps_groups(const struct spec_config *c)
{
	for (size_t i = 0; i < c->n_annotations; i++) {
		if (strcmp(c->annotations[i].key, "run.oci.keep_original_groups") == 0)
			return strcmp(c->annotations[i].value, "0") != 0;
	}
	return false;
}

static int copy_map(struct plan_ctx *ctx, const struct spec_idmap *from, size_t n,
	struct plan_idmap **out, size_t *n_out, struct error *e)
{
	struct plan_idmap *map = arena_array(ctx->arena, n, sizeof(*map));

	if (!map)
		return plan_nomem(e);
	for (size_t i = 0; i < n; i++) {
		map[i].container_id = from[i].container_id;
		map[i].host_id = from[i].host_id;
		map[i].size = from[i].size;
	}
	*out = map;
	*n_out = n;
	return 0;
}

/*
 * user_namespaces(7): without CAP_SETUID (CAP_SETGID) in ours, only the own id, in one
 * line.
 */
static bool is_own(const struct plan_idmap *map, size_t n, uint32_t id)
{
	return n == 1 && map[0].size == 1 && map[0].host_id == id;
}

static int check_new_map(
	struct plan_ctx *ctx, const struct spec_linux *l, struct error *e)
{
	const struct plan *p = ctx->plan;
	const struct host *h = ctx->host;

	if (!(h->caps & CAP_SETUID_BIT) && !is_own(p->uid_map, p->n_uid_map, h->euid))
		return plan_later(ctx, e, SPOT(l, "uidMappings"),
			"mapping more than the own user without CAP_SETUID");
	if (!(h->caps & CAP_SETGID_BIT) && !is_own(p->gid_map, p->n_gid_map, h->egid))
		return plan_later(ctx, e, SPOT(l, "gidMappings"),
			"mapping more than the own group without CAP_SETGID");
	return 0;
}

/* MAP-01, MAP-05 */
static int plan_maps(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_linux *l = ctx->spec->config->linux;
	struct plan *p = ctx->plan;
	int r;

	if (!l || !plan_private(ctx, PLAN_NEWUSER))
		return 0;
	r = copy_map(
		ctx, l->uid_mappings, l->n_uid_mappings, &p->uid_map, &p->n_uid_map, e);
	if (r == 0)
		r = copy_map(ctx, l->gid_mappings, l->n_gid_mappings, &p->gid_map,
			&p->n_gid_map, e);
	/* containerd and CRI-O send mappings beside a path: the joined namespace must have them. */
	if (r < 0 || !(p->new_flags & PLAN_NEWUSER))
		return r;
	return check_new_map(ctx, l, e);
}

static bool is_mapped(const struct plan_idmap *map, size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++) {
		if (id >= map[i].container_id && id - map[i].container_id < map[i].size)
			return true;
	}
	return false;
}

/* PROC-27: an id that the new namespace does not know would only fail in setresuid(2). */
static int check_mapped(struct plan_ctx *ctx, const struct spec_user *u, struct error *e)
{
	const struct plan *p = ctx->plan;

	if (!(p->new_flags & PLAN_NEWUSER) || !u)
		return 0;
	if (!is_mapped(p->uid_map, p->n_uid_map, u->uid))
		return plan_fault(ctx, e, SPOT(u, "uid"),
			"user %u is not mapped in linux.uidMappings", u->uid);
	if (!is_mapped(p->gid_map, p->n_gid_map, u->gid))
		return plan_fault(ctx, e, SPOT(u, "gid"),
			"group %u is not mapped in linux.gidMappings", u->gid);
	for (size_t i = 0; i < u->n_additional_gids; i++) {
		if (!is_mapped(p->gid_map, p->n_gid_map, u->additional_gids[i]))
			return plan_fault(ctx, e, SPOT_AT(u, "additionalGids", i),
				"group %u is not mapped in linux.gidMappings",
				u->additional_gids[i]);
	}
	return 0;
}

/*
 * PROC-29: a namespace whose map we write without CAP_SETGID must deny setgroups(2)
 * first.
 */
static int plan_groups(struct plan_ctx *ctx, const struct spec_user *u, struct error *e)
{
	struct plan_process *proc = ctx->plan->process;
	bool denied = (ctx->plan->new_flags & PLAN_NEWUSER) &&
		      !(ctx->host->caps & CAP_SETGID_BIT);

	proc->keep_groups = keeps_groups(ctx->spec->config);
	proc->set_groups = !denied && !proc->keep_groups;
	if (!u || proc->keep_groups)
		return 0;
	if (denied && u->n_additional_gids)
		return plan_cannot(ctx, e, SPOT(u, "additionalGids"), -EPERM,
			"supplementary groups need CAP_SETGID: this user namespace denies "
			"setgroups");
	proc->groups = u->additional_gids;
	proc->n_groups = u->n_additional_gids;
	return 0;
}

int plan_ids(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_process *sp = ctx->spec->config->process;
	const struct spec_user *u = sp ? sp->user : NULL;
	struct plan_process *proc = arena_alloc(ctx->arena, sizeof(*proc));
	int r;

	if (!proc)
		return plan_nomem(e);
	ctx->plan->process = proc;
	/*
	 * setrlimit(2) and oom_score_adj in a user namespace cannot be raised from
	 * inside.
	 */
	proc->limits_by_parent = plan_private(ctx, PLAN_NEWUSER);
	if (u) {
		proc->uid = u->uid;
		proc->gid = u->gid;
		proc->has_umask = u->has_umask;
		proc->umask = u->umask;
	}
	r = plan_maps(ctx, e);
	if (r == 0)
		r = check_mapped(ctx, u, e);
	if (r == 0)
		r = plan_groups(ctx, u, e);
	return r;
}
