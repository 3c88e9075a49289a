/* SPDX-License-Identifier: Apache-2.0 */
/* Capability sets: what is kept, what is left out and told. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/cleanup.h"
#include "planning.h"

#define BIT(n) (UINT64_C(1) << (n))
enum { CHOWN = 0, KILL = 5, SYS_ADMIN = 21 };

#define PROCESS(caps_) \
	"\"process\":{\"cwd\":\"/\",\"args\":[\"a\"],\"capabilities\":{" caps_ "}}"
#define USER_NS                                                          \
	",\"linux\":{\"namespaces\":[{\"type\":\"user\"}],"              \
	"\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]," \
	"\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]}"

static bool warned(const struct planned *p, const char *name)
{
	for (size_t i = 0; i < p->plan->n_warnings; i++) {
		if (strstr(p->plan->warnings[i], name))
			return true;
	}
	return false;
}

static void absent_means_none(void **state)
{
	const struct plan_caps none = { .bounding = 0 };
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2, "\"hostname\":\"\"");
	assert_memory_equal(p.plan->process->caps, &none, sizeof(none));
	planned_done(&p);
}

static void each_set_is_its_own(void **state)
{
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2,
		PROCESS("\"bounding\":[\"CAP_CHOWN\",\"CAP_KILL\"],"
			"\"permitted\":[\"CAP_CHOWN\",\"CAP_KILL\"],"
			"\"effective\":[\"CAP_KILL\"],\"inheritable\":[\"CAP_CHOWN\"],"
			"\"ambient\":[\"CAP_CHOWN\"]"));
	assert_true(p.plan->process->caps->bounding == (BIT(CHOWN) | BIT(KILL)));
	assert_true(p.plan->process->caps->permitted == (BIT(CHOWN) | BIT(KILL)));
	assert_true(p.plan->process->caps->effective == BIT(KILL));
	assert_true(p.plan->process->caps->inheritable == BIT(CHOWN));
	assert_true(p.plan->process->caps->ambient == BIT(CHOWN));
	assert_int_equal(p.plan->n_warnings, 0);
	planned_done(&p);
}

/* PROC-16: a warning, never a failure. */
static void what_the_kernel_or_we_lack_is_left_out(void **state)
{
	struct host host = host_v2;
	struct planned p;

	(void)state;
	host.last_cap = 39;
	host.caps &= ~BIT(SYS_ADMIN);
	planning_ok(&p, &host,
		PROCESS("\"bounding\":[\"CAP_CHOWN\",\"CAP_SYS_ADMIN\",\"CAP_CHECKPOINT_RESTORE\"]")
			USER_NS);
	assert_true(p.plan->process->caps->bounding == (BIT(CHOWN) | BIT(SYS_ADMIN)));
	assert_true(warned(&p, "CAP_CHECKPOINT_RESTORE"));
	assert_false(warned(&p, "CAP_SYS_ADMIN"));
	planned_done(&p);

	host.caps = host_v2.caps & ~BIT(KILL);
	planning_ok(&p, &host, PROCESS("\"bounding\":[\"CAP_CHOWN\",\"CAP_KILL\"]"));
	assert_true(p.plan->process->caps->bounding == BIT(CHOWN));
	assert_true(warned(&p, "CAP_KILL"));
	planned_done(&p);
}

/* What the kernel would refuse with EPERM as a whole: capset(2), capabilities(7). */
static void sets_stay_within_those_that_bound_them(void **state)
{
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2,
		PROCESS("\"bounding\":[\"CAP_CHOWN\"],\"permitted\":[\"CAP_CHOWN\"],"
			"\"effective\":[\"CAP_CHOWN\",\"CAP_KILL\"],"
			"\"inheritable\":[\"CAP_CHOWN\",\"CAP_KILL\"],\"ambient\":[\"CAP_KILL\"]"));
	assert_true(p.plan->process->caps->effective == BIT(CHOWN));
	assert_true(p.plan->process->caps->inheritable == BIT(CHOWN));
	assert_true(p.plan->process->caps->ambient == 0);
	assert_true(warned(&p, "CAP_KILL"));
	planned_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_means_none),
		cmocka_unit_test(each_set_is_its_own),
		cmocka_unit_test(what_the_kernel_or_we_lack_is_left_out),
		cmocka_unit_test(sets_stay_within_those_that_bound_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
