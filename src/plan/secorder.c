/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the rules of an architecture in order: by number, then by which one counts first. */
#include "config.h"

#include "plan/secorder.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/arena.h"
#include "plan/planner.h"
#include "spec/names.h"

/* The number that a condition compares with. */
static uint64_t datum(const struct seccomp_cond *c, bool low)
{
	uint64_t v = c->op == SPEC_CMP_MASKED_EQ ? c->value_two & c->value : c->value;

	return low ? (uint32_t)v : v;
}

/* 0 equality, 1 less, 2 greater */
static int kind(const struct seccomp_cond *c)
{
	if (c->op == SPEC_CMP_LT || c->op == SPEC_CMP_LE)
		return 1;
	return c->op == SPEC_CMP_GT || c->op == SPEC_CMP_GE ? 2 : 0;
}

static int compare_conds(
	const struct seccomp_cond *a, const struct seccomp_cond *b, bool low)
{
	uint64_t x = datum(a, low);
	uint64_t y = datum(b, low);

	if (a->index != b->index)
		return a->index > b->index ? -1 : 1;
	if (kind(a) != kind(b))
		return kind(a) - kind(b);
	if (x == y)
		return 0;
	return (x > y) == (kind(a) == 1) ? 1 : -1;
}

/*
 * The order in which libseccomp tries the rules of one number, as far as it has one (found by
 * experiment, docs/decisions/0010): the tightest comparison first, whatever the profile's order,
 * so that a rule for one ioctl is not lost behind one for a range.
 */
static int compare_rules(const void *pa, const void *pb)
{
	const struct seccomp_rule *a = pa;
	const struct seccomp_rule *b = pb;
	int c = 0;

	for (uint32_t i = 0; i < a->n_conds && i < b->n_conds && c == 0; i++)
		c = compare_conds(&a->conds[i], &b->conds[i], a->low);
	if (c == 0 && a->n_conds != b->n_conds)
		c = a->n_conds < b->n_conds ? -1 : 1;
	return c ? c : a->place < b->place ? -1 : 1;
}

/* One pass of a radix sort by the number: stable, by the byte at shift. False: all are alike. */
static bool sort_pass(const struct seccomp_rule *from, struct seccomp_rule *to, size_t n,
	unsigned shift)
{
	size_t starts[256] = { 0 };
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		starts[(uint32_t)from[i].nr >> shift & 255]++;
	if (n == 0 || starts[(uint32_t)from[0].nr >> shift & 255] == n)
		return false;
	for (size_t i = 0; i < 256; i++) {
		size_t count = starts[i];

		starts[i] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		to[starts[(uint32_t)from[i].nr >> shift & 255]++] = from[i];
	return true;
}

int secorder_sort(struct arena *a, struct seccomp_arch *arch)
{
	struct seccomp_rule *from = arch->rules;
	struct seccomp_rule *to = arena_array(a, arch->n_rules, sizeof(*to));
	size_t same;

	if (!to)
		return -ENOMEM;
	/* A profile is hundreds of calls with a rule each: two passes in place of a qsort. */
	for (unsigned shift = 0; shift < 32; shift += 8)
		if (sort_pass(from, to, arch->n_rules, shift)) {
			struct seccomp_rule *sorted = to;

			to = from;
			from = sorted;
		}
	arch->rules = from;
	for (size_t i = 0; i < arch->n_rules; i += same) {
		same = 1;
		while (i + same < arch->n_rules && from[i + same].nr == from[i].nr)
			same++;
		if (same > 1)
			qsort(from + i, same, sizeof(*from), compare_rules);
	}
	return 0;
}
