/* SPDX-License-Identifier: Apache-2.0 */
/* Id-mapped mounts: whose mappings, and what they are. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>
#include <string.h>

#include "plan/util.h"
#include "spec/idmapopt.h"
#include "spec/mountopt.h"

/* The id on the host of a range of ids in the container; it must lie in one line of the map. */
static bool in_container(
	const struct plan_idmap *map, size_t n, uint32_t id, uint32_t size, uint32_t *out)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t offset = id - map[i].container_id;

		if (id < map[i].container_id || offset >= map[i].size ||
			size > map[i].size - offset)
			continue;
		*out = map[i].host_id + offset;
		return true;
	}
	return false;
}

static int option_lines(struct plan_ctx *ctx, const struct spec_mount *from,
	const struct idmapopt_line *lines, size_t n, const struct plan_idmap *outer,
	size_t n_outer, struct plan_idmap **out, size_t *n_out, struct error *e)
{
	struct plan_idmap *map = arena_array(ctx->arena, n, sizeof(*map));

	if (!map)
		return plan_nomem(e);
	for (size_t i = 0; i < n; i++) {
		uint32_t host = lines[i].to;

		if (lines[i].relative &&
			!in_container(outer, n_outer, lines[i].to, lines[i].size, &host))
			return plan_fault(ctx, e, SPOT(from, "options"),
				"ids %u to %u of the option idmap= are not in one line of the "
				"mappings of linux",
				lines[i].to, lines[i].to + (lines[i].size - 1));
		map[i].container_id = lines[i].from;
		map[i].host_id = host;
		map[i].size = lines[i].size;
	}
	*out = map;
	*n_out = n;
	return 0;
}

static int from_option(struct plan_ctx *ctx, const struct spec_mount *from,
	const char *text, struct plan_mount *to, struct error *e)
{
	const struct plan *p = ctx->plan;
	struct idmapopt o;
	int r = idmapopt_parse(ctx->arena, text, &o, e);

	if (r == 0)
		r = option_lines(ctx, from, o.uids, o.n_uids, p->uid_map, p->n_uid_map,
			&to->uid_map, &to->n_uid_map, e);
	if (r == 0)
		r = option_lines(ctx, from, o.gids, o.n_gids, p->gid_map, p->n_gid_map,
			&to->gid_map, &to->n_gid_map, e);
	return r;
}

int plan_mount_idmap(struct plan_ctx *ctx, const struct spec_mount *from,
	const struct mountopt *opts, struct plan_mount *to, struct error *e)
{
	bool mapped = from->n_uid_mappings > 0;
	int r;

	if (!mapped && !opts->idmap && !opts->ridmap)
		return 0;
	if (!host_has(ctx->host, "mount-setattr"))
		return plan_cannot(ctx, e,
			SPOT(from,
				opts->idmap || opts->ridmap ? "options" : "uidMappings"),
			-ENOSYS, "id-mapped mounts need mount_setattr (Linux 5.12)");
	to->idmap_tree = opts->ridmap;
	to->idmap = PLAN_IDMAP_OWN;
	if (opts->idmap_map)
		return from_option(ctx, from, opts->idmap_map, to, e);
	if (!mapped) {
		to->idmap = PLAN_IDMAP_CONTAINER;
		return 0;
	}
	r = plan_copy_map(ctx, from->uid_mappings, from->n_uid_mappings, &to->uid_map,
		&to->n_uid_map, e);
	if (r == 0)
		r = plan_copy_map(ctx, from->gid_mappings, from->n_gid_mappings,
			&to->gid_map, &to->n_gid_map, e);
	return r;
}
