/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: device rules. The program must be one that the kernel's verifier takes and must
 * say what the plain evaluator says, for the devices of the rules and their neighbours.
 */
#include "config.h"

#include <stdlib.h>

#include "../unit/plan/devsim.c"

#include "base/arena.h"
#include "plan/plan.h"

#define RULES_MAX 128

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* 0xff is any number; the highest bit makes it one near the end of the range. */
static int64_t number(uint8_t low, uint8_t high, int64_t max)
{
	if (low == 0xff)
		return -1;
	return high & 0x80 ? max + 1 - low % 4 : (int64_t)low | (int64_t)(high & 3) << 8;
}

static void check(const struct plan_devrule *rules, size_t n,
	const struct devprog_insn *prog, int64_t major, int64_t minor)
{
	for (uint32_t access = 0; access < 16; access++) {
		uint32_t type = access & 8 ? 'b' : 'c';
		/* The range of the kernel's dev_t. */
		uint32_t ma = (uint32_t)major & 0xfff;
		uint32_t mi = (uint32_t)minor & 0xfffff;

		if (devsim_run(prog, type, ma, mi, access & 7) !=
			devsim_rules(rules, n, type, ma, mi, access & 7))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena a = ARENA_INIT;
	struct plan_devrule rules[RULES_MAX];
	struct devprog_insn *prog;
	size_t n = 0;
	size_t n_insns;

	/* Five bytes a rule. */
	for (; n < RULES_MAX && 5 * (n + 1) <= size; n++) {
		const uint8_t *p = data + 5 * n;

		rules[n] = (struct plan_devrule){ .allow = p[0] & 1,
			.type = (uint32_t) "abc"[(p[0] >> 1) % 3],
			.access = p[0] >> 5,
			.major = number(p[1], p[2], 0xfff),
			.minor = number(p[3], p[4], 0xfffff) };
	}
	if (devprog_build(&a, rules, n, &prog, &n_insns, NULL) < 0 ||
		devsim_check(prog, n_insns))
		abort();
	for (size_t i = 0; i < n; i++)
		for (size_t j = i; j < n && j < i + 4; j++)
			for (int d = -1; d <= 1; d++) {
				check(rules, n, prog, rules[i].major + d, rules[j].minor);
				check(rules, n, prog, rules[j].major, rules[i].minor + d);
			}
	return 0;
}
