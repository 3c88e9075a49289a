/* SPDX-License-Identifier: Apache-2.0 */
/* What an update of resources writes, and the change of device rules that is never wider. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "planning.h"

enum { READ = 1, WRITE = 2, MKNOD = 4 };

static const char *names[] = { "memory", "cpu", "cpuset", "pids", "blkio", "devices" };
static struct plan_hierarchy v1_places[] = {
	{ .mountpoint = "/sys/fs/cgroup/memory", .path = "c" },
	{ .mountpoint = "/sys/fs/cgroup/cpu", .path = "c" },
	{ .mountpoint = "/sys/fs/cgroup/cpuset", .path = "c" },
	{ .mountpoint = "/sys/fs/cgroup/pids", .path = "c" },
	{ .mountpoint = "/sys/fs/cgroup/blkio", .path = "c" },
	{ .mountpoint = "/sys/fs/cgroup/devices", .path = "c" },
};
static struct plan_hierarchy v2_places[] = {
	{ .mountpoint = "/sys/fs/cgroup", .path = "c", .v2 = true },
};

struct updated {
	struct planned old, now;
	struct json_doc update;
	struct plan_cgroup *cg;
	struct error e;
};

#define RESOURCES "\"linux\":{\"resources\":{%s}}"

static int updating(struct updated *u, const struct host *host, const char *stored,
	const char *now, const char *update, bool devices)
{
	struct plan_update_target target = { .devices = devices };

	*u = (struct updated){ .cg = NULL };
	planning_ok(&u->old, host, RESOURCES, stored);
	planning_ok(&u->now, host, RESOURCES, now);
	for (size_t i = 0; i < ARRAY_SIZE(v1_places); i++) {
		v1_places[i].controllers = &names[i];
		v1_places[i].n_controllers = 1;
	}
	target.hierarchies = host == &host_v2 ? v2_places : v1_places;
	target.n_hierarchies =
		host == &host_v2 ? ARRAY_SIZE(v2_places) : ARRAY_SIZE(v1_places);
	target.stored = &u->old.spec;
	if (update) {
		assert_int_equal(json_parse(&u->now.arena, "update", update,
					 strlen(update), &u->update, &u->e),
			0);
		target.update = u->update.root;
	}
	return plan_update(&target, &u->now.spec, host, &u->now.arena, &u->cg, &u->e);
}

static void updated_done(struct updated *u)
{
	planned_done(&u->old);
	planned_done(&u->now);
	err_done(&u->e);
}

/* stored and updated resources, what was given, and what is written on v1 and v2 */
static const struct {
	const char *stored, *now, *update, *v1, *v2;
} rows[] = {
	{ "\"memory\":{\"limit\":100,\"swap\":300},\"pids\":{\"limit\":9}",
		"\"memory\":{\"limit\":200,\"swap\":300},\"pids\":{\"limit\":9}",
		"{\"memory\":{\"limit\":200}}", "memory.limit_in_bytes=200;",
		"memory.max=200;memory.swap.max=100;" },
	/* What was asked for is written, changed or not: others may have changed the file. */
	{ "\"pids\":{\"limit\":9},\"cpu\":{\"shares\":512}",
		"\"pids\":{\"limit\":9},\"cpu\":{\"shares\":512}",
		"{\"pids\":{\"limit\":9}}", "pids.max=9;", "pids.max=9;" },
	{ "\"cpu\":{\"quota\":5000,\"period\":20000}",
		"\"cpu\":{\"quota\":5000,\"period\":40000}",
		"{\"cpu\":{\"period\":40000}}", "cpu.cfs_period_us=40000;",
		"cpu.max=5000 40000;" },
	/* Not late: no process of ours is left. */
	{ "", "\"pids\":{\"limit\":0}", "{\"pids\":{\"limit\":0}}", "pids.max=0;",
		"pids.max=0;" },
	{ "\"blockIO\":{\"weight\":100}", "\"blockIO\":{\"weight\":200}",
		"{\"blockIO\":{\"weight\":200}}",
		"blkio.bfq.weight=200;blkio.weight=200;",
		"io.bfq.weight=200;io.weight=default 1920;" },
	{ "", "", "{}", "", "" },
};

static void render(const struct plan_cgroup *cg, struct buf *out)
{
	for (size_t i = 0; i < cg->n_writes; i++) {
		assert_false(cg->writes[i].late);
		assert_int_equal(
			buf_addf(out, "%s=%s;", cg->writes[i].file, cg->writes[i].value),
			0);
	}
	assert_int_equal(buf_adds(out, ""), 0);
}

static void only_what_changes_or_was_given_is_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (int v2 = 0; v2 <= 1; v2++) {
			auto_buf struct buf got = BUF_INIT;
			struct updated u;

			assert_int_equal(
				updating(&u, v2 ? &host_v2 : &host_v1, rows[i].stored,
					rows[i].now, rows[i].update, false),
				0);
			render(u.cg, &got);
			assert_string_equal(got.p, v2 ? rows[i].v2 : rows[i].v1);
			updated_done(&u);
		}
	}
}

static void controllers_that_v2_lacks_are_told(void **state)
{
	struct updated u;

	(void)state;
	assert_int_equal(updating(&u, &host_v2, "", "\"pids\":{\"limit\":3}",
				 "{\"pids\":{\"limit\":3}}", false),
		0);
	assert_int_equal(u.cg->hierarchies[0].n_controllers, 1);
	assert_string_equal(u.cg->hierarchies[0].controllers[0], "pids");
	assert_int_equal(v2_places[0].n_controllers, 0);
	updated_done(&u);
}

/* --- device rules: the lists of v1, played through --- */

static uint32_t seed = 7;

static uint32_t pick(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 16) % n;
}

struct exception {
	char type;
	int major, minor;
	unsigned access;
};
struct list {
	bool allow;
	struct exception x[64];
	size_t n;
};

static unsigned bits(const char *letters)
{
	unsigned access = 0;

	for (; *letters; letters++)
		access |= *letters == 'r' ? READ : *letters == 'w' ? WRITE : MKNOD;
	return access;
}

/* security/device_cgroup.c: exact exceptions are joined, or lose access. */
static void play(struct list *l, const struct plan_write *w)
{
	bool allow = strcmp(w->file, "devices.allow") == 0;
	struct exception x;
	char major[16], minor[16], access[8];

	if (strcmp(w->value, "a") == 0) {
		l->allow = allow;
		l->n = 0;
		return;
	}
	assert_int_equal(
		sscanf(w->value, "%c %15[^:]:%15s %7s", &x.type, major, minor, access),
		4);
	x.major = major[0] == '*' ? -1 : (int)strtol(major, NULL, 10);
	x.minor = minor[0] == '*' ? -1 : (int)strtol(minor, NULL, 10);
	x.access = bits(access);
	for (size_t i = 0; i < l->n; i++) {
		struct exception *old = &l->x[i];

		if (old->type != x.type || old->major != x.major || old->minor != x.minor)
			continue;
		if (allow == l->allow)
			old->access &= ~x.access;
		else
			old->access |= x.access;
		return;
	}
	if (allow != l->allow) {
		assert_true(l->n < ARRAY_SIZE(l->x));
		l->x[l->n++] = x;
	}
}

/* One exception must hold the whole request; where all is allowed, none may touch it. */
static bool allowed(const struct list *l, int major, int minor, unsigned access)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct exception *x = &l->x[i];

		if (x->type != 'c' || (x->major >= 0 && x->major != major) ||
			(x->minor >= 0 && x->minor != minor))
			continue;
		if (l->allow ? (x->access & access) != 0 : !(access & ~x->access))
			return !l->allow;
	}
	return l->allow;
}

static void add_rule(struct buf *out, bool all_first)
{
	char access[4] = "";
	size_t n = 0;

	if (pick(6) == 0 || all_first) {
		buf_addf(out, "%s{\"allow\":%s,\"access\":\"rwm\"}", out->len ? "," : "",
			pick(2) ? "true" : "false");
		return;
	}
	for (int i = 0; i < 3; i++) {
		if (pick(2))
			access[n++] = "rwm"[i];
	}
	if (!n)
		access[n++] = 'r';
	access[n] = '\0';
	/* One by one: the order of arguments is each compiler's own. */
	const char *allow = pick(2) ? "true" : "false";
	int major = pick(4) ? 20 : 21;
	int minor = pick(3) ? (int)pick(3) : -1;

	buf_addf(out,
		"%s{\"allow\":%s,\"type\":\"c\",\"major\":%d,\"minor\":%d,\"access\":\"%s\"}",
		out->len ? "," : "", allow, major, minor, access);
}

static void start_list(struct list *l, const struct planned *p)
{
	*l = (struct list){ .allow = true };
	for (size_t i = 0; i < p->plan->cgroup->n_writes; i++) {
		if (strncmp(p->plan->cgroup->writes[i].file, "devices.", 8) == 0)
			play(l, &p->plan->cgroup->writes[i]);
	}
}

/* After each single write no request may pass that neither the old nor the new rules let pass. */
static size_t judge(const struct updated *u)
{
	struct list was, now, list;
	size_t n = 0;

	start_list(&was, &u->old);
	start_list(&now, &u->now);
	list = was;
	for (size_t i = 0; i < u->cg->n_writes; i++) {
		play(&list, &u->cg->writes[i]);
		n++;
		for (int major = 20; major <= 22; major++)
			for (int minor = 0; minor <= 3; minor++)
				for (unsigned a = 1; a <= 7; a++)
					if (allowed(&list, major, minor, a) &&
						!allowed(&was, major, minor, a) &&
						!allowed(&now, major, minor, a))
						fail_msg("%d:%d %u after %s %s", major,
							minor, a, u->cg->writes[i].file,
							u->cg->writes[i].value);
	}
	for (int major = 20; major <= 22; major++)
		for (int minor = 0; minor <= 3; minor++)
			for (unsigned a = 1; a <= 7; a++)
				assert_int_equal(allowed(&list, major, minor, a),
					allowed(&now, major, minor, a));
	return n;
}

static void a_change_of_device_rules_is_never_wider(void **state)
{
	size_t done = 0, writes = 0;

	(void)state;
	for (int round = 0; round < 10000; round++) {
		auto_buf struct buf old = BUF_INIT, now = BUF_INIT;
		auto_buf struct buf stored = BUF_INIT, text = BUF_INIT;
		struct planned probe;
		struct updated u;
		bool plans;

		add_rule(&old, true);
		for (uint32_t i = pick(4); i > 0; i--)
			add_rule(&old, false);
		buf_adds(&now, old.p);
		for (uint32_t i = 1 + pick(2); i > 0; i--)
			add_rule(&now, false);
		buf_addf(&stored, "\"devices\":[%s]", old.p);
		buf_addf(&text, "\"devices\":[%s]", now.p);
		/* What v1 cannot hold at all is refused, by create and by update. */
		plans = planning(&probe, &host_v1, RESOURCES, stored.p) == 0;
		planned_done(&probe);
		if (plans) {
			plans = planning(&probe, &host_v1, RESOURCES, text.p) == 0;
			planned_done(&probe);
		}
		if (!plans)
			continue;
		if (updating(&u, &host_v1, stored.p, text.p, NULL, true) == 0) {
			writes += judge(&u);
			done++;
		} else {
			assert_non_null(strstr(u.e.text, "moment of access"));
		}
		updated_done(&u);
	}
	assert_true(done > 500 && writes > 500);
}

static void v2_gets_the_rules_of_the_new_program(void **state)
{
	struct updated u;

	(void)state;
	assert_int_equal(
		updating(&u, &host_v2, "\"devices\":[]",
			"\"devices\":[{\"allow\":true,\"access\":\"rwm\"}]", NULL, true),
		0);
	assert_true(u.cg->devices_v2);
	assert_int_equal(u.cg->n_devrules, 1);
	assert_true(u.cg->devrules[0].allow);
	assert_int_equal(u.cg->n_writes, 0);
	updated_done(&u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_changes_or_was_given_is_written),
		cmocka_unit_test(controllers_that_v2_lacks_are_told),
		cmocka_unit_test(a_change_of_device_rules_is_never_wider),
		cmocka_unit_test(v2_gets_the_rules_of_the_new_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
