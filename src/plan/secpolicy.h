/* SPDX-License-Identifier: Apache-2.0 */
/* linux.seccomp with names resolved: rules by number for each architecture. */
#ifndef DAVIT_PLAN_SECPOLICY_H
#define DAVIT_PLAN_SECPOLICY_H

#include <stddef.h>

#include "plan/planner.h"
#include "plan/secarch.h"

struct error;
struct spec_seccomp;

/* More rules than this for one architecture are no filter that a kernel would take. */
#define SECPOLICY_RULES_MAX (1u << 18)

struct secpolicy {
	struct seccomp_policy policy;
	/* Names that neither libseccomp nor the table of newer calls knows; their rules are
	 * left out. Of the configuration. */
	const char **unknown;
	size_t n_unknown;
	bool notifies; /* a rule is left that asks the agent (SEC-13) */
};

/*
 * The policy of s for a kernel that runs native. Memory from ctx->arena; faults carry the place
 * by ctx->spec. ERR_CONFIG: NOTIFY as the default (SEC-16), an unknown name whose rule restricts
 * while the default allows, -E2BIG. ERR_HOST: a build or libseccomp without this architecture.
 * -ENOMEM.
 */
int secpolicy_build(struct plan_ctx *ctx, const struct spec_seccomp *s,
	const struct sec_arch *native, struct secpolicy *out, struct error *e);

#endif
