/* SPDX-License-Identifier: Apache-2.0 */
/* Security labels: refused where the module is off (PROC-10, PROC-23, LABEL-01). */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>

#include "plan/util.h"

static int check(struct plan_ctx *ctx, struct plan_spot spot, const char *label,
	bool enabled, const char *module, struct error *e)
{
	if (!plan_given(label))
		return 0;
	if (!enabled)
		return plan_cannot(ctx, e, spot, -EINVAL,
			"needs %s, which is off on this host", module);
	return plan_later(ctx, e, spot, NULL);
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
	return r;
}
