/* SPDX-License-Identifier: Apache-2.0 */
/* A session keyring of its own: the caller's keys are not the container's (H10). */
#include "config.h"

#include "setup/steps.h"

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/label.h"
#include "sys/sched.h"

static int apply_keyring(struct step_ctx *ctx, struct error *e)
{
	const char *label = ctx->plan->process->selinux;
	int r = label ? label_selinux_keys(-EBADF, label, e) : 0;

	if (r < 0) {
		err_place(e, &(struct err_place){ .path = "process.selinuxLabel" });
		return r;
	}
	r = sys_keyring_new();
	/* Keys that we make later, or a hook does, are not the container's. */
	if (r >= 0)
		return label ? label_selinux_keys(-EBADF, NULL, e) : 0;
	err_sys(e, -r, "keyctl", "cannot make a session keyring");
	if (r == -EDQUOT)
		err_hint(e,
			"see kernel.keys.maxkeys and kernel.keys.root_maxkeys, or use "
			"--no-new-keyring");
	return r;
}

static bool wants_keyring(const struct plan *plan)
{
	return step_has_process(plan) && plan->process->new_keyring;
}

const struct step step_keyring = {
	.name = "keyring",
	.actor = ACTOR_INIT,
	.phase = PHASE_INSIDE,
	.after = (const char *const[]){ "become-root", NULL },
	.why = "it is charged to the user that we are at that moment",
	.in_exec = true,
	.wanted = wants_keyring,
	.apply = apply_keyring,
};
