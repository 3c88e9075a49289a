/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.seccomp with names resolved. What engines rely on is what libseccomp makes of a profile;
 * tests compare with it. docs/decisions/0010-seccomp-filter.md says where davit differs.
 */
#include "config.h"

#include "plan/secpolicy.h"

#include <errno.h>
#include <linux/seccomp.h>

#include "plan/secnames.h"
#include "plan/secorder.h"
#include "plan/sysnames.h"
#include "plan/util.h"
#include "spec/names.h"

/* Calls of ARM's own (cacheflush, set_tls) begin here, far above the table of calls. */
#define ARM_PRIVATE 0x0f0000

/* One element of syscalls[]: its conditions are one rule, or each is a rule (SEC-12). */
struct entry {
	const struct spec_syscall *at;
	uint32_t verdict;
	bool skipped; /* equal to the default action (SEC-09): only its names count */
	struct seccomp_cond *conds;
	uint32_t n_conds;
	uint32_t n_rules, conds_a_rule;
};

struct builder {
	struct plan_ctx *ctx;
	const struct spec_seccomp *s;
	struct secpolicy *out;
	struct entry *entries;
	size_t max_rules; /* of one ABI */
};

static uint32_t verdict(int action, bool has_errno, uint32_t errno_ret)
{
	uint32_t data = (has_errno ? errno_ret : EPERM) & SECCOMP_RET_DATA;

	switch ((enum spec_seccomp_action)action) {
	case SPEC_ACT_KILL_THREAD:
		return SECCOMP_RET_KILL_THREAD;
	case SPEC_ACT_KILL_PROCESS:
		return SECCOMP_RET_KILL_PROCESS;
	case SPEC_ACT_TRAP:
		return SECCOMP_RET_TRAP;
	case SPEC_ACT_ERRNO:
		return SECCOMP_RET_ERRNO | data;
	case SPEC_ACT_TRACE:
		return SECCOMP_RET_TRACE | data;
	case SPEC_ACT_ALLOW:
		return SECCOMP_RET_ALLOW;
	case SPEC_ACT_LOG:
		return SECCOMP_RET_LOG;
	case SPEC_ACT_NOTIFY:
		return SEC_RET_NOTIFY;
	}
	return SECCOMP_RET_KILL_PROCESS;
}

/* A tracer knows calls that the profile does not (as runc sees it). */
static bool lets_through(int action)
{
	return action == SPEC_ACT_ALLOW || action == SPEC_ACT_LOG ||
	       action == SPEC_ACT_TRACE;
}

/* May the call with this action do less than with the default action? */
static bool restricts(const struct spec_seccomp *s, const struct spec_syscall *y)
{
	return lets_through(s->default_action) && y->action != SPEC_ACT_ALLOW &&
	       y->action != SPEC_ACT_LOG && y->action != s->default_action;
}

/* By argument, which secorder_sort() needs. At most six: each has its own argument. */
static void sort_conds(struct seccomp_cond *conds, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		for (uint32_t j = i; j > 0 && conds[j - 1].index > conds[j].index; j--) {
			struct seccomp_cond c = conds[j];

			conds[j] = conds[j - 1];
			conds[j - 1] = c;
		}
}

static int read_entry(
	struct builder *b, const struct spec_syscall *y, struct entry *entry)
{
	unsigned seen = 0;
	bool twice = false;

	entry->at = y;
	entry->verdict = verdict(y->action, y->has_errno_ret, y->errno_ret);
	entry->skipped = entry->verdict == b->out->policy.default_verdict;
	entry->n_conds = (uint32_t)y->n_args;
	entry->conds = arena_array(b->ctx->arena, y->n_args, sizeof(*entry->conds));
	if (!entry->conds)
		return -ENOMEM;
	for (size_t i = 0; i < y->n_args; i++) {
		const struct spec_seccomp_arg *arg = &y->args[i];

		entry->conds[i] = (struct seccomp_cond){
			.index = arg->index,
			.op = (uint32_t)arg->op,
			.value = arg->value,
			.value_two = arg->value_two,
		};
		twice = twice || (seen & 1u << arg->index);
		seen |= 1u << arg->index;
	}
	if (!twice)
		sort_conds(entry->conds, entry->n_conds);
	entry->n_rules = twice ? entry->n_conds : 1;
	entry->conds_a_rule = twice ? 1 : entry->n_conds;
	return 0;
}

static int read_entries(struct builder *b, struct error *e)
{
	uint64_t max = 1;

	b->entries = arena_array(b->ctx->arena, b->s->n_syscalls, sizeof(*b->entries));
	if (!b->entries)
		return plan_nomem(e);
	for (size_t i = 0; i < b->s->n_syscalls; i++) {
		const struct spec_syscall *y = &b->s->syscalls[i];

		for (size_t j = 0; j < y->n_args; j++)
			if (y->args[j].index > 5)
				return plan_fault(b->ctx, e, SPOT(&y->args[j], "index"),
					"expected 0 to 5, found %u", y->args[j].index);
		if (read_entry(b, y, &b->entries[i]) < 0)
			return plan_nomem(e);
		/* Twice: a call that is also behind a multiplexer has two numbers. */
		max += (uint64_t)2 * y->n_names * b->entries[i].n_rules;
		if (max > SECPOLICY_RULES_MAX)
			return err_set(e, ERR_CONFIG, -E2BIG,
				"linux.seccomp has more than %u rules, which is no "
				"filter that the kernel takes",
				SECPOLICY_RULES_MAX / 2);
	}
	b->max_rules = (size_t)max;
	return 0;
}

/*
 * SEC-06, H3: left out where the default refuses anyway, an error where it would let the call
 * through. Called for the native architecture alone: unknown is unknown everywhere.
 */
static int unknown(
	struct builder *b, const struct spec_syscall *y, size_t index, struct error *e)
{
	const char **slot;

	if (restricts(b->s, y))
		return plan_fault(b->ctx, e, SPOT_AT(y, "names", index),
			"the system call %s is unknown here, so that the filter would "
			"let it through",
			y->names[index]);
	slot = PLAN_PUSH(b->ctx, b->out->unknown, b->out->n_unknown);
	if (!slot)
		return plan_nomem(e);
	*slot = y->names[index];
	return 0;
}

static void add(struct seccomp_arch *to, const struct entry *entry,
	const struct sec_arch *arch, int nr)
{
	for (uint32_t i = 0; i < entry->n_rules; i++) {
		struct seccomp_rule *r = &to->rules[to->n_rules++];

		r->nr = nr;
		r->verdict = entry->verdict;
		r->conds = entry->conds + (size_t)i * entry->conds_a_rule;
		r->n_conds = entry->conds_a_rule;
		r->place = (uint32_t)(to->n_rules - 1);
		r->low = !arch->wide;
	}
}

/*
 * The call by way of socketcall or ipc: the first argument is the sub-number, in place of any
 * condition on it, which is about another register. The other conditions stay, though they look
 * at the wrong registers too: so does libseccomp.
 */
static int add_multiplexed(struct builder *b, struct seccomp_arch *to,
	const struct entry *entry, const struct sec_arch *arch,
	const struct sysnames_mux *mux)
{
	for (uint32_t i = 0; i < entry->n_rules; i++) {
		const struct seccomp_cond *from =
			entry->conds + (size_t)i * entry->conds_a_rule;
		struct seccomp_cond *conds = arena_array(
			b->ctx->arena, (size_t)entry->conds_a_rule + 1, sizeof(*conds));
		uint32_t n = 0;

		if (!conds)
			return -ENOMEM;
		conds[n++] = (struct seccomp_cond){ .op = SPEC_CMP_EQ,
			.value = (uint64_t)mux->sub };
		for (uint32_t j = 0; j < entry->conds_a_rule; j++)
			if (from[j].index != 0)
				conds[n++] = from[j];
		to->rules[to->n_rules] = (struct seccomp_rule){
			.nr = mux->multiplexer,
			.verdict = entry->verdict,
			.conds = conds,
			.n_conds = n,
			.place = (uint32_t)to->n_rules,
			.low = !arch->wide,
		};
		to->n_rules++;
	}
	return 0;
}

/* Returns the call's number, or what secnames_number() says; -ENOMEM. */
static int add_name(struct builder *b, struct seccomp_arch *to, const struct entry *entry,
	const struct sec_arch *arch, const char *name)
{
	int *highest = arch->abi == SEC_ABI_X32 ? &to->highest_x32 : &to->highest;
	struct sysnames_mux mux;
	bool multiplexed = sysnames_multiplexed(arch, name, &mux);
	int nr = multiplexed ? mux.number : secnames_number(arch, name);

	if (nr > *highest && !(arch->abi == SEC_ABI_ARM && nr >= ARM_PRIVATE))
		*highest = nr;
	if (multiplexed && mux.multiplexer > *highest)
		*highest = mux.multiplexer;
	if (!entry->skipped && nr >= 0)
		add(to, entry, arch, nr);
	if (!entry->skipped && multiplexed &&
		add_multiplexed(b, to, entry, arch, &mux) < 0)
		return -ENOMEM;
	return nr;
}

static int add_arch(struct builder *b, struct seccomp_arch *to,
	const struct sec_arch *arch, bool native, struct error *e)
{
	if (!secnames_has_arch(arch))
		return err_set(e, ERR_HOST, -EOPNOTSUPP,
			"libseccomp does not know %s, the architecture of this machine",
			arch->name);
	for (size_t i = 0; i < b->s->n_syscalls; i++) {
		const struct spec_syscall *y = &b->s->syscalls[i];

		for (size_t j = 0; j < y->n_names; j++) {
			int r = add_name(b, to, &b->entries[i], arch, y->names[j]);

			if (r == -ENOMEM)
				return plan_nomem(e);
			if (r == -ENOENT && native) {
				r = unknown(b, y, j, e);
				if (r < 0)
					return r;
			}
		}
	}
	/*
	 * On s390 a call that the kernel does not know reaches the filter as number 0, which has
	 * been no call of its own since Linux 2: programs must see ENOSYS there too.
	 */
	if (to->enosys && (arch->abi == SEC_ABI_S390 || arch->abi == SEC_ABI_S390X))
		to->rules[to->n_rules++] = (struct seccomp_rule){
			.nr = 0,
			.verdict = SECCOMP_RET_ERRNO | ENOSYS,
		};
	return 0;
}

/* The list's place for an audit architecture; made with room for two ABIs (x86-64, x32). */
static struct seccomp_arch *audit_arch(struct builder *b, const struct sec_arch *arch)
{
	struct seccomp_policy *p = &b->out->policy;
	struct seccomp_arch *to;

	for (size_t i = 0; i < p->n_archs; i++)
		if (p->archs[i].audit_arch == arch->audit)
			return &p->archs[i];
	to = &p->archs[p->n_archs];
	to->rules = arena_array(b->ctx->arena,
		(arch->audit == SEC_AUDIT_X86_64 ? 2 : 1) * b->max_rules,
		sizeof(*to->rules));
	if (!to->rules)
		return NULL;
	p->n_archs++;
	to->audit_arch = arch->audit;
	to->big_endian = arch->big_endian;
	to->highest = -1;
	to->highest_x32 = -1;
	to->enosys = !lets_through(b->s->default_action);
	to->x32_absent = arch->audit == SEC_AUDIT_X86_64;
	to->wide_absent = arch->audit == SEC_AUDIT_X86_64;
	return to;
}

static int add_archs(
	struct builder *b, const struct sec_arch **archs, size_t n, struct error *e)
{
	b->out->policy.archs =
		arena_array(b->ctx->arena, n, sizeof(*b->out->policy.archs));
	if (!b->out->policy.archs)
		return plan_nomem(e);
	for (size_t i = 0; i < n; i++) {
		struct seccomp_arch *to = audit_arch(b, archs[i]);
		int r;

		if (!to)
			return plan_nomem(e);
		if (archs[i]->abi == SEC_ABI_X32)
			to->x32_absent = false;
		else
			to->wide_absent = false;
		r = add_arch(b, to, archs[i], i == 0, e);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < b->out->policy.n_archs; i++)
		if (secorder_sort(b->ctx->arena, &b->out->policy.archs[i]) < 0)
			return plan_nomem(e);
	return 0;
}

/*
 * Native first: its calls pass the fewest comparisons. An architecture that this kernel cannot
 * run is accepted and left out: no call of it arrives, and if one did it would be refused.
 */
static int list_archs(struct builder *b, const struct sec_arch *native,
	const struct sec_arch **archs, size_t *n, struct error *e)
{
	archs[0] = native;
	*n = 1;
	for (size_t i = 0; i < b->s->n_architectures; i++) {
		const struct sec_arch *arch = sec_arch_find(b->s->architectures[i]);
		bool known = false;

		if (!arch)
			return plan_fault(b->ctx, e, SPOT_AT(b->s, "architectures", i),
				"%s is no architecture of the specification",
				b->s->architectures[i]);
		for (size_t j = 0; j < *n; j++)
			known = known || archs[j] == arch;
		if (!known && arch->family == native->family)
			archs[(*n)++] = arch;
	}
	return 0;
}

static bool any_notifies(const struct seccomp_policy *p)
{
	for (size_t i = 0; i < p->n_archs; i++)
		for (size_t j = 0; j < p->archs[i].n_rules; j++)
			if (p->archs[i].rules[j].verdict == SEC_RET_NOTIFY)
				return true;
	return false;
}

int secpolicy_build(struct plan_ctx *ctx, const struct spec_seccomp *s,
	const struct sec_arch *native, struct secpolicy *out, struct error *e)
{
	struct builder b = { .ctx = ctx, .s = s, .out = out };
	const struct sec_arch *archs[4]; /* the largest family has three */
	size_t n;
	int r;

	*out = (struct secpolicy){ .n_unknown = 0 };
	/* SEC-16 */
	if (s->default_action == SPEC_ACT_NOTIFY)
		return plan_fault(ctx, e, SPOT(s, "defaultAction"),
			"SCMP_ACT_NOTIFY cannot be the default: the container's start "
			"would wait for itself");
	out->policy.default_verdict = verdict(
		s->default_action, s->has_default_errno_ret, s->default_errno_ret);
	/* As libseccomp, so that a program that tries another ABI ends as under other runtimes. */
	out->policy.bad_arch_verdict = SECCOMP_RET_KILL_THREAD;
	r = list_archs(&b, native, archs, &n, e);
	if (r == 0)
		r = read_entries(&b, e);
	if (r == 0)
		r = add_archs(&b, archs, n, e);
	if (r == 0)
		out->notifies = any_notifies(&out->policy);
	return r;
}
