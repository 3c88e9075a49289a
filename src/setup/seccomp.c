/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system call filter. Without noNewPrivileges it needs CAP_SYS_ADMIN, so it comes before
 * the privileges go, and all that follows must pass it; with it, as late as can be (H4). The calls
 * that a profile has to let through are listed in davit-config(5):
 *
 * both: write, execve, rt_sigaction, exit_group; brk and mmap when HOME or an error is told;
 * early, besides: prctl, setgroups, setresgid, setresuid, getresuid, getresgid, capset, capget,
 * stat or newfstatat, faccessat2 or faccessat, sendmsg, recvmsg, close, accept4, read; chdir and
 * getcwd where only the user may enter the working folder;
 * startContainer hooks: getpid, pipe2, fcntl, clone3 or clone, setpgid, poll or ppoll, read,
 * close, wait4, and in the hook rt_sigprocmask and dup2 or dup3; kill for a time limit.
 */
#include "config.h"

#include "setup/steps.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/seccomp.h"

#define INSN 8 /* bytes of a struct sock_filter */

static int apply_filter(struct step_ctx *ctx, struct error *e)
{
	const struct plan_seccomp *s = ctx->plan->process->seccomp;
	int r = sys_seccomp_install(s->prog, s->n_prog / INSN, s->flags, e);

	if (r >= 0 && s->listener) {
		/* Closed at once: while we hold it, a call that waits for an agent that has died
		 * would wait for ever, in place of getting ENOSYS. */
		auto_fd int fd = r;

		r = ctx->hand_over(ctx, fd, s->by_number, e);
	}
	if (r < 0)
		step_origin(e, s->at_line, s->at_column, s->at_path);
	return r < 0 ? r : 0;
}

/* Before anything is made: the agent must be there. Whether it listens is seen later. */
static int apply_agent(struct step_ctx *ctx, struct error *e)
{
	const struct plan_seccomp *s = ctx->plan->process->seccomp;
	auto_fd int fd = openat(AT_FDCWD, s->listener, O_PATH | O_CLOEXEC);
	struct stat st;
	int r = 0;

	if (fd < 0)
		r = err_sys(e, errno, "open", "cannot open the agent's socket %s",
			s->listener);
	else if (fstat(fd, &st) < 0)
		r = err_sys(e, errno, "fstat", "cannot look at %s", s->listener);
	else if (!S_ISSOCK(st.st_mode))
		r = err_set(e, ERR_CONFIG, -ENOTSOCK, "%s is no socket", s->listener);
	if (r < 0)
		step_origin(e, s->listener_line, s->listener_column,
			"linux.seccomp.listenerPath");
	return r;
}

static bool wants_agent(const struct plan *plan)
{
	return step_has_process(plan) && plan->process->seccomp &&
	       plan->process->seccomp->listener;
}

const struct step step_seccomp_agent = {
	.name = "seccomp-agent",
	.actor = ACTOR_PARENT,
	.phase = PHASE_BEFORE,
	.why = "a socket that is not there is found before anything is made",
	.wanted = wants_agent,
	.apply = apply_agent,
};

static bool wants_early(const struct plan *plan)
{
	return step_has_process(plan) && plan->process->seccomp &&
	       plan->process->seccomp->early;
}

static bool wants_late(const struct plan *plan)
{
	return step_has_process(plan) && plan->process->seccomp &&
	       !plan->process->seccomp->early;
}

const struct step step_seccomp_early = {
	.name = "seccomp-early",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "handles", "caps-memory", "signals", "limits",
		"home", "affinity", "scheduler", "io-priority", "personality", "umask",
		"cwd", "labels-ask", NULL },
	.why = "needs CAP_SYS_ADMIN, and what can be done before need not pass the filter",
	.in_exec = true,
	.wanted = wants_early,
	.apply = apply_filter,
};

const struct step step_seccomp = {
	.name = "seccomp",
	.actor = ACTOR_INIT,
	.phase = PHASE_FINAL,
	.after = (const char *const[]){ "no-new-privileges", NULL },
	.why = "no_new_privs lets an unprivileged process install it",
	.in_exec = true,
	.wanted = wants_late,
	.apply = apply_filter,
};
