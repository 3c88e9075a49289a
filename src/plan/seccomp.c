/* SPDX-License-Identifier: Apache-2.0 */
/* The system call filter: config-linux.md#seccomp. Compiled here, so that init needs no library. */
#include "config.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "plan/seclint.h"
#include "plan/secnames.h"
#include "plan/secpolicy.h"
#include "plan/util.h"
#include "spec/names.h"

/* SECCOMP_FILTER_FLAG_SPEC_ALLOW: Linux 4.17, older headers lack it. */
#define FLAG_SPEC_ALLOW (1u << 2)
/* SECCOMP_FILTER_FLAG_NEW_LISTENER: Linux 5.0 */
#define FLAG_NEW_LISTENER (1u << 3)
/* SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (5.19) */
#define FLAG_TSYNC (1u << 0)
#define FLAG_WAIT_KILLABLE (1u << 5)
/* Names of a warning; the rest is counted. */
#define TOLD_MAX 20

static int read_flags(struct plan_ctx *ctx, const struct spec_seccomp *s, uint32_t *flags,
	struct error *e)
{
	*flags = 0;
	/* SEC-05: other runtimes leave speculation alone unless the profile has a list. */
	if (!s->has_flags)
		*flags = FLAG_SPEC_ALLOW;
	for (size_t i = 0; i < s->n_flags; i++) {
		int bit = table_id(&names_seccomp_flag, s->flags[i]);

		if (bit < 0)
			return plan_fault(ctx, e, SPOT_AT(s, "flags", i),
				"%s is no flag of the specification", s->flags[i]);
		*flags |= (uint32_t)bit;
	}
	return 0;
}

/*
 * SEC-13. Init hands the descriptor on by sendmsg, which needs no right over it; where the profile
 * watches or refuses that call, it tells the number by write and the command fetches it.
 */
static void plan_listener(struct plan_ctx *ctx, const struct spec_seccomp *s,
	const struct secpolicy *policy, const struct sec_arch *native,
	struct plan_seccomp *out)
{
	struct err_place where;

	/* SEC-05: only with a listener, though the profile may name it for rules that this
	 * machine has no calls for. */
	if (!policy->notifies) {
		out->flags &= ~FLAG_WAIT_KILLABLE;
		return;
	}
	/* seccomp(2): not together, and there is one thread. */
	out->flags = (out->flags & ~FLAG_TSYNC) | FLAG_NEW_LISTENER;
	plan_place(ctx, SPOT(s, "listenerPath"), &where);
	out->listener = s->listener_path;
	out->listener_line = where.line;
	out->listener_column = where.column;
	out->metadata = plan_given(s->listener_metadata) ? s->listener_metadata : NULL;
	out->by_number = !seclint_free(&policy->policy, native, "sendmsg") ||
			 !seclint_free(&policy->policy, native, "socketcall");
}

/* SEC-06: a rule for a call that no one knows by this name is left out. */
static int warn_unknown(struct plan_ctx *ctx, const struct secpolicy *p)
{
	auto_buf struct buf names = BUF_INIT;
	int r = 0;

	if (p->n_unknown == 0)
		return 0;
	for (size_t i = 0; i < p->n_unknown && i < TOLD_MAX && r == 0; i++)
		r = buf_addf(&names, "%s%s", i ? ", " : "", p->unknown[i]);
	if (r == 0 && p->n_unknown > TOLD_MAX)
		r = buf_addf(&names, " and %zu more", p->n_unknown - TOLD_MAX);
	if (r < 0)
		return r;
	return plan_warn(ctx,
		"linux.seccomp: system calls unknown here, their rules are left out: %s",
		names.p);
}

/* A pretended host may be another machine than the one that this program was made for. */
static const struct sec_arch *native_arch(const struct plan_ctx *ctx)
{
	return plan_given(ctx->host->arch) ? sec_arch_find(ctx->host->arch)
					   : sec_arch_native();
}

int plan_seccomp(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_config *c = ctx->spec->config;
	const struct spec_seccomp *s = c->linux ? c->linux->seccomp : NULL;
	const struct sec_arch *native = native_arch(ctx);
	struct plan_seccomp *out;
	struct sock_filter *prog;
	auto_error struct error missing = ERROR_INIT;
	struct secpolicy policy;
	size_t n;
	int r;

	if (!s || !c->process || !ctx->plan->process)
		return 0;
	r = secnames_load(&missing);
	if (r < 0)
		return plan_cannot(ctx, e, SPOT(s, NULL), r, "%s", missing.text);
	if (!native)
		return plan_cannot(ctx, e, SPOT(s, NULL), -EOPNOTSUPP,
			"the specification has no name for this architecture");
	out = arena_alloc(ctx->arena, sizeof(*out));
	if (!out)
		return plan_nomem(e);
	r = read_flags(ctx, s, &out->flags, e);
	if (r < 0)
		return r;
	r = secpolicy_build(ctx, s, native, &policy, e);
	if (r < 0)
		return r;
	r = bpftree_build(ctx->arena, &policy.policy, &prog, &n, e);
	if (r < 0) {
		struct err_place where;

		plan_place(ctx, SPOT(s, NULL), &where);
		if (e)
			err_place(e, &where);
		return r;
	}
	if (warn_unknown(ctx, &policy) < 0 ||
		seclint_rings(ctx, &policy.policy, native) < 0)
		return plan_nomem(e);
	out->prog = prog;
	out->n_prog = n * sizeof(*prog);
	out->early = !c->process->no_new_privileges;
	plan_listener(ctx, s, &policy, native, out);
	PLAN_ORIGIN(ctx, out, SPOT(s, NULL));
	ctx->plan->process->seccomp = out;
	return 0;
}
