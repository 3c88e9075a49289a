/* SPDX-License-Identifier: Apache-2.0 */
/* The container's cgroup: its path, and which controllers are needed. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "planning.h"

/* CG-01 to CG-03: the path never leaves the hierarchy, and a relative one never its base. */
static void paths(void **state)
{
	static const struct {
		const char *given, *path; /* NULL: refused */
	} rows[] = {
		{ "/a/b", "a/b" },
		{ "/a/../../b", "b" },
		{ "/a//./b/", "a/b" },
		{ "a/b", "davit/a/b" },
		{ "../../b", "davit/b" },
		{ "", "davit/unit" },
		{ "s:p:n", "davit/s:p:n" },
		{ "/", NULL },
		{ "/a/..", NULL },
		{ "..", NULL },
		{ ".", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct planned p;
		int r = planning(&p, &host_v2, "\"linux\":{\"cgroupsPath\":\"%s\"}",
			rows[i].given);

		assert_int_equal(r, rows[i].path ? 0 : -EINVAL);
		if (rows[i].path)
			assert_string_equal(
				p.plan->cgroup->hierarchies[0].path, rows[i].path);
		else
			assert_string_equal(p.e.path, "linux.cgroupsPath");
		planned_done(&p);
	}
}

static void only_what_is_limited_must_be_enabled(void **state)
{
	const struct plan_hierarchy *h;
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2,
		"\"linux\":{\"resources\":{\"pids\":{\"limit\":5},\"memory\":{\"limit\":9},"
		"\"cpu\":{\"cpus\":\"0\"}}}");
	h = &p.plan->cgroup->hierarchies[0];
	assert_int_equal(h->n_controllers, 3);
	assert_true(strv_has(h->controllers, h->n_controllers, "pids"));
	assert_true(strv_has(h->controllers, h->n_controllers, "memory"));
	assert_true(strv_has(h->controllers, h->n_controllers, "cpuset"));
	assert_false(strv_has(h->wanted, h->n_wanted, "pids"));
	assert_true(strv_has(h->wanted, h->n_wanted, "io"));
	planned_done(&p);
}

static void v1_is_everywhere(void **state)
{
	const struct plan_cgroup *cg;
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v1, "\"linux\":{\"resources\":{\"pids\":{\"limit\":5}}}");
	cg = p.plan->cgroup;
	assert_int_equal(cg->n_hierarchies, host_v1.n_hierarchies);
	for (size_t i = 0; i < cg->n_hierarchies; i++) {
		bool named = strncmp(cg->hierarchies[i].controllers[0], "name=", 5) == 0;

		assert_string_equal(
			cg->hierarchies[i].mountpoint, host_v1.hierarchies[i].mountpoint);
		assert_int_equal(cg->hierarchies[i].required, !named);
		assert_int_equal(cg->hierarchies[i].copy_cpuset,
			strcmp(cg->hierarchies[i].controllers[0], "cpuset") == 0);
	}
	assert_string_equal(planned_write(&p, "pids.max"), "5");
	planned_done(&p);
}

/* Decisions 9: born in the unified hierarchy, which therefore stands last. */
static void hybrid_has_v2_last(void **state)
{
	static const char *none[1];
	static const char *pids[] = { "pids" }, *devices[] = { "devices" };
	struct host_hierarchy list[] = {
		{ "/sys/fs/cgroup/unified", true, none, 0, "/" },
		{ "/sys/fs/cgroup/pids", false, pids, 1, "/" },
		{ "/sys/fs/cgroup/devices", false, devices, 1, "/" },
	};
	struct host host = host_v1;
	struct planned p;

	(void)state;
	host.cgroup = HOST_CGROUP_HYBRID;
	host.hierarchies = list;
	host.n_hierarchies = ARRAY_SIZE(list);
	planning_ok(&p, &host, "\"linux\":{\"resources\":{\"pids\":{\"limit\":5}}}");
	assert_int_equal(p.plan->cgroup->n_hierarchies, 3);
	assert_true(p.plan->cgroup->hierarchies[2].v2);
	assert_int_equal(p.plan->cgroup->writes[0].hierarchy, 0);
	assert_false(p.plan->cgroup->devices_v2);
	planned_done(&p);
}

/* CG-11 */
static void without_privilege_only_limits_need_a_cgroup(void **state)
{
	struct host user = host_v2;
	struct planned p;

	(void)state;
	user.in_userns = true;
	planning_ok(&p, &user, "\"hostname\":\"\"");
	assert_false(p.plan->cgroup->hierarchies[0].required);
	assert_false(p.plan->cgroup->devices_v2);
	planned_done(&p);
	planning_ok(&p, &user, "\"linux\":{\"resources\":{\"pids\":{\"limit\":5}}}");
	assert_true(p.plan->cgroup->hierarchies[0].required);
	planned_done(&p);
	planning_ok(&p, &user, "\"linux\":{\"cgroupsPath\":\"/mine\"}");
	assert_true(p.plan->cgroup->hierarchies[0].required);
	planned_done(&p);
}

static void what_cannot_be_limited_is_refused(void **state)
{
	struct planned p;

	(void)state;
	assert_int_equal(
		planning(&p, &host_v1,
			"\"linux\":{\"resources\":{\"rdma\":{\"d\":{\"hcaHandles\":1}}}}"),
		-ENODEV);
	assert_int_equal(p.e.kind, ERR_HOST);
	assert_string_equal(p.e.path, "linux.resources.rdma.d");
	planned_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths),
		cmocka_unit_test(only_what_is_limited_must_be_enabled),
		cmocka_unit_test(v1_is_everywhere),
		cmocka_unit_test(hybrid_has_v2_last),
		cmocka_unit_test(without_privilege_only_limits_need_a_cgroup),
		cmocka_unit_test(what_cannot_be_limited_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
