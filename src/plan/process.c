/* SPDX-License-Identifier: Apache-2.0 */
/* What runs: arguments, environment, limits, scheduling, names and kernel parameters. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/twins.h"
#include "json/json.h"
#include "plan/util.h"
#include "spec/list.h"
#include "spec/names.h"
#include "spec/sysctl.h"

static size_t name_length(const char *entry)
{
	return strcspn(entry, "=");
}

static bool same_name(const char *a, const char *b)
{
	size_t n = name_length(a);

	return n == name_length(b) && memcmp(a, b, n) == 0;
}

/*
 * FD-02: what the service manager passed to us is the program's, and so are the variables that
 * tell of it. LISTEN_PID is added by init, which knows its pid.
 */
static int plan_listen(struct plan_ctx *ctx, const char **env, size_t *n, struct error *e)
{
	const struct plan_opts *o = ctx->opts;

	if (!o->listen_fds)
		return 0;
	ctx->plan->process->listen_pid = true;
	env[*n] = arena_printf(ctx->arena, "LISTEN_FDS=%u", o->listen_fds);
	if (!env[(*n)++])
		return plan_nomem(e);
	if (!o->listen_names)
		return 0;
	env[*n] = arena_printf(ctx->arena, "LISTEN_FDNAMES=%s", o->listen_names);
	return env[(*n)++] ? 0 : plan_nomem(e);
}

/* sd_notify(3) */
static void plan_notify(struct plan_ctx *ctx, const char **env, size_t *n)
{
	if (ctx->opts->notify_folder)
		env[(*n)++] = "NOTIFY_SOCKET=" PLAN_NOTIFY_FOLDER "/notify.sock";
}

/* Does what we set stand instead of this entry of the configuration? */
static bool is_ours(const struct plan_ctx *ctx, const char *entry)
{
	static const char *const listen[] = { "LISTEN_FDS", "LISTEN_PID",
		"LISTEN_FDNAMES" };

	if (ctx->opts->notify_folder && same_name(entry, "NOTIFY_SOCKET"))
		return true;
	for (size_t i = 0; ctx->opts->listen_fds && i < ARRAY_SIZE(listen); i++)
		if (same_name(entry, listen[i]))
			return true;
	return false;
}

/* PROC-06: the last of a name wins; an empty HOME counts as none, as runc has it. */
static int plan_env(struct plan_ctx *ctx, const struct spec_process *sp, struct error *e)
{
	struct plan_process *p = ctx->plan->process;
	const char **env = arena_array(ctx->arena, sp->n_env + 4, sizeof(*env));
	const struct twins *same =
		twins_find(ctx->arena, (const char *const *)sp->env, sp->n_env, '=');
	size_t n = 0;
	int r;

	if (!env || !same)
		return plan_nomem(e);
	p->find_home = true;
	for (size_t i = 0; i < sp->n_env; i++) {
		const char *entry = sp->env[i];

		if (strcmp(entry, "HOME=") == 0 || is_ours(ctx, entry) ||
			same[i].last != i)
			continue;
		if (strncmp(entry, "HOME=", 5) == 0)
			p->find_home = false;
		if (strncmp(entry, "PATH=", 5) == 0)
			p->search = entry + 5;
		env[n++] = entry;
	}
	p->env = env;
	plan_notify(ctx, env, &n);
	r = plan_listen(ctx, env, &n, e);
	p->n_env = n;
	return r;
}

static const char *path_of(struct plan_ctx *ctx, struct plan_spot spot)
{
	struct err_place where;

	plan_place(ctx, spot, &where);
	return where.path;
}

static int plan_rlimits(
	struct plan_ctx *ctx, const struct spec_process *sp, struct error *e)
{
	struct plan_process *p = ctx->plan->process;
	struct plan_rlimit *list = arena_array(ctx->arena, sp->n_rlimits, sizeof(*list));

	if (!list)
		return plan_nomem(e);
	for (size_t i = 0; i < sp->n_rlimits; i++) {
		const struct spec_rlimit *l = &sp->rlimits[i];

		list[i].type = (uint32_t)l->type;
		list[i].name = table_name(&names_rlimit, l->type);
		list[i].soft = l->soft;
		list[i].hard = l->hard;
		PLAN_ORIGIN(ctx, &list[i], SPOT_AT(sp, "rlimits", i));
	}
	p->rlimits = list;
	p->n_rlimits = sp->n_rlimits;
	return 0;
}

static int plan_scheduler(
	struct plan_ctx *ctx, const struct spec_process *sp, struct error *e)
{
	const struct spec_scheduler *s = sp->scheduler;
	struct plan_sched *out;

	if (!s)
		return 0;
	out = arena_alloc(ctx->arena, sizeof(*out));
	if (!out)
		return plan_nomem(e);
	out->policy = (uint32_t)s->policy;
	out->nice = s->nice;
	out->priority = (uint32_t)s->priority;
	out->runtime = s->runtime;
	out->deadline = s->deadline;
	out->period = s->period;
	for (size_t i = 0; i < s->n_flags; i++) {
		int bit = table_id(&names_sched_flag, s->flags[i]);

		out->flags |= bit < 0 ? 0 : (uint64_t)bit;
	}
	PLAN_ORIGIN(ctx, out, SPOT(s, NULL));
	ctx->plan->process->sched = out;
	return 0;
}

static int plan_io_priority(
	struct plan_ctx *ctx, const struct spec_process *sp, struct error *e)
{
	const struct spec_io_priority *io = sp->io_priority;
	struct plan_ioprio *out;

	if (!io)
		return 0;
	out = arena_alloc(ctx->arena, sizeof(*out));
	if (!out)
		return plan_nomem(e);
	out->class_ = io->class_;
	out->priority = io->priority;
	PLAN_ORIGIN(ctx, out, SPOT(io, NULL));
	ctx->plan->process->ioprio = out;
	return 0;
}

struct range_list {
	struct arena *arena;
	uint32_t *numbers;
	size_t n;
	bool no_memory;
};

static void add_range(void *arg, unsigned first, unsigned last)
{
	struct range_list *l = arg;
	const uint32_t pair[] = { first, last };

	for (size_t i = 0; i < ARRAY_SIZE(pair) && !l->no_memory; i++) {
		uint32_t *grown = arena_grow(l->arena, l->numbers, l->n, sizeof(*grown));

		if (!grown) {
			l->no_memory = true;
			return;
		}
		l->numbers = grown;
		l->numbers[l->n++] = pair[i];
	}
}

int plan_ranges(struct plan_ctx *ctx, const char *text, unsigned max, uint32_t **out,
	size_t *n, struct error *e)
{
	struct range_list l = { .arena = ctx->arena };

	if (!plan_given(text))
		return 0;
	spec_list_each(text, max, add_range, &l);
	if (l.no_memory)
		return plan_nomem(e);
	*out = l.numbers;
	*n = l.n;
	return 0;
}

/* MPOL-01 to MPOL-03 */
static int plan_memory_policy(
	struct plan_ctx *ctx, const struct spec_memory_policy *m, struct error *e)
{
	struct plan_mempolicy *out = arena_alloc(ctx->arena, sizeof(*out));

	if (!out)
		return plan_nomem(e);
	out->mode = (uint32_t)m->mode;
	for (size_t i = 0; i < m->n_flags; i++) {
		int bit = table_id(&names_mpol_flag, m->flags[i]);

		out->flags |= bit < 0 ? 0 : (uint64_t)bit;
	}
	PLAN_ORIGIN(ctx, out, SPOT(m, NULL));
	ctx->plan->process->mempolicy = out;
	return plan_ranges(ctx, m->nodes, LIST_NODE_MAX, &out->nodes, &out->n_nodes, e);
}

/* PERS-01, MPOL-01 */
static int plan_linux(struct plan_ctx *ctx, const struct spec_linux *l, struct error *e)
{
	struct plan_process *p = ctx->plan->process;

	if (l->personality) {
		p->has_personality = true;
		p->personality = (uint64_t)l->personality->domain;
	}
	return l->memory_policy ? plan_memory_policy(ctx, l->memory_policy, e) : 0;
}

static void plan_names(struct plan_ctx *ctx)
{
	const struct spec_config *c = ctx->spec->config;

	ctx->plan->hostname = plan_given(c->hostname) ? c->hostname : NULL;
	ctx->plan->domainname = plan_given(c->domainname) ? c->domainname : NULL;
}

/* SYSC-01; which parameters may stand here, the rules of the configuration have checked. */
static int plan_sysctls(struct plan_ctx *ctx, const struct spec_linux *l, struct error *e)
{
	const struct json_value *map = json_get(l->at, "sysctl");
	struct plan *p = ctx->plan;

	for (size_t i = 0; i < l->n_sysctl; i++) {
		const struct kv *kv = &l->sysctl[i];
		struct plan_spot spot = { .at = map, .member = kv->key, .index = -1 };
		struct plan_sysctl *s = PLAN_PUSH(ctx, p->sysctls, p->n_sysctls);
		int r = s ? spec_sysctl_path(ctx->arena, kv->key, &s->name) : -ENOMEM;

		if (r == -EINVAL)
			return plan_fault(
				ctx, e, spot, "expected the name of a kernel parameter");
		if (r < 0)
			return plan_nomem(e);
		s->value = kv->value;
		PLAN_ORIGIN(ctx, s, spot);
	}
	return 0;
}

static int plan_program(
	struct plan_ctx *ctx, const struct spec_process *sp, struct error *e)
{
	struct plan_process *p = ctx->plan->process;
	int r;

	p->args = sp->args;
	p->n_args = sp->n_args;
	p->cwd = sp->cwd;
	p->cwd_path = path_of(ctx, SPOT(sp, "cwd"));
	p->args_path = path_of(ctx, SPOT(sp, "args"));
	p->no_new_privileges = sp->no_new_privileges;
	p->has_oom_score_adj = sp->has_oom_score_adj;
	p->oom_score_adj = sp->oom_score_adj;
	r = plan_env(ctx, sp, e);
	if (r == 0)
		r = plan_rlimits(ctx, sp, e);
	if (r == 0)
		r = plan_scheduler(ctx, sp, e);
	if (r == 0)
		r = plan_io_priority(ctx, sp, e);
	return r;
}

int plan_process(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_config *c = ctx->spec->config;
	int r;

	ctx->plan->process->new_keyring = !ctx->opts->no_new_keyring;
	/* LIFE-06: create succeeds without a program, start does not. */
	ctx->plan->process->absent = !c->process;
	plan_names(ctx);
	r = c->process ? plan_program(ctx, c->process, e) : 0;
	if (r == 0 && c->linux)
		r = plan_linux(ctx, c->linux, e);
	if (r == 0 && c->linux)
		r = plan_sysctls(ctx, c->linux, e);
	return r;
}
