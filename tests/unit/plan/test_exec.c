/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a further process: what it has, and what it must not have. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "planning.h"

enum {
	NEWNS = 0x00020000,
	NEWPID = 0x20000000,
	NEWUSER = 0x10000000,
	NEWNET = 0x40000000
};

static const char text[] =
	"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"hostname\":\"h\","
	"\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"}],"
	"\"hooks\":{\"poststart\":[{\"path\":\"/bin/true\"}]},"
	"\"process\":{\"cwd\":\"/\",\"args\":[\"a\",\"b\"],\"env\":[\"A=1\",\"A=2\"],"
	"\"user\":{\"uid\":1,\"gid\":2,\"additionalGids\":[3],\"umask\":63},"
	"\"noNewPrivileges\":%s,\"oomScoreAdj\":5,"
	"\"capabilities\":{\"bounding\":[\"CAP_KILL\"],\"permitted\":[\"CAP_KILL\"]},"
	"\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1,\"hard\":2}]%s},"
	"\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"},"
	"{\"type\":\"ipc\"},{\"type\":\"uts\"}],\"sysctl\":{\"kernel.msgmax\":\"1\"},"
	"\"personality\":{\"domain\":\"LINUX32\"},"
	"\"resources\":{\"pids\":{\"limit\":7}}}}";

static int plan_it(struct planned *p, const struct plan_exec_target *t, const char *nnp,
	const char *more)
{
	char config[2048];
	int n = snprintf(config, sizeof(config), text, nnp, more);

	*p = (struct planned){ .arena = ARENA_INIT, .e = ERROR_INIT };
	assert_true(n > 0 && (size_t)n < sizeof(config));
	assert_int_equal(spec_parse("config.json", config, (size_t)n, NULL, &p->arena,
				 &p->spec, &p->e),
		0);
	return plan_exec(&p->spec, t, NULL, &host_v2, &p->arena, &p->plan, &p->e);
}

static void the_process_alone(void **state)
{
	const struct plan_exec_target t = { .id = "x",
		.pid = 42,
		.starttime = 43,
		.join_flags = NEWNS | NEWPID,
		.preserve_fds = 2 };
	const struct plan_process *proc;
	struct planned p;

	(void)state;
	assert_int_equal(plan_it(&p, &t, "true", ""), 0);
	assert_true(p.plan->exec);
	assert_int_equal(p.plan->target_pid, 42);
	assert_int_equal(p.plan->target_starttime, 43);
	assert_int_equal(p.plan->join_flags, NEWNS | NEWPID);
	assert_true(p.plan->relay);
	assert_true(p.plan->mount_ns);
	proc = p.plan->process;
	assert_int_equal(proc->n_args, 2);
	assert_int_equal(proc->n_env, 1);
	assert_string_equal(proc->env[0], "A=2");
	assert_int_equal(proc->uid, 1);
	assert_int_equal(proc->gid, 2);
	assert_int_equal(proc->n_groups, 1);
	assert_true(proc->set_groups && proc->has_umask && proc->has_oom_score_adj);
	assert_int_equal(proc->umask, 63);
	assert_int_equal(proc->n_rlimits, 1);
	assert_true(proc->caps->bounding == UINT64_C(1) << 5);
	assert_true(
		proc->no_new_privileges && proc->new_keyring && proc->has_personality);
	assert_int_equal(proc->preserve_fds, 2);
	assert_false(proc->limits_by_parent);
	assert_null(proc->seccomp);
	/* Create has done these. */
	assert_int_equal(p.plan->new_flags, 0);
	assert_int_equal(p.plan->n_joins, 0);
	assert_int_equal(p.plan->n_mounts, 0);
	assert_int_equal(p.plan->n_devices, 0);
	assert_int_equal(p.plan->n_hooks, 0);
	assert_int_equal(p.plan->n_sysctls, 0);
	assert_null(p.plan->hostname);
	assert_null(p.plan->cgroup);
	planned_done(&p);
}

static void a_relay_only_for_children(void **state)
{
	static const struct {
		uint64_t flags;
		bool relay;
	} rows[] = {
		{ 0, false },
		{ NEWNS | NEWNET | NEWUSER, false },
		{ NEWNS | NEWPID, true },
		{ 0x80, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct plan_exec_target t = { .id = "x",
			.join_flags = rows[i].flags };
		struct planned p;

		assert_int_equal(plan_it(&p, &t, "true", ""), 0);
		assert_int_equal(p.plan->relay, rows[i].relay);
		assert_int_equal(p.plan->private_flags, rows[i].flags);
		/* Limits cannot be raised from inside a user namespace. */
		assert_int_equal(p.plan->process->limits_by_parent,
			(rows[i].flags & NEWUSER) != 0);
		planned_done(&p);
	}
}

static void the_filter_of_the_container(void **state)
{
	static const char prog[16];
	const struct plan_exec_target t = {
		.id = "x", .filter = prog, .n_filter = sizeof(prog), .filter_flags = 4
	};
	struct planned p;

	(void)state;
	assert_int_equal(plan_it(&p, &t, "true", ""), 0);
	assert_ptr_equal(p.plan->process->seccomp->prog, prog);
	assert_int_equal(p.plan->process->seccomp->n_prog, 16);
	assert_int_equal(p.plan->process->seccomp->flags, 4);
	assert_false(p.plan->process->seccomp->early);
	planned_done(&p);
	assert_int_equal(plan_it(&p, &t, "false", ""), 0);
	assert_true(p.plan->process->seccomp->early);
	planned_done(&p);
}

static void cpus(void **state)
{
	const struct plan_exec_target t = { .id = "x", .no_new_keyring = true };
	struct planned p;

	(void)state;
	assert_int_equal(
		plan_it(&p, &t, "true",
			",\"execCPUAffinity\":{\"initial\":\"3\",\"final\":\"0-1,7\"}"),
		0);
	assert_int_equal(p.plan->process->n_cpus, 4);
	assert_int_equal(p.plan->process->cpus[1], 1);
	assert_int_equal(p.plan->process->cpus[3], 7);
	assert_int_equal(p.plan->process->n_initial_cpus, 2);
	assert_false(p.plan->process->keep_cpus);
	assert_false(p.plan->process->new_keyring);
	planned_done(&p);
	assert_int_equal(
		plan_it(&p, &t, "true", ",\"execCPUAffinity\":{\"initial\":\"3\"}"), 0);
	assert_true(p.plan->process->keep_cpus);
	planned_done(&p);
}

static void refused(void **state)
{
	struct plan_exec_target t = { .id = "x" };
	struct planned p;

	(void)state;
	t.detached = true;
	assert_int_equal(plan_it(&p, &t, "true", ",\"terminal\":true"), -EINVAL);
	t.detached = false;
	planned_done(&p);
	assert_true(plan_it(&p, &t, "true", ",\"apparmorProfile\":\"x\"") < 0);
	planned_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_process_alone),
		cmocka_unit_test(a_relay_only_for_children),
		cmocka_unit_test(the_filter_of_the_container),
		cmocka_unit_test(cpus),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
