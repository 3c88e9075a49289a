/* SPDX-License-Identifier: Apache-2.0 */
/* The environment, the program, and what is refused by name. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "planning.h"

#define PROCESS(more_) "\"process\":{\"cwd\":\"/\",\"args\":[\"a\"]" more_ "}"

/* PROC-06 */
static void the_last_of_a_name_wins(void **state)
{
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2,
		PROCESS(",\"env\":[\"A=1\",\"AB=2\",\"PATH=/x\",\"A=3=4\",\"PATH=/y\"]"));
	assert_int_equal(p.plan->process->n_env, 3);
	assert_string_equal(p.plan->process->env[0], "AB=2");
	assert_string_equal(p.plan->process->env[1], "A=3=4");
	assert_string_equal(p.plan->process->env[2], "PATH=/y");
	assert_string_equal(p.plan->process->search, "/y");
	assert_true(p.plan->process->find_home);
	planned_done(&p);
}

static void home_is_found_where_it_is_not_given(void **state)
{
	static const struct {
		const char *env;
		bool find;
		size_t n;
	} rows[] = {
		{ "", true, 0 },
		{ "\"HOME=\"", true, 0 },
		{ "\"HOME=/h\"", false, 1 },
		{ "\"HOMER=/h\"", true, 1 },
		{ "\"HOME=/h\",\"HOME=\"", true, 0 },
		{ "\"HOME=\",\"HOME=/h\"", false, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct planned p;

		planning_ok(&p, &host_v2, PROCESS(",\"env\":[%s]"), rows[i].env);
		assert_int_equal(p.plan->process->find_home, rows[i].find);
		assert_int_equal(p.plan->process->n_env, rows[i].n);
		assert_null(p.plan->process->search);
		planned_done(&p);
	}
}

/* PROC-10, PROC-23 */
static void labels_need_their_module(void **state)
{
	struct host on = host_v2;
	struct planned p;

	(void)state;
	on.apparmor = on.selinux = true;
	assert_int_equal(
		planning(&p, &host_v2, PROCESS(",\"apparmorProfile\":\"p\"")), -EINVAL);
	assert_int_equal(p.e.kind, ERR_HOST);
	planned_done(&p);
	assert_int_equal(
		planning(&p, &host_v2, PROCESS(",\"selinuxLabel\":\"l\"")), -EINVAL);
	planned_done(&p);
	planning_ok(&p, &on, PROCESS(",\"apparmorProfile\":\"p\""));
	assert_string_equal(p.plan->process->apparmor, "p");
	assert_null(p.plan->process->selinux);
	planned_done(&p);
	planning_ok(&p, &on, PROCESS(",\"selinuxLabel\":\"l\""));
	assert_string_equal(p.plan->process->selinux, "l");
	assert_null(p.plan->process->apparmor);
	planned_done(&p);
	planning_ok(
		&p, &host_v2, PROCESS(",\"apparmorProfile\":\"\",\"selinuxLabel\":\"\""));
	assert_null(p.plan->process->apparmor);
	assert_null(p.plan->process->selinux);
	planned_done(&p);
}

/* LIFE-06 */
static void no_process_is_planned_too(void **state)
{
	static const char text[] =
		"{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"/r\"}}";
	const struct plan_opts opts = { .id = "i", .bundle = "/b" };
	auto_arena struct arena a = ARENA_INIT;
	struct plan *plan;
	struct spec spec;

	(void)state;
	assert_int_equal(spec_parse("c", text, strlen(text), NULL, &a, &spec, NULL), 0);
	assert_int_equal(plan_create(&spec, &opts, &host_v2, &a, &plan, NULL), 0);
	assert_true(plan->process->absent);
	assert_string_equal(plan->rootfs, "/r");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_of_a_name_wins),
		cmocka_unit_test(home_is_found_where_it_is_not_given),
		cmocka_unit_test(labels_need_their_module),
		cmocka_unit_test(no_process_is_planned_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
