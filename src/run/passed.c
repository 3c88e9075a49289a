/* SPDX-License-Identifier: Apache-2.0 */
/* What the caller passes on to the program: descriptors from 3 on (FD-02, E2). */
#include "config.h"

#include "run/passed.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/num.h"
#include "plan/plan.h"
#include "sys/closefds.h"

#define FIRST 3

/* sd_listen_fds(3): the variables are for the process with this pid alone. */
static bool is_for_us(const char *pid_text)
{
	uint64_t pid;

	return pid_text && num_u64(pid_text, INT_MAX, &pid) == 0 &&
	       (pid_t)pid == getpid();
}

int passed_read(uint32_t preserve, struct passed *out, struct error *e)
{
	const char *count = getenv("LISTEN_FDS");
	uint64_t n;

	*out = (struct passed){ .n = preserve };
	if (!count || !count[0] || !is_for_us(getenv("LISTEN_PID")))
		return 0;
	if (num_u64(count, INT_MAX - FIRST, &n) < 0)
		return err_set(e, ERR_USAGE, -EINVAL,
			"LISTEN_FDS in the environment is no number: \"%.64s\"", count);
	out->listen_fds = (uint32_t)n;
	out->listen_names = n ? getenv("LISTEN_FDNAMES") : NULL;
	/* Engines that pass LISTEN_FDS on count these with --preserve-fds already. */
	if (out->listen_fds > out->n)
		out->n = out->listen_fds;
	return 0;
}

int passed_check(const struct passed *p, struct error *e)
{
	for (uint32_t i = 0; i < p->n; i++) {
		int flags = i < INT_MAX - FIRST ? fcntl(FIRST + (int)i, F_GETFD) : -1;

		if (flags >= 0 && !(flags & FD_CLOEXEC))
			continue;
		if (i < p->listen_fds)
			return err_set(e, ERR_USAGE, -EBADF,
				"LISTEN_FDS=%u: descriptor %u is not open", p->listen_fds,
				FIRST + i);
		return err_set(e, ERR_USAGE, -EBADF,
			"--preserve-fds %u: descriptor %u is not open", p->n, FIRST + i);
	}
	return sys_cloexec_from(FIRST + (int)p->n, e);
}

void passed_close(const struct passed *p)
{
	for (uint32_t i = 0; i < p->n; i++)
		close(FIRST + (int)i);
}

/*
 * TIOCSTI puts characters into the input of whoever reads from the terminal next, which is our
 * caller's shell. It works on the controlling terminal only, unless one has this capability.
 */
void passed_warn(const struct plan *plan)
{
	const struct plan_process *p = plan->process;
	const uint64_t sys_admin = UINT64_C(1) << CAP_SYS_ADMIN;

	if (p->absent || p->terminal || !p->caps || !(p->caps->bounding & sys_admin))
		return;
	for (int fd = 0; fd < 3; fd++) {
		if (!isatty(fd))
			continue;
		log_warning(
			"the program gets a terminal of the host as descriptor %d and "
			"has CAP_SYS_ADMIN: it can type into it (process.terminal "
			"gives it one of its own)",
			fd);
		return;
	}
}
