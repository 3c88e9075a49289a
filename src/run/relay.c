/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The intermediate process: joins what init cannot join itself (a pid or time namespace
 * takes effect for children only; a new user namespace must come after the others are
 * joined, a new namespace after the user namespace that shall own it), forks init as the
 * parent's child, and ends.
 */
#include "config.h"

#include "run/child.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/clone.h"
#include "sys/syscalls.h"

/* Init must not speak before the relay has said who it is. */
static void wait_for_word(int fd, struct chan *chan)
{
	auto_error struct error e = ERROR_INIT;
	char c;
	ssize_t n;

	do {
		n = read(fd, &c, 1);
	} while (n < 0 && errno == EINTR);
	close(fd);
	if (n == 1)
		return;
	err_set(&e, ERR_SYSTEM, -ECHILD, "the relay went away");
	child_fail(chan, &e);
}

/* The child of the relay: its parent is the command (CLONE_PARENT). */
static void become_init(const struct plan *plan, struct chan *chan, const struct birth *b,
	struct progress *progress, bool relayed, int word)
{
	auto_error struct error e = ERROR_INIT;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) {
		err_sys(&e, errno, "prctl", "cannot set the parent death signal");
		child_fail(chan, &e);
	}
	wait_for_word(word, chan);
	init_main(plan, chan, b, progress, relayed);
}

void relay_main(const struct plan *plan, struct chan *chan, const struct birth *b,
	struct progress *progress)
{
	struct sys_clone clone = { .flags = (plan->new_flags & ~step_birth_flags(plan)) |
					    CLONE_PARENT,
		.cgroup_fd = -EBADF,
		.pidfd = -EBADF };
	const struct msg m = { .kind = MSG_INIT_BORN, .phase = MSGP_NAMESPACES };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	bool relayed = false;
	int word[2], r;
	pid_t pid;

	chan->phase = MSGP_NAMESPACES;
	step_ctx_init(&ctx, plan);
	ctx.target_fd = b->target;
	if (step_ns_join(&ctx, &e) < 0)
		child_fail(chan, &e);
	if (plan->new_time_ns && step_time_ns(plan, &e) < 0)
		child_fail(chan, &e);
	if (plan->exec && step_relayed(plan, &relayed, &e) < 0)
		child_fail(chan, &e);
	if (pipe2(word, O_CLOEXEC) < 0) {
		err_sys(&e, errno, "pipe2", "cannot make a pipe");
		child_fail(chan, &e);
	}
	pid = sys_clone(&clone, &e);
	if (pid < 0) {
		if (pid == -EAGAIN)
			err_hint(&e, "a limit on the number of processes is reached: "
				     "pids.max of the cgroup or of one above it");
		err_wrap(&e, plan->exec ? "forking into the container" : "forking init");
		child_fail(chan, &e);
	}
	if (pid == 0) {
		close(word[1]);
		become_init(plan, chan, b, progress, relayed, word[0]);
	}
	r = chan_send(chan, &m, &clone.pidfd, 1);
	if (r < 0 || write(word[1], "x", 1) != 1)
		_exit(1);
	_exit(0);
}
