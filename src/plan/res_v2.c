/* SPDX-License-Identifier: Apache-2.0 */
/* Resources as files of cgroup v2, with the conversions of config-linux.md#unified. */
#include "config.h"

#include "plan/res.h"

#include <inttypes.h>

#include "base/cleanup.h"

#define CPU_PERIOD_DEFAULT 100000 /* microseconds, the kernel's */

static int write_limit(struct plan_ctx *ctx, uint32_t index, struct plan_spot spot,
	const char *file, int64_t value, struct error *e)
{
	if (value < 0)
		return res_write(ctx, index, spot, file, e, "max");
	return res_write(ctx, index, spot, file, e, "%" PRId64, value);
}

/*
 * RES-07: memory and swap together become swap alone. With an unlimited memory the
 * value is taken as it is, as runc does; a kernel without swap accounting has no file,
 * which matters only for a limit.
 */
static int write_swap(struct plan_ctx *ctx, uint32_t index, const struct spec_memory *m,
	struct error *e)
{
	const char *file = "memory.swap.max";
	struct plan_spot spot = SPOT(m, "swap");
	int64_t swap = m->limit > 0 ? m->swap - m->limit : m->swap;

	if (m->swap < 0 || (!m->swap && m->limit < 0))
		return res_write_optional(ctx, index, spot, file, e, "max");
	if (!m->swap)
		return 0;
	if (!swap)
		return res_write_optional(ctx, index, spot, file, e, "0");
	return res_write(ctx, index, spot, file, e, "%" PRId64, swap);
}

int res_v2_memory(struct plan_ctx *ctx, uint32_t index, const struct spec_memory *m,
	struct error *e)
{
	int r = 0;

	if (m->has_swappiness)
		return res_no_v2(ctx, SPOT(m, "swappiness"), e);
	if (m->disable_oom_killer)
		return res_no_v2(ctx, SPOT(m, "disableOOMKiller"), e);
	/* v2 is always hierarchical. */
	if (m->has_use_hierarchy && !m->use_hierarchy)
		return res_no_v2(ctx, SPOT(m, "useHierarchy"), e);
	if (m->limit)
		r = write_limit(ctx, index, SPOT(m, "limit"), "memory.max", m->limit, e);
	if (r == 0)
		r = write_swap(ctx, index, m, e);
	if (r == 0 && m->reservation)
		r = write_limit(ctx, index, SPOT(m, "reservation"), "memory.low",
			m->reservation, e);
	return r;
}

/*
 * log2 by repeated squaring: 40 bits are far more than the rounding below needs; no
 * libm.
 */
static double log2_of(uint64_t n)
{
	double x = (double)n, result = 0, bit = 0.5;

	for (; x >= 2; x /= 2)
		result += 1;
	for (int i = 0; i < 40; i++, bit /= 2) {
		x *= x;
		if (x >= 2) {
			x /= 2;
			result += bit;
		}
	}
	return result;
}

/* 10^x for 0 <= x <= 4: whole powers, and the series of e^y for the rest. */
static double pow10_of(double x)
{
	double result = 1, term = 1, sum = 1;

	for (; x >= 1; x -= 1)
		result *= 10;
	x *= 2.302585092994046;
	for (int i = 1; i < 30; i++) {
		term *= x / i;
		sum += term;
	}
	return result * sum;
}

uint32_t res_weight_of_shares(uint64_t shares)
{
	double l, weight;

	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	l = log2_of(shares);
	/* Rounded up, but not for a trace of inexactness: 1024 is 100. */
	weight = pow10_of((l * l + 125 * l) / 612 - 7.0 / 34) - 1e-6;
	return (uint32_t)weight + 1;
}

static int write_cpu_max(
	struct plan_ctx *ctx, uint32_t index, const struct spec_cpu *c, struct error *e)
{
	struct plan_spot spot = SPOT(c, c->quota ? "quota" : "period");
	uint64_t period = c->period ? c->period : CPU_PERIOD_DEFAULT;

	if (!c->quota && !c->period)
		return 0;
	if (c->quota <= 0)
		return res_write(ctx, index, spot, "cpu.max", e, "max %" PRIu64, period);
	return res_write(
		ctx, index, spot, "cpu.max", e, "%" PRId64 " %" PRIu64, c->quota, period);
}

int res_v2_cpu(
	struct plan_ctx *ctx, uint32_t index, const struct spec_cpu *c, struct error *e)
{
	int r = 0;

	if (c->realtime_runtime)
		return res_no_v2(ctx, SPOT(c, "realtimeRuntime"), e);
	if (c->realtime_period)
		return res_no_v2(ctx, SPOT(c, "realtimePeriod"), e);
	/* A weight cannot be set on an idle group (RES-18). */
	if (c->shares && !(c->has_idle && c->idle == 1))
		r = res_write(ctx, index, SPOT(c, "shares"), "cpu.weight", e, "%" PRIu32,
			res_weight_of_shares(c->shares));
	if (r == 0)
		r = write_cpu_max(ctx, index, c, e);
	if (r == 0 && c->has_burst)
		r = res_write(ctx, index, SPOT(c, "burst"), "cpu.max.burst", e,
			"%" PRIu64, c->burst);
	if (r == 0 && c->has_idle)
		r = res_write(
			ctx, index, SPOT(c, "idle"), "cpu.idle", e, "%" PRId64, c->idle);
	return r;
}

uint32_t res_io_weight(uint32_t weight)
{
	return 1 + (weight - 10) * 9999 / 990;
}

/* Which of the two files there is depends on the scheduler and on iocost. */
static int write_weights(struct plan_ctx *ctx, uint32_t index,
	const struct spec_block_io *b, struct error *e)
{
	struct plan_spot spot = SPOT(b, "weight");
	int r = 0;

	if (b->leaf_weight)
		return res_no_v2(ctx, SPOT(b, "leafWeight"), e);
	if (b->weight) {
		r = res_write_optional(
			ctx, index, spot, "io.bfq.weight", e, "%u", b->weight);
		if (r == 0)
			r = res_write_otherwise(ctx, index, spot, "io.weight", e,
				"default %" PRIu32, res_io_weight(b->weight));
	}
	for (size_t i = 0; r == 0 && i < b->n_weight_device; i++) {
		const struct spec_weight_device *d = &b->weight_device[i];

		if (d->leaf_weight)
			return res_no_v2(ctx, SPOT(d, "leafWeight"), e);
		r = res_write(ctx, index, SPOT(d, "weight"), "io.bfq.weight", e,
			"%" PRId64 ":%" PRId64 " %u", d->major, d->minor, d->weight);
	}
	return r;
}

int res_v2_block_io(struct plan_ctx *ctx, uint32_t index, const struct spec_block_io *b,
	struct error *e)
{
	const struct {
		const char *key;
		const struct spec_throttle_device *list;
		size_t n;
	} throttles[] = {
		{ "rbps", b->throttle_read_bps, b->n_throttle_read_bps },
		{ "wbps", b->throttle_write_bps, b->n_throttle_write_bps },
		{ "riops", b->throttle_read_iops, b->n_throttle_read_iops },
		{ "wiops", b->throttle_write_iops, b->n_throttle_write_iops },
	};
	int r = write_weights(ctx, index, b, e);

	for (size_t i = 0; i < ARRAY_SIZE(throttles); i++) {
		for (size_t k = 0; r == 0 && k < throttles[i].n; k++) {
			const struct spec_throttle_device *d = &throttles[i].list[k];
			struct plan_spot spot = SPOT(d, NULL);

			/* 0 takes the limit away; the kernel's word for that is max. */
			r = d->rate ? res_write(ctx, index, spot, "io.max", e,
					      "%" PRId64 ":%" PRId64 " %s=%" PRIu64,
					      d->major, d->minor, throttles[i].key,
					      d->rate)
				    : res_write(ctx, index, spot, "io.max", e,
					      "%" PRId64 ":%" PRId64 " %s=max", d->major,
					      d->minor, throttles[i].key);
		}
	}
	return r;
}

/*
 * RES-23: the reservation keeps mmap(2) from failing later; kernels before 5.7 only
 * account faults.
 */
int res_v2_hugepage(struct plan_ctx *ctx, uint32_t index, const struct spec_hugepage *h,
	struct error *e)
{
	char *rsvd = arena_printf(ctx->arena, "hugetlb.%s.rsvd.max", h->page_size);
	char *fault = arena_printf(ctx->arena, "hugetlb.%s.max", h->page_size);
	int r;

	if (!rsvd || !fault)
		return plan_nomem(e);
	r = res_write_optional(
		ctx, index, SPOT(h, "limit"), rsvd, e, "%" PRIu64, h->limit);
	return r < 0 ? r
		     : res_write(ctx, index, SPOT(h, "limit"), fault, e, "%" PRIu64,
			       h->limit);
}
