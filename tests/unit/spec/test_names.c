/* SPDX-License-Identifier: Apache-2.0 */
/* The closed sets, both ways, against the numbers of this machine's headers. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "spec/names.h"

static const struct {
	const struct table *set;
	size_t n;
} sets[] = {
	{ &names_namespace, 8 },
	{ &names_rlimit, 16 },
	{ &names_capability, 41 },
	{ &names_sched_policy, 7 },
	{ &names_sched_flag, 7 },
	{ &names_ioprio_class, 3 },
	{ &names_mpol_mode, 7 },
	{ &names_mpol_flag, 3 },
	{ &names_personality, 2 },
	{ &names_propagation, 8 },
	{ &names_seccomp_action, 9 },
	{ &names_seccomp_op, 7 },
	{ &names_seccomp_arch, 23 },
	{ &names_seccomp_flag, 4 },
	{ &names_hook, 6 },
};

/* Names that share a number with another one. */
static const char *const aliases[] = { "SCMP_ACT_KILL", "SIGIOT", "SIGCLD", "SIGPOLL" };

static bool is_alias(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
		if (strcmp(aliases[i], name) == 0)
			return true;
	}
	return false;
}

static void check_set(const struct table *set)
{
	assert_non_null(set->what);
	for (size_t i = 0; i < set->n; i++) {
		const struct table_entry *x = &set->entries[i];

		assert_true(x->id >= 0);
		/* What is too long is cut without its NUL. */
		assert_non_null(memchr(x->name, '\0', sizeof(x->name)));
		assert_int_equal(table_id(set, x->name), x->id);
		if (is_alias(x->name))
			assert_string_not_equal(table_name(set, x->id), x->name);
		else
			assert_string_equal(table_name(set, x->id), x->name);
	}
	assert_int_equal(table_id(set, "no such name"), -ENOENT);
}

static void both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		assert_int_equal(sets[i].set->n, sets[i].n);
		check_set(sets[i].set);
	}
	check_set(&names_signal);
}

static void numbers(void **state)
{
	static const struct {
		const struct table *set;
		const char *name;
		unsigned long id;
	} cases[] = {
		{ &names_namespace, "mount", SPEC_NS_MOUNT },
		{ &names_namespace, "network", SPEC_NS_NET },
		{ &names_namespace, "user", SPEC_NS_USER },
		{ &names_rlimit, "RLIMIT_NOFILE", RLIMIT_NOFILE },
		{ &names_rlimit, "RLIMIT_AS", RLIMIT_AS },
		{ &names_rlimit, "RLIMIT_RTTIME", RLIMIT_RTTIME },
		{ &names_capability, "CAP_CHOWN", 0 },
		{ &names_capability, "CAP_SYS_ADMIN", 21 },
		{ &names_capability, "CAP_CHECKPOINT_RESTORE", 40 },
		{ &names_signal, "SIGTERM", SIGTERM },
		{ &names_signal, "SIGUSR1", SIGUSR1 },
		{ &names_signal, "SIGSYS", SIGSYS },
		{ &names_sched_policy, "SCHED_OTHER", SCHED_OTHER },
		{ &names_sched_policy, "SCHED_FIFO", SCHED_FIFO },
		{ &names_sched_policy, "SCHED_RR", SCHED_RR },
		{ &names_sched_policy, "SCHED_BATCH", SCHED_BATCH },
		{ &names_sched_policy, "SCHED_IDLE", SCHED_IDLE },
		{ &names_sched_policy, "SCHED_DEADLINE", 6 },
		{ &names_sched_flag, "SCHED_FLAG_RECLAIM", 2 },
		{ &names_sched_flag, "SCHED_FLAG_UTIL_CLAMP_MAX", 0x40 },
		{ &names_ioprio_class, "IOPRIO_CLASS_IDLE", 3 },
		{ &names_mpol_mode, "MPOL_BIND", 2 },
		{ &names_mpol_mode, "MPOL_WEIGHTED_INTERLEAVE", 6 },
		{ &names_mpol_flag, "MPOL_F_STATIC_NODES", 0x8000 },
		{ &names_personality, "LINUX32", 8 },
		{ &names_propagation, "slave", MS_SLAVE },
		{ &names_propagation, "rshared", MS_SHARED | MS_REC },
		{ &names_propagation, "runbindable", MS_UNBINDABLE | MS_REC },
		{ &names_seccomp_action, "SCMP_ACT_KILL", SPEC_ACT_KILL_THREAD },
		{ &names_seccomp_op, "SCMP_CMP_MASKED_EQ", SPEC_CMP_MASKED_EQ },
		{ &names_seccomp_flag, "SECCOMP_FILTER_FLAG_SPEC_ALLOW", 4 },
		{ &names_seccomp_flag, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 32 },
		{ &names_hook, "prestart", 0 },
		{ &names_hook, "poststop", 5 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (table_id(cases[i].set, cases[i].name) != (int)cases[i].id)
			fail_msg("%s is %d", cases[i].name,
				table_id(cases[i].set, cases[i].name));
	}
}

static void signals(void **state)
{
	static const struct {
		const char *text;
		int n;
	} cases[] = {
		{ "TERM", SIGTERM },
		{ "SIGTERM", SIGTERM },
		{ "term", SIGTERM },
		{ "sigkill", SIGKILL },
		{ "SigKill", SIGKILL },
		{ "9", 9 },
		{ "1", 1 },
		{ "64", 64 },
		{ "USR1", SIGUSR1 },
		{ "IOT", SIGABRT },
		{ "CLD", SIGCHLD },
		{ "POLL", SIGIO },
		{ "WINCH", SIGWINCH },
		{ "RTMIN", 34 },
		{ "SIGRTMIN+3", 37 },
		{ "rtmin+3", 37 },
		{ "RTMAX", 64 },
		{ "RTMAX-1", 63 },
		{ "RTMIN+30", 64 },
		{ "RTMAX-30", 34 },
		{ "RTMIN+0", 34 },
		{ "", -EINVAL },
		{ "0", 0 },
		{ "00", -EINVAL },
		{ "SIG0", -EINVAL },
		{ "65", -EINVAL },
		{ "-9", -EINVAL },
		{ "+9", -EINVAL },
		{ "09", -EINVAL },
		{ "9 ", -EINVAL },
		{ "9x", -EINVAL },
		{ " TERM", -EINVAL },
		{ "SIG", -EINVAL },
		{ "SIGSIGTERM", -EINVAL },
		{ "NOSUCH", -EINVAL },
		{ "RTMIN+31", -EINVAL },
		{ "RTMAX-31", -EINVAL },
		{ "RTMIN+", -EINVAL },
		{ "RTMIN-1", -EINVAL },
		{ "RTMAX+1", -EINVAL },
		{ "RTMIN+-1", -EINVAL },
		{ "4294967305", -EINVAL },
		{ "99999999999999999999999999", -EINVAL },
		{ "TERMTERMTERMTERMTERMTERMTERMTERM", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (names_signal_parse(cases[i].text) != cases[i].n)
			fail_msg("\"%s\" is %d", cases[i].text,
				names_signal_parse(cases[i].text));
	}
	/* Every name is read with SIG and without. */
	for (size_t i = 0; i < names_signal.n; i++) {
		const struct table_entry *x = &names_signal.entries[i];

		assert_int_equal(names_signal_parse(x->name), x->id);
		assert_int_equal(names_signal_parse(x->name + 3), x->id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways),
		cmocka_unit_test(numbers),
		cmocka_unit_test(signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
