/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities: securebits and the bounding set while we are root, the other sets at the end. */
#include "config.h"

#include "setup/steps.h"

#include <sys/capability.h>
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

/* capabilities absent means none. */
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

/* Plain system calls of one thread. libcap does this in a constructor, which the static build
 * leaves out; without it errno would not be the kernel's. */
static void prepare_libcap(void)
{
	cap_set_syscall(NULL, NULL);
}

static int apply_bounding(struct step_ctx *ctx, struct error *e)
{
	const struct plan_caps *caps = caps_of(ctx->plan);
	int r = plain_securebits(e);

	if (r < 0)
		return r;
	prepare_libcap();
	/* EINVAL is the kernel's word for a number behind its last capability. libcap knows
	 * the last one too, but from a constructor, which the static build leaves out. */
	for (int i = 0; i < 64; i++) {
		if (caps->bounding >> i & 1)
			continue;
		if (cap_drop_bound((cap_value_t)i) == 0)
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

/* The first request for memory asks the kernel for a heap, which a filter may forbid (H4). */
static int apply_memory(struct step_ctx *ctx, struct error *e)
{
	ctx->caps = cap_init();
	return ctx->caps
		       ? 0
		       : err_sys(e, errno, "capget", "cannot make room for capabilities");
}

const struct step step_caps_memory = {
	.name = "caps-memory",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.why = "libcap asks for memory, which a filter need not allow",
	.in_exec = true,
	.wanted = step_has_process,
	.apply = apply_memory,
};

static int put(cap_t c, cap_flag_t flag, uint64_t set)
{
	cap_value_t list[64];
	int n = 0;

	for (int i = 0; i < 64; i++)
		if (set >> i & 1)
			list[n++] = (cap_value_t)i;
	return n ? cap_set_flag(c, flag, n, list, CAP_SET) : 0;
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

/*
 * want is not freed, nor are the sets read back by libcap: giving memory back or taking more is
 * a call that the filter may forbid, and execve frees it all.
 */
static int set_three(cap_t want, const struct plan_caps *caps, struct error *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct have[2] = { { 0 } };

	prepare_libcap();
	if (put(want, CAP_EFFECTIVE, caps->effective) < 0 ||
		put(want, CAP_PERMITTED, caps->permitted) < 0 ||
		put(want, CAP_INHERITABLE, caps->inheritable) < 0)
		return err_sys(e, errno, "cap_set_flag", "cannot name the capabilities");
	if (cap_set_proc(want) < 0)
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
	int r = ctx->caps ? 0 : apply_memory(ctx, e);

	if (r == 0)
		r = set_three(ctx->caps, caps, e);
	return r < 0 ? r : set_ambient(caps, e);
}

const struct step step_caps = {
	.name = "caps",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "caps-memory", "ids", "bounding", "sysctl",
		"names", "loopback", "pivot", "masked-paths", "readonly-root", NULL },
	.why = "the user change clears the effective set; setgroups needs CAP_SETGID; all that "
	       "needs a privilege is done",
	.in_exec = true,
	.wanted = step_has_process,
	.apply = apply_caps,
};
