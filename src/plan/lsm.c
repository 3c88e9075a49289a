/* SPDX-License-Identifier: Apache-2.0 */
/* Security labels: refused where the module is off (PROC-10, PROC-23, LABEL-01). */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "plan/util.h"

static int check(struct plan_ctx *ctx, struct plan_spot spot, const char *label,
	bool enabled, const char *module, struct error *e)
{
	if (plan_given(label) && !enabled)
		return plan_cannot(ctx, e, spot, -EINVAL,
			"needs %s, which is off on this host", module);
	return 0;
}

/* Which option gives the label, as crun's annotation wants it (mount(8), "context="). */
static int read_kind(struct plan_ctx *ctx, const char **out, struct error *e)
{
	static const char *const kinds[] = { "context", "fscontext", "defcontext",
		"rootcontext" };
	const struct spec_config *c = ctx->spec->config;

	struct plan_spot spot = { .at = json_get(c->at, "annotations"),
		.member = "run.oci.mount_context_type",
		.index = -1 };

	*out = kinds[0];
	for (size_t i = 0; i < c->n_annotations; i++) {
		const struct kv *a = &c->annotations[i];

		if (strcmp(a->key, spot.member) != 0)
			continue;
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
			if (strcmp(a->value, kinds[k]) == 0) {
				*out = kinds[k];
				return 0;
			}
		}
		return plan_fault(ctx, e, spot,
			"expected context, fscontext, defcontext or rootcontext, found "
			"\"%s\"",
			a->value);
	}
	return 0;
}

static int plan_mount_label(struct plan_ctx *ctx, const char *label, struct error *e)
{
	const char *kind;
	int r = plan_given(label) ? read_kind(ctx, &kind, e) : 0;

	if (r < 0 || !plan_given(label))
		return r;
	/* The quotes keep what the label's categories have of commas; sys/mountfd.c takes them
	 * off where an option goes alone. */
	ctx->plan->label_word = arena_printf(ctx->arena, "%s=\"%s\"", kind, label);
	return ctx->plan->label_word ? 0 : plan_nomem(e);
}

int plan_lsm(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_config *c = ctx->spec->config;
	const struct host *h = ctx->host;
	int r = 0;

	if (c->process)
		r = check(ctx, SPOT(c->process, "apparmorProfile"),
			c->process->apparmor_profile, h->apparmor, "AppArmor", e);
	if (r == 0 && c->process)
		r = check(ctx, SPOT(c->process, "selinuxLabel"),
			c->process->selinux_label, h->selinux, "SELinux", e);
	if (r == 0 && c->linux)
		r = check(ctx, SPOT(c->linux, "mountLabel"), c->linux->mount_label,
			h->selinux, "SELinux", e);
	if (r == 0 && c->linux)
		r = plan_mount_label(ctx, c->linux->mount_label, e);
	if (r < 0 || !c->process)
		return r;
	if (plan_given(c->process->apparmor_profile))
		ctx->plan->process->apparmor = c->process->apparmor_profile;
	if (plan_given(c->process->selinux_label))
		ctx->plan->process->selinux = c->process->selinux_label;
	return 0;
}
