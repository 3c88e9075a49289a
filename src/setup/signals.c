/* SPDX-License-Identifier: Apache-2.0 */
/* The program gets default dispositions and an empty mask, whatever our caller had. */
#include "config.h"

#include "setup/steps.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

static int to_default(int sig, struct error *e)
{
	int r = sys_raw_signal_default(sig);

	return r < 0 ? err_sys(e, -r, "rt_sigaction", "cannot reset signal %d", sig) : 0;
}

/*
 * Handlers end with execve, what is ignored stays ignored. /proc tells which that is in four
 * calls; asking for each would take sixty. SIGPIPE waits: a start command that goes away must
 * not kill us.
 */
int step_signals_reset(struct error *e)
{
	static const char field[] = "\nSigIgn:";
	char text[4096];
	unsigned long long ignored;
	const char *at;
	ssize_t n = sys_proc_read("self/status", text, sizeof(text), e);

	if (n < 0)
		return (int)n;
	at = strstr(text, field);
	if (!at)
		return err_set(
			e, ERR_SYSTEM, -ENODATA, "the process's status has no SigIgn");
	ignored = strtoull(at + strlen(field), NULL, 16);
	for (int sig = 1; sig <= 64; sig++) {
		int r;

		if (!(ignored >> (sig - 1) & 1) || sig == SIGPIPE)
			continue;
		r = to_default(sig, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int apply_signals(struct step_ctx *ctx, struct error *e)
{
	sigset_t none;
	/* The relay of an exec has done it, because it had /proc. */
	int r = ctx->relayed ? 0 : step_signals_reset(e);

	if (r < 0)
		return r;
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
		return err_sys(e, errno, "rt_sigprocmask", "cannot unblock signals");
	return 0;
}

const struct step step_signals = {
	.name = "signals",
	.actor = ACTOR_INIT,
	.phase = PHASE_INSIDE,
	.why = "done before a filter could be in the way",
	.in_exec = true,
	.wanted = step_has_process,
	.apply = apply_signals,
};

static int apply_last(struct step_ctx *ctx, struct error *e)
{
	(void)ctx;
	return to_default(SIGPIPE, e);
}

const struct step step_signals_last = {
	.name = "signals-last",
	.actor = ACTOR_INIT,
	.phase = PHASE_FINAL,
	.after = (const char *const[]){ "signals", "start-hooks", NULL },
	.why = "hooks are fed through pipes that they may close",
	.in_exec = true,
	.wanted = step_has_process,
	.apply = apply_last,
};
