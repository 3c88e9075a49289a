/* SPDX-License-Identifier: Apache-2.0 */
/* Resources as files of cgroup v1 (Documentation/admin-guide/cgroup-v1 of the kernel). */
#include "config.h"

#include "plan/res.h"

#include <inttypes.h>

#include "base/cleanup.h"

int res_v1_memory(struct plan_ctx *ctx, uint32_t index, const struct spec_memory *m,
	struct error *e)
{
	int r = 0;

	/*
	 * memory.memsw.limit_in_bytes must never be below the limit: in a new cgroup
	 * the limit comes first.
	 */
	if (m->limit)
		r = res_write(ctx, index, SPOT(m, "limit"), "memory.limit_in_bytes", e,
			"%" PRId64, m->limit);
	/* The kernel may account without swap; no limit on it needs no file. */
	if (r == 0 && (m->swap < 0 || (m->limit < 0 && !m->swap)))
		r = res_write_optional(ctx, index, SPOT(m, "swap"),
			"memory.memsw.limit_in_bytes", e, "-1");
	else if (r == 0 && m->swap)
		r = res_write(ctx, index, SPOT(m, "swap"), "memory.memsw.limit_in_bytes",
			e, "%" PRId64, m->swap);
	if (r == 0 && m->reservation)
		r = res_write(ctx, index, SPOT(m, "reservation"),
			"memory.soft_limit_in_bytes", e, "%" PRId64, m->reservation);
	if (r == 0 && m->has_swappiness)
		r = res_write(ctx, index, SPOT(m, "swappiness"), "memory.swappiness", e,
			"%" PRIu64, m->swappiness);
	if (r == 0 && m->disable_oom_killer)
		r = res_write(ctx, index, SPOT(m, "disableOOMKiller"),
			"memory.oom_control", e, "1");
	if (r == 0 && m->has_use_hierarchy)
		r = res_write(ctx, index, SPOT(m, "useHierarchy"), "memory.use_hierarchy",
			e, "%d", m->use_hierarchy);
	return r;
}

int res_v1_cpu(
	struct plan_ctx *ctx, uint32_t index, const struct spec_cpu *c, struct error *e)
{
	bool idle = c->has_idle && c->idle == 1;
	int r = 0;

	/* A weight cannot be set on an idle group (RES-18). */
	if (c->shares && !idle)
		r = res_write(ctx, index, SPOT(c, "shares"), "cpu.shares", e, "%" PRIu64,
			c->shares);
	if (r == 0 && c->period)
		r = res_write(ctx, index, SPOT(c, "period"), "cpu.cfs_period_us", e,
			"%" PRIu64, c->period);
	if (r == 0 && c->quota)
		r = res_write(ctx, index, SPOT(c, "quota"), "cpu.cfs_quota_us", e,
			"%" PRId64, c->quota < 0 ? -1 : c->quota);
	if (r == 0 && c->has_burst)
		r = res_write(ctx, index, SPOT(c, "burst"), "cpu.cfs_burst_us", e,
			"%" PRIu64, c->burst);
	if (r == 0 && c->realtime_period)
		r = res_write(ctx, index, SPOT(c, "realtimePeriod"), "cpu.rt_period_us",
			e, "%" PRIu64, c->realtime_period);
	if (r == 0 && c->realtime_runtime)
		r = res_write(ctx, index, SPOT(c, "realtimeRuntime"), "cpu.rt_runtime_us",
			e, "%" PRId64, c->realtime_runtime);
	if (r == 0 && c->has_idle)
		r = res_write(
			ctx, index, SPOT(c, "idle"), "cpu.idle", e, "%" PRId64, c->idle);
	return r;
}

/*
 * The scheduler that is built in decides which of the two files there is: CFQ before
 * Linux 5.0, BFQ since.
 */
static int write_weights(struct plan_ctx *ctx, uint32_t index,
	const struct spec_block_io *b, struct error *e)
{
	int r = 0;

	if (b->weight) {
		r = res_write_optional(ctx, index, SPOT(b, "weight"), "blkio.bfq.weight",
			e, "%u", b->weight);
		if (r == 0)
			r = res_write_otherwise(ctx, index, SPOT(b, "weight"),
				"blkio.weight", e, "%u", b->weight);
	}
	if (r == 0 && b->leaf_weight)
		r = res_write(ctx, index, SPOT(b, "leafWeight"), "blkio.leaf_weight", e,
			"%u", b->leaf_weight);
	for (size_t i = 0; r == 0 && i < b->n_weight_device; i++) {
		const struct spec_weight_device *d = &b->weight_device[i];

		if (d->weight)
			r = res_write(ctx, index, SPOT(d, "weight"),
				"blkio.bfq.weight_device", e,
				"%" PRId64 ":%" PRId64 " %u", d->major, d->minor,
				d->weight);
		if (r == 0 && d->leaf_weight)
			r = res_write(ctx, index, SPOT(d, "leafWeight"),
				"blkio.leaf_weight_device", e,
				"%" PRId64 ":%" PRId64 " %u", d->major, d->minor,
				d->leaf_weight);
	}
	return r;
}

int res_v1_block_io(struct plan_ctx *ctx, uint32_t index, const struct spec_block_io *b,
	struct error *e)
{
	const struct {
		const char *file;
		const struct spec_throttle_device *list;
		size_t n;
	} throttles[] = {
		{ "blkio.throttle.read_bps_device", b->throttle_read_bps,
			b->n_throttle_read_bps },
		{ "blkio.throttle.write_bps_device", b->throttle_write_bps,
			b->n_throttle_write_bps },
		{ "blkio.throttle.read_iops_device", b->throttle_read_iops,
			b->n_throttle_read_iops },
		{ "blkio.throttle.write_iops_device", b->throttle_write_iops,
			b->n_throttle_write_iops },
	};
	int r = write_weights(ctx, index, b, e);

	for (size_t i = 0; i < ARRAY_SIZE(throttles); i++) {
		for (size_t k = 0; r == 0 && k < throttles[i].n; k++) {
			const struct spec_throttle_device *d = &throttles[i].list[k];

			r = res_write(ctx, index, SPOT(d, NULL), throttles[i].file, e,
				"%" PRId64 ":%" PRId64 " %" PRIu64, d->major, d->minor,
				d->rate);
		}
	}
	return r;
}

/*
 * RES-23: the reservation keeps mmap(2) from failing later; kernels before 5.7 only
 * account faults.
 */
int res_v1_hugepage(struct plan_ctx *ctx, uint32_t index, const struct spec_hugepage *h,
	struct error *e)
{
	char *rsvd =
		arena_printf(ctx->arena, "hugetlb.%s.rsvd.limit_in_bytes", h->page_size);
	char *fault = arena_printf(ctx->arena, "hugetlb.%s.limit_in_bytes", h->page_size);
	int r;

	if (!rsvd || !fault)
		return plan_nomem(e);
	r = res_write_optional(
		ctx, index, SPOT(h, "limit"), rsvd, e, "%" PRIu64, h->limit);
	return r < 0 ? r
		     : res_write(ctx, index, SPOT(h, "limit"), fault, e, "%" PRIu64,
			       h->limit);
}
