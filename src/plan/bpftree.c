/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seccomp policy as a binary decision tree over ranges of system call numbers. The kernel's
 * work at installation grows with the length of the path to each number, and every call that
 * the kernel's bitmap cannot answer walks that path.
 */
#include "config.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "plan/bpfasm.h"
#include "plan/planner.h"
#include "plan/secarch.h"
#include "spec/names.h"

/* struct seccomp_data, a kernel ABI. */
#define OFFSET_NR 0
#define OFFSET_ARCH 4
#define OFFSET_ARGS 16

#define ENOSYS_VERDICT (SECCOMP_RET_ERRNO | ENOSYS)

/* Numbers from start up to the start of the next range go to node. */
struct range {
	uint32_t start;
	int node;
};

struct tree {
	struct bpfasm as;
	struct arena *arena;
	const struct seccomp_policy *policy;
	const struct seccomp_arch *arch;
	int other; /* node of the default verdict */
	struct range *ranges;
	size_t n;
};

static int test(
	struct tree *t, enum bpfasm_op op, uint32_t load, uint32_t k, int yes, int no)
{
	if (op == BPFASM_GE && k == 0)
		return yes;
	if (op == BPFASM_GT && k == UINT32_MAX)
		return no;
	return bpfasm_test(&t->as, op, load, UINT32_MAX, k, yes, no);
}

static int test_masked(
	struct tree *t, uint32_t load, uint32_t mask, uint32_t k, int yes, int no)
{
	k &= mask;
	return mask ? bpfasm_test(&t->as, BPFASM_EQ, load, mask, k, yes, no) : yes;
}

/* arg > value, or >= value: by the high halves unless these are equal. */
static int test_order(struct tree *t, enum bpfasm_op op, uint32_t high, uint32_t low,
	uint64_t value, int yes, int no)
{
	uint32_t k = (uint32_t)(value >> 32);
	int tie = test(t, op, low, (uint32_t)value, yes, no);

	if (high == BPFASM_KEEP)
		return tie;
	if (tie == yes)
		return test(t, BPFASM_GE, high, k, yes, no);
	if (tie == no || k == UINT32_MAX)
		return tie == no ? test(t, BPFASM_GT, high, k, yes, no)
				 : test(t, BPFASM_EQ, high, k, tie, no);
	return test(
		t, BPFASM_GT, high, k, yes, test(t, BPFASM_EQ, BPFASM_KEEP, k, tie, no));
}

/* One condition; high is BPFASM_KEEP where only the low half counts. */
static int build_cond(
	struct tree *t, const struct seccomp_cond *c, bool low_only, int yes, int no)
{
	uint32_t first = OFFSET_ARGS + 8 * c->index;
	uint32_t low = first + (t->arch->big_endian ? 4 : 0);
	uint32_t high = low_only ? BPFASM_KEEP : first + (t->arch->big_endian ? 0 : 4);
	uint64_t mask = UINT64_MAX;
	uint64_t value = c->value;
	int node;

	switch ((enum spec_seccomp_op)c->op) {
	case SPEC_CMP_GE:
		return test_order(t, BPFASM_GE, high, low, value, yes, no);
	case SPEC_CMP_LT:
		return test_order(t, BPFASM_GE, high, low, value, no, yes);
	case SPEC_CMP_GT:
		return test_order(t, BPFASM_GT, high, low, value, yes, no);
	case SPEC_CMP_LE:
		return test_order(t, BPFASM_GT, high, low, value, no, yes);
	case SPEC_CMP_NE:
		node = yes;
		yes = no;
		no = node;
		break;
	case SPEC_CMP_MASKED_EQ:
		mask = c->value;
		value = c->value_two;
		break;
	case SPEC_CMP_EQ:
		break;
	}
	node = test_masked(t, low, (uint32_t)mask, (uint32_t)value, yes, no);
	if (low_only)
		return node;
	return test_masked(
		t, high, (uint32_t)(mask >> 32), (uint32_t)(value >> 32), node, no);
}

/* The rules rules[order[0..n)] of one number, in order. */
static int build_number(struct tree *t, const uint64_t *order, size_t n)
{
	const struct seccomp_rule *rules = t->arch->rules;
	int next = t->other;

	for (size_t i = 0; i < n; i++)
		if (rules[(uint32_t)order[i]].n_conds == 0)
			return bpfasm_ret(&t->as, rules[(uint32_t)order[i]].verdict);
	for (size_t i = n; i > 0; i--) {
		const struct seccomp_rule *r = &rules[(uint32_t)order[i - 1]];
		int node = bpfasm_ret(&t->as, r->verdict);

		for (uint32_t c = r->n_conds; c > 0; c--)
			node = build_cond(t, &r->conds[c - 1], r->low, node, next);
		next = node;
	}
	return next;
}

/* Numbers from start on go to node, until a later call says otherwise. */
static int from(struct tree *t, uint32_t start, int node)
{
	struct range *ranges;

	if (t->n > 0 && t->ranges[t->n - 1].start == start)
		t->n--;
	if (t->n > 0 && t->ranges[t->n - 1].node == node)
		return 0;
	ranges = arena_grow(t->arena, t->ranges, t->n, sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	t->ranges = ranges;
	ranges[t->n++] = (struct range){ start, node };
	return 0;
}

/*
 * The numbers first..last: the rules among order, else the default, or ENOSYS over the highest.
 * Rules over the highest exist: ARM's private calls, far away.
 */
static int add_part(struct tree *t, uint32_t first, uint32_t last, int highest,
	const uint64_t *order, size_t n)
{
	bool stub = t->arch->enosys && highest >= 0 && (uint32_t)highest < last;
	uint32_t over = stub ? (uint32_t)highest + 1 : 0;
	int enosys = stub ? bpfasm_ret(&t->as, ENOSYS_VERDICT) : t->other;
	bool below = true;
	int r = from(t, first, t->other);

	for (size_t i = 0; i < n && r == 0;) {
		uint32_t nr = (uint32_t)(order[i] >> 32);
		size_t same = 1;

		while (i + same < n && (uint32_t)(order[i + same] >> 32) == nr)
			same++;
		if (stub && below && nr >= over) {
			r = from(t, over, enosys);
			below = false;
		}
		if (r == 0)
			r = from(t, nr, build_number(t, order + i, same));
		if (r == 0 && nr < last)
			r = from(t, nr + 1, below ? t->other : enosys);
		i += same;
	}
	return r == 0 && stub && below ? from(t, over, enosys) : r;
}

/*
 * One JEQ where a single number stands out among three ranges, else halves, which are multiples of
 * three so that the last steps have such threes.
 */
static int build_ranges(struct tree *t, uint32_t load, size_t low, size_t high)
{
	const struct range *r = t->ranges;
	size_t half = (high - low + 1) / 2;
	size_t middle = low + (half > 3 ? (half + 1) / 3 * 3 : half);
	int yes, no;

	if (low == high)
		return r[low].node;
	if (high - low == 2 && r[low].node == r[high].node &&
		r[high].start == r[low + 1].start + 1)
		return test(t, BPFASM_EQ, load, r[low + 1].start, r[low + 1].node,
			r[low].node);
	no = build_ranges(t, BPFASM_KEEP, low, middle - 1);
	yes = build_ranges(t, BPFASM_KEEP, middle, high);
	return test(t, BPFASM_GE, load, r[middle].start, yes, no);
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int build_arch(struct tree *t, const struct seccomp_arch *arch, int *node)
{
	uint64_t *order = arena_array(t->arena, arch->n_rules, sizeof(*order));
	int bad = bpfasm_ret(&t->as, t->policy->bad_arch_verdict);
	bool sorted = true;
	size_t low = 0;
	int r = 0;

	if (!order)
		return -ENOMEM;
	t->arch = arch;
	t->n = 0;
	t->ranges = NULL;
	/* The place as second key keeps the order of rules of one number. */
	for (size_t i = 0; i < arch->n_rules; i++) {
		order[i] = (uint64_t)(uint32_t)arch->rules[i].nr << 32 | i;
		sorted = sorted && (i == 0 || order[i - 1] < order[i]);
	}
	if (!sorted)
		qsort(order, arch->n_rules, sizeof(*order), by_number);
	if (arch->audit_arch != SEC_AUDIT_X86_64) {
		r = add_part(t, 0, UINT32_MAX, arch->highest, order, arch->n_rules);
	} else {
		while (low < arch->n_rules && (uint32_t)(order[low] >> 32) < SEC_X32_BIT)
			low++;
		r = arch->wide_absent
			    ? from(t, 0, bad)
			    : add_part(t, 0, SEC_X32_BIT - 1, arch->highest, order, low);
		if (r == 0 && !arch->x32_absent)
			r = add_part(t, SEC_X32_BIT, UINT32_MAX, arch->highest_x32,
				order + low, arch->n_rules - low);
		if (r == 0 && arch->x32_absent)
			r = from(t, SEC_X32_BIT, bad);
		/* A tracer skips a call by the number -1: that is no call of x32. */
		if (r == 0 && arch->x32_absent)
			r = from(t, UINT32_MAX, t->other);
	}
	if (r < 0)
		return r;
	*node = build_ranges(t, OFFSET_NR, 0, t->n - 1);
	return 0;
}

int bpftree_build(struct arena *a, const struct seccomp_policy *policy,
	struct sock_filter **prog, size_t *n, struct error *e)
{
	struct tree t = { .arena = a, .policy = policy };
	int root;

	bpfasm_init(&t.as, a);
	t.other = bpfasm_ret(&t.as, policy->default_verdict);
	root = bpfasm_ret(&t.as, policy->bad_arch_verdict);
	/* The native architecture is the first of the list and the first to be compared. */
	for (size_t i = policy->n_archs; i > 0; i--) {
		const struct seccomp_arch *arch = &policy->archs[i - 1];
		int node;

		if (build_arch(&t, arch, &node) < 0)
			return err_set(e, ERR_SYSTEM, -ENOMEM,
				"no memory for the system call filter");
		root = bpfasm_test(&t.as, BPFASM_EQ, i == 1 ? OFFSET_ARCH : BPFASM_KEEP,
			UINT32_MAX, arch->audit_arch, node, root);
	}
	return bpfasm_finish(&t.as, root, prog, n, e);
}
