/* SPDX-License-Identifier: Apache-2.0 */
/* Which namespaces are made or joined, in which order, and whether that needs a relay. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "plan/shown.h"
#include "plan/util.h"
#include "spec/names.h"

static const struct table_entry clone_flags[SPEC_NS_TYPES] = {
	[SPEC_NS_USER] = { "user", PLAN_NEWUSER },
	[SPEC_NS_MOUNT] = { "mount", PLAN_NEWNS },
	[SPEC_NS_PID] = { "pid", PLAN_NEWPID },
	[SPEC_NS_NET] = { "network", PLAN_NEWNET },
	[SPEC_NS_IPC] = { "ipc", PLAN_NEWIPC },
	[SPEC_NS_UTS] = { "uts", PLAN_NEWUTS },
	[SPEC_NS_CGROUP] = { "cgroup", PLAN_NEWCGROUP },
	[SPEC_NS_TIME] = { "time", PLAN_NEWTIME },
};
const struct table shown_clone_flag = TABLE("namespace", clone_flags);

/*
 * The user namespace first: it may own the others. The mount namespace last: once it is
 * joined, the host's paths and /proc are out of reach. Where the user namespace does
 * not own the others, the step joins in two passes (NS-10).
 */
static const enum spec_ns join_order[] = {
	SPEC_NS_USER,
	SPEC_NS_PID,
	SPEC_NS_NET,
	SPEC_NS_IPC,
	SPEC_NS_UTS,
	SPEC_NS_CGROUP,
	SPEC_NS_TIME,
	SPEC_NS_MOUNT,
};

static int add_join(
	struct plan_ctx *ctx, const struct spec_namespace *ns, struct error *e)
{
	struct plan *p = ctx->plan;
	struct plan_ns *join = PLAN_PUSH(ctx, p->joins, p->n_joins);

	if (!join)
		return plan_nomem(e);
	join->type = (uint32_t)ns->type;
	join->path = ns->path;
	PLAN_ORIGIN(ctx, join, SPOT(ns, "path"));
	return 0;
}

static int read_list(struct plan_ctx *ctx, const struct spec_linux *l,
	const struct spec_namespace *by_type[SPEC_NS_TYPES], struct error *e)
{
	struct plan *p = ctx->plan;

	for (size_t i = 0; l && i < l->n_namespaces; i++) {
		const struct spec_namespace *ns = &l->namespaces[i];
		uint64_t flag = (uint64_t)clone_flags[ns->type].id;

		p->private_flags |= flag;
		by_type[ns->type] = ns;
		if (!plan_given(ns->path)) /* NS-14 */
			p->new_flags |= flag;
	}
	for (size_t i = 0; i < ARRAY_SIZE(join_order); i++) {
		const struct spec_namespace *ns = by_type[join_order[i]];

		if (!ns || !plan_given(ns->path))
			continue;
		if (add_join(ctx, ns, e) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_offset(struct plan_ctx *ctx, const char *clock,
	const struct spec_time_offset *from, struct error *e)
{
	struct plan *p = ctx->plan;
	struct plan_offset *o;

	if (!from)
		return 0;
	o = PLAN_PUSH(ctx, p->time_offsets, p->n_time_offsets);
	if (!o)
		return plan_nomem(e);
	o->clock = clock;
	o->secs = from->secs;
	o->nanosecs = from->nanosecs;
	PLAN_ORIGIN(ctx, o, SPOT(from, NULL));
	return 0;
}

/* TIME-01, NS-08 */
static int plan_time(struct plan_ctx *ctx, const struct spec_linux *l,
	const struct spec_namespace *ns, struct error *e)
{
	const struct spec_time_offsets *offsets = l ? l->time_offsets : NULL;
	int r;

	if (ns && !host_has(ctx->host, "time-ns"))
		return plan_cannot(ctx, e, SPOT(ns, "type"), -ENOSYS,
			"this kernel has no time namespaces (Linux 5.6)");
	if (!offsets)
		return 0;
	r = add_offset(ctx, "monotonic", offsets->monotonic, e);
	if (r == 0)
		r = add_offset(ctx, "boottime", offsets->boottime, e);
	return r;
}

static bool joins(const struct plan *p, enum spec_ns type)
{
	for (size_t i = 0; i < p->n_joins; i++) {
		if (p->joins[i].type == (uint32_t)type)
			return true;
	}
	return false;
}

/*
 * A relay costs a fork, so only where the kernel leaves no other way: setns(2) into a
 * pid or time namespace takes effect for children only; a time namespace takes offsets
 * only while it is empty; and where a user namespace is made or joined, the other kind
 * of entry must happen with the privileges of the other side of it.
 */
static void choose_relay(struct plan *p)
{
	bool any_new =
		p->new_flags || p->new_cgroup_ns || p->new_ipc_ns || p->new_time_ns;
	const struct {
		bool needed;
		const char *why;
	} reasons[] = {
		{ joins(p, SPEC_NS_PID), "a joined pid namespace begins with a child" },
		{ joins(p, SPEC_NS_TIME), "a joined time namespace begins with a child" },
		{ p->new_time_ns, "a new time namespace begins with a child" },
		{ (p->new_flags & PLAN_NEWUSER) && p->n_joins,
			"namespaces are joined before the new user namespace is entered" },
		{ joins(p, SPEC_NS_USER) && any_new,
			"new namespaces are made inside the joined user namespace" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(reasons) && !p->relay; i++) {
		p->relay = reasons[i].needed;
		p->relay_why = reasons[i].needed ? reasons[i].why : NULL;
	}
}

/* NS-06: without privilege a user namespace must be part of the configuration. */
static int check_privilege(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_config *c = ctx->spec->config;
	struct err_place where;

	if (plan_private(ctx, PLAN_NEWUSER) || host_can(ctx->host, CAP_SYS_ADMIN))
		return 0;
	plan_place(ctx, c->linux ? SPOT(c->linux, "namespaces") : SPOT(c, NULL), &where);
	err_set(e, ERR_HOST, -EPERM,
		"without CAP_SYS_ADMIN a container needs a user namespace, found none");
	err_hint(e, "run davit as root, or add {\"type\": \"user\"} with mappings");
	if (e)
		err_place(e, &where);
	return -EPERM;
}

int plan_ns(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_namespace *by_type[SPEC_NS_TYPES] = { NULL };
	const struct spec_linux *l = ctx->spec->config->linux;
	struct plan *p = ctx->plan;
	int r = read_list(ctx, l, by_type, e);

	if (r < 0)
		return r;
	/*
	 * NS-07: the cgroup namespace's root is where the caller sits, so init unshares
	 * it late.
	 */
	p->new_cgroup_ns = p->new_flags & PLAN_NEWCGROUP;
	p->new_time_ns = p->new_flags & PLAN_NEWTIME;
	p->new_flags &= ~(uint64_t)(PLAN_NEWCGROUP | PLAN_NEWTIME);
	/* Its message queues belong to whom makes it, who must be mapped by then. */
	p->new_ipc_ns = (p->new_flags & PLAN_NEWIPC) && (p->private_flags & PLAN_NEWUSER);
	if (p->new_ipc_ns)
		p->new_flags &= ~(uint64_t)PLAN_NEWIPC;
	p->mount_ns = p->private_flags & PLAN_NEWNS;
	r = plan_time(ctx, l, by_type[SPEC_NS_TIME], e);
	if (r < 0)
		return r;
	choose_relay(p);
	return check_privilege(ctx, e);
}
