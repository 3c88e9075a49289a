/* SPDX-License-Identifier: Apache-2.0 */
/* One way to fork. */
#include "config.h"

#include "sys/clone.h"

#include <signal.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/pidfd.h"
#include "sys/probe.h"
#include "sys/syscalls.h"

/* clone(2)'s low byte is the signal; CLONE_NEWTIME (0x80) lies in it. */
#define CLONE_SIGNAL_BITS 0xffULL

static int by_clone3(struct sys_clone *c, bool into_cgroup)
{
	/* With CLONE_PARENT the kernel takes the signal from the caller and refuses
	 * ours. */
	struct sys_clone_args args = {
		.flags = c->flags | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&c->pidfd,
		.exit_signal = c->flags & CLONE_PARENT ? 0 : SIGCHLD,
	};
	int r;

	if (into_cgroup) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)c->cgroup_fd;
	}
	r = sys_raw_clone3(&args);
	if (r >= 0)
		c->in_cgroup = into_cgroup;
	return r;
}

static bool absent(int r, enum sys_feature f)
{
	if (r == -ENOSYS || ((r == -EPERM || r == -E2BIG) && !sys_has(f))) {
		sys_lacks(f);
		return true;
	}
	return false;
}

static int by_clone(struct sys_clone *c, struct error *e)
{
	unsigned long sig = c->flags & CLONE_PARENT ? 0 : SIGCHLD;
	int r;

	if (c->flags & CLONE_SIGNAL_BITS)
		return err_set(e, ERR_HOST, -EOPNOTSUPP,
			"a new time namespace needs clone3 (Linux %s)",
			sys_feature_since(SYS_CLONE3));
	r = sys_raw_clone((unsigned long)c->flags | sig);
	if (r < 0)
		return err_sys(e, -r, "clone", "cannot make a process");
	if (r == 0)
		return 0;
	/* A child of ours stays a zombie until we wait, so the number is still its. With
	 * CLONE_PARENT our parent could have reaped it: pidfd_get says ESRCH then. */
	c->pidfd = pidfd_get(r, 0, c->no_proc ? NULL : e);
	if (c->pidfd == -EBADF && c->no_proc)
		return r;
	if (c->pidfd < 0) {
		int code = c->pidfd;

		kill(r, SIGKILL);
		if (!(c->flags & CLONE_PARENT))
			pidfd_wait(r, NULL);
		c->pidfd = -EBADF;
		return code;
	}
	return r;
}

pid_t sys_clone(struct sys_clone *c, struct error *e)
{
	int r;

	c->pidfd = -EBADF;
	c->in_cgroup = false;
	if (sys_maybe(SYS_CLONE3) && c->cgroup_fd >= 0 &&
		sys_maybe(SYS_CLONE_INTO_CGROUP)) {
		r = by_clone3(c, true);
		if (r >= 0)
			return r;
		if (!absent(r, SYS_CLONE_INTO_CGROUP))
			return err_sys(
				e, -r, "clone3", "cannot make a process in its cgroup");
	}
	if (sys_maybe(SYS_CLONE3)) {
		r = by_clone3(c, false);
		if (r >= 0)
			return r;
		if (!absent(r, SYS_CLONE3))
			return err_sys(e, -r, "clone3", "cannot make a process");
	}
	return by_clone(c, e);
}
