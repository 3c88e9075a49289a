/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: seccomp profiles. The bytes choose a policy, or a profile that becomes one; the
 * program must be one that the kernel takes and must say what the plain evaluator says.
 */
#include "config.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>

#include "../unit/plan/bpfsim.c"

#include "base/arena.h"
#include "base/cleanup.h"
#include "host/host.h"
#include "plan/planner.h"
#include "plan/secarch.h"
#include "plan/secnames.h"
#include "plan/secpolicy.h"
#include "spec/names.h"
#include "spec/spec.h"

#define RULES_MAX 64
#define CONDS_MAX 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct reader {
	const uint8_t *at;
	size_t left;
};

static uint32_t take(struct reader *r)
{
	if (!r->left)
		return 0;
	r->left--;
	return *r->at++;
}

/* Mostly what is near a border, else any 64 bits. */
static uint64_t take_value(struct reader *r)
{
	static const uint64_t borders[] = { 0, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX,
		UINT64_C(1) << 31, UINT64_C(1) << 63 };
	uint32_t kind = take(r);
	uint64_t value = 0;

	if (kind < 240)
		return borders[kind % ARRAY_SIZE(borders)] + kind / 8 % 5 - 2;
	for (int i = 0; i < 8; i++)
		value = value << 8 | take(r);
	return value;
}

/* Small numbers, those of x32, and whatever four bytes say. */
static int take_number(struct reader *r)
{
	uint32_t kind = take(r);
	uint32_t nr = kind >> 4 | take(r) << 2;

	if (kind % 4 == 1)
		nr |= SEC_X32_BIT;
	if (kind % 16 == 2)
		nr = nr << 24 | take(r) << 16 | take(r) << 8 | take(r);
	return (int)nr;
}

static uint32_t take_verdict(struct reader *r)
{
	static const uint32_t verdicts[] = { SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | 1,
		SECCOMP_RET_ERRNO | 38, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP,
		SECCOMP_RET_LOG, SECCOMP_RET_TRACE | 7, SECCOMP_RET_KILL_PROCESS,
		SEC_RET_NOTIFY };

	return verdicts[take(r) % ARRAY_SIZE(verdicts)];
}

static void check(const struct seccomp_policy *policy, const struct sock_filter *prog,
	const struct bpfsim_call *call)
{
	if (bpfsim_run(prog, call) !=
		seccomp_policy_eval(policy, call->arch, call->nr, call->args))
		abort();
}

/* Calls around every rule, with arguments of the rules' conditions and of the input. */
static void check_all(
	struct arena *a, const struct seccomp_policy *policy, struct reader *r)
{
	struct sock_filter *prog;
	size_t n;
	int result = bpftree_build(a, policy, &prog, &n, NULL);

	if (result == -E2BIG)
		return;
	if (result < 0 || bpfsim_check(prog, n))
		abort();
	for (size_t i = 0; i < policy->n_archs; i++) {
		const struct seccomp_arch *arch = &policy->archs[i];
		struct bpfsim_call call = { .arch = arch->audit_arch,
			.big_endian = arch->big_endian };

		for (uint32_t nr = 0; nr < 600; nr += 1 + take(r) % 16) {
			call.nr = (int)nr;
			check(policy, prog, &call);
			call.nr = (int)(nr | SEC_X32_BIT);
			check(policy, prog, &call);
		}
		for (size_t j = 0; j < arch->n_rules; j++)
			for (int d = 0; d < 5; d++) {
				const struct seccomp_rule *rule = &arch->rules[j];

				for (int k = 0; k < 6; k++)
					call.args[k] = take_value(r);
				for (uint32_t c = 0; c < rule->n_conds; c++)
					call.args[rule->conds[c].index] =
						rule->conds[c].value + (uint64_t)d - 2;
				call.nr = (int)((uint32_t)rule->nr + (d > 3) - (d < 1));
				check(policy, prog, &call);
			}
	}
}

static void fuzz_policy(struct reader *r)
{
	static const uint32_t audits[] = { SEC_AUDIT_X86_64, 0x40000003, 0x80000016,
		0xc00000b7 };
	auto_arena struct arena a = ARENA_INIT;
	struct seccomp_rule rules[RULES_MAX];
	struct seccomp_cond conds[RULES_MAX][CONDS_MAX];
	struct seccomp_arch archs[2];
	struct seccomp_policy policy = { .default_verdict = take_verdict(r),
		.bad_arch_verdict = SECCOMP_RET_KILL_THREAD,
		.archs = archs };
	uint32_t flags = take(r);

	for (policy.n_archs = 0; policy.n_archs <= flags % 2; policy.n_archs++)
		archs[policy.n_archs] = (struct seccomp_arch){
			.audit_arch = audits[(flags / 2 + policy.n_archs) % 4],
			.big_endian = flags & 8,
			.rules = rules,
			.enosys = flags & 16,
			.x32_absent = flags & 32,
			.wide_absent = flags & 64,
			.highest = (int)take(r) * 2,
			.highest_x32 = (int)(SEC_X32_BIT | take(r) * 2),
		};
	size_t n = 0;
	for (; n < RULES_MAX && r->left > 100; n++) {
		rules[n] = (struct seccomp_rule){ .nr = take_number(r),
			.verdict = take_verdict(r),
			.conds = conds[n],
			.n_conds = take(r) % (CONDS_MAX + 1),
			.low = take(r) % 2 };
		for (uint32_t i = 0; i < rules[n].n_conds; i++) {
			conds[n][i] = (struct seccomp_cond){ .index = take(r) % 6,
				.op = take(r) % (SPEC_CMP_MASKED_EQ + 1) };
			conds[n][i].value = take_value(r);
			conds[n][i].value_two = take_value(r);
		}
	}
	archs[0].n_rules = n;
	archs[1].n_rules = n / 2;
	check_all(&a, &policy, r);
}

static void fuzz_profile(struct reader *r)
{
	static const char *names[] = { "read", "openat", "socket", "semop", "accept4",
		"mseal", "no_such_call", "personality", "setup", "clone3", "cacheflush",
		"arm_fadvise64_64" };
	static const char *archs[] = { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86",
		"SCMP_ARCH_X32", "SCMP_ARCH_S390X", "SCMP_ARCH_S390", "SCMP_ARCH_ARM",
		"SCMP_ARCH_AARCH64", "SCMP_ARCH_MIPSEL" };
	auto_arena struct arena a = ARENA_INIT;
	struct spec_seccomp_arg args[RULES_MAX][CONDS_MAX] = { 0 };
	struct spec_syscall calls[RULES_MAX] = { 0 };
	struct spec_seccomp s = { .default_action =
					  (int)(take(r) % (SPEC_ACT_NOTIFY + 1)),
		.syscalls = calls };
	const struct spec spec = { .doc = { .name = "fuzz" } };
	const struct host host = { .arch = NULL };
	struct plan plan = { .warnings = NULL };
	struct plan_ctx ctx = {
		.spec = &spec, .host = &host, .arena = &a, .plan = &plan
	};
	const struct sec_arch *native = sec_arch_find(archs[take(r) % ARRAY_SIZE(archs)]);
	struct secpolicy policy;

	s.architectures = archs;
	s.n_architectures = take(r) % (ARRAY_SIZE(archs) + 1);
	for (; s.n_syscalls < RULES_MAX && r->left > 100; s.n_syscalls++) {
		struct spec_syscall *y = &calls[s.n_syscalls];
		uint32_t name = take(r) % ARRAY_SIZE(names);

		y->names = &names[name];
		y->n_names = 1 + take(r) % (ARRAY_SIZE(names) - name);
		y->action = (int)(take(r) % (SPEC_ACT_NOTIFY + 1));
		y->args = args[s.n_syscalls];
		y->n_args = take(r) % (CONDS_MAX + 1);
		for (size_t i = 0; i < y->n_args; i++) {
			y->args[i].index = take(r) % 6;
			y->args[i].op = (int)(take(r) % (SPEC_CMP_MASKED_EQ + 1));
			y->args[i].value = take_value(r);
			y->args[i].value_two = take_value(r);
		}
	}
	if (secpolicy_build(&ctx, &s, native, &policy, NULL) == 0)
		check_all(&a, &policy.policy, r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = { data, size };

	if (take(&r) % 2 || secnames_load(NULL) < 0)
		fuzz_policy(&r);
	else
		fuzz_profile(&r);
	return 0;
}
