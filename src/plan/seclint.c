/* SPDX-License-Identifier: Apache-2.0 */
/* What a filter refuses by one door and lets in by another: rings of io_uring(7). */
#include "config.h"

#include "plan/seclint.h"

#include <linux/seccomp.h>

#include "base/cleanup.h"
#include "plan/secnames.h"
#include "plan/util.h"

/* What a ring does without a system call that a filter could see (io_uring_enter(2)). */
static const char *const by_ring[] = {
	"openat",
	"openat2",
	"connect",
	"bind",
	"listen",
	"socket",
	"accept4",
	"sendmsg",
	"recvmsg",
	"read",
	"write",
	"unlinkat",
	"renameat2",
	"mkdirat",
	"symlinkat",
	"linkat",
};

/* Arguments that no rule is likely to be about, twice: what both refuse is refused. */
static const uint64_t probes[2][6] = {
	{ 0 },
	{ UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX },
};

static bool lets_through(
	const struct seccomp_policy *policy, const struct sec_arch *arch, int nr)
{
	for (size_t i = 0; i < ARRAY_SIZE(probes); i++) {
		uint32_t verdict =
			seccomp_policy_eval(policy, arch->audit, nr, probes[i]) &
			SECCOMP_RET_ACTION_FULL;

		if (verdict == SECCOMP_RET_ALLOW || verdict == SECCOMP_RET_LOG)
			return true;
	}
	return false;
}

bool seclint_free(const struct seccomp_policy *policy, const struct sec_arch *native,
	const char *name)
{
	int nr = secnames_number(native, name);

	if (nr < 0)
		return true;
	for (size_t i = 0; i < policy->n_archs; i++) {
		const struct seccomp_arch *arch = &policy->archs[i];

		for (size_t j = 0; j < arch->n_rules && arch->audit_arch == native->audit;
			j++) {
			uint32_t verdict =
				arch->rules[j].verdict & SECCOMP_RET_ACTION_FULL;

			if (arch->rules[j].nr == nr && verdict != SECCOMP_RET_ALLOW &&
				verdict != SECCOMP_RET_LOG)
				return false;
		}
	}
	return lets_through(policy, native, nr);
}

int seclint_rings(struct plan_ctx *ctx, const struct seccomp_policy *policy,
	const struct sec_arch *native)
{
	int setup = secnames_number(native, "io_uring_setup");

	if (setup < 0 || !lets_through(policy, native, setup))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(by_ring); i++) {
		int nr = secnames_number(native, by_ring[i]);

		if (nr >= 0 && !lets_through(policy, native, nr))
			return plan_warn(ctx,
				"linux.seccomp: %s is refused and io_uring_setup is not: "
				"what a ring does the filter does not see",
				by_ring[i]);
	}
	return 0;
}
