/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors: the program sees 0, 1, 2 and what was asked to be passed on (FD-01, E1 to E4), and
 * what names of the image are looked up by finds none of ours that leads anywhere. */
#include "config.h"

#include "setup/steps.h"

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/closefds.h"
#include "sys/proc.h"

/* Ours are close-on-exec from birth; this is for what was passed on to us. Marked, not closed: the
 * channel and the socket of start are still in use. */
static int apply_sweep(struct step_ctx *ctx, struct error *e)
{
	return sys_cloexec_from(3 + (int)ctx->plan->process->preserve_fds, e);
}

const struct step step_fds = {
	.name = "fds",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "stdio", NULL },
	.why = "a filter may forbid the calls, and old kernels need /proc for it; what is opened "
	       "later is close-on-exec from birth",
	.in_exec = true,
	.wanted = step_has_process,
	.apply = apply_sweep,
};

/*
 * CVE-2024-21626: close-on-exec is too late, because the kernel looks up the program, its
 * interpreter and its loader before it closes anything, and so do we: in args[0], in PATH, in a
 * link or in a line "#!", /proc/self/fd/N leads through every folder that we still hold. Behind
 * the host's /proc is the host's root, and below it that of every process. What stays open are
 * sockets, the empty file "armed" and the files of labels.
 */
static int apply_handles(struct step_ctx *ctx, struct error *e)
{
	(void)e;
	sys_proc_close();
	cleanup_fd(&ctx->rootfs_fd);
	cleanup_fd(&ctx->dev_null_fd);
	cleanup_fd(&ctx->proc_fd);
	cleanup_fd(&ctx->sys_fd);
	cleanup_fd(&ctx->target_fd);
	for (size_t i = 0; i < ctx->n_late; i++)
		cleanup_fd(&ctx->late[i].fd);
	return 0;
}

const struct step step_handles = {
	.name = "handles",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "home", "limits", "fds", "labels-ask", NULL },
	.why = "no name of the image may lead through a folder of the host",
	.in_exec = true,
	.wanted = step_has_process,
	.apply = apply_handles,
};
