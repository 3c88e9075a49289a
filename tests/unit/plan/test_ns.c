/* SPDX-License-Identifier: Apache-2.0 */
/* Every pair of namespaces, absent, new or joined: flags, order, and when a relay is needed. */
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
#include "spec/names.h"

enum how { ABSENT, NEW, JOINED };

static const struct {
	const char *name;
	enum spec_ns type;
	uint64_t flag;
} types[] = {
	{ "user", SPEC_NS_USER, 0x10000000 },
	{ "mount", SPEC_NS_MOUNT, 0x20000 },
	{ "pid", SPEC_NS_PID, 0x20000000 },
	{ "network", SPEC_NS_NET, 0x40000000 },
	{ "ipc", SPEC_NS_IPC, 0x08000000 },
	{ "uts", SPEC_NS_UTS, 0x04000000 },
	{ "cgroup", SPEC_NS_CGROUP, 0x02000000 },
	{ "time", SPEC_NS_TIME, 0x80 },
};

static void entry(char *out, size_t size, size_t type, enum how how)
{
	if (how == NEW)
		snprintf(out, size, "{\"type\":\"%s\"}", types[type].name);
	else if (how == JOINED)
		snprintf(out, size, "{\"type\":\"%s\",\"path\":\"/proc/9/ns/%s\"}",
			types[type].name, types[type].name);
	else
		snprintf(out, size, "%s", "");
}

static void plan_pair(struct planned *p, size_t x, enum how a, size_t y, enum how b)
{
	bool user = (types[x].type == SPEC_NS_USER && a == NEW) ||
		    (types[y].type == SPEC_NS_USER && b == NEW);
	char one[100], two[100];

	entry(one, sizeof(one), x, a);
	entry(two, sizeof(two), y, b);
	planning_ok(p, &host_v2, "\"linux\":{\"namespaces\":[%s%s%s]%s}", one,
		a != ABSENT && b != ABSENT ? "," : "", two,
		user ? ",\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":9}],"
		       "\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":9}]"
		     : "");
}

/* The rule of the design, said once more: from facts about the two, not from the plan. */
static bool needs_relay(size_t x, enum how a, size_t y, enum how b)
{
	const size_t index[] = { x, y };
	const enum how how[] = { a, b };
	bool any_new = a == NEW || b == NEW, any_join = a == JOINED || b == JOINED;

	for (size_t i = 0; i < 2; i++) {
		enum spec_ns t = types[index[i]].type;

		if (t == SPEC_NS_TIME && how[i] != ABSENT)
			return true;
		if (t == SPEC_NS_PID && how[i] == JOINED)
			return true;
		if (t == SPEC_NS_USER && how[i] == NEW && any_join)
			return true;
		if (t == SPEC_NS_USER && how[i] == JOINED && any_new)
			return true;
	}
	return false;
}

static void check_pair(size_t x, enum how a, size_t y, enum how b)
{
	const size_t index[] = { x, y };
	const enum how how[] = { a, b };
	uint64_t all = 0, made = 0;
	size_t joins = 0;
	struct planned p;

	plan_pair(&p, x, a, y, b);
	for (size_t i = 0; i < 2; i++) {
		uint64_t flag = types[index[i]].flag;

		all |= how[i] != ABSENT ? flag : 0;
		made |= how[i] == NEW ? flag : 0;
		joins += how[i] == JOINED;
	}
	assert_true(p.plan->private_flags == all);
	/* The ipc namespace of a user namespace is made by the root of that. */
	bool ipc = (made & 0x08000000) && (all & 0x10000000);
	uint64_t later = UINT64_C(0x02000080) | (ipc ? 0x08000000 : 0);

	assert_int_equal(p.plan->new_ipc_ns, ipc);
	assert_true(p.plan->new_flags == (made & ~later));
	assert_int_equal(p.plan->new_cgroup_ns, (made & 0x02000000) != 0);
	assert_int_equal(p.plan->new_time_ns, (made & 0x80) != 0);
	assert_int_equal(p.plan->mount_ns, (all & 0x20000) != 0);
	assert_int_equal(p.plan->loopback, (made & 0x40000000) != 0);
	assert_int_equal(p.plan->process->limits_by_parent, (all & 0x10000000) != 0);
	assert_int_equal(p.plan->n_joins, joins);
	assert_int_equal(p.plan->relay, needs_relay(x, a, y, b));
	assert_int_equal(p.plan->relay_why != NULL, p.plan->relay);
	planned_done(&p);
}

static void every_pair(void **state)
{
	(void)state;
	for (size_t x = 0; x < ARRAY_SIZE(types); x++) {
		for (size_t y = x + 1; y < ARRAY_SIZE(types); y++) {
			for (int a = ABSENT; a <= JOINED; a++) {
				for (int b = ABSENT; b <= JOINED; b++)
					check_pair(x, (enum how)a, y, (enum how)b);
			}
		}
	}
}

static void user_is_joined_first_and_mount_last(void **state)
{
	static const enum spec_ns order[] = { SPEC_NS_USER, SPEC_NS_PID, SPEC_NS_NET,
		SPEC_NS_IPC, SPEC_NS_UTS, SPEC_NS_CGROUP, SPEC_NS_TIME, SPEC_NS_MOUNT };
	char list[1000] = "";
	struct planned p;

	(void)state;
	for (size_t i = ARRAY_SIZE(types); i-- > 0;) {
		size_t n = strlen(list);

		entry(list + n, sizeof(list) - n, i, JOINED);
		n = strlen(list);
		snprintf(list + n, sizeof(list) - n, "%s", i ? "," : "");
	}
	planning_ok(&p, &host_v2, "\"linux\":{\"namespaces\":[%s]}", list);
	assert_int_equal(p.plan->n_joins, ARRAY_SIZE(order));
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		assert_int_equal(p.plan->joins[i].type, order[i]);
	assert_string_equal(p.plan->joins[7].at_path, "linux.namespaces[6].path");
	planned_done(&p);
}

static void an_empty_path_is_none(void **state)
{
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2,
		"\"linux\":{\"namespaces\":[{\"type\":\"pid\",\"path\":\"\"}]}");
	assert_true(p.plan->new_flags == 0x20000000);
	planned_done(&p);
}

static void without_privilege_a_user_namespace_is_needed(void **state)
{
	struct host user = host_v2;
	struct planned p;

	(void)state;
	user.euid = 1000;
	user.caps = 0;
	assert_int_equal(
		planning(&p, &user, "\"linux\":{\"namespaces\":[{\"type\":\"pid\"}]}"),
		-EPERM);
	assert_int_equal(p.e.kind, ERR_HOST);
	assert_string_equal(p.e.path, "linux.namespaces");
	assert_non_null(p.e.hint);
	planned_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair),
		cmocka_unit_test(user_is_joined_first_and_mount_last),
		cmocka_unit_test(an_empty_path_is_none),
		cmocka_unit_test(without_privilege_a_user_namespace_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
