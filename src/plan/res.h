/* SPDX-License-Identifier: Apache-2.0 */
/* What the resource planners share: res.c decides what is set, the other two how it is written. */
#ifndef DAVIT_PLAN_RES_H
#define DAVIT_PLAN_RES_H

#include "plan/util.h"

/* One value more for a file of the cgroup in hierarchy index; -ENOMEM. */
int res_write(struct plan_ctx *ctx, uint32_t index, struct plan_spot spot,
	const char *file, struct error *e, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
/* As res_write; a kernel without the file is fine. */
int res_write_optional(struct plan_ctx *ctx, uint32_t index, struct plan_spot spot,
	const char *file, struct error *e, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

/* The same setting under its other name, for kernels where the file of the write before is not
 * there; where this one is not either, that is told and no error. */
int res_write_otherwise(struct plan_ctx *ctx, uint32_t index, struct plan_spot spot,
	const char *file, struct error *e, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

/* What stands at spot has no counterpart on cgroup v2 (config-linux.md#unified). */
int res_no_v2(struct plan_ctx *ctx, struct plan_spot spot, struct error *e);

/*
 * The writes of linux.resources.memory, cpu, blockIO and one element of hugepageLimits, in the
 * order in which the kernel takes them (config-linux.md#control-groups), for the controller's
 * hierarchy index: of v1 here, of v2 below. What v2 has no counterpart of is refused by
 * res_no_v2(). -ENOMEM, and faults with their place.
 */
int res_v1_memory(struct plan_ctx *ctx, uint32_t index, const struct spec_memory *m,
	struct error *e);
int res_v1_cpu(
	struct plan_ctx *ctx, uint32_t index, const struct spec_cpu *c, struct error *e);
int res_v1_block_io(struct plan_ctx *ctx, uint32_t index, const struct spec_block_io *b,
	struct error *e);
int res_v1_hugepage(struct plan_ctx *ctx, uint32_t index, const struct spec_hugepage *h,
	struct error *e);
/* The same for v2. */
int res_v2_memory(struct plan_ctx *ctx, uint32_t index, const struct spec_memory *m,
	struct error *e);
int res_v2_cpu(
	struct plan_ctx *ctx, uint32_t index, const struct spec_cpu *c, struct error *e);
int res_v2_block_io(struct plan_ctx *ctx, uint32_t index, const struct spec_block_io *b,
	struct error *e);
int res_v2_hugepage(struct plan_ctx *ctx, uint32_t index, const struct spec_hugepage *h,
	struct error *e);

/* RES-13: shares (2 to 262144) as weight (1 to 10000). */
uint32_t res_weight_of_shares(uint64_t shares);
/* RES-19: weight of blkio (10 to 1000) as weight of io (1 to 10000). */
uint32_t res_io_weight(uint32_t weight);

#endif
