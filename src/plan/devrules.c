/* SPDX-License-Identifier: Apache-2.0 */
/* Device rules, normalised, for v1 files and for the v2 program. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>
#include <inttypes.h>

#include "base/cleanup.h"
#include "plan/util.h"

/* Work grows with its square; a privileged container lists some hundred devices. */
#define RULES_MAX 4096

enum { READ = 1, WRITE = 2, MKNOD = 4, ALL = READ | WRITE | MKNOD };

/* RES-03: what the default devices need; the configuration cannot take it away. */
static const struct plan_devrule implicit[] = {
	{ true, 'c', -1, -1, MKNOD },
	{ true, 'b', -1, -1, MKNOD },
	{ true, 'c', 1, 3, ALL },
	{ true, 'c', 1, 5, ALL },
	{ true, 'c', 1, 7, ALL },
	{ true, 'c', 1, 8, ALL },
	{ true, 'c', 1, 9, ALL },
	{ true, 'c', 5, 0, ALL },
	{ true, 'c', 5, 2, ALL },
	{ true, 'c', 136, -1, ALL },
	{ true, 'c', 10, 200, ALL },
};

struct rules {
	struct plan_devrule *list;
	size_t n;
};

/* What v1 can hold: a default, and exceptions from it. exact is false when the rules say more. */
struct normal {
	bool allow;
	struct rules except;
	bool exact;
};

static struct plan_spot devices_spot(const struct plan_ctx *ctx)
{
	const struct spec_config *c = ctx->spec->config;

	if (c->linux && c->linux->resources)
		return SPOT(c->linux->resources, "devices");
	return SPOT(c, "linux");
}

static int add(
	struct plan_ctx *ctx, struct rules *to, struct plan_devrule rule, struct error *e)
{
	struct plan_devrule *slot;

	if (to->n == RULES_MAX)
		return plan_fault(ctx, e, devices_spot(ctx), "expected at most %d rules",
			RULES_MAX);
	slot = PLAN_PUSH(ctx, to->list, to->n);
	if (!slot)
		return plan_nomem(e);
	*slot = rule;
	return 0;
}

static bool is_everything(const struct plan_devrule *r)
{
	return r->type == 'a' && r->major < 0 && r->minor < 0 && r->access == ALL;
}

/* Does a match every device that b matches? */
static bool covers(const struct plan_devrule *a, const struct plan_devrule *b)
{
	return a->type == b->type && (a->major < 0 || a->major == b->major) &&
	       (a->minor < 0 || a->minor == b->minor);
}

static bool overlaps(const struct plan_devrule *a, const struct plan_devrule *b)
{
	return a->type == b->type &&
	       (a->major < 0 || b->major < 0 || a->major == b->major) &&
	       (a->minor < 0 || b->minor < 0 || a->minor == b->minor);
}

/* The devices that both match; they overlap. */
static struct plan_devrule meet(
	const struct plan_devrule *a, const struct plan_devrule *b)
{
	struct plan_devrule both = *a;

	both.major = a->major < 0 ? b->major : a->major;
	both.minor = a->minor < 0 ? b->minor : a->minor;
	both.access |= b->access;
	return both;
}

/*
 * An exception more. The kernel of v1 looks for one exception that holds a request as a whole
 * (read and write), so what two of them say of the same devices is said by one more.
 */
static int put_exception(
	struct plan_ctx *ctx, struct normal *n, struct plan_devrule rule, struct error *e)
{
	struct rules *x = &n->except;
	size_t kept = 0;
	int r;

	for (size_t i = 0; i < x->n; i++) {
		if (covers(&x->list[i], &rule) && !(rule.access & ~x->list[i].access))
			return 0;
	}
	for (size_t i = 0; i < x->n; i++) {
		if (covers(&x->list[i], &rule))
			rule.access |= x->list[i].access;
	}
	for (size_t i = 0; i < x->n; i++) {
		if (covers(&rule, &x->list[i])) {
			x->list[i].access |= rule.access;
			if (x->list[i].access == rule.access)
				continue;
		}
		x->list[kept++] = x->list[i];
	}
	x->n = kept;
	r = add(ctx, x, rule, e);
	for (size_t i = 0; r == 0 && i < kept && i < x->n; i++) {
		const struct plan_devrule other = x->list[i];

		if (overlaps(&other, &rule) && !covers(&other, &rule) &&
			!covers(&rule, &other))
			r = put_exception(ctx, n, meet(&rule, &other), e);
	}
	return r;
}

/* Back to the default for some devices: v1 can only forget exceptions as a whole. */
static void drop_exceptions(struct normal *n, const struct plan_devrule *rule)
{
	struct rules *x = &n->except;
	size_t kept = 0;

	for (size_t i = 0; i < x->n; i++) {
		struct plan_devrule *old = &x->list[i];

		if (overlaps(rule, old) && (rule->access & old->access)) {
			if (covers(rule, old))
				old->access &= ~rule->access;
			else
				n->exact = false;
		}
		if (old->access)
			x->list[kept++] = *old;
	}
	x->n = kept;
}

static int normalise(struct plan_ctx *ctx, const struct rules *rules, struct normal *out,
	struct error *e)
{
	*out = (struct normal){ .exact = true };
	for (size_t i = 0; i < rules->n; i++) {
		const struct plan_devrule *rule = &rules->list[i];
		int r;

		if (is_everything(rule)) {
			*out = (struct normal){ .exact = true, .allow = rule->allow };
			continue;
		}
		if (rule->allow == out->allow) {
			drop_exceptions(out, rule);
			continue;
		}
		r = put_exception(ctx, out, *rule, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static uint32_t access_of(const char *letters)
{
	uint32_t access = 0;

	for (const char *p = letters; p && *p; p++)
		access |= *p == 'r' ? READ : *p == 'w' ? WRITE : MKNOD;
	return access;
}

/* The kernel's devices have 32 bits, and so have the rules. */
static int64_t number_of(bool given, int64_t n)
{
	return given ? n : -1;
}

/* RES-02. v1 knows "a" only for everything: any other rule of that type is two rules. */
static int read_rule(struct plan_ctx *ctx, const struct spec_device_rule *d,
	struct rules *to, struct error *e)
{
	struct plan_devrule rule = {
		.allow = d->allow,
		.type = plan_given(d->type) ? (unsigned char)d->type[0] : 'a',
		.major = number_of(d->has_major, d->major),
		.minor = number_of(d->has_minor, d->minor),
		.access = access_of(d->access),
	};
	int r;

	if (rule.type != 'a' || is_everything(&rule))
		return add(ctx, to, rule, e);
	rule.type = 'b';
	r = add(ctx, to, rule, e);
	rule.type = 'c';
	return r < 0 ? r : add(ctx, to, rule, e);
}

static int read_rules(struct plan_ctx *ctx, const struct spec_resources *res,
	struct rules *to, struct error *e)
{
	for (size_t i = 0; res && i < res->n_devices; i++) {
		int r = read_rule(ctx, &res->devices[i], to, e);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(implicit); i++) {
		int r = add(ctx, to, implicit[i], e);

		if (r < 0)
			return r;
	}
	return 0;
}

static int add_write(struct plan_ctx *ctx, uint32_t hierarchy, bool allow,
	const char *value, struct error *e)
{
	struct plan_cgroup *cg = ctx->plan->cgroup;
	struct plan_write *w = PLAN_PUSH(ctx, cg->writes, cg->n_writes);

	if (!w || !value)
		return plan_nomem(e);
	w->hierarchy = hierarchy;
	w->file = allow ? "devices.allow" : "devices.deny";
	w->value = value;
	PLAN_ORIGIN(ctx, w, devices_spot(ctx));
	return 0;
}

static char *number_text(struct plan_ctx *ctx, int64_t n)
{
	return n < 0 ? arena_strdup(ctx->arena, "*")
		     : arena_printf(ctx->arena, "%" PRId64, n);
}

static int write_exception(struct plan_ctx *ctx, uint32_t hierarchy, bool allow,
	const struct plan_devrule *x, struct error *e)
{
	const char *major = number_text(ctx, x->major);
	const char *minor = number_text(ctx, x->minor);
	char *value = !major || !minor
			      ? NULL
			      : arena_printf(ctx->arena, "%c %s:%s %s%s%s", (char)x->type,
					major, minor, x->access & READ ? "r" : "",
					x->access & WRITE ? "w" : "",
					x->access & MKNOD ? "m" : "");

	return add_write(ctx, hierarchy, allow, value, e);
}

static int write_v1(
	struct plan_ctx *ctx, uint32_t hierarchy, const struct normal *n, struct error *e)
{
	int r;

	if (!n->exact)
		return plan_cannot(ctx, e, devices_spot(ctx), -EINVAL,
			"these rules take back a part of what a wider rule said: cgroup v1 "
			"cannot hold that");
	r = plan_controller_need(ctx, hierarchy, "devices", e);
	if (r == 0)
		r = add_write(ctx, hierarchy, n->allow, "a", e);
	for (size_t i = 0; r == 0 && i < n->except.n; i++)
		r = write_exception(ctx, hierarchy, !n->allow, &n->except.list[i], e);
	return r;
}

/* In order, later override: the normal form where it says all, else the rules as they came. */
static int write_v2(struct plan_ctx *ctx, const struct normal *n,
	const struct rules *rules, struct error *e)
{
	const struct plan_devrule everything = { n->allow, 'a', -1, -1, ALL };
	struct rules out = { NULL, 0 };
	size_t first = 0;
	int r = 0;

	ctx->plan->cgroup->devices_v2 = true;
	if (n->exact) {
		if (n->allow)
			r = add(ctx, &out, everything, e);
		for (size_t i = 0; r == 0 && i < n->except.n; i++)
			r = add(ctx, &out, n->except.list[i], e);
	} else {
		for (size_t i = 0; i < rules->n; i++) {
			if (is_everything(&rules->list[i]))
				first = rules->list[i].allow ? i : i + 1;
		}
		for (size_t i = first; r == 0 && i < rules->n; i++)
			r = add(ctx, &out, rules->list[i], e);
	}
	ctx->plan->cgroup->devrules = out.list;
	ctx->plan->cgroup->n_devrules = out.n;
	return r;
}

int plan_devrules(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_linux *l = ctx->spec->config->linux;
	const struct spec_resources *res = l ? l->resources : NULL;
	struct rules rules = { NULL, 0 };
	struct plan_cgroup *cg = ctx->plan->cgroup;
	struct normal n;
	uint32_t index;
	bool v2;
	int r = read_rules(ctx, res, &rules, e);

	if (r == 0)
		r = normalise(ctx, &rules, &n, e);
	if (r < 0)
		return r;
	/* RES-04: nothing to limit; or no right to: then the user namespace is what limits. */
	if ((n.allow && n.exact && !n.except.n) || plan_rootless(ctx))
		return 0;
	if (!cg) {
		if (res && res->n_devices &&
			plan_warn(ctx,
				"cgroups are disabled: device rules are not applied") < 0)
			return plan_nomem(e);
		return 0;
	}
	if (plan_controller(ctx, "devices", &index, &v2) && !v2)
		return write_v1(ctx, index, &n, e);
	if (cg->n_hierarchies && cg->hierarchies[cg->n_hierarchies - 1].v2)
		return write_v2(ctx, &n, &rules, e);
	return plan_cannot(ctx, e, devices_spot(ctx), -ENODEV,
		"access to devices cannot be limited: this host has no devices cgroup");
}

/* The access of the exception for just these devices. */
static uint32_t exception_of(const struct rules *x, const struct plan_devrule *devices)
{
	for (size_t i = 0; i < x->n; i++) {
		const struct plan_devrule *r = &x->list[i];

		if (r->type == devices->type && r->major == devices->major &&
			r->minor == devices->minor)
			return r->access;
	}
	return 0;
}

/* Write what to has and from has not: exceptions come with add, or go. */
static int write_difference(struct plan_ctx *ctx, uint32_t hierarchy, bool allow,
	const struct rules *to, const struct rules *from, struct error *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < to->n; i++) {
		struct plan_devrule x = to->list[i];

		x.access &= ~exception_of(from, &x);
		if (x.access)
			r = write_exception(ctx, hierarchy, allow, &x, e);
	}
	return r;
}

/*
 * An exception for the same devices that gains and loses access would in between allow a request
 * for both, read and write, which neither the old rules nor the new ones do: it loses first.
 */
static int narrow_exchanged(struct plan_ctx *ctx, uint32_t hierarchy, struct rules *was,
	const struct rules *now, struct error *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < was->n; i++) {
		struct plan_devrule gone = was->list[i];
		uint32_t access = exception_of(now, &gone);

		if (!(access & ~gone.access))
			continue;
		gone.access &= ~access;
		if (!gone.access || !access)
			continue;
		r = write_exception(ctx, hierarchy, false, &gone, e);
		was->list[i].access &= access;
	}
	return r;
}

/*
 * I4: the lists of v1 are changed one by one, while the container runs. New exceptions come before
 * old ones go: in between that is allowed what one of the two says. "a" would forget them all, and
 * allowing everything before the first is denied again is a moment of access.
 */
static int change_v1(struct plan_ctx *ctx, uint32_t hierarchy, struct normal *was,
	const struct normal *n, struct error *e)
{
	int r;

	if (!was->exact || !n->exact || (n->allow && !was->allow))
		return n->exact && was->exact && !n->except.n
			       ? write_v1(ctx, hierarchy, n, e)
			       : plan_cannot(ctx, e, devices_spot(ctx), -EINVAL,
					 "cgroup v1 cannot go over to these rules without a "
					 "moment of access");
	if (was->allow && !n->allow)
		return write_v1(ctx, hierarchy, n, e);
	r = plan_controller_need(ctx, hierarchy, "devices", e);
	if (r == 0 && !n->allow)
		r = narrow_exchanged(ctx, hierarchy, &was->except, &n->except, e);
	if (r == 0)
		r = write_difference(
			ctx, hierarchy, !n->allow, &n->except, &was->except, e);
	return r < 0 ? r
		     : write_difference(
			       ctx, hierarchy, n->allow, &was->except, &n->except, e);
}

static int normal_of(
	struct plan_ctx *ctx, struct rules *rules, struct normal *n, struct error *e)
{
	const struct spec_linux *l = ctx->spec->config->linux;
	int r = read_rules(ctx, l ? l->resources : NULL, rules, e);

	return r < 0 ? r : normalise(ctx, rules, n, e);
}

int plan_devrules_change(struct plan_ctx *old, struct plan_ctx *ctx, struct error *e)
{
	struct rules rules = { NULL, 0 }, old_rules = { NULL, 0 };
	struct plan_cgroup *cg = ctx->plan->cgroup;
	struct normal n, was;
	uint32_t index;
	bool v2;
	int r = normal_of(old, &old_rules, &was, e);

	if (r == 0)
		r = normal_of(ctx, &rules, &n, e);
	if (r < 0)
		return r;
	if (plan_rootless(ctx))
		return plan_cannot(ctx, e, devices_spot(ctx), -EPERM,
			"access to devices is not davit's to limit here");
	if (plan_controller(ctx, "devices", &index, &v2) && !v2)
		return change_v1(ctx, index, &was, &n, e);
	if (cg && cg->n_hierarchies && cg->hierarchies[cg->n_hierarchies - 1].v2)
		return write_v2(ctx, &n, &rules, e);
	return plan_cannot(ctx, e, devices_spot(ctx), -ENODEV,
		"access to devices cannot be limited: there is no devices cgroup");
}
