/* SPDX-License-Identifier: Apache-2.0 */
/* Device programs: that they say what the rules say, and that the kernel takes them. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "devsim.h"
#include "plan/plan.h"

#define R(allow_, type_, major_, minor_, access_)                      \
	{                                                              \
		.allow = (allow_), .type = (type_), .major = (major_), \
		.minor = (minor_), .access = (access_)                 \
	}
enum { READ = 1, WRITE = 2, MKNOD = 4, ALL = 7 };

/* What Docker sends, after a rule that denies everything. */
static const struct plan_devrule docker[] = {
	R(false, 'a', -1, -1, ALL),
	R(true, 'c', -1, -1, MKNOD),
	R(true, 'b', -1, -1, MKNOD),
	R(true, 'c', 1, 3, ALL),
	R(true, 'c', 1, 5, ALL),
	R(true, 'c', 1, 7, ALL),
	R(true, 'c', 1, 8, ALL),
	R(true, 'c', 1, 9, ALL),
	R(true, 'c', 5, 0, ALL),
	R(true, 'c', 5, 2, ALL),
	R(true, 'c', 136, -1, ALL),
	R(false, 'c', 10, 229, ALL),
	R(true, 'c', 10, 200, ALL),
};

static void build(struct arena *a, const struct plan_devrule *rules, size_t n,
	struct devprog_insn **prog, size_t *n_insns)
{
	const char *wrong;

	assert_int_equal(devprog_build(a, rules, n, prog, n_insns, NULL), 0);
	wrong = devsim_check(*prog, *n_insns);
	if (wrong)
		fail_msg("%s", wrong);
}

static void compare_one(const struct plan_devrule *rules, size_t n,
	const struct devprog_insn *prog, uint32_t major, uint32_t minor)
{
	for (uint32_t access = 0; access < 16; access++) {
		uint32_t type = access & 8 ? 'b' : 'c';
		bool expected = devsim_rules(rules, n, type, major, minor, access & 7);
		uint64_t got = devsim_run(prog, type, major, minor, access & 7);

		if (got != expected)
			fail_msg("%c %u:%u access %u: rules say %d, program %llu",
				(char)type, major, minor, access & 7, expected,
				(unsigned long long)got);
	}
}

/* Every device named by a rule, its neighbours, and mixtures of all numbers. */
static void compare(struct arena *a, const struct plan_devrule *rules, size_t n)
{
	struct devprog_insn *prog;
	size_t n_insns;

	build(a, rules, n, &prog, &n_insns);
	for (size_t i = 0; i <= n; i++)
		for (size_t j = 0; j <= n; j++)
			for (int d = 0; d < 9; d++) {
				uint64_t major = i < n ? (uint64_t)rules[i].major : 0xfff;
				uint64_t minor =
					j < n ? (uint64_t)rules[j].minor : 0xfffff;

				/* The range of the kernel's dev_t. */
				compare_one(rules, n, prog,
					(uint32_t)(major + (uint64_t)d / 3 - 1) & 0xfff,
					(uint32_t)(minor + (uint64_t)d % 3 - 1) &
						0xfffff);
			}
}

static void test_docker(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	const size_t n = ARRAY_SIZE(docker);
	struct devprog_insn *prog;
	size_t n_insns;

	(void)state;
	compare(&a, docker, n);
	build(&a, docker, n, &prog, &n_insns);
	assert_int_equal(devsim_run(prog, 'c', 1, 3, READ | WRITE), 1);
	assert_int_equal(devsim_run(prog, 'c', 1, 1, READ), 0);
	assert_int_equal(devsim_run(prog, 'c', 1, 1, MKNOD), 1);
	assert_int_equal(devsim_run(prog, 'c', 136, 77, ALL), 1);
	assert_int_equal(devsim_run(prog, 'b', 8, 0, READ), 0);
	assert_int_equal(devsim_run(prog, 'b', 8, 0, MKNOD), 1);
	assert_int_equal(devsim_run(prog, 'c', 10, 229, MKNOD), 0);
	/* One comparison for each of the ten plain rules. */
	assert_true(n_insns <= 34);
}

struct lists {
	const char *what;
	const struct plan_devrule *rules;
	size_t n;
};
#define LIST(what_, ...)                                                       \
	{                                                                      \
		(what_), (const struct plan_devrule[]){ __VA_ARGS__ },         \
			sizeof((const struct plan_devrule[]){ __VA_ARGS__ }) / \
				sizeof(struct plan_devrule)                    \
	}

static const struct lists lists[] = {
	LIST("allow all", R(true, 'a', -1, -1, ALL)),
	LIST("deny all", R(false, 'a', -1, -1, ALL)),
	LIST("all characters", R(true, 'c', -1, -1, ALL)),
	LIST("allow but one", R(true, 'a', -1, -1, ALL), R(false, 'c', 1, 11, ALL)),
	LIST("allow but write", R(true, 'a', -1, -1, ALL), R(false, 'b', 8, -1, WRITE)),
	LIST("two halves", R(true, 'c', 1, 3, READ), R(true, 'c', 1, 3, WRITE)),
	LIST("a half each", R(true, 'c', -1, -1, READ), R(true, 'c', 1, 3, WRITE)),
	LIST("a half back", R(true, 'c', 1, -1, ALL), R(false, 'c', 1, 3, WRITE | MKNOD)),
	LIST("half, back, half", R(true, 'c', 4, 1, READ), R(false, 'c', -1, 1, READ),
		R(true, 'c', 4, -1, WRITE)),
	LIST("minor alone", R(true, 'b', -1, 7, ALL), R(false, 'a', -1, 8, MKNOD)),
	LIST("hidden by the last", R(true, 'c', 1, 3, ALL), R(false, 'a', -1, -1, ALL)),
	LIST("highest numbers", R(true, 'c', 4095, 1048575, ALL),
		R(true, 'b', 2048, 0, ALL), R(true, 'c', 2047, 1048575, READ)),
	LIST("beyond dev_t", R(true, 'c', 4096, 3, ALL), R(true, 'c', 1, 1048576, ALL),
		R(true, 'b', INT64_MAX, 1, ALL)),
	LIST("no access", R(true, 'c', 1, 3, 0), R(false, 'c', 1, 5, 0)),
};

static void test_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		auto_arena struct arena a = ARENA_INIT;

		print_message("%s\n", lists[i].what);
		compare(&a, lists[i].rules, lists[i].n);
	}
}

static void test_meaning(void **state)
{
	static const struct plan_devrule halves[] = { R(true, 'c', -1, -1, READ),
		R(true, 'c', 1, 3, WRITE), R(false, 'c', 1, 4, READ) };

	(void)state;
	assert_false(devsim_rules(NULL, 0, 'c', 1, 3, READ));
	assert_true(devsim_rules(halves, 3, 'c', 1, 3, READ | WRITE));
	assert_false(devsim_rules(halves, 3, 'c', 1, 3, ALL));
	assert_true(devsim_rules(halves, 3, 'c', 9, 9, READ));
	assert_false(devsim_rules(halves, 3, 'c', 9, 9, WRITE));
	assert_false(devsim_rules(halves, 3, 'c', 1, 4, READ));
	assert_false(devsim_rules(halves, 3, 'b', 1, 3, READ));
}

static void test_none(void **state)
{
	auto_arena struct arena a = ARENA_INIT;

	(void)state;
	compare(&a, docker, 0);
}

/* A fixed sequence: a failure can be repeated. */
static uint32_t next(uint64_t *seed, uint32_t below)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % below;
}

static void test_random(void **state)
{
	static const int64_t numbers[] = { -1, 0, 1, 2, 5, 2047, 2048, 4095, 1048575 };
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		auto_arena struct arena a = ARENA_INIT;
		struct plan_devrule rules[8];
		size_t n = next(&seed, ARRAY_SIZE(rules)) + 1;

		for (size_t i = 0; i < n; i++)
			rules[i] = (struct plan_devrule)R(next(&seed, 2),
				(uint32_t) "abc"[next(&seed, 3)],
				numbers[next(&seed, ARRAY_SIZE(numbers))],
				numbers[next(&seed, ARRAY_SIZE(numbers))],
				next(&seed, 8));
		compare(&a, rules, n);
	}
}

static void test_too_many(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	struct plan_devrule *rules = arena_array(&a, 5000, sizeof(*rules));
	struct devprog_insn *prog;
	size_t n;

	(void)state;
	assert_non_null(rules);
	for (size_t i = 0; i < 5000; i++)
		rules[i] = (struct plan_devrule)R(
			true, 'c', (int64_t)i % 4096, (int64_t)i, ALL);
	assert_int_equal(devprog_build(&a, rules, 5000, &prog, &n, &e), -E2BIG);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.text, "4096"));
	/* As many as fit are a program with long jumps. */
	build(&a, rules, 4000, &prog, &n);
	for (uint32_t i = 0; i < 4000; i += 7)
		compare_one(rules, 4000, prog, i, i);
}

static void test_bad_type(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	const struct plan_devrule rule = R(true, 'p', 1, 3, ALL);
	struct devprog_insn *prog;
	size_t n;

	(void)state;
	assert_int_equal(devprog_build(&a, &rule, 1, &prog, &n, &e), -EINVAL);
	assert_int_equal(e.kind, ERR_BUG);
}

static int load(const struct devprog_insn *prog, size_t n)
{
	static char log[65536];
	union bpf_attr attr;
	long fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = (uint64_t)(uintptr_t)prog;
	attr.insn_cnt = (uint32_t)n;
	attr.license = (uint64_t)(uintptr_t) "Apache-2.0";
	attr.log_buf = (uint64_t)(uintptr_t)log;
	attr.log_size = sizeof(log);
	attr.log_level = 1;
	fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0 && errno != EPERM && errno != ENOSYS)
		print_error("%s\n", log);
	return fd < 0 ? -errno : (int)fd;
}

/* The kernel's own verifier, where this machine lets us. */
static void test_kernel(void **state)
{
	(void)state;
	for (size_t i = 0; i <= ARRAY_SIZE(lists); i++) {
		auto_arena struct arena a = ARENA_INIT;
		struct devprog_insn *prog;
		size_t n;

		if (i < ARRAY_SIZE(lists))
			build(&a, lists[i].rules, lists[i].n, &prog, &n);
		else
			build(&a, docker, ARRAY_SIZE(docker), &prog, &n);
		auto_fd int fd = load(prog, n);
		if (fd == -EPERM || fd == -ENOSYS)
			skip();
		assert_true(fd >= 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_docker),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_meaning),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_bad_type),
		cmocka_unit_test(test_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
