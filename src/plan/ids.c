/* SPDX-License-Identifier: Apache-2.0 */
/* Mappings of a user namespace; user and groups of the process. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "plan/util.h"

/* The kernel takes 340 lines; who has more ranges names them. */
#define DEFAULT_RANGES 100

/* Podman's --group-add keep-groups: there, and not "0". */
static bool keeps_groups(const struct spec_config *c)
{
	for (size_t i = 0; i < c->n_annotations; i++) {
		if (strcmp(c->annotations[i].key, "run.oci.keep_original_groups") == 0)
			return strcmp(c->annotations[i].value, "0") != 0;
	}
	return false;
}

int plan_copy_map(struct plan_ctx *ctx, const struct spec_idmap *from, size_t n,
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

/* One of the two maps, and what the host has for it. */
struct side {
	const char *member, *kind, *name, *file; /* "uidMappings", "users", ... */
	unsigned capability;			 /* that writes any map */
	const struct plan_idmap *map;
	size_t n;
	uint32_t own;
	const char *helper;
	const struct host_range *ranges;
	size_t n_ranges;
	const struct host_range *given; /* of the user namespace that we are in */
	size_t n_given;
	const char *given_file;
};

/* In one range: the kernel does not put two lines together either. */
static bool covers(
	const struct host_range *ranges, size_t n, uint32_t first, uint32_t size)
{
	for (size_t i = 0; i < n; i++) {
		const struct host_range *r = &ranges[i];

		if (first >= r->first && first - r->first < r->count &&
			size <= r->count - (first - r->first))
			return true;
	}
	return false;
}

static bool in_ranges(const struct side *s, const struct plan_idmap *line)
{
	return (line->size == 1 && line->host_id == s->own) ||
	       covers(s->ranges, s->n_ranges, line->host_id, line->size);
}

/* hostID counts in the user namespace that we are in, which has no more than it was given. */
static int check_own(struct plan_ctx *ctx, const struct spec_linux *l,
	const struct side *s, struct error *e)
{
	for (size_t i = 0; s->n_given && i < s->n; i++) {
		const struct plan_idmap *line = &s->map[i];
		int r;

		if (covers(s->given, s->n_given, line->host_id, line->size))
			continue;
		r = plan_cannot(ctx, e, SPOT(l, s->member), -EPERM,
			"the %s %" PRIu32 " to %" PRIu64
			" are not mapped in the user namespace that davit runs in",
			s->kind, line->host_id, (uint64_t)line->host_id + line->size - 1);
		err_hint(e,
			"what it has is in the first and third column of /proc/self/%s "
			"there",
			s->given_file);
		return r;
	}
	return 0;
}

static int outside(struct plan_ctx *ctx, const struct spec_linux *l, const struct side *s,
	const struct plan_idmap *line, struct error *e)
{
	const struct host *h = ctx->host;
	const struct host_range *r = s->ranges;
	int code;

	code = plan_cannot(ctx, e, SPOT(l, s->member), -EPERM,
		"the host's %s %" PRIu32 " to %" PRIu64 " are not ours to map", s->kind,
		line->host_id, (uint64_t)line->host_id + line->size - 1);
	if (s->n_ranges)
		err_hint(e, "%s gives user %s (%" PRIu32 ") %" PRIu32 " to %" PRIu64 "%s",
			s->file, plan_given(h->user) ? h->user : "-", h->euid, r->first,
			(uint64_t)r->first + r->count - 1,
			s->n_ranges > 1 ? ", and further ranges" : "");
	else
		err_hint(e,
			"%s has no line for user %s (%" PRIu32
			"): usermod --add-sub%s 100000-165535 adds one",
			s->file, plan_given(h->user) ? h->user : "-", h->euid,
			s->own == h->euid && strcmp(s->member, "uidMappings") == 0
				? "uids"
				: "gids");
	return code;
}

/*
 * MAP-02: a map of other ids than our own is written by newuidmap(1) or newgidmap(1), which look
 * into the same files as we do, unless a name service has the ranges.
 */
static int plan_helper(struct plan_ctx *ctx, const struct spec_linux *l,
	const struct side *s, const char **out, struct error *e)
{
	const struct host *h = ctx->host;
	int r;

	if (!s->helper) {
		r = plan_cannot(ctx, e, SPOT(l, s->member), -ENOENT,
			"mapping more than the own id without privilege needs "
			"/usr/bin/%s, which is missing",
			s->name);
		err_hint(e,
			"it comes with the package uidmap (Debian, Ubuntu) or shadow-utils");
		return r;
	}
	if (h->no_new_privs) {
		r = plan_cannot(ctx, e, SPOT(l, s->member), -EPERM,
			"%s would get no privilege from us: no_new_privs is set",
			s->helper);
		err_hint(e,
			"something around us set it (systemd: NoNewPrivileges=), and it "
			"cannot be taken back");
		return r;
	}
	for (size_t i = 0; !h->subid_service && i < s->n; i++) {
		if (!in_ranges(s, &s->map[i]))
			return outside(ctx, l, s, &s->map[i], e);
	}
	*out = s->helper;
	return 0;
}

/* Has one of the lines an id of the range? The kernel takes no two lines with the same one. */
static bool meets(const struct plan_idmap *map, size_t n, const struct host_range *r)
{
	for (size_t i = 0; i < n; i++) {
		if (map[i].host_id < (uint64_t)r->first + r->count &&
			r->first < (uint64_t)map[i].host_id + map[i].size)
			return true;
	}
	return false;
}

/*
 * MAP-04: an ordinary user who names no ids gets what is his: his own as id 0, and from 1 on the
 * ranges that he may map, where a helper would map them.
 */
static int default_map(struct plan_ctx *ctx, const struct side *s,
	struct plan_idmap **out, size_t *n_out, struct error *e)
{
	size_t ranges = s->helper && !ctx->host->no_new_privs ? s->n_ranges : 0;
	struct plan_idmap *map =
		arena_array(ctx->arena, 1 + DEFAULT_RANGES, sizeof(*map));
	uint32_t next = 1;
	size_t n = 0;

	if (!map)
		return plan_nomem(e);
	map[n++] = (struct plan_idmap){ .host_id = s->own, .size = 1 };
	for (size_t i = 0; n <= DEFAULT_RANGES && i < ranges; i++) {
		const struct host_range *r = &s->ranges[i];
		/* The last id of all means none. */
		uint32_t left = UINT32_MAX - next;
		uint32_t size = r->count < left ? r->count : left;

		if (size == 0 || meets(map, n, r))
			continue;
		map[n++] = (struct plan_idmap){
			.container_id = next, .host_id = r->first, .size = size
		};
		next += size;
	}
	*out = map;
	*n_out = n;
	return 0;
}

static int fill_map(struct plan_ctx *ctx, const struct spec_linux *l, struct side *s,
	struct plan_idmap **map, size_t *n, struct error *e)
{
	int r = 0;

	if (*n == 0 && host_can(ctx->host, s->capability))
		r = plan_fault(ctx, e, SPOT(l, s->member),
			"a new user namespace needs %s, found none", s->member);
	else if (*n == 0)
		r = default_map(ctx, s, map, n, e);
	s->map = *map;
	s->n = *n;
	return r;
}

static int plan_new_map(struct plan_ctx *ctx, const struct spec_linux *l, struct error *e)
{
	const struct host *h = ctx->host;
	struct plan *p = ctx->plan;
	struct side uids = { .member = "uidMappings",
		.kind = "users",
		.name = "newuidmap",
		.file = "/etc/subuid",
		.capability = CAP_SETUID,
		.own = h->euid,
		.helper = h->newuidmap,
		.ranges = h->subuids,
		.n_ranges = h->n_subuids,
		.given = h->own_uids,
		.n_given = h->n_own_uids,
		.given_file = "uid_map" };
	struct side gids = { .member = "gidMappings",
		.kind = "groups",
		.name = "newgidmap",
		.file = "/etc/subgid",
		.capability = CAP_SETGID,
		.own = h->egid,
		.helper = h->newgidmap,
		.ranges = h->subgids,
		.n_ranges = h->n_subgids,
		.given = h->own_gids,
		.n_given = h->n_own_gids,
		.given_file = "gid_map" };
	int r = fill_map(ctx, l, &uids, &p->uid_map, &p->n_uid_map, e);

	if (r == 0)
		r = fill_map(ctx, l, &gids, &p->gid_map, &p->n_gid_map, e);
	if (r == 0)
		r = check_own(ctx, l, &uids, e);
	if (r == 0)
		r = check_own(ctx, l, &gids, e);
	if (r == 0 && !host_can(h, CAP_SETUID) &&
		!is_own(p->uid_map, p->n_uid_map, h->euid))
		r = plan_helper(ctx, l, &uids, &p->uid_helper, e);
	if (r == 0 && !host_can(h, CAP_SETGID) &&
		!is_own(p->gid_map, p->n_gid_map, h->egid))
		r = plan_helper(ctx, l, &gids, &p->gid_helper, e);
	p->deny_setgroups = !host_can(h, CAP_SETGID) && !p->gid_helper;
	return r;
}

/* MAP-01, MAP-05 */
static int plan_maps(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_linux *l = ctx->spec->config->linux;
	struct plan *p = ctx->plan;
	int r;

	if (!l || !plan_private(ctx, PLAN_NEWUSER))
		return 0;
	r = plan_copy_map(
		ctx, l->uid_mappings, l->n_uid_mappings, &p->uid_map, &p->n_uid_map, e);
	if (r == 0)
		r = plan_copy_map(ctx, l->gid_mappings, l->n_gid_mappings, &p->gid_map,
			&p->n_gid_map, e);
	/* containerd and CRI-O send mappings beside a path: the joined namespace must have them. */
	if (r < 0 || !(p->new_flags & PLAN_NEWUSER))
		return r;
	return plan_new_map(ctx, l, e);
}

static bool is_mapped(const struct plan_idmap *map, size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++) {
		if (id >= map[i].container_id && id - map[i].container_id < map[i].size)
			return true;
	}
	return false;
}

bool plan_id_mapped(const struct plan_ctx *ctx, bool group, uint32_t id)
{
	const struct plan *p = ctx->plan;
	const struct host *h = ctx->host;

	if (p->new_flags & PLAN_NEWUSER)
		return group ? is_mapped(p->gid_map, p->n_gid_map, id)
			     : is_mapped(p->uid_map, p->n_uid_map, id);
	if (plan_private(ctx, PLAN_NEWUSER))
		return true;
	if (!(group ? h->n_own_gids : h->n_own_uids))
		return true;
	return group ? covers(h->own_gids, h->n_own_gids, id, 1)
		     : covers(h->own_uids, h->n_own_uids, id, 1);
}

const char *plan_id_place(const struct plan_ctx *ctx, bool group)
{
	if (!(ctx->plan->new_flags & PLAN_NEWUSER))
		return "the user namespace that davit runs in";
	return group ? "linux.gidMappings" : "linux.uidMappings";
}

/* PROC-27: an id that the namespace does not know would only fail in setresuid(2). */
static int check_mapped(struct plan_ctx *ctx, const struct spec_user *u, struct error *e)
{
	if (!u)
		return 0;
	if (!plan_id_mapped(ctx, false, u->uid))
		return plan_fault(ctx, e, SPOT(u, "uid"), "user %u is not mapped in %s",
			u->uid, plan_id_place(ctx, false));
	if (!plan_id_mapped(ctx, true, u->gid))
		return plan_fault(ctx, e, SPOT(u, "gid"), "group %u is not mapped in %s",
			u->gid, plan_id_place(ctx, true));
	for (size_t i = 0; i < u->n_additional_gids; i++) {
		if (!plan_id_mapped(ctx, true, u->additional_gids[i]))
			return plan_fault(ctx, e, SPOT_AT(u, "additionalGids", i),
				"group %u is not mapped in %s", u->additional_gids[i],
				plan_id_place(ctx, true));
	}
	return 0;
}

static bool joins_user(const struct plan_ctx *ctx)
{
	return plan_private(ctx, PLAN_NEWUSER) && !(ctx->plan->new_flags & PLAN_NEWUSER);
}

/* PROC-29, G5: where setgroups(2) is denied, the caller's groups stay, and others cannot be had. */
static int plan_groups(struct plan_ctx *ctx, const struct spec_user *u, struct error *e)
{
	struct plan_process *proc = ctx->plan->process;
	bool denied = ctx->plan->deny_setgroups ||
		      (ctx->host->setgroups_denied && !joins_user(ctx));

	proc->keep_groups = keeps_groups(ctx->spec->config);
	proc->set_groups = !denied && !proc->keep_groups;
	if (!u || proc->keep_groups)
		return 0;
	if (denied && u->n_additional_gids)
		return plan_cannot(ctx, e, SPOT(u, "additionalGids"), -EPERM,
			"supplementary groups need CAP_SETGID, or newgidmap and a range in "
			"/etc/subgid: this user namespace denies setgroups");
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
	ctx->plan->unprivileged = ctx->host->euid != 0;
	/*
	 * Limits, oom_score_adj, schedulers and I/O priorities that are better than usual take
	 * capabilities in the initial user namespace.
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
