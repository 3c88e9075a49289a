/* SPDX-License-Identifier: Apache-2.0 */
/* What a seccomp policy means, by plain search: what the program of bpftree.c is tested against. */
#include "config.h"

#include <errno.h>
#include <linux/seccomp.h>

#include "plan/planner.h"
#include "plan/secarch.h"
#include "spec/names.h"

static bool holds(const struct seccomp_cond *c, bool low, const uint64_t args[6])
{
	uint64_t bits = low ? UINT32_MAX : UINT64_MAX;
	uint64_t arg = args[c->index] & bits;
	uint64_t value = c->value & bits;

	switch ((enum spec_seccomp_op)c->op) {
	case SPEC_CMP_NE:
		return arg != value;
	case SPEC_CMP_LT:
		return arg < value;
	case SPEC_CMP_LE:
		return arg <= value;
	case SPEC_CMP_EQ:
		return arg == value;
	case SPEC_CMP_GE:
		return arg >= value;
	case SPEC_CMP_GT:
		return arg > value;
	case SPEC_CMP_MASKED_EQ:
		return (arg & value) == (c->value_two & value);
	}
	return false;
}

static bool matches(const struct seccomp_rule *r, const uint64_t args[6])
{
	for (uint32_t i = 0; i < r->n_conds; i++)
		if (!holds(&r->conds[i], r->low, args))
			return false;
	return true;
}

static uint32_t eval_arch(const struct seccomp_policy *policy,
	const struct seccomp_arch *arch, int nr, const uint64_t args[6])
{
	const struct seccomp_rule *first = NULL;
	bool shared = arch->audit_arch == SEC_AUDIT_X86_64;
	int highest = arch->highest;
	bool named = false;

	if (shared && (uint32_t)nr >= SEC_X32_BIT) {
		if (arch->x32_absent)
			return nr == -1 ? policy->default_verdict
					: policy->bad_arch_verdict;
		highest = arch->highest_x32;
	} else if (shared && arch->wide_absent) {
		return policy->bad_arch_verdict;
	}
	for (size_t i = 0; i < arch->n_rules; i++) {
		const struct seccomp_rule *r = &arch->rules[i];

		if (r->nr != nr)
			continue;
		named = true;
		if (r->n_conds == 0)
			return r->verdict;
		if (!first && matches(r, args))
			first = r;
	}
	if (first)
		return first->verdict;
	if (!named && arch->enosys && highest >= 0 && (uint32_t)nr > (uint32_t)highest)
		return SECCOMP_RET_ERRNO | ENOSYS;
	return policy->default_verdict;
}

uint32_t seccomp_policy_eval(const struct seccomp_policy *policy, uint32_t audit_arch,
	int nr, const uint64_t args[6])
{
	for (size_t i = 0; i < policy->n_archs; i++)
		if (policy->archs[i].audit_arch == audit_arch)
			return eval_arch(policy, &policy->archs[i], nr, args);
	return policy->bad_arch_verdict;
}
