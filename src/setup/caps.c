/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities: securebits and the bounding set while we are root, the other sets at the end. */
#include "config.h"

#include "setup/steps.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/log.h"

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_RAISE 2
#define PR_CAP_AMBIENT_CLEAR_ALL 4
#endif

/* CAP_AUDIT_READ: the oldest kernel that we run on has these. */
#define CAP_LAST_OF_4_18 37

/* capabilities absent means none (decisions.md 7). */
static const struct plan_caps no_caps;

static const struct plan_caps *caps_of(const struct plan *plan)
{
	return plan->process->caps ? plan->process->caps : &no_caps;
}

static int plain_securebits(struct error *e)
{
	int bits = prctl(PR_GET_SECUREBITS);

	if (bits < 0)
		return err_sys(e, errno, "prctl", "cannot read the securebits");
	/* The caller's would change what root and execve mean (G8). */
	if (bits != 0 && prctl(PR_SET_SECUREBITS, 0) < 0)
		return err_sys(e, errno, "prctl",
			"cannot reset the caller's securebits %#x", (unsigned)bits);
	return 0;
}

static int apply_bounding(struct step_ctx *ctx, struct error *e)
{
	const struct plan_caps *caps = caps_of(ctx->plan);
	int r = plain_securebits(e);

	if (r < 0)
		return r;
	/* EINVAL is the kernel's word for a number behind its last capability. */
	for (int i = 0; i < 64; i++) {
		if (caps->bounding >> i & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, (long)i, 0L, 0L, 0L) == 0)
			continue;
		if (errno == EINVAL && i > CAP_LAST_OF_4_18)
			break;
		return err_sys(e, errno, "prctl",
			"cannot drop capability %d from the bounding set", i);
	}
	/* Else the change to another user takes the permitted set away. */
	if (ctx->plan->process->uid != 0 && (caps->permitted | caps->inheritable) &&
		prctl(PR_SET_KEEPCAPS, 1) < 0)
		return err_sys(e, errno, "prctl",
			"cannot keep capabilities over the user change");
	return 0;
}

const struct step step_bounding = {
	.name = "bounding",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "seccomp-early", NULL },
	.why = "CAP_SETPCAP is needed, which the user change may take",
	.in_exec = true,
	.wanted = step_has_process,
	.apply = apply_bounding,
};

static void put(uint32_t *low, uint32_t *high, uint64_t set)
{
	*low = (uint32_t)set;
	*high = (uint32_t)(set >> 32);
}

static bool is_set(
	const struct __user_cap_data_struct have[2], const struct plan_caps *want)
{
	uint64_t effective = have[0].effective | (uint64_t)have[1].effective << 32;
	uint64_t permitted = have[0].permitted | (uint64_t)have[1].permitted << 32;
	uint64_t inheritable = have[0].inheritable | (uint64_t)have[1].inheritable << 32;

	return effective == want->effective && permitted == want->permitted &&
	       inheritable == want->inheritable;
}

static int set_three(const struct plan_caps *caps, struct error *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct want[2], have[2] = { { 0 } };

	put(&want[0].effective, &want[1].effective, caps->effective);
	put(&want[0].permitted, &want[1].permitted, caps->permitted);
	put(&want[0].inheritable, &want[1].inheritable, caps->inheritable);
	if (syscall(SYS_capset, &head, want) < 0)
		return err_sys(e, errno, "capset", "cannot set the capabilities");
	/* Fail closed: exactly these sets, or no start. */
	if (syscall(SYS_capget, &head, have) < 0)
		return err_sys(e, errno, "capget", "cannot read the capabilities back");
	if (!is_set(have, caps))
		return err_set(e, ERR_SYSTEM, -EPERM,
			"the capabilities did not become what was asked");
	return 0;
}

static int set_ambient(const struct plan_caps *caps, struct error *e)
{
	/* What the kernel cannot grant is a warning (PROC-15, PROC-16). */
	uint64_t grant = caps->ambient & caps->permitted & caps->inheritable;

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0L, 0L, 0L) < 0)
		return err_sys(e, errno, "prctl", "cannot clear the ambient set");
	for (int i = 0; i < 64; i++) {
		if (!(caps->ambient >> i & 1))
			continue;
		if (!(grant >> i & 1))
			log_warning(
				"ambient capability %d needs to be permitted and inheritable",
				i);
		else if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, (long)i, 0L, 0L) < 0)
			return err_sys(e, errno, "prctl",
				"cannot raise ambient capability %d", i);
	}
	return 0;
}

static int apply_caps(struct step_ctx *ctx, struct error *e)
{
	const struct plan_caps *caps = caps_of(ctx->plan);
	int r = set_three(caps, e);

	return r < 0 ? r : set_ambient(caps, e);
}

const struct step step_caps = {
	.name = "caps",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "ids", "bounding", "sysctl", "names", "loopback",
		"pivot", "masked-paths", "readonly-root", NULL },
	.why = "the user change clears the effective set; setgroups needs CAP_SETGID; all that "
	       "needs a privilege is done",
	.in_exec = true,
	.wanted = step_has_process,
	.apply = apply_caps,
};
