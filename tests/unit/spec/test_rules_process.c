/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of process. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"

#include "parse.h"

/* PROC-01, PROC-02: what engines send without a terminal passes */
static const struct spec_case terminal_cases[] = {
	{ PROCESS, "\"terminal\": true", NULL, NULL, 0 },
	{ PROCESS,
		"\"terminal\": true, \"consoleSize\": {\"height\": 65535, "
		"\"width\": 0}",
		NULL, NULL, 0 },
	{ PROCESS,
		"\"terminal\": false, \"consoleSize\": {\"height\": 0, "
		"\"width\": 0}",
		NULL, NULL, 0 },
	{ PROCESS, "\"consoleSize\": {\"height\": 70000, \"width\": 70000}", NULL, NULL,
		0 },
	{ PROCESS,
		"\"terminal\": true, \"consoleSize\": {\"height\": ^65536, "
		"\"width\": 80}",
		"process.consoleSize.height", "expected at most 65535, found 65536", 0 },
	{ PROCESS,
		"\"terminal\": true, \"consoleSize\": {\"height\": 24, \"width\": "
		"^18446744073709551615}",
		"process.consoleSize.width", "found 18446744073709551615", 0 },
};

/* PROC-04, PROC-07, LIFE-06 */
static const struct spec_case cwd_args_cases[] = {
	{ WHOLE, "{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"r\"}}", NULL, NULL,
		0 },
	{ WHOLE,
		"{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"r\"}, "
		"\"process\": {\"cwd\": \"/a\", \"args\": [\"\"]}}",
		NULL, NULL, 0 },
	{ WHOLE,
		"{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"r\"}, "
		"\"process\": {\"cwd\": ^\"a\", \"args\": [\"x\"]}}",
		"process.cwd", "expected an absolute path, found \"a\"", 0 },
	{ WHOLE,
		"{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"r\"}, "
		"\"process\": {\"cwd\": ^\"\", \"args\": [\"x\"]}}",
		"process.cwd", "expected an absolute path", 0 },
	{ WHOLE,
		"{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"r\"}, "
		"\"process\": {\"cwd\": \"/\", \"args\": ^[]}}",
		"process.args", "expected at least one entry", 0 },
	{ WHOLE,
		"{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"r\"}, "
		"\"process\": ^{\"cwd\": \"/\"}}",
		"process.args", "expected at least one entry", 0 },
};

/* PROC-06 */
static const struct spec_case env_cases[] = {
	{ PROCESS, "\"env\": []", NULL, NULL, 0 },
	{ PROCESS, "\"env\": [\"A=b\", \"A=c\", \"B=\", \"C=d=e\", \"x y=z\"]", NULL,
		NULL, 0 },
	{ PROCESS, "\"env\": [\"A=b\", ^\"B\"]", "process.env[1]",
		"expected NAME=VALUE, found \"B\"", 0 },
	{ PROCESS, "\"env\": [^\"\"]", "process.env[0]", "expected NAME=VALUE", 0 },
	{ PROCESS, "\"env\": [^\"=b\"]", "process.env[0]", "expected a name before", 0 },
};

/* One of the sixteen, without a hard limit: 2^64 - 1 is RLIM_INFINITY. */
#define LIMIT(name) \
	"{\"type\": \"RLIMIT_" name "\", \"soft\": 1, \"hard\": 18446744073709551615}"

#define FOUR(a, b, c, d) LIMIT(a) ", " LIMIT(b) ", " LIMIT(c) ", " LIMIT(d)
#define ALL_LIMITS                                                                   \
	"\"rlimits\": [" FOUR("AS", "CORE", "CPU", "DATA") ", " FOUR(                \
		"FSIZE", "LOCKS", "MEMLOCK", "MSGQUEUE") ", " FOUR("NICE", "NOFILE", \
		"NPROC", "RSS") ", " FOUR("RTPRIO", "RTTIME", "SIGPENDING", "STACK") "]"

/* PROC-08, PROC-09 */
static const struct spec_case rlimits_cases[] = {
	{ PROCESS, "\"rlimits\": []", NULL, NULL, 0 },
	{ PROCESS, ALL_LIMITS, NULL, NULL, 0 },
	{ PROCESS,
		"\"rlimits\": [{\"type\": \"RLIMIT_AS\", \"soft\": ^2, \"hard\": "
		"1}]",
		"process.rlimits[0].soft",
		"expected at most the hard limit, 1, "
		"found 2",
		0 },
	{ PROCESS,
		"\"rlimits\": [{\"type\": \"RLIMIT_AS\", \"soft\": 1, \"hard\": 1}, "
		"{\"type\": ^\"RLIMIT_AS\", \"soft\": 1, \"hard\": 1}]",
		"process.rlimits[1].type", "found RLIMIT_AS again", 0 },
	{ PROCESS,
		"\"rlimits\": [{\"type\": ^\"RLIMIT_NOFILES\", \"soft\": 1, "
		"\"hard\": 1}]",
		"process.rlimits[0].type", "RLIMIT_NOFILES", 0 },
};

/* PROC-16: never a fault */
static const struct spec_case capabilities_cases[] = {
	{ PROCESS, "\"capabilities\": {}", NULL, NULL, 0 },
	{ PROCESS,
		"\"capabilities\": {\"bounding\": [\"CAP_NO_SUCH\"], \"ambient\": "
		"[\"CAP_KILL\"], \"effective\": [\"CAP_CHOWN\"]}",
		NULL, NULL, 0 },
};

/* PROC-19 */
static const struct spec_case oom_cases[] = {
	{ PROCESS, "\"oomScoreAdj\": -1000", NULL, NULL, 0 },
	{ PROCESS, "\"oomScoreAdj\": 1000", NULL, NULL, 0 },
	{ PROCESS, "\"oomScoreAdj\": 0", NULL, NULL, 0 },
	{ PROCESS, "\"oomScoreAdj\": ^-1001", "process.oomScoreAdj",
		"expected -1000 to 1000, found -1001", 0 },
	{ PROCESS, "\"oomScoreAdj\": ^1001", "process.oomScoreAdj", "found 1001", 0 },
};

/* PROC-20 to PROC-22 */
static const struct spec_case scheduler_cases[] = {
	{ PROCESS, "\"scheduler\": {\"policy\": \"SCHED_OTHER\", \"nice\": -20}", NULL,
		NULL, 0 },
	{ PROCESS,
		"\"scheduler\": {\"policy\": \"SCHED_BATCH\", \"nice\": 19, "
		"\"flags\": [\"SCHED_FLAG_RESET_ON_FORK\", "
		"\"SCHED_FLAG_UTIL_CLAMP_MAX\"]}",
		NULL, NULL, 0 },
	{ PROCESS, "\"scheduler\": {\"policy\": \"SCHED_FIFO\", \"priority\": 1}", NULL,
		NULL, 0 },
	{ PROCESS, "\"scheduler\": {\"policy\": \"SCHED_RR\", \"priority\": 99}", NULL,
		NULL, 0 },
	{ PROCESS, "\"scheduler\": {\"policy\": \"SCHED_IDLE\"}", NULL, NULL, 0 },
	{ PROCESS, "\"scheduler\": {\"policy\": \"SCHED_ISO\"}", NULL, NULL, 0 },
	{ PROCESS,
		"\"scheduler\": {\"policy\": \"SCHED_DEADLINE\", \"runtime\": 1, "
		"\"deadline\": 2, \"period\": 3}",
		NULL, NULL, 0 },
	{ PROCESS, "\"scheduler\": {\"policy\": \"SCHED_OTHER\", \"nice\": ^20}",
		"process.scheduler.nice", "expected -20 to 19, found 20", 0 },
	{ PROCESS, "\"scheduler\": {\"policy\": \"SCHED_BATCH\", \"nice\": ^-21}",
		"process.scheduler.nice", "found -21", 0 },
	{ PROCESS, "\"scheduler\": {\"policy\": \"SCHED_OTHER\", \"priority\": ^1}",
		"process.scheduler.priority", "found policy SCHED_OTHER", 0 },
	{ PROCESS, "\"scheduler\": ^{\"policy\": \"SCHED_FIFO\"}",
		"process.scheduler.priority", "expected 1 to 99, found 0", 0 },
	{ PROCESS, "\"scheduler\": {\"policy\": \"SCHED_RR\", \"priority\": ^100}",
		"process.scheduler.priority", "found 100", 0 },
	{ PROCESS, "\"scheduler\": {\"policy\": \"SCHED_OTHER\", \"runtime\": ^1}",
		"process.scheduler.runtime", "runtime is for SCHED_DEADLINE", 0 },
	{ PROCESS,
		"\"scheduler\": {\"policy\": \"SCHED_IDLE\", \"deadline\": ^1, "
		"\"period\": 1}",
		"process.scheduler.deadline", "deadline is for SCHED_DEADLINE", 2 },
	{ PROCESS,
		"\"scheduler\": {\"policy\": \"SCHED_OTHER\", \"flags\": "
		"[^\"SCHED_FLAG_RECLAIMS\"]}",
		"process.scheduler.flags[0]", "found \"SCHED_FLAG_RECLAIMS\"", 0 },
	{ PROCESS, "\"scheduler\": {\"policy\": ^\"SCHED_FAIR\"}",
		"process.scheduler.policy", "SCHED_FAIR", 0 },
	{ PROCESS, "\"scheduler\": ^{\"nice\": 1}", "process.scheduler",
		"the required member \"policy\" is missing", 0 },
};

/* PROC-24 */
static const struct spec_case ioprio_cases[] = {
	{ PROCESS, "\"ioPriority\": {\"class\": \"IOPRIO_CLASS_IDLE\"}", NULL, NULL, 0 },
	{ PROCESS, "\"ioPriority\": {\"class\": \"IOPRIO_CLASS_RT\", \"priority\": 7}",
		NULL, NULL, 0 },
	{ PROCESS, "\"ioPriority\": {\"class\": \"IOPRIO_CLASS_BE\", \"priority\": ^8}",
		"process.ioPriority.priority", "expected 0 to 7, found 8", 0 },
	{ PROCESS,
		"\"ioPriority\": {\"class\": \"IOPRIO_CLASS_BE\", \"priority\": "
		"^-1}",
		"process.ioPriority.priority", "found -1", 0 },
	{ PROCESS, "\"ioPriority\": {\"class\": ^\"BE\"}", "process.ioPriority.class",
		"BE", 0 },
};

/* PROC-25 */
static const struct spec_case affinity_cases[] = {
	{ PROCESS, "\"execCPUAffinity\": {\"initial\": \"0-3, 7\", \"final\": \"\"}",
		NULL, NULL, 0 },
	{ PROCESS, "\"execCPUAffinity\": {\"initial\": ^\"3-0\"}",
		"process.execCPUAffinity.initial", "found \"3-0\"", 0 },
	{ PROCESS, "\"execCPUAffinity\": {\"final\": ^\"0,x\"}",
		"process.execCPUAffinity.final", "found \"0,x\"", 0 },
	{ PROCESS, "\"execCPUAffinity\": {\"final\": ^\"8192\"}",
		"process.execCPUAffinity.final", "found \"8192\"", 0 },
};

/* PROC-27 to PROC-29 */
static const struct spec_case user_cases[] = {
	{ PROCESS, "\"user\": {}", NULL, NULL, 0 },
	{ PROCESS,
		"\"user\": {\"uid\": 4294967294, \"gid\": 0, \"umask\": 511, "
		"\"additionalGids\": [0, 4294967294]}",
		NULL, NULL, 0 },
	{ PROCESS, "\"user\": {\"uid\": ^4294967295}", "process.user.uid",
		"expected at most 4294967294, found 4294967295", 0 },
	{ PROCESS, "\"user\": {\"gid\": ^4294967295}", "process.user.gid",
		"found 4294967295", 0 },
	{ PROCESS, "\"user\": {\"additionalGids\": [1, ^4294967295]}",
		"process.user.additionalGids[1]", "found 4294967295", 0 },
	{ PROCESS, "\"user\": {\"umask\": ^512}", "process.user.umask",
		"expected at most 511 (0777), found 512", 0 },
};

static void terminal(void **state)
{
	(void)state;
	cases_check(terminal_cases, ARRAY_SIZE(terminal_cases));
}

static void cwd_args(void **state)
{
	(void)state;
	cases_check(cwd_args_cases, ARRAY_SIZE(cwd_args_cases));
}

static void env(void **state)
{
	(void)state;
	cases_check(env_cases, ARRAY_SIZE(env_cases));
}

static void rlimits(void **state)
{
	(void)state;
	cases_check(rlimits_cases, ARRAY_SIZE(rlimits_cases));
}

static void capabilities(void **state)
{
	(void)state;
	cases_check(capabilities_cases, ARRAY_SIZE(capabilities_cases));
}

static void oom(void **state)
{
	(void)state;
	cases_check(oom_cases, ARRAY_SIZE(oom_cases));
}

static void scheduler(void **state)
{
	(void)state;
	cases_check(scheduler_cases, ARRAY_SIZE(scheduler_cases));
}

static void ioprio(void **state)
{
	(void)state;
	cases_check(ioprio_cases, ARRAY_SIZE(ioprio_cases));
}

static void affinity(void **state)
{
	(void)state;
	cases_check(affinity_cases, ARRAY_SIZE(affinity_cases));
}

static void user(void **state)
{
	(void)state;
	cases_check(user_cases, ARRAY_SIZE(user_cases));
}

static void warnings(void **state)
{
	static const struct {
		enum part part;
		const char *fragment, *text;
	} cases[] = {
		{ PROCESS,
			"\"capabilities\": {\"bounding\": [\"CAP_KILL\", "
			"\"CAP_SYS_ADMN\"]}",
			"process.capabilities.bounding[1]: unknown capability "
			"\"CAP_SYS_ADMN\", not granted; did you mean "
			"\"CAP_SYS_ADMIN\"?" },
		{ PROCESS, "\"capabilities\": {\"bounding\": [\"XYZ\"]}",
			"process.capabilities.bounding[0]: unknown capability \"XYZ\"" },
		{ PROCESS,
			"\"capabilities\": {\"effective\": [\"CAP_KILL\"], "
			"\"permitted\": []}",
			"process.capabilities.effective: cannot be granted, because "
			"not permitted: CAP_KILL" },
		{ PROCESS,
			"\"capabilities\": {\"ambient\": [\"CAP_KILL\", "
			"\"CAP_CHOWN\"], \"permitted\": [\"CAP_KILL\", "
			"\"CAP_CHOWN\"]}",
			"process.capabilities.ambient: cannot be granted, because "
			"not both permitted and inheritable: CAP_CHOWN, "
			"CAP_KILL" },
		{ PROCESS, "\"commandLine\": \"x\"",
			"process.commandLine: is for Windows" },
		{ PROCESS, "\"user\": {\"username\": \"x\"}",
			"process.user.username: is for Windows" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		case_warns(cases[i].part, cases[i].fragment, cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terminal),
		cmocka_unit_test(cwd_args),
		cmocka_unit_test(env),
		cmocka_unit_test(rlimits),
		cmocka_unit_test(capabilities),
		cmocka_unit_test(oom),
		cmocka_unit_test(scheduler),
		cmocka_unit_test(ioprio),
		cmocka_unit_test(affinity),
		cmocka_unit_test(user),
		cmocka_unit_test(warnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
