/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device rules: random lists against a plain reading of the specification (in order, later
 * override), for what v1 is told and for what the v2 program is made of.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "planning.h"

enum { READ = 1, WRITE = 2, MKNOD = 4 };
#define ROUNDS 3000
#define RULES_MAX 6

static uint32_t seed = 1;

static uint32_t pick(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 16) % n;
}

struct request {
	char type;
	int major, minor;
	unsigned bits;
};

static bool matches(const struct plan_devrule *r, const struct request *q)
{
	return (r->type == 'a' || r->type == (unsigned char)q->type) &&
	       (r->major < 0 || r->major == q->major) &&
	       (r->minor < 0 || r->minor == q->minor) && (r->access & q->bits);
}

/* For each kind of access the last rule that speaks of it decides; all must be allowed. */
static bool allowed(const struct plan_devrule *list, size_t n, const struct request *q)
{
	for (unsigned bit = READ; bit <= MKNOD; bit <<= 1) {
		struct request one = *q;
		bool allow = false;

		one.bits = bit;
		for (size_t i = 0; i < n; i++) {
			if (matches(&list[i], &one))
				allow = list[i].allow;
		}
		if ((q->bits & bit) && !allow)
			return false;
	}
	return true;
}

/* RES-03, as the matrix has it: they come last. */
static const struct plan_devrule always[] = {
	{ true, 'c', -1, -1, MKNOD },
	{ true, 'b', -1, -1, MKNOD },
	{ true, 'c', 1, 3, 7 },
	{ true, 'c', 1, 5, 7 },
	{ true, 'c', 1, 7, 7 },
	{ true, 'c', 1, 8, 7 },
	{ true, 'c', 1, 9, 7 },
	{ true, 'c', 5, 0, 7 },
	{ true, 'c', 5, 2, 7 },
	{ true, 'c', 136, -1, 7 },
	{ true, 'c', 10, 200, 7 },
};

/* The devices cgroup of v1 (security/device_cgroup.c): a default, and exceptions from it. */
struct v1 {
	bool allow;
	struct plan_devrule except[64];
	size_t n;
};

static void v1_write(struct v1 *v, const struct plan_write *w)
{
	bool allow = strcmp(w->file, "devices.allow") == 0;
	struct plan_devrule r = { .allow = allow, .major = -1, .minor = -1 };
	char type, major[12], minor[12], access[4];

	if (strcmp(w->value, "a") == 0) {
		*v = (struct v1){ .allow = allow };
		return;
	}
	assert_int_equal(sscanf(w->value, "%c %11[0-9*]:%11[0-9*] %3[rwm]", &type, major,
				 minor, access),
		4);
	/* An exception may only be the contrary of the default: the rest would be removals. */
	assert_true(allow != v->allow);
	r.type = (unsigned char)type;
	if (major[0] != '*')
		r.major = strtol(major, NULL, 10);
	if (minor[0] != '*')
		r.minor = strtol(minor, NULL, 10);
	for (const char *c = access; *c; c++)
		r.access |= *c == 'r' ? READ : *c == 'w' ? WRITE : MKNOD;
	assert_true(v->n < ARRAY_SIZE(v->except));
	v->except[v->n++] = r;
}

/* As the kernel has it for a request of several kinds: within one exception of a denying
 * default, or touching none of an allowing one. */
static bool v1_allowed(const struct v1 *v, const struct request *q)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct plan_devrule *x = &v->except[i];

		if (!matches(x, q))
			continue;
		if (v->allow || !(q->bits & ~x->access))
			return !v->allow;
	}
	return v->allow;
}

/* A random rule over few numbers, so that rules meet. */
static size_t random_rule(char *out, size_t size, struct plan_devrule *r)
{
	static const char *const access[] = { "rwm", "rwm", "rw", "r", "w", "m", "rm",
		"wm" };
	static const unsigned bits[] = { 7, 7, 3, 1, 2, 4, 5, 6 };
	static const int majors[] = { -1, 1, 8 }, minors[] = { -1, 3, 4 };
	uint32_t a = pick(ARRAY_SIZE(access));

	*r = (struct plan_devrule){
		.allow = pick(2),
		.type = (unsigned char)"abcc"[pick(4)],
		.major = majors[pick(3)],
		.minor = minors[pick(3)],
		.access = bits[a],
	};
	return (size_t)snprintf(out, size,
		"{\"allow\":%s,\"type\":\"%c\",\"major\":%d,\"minor\":%d,\"access\":\"%s\"}",
		r->allow ? "true" : "false", (char)r->type, (int)r->major, (int)r->minor,
		access[a]);
}

struct sample {
	char text[1024];
	struct plan_devrule rules[RULES_MAX + ARRAY_SIZE(always)]; /* with always */
	size_t n;
};

static void random_sample(struct sample *s)
{
	size_t len = 0;

	size_t n = 1 + pick(RULES_MAX);

	s->text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (i)
			s->text[len++] = ',';
		len += random_rule(s->text + len, sizeof(s->text) - len, &s->rules[i]);
	}
	memcpy(&s->rules[n], always, sizeof(always));
	s->n = n + ARRAY_SIZE(always);
}

/* Calls fn for each device and kind of access of a small world. */
static void each_request(void (*fn)(const struct planned *p, const struct sample *s,
				 const struct v1 *v, const struct request *q),
	const struct planned *p, const struct sample *s, const struct v1 *v)
{
	static const int majors[] = { 1, 8, 136, 99 }, minors[] = { 3, 4, 0 };

	for (size_t t = 0; t < 2; t++) {
		for (size_t i = 0; i < ARRAY_SIZE(majors); i++) {
			for (size_t k = 0; k < ARRAY_SIZE(minors); k++) {
				for (unsigned bits = 1; bits <= 7; bits++) {
					struct request q = { "bc"[t], majors[i],
						minors[k], bits };

					fn(p, s, v, &q);
				}
			}
		}
	}
}

static void compare(const struct planned *p, const struct sample *s, const struct v1 *v,
	const struct request *q)
{
	const struct plan_cgroup *cg = p->plan->cgroup;
	bool want = allowed(s->rules, s->n, q);
	bool got = v		    ? v1_allowed(v, q)
		   : cg->devices_v2 ? allowed(cg->devrules, cg->n_devrules, q)
				    : true;

	if (want != got)
		fail_msg("%s: %c %d:%d access %u: expected %d on %s", s->text, q->type,
			q->major, q->minor, q->bits, want, v ? "v1" : "v2");
}

static void v2_obeys_the_rules(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct sample s;
		struct planned p;

		random_sample(&s);
		planning_ok(&p, &host_v2, "\"linux\":{\"resources\":{\"devices\":[%s]}}",
			s.text);
		each_request(compare, &p, &s, NULL);
		planned_done(&p);
	}
}

/* What v1 cannot hold is refused; everything that is planned means the same. */
static void v1_obeys_the_rules_or_refuses(void **state)
{
	int planned = 0, refused = 0;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct v1 v = { .allow = true };
		struct sample s;
		struct planned p;

		random_sample(&s);
		if (planning(&p, &host_v1, "\"linux\":{\"resources\":{\"devices\":[%s]}}",
			    s.text) < 0) {
			assert_int_equal(p.e.kind, ERR_HOST);
			refused++;
			planned_done(&p);
			continue;
		}
		for (size_t k = 0; k < p.plan->cgroup->n_writes; k++)
			v1_write(&v, &p.plan->cgroup->writes[k]);
		each_request(compare, &p, &s, &v);
		planned++;
		planned_done(&p);
	}
	assert_true(planned > ROUNDS / 4);
	assert_true(refused > ROUNDS / 100);
}

static void nothing_asked_is_denied(void **state)
{
	const struct request fuse = { 'c', 10, 229, READ }, null = { 'c', 1, 3, WRITE };
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2, "\"hostname\":\"\"");
	assert_true(p.plan->cgroup->devices_v2);
	assert_false(
		allowed(p.plan->cgroup->devrules, p.plan->cgroup->n_devrules, &fuse));
	assert_true(allowed(p.plan->cgroup->devrules, p.plan->cgroup->n_devrules, &null));
	planned_done(&p);
}

static void everything_allowed_needs_no_program(void **state)
{
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2,
		"\"linux\":{\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"},"
		"{\"allow\":true,\"access\":\"rwm\"}]}}");
	assert_false(p.plan->cgroup->devices_v2);
	assert_int_equal(p.plan->cgroup->n_devrules, 0);
	planned_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v2_obeys_the_rules),
		cmocka_unit_test(v1_obeys_the_rules_or_refuses),
		cmocka_unit_test(nothing_asked_is_denied),
		cmocka_unit_test(everything_allowed_needs_no_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
