/* SPDX-License-Identifier: Apache-2.0 */
/* Names of units and slices, and values of annotations: what is accepted, and what is not. */
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
#include "plan/gvariant.h"
#include "planning.h"

/* I2: none of these leads anywhere but below the slice that it names. */
static const struct {
	const char *path;  /* cgroupsPath in JSON */
	const char *place; /* NULL: refused */
} places[] = {
	{ "a.slice:p:n", "a.slice/p-n.scope" },
	{ ":p:n", "system.slice/p-n.scope" },
	{ "::n", "system.slice/-n.scope" },
	{ "-.slice:p:n", "p-n.scope" },
	{ "a-b-c.slice:p:n", "a.slice/a-b.slice/a-b-c.slice/p-n.scope" },
	{ "a\\\\x2db.slice:p:n", "a\\x2db.slice/p-n.scope" },
	{ "a\\\\x2f..\\\\x2fb.slice:p:n", "a\\x2f..\\x2fb.slice/p-n.scope" },
	{ "...slice:p:n", "_...slice/p-n.scope" },
	{ "..-...slice:p:n", "_...slice/_..-...slice/p-n.scope" },
	{ "_a.slice:p:n", "__a.slice/p-n.scope" },
	{ "memory.slice:p:n", "_memory.slice/p-n.scope" },
	{ "cgroup.slice:p:n", "_cgroup.slice/p-n.scope" },
	{ "memoryx.slice:p:n", "memoryx.slice/p-n.scope" },
	{ "a.slice:cgroup:n", "a.slice/cgroup-n.scope" },
	{ "a.slice:..:..", "a.slice/_..-...scope" },
	{ "a.slice:p:n.slice", NULL },
	{ "a.slice:p:a-n.slice", "a.slice/a-n.slice" },
	{ ":p:a-n.slice", "a.slice/a-n.slice" },
	{ ":p:n.slice", "n.slice" },
	{ "-.slice:p:n.slice", "n.slice" },
	{ ":p:-.slice", NULL },
	{ ":p:-n.slice", NULL },
	{ ":p:a--n.slice", NULL },
	{ ":p:.slice", NULL },
	{ "a:p:n", NULL },
	{ "a.scope:p:n", NULL },
	{ ".slice:p:n", NULL },
	{ "-a.slice:p:n", NULL },
	{ "a-.slice:p:n", NULL },
	{ "a--b.slice:p:n", NULL },
	{ "--.slice:p:n", NULL },
	{ "/a.slice:p:n", NULL },
	{ "../a.slice:p:n", NULL },
	{ "../../etc.slice:p:n", NULL },
	{ "a/../b.slice:p:n", NULL },
	{ "a.slice/../b.slice:p:n", NULL },
	{ "a.slice/:p:n", NULL },
	{ "a b.slice:p:n", NULL },
	{ "a\\nb.slice:p:n", NULL },
	{ "a@b.slice:p:n", NULL },
	{ "a%b.slice:p:n", NULL },
	{ "\\u00e4.slice:p:n", NULL },
	{ "a.slice:../p:n", NULL },
	{ "a.slice:p:../n", NULL },
	{ "a.slice:p:n/../../x", NULL },
	{ "a.slice:p:/n", NULL },
	{ "a.slice:p/q:n", NULL },
	{ "a.slice:p:n\\t", NULL },
	{ "a.slice:p:n@", NULL },
	{ "a.slice:p:n@x", NULL },
	{ "a.slice:p:\\u202e", NULL },
	{ "a.slice:p:", NULL },
	{ "a.slice:p", NULL },
	{ "a.slice", NULL },
	{ "a.slice:p:n:x", NULL },
	{ ":::", NULL },
	{ "::", NULL },
	{ ":", NULL },
	{ "/", NULL },
	{ "/a/b", NULL },
	{ "..", NULL },
};

static int plan_it(struct planned *p, const struct host *host, const char *members,
	const struct plan_opts *opts)
{
	struct plan *plan = NULL;
	int r;

	*p = (struct planned){ .arena = ARENA_INIT };
	planning(p, host, "%s", members);
	err_done(&p->e);
	p->plan = NULL;
	r = plan_create(&p->spec, opts, host, &p->arena, &plan, &p->e);
	p->plan = plan;
	return r;
}

static const struct plan_opts systemd = {
	.id = "i+d.1", .bundle = "/bundle", .systemd_cgroup = true
};

static void test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		char members[512];
		struct planned p;
		int r;

		snprintf(members, sizeof(members), "\"linux\": {\"cgroupsPath\": \"%s\"}",
			places[i].path);
		r = plan_it(&p, &host_v2, members, &systemd);
		if (!places[i].place) {
			if (r != -EINVAL)
				fail_msg("%s: %d", places[i].path, r);
			assert_string_equal(p.e.path, "linux.cgroupsPath");
		} else {
			if (r != 0)
				fail_msg("%s: %s", places[i].path, p.e.text);
			assert_string_equal(
				p.plan->cgroup->hierarchies[0].path, places[i].place);
		}
		planned_done(&p);
	}
}

static void test_long(void **state)
{
	char members[8192], name[4096];
	struct planned p;

	(void)state;
	/* 255 characters are a unit's name, 256 are none. */
	for (int n = 245; n <= 246; n++) {
		snprintf(members, sizeof(members),
			"\"linux\": {\"cgroupsPath\": \":abc:%0*d\"}", n, 0);
		assert_int_equal(
			plan_it(&p, &host_v2, members, &systemd), n == 245 ? 0 : -EINVAL);
		planned_done(&p);
	}
	/* Each part is short, but the folders of all of them are not. */
	for (size_t i = 0; i < 120; i++)
		memcpy(name + 2 * i, "a-", 2);
	name[239] = '\0';
	snprintf(members, sizeof(members),
		"\"linux\": {\"cgroupsPath\": \"%s.slice:p:n\"}", name);
	assert_int_equal(plan_it(&p, &host_v2, members, &systemd), -EINVAL);
	planned_done(&p);
}

/* CG-03: an id may have a "+", a unit's name may not. */
static void test_default(void **state)
{
	struct planned p;

	(void)state;
	assert_int_equal(plan_it(&p, &host_v2, "\"hostname\": \"\"", &systemd), 0);
	assert_string_equal(p.plan->cgroup->unit->name, "davit-i\\x2bd.1.scope");
	assert_string_equal(p.plan->cgroup->hierarchies[0].path,
		"system.slice/davit-i\\x2bd.1.scope");
	planned_done(&p);
}

/* I4: the rules of v1 are not in systemd's own group. */
static void test_v1(void **state)
{
	struct planned p;

	(void)state;
	assert_int_equal(plan_it(&p, &host_v1, "\"hostname\": \"\"", &systemd), 0);
	for (size_t i = 0; i < p.plan->cgroup->n_hierarchies; i++) {
		const struct plan_hierarchy *h = &p.plan->cgroup->hierarchies[i];
		bool devices = strstr(h->mountpoint, "devices") != NULL;

		assert_string_equal(
			h->path, devices ? "system.slice/davit-i\\x2bd.1.scope/davit"
					 : "system.slice/davit-i\\x2bd.1.scope");
	}
	planned_done(&p);
}

static void test_user_roots(void **state)
{
	static const struct {
		const char *own, *root;
	} cases[] = {
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/x",
			"user.slice/user-1000.slice/user@1000.service" },
		{ "/user.slice/user-1000.slice/user@1000.service",
			"user.slice/user-1000.slice/user@1000.service" },
		{ "/x/user.slice/user-7.slice/user@7.service/y",
			"x/user.slice/user-7.slice/user@7.service" },
		{ "/user.slice/user-1000.slice/session-1.scope",
			"user.slice/user-1000.slice/user@1000.service" },
		{ "/", "user.slice/user-4242.slice/user@4242.service" },
		{ "/user@x", "user.slice/user-4242.slice/user@4242.service" },
		{ "/user-x.slice", "user.slice/user-4242.slice/user@4242.service" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct host_hierarchy h = host_v2.hierarchies[0];
		struct host host = host_v2;
		char want[256];
		struct planned p;

		h.own = cases[i].own;
		host.hierarchies = &h;
		host.euid = 4242;
		host.user_manager = true;
		snprintf(want, sizeof(want), "%s/user.slice/davit-i\\x2bd.1.scope",
			cases[i].root);
		assert_int_equal(
			plan_it(&p, &host,
				"\"linux\": {\"namespaces\": [{\"type\": \"user\"}, "
				"{\"type\": \"mount\"}], \"uidMappings\": [{\"containerID\": 0, "
				"\"hostID\": 4242, \"size\": 1}], \"gidMappings\": "
				"[{\"containerID\": 0, \"hostID\": 0, \"size\": 1}]}",
				&systemd),
			0);
		assert_string_equal(p.plan->cgroup->hierarchies[0].path, want);
		planned_done(&p);
	}
}

static const struct {
	const char *text, *type, *first;
	size_t n;
	int code;
} values[] = {
	{ "15", "i", "15", 1, 0 },
	{ " -15 ", "i", "-15", 1, 0 },
	{ "-0", "i", "0", 1, 0 },
	{ "0x1F", "i", "31", 1, 0 },
	{ "2147483647", "i", "2147483647", 1, 0 },
	{ "-2147483648", "i", "-2147483648", 1, 0 },
	{ "uint64 18446744073709551615", "t", "18446744073709551615", 1, 0 },
	{ "int64 -9223372036854775808", "x", "-9223372036854775808", 1, 0 },
	{ "uint32 7", "u", "7", 1, 0 },
	{ "@t 7", "t", "7", 1, 0 },
	{ "true", "b", "true", 1, 0 },
	{ "boolean false", "b", "false", 1, 0 },
	{ "@b true", "b", "true", 1, 0 },
	{ "'it\\'s'", "s", "it's", 1, 0 },
	{ "\"a\\\\b\\n\"", "s", "a\\b\n", 1, 0 },
	{ "string 'x'", "s", "x", 1, 0 },
	{ "''", "s", "", 1, 0 },
	{ "['a', \"b\"]", "as", "a", 2, 0 },
	{ "@as []", "as", NULL, 0, 0 },
	{ "@as ['x']", "as", "x", 1, 0 },
	{ "", NULL, NULL, 0, -EINVAL },
	{ "-", NULL, NULL, 0, -EINVAL },
	{ "2147483648", NULL, NULL, 0, -ERANGE },
	{ "-2147483649", NULL, NULL, 0, -ERANGE },
	{ "uint32 -1", NULL, NULL, 0, -ERANGE },
	{ "uint64 18446744073709551616", NULL, NULL, 0, -ERANGE },
	{ "017", NULL, NULL, 0, -EINVAL },
	{ "0x", NULL, NULL, 0, -EINVAL },
	{ "15 16", NULL, NULL, 0, -EINVAL },
	{ "1.5", NULL, NULL, 0, -EINVAL },
	{ "uint64", NULL, NULL, 0, -EINVAL },
	{ "'open", NULL, NULL, 0, -EINVAL },
	{ "'a\\", NULL, NULL, 0, -EINVAL },
	{ "'\\x41'", NULL, NULL, 0, -EINVAL },
	{ "'\xff'", NULL, NULL, 0, -EINVAL },
	{ "['a'", NULL, NULL, 0, -EINVAL },
	{ "['a',]", NULL, NULL, 0, -EINVAL },
	{ "[1]", NULL, NULL, 0, -EINVAL },
	{ "[['a']]", NULL, NULL, 0, -EINVAL },
	{ "('a', 1)", NULL, NULL, 0, -EINVAL },
	{ "{'a': <1>}", NULL, NULL, 0, -EINVAL },
	{ "double 1", NULL, NULL, 0, -EPROTONOSUPPORT },
	{ "byte 1", NULL, NULL, 0, -EPROTONOSUPPORT },
	{ "objectpath '/a'", NULL, NULL, 0, -EPROTONOSUPPORT },
	{ "@a(ss) []", NULL, NULL, 0, -EPROTONOSUPPORT },
	{ "@v <1>", NULL, NULL, 0, -EPROTONOSUPPORT },
	{ "nothing", NULL, NULL, 0, -EPROTONOSUPPORT },
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		auto_arena struct arena a = ARENA_INIT;
		struct gvariant v;
		int r = gvariant_parse(&a, values[i].text, &v);

		if (r != values[i].code)
			fail_msg("%s: %d", values[i].text, r);
		if (r < 0)
			continue;
		assert_string_equal(v.type, values[i].type);
		assert_int_equal(v.n, values[i].n);
		if (v.n)
			assert_string_equal(v.values[0], values[i].first);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_default),
		cmocka_unit_test(test_v1),
		cmocka_unit_test(test_user_roots),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
