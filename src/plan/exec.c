/* SPDX-License-Identifier: Apache-2.0 */
/* A further process of a container: the planners of the process, and what joining needs. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>
#include <limits.h>

#include "base/cleanup.h"
#include "plan/util.h"
#include "spec/list.h"

/*
 * What a process has to do with. Namespaces, mounts and cgroup are there already; the
 * others of plan_create() would plan them once more.
 */
static int (*const planners[])(struct plan_ctx *ctx, struct error *e) = {
	plan_ids,
	plan_process,
	plan_caps,
	plan_lsm,
	plan_terminal,
};

/* PROC-25 */
static int plan_cpus(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_process *sp = ctx->spec->config->process;
	const struct spec_exec_affinity *a = sp->exec_cpu_affinity;
	struct plan_process *p = ctx->plan->process;
	int r;

	if (!a)
		return 0;
	r = plan_ranges(
		ctx, a->initial, LIST_CPU_MAX, &p->initial_cpus, &p->n_initial_cpus, e);
	if (r == 0)
		r = plan_ranges(ctx, a->final, LIST_CPU_MAX, &p->cpus, &p->n_cpus, e);
	p->keep_cpus = p->n_initial_cpus && !p->n_cpus;
	return r;
}

/* F4: the filter of the container, whatever the process says. */
static int plan_filter(
	struct plan_ctx *ctx, const struct plan_exec_target *t, struct error *e)
{
	struct plan_seccomp *out;

	if (!t->filter)
		return 0;
	out = arena_alloc(ctx->arena, sizeof(*out));
	if (!out)
		return plan_nomem(e);
	out->prog = t->filter;
	out->n_prog = t->n_filter;
	out->flags = t->filter_flags;
	out->early = !ctx->spec->config->process->no_new_privileges;
	out->listener = t->listener;
	out->metadata = t->metadata;
	out->by_number = t->by_number;
	ctx->plan->process->seccomp = out;
	return 0;
}

/* The container's user namespace was made by somebody without CAP_SETGID, who had to deny
 * setgroups(2) for the map of one group (user_namespaces(7)). */
static bool target_denies(const struct spec *spec, const struct plan_exec_target *t,
	const struct host *host)
{
	const struct spec_linux *l = spec->config->linux;

	return l && (t->join_flags & PLAN_NEWUSER) && !host_can(host, CAP_SETGID) &&
	       l->n_gid_mappings == 1 && l->gid_mappings[0].size == 1;
}

/*
 * What concerns the whole container is taken out of the way of the planners; hostname and
 * kernel parameters are set once, by create.
 */
static int process_alone(
	struct plan_ctx *ctx, struct spec *spec, struct spec_linux *lin, struct error *e)
{
	struct spec_config *c =
		arena_memdup(ctx->arena, spec->config, sizeof(*spec->config));

	if (!c)
		return plan_nomem(e);
	if (c->linux) {
		*lin = (struct spec_linux){ .at = c->linux->at,
			.personality = c->linux->personality,
			.memory_policy = c->linux->memory_policy };
		c->linux = lin;
	}
	c->hostname = NULL;
	c->domainname = NULL;
	spec->config = c;
	return 0;
}

/* A pid namespace takes effect for children only, and so does a time namespace. */
static void choose_relay(struct plan *p)
{
	p->relay = p->join_flags & (PLAN_NEWPID | PLAN_NEWTIME);
	p->relay_why =
		p->relay ? "a joined pid or time namespace begins with a child" : NULL;
}

int plan_exec(const struct spec *spec, const struct plan_exec_target *t,
	const char *console_socket, const struct host *host, struct arena *a,
	struct plan **out, struct error *e)
{
	const struct plan_opts opts = { .id = t->id,
		.no_new_keyring = t->no_new_keyring,
		.console_socket = console_socket,
		.preserve_fds = t->preserve_fds,
		.detached = t->detached };
	struct plan *plan = arena_alloc(a, sizeof(*plan));
	struct plan_ctx ctx = { .opts = &opts, .host = host, .arena = a, .plan = plan };
	struct spec_linux lin;
	struct spec alone = *spec;
	int r;

	if (!plan)
		return plan_nomem(e);
	plan->id = t->id;
	plan->exec = true;
	plan->join_flags = t->join_flags;
	plan->deny_setgroups = target_denies(spec, t, host);
	plan->private_flags = t->join_flags;
	plan->mount_ns = t->join_flags & PLAN_NEWNS;
	plan->target_pid = t->pid;
	plan->target_starttime = t->starttime;
	choose_relay(plan);
	r = process_alone(&ctx, &alone, &lin, e);
	ctx.spec = &alone;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(planners); i++)
		r = planners[i](&ctx, e);
	if (r == 0)
		r = plan_cpus(&ctx, e);
	if (r == 0)
		r = plan_filter(&ctx, t, e);
	if (r < 0)
		return r;
	*out = plan;
	return 0;
}
