/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The labels that the program gets from AppArmor or SELinux (PROC-10, PROC-23). They are said as
 * the last thing before execve, when the filter is in force and the rights are gone: the files are
 * opened before, and what can be known of the label is asked then, so that create fails.
 */
#include "config.h"

#include "setup/steps.h"

#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/label.h"

static int fail(int r, const char *path, struct error *e)
{
	const struct err_place where = { .path = path };

	if (r < 0)
		err_place(e, &where);
	return r;
}

static int open_apparmor(
	struct step_ctx *ctx, const struct plan_process *p, struct error *e)
{
	int r = label_apparmor_check(-EBADF, p->apparmor, e);

	if (r == 0)
		r = label_apparmor_verb(
			-EBADF, p->no_new_privileges, &ctx->apparmor_verb, e);
	if (r == 0)
		r = ctx->apparmor_fd = label_apparmor_open(-EBADF, "exec", O_WRONLY, e);
	return r < 0 ? r : 0;
}

static int open_selinux(
	struct step_ctx *ctx, const struct plan_process *p, struct error *e)
{
	int r = ctx->selinux_fd = label_selinux_open(-EBADF, "exec", O_WRONLY, e);

	return r < 0 ? r : label_selinux_check(ctx->selinux_fd, p->selinux, e);
}

static int apply_ask(struct step_ctx *ctx, struct error *e)
{
	const struct plan_process *p = ctx->plan->process;
	int r = 0;

	if (p->apparmor)
		r = fail(open_apparmor(ctx, p, e), "process.apparmorProfile", e);
	if (r == 0 && p->selinux)
		r = fail(open_selinux(ctx, p, e), "process.selinuxLabel", e);
	return r;
}

static int apply_label(struct step_ctx *ctx, struct error *e)
{
	const struct plan_process *p = ctx->plan->process;
	int r = 0;

	if (p->apparmor) {
		r = label_apparmor_enter(
			ctx->apparmor_fd, ctx->apparmor_verb, p->apparmor);
		if (r < 0)
			err_sys(e, -r, "write",
				"cannot give the program the AppArmor profile \"%s\"",
				p->apparmor);
		fail(r, "process.apparmorProfile", e);
	}
	if (r == 0 && p->selinux) {
		r = label_write(ctx->selinux_fd, p->selinux);
		if (r < 0)
			err_sys(e, -r, "write",
				"cannot give the program the SELinux label \"%s\"",
				p->selinux);
		fail(r, "process.selinuxLabel", e);
	}
	return r;
}

static bool wants_labels(const struct plan *plan)
{
	return step_has_process(plan) &&
	       (plan->process->apparmor || plan->process->selinux);
}

const struct step step_labels_ask = {
	.name = "labels-ask",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "fds", NULL },
	.why = "a label that is not there fails create; the filter may refuse to open files",
	.in_exec = true,
	.wanted = wants_labels,
	.apply = apply_ask,
};

const struct step step_labels = {
	.name = "labels",
	.actor = ACTOR_INIT,
	.phase = PHASE_FINAL,
	.after = (const char *const[]){ "labels-ask", "seccomp", "start-hooks",
		"signals-last", NULL },
	.why = "what is executed next gets them: not a hook, but the program",
	.in_exec = true,
	.wanted = wants_labels,
	.apply = apply_label,
};
