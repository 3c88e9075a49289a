/* SPDX-License-Identifier: Apache-2.0 */
/* The working folder: made when missing, entered, and proven to be inside. */
#include "config.h"

#include "setup/steps.h"

#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/open.h"

/* PROC-05. What goes wrong here is told by chdir, in the words that engines know. */
static int apply_make(struct step_ctx *ctx, struct error *e)
{
	auto_fd int fd =
		sys_mkdirs_in_root(ctx->rootfs_fd, ctx->plan->process->cwd, 0755, NULL);

	(void)e;
	(void)fd;
	return 0;
}

static bool wants_make(const struct plan *plan)
{
	return step_has_process(plan) && strcmp(plan->process->cwd, "/") != 0;
}

const struct step step_cwd_make = {
	.name = "cwd-make",
	.actor = ACTOR_INIT,
	.phase = PHASE_ROOT,
	.after = (const char *const[]){ "mounts", NULL },
	.why = "it may be in one of the mounts",
	.wanted = wants_make,
	.apply = apply_make,
};

/*
 * CVE-2024-21626: a folder of the host may be reached by a descriptor or a link to one; its path is
 * "(unreachable)/..." then. The system call itself, because libc's answers are made up.
 */
static int check_inside(const struct plan_process *p, struct error *e)
{
	char path[PATH_MAX];
	long n = syscall(SYS_getcwd, path, sizeof(path));

	if (n < 0)
		return err_sys(e, errno, "getcwd",
			"cannot tell where the working folder %s is", p->cwd);
	if (path[0] != '/')
		return err_set(e, ERR_CONFIG, -EXDEV,
			"the working folder %s is outside of the container's root",
			p->cwd);
	return 0;
}

static int enter(const struct plan_process *p, bool last, bool *refused, struct error *e)
{
	const struct err_place where = { .path = p->cwd_path };

	*refused = false;
	if (chdir(p->cwd) == 0)
		return check_inside(p, e);
	if (errno == EACCES && !last) {
		*refused = true;
		return 0;
	}
	err_verbatim(e, ERR_CONFIG, -errno,
		"chdir to cwd (\"%s\") set in config.json failed: %s", p->cwd,
		err_words(errno));
	err_place(e, &where);
	return e ? e->code : -EIO;
}

/* As root where that works; a file system may refuse root but not the user (E5). */
static int apply_cwd(struct step_ctx *ctx, struct error *e)
{
	return enter(ctx->plan->process, false, &ctx->cwd_pending, e);
}

const struct step step_cwd = {
	.name = "cwd",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "pivot", "cwd-make", NULL },
	.why = "the path is one of the new root",
	.in_exec = true,
	.wanted = step_has_process,
	.apply = apply_cwd,
};

static int apply_cwd_user(struct step_ctx *ctx, struct error *e)
{
	if (!ctx->cwd_pending)
		return 0;
	return enter(ctx->plan->process, true, &ctx->cwd_pending, e);
}

const struct step step_cwd_user = {
	.name = "cwd-user",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "cwd", "ids", "caps", NULL },
	.why = "the second try is with the ids and capabilities of the program",
	.in_exec = true,
	.wanted = step_has_process,
	.apply = apply_cwd_user,
};
