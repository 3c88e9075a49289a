/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seccomp profiles: the program against the evaluator of the policy and against what libseccomp
 * makes of the same profile, for every call worth trying.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "calls.h"
#include "oracle.h"
#include "plan/secnames.h"
#include "plan/secpolicy.h"
#include "planning.h"
#include "spec/names.h"

#define DENIED(n) (SECCOMP_RET_ERRNO | (n))
#define LAST 1023

#if HAVE_SECCOMP

/* One profile on one machine, three ways. */
struct trio {
	const struct spec_seccomp *s;
	const struct seccomp_policy *policy;
	const struct sec_arch *native;
	struct sock_filter *ours, *theirs;
	size_t n_ours, n_theirs;
	uint32_t
		only_arch; /* compare with libseccomp on this audit architecture; 0: on all */
	size_t calls, compared;
};

/* Numbers that libseccomp cannot have rules for: of names that it does not know. */
static bool ours_alone(const struct trio *t, const struct bpfsim_call *call)
{
	for (size_t i = 0; i < t->s->n_architectures; i++) {
		const struct sec_arch *arch = sec_arch_find(t->s->architectures[i]);

		if (arch->audit != call->arch)
			continue;
		for (size_t j = 0; j < t->s->n_syscalls; j++)
			for (size_t k = 0; k < t->s->syscalls[j].n_names; k++) {
				const char *name = t->s->syscalls[j].names[k];

				if (oracle_number(arch, name) < 0 &&
					secnames_number(arch, name) == call->nr)
					return true;
			}
	}
	return false;
}

static const struct seccomp_arch *arch_of(
	const struct trio *t, const struct bpfsim_call *call)
{
	for (size_t i = 0; i < t->policy->n_archs; i++)
		if (t->policy->archs[i].audit_arch == call->arch)
			return &t->policy->archs[i];
	return NULL;
}

/* What libseccomp's verdict becomes by what davit adds (docs/decisions/0010). */
static uint32_t with_stub(
	const struct trio *t, const struct bpfsim_call *call, uint32_t verdict)
{
	const struct seccomp_arch *arch = arch_of(t, call);
	bool x32 =
		arch->audit_arch == SEC_AUDIT_X86_64 && (uint32_t)call->nr >= SEC_X32_BIT;
	int highest = x32 ? arch->highest_x32 : arch->highest;

	if (!arch->enosys || highest < 0 || (x32 && arch->x32_absent))
		return verdict;
	if ((call->arch | 0x80000000) == 0x80000016 && call->nr == 0)
		return DENIED(ENOSYS);
	/* ARM's own calls are far above. */
	if ((uint32_t)call->nr > (uint32_t)highest &&
		verdict == t->policy->default_verdict)
		return DENIED(ENOSYS);
	/* libseccomp's rules for numbers that exist in its head alone: socket is -101. */
	if (call->nr < -100 && call->nr > -20000)
		return DENIED(ENOSYS);
	return verdict;
}

static void compare_call(void *arg, const struct bpfsim_call *call)
{
	struct trio *t = arg;
	uint32_t eval = seccomp_policy_eval(t->policy, call->arch, call->nr, call->args);
	uint32_t ours = bpfsim_run(t->ours, call);
	uint32_t theirs;

	t->calls++;
	if (ours != eval)
		fail_msg(
			"arch %#x call %d (%#llx, %#llx, %#llx): policy %#x, program %#x",
			call->arch, call->nr, (unsigned long long)call->args[0],
			(unsigned long long)call->args[1],
			(unsigned long long)call->args[2], eval, ours);
	if (!t->theirs || (t->only_arch && call->arch != t->only_arch))
		return;
	theirs = with_stub(t, call, bpfsim_run(t->theirs, call));
	t->compared++;
	if (ours != theirs && !ours_alone(t, call))
		fail_msg(
			"%s: arch %#x call %d (%#llx, %#llx, %#llx): davit %#x, libseccomp %#x",
			t->native->name, call->arch, call->nr,
			(unsigned long long)call->args[0],
			(unsigned long long)call->args[1],
			(unsigned long long)call->args[2], ours, theirs);
}

static void compare_all(struct trio *t, uint32_t last)
{
	/* sparc, sparc64, none */
	static const uint32_t unlisted[] = { 0x2, 0x8000002b, 0x12345678, 0 };
	uint64_t seed = 99;
	const char *wrong = bpfsim_check(t->ours, t->n_ours);

	if (wrong)
		fail_msg("%s", wrong);
	if (t->theirs)
		assert_null(bpfsim_check(t->theirs, t->n_theirs));
	for (size_t i = 0; i < t->policy->n_archs; i++)
		calls_each(t->policy, i, last, &seed, compare_call, t);
	for (size_t i = 0; i < ARRAY_SIZE(unlisted); i++) {
		struct bpfsim_call call = { .arch = unlisted[i], .nr = 1 };

		call.big_endian = t->native->big_endian;
		assert_int_equal(bpfsim_run(t->ours, &call), t->policy->bad_arch_verdict);
		if (t->theirs)
			assert_int_equal(bpfsim_run(t->theirs, &call),
				t->policy->bad_arch_verdict);
	}
}

/* Our program of a profile that has no fault. */
static void build_ours(struct arena *a, const struct spec_seccomp *s,
	const struct sec_arch *native, struct secpolicy *policy, struct trio *t)
{
	static const struct spec spec = { .doc = { .name = "profile" } };
	struct plan plan = { .warnings = NULL };
	struct plan_ctx ctx = {
		.spec = &spec, .host = &host_v2, .arena = a, .plan = &plan
	};
	auto_error struct error e = ERROR_INIT;

	if (secpolicy_build(&ctx, s, native, policy, &e) < 0 ||
		bpftree_build(a, &policy->policy, &t->ours, &t->n_ours, &e) < 0)
		fail_msg("%s: %s", native->name, e.text);
	t->s = s;
	t->policy = &policy->policy;
	t->native = native;
}

struct machine {
	const char *archs[3]; /* the native one first */
};
static const struct machine machines[] = {
	{ { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32" } },
	{ { "SCMP_ARCH_X86_64" } },
	{ { "SCMP_ARCH_X86_64", "SCMP_ARCH_X32" } },
	{ { "SCMP_ARCH_X86" } },
	{ { "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM" } },
	{ { "SCMP_ARCH_ARM" } },
	{ { "SCMP_ARCH_S390X", "SCMP_ARCH_S390" } },
	{ { "SCMP_ARCH_PPC64LE" } },
	{ { "SCMP_ARCH_PPC64", "SCMP_ARCH_PPC" } },
	{ { "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64N32" } },
	{ { "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64N32" } },
	{ { "SCMP_ARCH_RISCV64" } },
	{ { "SCMP_ARCH_PARISC64", "SCMP_ARCH_PARISC" } },
};

static struct spec_seccomp on_machine(
	const struct spec_seccomp *s, const struct machine *m, const char **archs)
{
	struct spec_seccomp on = *s;

	on.architectures = archs;
	on.n_architectures = 0;
	for (size_t i = 0; i < ARRAY_SIZE(m->archs) && m->archs[i]; i++)
		archs[on.n_architectures++] = m->archs[i];
	return on;
}

static void check_profile(const struct spec_seccomp *profile)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		auto_arena struct arena a = ARENA_INIT;
		const char *archs[3];
		const struct spec_seccomp s = on_machine(profile, &machines[i], archs);
		struct trio t = { .calls = 0 };
		struct secpolicy policy;

		build_ours(&a, &s, sec_arch_find(archs[0]), &policy, &t);
		assert_int_equal(
			oracle_build(&s, t.native, &a, &t.theirs, &t.n_theirs), 0);
		compare_all(&t, LAST);
		assert_true(t.compared > LAST);
		assert_int_equal(policy.n_unknown, 0);
		/* The reason for a tree of our own. */
		assert_true(2 * t.n_ours < t.n_theirs);
		if (i == 0)
			assert_true(t.n_ours < 435);
	}
}

/* The profiles of Podman, Docker and Buildah, on every machine. */
static void test_engines(void **state)
{
	static const char *const files[] = { "podman-5.8-01", "podman-4.3-01",
		"docker-28.5-01", "docker-20.10-02", "buildah-1.28-01",
		"podman-5.8-rootless-02" };
	const char *source = getenv("DAVIT_TEST_SRCDIR");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_arena struct arena a = ARENA_INIT;
		char *path = arena_printf(&a, "%s/tests/golden/configs/%s.json",
			source ? source : ".", files[i]);
		struct spec spec;

		assert_non_null(path);
		print_message("%s\n", files[i]);
		assert_int_equal(
			spec_open(AT_FDCWD, path, path, NULL, &a, &spec, NULL), 0);
		check_profile(spec.config->linux->seccomp);
	}
}

/* A profile of random rules for one call. */
struct random_profile {
	struct spec_seccomp s;
	struct spec_syscall rules[5];
	struct spec_seccomp_arg args[4][3];
	const char *archs[3];
};

/* What libseccomp is right about; it is not about everything (docs/decisions/0010). */
struct class
{
	const char *what;
	uint32_t rules, conds;	/* at most */
	unsigned ops;		/* bits of enum spec_seccomp_op */
	bool one_verdict, high; /* high: values of more than 32 bits too */
	bool multiplexed;	/* calls that are behind socketcall or ipc too */
	bool narrow;		/* compare on 32-bit architectures alone */
};
#define OPS_ALL 0x7fu
#define OP(o) (1u << SPEC_CMP_##o)
static const struct class classes[] = {
	{ "one rule", 1, 3, OPS_ALL, .high = true },
	{ "two comparisons that overlap", 2, 1, OPS_ALL, .high = true, .narrow = true },
	{ "four comparisons", 4, 1, OPS_ALL, .one_verdict = true },
	{ "four equalities", 4, 3, OP(EQ), .one_verdict = true },
	{ "equalities that overlap", 4, 3, OP(EQ), .narrow = true },
	{ "ranges that overlap", 4, 1, OP(GE) | OP(GT) | OP(EQ), .narrow = true },
	{ "masks that overlap", 2, 1, OP(MASKED_EQ) | OP(EQ) | OP(NE), .narrow = true },
	{ "one rule, multiplexed", 1, 3, OPS_ALL, .multiplexed = true },
	{ "equalities, multiplexed", 3, 2, OP(EQ), .one_verdict = true,
		.multiplexed = true },
};

static uint64_t random_value(const struct class *c, uint64_t *seed)
{
	uint64_t value = calls_random(seed, 4);

	if (c->high && calls_random(seed, 3) == 0)
		value |= (uint64_t)calls_random(seed, 3) << 32;
	return value;
}

static void random_args(const struct class *c, struct spec_syscall *y,
	struct spec_seccomp_arg *args, uint64_t *seed)
{
	unsigned used = 0;

	y->args = args;
	y->n_args = calls_random(seed, c->conds) + 1;
	for (size_t i = 0; i < y->n_args; i++) {
		do
			args[i].index = calls_random(seed, 3);
		while (used & 1u << args[i].index);
		used |= 1u << args[i].index;
		do
			args[i].op = (int)calls_random(seed, SPEC_CMP_MASKED_EQ + 1);
		while (!(c->ops & 1u << args[i].op));
		args[i].value = random_value(c, seed);
		args[i].value_two = random_value(c, seed);
		/* With an empty mask libseccomp's order has no meaning. */
		if (args[i].op == SPEC_CMP_MASKED_EQ && !(uint32_t)args[i].value)
			args[i].value |= 3;
	}
}

static void random_profile(const struct class *c, const struct machine *m, uint64_t *seed,
	struct random_profile *p)
{
	static const char *const names[] = { "dup3", "personality", "openat", "clone" };
	static const char *const multiplexed[] = { "socket", "accept4", "semtimedop",
		"semop" };
	static const char *getpid_name[] = { "getpid" };
	const char **name = (const char **)(c->multiplexed ? multiplexed : names) +
			    calls_random(seed, ARRAY_SIZE(names));

	memset(p, 0, sizeof(*p));
	p->s.default_action = SPEC_ACT_ERRNO;
	p->s.syscalls = p->rules;
	p->s.n_syscalls = calls_random(seed, c->rules) + 1;
	for (size_t i = 0; i < p->s.n_syscalls; i++) {
		struct spec_syscall *y = &p->rules[i];

		y->names = name;
		y->n_names = 1;
		y->action = SPEC_ACT_ERRNO;
		y->has_errno_ret = true;
		y->errno_ret = c->one_verdict ? 50 : 50 + (uint32_t)i;
		if (!c->one_verdict && oracle_notifies() && calls_random(seed, 4) == 0) {
			y->action = SPEC_ACT_NOTIFY;
			y->has_errno_ret = false;
		}
		random_args(c, y, p->args[i], seed);
	}
	/*
	 * libseccomp compares the architecture in place of the number if the first of its rules
	 * is for a number that it leaves out, as that of semop on i386. A plain rule comes first.
	 */
	if (c->multiplexed) {
		p->rules[p->s.n_syscalls] = p->rules[0];
		p->rules[p->s.n_syscalls].names = getpid_name;
		p->rules[p->s.n_syscalls++].n_args = 0;
	}
	p->s = on_machine(&p->s, m, p->archs);
}

static void test_random(void **state)
{
	uint64_t seed = 2024;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		size_t compared = 0;

		print_message("%s\n", classes[i].what);
		for (int round = 0; round < 300; round++) {
			const struct machine *m =
				&machines[(size_t)round % ARRAY_SIZE(machines)];
			auto_arena struct arena a = ARENA_INIT;
			struct trio t = { .calls = 0 };
			struct random_profile p;
			struct secpolicy policy;
			int r;

			random_profile(&classes[i], m, &seed, &p);
			build_ours(&a, &p.s, sec_arch_find(m->archs[0]), &policy, &t);
			r = oracle_build(&p.s, t.native, &a, &t.theirs, &t.n_theirs);
			/* It refuses some overlaps; we have an order for them. */
			if (r == -EEXIST && !classes[i].one_verdict)
				t.theirs = NULL;
			else
				assert_int_equal(r, 0);
			if (classes[i].narrow && !t.theirs)
				continue;
			if (classes[i].narrow && t.native->wide) {
				const struct sec_arch *narrow =
					m->archs[1] ? sec_arch_find(m->archs[1]) : NULL;

				if (!narrow || narrow->audit == t.native->audit)
					continue;
				t.only_arch = narrow->audit;
			}
			compare_all(&t, 0);
			compared += t.compared;
		}
		assert_true(compared > 10000);
	}
}

/* Any rules at all, also what libseccomp gets wrong or never finishes: our two ways agree. */
static void test_anything(void **state)
{
	static const struct class anything = { "anything", 4, 3, OPS_ALL, .high = true };
	uint64_t seed = 5;

	(void)state;
	for (int round = 0; round < 400; round++) {
		auto_arena struct arena a = ARENA_INIT;
		struct trio t = { .calls = 0 };
		struct random_profile p;
		struct secpolicy policy;

		random_profile(&anything, &machines[round % 13], &seed, &p);
		build_ours(&a, &p.s, sec_arch_find(p.archs[0]), &policy, &t);
		compare_all(&t, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_engines),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#else

static void test_oracle(void **state)
{
	(void)state;
	skip(); /* there is no libseccomp to compare with */
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_oracle) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
