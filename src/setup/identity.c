/* SPDX-License-Identifier: Apache-2.0 */
/* Host name and domain name. */
#include "config.h"

#include "setup/steps.h"

#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"

static int apply_names(struct step_ctx *ctx, struct error *e)
{
	const char *host = ctx->plan->hostname;
	const char *domain = ctx->plan->domainname;

	if (host && sethostname(host, strlen(host)) < 0)
		return err_sys(
			e, errno, "sethostname", "cannot set the host name %s", host);
	if (domain && setdomainname(domain, strlen(domain)) < 0)
		return err_sys(e, errno, "setdomainname", "cannot set the domain name %s",
			domain);
	return 0;
}

static bool wants_names(const struct plan *plan)
{
	return plan->hostname || plan->domainname;
}

const struct step step_names = {
	.name = "names",
	.actor = ACTOR_INIT,
	.phase = PHASE_INSIDE,
	.after = (const char *const[]){ "join", NULL },
	.why = "they belong to the uts namespace",
	.wanted = wants_names,
	.apply = apply_names,
};
