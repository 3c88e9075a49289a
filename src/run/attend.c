/* SPDX-License-Identifier: Apache-2.0 */
/* run and exec in the foreground: forward signals, reap, the program's exit code; then delete. */
#include "config.h"

#include "run/attend.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "run/create.h"
#include "run/hints.h"
#include "run/hooks.h"
#include "run/listener.h"
#include "run/oom.h"
#include "run/proxy.h"
#include "run/remove.h"
#include "run/start.h"
#include "sys/interrupt.h"
#include "sys/pidfd.h"

/* The child resets mask and dispositions before its execve. */
int attend_signals(sigset_t *old, struct error *e)
{
	sigset_t all;
	int fd, r;

	sigfillset(&all);
	/* What says that we are broken must end us; SIGURG and SIGCHLD are not forwarded.
	 */
	static const int ours[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS,
		SIGTRAP };

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		sigdelset(&all, ours[i]);
	if (sigprocmask(SIG_SETMASK, &all, old) < 0)
		return err_sys(e, errno, "sigprocmask", "cannot block signals");
	fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0) {
		err_sys(e, errno, "signalfd", "cannot take signals");
		sigprocmask(SIG_SETMASK, old, NULL);
		return e ? e->code : -EIO;
	}
	r = sys_interrupt_begin(e);
	if (r < 0) {
		sigprocmask(SIG_SETMASK, old, NULL);
		close(fd);
		return r;
	}
	return fd;
}

int attend_interrupted(int r, int *exit_code, struct error *e)
{
	int sig = sys_interrupt_signal();

	sys_interrupt_end();
	if (r >= 0 || sig == 0)
		return r;
	/* Whoever sent the signal knows why; the status is that of a program that it ended. */
	log_msg(LOG_LEVEL_ERROR, "interrupted by signal %d before the program ran", sig);
	err_done(e);
	*exit_code = 128 + sig;
	return 0;
}

/* Reap whatever has ended; true when init is among it. As subreaper we inherit orphans.
 */
bool attend_reap(struct child *c)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid <= 0)
			return c->dead;
		if (pid == c->pid) {
			c->dead = true;
			c->status = status;
			return true;
		}
	}
}

void attend_forward(struct child *c, const struct signalfd_siginfo *si)
{
	int sig = (int)si->ssi_signo;

	if (sig == SIGCHLD || sig == SIGURG || sig == SIGPIPE)
		return;
	/* A container that is gone is noticed by its SIGCHLD. */
	if (pidfd_kill(c->pidfd, c->pid, c->starttime, sig) < 0)
		log_debug("signal %d could not be forwarded", sig);
}

static int attend_signals_only(struct child *c, int signals, struct error *e)
{
	/* SIGCHLD has been blocked since before the clone: an end that came before is waiting
	 * there. */
	do {
		struct pollfd p[2] = { { .fd = signals, .events = POLLIN },
			{ .fd = c->notify.sock, .events = POLLIN } };
		struct signalfd_siginfo si[8];
		ssize_t n;

		if (poll(p, c->notify.sock >= 0 ? 2 : 1, -1) < 0 && errno != EINTR)
			return err_sys(e, errno, "poll", "cannot wait for the container");
		if (c->notify.sock >= 0 && p[1].revents)
			notify_take(&c->notify);
		do {
			n = read(signals, si, sizeof(si));
			for (ssize_t i = 0; i < n / (ssize_t)sizeof(*si); i++)
				attend_forward(c, &si[i]);
		} while (n == (ssize_t)sizeof(si));
	} while (!attend_reap(c));
	return 0;
}

int attend(struct child *c, int signals, struct error *e)
{
	int r = c->tty >= 0 ? proxy(c, signals, e) : attend_signals_only(c, signals, e);

	if (r < 0)
		return r;
	return WIFSIGNALED(c->status) ? 128 + WTERMSIG(c->status)
				      : WEXITSTATUS(c->status);
}

/* START goes by the channel: this process still is init's parent. */
static int start_here(struct creation *c, bool *executed, struct error *e)
{
	struct listener agent;
	int r;

	listener_of_plan(c->prepared.plan, &c->state.rec, "creating", &agent);
	r = start_ask(
		c->child.chan.fd, &agent, c->child.pid, c->child.pidfd, executed, e);
	if (r < 0)
		oom_explain_start(&c->state.rec, e);
	/* From here on signals are the program's. */
	sys_interrupt_end();
	if (r == 0)
		r = state_disarm(&c->state, DISARM_TIMEOUT_MS, e);
	if (r == 0)
		r = hooks_run(c->prepared.plan, HOOK_POSTSTART, &c->state.rec, "running",
			c->child.pid, true, e);
	return r;
}

static int clear_away(struct creation *c, struct error *e)
{
	return remove_container(c->rootfd, &c->state, !c->child.dead, e);
}

static int run_started(const struct run_create_req *req, struct creation *c, int signals,
	int *exit_code, struct error *e)
{
	bool executed = false;
	int r;

	if (c->prepared.plan->process->absent) {
		r = err_set(e, ERR_CONFIG, -EINVAL,
			"cannot start: the configuration has no process");
	} else {
		/* Before the program can say anything. */
		r = notify_open(c->state.dirfd, &c->child.notify, e);
		if (r == 0)
			r = start_here(c, &executed, e);
	}
	if (r < 0) {
		auto_error struct error left = ERROR_INIT;

		if (clear_away(c, &left) < 0)
			log_ignored(&left, "the container could not be destroyed");
		if (c->pid_file)
			unlink(c->pid_file);
		spawn_abort(&c->child, NULL);
		hint_for(e, &c->prepared.host);
		return r;
	}
	state_unlock(&c->state);
	if (req->detach)
		return notify_wait(&c->child.notify, c->child.pid, c->child.pidfd,
			c->child.starttime, e);
	passed_close(&c->prepared.passed);
	r = attend(&c->child, signals, e);
	if (r < 0)
		return r;
	*exit_code = r;
	if (req->keep)
		return 0;
	r = state_lock(&c->state, STATE_LOCK_TIMEOUT_MS, e);
	return r < 0 ? r : clear_away(c, e);
}

int run_run(const struct run_env *env, const struct run_create_req *req, int *exit_code,
	struct error *e)
{
	_Alignas(16) char memory[PREPARED_MEMORY];
	struct creation c = CREATION_INIT;
	auto_fd int signals = -EBADF;
	sigset_t old;
	int r;

	*exit_code = 0;
	if (!req->detach) {
		signals = attend_signals(&old, e);
		if (signals < 0)
			return signals;
		if (!req->no_subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
			return err_sys(e, errno, "prctl", "cannot become a subreaper");
	}
	c.prepared.memory = memory;
	r = creation_begin(env, req, CHILD_START_CHANNEL, &c, e);
	if (r < 0)
		creation_failed(&c, e);
	else
		r = run_started(req, &c, signals, exit_code, e);
	if (r == 0 && req->timings)
		creation_timings(&c);
	creation_done(&c);
	if (signals >= 0)
		r = attend_interrupted(r, exit_code, e);
	if (signals >= 0)
		sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}
