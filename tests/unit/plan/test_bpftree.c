/* SPDX-License-Identifier: Apache-2.0 */
/* The decision tree against the plain evaluator of policies, for every call worth trying. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "calls.h"
#include "plan/bpfasm.h"
#include "plan/secarch.h"
#include "spec/names.h"

#define ALLOW SECCOMP_RET_ALLOW
#define DENIED(n) (SECCOMP_RET_ERRNO | (n))

struct program {
	const struct seccomp_policy *policy;
	struct sock_filter *insns;
	size_t n;
};

static void build(struct arena *a, const struct seccomp_policy *policy, struct program *p)
{
	const char *wrong;

	p->policy = policy;
	assert_int_equal(bpftree_build(a, policy, &p->insns, &p->n, NULL), 0);
	wrong = bpfsim_check(p->insns, p->n);
	if (wrong)
		fail_msg("%s", wrong);
}

static void compare_call(void *arg, const struct bpfsim_call *call)
{
	const struct program *p = arg;
	uint32_t expected =
		seccomp_policy_eval(p->policy, call->arch, call->nr, call->args);
	uint32_t got = bpfsim_run(p->insns, call);

	if (got != expected)
		fail_msg(
			"arch %#x call %#x (%#llx, %#llx, %#llx): policy %#x, program %#x",
			call->arch, (unsigned)call->nr, (unsigned long long)call->args[0],
			(unsigned long long)call->args[1],
			(unsigned long long)call->args[2], expected, got);
}

/* Returns the program's length. */
static size_t compare(const struct seccomp_policy *policy, uint32_t last)
{
	auto_arena struct arena a = ARENA_INIT;
	struct bpfsim_call foreign = { .arch = 0x12345678, .nr = 1 };
	struct program p;
	uint64_t seed = 1;

	build(&a, policy, &p);
	for (size_t i = 0; i < policy->n_archs; i++)
		calls_each(policy, i, last, &seed, compare_call, &p);
	compare_call(&p, &foreign);
	assert_int_equal(bpfsim_run(p.insns, &foreign), policy->bad_arch_verdict);
	return p.n;
}

static struct seccomp_arch one_arch(uint32_t audit, struct seccomp_rule *rules, size_t n)
{
	return (struct seccomp_arch){ .audit_arch = audit,
		.rules = rules,
		.n_rules = n,
		.highest = -1,
		.highest_x32 = -1,
		.x32_absent = true };
}

static struct seccomp_policy policy_of(
	struct seccomp_arch *archs, size_t n, uint32_t verdict)
{
	return (struct seccomp_policy){ .default_verdict = verdict,
		.bad_arch_verdict = SECCOMP_RET_KILL_THREAD,
		.archs = archs,
		.n_archs = n };
}

static void test_empty(void **state)
{
	struct seccomp_arch arch = one_arch(SEC_AUDIT_X86_64, NULL, 0);
	struct seccomp_policy policy = policy_of(&arch, 1, DENIED(EPERM));

	(void)state;
	/* An architecture, the bit of x32, the number -1, three verdicts. */
	assert_true(compare(&policy, 1023) <= 9);
	policy.n_archs = 0;
	assert_int_equal(compare(&policy, 10), 1);
}

static void test_ranges(void **state)
{
	struct seccomp_rule rules[300];
	struct seccomp_arch arch = one_arch(0xc00000b7, rules, 300);
	struct seccomp_policy policy = policy_of(&arch, 1, DENIED(EPERM));

	(void)state;
	for (int i = 0; i < 300; i++)
		rules[i] = (struct seccomp_rule){ .nr = 299 - i, .verdict = ALLOW };
	/* One range: load, compare, load, compare, two returns and the bad one. */
	assert_int_equal(compare(&policy, 1023), 7);
	/* A single hole costs one comparison. */
	rules[100].verdict = DENIED(EPERM);
	assert_true(compare(&policy, 1023) <= 9);
	/* Every second number: as many ranges as numbers, jumps beyond 255. */
	for (int i = 0; i < 300; i++)
		rules[i].nr = 2 * i;
	assert_true(compare(&policy, 1023) < 700);
}

/* Rules out of order, twice, with and without conditions. */
static void test_precedence(void **state)
{
	static const struct seccomp_cond one = {
		.index = 0, .op = SPEC_CMP_EQ, .value = 1
	};
	static const struct seccomp_cond two = {
		.index = 1, .op = SPEC_CMP_NE, .value = 2
	};
	struct seccomp_rule rules[] = {
		{ .nr = 9, .verdict = DENIED(1), .conds = &two, .n_conds = 1 },
		{ .nr = 7, .verdict = DENIED(2), .conds = &one, .n_conds = 1 },
		{ .nr = 7, .verdict = DENIED(3) },
		{ .nr = 7, .verdict = DENIED(4) },
		{ .nr = 5, .verdict = DENIED(5), .conds = &one, .n_conds = 1 },
		{ .nr = 5, .verdict = DENIED(6), .conds = &two, .n_conds = 1 },
	};
	struct seccomp_arch arch = one_arch(0x40000003, rules, ARRAY_SIZE(rules));
	struct seccomp_policy policy = policy_of(&arch, 1, ALLOW);
	const uint64_t args[6] = { 1, 3 };

	(void)state;
	compare(&policy, 20);
	assert_int_equal(seccomp_policy_eval(&policy, 0x40000003, 7, args), DENIED(3));
	assert_int_equal(seccomp_policy_eval(&policy, 0x40000003, 5, args), DENIED(5));
	assert_int_equal(seccomp_policy_eval(&policy, 0x40000003, 9, args), DENIED(1));
	assert_int_equal(seccomp_policy_eval(&policy, 0x40000003, 8, args), ALLOW);
}

static void test_stub(void **state)
{
	static const struct seccomp_cond one = {
		.index = 0, .op = SPEC_CMP_EQ, .value = 1
	};
	struct seccomp_rule rules[] = {
		{ .nr = 10, .verdict = ALLOW },
		{ .nr = 0x0f0002, .verdict = ALLOW },
		{ .nr = 0x0f0005, .verdict = ALLOW, .conds = &one, .n_conds = 1 },
	};
	struct seccomp_arch arch = one_arch(0x40000028, rules, ARRAY_SIZE(rules));
	struct seccomp_policy policy = policy_of(&arch, 1, DENIED(EPERM));
	const uint64_t args[6] = { 0 };

	(void)state;
	arch.enosys = true;
	arch.highest = 400;
	compare(&policy, 1023);
	assert_int_equal(
		seccomp_policy_eval(&policy, 0x40000028, 400, args), DENIED(EPERM));
	assert_int_equal(
		seccomp_policy_eval(&policy, 0x40000028, 401, args), DENIED(ENOSYS));
	assert_int_equal(
		seccomp_policy_eval(&policy, 0x40000028, -1, args), DENIED(ENOSYS));
	assert_int_equal(seccomp_policy_eval(&policy, 0x40000028, 0x0f0002, args), ALLOW);
	assert_int_equal(
		seccomp_policy_eval(&policy, 0x40000028, 0x0f0003, args), DENIED(ENOSYS));
	assert_int_equal(
		seccomp_policy_eval(&policy, 0x40000028, 0x0f0005, args), DENIED(EPERM));
	/* Nothing named: no number is newer than the profile. */
	arch.highest = -1;
	compare(&policy, 1023);
	assert_int_equal(
		seccomp_policy_eval(&policy, 0x40000028, 401, args), DENIED(EPERM));
}

/* H1: what the bit of x32 does in each combination. */
static void test_x32(void **state)
{
	struct seccomp_rule rules[] = {
		{ .nr = 1, .verdict = ALLOW },
		{ .nr = (int)(SEC_X32_BIT | 2), .verdict = ALLOW },
	};
	struct seccomp_arch arch = one_arch(SEC_AUDIT_X86_64, rules, 2);
	struct seccomp_policy policy = policy_of(&arch, 1, DENIED(EPERM));
	const uint64_t args[6] = { 0 };
	const int x32 = (int)SEC_X32_BIT;

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		arch.x32_absent = i & 1;
		arch.wide_absent = i & 2;
		arch.enosys = i & 4;
		arch.highest = 1;
		arch.highest_x32 = x32 | 2;
		arch.n_rules = 2;
		compare(&policy, 1023);
	}
	arch.x32_absent = true;
	arch.wide_absent = false;
	assert_int_equal(seccomp_policy_eval(&policy, SEC_AUDIT_X86_64, x32 | 1, args),
		SECCOMP_RET_KILL_THREAD);
	assert_int_equal(seccomp_policy_eval(&policy, SEC_AUDIT_X86_64, 1, args), ALLOW);
	assert_int_equal(
		seccomp_policy_eval(&policy, SEC_AUDIT_X86_64, 2, args), DENIED(ENOSYS));
	arch.x32_absent = false;
	assert_int_equal(seccomp_policy_eval(&policy, SEC_AUDIT_X86_64, x32 | 1, args),
		DENIED(EPERM));
	assert_int_equal(seccomp_policy_eval(&policy, SEC_AUDIT_X86_64, x32 | 3, args),
		DENIED(ENOSYS));
}

static const uint64_t edges[] = { 0, 1, 5, 0x7fffffff, 0x80000000, 0xffffffff,
	0x100000000, 0x100000005, 0x1ffffffff, 0x7fffffffffffffff, 0xffffffff00000000,
	0xffffffff00000005, 0xffffffffffffffff };

static const struct {
	uint32_t audit;
	bool big_endian, low;
} widths[] = {
	{ 0xc00000b7, false, false },
	{ 0x40000003, false, true },
	{ 0x80000016, true, false },
	{ 0x00000016, true, true },
};

/* Every operator with every edge, in both byte orders and widths. */
static void test_operators(void **state)
{
	(void)state;
	for (size_t w = 0; w < ARRAY_SIZE(widths); w++)
		for (uint32_t op = SPEC_CMP_NE; op <= SPEC_CMP_MASKED_EQ; op++)
			for (size_t i = 0; i < ARRAY_SIZE(edges); i++) {
				const struct seccomp_cond c = { .index = (uint32_t)i % 6,
					.op = op,
					.value = edges[i],
					.value_two = edges[12 - i] };
				struct seccomp_rule rule = { .nr = 3,
					.verdict = ALLOW,
					.conds = &c,
					.n_conds = 1,
					.low = widths[w].low };
				struct seccomp_arch arch =
					one_arch(widths[w].audit, &rule, 1);
				struct seccomp_policy policy =
					policy_of(&arch, 1, DENIED(EPERM));

				arch.big_endian = widths[w].big_endian;
				compare(&policy, 5);
			}
}

static struct seccomp_rule random_rule(struct arena *a, uint64_t *seed, bool low)
{
	static const uint32_t verdicts[] = { ALLOW, DENIED(1), DENIED(38),
		SECCOMP_RET_LOG, SECCOMP_RET_KILL_PROCESS };
	uint32_t n = calls_random(seed, 4);
	struct seccomp_cond *conds = arena_array(a, n, sizeof(*conds));

	assert_non_null(conds);
	for (uint32_t i = 0; i < n; i++)
		conds[i] = (struct seccomp_cond){
			.index = calls_random(seed, 6),
			.op = calls_random(seed, SPEC_CMP_MASKED_EQ + 1),
			.value = edges[calls_random(seed, ARRAY_SIZE(edges))],
			.value_two = edges[calls_random(seed, ARRAY_SIZE(edges))],
		};
	return (struct seccomp_rule){ .nr = (int)calls_random(seed, 12),
		.verdict = verdicts[calls_random(seed, 5)],
		.conds = conds,
		.n_conds = n,
		.low = low };
}

static void test_random(void **state)
{
	uint64_t seed = 42;

	(void)state;
	for (int round = 0; round < 400; round++) {
		auto_arena struct arena a = ARENA_INIT;
		size_t w = calls_random(&seed, ARRAY_SIZE(widths));
		size_t n = calls_random(&seed, 24);
		struct seccomp_rule rules[24];
		struct seccomp_arch arch = one_arch(widths[w].audit, rules, n);
		struct seccomp_policy policy = policy_of(&arch, 1, DENIED(EPERM));

		arch.big_endian = widths[w].big_endian;
		for (size_t i = 0; i < n; i++)
			rules[i] = random_rule(&a, &seed, widths[w].low);
		compare(&policy, 14);
	}
}

/* K7: the kernel's limit is an error that names it; just below it the program works. */
static void test_too_big(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	struct seccomp_rule *rules = arena_array(&a, 10000, sizeof(*rules));
	struct seccomp_arch arch = one_arch(0xc00000b7, rules, 10000);
	struct seccomp_policy policy = policy_of(&arch, 1, DENIED(EPERM));
	struct sock_filter *prog;
	size_t n;

	(void)state;
	assert_non_null(rules);
	for (int i = 0; i < 10000; i++)
		rules[i] = (struct seccomp_rule){ .nr = 2 * i, .verdict = ALLOW };
	assert_int_equal(bpftree_build(&a, &policy, &prog, &n, &e), -E2BIG);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "4096"));
	arch.n_rules = 2900;
	assert_in_range(compare(&policy, 5900), 3500, 4096);
}

/* Thousands of conditions for one call are a chain, no recursion. */
static void test_long_chain(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	struct seccomp_rule *rules = arena_array(&a, 5000, sizeof(*rules));
	struct seccomp_cond *conds = arena_array(&a, 5000, sizeof(*conds));
	struct seccomp_arch arch = one_arch(0x40000003, rules, 5000);
	struct seccomp_policy policy = policy_of(&arch, 1, DENIED(EPERM));
	struct sock_filter *prog;
	size_t n;

	(void)state;
	assert_non_null(rules);
	assert_non_null(conds);
	for (uint32_t i = 0; i < 5000; i++) {
		conds[i] = (struct seccomp_cond){ .op = SPEC_CMP_EQ, .value = 3 * i };
		rules[i] = (struct seccomp_rule){ .nr = 3,
			.verdict = ALLOW,
			.conds = &conds[i],
			.n_conds = 1,
			.low = true };
	}
	assert_int_equal(bpftree_build(&a, &policy, &prog, &n, NULL), -E2BIG);
	arch.n_rules = 1500;
	compare(&policy, 4);
}

/* The kernel takes the program and it does what it says, in a child. */
static void test_kernel(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	const struct sec_arch *native = sec_arch_native();
	static const struct seccomp_cond one = {
		.index = 0, .op = SPEC_CMP_GE, .value = 7
	};
	struct seccomp_rule rules[] = {
		{ .nr = SYS_getppid, .verdict = DENIED(77) },
		{ .nr = SYS_dup, .verdict = DENIED(78), .conds = &one, .n_conds = 1 },
	};
	struct program p;
	int status;
	pid_t pid;

	(void)state;
	if (!native)
		skip();
	struct seccomp_arch arch = one_arch(native->audit, rules, 2);
	struct seccomp_policy policy = policy_of(&arch, 1, ALLOW);

	arch.big_endian = native->big_endian;
	rules[1].low = !native->wide;
	build(&a, &policy, &p);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct sock_fprog fprog = { .len = (unsigned short)p.n,
			.filter = p.insns };

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
			prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &fprog) < 0)
			_exit(errno == EINVAL || errno == ENOSYS || errno == EPERM ? 77
										   : 1);
		if (syscall(SYS_getppid) != -1 || errno != 77)
			_exit(2);
		if (syscall(SYS_dup, 9) != -1 || errno != 78)
			_exit(3);
		if (syscall(SYS_dup, 1) < 0)
			_exit(4);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_stub),
		cmocka_unit_test(test_x32),
		cmocka_unit_test(test_operators),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_too_big),
		cmocka_unit_test(test_long_chain),
		cmocka_unit_test(test_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
