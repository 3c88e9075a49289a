/* SPDX-License-Identifier: Apache-2.0 */
/* Resources: which are set, in which controller, and when they take force. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "json/json.h"
#include "plan/res.h"

static int vwrite(struct plan_ctx *ctx, uint32_t index, struct plan_spot spot,
	const char *file, bool optional, struct error *e, const char *fmt, va_list ap)
{
	struct plan_cgroup *cg = ctx->plan->cgroup;
	struct plan_write *w = PLAN_PUSH(ctx, cg->writes, cg->n_writes);

	if (!w)
		return plan_nomem(e);
	w->hierarchy = index;
	w->file = file;
	w->value = plan_text(ctx, fmt, ap);
	w->optional = optional;
	PLAN_ORIGIN(ctx, w, spot);
	return w->value && file ? 0 : plan_nomem(e);
}

int res_write(struct plan_ctx *ctx, uint32_t index, struct plan_spot spot,
	const char *file, struct error *e, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = vwrite(ctx, index, spot, file, false, e, fmt, ap);
	va_end(ap);
	return r;
}

int res_write_optional(struct plan_ctx *ctx, uint32_t index, struct plan_spot spot,
	const char *file, struct error *e, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = vwrite(ctx, index, spot, file, true, e, fmt, ap);
	va_end(ap);
	return r;
}

int res_write_otherwise(struct plan_ctx *ctx, uint32_t index, struct plan_spot spot,
	const char *file, struct error *e, const char *fmt, ...)
{
	struct plan_cgroup *cg = ctx->plan->cgroup;
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = vwrite(ctx, index, spot, file, true, e, fmt, ap);
	va_end(ap);
	if (r == 0)
		cg->writes[cg->n_writes - 1].otherwise = true;
	return r;
}

int res_no_v2(struct plan_ctx *ctx, struct plan_spot spot, struct error *e)
{
	return plan_cannot(ctx, e, spot, -EINVAL, "has no counterpart on cgroup v2");
}

/* The controller by its v1 or v2 name (NULL: it has none there), marked as needed. */
static int find(struct plan_ctx *ctx, struct plan_spot spot, const char *v1_name,
	const char *v2_name, uint32_t *index, bool *v2, struct error *e)
{
	if (!ctx->plan->cgroup)
		return plan_cannot(ctx, e, spot, -ENODEV, "cgroups are disabled");
	if (v1_name && plan_controller(ctx, v1_name, index, v2) && !*v2)
		return plan_controller_need(ctx, *index, v1_name, e);
	if (v2_name && plan_controller(ctx, v2_name, index, v2) && *v2)
		return plan_controller_need(ctx, *index, v2_name, e);
	if (!v2_name && ctx->host->cgroup == HOST_CGROUP_V2)
		return res_no_v2(ctx, spot, e);
	return plan_cannot(ctx, e, spot, -ENODEV, "this host has no %s cgroup controller",
		ctx->host->cgroup == HOST_CGROUP_V2 || !v1_name ? v2_name : v1_name);
}

/* RES-05 to RES-12: 0 means "not set" for sizes; false is the kernel's state anyway. */
static bool sets_memory(const struct spec_memory *m)
{
	return m->limit || m->reservation || m->swap || m->disable_oom_killer ||
	       m->has_use_hierarchy || m->has_swappiness;
}

/* RES-07: what both kinds of cgroup would refuse, or read in another way. */
static int check_swap(struct plan_ctx *ctx, const struct spec_memory *m, struct error *e)
{
	if (m->swap > 0 && !m->limit)
		return plan_fault(ctx, e, SPOT(m, "swap"),
			"swap is memory and swap together: it needs a limit, found none");
	return 0;
}

static int plan_memory(struct plan_ctx *ctx, const struct spec_memory *m, struct error *e)
{
	uint32_t index;
	bool v2;
	int r;

	if (!m || !sets_memory(m))
		return 0;
	r = check_swap(ctx, m, e);
	if (r == 0)
		r = find(ctx, SPOT(m, NULL), "memory", "memory", &index, &v2, e);
	if (r < 0)
		return r;
	return v2 ? res_v2_memory(ctx, index, m, e) : res_v1_memory(ctx, index, m, e);
}

static bool sets_cpu(const struct spec_cpu *c)
{
	return c->shares || c->quota || c->has_burst || c->period ||
	       c->realtime_runtime || c->realtime_period || c->has_idle;
}

static int plan_cpuset(struct plan_ctx *ctx, const struct spec_cpu *c, struct error *e)
{
	const struct {
		const char *member, *value, *file;
	} lists[] = {
		{ "cpus", c->cpus, "cpuset.cpus" },
		{ "mems", c->mems, "cpuset.mems" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		struct plan_spot spot = SPOT(c, lists[i].member);
		uint32_t index;
		bool v2;
		int r;

		if (!plan_given(lists[i].value))
			continue;
		r = find(ctx, spot, "cpuset", "cpuset", &index, &v2, e);
		if (r == 0)
			r = res_write(
				ctx, index, spot, lists[i].file, e, "%s", lists[i].value);
		if (r < 0)
			return r;
	}
	return 0;
}

static int plan_cpu(struct plan_ctx *ctx, const struct spec_cpu *c, struct error *e)
{
	uint32_t index;
	bool v2;
	int r;

	if (!c)
		return 0;
	if (sets_cpu(c)) {
		r = find(ctx, SPOT(c, NULL), "cpu", "cpu", &index, &v2, e);
		if (r == 0)
			r = v2 ? res_v2_cpu(ctx, index, c, e)
			       : res_v1_cpu(ctx, index, c, e);
		if (r < 0)
			return r;
	}
	return plan_cpuset(ctx, c, e);
}

static int plan_block_io(
	struct plan_ctx *ctx, const struct spec_block_io *b, struct error *e)
{
	uint32_t index;
	bool v2;
	int r;

	if (!b)
		return 0;
	if (!b->weight && !b->leaf_weight && !b->n_weight_device &&
		!b->n_throttle_read_bps && !b->n_throttle_write_bps &&
		!b->n_throttle_read_iops && !b->n_throttle_write_iops)
		return 0;
	r = find(ctx, SPOT(b, NULL), "blkio", "io", &index, &v2, e);
	if (r < 0)
		return r;
	return v2 ? res_v2_block_io(ctx, index, b, e) : res_v1_block_io(ctx, index, b, e);
}

static int plan_hugepages(
	struct plan_ctx *ctx, const struct spec_resources *res, struct error *e)
{
	for (size_t i = 0; i < res->n_hugepage_limits; i++) {
		const struct spec_hugepage *h = &res->hugepage_limits[i];
		uint32_t index;
		bool v2;
		int r = find(ctx, SPOT(h, NULL), "hugetlb", "hugetlb", &index, &v2, e);

		if (r == 0)
			r = v2 ? res_v2_hugepage(ctx, index, h, e)
			       : res_v1_hugepage(ctx, index, h, e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* RES-24: v1 only. */
static int plan_network(
	struct plan_ctx *ctx, const struct spec_network *n, struct error *e)
{
	uint32_t index;
	bool v2;
	int r = 0;

	/* 0 is what is there without it. */
	if (n &&
		(n->class_id || (n->has_class_id && ctx->host->cgroup != HOST_CGROUP_V2 &&
					plan_controller(ctx, "net_cls", &index, &v2)))) {
		struct plan_spot spot = SPOT(n, "classID");

		r = find(ctx, spot, "net_cls", NULL, &index, &v2, e);
		if (r == 0)
			r = res_write(ctx, index, spot, "net_cls.classid", e, "%" PRIu32,
				n->class_id);
	}
	for (size_t i = 0; n && r == 0 && i < n->n_priorities; i++) {
		const struct spec_net_prio *p = &n->priorities[i];
		struct plan_spot spot = SPOT_AT(n, "priorities", i);

		r = find(ctx, spot, "net_prio", NULL, &index, &v2, e);
		if (r == 0)
			r = res_write(ctx, index, spot, "net_prio.ifpriomap", e,
				"%s %" PRIu32, p->name, p->priority);
	}
	return r;
}

/*
 * Decisions 8: our own processes live in the cgroup until READY, init, its relay and a
 * hook that init runs. A limit below that is written when they are gone; a hook that
 * runs after START would still need room.
 */
static int plan_late(struct plan_ctx *ctx, struct plan_spot spot, int64_t limit,
	bool *late, struct error *e)
{
	const struct spec_hooks *h = ctx->spec->config->hooks;
	int64_t need =
		1 + (ctx->plan->relay ? 1 : 0) + (h && h->n_create_container ? 1 : 0);

	*late = limit >= 0 && limit < need;
	if (limit >= 0 && limit < 2 && h && h->n_start_container)
		return plan_fault(ctx, e, spot,
			"%" PRId64 " leaves no room for a startContainer hook", limit);
	return 0;
}

static int plan_pids(struct plan_ctx *ctx, const struct spec_pids *p, struct error *e)
{
	uint32_t index;
	bool v2, late;
	int r;

	if (!p)
		return 0;
	struct plan_spot spot = SPOT(p, "limit");

	r = find(ctx, spot, "pids", "pids", &index, &v2, e);
	if (r == 0)
		r = plan_late(ctx, spot, p->limit, &late, e);
	if (r < 0)
		return r;
	r = p->limit < 0
		    ? res_write(ctx, index, spot, "pids.max", e, "max")
		    : res_write(ctx, index, spot, "pids.max", e, "%" PRId64, p->limit);
	if (r == 0)
		ctx->plan->cgroup->writes[ctx->plan->cgroup->n_writes - 1].late = late;
	return r;
}

/* RES-26: the same file on both. */
static int plan_rdma(
	struct plan_ctx *ctx, const struct spec_resources *res, struct error *e)
{
	for (size_t i = 0; i < res->n_rdma; i++) {
		const struct spec_rdma *d = &res->rdma[i];
		struct plan_spot spot = SPOT(d, NULL);
		char handles[40] = "", objects[40] = "";
		uint32_t index;
		bool v2;
		int r;

		if (d->has_hca_handles)
			snprintf(handles, sizeof(handles), " hca_handle=%" PRIu32,
				d->hca_handles);
		if (d->has_hca_objects)
			snprintf(objects, sizeof(objects), " hca_object=%" PRIu32,
				d->hca_objects);
		r = find(ctx, spot, "rdma", "rdma", &index, &v2, e);
		if (r == 0)
			r = res_write(ctx, index, spot, "rdma.max", e, "%s%s%s",
				d->device, handles, objects);
		if (r < 0)
			return r;
	}
	return 0;
}

/* One line of a value; kernel files of cgroup v2 take one setting a write. */
static int add_unified_line(struct plan_ctx *ctx, struct plan_spot spot, uint32_t index,
	const char *file, const char *line, size_t len, struct error *e)
{
	char *text = arena_strndup(ctx->arena, line, len);
	bool late = false;
	uint64_t limit;
	int r;

	if (!text)
		return plan_nomem(e);
	if (strcmp(file, "pids.max") == 0 && num_u64(text, INT64_MAX, &limit) == 0) {
		r = plan_late(ctx, spot, (int64_t)limit, &late, e);
		if (r < 0)
			return r;
	}
	r = res_write(ctx, index, spot, file, e, "%s", text);
	if (r == 0)
		ctx->plan->cgroup->writes[ctx->plan->cgroup->n_writes - 1].late = late;
	return r;
}

static int add_unified(
	struct plan_ctx *ctx, struct plan_spot spot, const struct kv *kv, struct error *e)
{
	const char *dot = strchr(kv->key, '.');
	uint32_t index = (uint32_t)ctx->plan->cgroup->n_hierarchies - 1;
	const char *line = kv->value;
	bool v2;
	int r = 0;

	if (!dot || dot == kv->key)
		return plan_fault(ctx, e, spot,
			"expected the name of a cgroup file such as memory.high");
	char *controller = arena_strndup(ctx->arena, kv->key, (size_t)(dot - kv->key));

	if (!controller)
		return plan_nomem(e);
	/* Files of the core are always there. */
	if (strcmp(controller, "cgroup") != 0)
		r = find(ctx, spot, NULL, controller, &index, &v2, e);
	else
		ctx->plan->cgroup->hierarchies[index].required = true;
	/* "" empties a list such as cpuset.cpus; a write of no bytes would do nothing. */
	if (r == 0 && !*line)
		r = res_write(ctx, index, spot, kv->key, e, "\n");
	while (r == 0 && *line) {
		size_t len = strcspn(line, "\n");

		if (len)
			r = add_unified_line(ctx, spot, index, kv->key, line, len, e);
		line += len + (line[len] == '\n');
	}
	return r;
}

/* RES-27: after everything that was converted. */
static int plan_unified(
	struct plan_ctx *ctx, const struct spec_resources *res, struct error *e)
{
	const struct json_value *map = json_get(res->at, "unified");
	struct plan_spot all = SPOT(res, "unified");

	if (!res->n_unified)
		return 0;
	if (!ctx->plan->cgroup)
		return plan_cannot(ctx, e, all, -ENODEV, "cgroups are disabled");
	if (ctx->host->cgroup != HOST_CGROUP_V2 || !ctx->plan->cgroup->n_hierarchies)
		return plan_cannot(
			ctx, e, all, -EINVAL, "needs a host with cgroup v2 alone");
	for (size_t i = 0; i < res->n_unified; i++) {
		struct plan_spot spot = { map, res->unified[i].key, -1 };
		int r = add_unified(ctx, spot, &res->unified[i], e);

		if (r < 0)
			return r;
	}
	return 0;
}

int plan_res(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_linux *l = ctx->spec->config->linux;
	const struct spec_resources *res = l ? l->resources : NULL;
	int r;

	if (!res)
		return 0;
	r = plan_memory(ctx, res->memory, e);
	if (r == 0)
		r = plan_cpu(ctx, res->cpu, e);
	if (r == 0)
		r = plan_block_io(ctx, res->block_io, e);
	if (r == 0)
		r = plan_hugepages(ctx, res, e);
	if (r == 0)
		r = plan_network(ctx, res->network, e);
	if (r == 0)
		r = plan_pids(ctx, res->pids, e);
	if (r == 0)
		r = plan_rdma(ctx, res, e);
	return r < 0 ? r : plan_unified(ctx, res, e);
}
