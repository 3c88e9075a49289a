/* SPDX-License-Identifier: Apache-2.0 */
/* The network namespace: loopback, and devices that move in. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>

#include "json/json.h"
#include "plan/util.h"

/* NET-01, NET-02; that the names are names, the rules have seen. */
static int plan_devices_in(
	struct plan_ctx *ctx, const struct spec_linux *l, struct error *e)
{
	const struct json_value *map = json_get(l->at, "netDevices");
	struct plan_spot whole = SPOT(l, "netDevices");
	struct plan *p = ctx->plan;

	if (!HAVE_MNL)
		return plan_cannot(ctx, e, whole, -ENOTSUP,
			"this davit was built without libmnl and cannot move network "
			"devices");
	if (plan_rootless(ctx))
		return plan_cannot(ctx, e, whole, -EPERM,
			"network devices can be moved by the root of the machine alone");
	for (size_t i = 0; i < l->n_net_devices; i++) {
		const struct spec_net_device *d = &l->net_devices[i];
		struct plan_netdev *out =
			PLAN_PUSH(ctx, p->net_devices, p->n_net_devices);
		struct plan_spot spot = {
			.at = map, .member = d->host_name, .index = -1
		};

		if (!out)
			return plan_nomem(e);
		out->host_name = d->host_name;
		out->name = plan_given(d->name) ? d->name : NULL;
		PLAN_ORIGIN(ctx, out, spot);
	}
	return 0;
}

int plan_net(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_linux *l = ctx->spec->config->linux;

	/* NS-02: in a joined namespace loopback is its owner's business. */
	ctx->plan->loopback = ctx->plan->new_flags & PLAN_NEWNET;
	return l && l->n_net_devices ? plan_devices_in(ctx, l, e) : 0;
}
