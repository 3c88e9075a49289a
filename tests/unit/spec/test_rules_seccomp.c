/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of linux.seccomp. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"

#include "parse.h"

/* SEC-01 to SEC-03 */
static const struct spec_case actions_cases[] = {
	{ LINUX, "\"seccomp\": {\"defaultAction\": \"SCMP_ACT_KILL\"}", NULL, NULL, 0 },
	{ LINUX, "\"seccomp\": {\"defaultAction\": \"SCMP_ACT_KILL_THREAD\"}", NULL, NULL,
		0 },
	{ LINUX, "\"seccomp\": {\"defaultAction\": \"SCMP_ACT_KILL_PROCESS\"}", NULL,
		NULL, 0 },
	{ LINUX, "\"seccomp\": {\"defaultAction\": \"SCMP_ACT_TRAP\"}", NULL, NULL, 0 },
	{ LINUX, "\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ERRNO\"}", NULL, NULL, 0 },
	{ LINUX, "\"seccomp\": {\"defaultAction\": \"SCMP_ACT_TRACE\"}", NULL, NULL, 0 },
	{ LINUX, "\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\"}", NULL, NULL, 0 },
	{ LINUX, "\"seccomp\": {\"defaultAction\": \"SCMP_ACT_LOG\"}", NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ERRNO\", "
		"\"defaultErrnoRet\": 38}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ERRNO\", "
		"\"defaultErrnoRet\": 0}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ERRNO\", "
		"\"defaultErrnoRet\": 4095}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_TRACE\", "
		"\"defaultErrnoRet\": 65535}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ERRNO\", "
		"\"defaultErrnoRet\": ^4096}",
		"linux.seccomp.defaultErrnoRet", "expected at most 4095, found 4096", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_TRACE\", "
		"\"defaultErrnoRet\": ^65536}",
		"linux.seccomp.defaultErrnoRet", "expected at most 65535, found 65536",
		0 },
	{ LINUX, "\"seccomp\": ^{}", "linux.seccomp",
		"the required member \"defaultAction\" is missing", 0 },
	{ LINUX, "\"seccomp\": {\"defaultAction\": ^\"SCMP_ACT_DENY\"}",
		"linux.seccomp.defaultAction", "SCMP_ACT_DENY", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_KILL\", "
		"\"defaultErrnoRet\": ^1}",
		"linux.seccomp.defaultErrnoRet",
		"defaultErrnoRet is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_KILL_THREAD\", "
		"\"defaultErrnoRet\": ^1}",
		"linux.seccomp.defaultErrnoRet",
		"defaultErrnoRet is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_KILL_PROCESS\", "
		"\"defaultErrnoRet\": ^1}",
		"linux.seccomp.defaultErrnoRet",
		"defaultErrnoRet is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_TRAP\", "
		"\"defaultErrnoRet\": ^1}",
		"linux.seccomp.defaultErrnoRet",
		"defaultErrnoRet is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", "
		"\"defaultErrnoRet\": ^1}",
		"linux.seccomp.defaultErrnoRet",
		"defaultErrnoRet is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_LOG\", "
		"\"defaultErrnoRet\": ^1}",
		"linux.seccomp.defaultErrnoRet",
		"defaultErrnoRet is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL\", "
		"\"errnoRet\": ^1}]}",
		"linux.seccomp.syscalls[0].errnoRet",
		"errnoRet is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": [\"read\"], \"action\": "
		"\"SCMP_ACT_KILL_THREAD\", \"errnoRet\": ^1}]}",
		"linux.seccomp.syscalls[0].errnoRet",
		"errnoRet is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": [\"read\"], \"action\": "
		"\"SCMP_ACT_KILL_PROCESS\", \"errnoRet\": ^1}]}",
		"linux.seccomp.syscalls[0].errnoRet",
		"errnoRet is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": [\"read\"], \"action\": \"SCMP_ACT_TRAP\", "
		"\"errnoRet\": ^1}]}",
		"linux.seccomp.syscalls[0].errnoRet",
		"errnoRet is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\", "
		"\"errnoRet\": ^1}]}",
		"linux.seccomp.syscalls[0].errnoRet",
		"errnoRet is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": [\"read\"], \"action\": \"SCMP_ACT_LOG\", "
		"\"errnoRet\": ^1}]}",
		"linux.seccomp.syscalls[0].errnoRet",
		"errnoRet is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE", 0 },
};

/* SEC-04, SEC-05 */
static const struct spec_case sets_cases[] = {
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", "
		"\"architectures\": [\"SCMP_ARCH_X86\", "
		"\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X32\", "
		"\"SCMP_ARCH_ARM\", \"SCMP_ARCH_AARCH64\", "
		"\"SCMP_ARCH_MIPS\", "
		"\"SCMP_ARCH_MIPS64\", "
		"\"SCMP_ARCH_MIPS64N"
		"32\", "
		"\"S"
		"CMP_ARCH_MIPSEL\", \"SCMP_ARCH_MIPSEL64\", "
		"\"SCMP_ARCH_MIPSEL64N32\", \"SCMP_ARCH_PPC\", "
		"\"SCMP_ARCH_PPC64\", \"SCMP_ARCH_PPC64LE\", "
		"\"SCMP_ARCH_S390\", \"SCMP_ARCH_S390X\", "
		"\"SCMP_ARCH_PARISC\", "
		"\"SCMP_ARCH_PARISC64\", "
		"\"SCMP_ARCH_RISCV64"
		"\", "
		"\"S"
		"CMP_ARCH_LOONGARCH64\", \"SCMP_ARCH_M68K\", \"SCMP_ARCH_SH\", "
		"\"SCMP_ARCH_SHEB\"]}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", "
		"\"architectures\": [], \"flags\": []}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": "
		"[\"SECCOMP_FILTER_FLAG_TSYNC\", "
		"\"SECCOMP_FILTER_FLAG_LOG\", "
		"\"SECCOMP_FILTER_FLAG_SPEC_ALLOW\"]}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", "
		"\"architectures\": [\"SCMP_ARCH_X86\", ^\"SCMP_ARCH_AMD64\"]}",
		"linux.seccomp.architectures[1]",
		"expected a seccomp architecture, found \"SCMP_ARCH_AMD64\"", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", "
		"\"architectures\": [^\"x86\"]}",
		"linux.seccomp.architectures[0]", "found \"x86\"", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": "
		"[^\"SECCOMP_FILTER_FLAG_NEW_LISTENER\"]}",
		"linux.seccomp.flags[0]", "expected a seccomp flag", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": "
		"[^\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]}",
		"linux.seccomp.flags[0]", "needs the action SCMP_ACT_NOTIFY", 0 },
};

/* SEC-08, SEC-10, SEC-11 */
static const struct spec_case rules_cases[] = {
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": [\"read\", \"no_such_call\"], \"action\": "
		"\"SCMP_ACT_ERRNO\", \"errnoRet\": 1}]}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL\", "
		"\"args\": [{\"index\": 5, \"value\": "
		"18446744073709551615, \"valueTwo\": 0, "
		"\"op\": \"SCMP_CMP_MASKED_EQ\"}]}]}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL\", "
		"\"args\": [{\"index\": 0, \"value\": 0, \"op\": "
		"\"SCMP_CMP_NE\"}]}]}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL\", "
		"\"args\": [{\"index\": 0, \"value\": 0, \"op\": "
		"\"SCMP_CMP_LT\"}]}]}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL\", "
		"\"args\": [{\"index\": 0, \"value\": 0, \"op\": "
		"\"SCMP_CMP_LE\"}]}]}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL\", "
		"\"args\": [{\"index\": 0, \"value\": 0, \"op\": "
		"\"SCMP_CMP_EQ\"}]}]}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL\", "
		"\"args\": [{\"index\": 0, \"value\": 0, \"op\": "
		"\"SCMP_CMP_GE\"}]}]}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL\", "
		"\"args\": [{\"index\": 0, \"value\": 0, \"op\": "
		"\"SCMP_CMP_GT\"}]}]}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL\", "
		"\"args\": [{\"index\": 0, \"value\": 0, \"op\": "
		"\"SCMP_CMP_MASKED_EQ\"}]}]}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": ^[], \"action\": \"SCMP_ACT_KILL\"}]}",
		"linux.seccomp.syscalls[0].names", "expected at least one system call",
		0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL\", "
		"\"args\": [{\"index\": ^6, \"value\": 0, \"op\": "
		"\"SCMP_CMP_EQ\"}]}]}",
		"linux.seccomp.syscalls[0].args[0].index", "expected 0 to 5, found 6",
		0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL\", "
		"\"args\": [{\"index\": 0, \"value\": 0, \"op\": "
		"^\"EQ\"}]}]}",
		"linux.seccomp.syscalls[0].args[0].op", "EQ", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL\", "
		"\"args\": [^{\"index\": 0, \"op\": "
		"\"SCMP_CMP_EQ\"}]}]}",
		"linux.seccomp.syscalls[0].args[0]",
		"the required member \"value\" is missing", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[^{\"names\": [\"read\"]}]}",
		"linux.seccomp.syscalls[0]",
		"the required member \"action\" is "
		"missing",
		0 },
};

/* SEC-13, SEC-14, SEC-16 */
static const struct spec_case notify_cases[] = {
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": [\"mknod\"], \"action\": "
		"\"SCMP_ACT_NOTIFY\"}], \"listenerPath\": \"/s\", "
		"\"listenerMetadata\": \"m\", \"flags\": "
		"[\"SECCOMP_FILTER_FLAG_WAIT_KILLABL"
		"E_RECV\"]}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", "
		"\"listenerPath\": \"/s\"}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", "
		"\"listenerMetadata\": \"\"}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"seccomp\": ^{\"defaultAction\": \"SCMP_ACT_ALLOW\", "
		"\"syscalls\": [{\"names\": [\"mknod\"], \"action\": "
		"\"SCMP_ACT_NOTIFY\"}]}",
		"linux.seccomp.listenerPath",
		"SCMP_ACT_NOTIFY needs the path of a socket", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", "
		"\"listenerMetadata\": ^\"m\"}",
		"linux.seccomp.listenerMetadata", "listenerMetadata needs listenerPath",
		0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": ^\"SCMP_ACT_NOTIFY\", "
		"\"listenerPath\": \"/s\"}",
		"linux.seccomp.defaultAction", "SCMP_ACT_NOTIFY cannot be the default",
		0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": "
		"[{\"names\": ^[\"read\", \"write\"], \"action\": "
		"\"SCMP_ACT_NOTIFY\"}], \"listenerPath\": \"/s\"}",
		"linux.seccomp.syscalls[0].names", "cannot be used on write", 0 },
	{ LINUX,
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", "
		"\"listenerPath\": ^\"agent.sock\"}",
		"linux.seccomp.listenerPath", "expected an absolute path", 0 },
};

static void actions(void **state)
{
	(void)state;
	cases_check(actions_cases, ARRAY_SIZE(actions_cases));
}

static void sets(void **state)
{
	(void)state;
	cases_check(sets_cases, ARRAY_SIZE(sets_cases));
}

static void rules(void **state)
{
	(void)state;
	cases_check(rules_cases, ARRAY_SIZE(rules_cases));
}

static void notify(void **state)
{
	(void)state;
	cases_check(notify_cases, ARRAY_SIZE(notify_cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(actions),
		cmocka_unit_test(sets),
		cmocka_unit_test(rules),
		cmocka_unit_test(notify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
