/* SPDX-License-Identifier: Apache-2.0 */
/* The seccomp planner: what it refuses, what it warns of, what it adds to a profile. */
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

#include "base/buf.h"
#include "base/cleanup.h"
#include "bpfsim.h"
#include "plan/secarch.h"
#include "plan/secnames.h"
#include "planning.h"

#define DENIED(n) (SECCOMP_RET_ERRNO | (n))
#define X86 0x40000003u

#if HAVE_SECCOMP

#define PROFILE(...) "\"linux\":{\"seccomp\":{" __VA_ARGS__ "}}"
#define DENY "\"defaultAction\":\"SCMP_ACT_ERRNO\""
#define PASS "\"defaultAction\":\"SCMP_ACT_ALLOW\""
#define CALLS(...) ",\"syscalls\":[" __VA_ARGS__ "]"
#define CALL(name, action, ...) \
	"{\"names\":[\"" name "\"],\"action\":\"SCMP_ACT_" action "\"" __VA_ARGS__ "}"
#define ARG(index, value, op) \
	"{\"index\":" #index ",\"value\":" #value ",\"op\":\"SCMP_CMP_" op "\"}"

/* The verdict of the planned filter for a call of x86-64. */
static uint32_t verdict(const struct planned *p, int nr, uint64_t arg0, uint64_t arg1)
{
	const struct plan_seccomp *s = p->plan->process->seccomp;
	struct bpfsim_call call = {
		.arch = SEC_AUDIT_X86_64, .nr = nr, .args = { arg0, arg1 }
	};

	assert_non_null(s);
	assert_int_equal(s->n_prog % sizeof(struct sock_filter), 0);
	assert_null(bpfsim_check(s->prog, s->n_prog / sizeof(struct sock_filter)));
	return bpfsim_run(s->prog, &call);
}

/* Numbers of x86-64. */
enum { READ = 0, WRITE = 1, GETPID = 39, PERSONALITY = 135, IOCTL = 16, MSEAL = 462 };

/* SEC-02, SEC-03 */
static void test_actions(void **state)
{
	static const struct {
		const char *action, *more;
		uint32_t verdict;
	} cases[] = {
		{ "KILL", "", SECCOMP_RET_KILL_THREAD },
		{ "KILL_THREAD", "", SECCOMP_RET_KILL_THREAD },
		{ "KILL_PROCESS", "", SECCOMP_RET_KILL_PROCESS },
		{ "TRAP", "", SECCOMP_RET_TRAP },
		{ "ERRNO", "", DENIED(EPERM) },
		{ "ERRNO", ",\"errnoRet\":0", DENIED(0) },
		{ "ERRNO", ",\"errnoRet\":4095", DENIED(4095) },
		{ "TRACE", "", SECCOMP_RET_TRACE | EPERM },
		{ "TRACE", ",\"errnoRet\":65535", SECCOMP_RET_TRACE | 65535 },
		{ "LOG", "", SECCOMP_RET_LOG },
		{ "ALLOW", "", SECCOMP_RET_ALLOW },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct planned p;

		planning_ok(&p, &host_v2, PROFILE(DENY CALLS(CALL("getpid", "%s", "%s"))),
			cases[i].action, cases[i].more);
		assert_int_equal(verdict(&p, GETPID, 0, 0), cases[i].verdict);
		assert_int_equal(verdict(&p, READ, 0, 0), DENIED(EPERM));
		planned_done(&p);
	}
}

static void test_default_errno(void **state)
{
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2,
		PROFILE(DENY ",\"defaultErrnoRet\":38" CALLS(CALL("getpid", "ALLOW"))));
	assert_int_equal(verdict(&p, READ, 0, 0), DENIED(38));
	planned_done(&p);
}

/* SEC-05: absent is SPEC_ALLOW, empty is none. */
static void test_flags(void **state)
{
	static const struct {
		const char *flags;
		uint32_t bits;
	} cases[] = {
		{ "", 4 },
		{ ",\"flags\":[]", 0 },
		{ ",\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"]", 2 },
		{ ",\"flags\":[\"SECCOMP_FILTER_FLAG_TSYNC\","
		  "\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"]",
			5 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct planned p;

		planning_ok(&p, &host_v2, PROFILE(PASS "%s"), cases[i].flags);
		assert_int_equal(p.plan->process->seccomp->flags, cases[i].bits);
		planned_done(&p);
	}
}

/* SEC-17 */
static void test_install_point(void **state)
{
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2, PROFILE(PASS));
	assert_true(p.plan->process->seccomp->early);
	assert_string_equal(p.plan->process->seccomp->at_path, "linux.seccomp");
	planned_done(&p);
	planning_ok(&p, &host_v2,
		"\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"noNewPrivileges\":true}," PROFILE(
			PASS));
	assert_false(p.plan->process->seccomp->early);
	planned_done(&p);
	planning_ok(&p, &host_v2, "\"linux\":{}");
	assert_null(p.plan->process->seccomp);
	planned_done(&p);
}

/* SEC-06, H3 */
static void test_unknown_names(void **state)
{
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2,
		PROFILE(DENY CALLS(
			CALL("no_such_call\",\"getpid\",\"nor_this", "ALLOW"))));
	assert_int_equal(verdict(&p, GETPID, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(p.plan->n_warnings, 1);
	assert_non_null(strstr(p.plan->warnings[0], "no_such_call, nor_this"));
	planned_done(&p);
	/* Nothing is let through that the profile holds back. */
	planning_ok(&p, &host_v2, PROFILE(PASS CALLS(CALL("no_such_call", "LOG"))));
	assert_int_equal(p.plan->n_warnings, 1);
	planned_done(&p);
	assert_int_equal(
		planning(&p, &host_v2,
			PROFILE(PASS CALLS(CALL("read\",\"no_such_call", "ERRNO")))),
		-EINVAL);
	assert_int_equal(p.e.kind, ERR_CONFIG);
	assert_string_equal(p.e.path, "linux.seccomp.syscalls[0].names[1]");
	assert_non_null(strstr(p.e.text, "no_such_call"));
	planned_done(&p);
	/* A call of another architecture is known, and is no concern here. */
	planning_ok(&p, &host_v2, PROFILE(PASS CALLS(CALL("arm_fadvise64_64", "ERRNO"))));
	assert_int_equal(p.plan->n_warnings, 0);
	planned_done(&p);
}

/* Calls newer than libseccomp 2.5.4. */
static void test_newer_names(void **state)
{
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2, PROFILE(PASS CALLS(CALL("mseal\",\"listns", "ERRNO"))));
	assert_int_equal(verdict(&p, MSEAL, 0, 0), DENIED(EPERM));
	assert_int_equal(verdict(&p, 470, 0, 0), DENIED(EPERM));
	assert_int_equal(verdict(&p, 469, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(p.plan->n_warnings, 0);
	planned_done(&p);
}

/* SEC-07, H2 */
static void test_newer_numbers(void **state)
{
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2,
		PROFILE(DENY CALLS(CALL("getpid", "ALLOW") "," CALL("statx", "ERRNO"))));
	/* statx is 332: named, though its rule says what the default says. */
	assert_int_equal(verdict(&p, 332, 0, 0), DENIED(EPERM));
	assert_int_equal(verdict(&p, 331, 0, 0), DENIED(EPERM));
	assert_int_equal(verdict(&p, 333, 0, 0), DENIED(ENOSYS));
	assert_int_equal(verdict(&p, 0x3fffffff, 0, 0), DENIED(ENOSYS));
	/* x32 is another architecture, which this profile does not list. */
	assert_int_equal(verdict(&p, 0x40000000, 0, 0), SECCOMP_RET_KILL_THREAD);
	planned_done(&p);
	planning_ok(&p, &host_v2, PROFILE(PASS CALLS(CALL("getpid", "ERRNO"))));
	assert_int_equal(verdict(&p, 333, 0, 0), SECCOMP_RET_ALLOW);
	planned_done(&p);
	planning_ok(&p, &host_v2,
		PROFILE("\"defaultAction\":\"SCMP_ACT_LOG\"" CALLS(
			CALL("getpid", "ERRNO"))));
	assert_int_equal(verdict(&p, 333, 0, 0), SECCOMP_RET_LOG);
	planned_done(&p);
}

/* SEC-09, SEC-12 */
static void test_combinations(void **state)
{
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2,
		PROFILE(PASS CALLS(CALL("ioctl", "ERRNO",
			",\"args\":[" ARG(1, 5, "EQ") "]") "," CALL("ioctl", "ALLOW"))));
	/* The second rule says what the default says and cannot undo the first. */
	assert_int_equal(verdict(&p, IOCTL, 0, 5), DENIED(EPERM));
	assert_int_equal(verdict(&p, IOCTL, 0, 6), SECCOMP_RET_ALLOW);
	planned_done(&p);
	planning_ok(&p, &host_v2,
		PROFILE(DENY CALLS(CALL("personality", "ALLOW",
			",\"args\":[" ARG(0, 0, "EQ") "," ARG(0, 8, "EQ") "]"))));
	assert_int_equal(verdict(&p, PERSONALITY, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(&p, PERSONALITY, 8, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(&p, PERSONALITY, 9, 0), DENIED(EPERM));
	planned_done(&p);
	/* A range before the one value: the value counts. */
	planning_ok(&p, &host_v2,
		PROFILE(DENY CALLS(CALL("ioctl", "ALLOW",
			",\"args\":[" ARG(1, 1, "GE") "]") "," CALL("ioctl", "TRAP",
			",\"args\":[" ARG(1, 5, "EQ") "]"))));
	assert_int_equal(verdict(&p, IOCTL, 0, 5), SECCOMP_RET_TRAP);
	assert_int_equal(verdict(&p, IOCTL, 0, 4), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(&p, IOCTL, 0, 0), DENIED(EPERM));
	planned_done(&p);
}

/* SEC-04 */
static void test_architectures(void **state)
{
	const struct bpfsim_call i386 = { .arch = X86, .nr = 20 };
	struct host riscv = host_v2;
	struct planned p;

	(void)state;
	/* All that the specification names, two of them twice. */
	planning_ok(&p, &host_v2,
		PROFILE(PASS
			",\"architectures\":[\"SCMP_ARCH_LOONGARCH64\",\"SCMP_ARCH_M68K\","
			"\"SCMP_ARCH_SH\",\"SCMP_ARCH_SHEB\",\"SCMP_ARCH_S390X\","
			"\"SCMP_ARCH_X86\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X86_64\"]"));
	assert_int_equal(verdict(&p, READ, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(
		bpfsim_run(p.plan->process->seccomp->prog, &i386), SECCOMP_RET_ALLOW);
	planned_done(&p);
	planning_ok(&p, &host_v2, PROFILE(PASS));
	assert_int_equal(bpfsim_run(p.plan->process->seccomp->prog, &i386),
		SECCOMP_RET_KILL_THREAD);
	planned_done(&p);
	/* What libseccomp does not know as the machine's own cannot be filtered. */
	riscv.arch = "SCMP_ARCH_SHEB";
	if (!secnames_has_arch(sec_arch_find(riscv.arch))) {
		assert_int_equal(planning(&p, &riscv, PROFILE(PASS)), -EOPNOTSUPP);
		assert_int_equal(p.e.kind, ERR_HOST);
		assert_non_null(strstr(p.e.text, "SCMP_ARCH_SHEB"));
		planned_done(&p);
	}
	riscv.arch = "SCMP_ARCH_RISCV64";
	planning_ok(&p, &riscv, PROFILE(PASS));
	assert_int_equal(verdict(&p, READ, 0, 0), SECCOMP_RET_KILL_THREAD);
	planned_done(&p);
}

#define WATCH(...) ",\"listenerPath\":\"/s\"" CALLS(__VA_ARGS__)
#define KILLABLE "\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\""

/* SEC-13, SEC-05: a listener where a rule is left that needs it. Flags: 8 listener, 32 killable. */
static void test_notify(void **state)
{
	static const struct {
		const char *seccomp;
		uint32_t flags, ioctl;
		const char *listener, *metadata;
		bool by_number;
	} cases[] = {
		{ PASS WATCH(CALL("ioctl", "NOTIFY")), 8 | 4, SEC_RET_NOTIFY, "/s", NULL,
			false },
		{ PASS ",\"listenerMetadata\":\"m\"" WATCH(CALL("ioctl", "NOTIFY")),
			8 | 4, SEC_RET_NOTIFY, "/s", "m", false },
		{ PASS ",\"listenerMetadata\":\"\",\"flags\":[" KILLABLE
		       ",\"SECCOMP_FILTER_FLAG_TSYNC\"]" WATCH(CALL("ioctl", "NOTIFY")),
			8 | 32, SEC_RET_NOTIFY, "/s", NULL, false },
		/* Nothing asks: the path is not looked at. */
		{ PASS WATCH(CALL("ioctl", "LOG")), 4, SECCOMP_RET_LOG, NULL, NULL,
			false },
		{ DENY ",\"flags\":[" KILLABLE "]" WATCH(CALL("no_such_call", "NOTIFY")),
			0, DENIED(EPERM), NULL, NULL, false },
		/* How the descriptor gets out: sendmsg must be free, whatever its arguments. */
		{ PASS WATCH(CALL("sendmsg", "NOTIFY")), 8 | 4, SECCOMP_RET_ALLOW, "/s",
			NULL, true },
		{ PASS WATCH(CALL("ioctl", "NOTIFY") "," CALL("sendmsg", "ERRNO")), 8 | 4,
			SEC_RET_NOTIFY, "/s", NULL, true },
		{ PASS WATCH(
			  CALL("sendmsg", "NOTIFY", ",\"args\":[" ARG(2, 1, "EQ") "]")),
			8 | 4, SECCOMP_RET_ALLOW, "/s", NULL, true },
		{ DENY WATCH(CALL("ioctl", "NOTIFY")), 8 | 4, SEC_RET_NOTIFY, "/s", NULL,
			true },
		{ DENY WATCH(CALL("ioctl", "NOTIFY") "," CALL("sendmsg", "ALLOW")), 8 | 4,
			SEC_RET_NOTIFY, "/s", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct plan_seccomp *out;
		struct planned p;

		planning_ok(&p, &host_v2, PROFILE("%s"), cases[i].seccomp);
		out = p.plan->process->seccomp;
		print_message("%s\n", cases[i].seccomp);
		assert_int_equal(out->flags, cases[i].flags);
		assert_int_equal(verdict(&p, IOCTL, 0, 0), cases[i].ioctl);
		assert_int_equal(out->by_number, cases[i].by_number);
		if (cases[i].listener)
			assert_string_equal(out->listener, cases[i].listener);
		else
			assert_null(out->listener);
		if (cases[i].metadata)
			assert_string_equal(out->metadata, cases[i].metadata);
		else
			assert_null(out->metadata);
		planned_done(&p);
	}
}

/* K7 */
static void test_too_big(void **state)
{
	auto_buf struct buf rules = BUF_INIT;
	struct planned p;

	(void)state;
	for (int i = 0; i < 10000; i++)
		assert_int_equal(
			buf_addf(&rules,
				"%s{\"names\":[\"ioctl\"],\"action\":\"SCMP_ACT_ALLOW\","
				"\"args\":[{\"index\":1,\"value\":%d,"
				"\"op\":\"SCMP_CMP_EQ\"}]}",
				i ? "," : "", 7 * i),
			0);
	assert_int_equal(
		planning(&p, &host_v2,
			"\"linux\":{\"seccomp\":{" DENY ",\"syscalls\":[%s]}}", rules.p),
		-E2BIG);
	assert_int_equal(p.e.kind, ERR_CONFIG);
	assert_string_equal(p.e.path, "linux.seccomp");
	assert_non_null(strstr(p.e.text, "4096"));
	planned_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_default_errno),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_install_point),
		cmocka_unit_test(test_unknown_names),
		cmocka_unit_test(test_newer_names),
		cmocka_unit_test(test_newer_numbers),
		cmocka_unit_test(test_combinations),
		cmocka_unit_test(test_architectures),
		cmocka_unit_test(test_notify),
		cmocka_unit_test(test_too_big),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#else

/* A build --without-seccomp refuses what it cannot apply. */
static void test_refused(void **state)
{
	struct planned p;

	(void)state;
	assert_int_equal(
		planning(&p, &host_v2,
			"\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\"}}"),
		-EOPNOTSUPP);
	assert_int_equal(p.e.kind, ERR_HOST);
	planned_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_refused) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
