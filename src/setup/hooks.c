/* SPDX-License-Identifier: Apache-2.0 */
/* Running hooks: the state document on stdin, a time limit, the end of the output in the error. */
#include "config.h"

#include "setup/steps.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/clock.h"
#include "sys/clone.h"
#include "sys/closefds.h"
#include "sys/interrupt.h"
#include "sys/pidfd.h"
#include "sys/probe.h"
#include "sys/syscalls.h"

#define TAIL 4096u

/* For messages: the table of spec/names.h is not linked with this folder. */
static const char *const kinds[HOOK_KINDS] = {
	[HOOK_PRESTART] = "prestart",
	[HOOK_CREATE_RUNTIME] = "createRuntime",
	[HOOK_CREATE_CONTAINER] = "createContainer",
	[HOOK_START_CONTAINER] = "startContainer",
	[HOOK_POSTSTART] = "poststart",
	[HOOK_POSTSTOP] = "poststop",
};

/* A hook that runs. */
struct run {
	pid_t pid;
	int pidfd;
	int in;	    /* our end of its stdin, -EBADF when all is written */
	int out;    /* our end of its stdout and stderr */
	int failed; /* errno of its execve comes here */
	const char *state;
	size_t left;
	int64_t deadline; /* CLOCK_MONOTONIC ms, -1 none */
	bool ended;
	int status;
	/* The last bytes, the oldest at start when full. */
	char tail[TAIL + 1];
	size_t len;
};

static void __attribute__((noreturn)) give_up(int failed)
{
	int errnum = errno;

	/* Nobody reads when the parent is gone, and then nobody is told. */
	if (write(failed, &errnum, sizeof(errnum)) != (ssize_t)sizeof(errnum))
		_exit(126);
	_exit(127);
}

static void reset_signals(void)
{
	sigset_t none;

	/* The two that cannot be set refuse: they are default. */
	for (int sig = 1; sig <= 64; sig++)
		sys_raw_signal_default(sig);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The child. Every descriptor of ours is close-on-exec; what our caller leaked is marked so. */
static void __attribute__((noreturn)) child(const struct plan_hook *h, char **argv,
	char **envp, int dirfd, int in, int out, int failed)
{
	/* A group of its own, so that a timeout gets all of it. */
	if (setpgid(0, 0) < 0)
		give_up(failed);
	reset_signals();
	if (dirfd >= 0 && fchdir(dirfd) < 0)
		give_up(failed);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		give_up(failed);
	/* Inside, the sweep was before the filter, which may forbid the call (E4). */
	if (h->kind != HOOK_START_CONTAINER) {
		int r = sys_cloexec_from(3, NULL);

		if (r < 0) {
			errno = -r;
			give_up(failed);
		}
	}
	execve(h->program, argv, envp);
	give_up(failed);
}

/* A NULL-ended copy of a list, and last where that is not NULL. */
static char **vector(const char *const *list, size_t n, const char *last)
{
	char **v = calloc(n + 2, sizeof(*v));

	if (!v)
		return NULL;
	for (size_t i = 0; i < n; i++)
		v[i] = (char *)(uintptr_t)list[i];
	v[n] = (char *)(uintptr_t)last;
	return v;
}

struct pipes {
	int in[2], out[2], failed[2];
};

static void close_pipes(struct pipes *p)
{
	for (int i = 0; i < 2; i++) {
		cleanup_fd(&p->in[i]);
		cleanup_fd(&p->out[i]);
		cleanup_fd(&p->failed[i]);
	}
}

/* A pipe whose ends are above 2: our own 0, 1 or 2 may be closed, and dup2() would meet it. */
static int make_pipe(int p[2], struct error *e)
{
	if (pipe2(p, O_CLOEXEC) < 0)
		return err_sys(e, errno, "pipe2", "cannot make a pipe");
	for (int i = 0; i < 2; i++) {
		int fd;

		if (p[i] > 2)
			continue;
		fd = fcntl(p[i], F_DUPFD_CLOEXEC, 3);
		if (fd < 0)
			return err_sys(e, errno, "fcntl", "cannot move a descriptor");
		close(p[i]);
		p[i] = fd;
	}
	return 0;
}

static int nonblocking(int fd, struct error *e)
{
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return err_sys(e, errno, "fcntl", "cannot set up a pipe");
	return 0;
}

static int make_pipes(struct pipes *p, struct error *e)
{
	int r = make_pipe(p->in, e);

	if (r == 0)
		r = make_pipe(p->out, e);
	if (r == 0)
		r = make_pipe(p->failed, e);
	if (r == 0)
		r = nonblocking(p->in[1], e);
	if (r == 0)
		r = nonblocking(p->out[0], e);
	if (r == 0)
		r = nonblocking(p->failed[0], e);
	return r;
}

static int launch(struct run *run, const struct plan_hook *h, int dirfd, const char *home,
	struct error *e)
{
	struct pipes p = { { -EBADF, -EBADF }, { -EBADF, -EBADF }, { -EBADF, -EBADF } };
	/* A child of ours keeps its number until we wait for it: the handle is only to poll. */
	struct sys_clone c = { .cgroup_fd = -EBADF, .no_proc = true, .pidfd = -EBADF };
	char text[4096 + 8];
	auto_free char **argv = vector(h->args, h->n_args, NULL);
	auto_free char **envp =
		vector(h->env, h->n_env, home && h->find_home ? text : NULL);
	int r;

	snprintf(text, sizeof(text), "HOME=%s", home ? home : "");
	if (!argv || !envp)
		return err_set(e, ERR_SYSTEM, -ENOMEM, "no memory for its arguments");
	r = make_pipes(&p, e);
	if (r == 0) {
		run->pid = sys_clone(&c, e);
		if (run->pid == 0)
			child(h, argv, envp, dirfd, p.in[0], p.out[1], p.failed[1]);
		r = run->pid < 0 ? (int)run->pid : 0;
		if (r == -EAGAIN)
			err_hint(e,
				"a limit on the number of processes is reached, such as "
				"pids.max");
	}
	if (r == 0) {
		/* Both do it: whoever is first, a timeout finds the group. */
		setpgid(run->pid, run->pid);
		run->pidfd = take_fd(&c.pidfd);
		run->in = take_fd(&p.in[1]);
		run->out = take_fd(&p.out[0]);
		run->failed = take_fd(&p.failed[0]);
	}
	close_pipes(&p);
	return r;
}

static void keep_tail(struct run *run, const char *p, size_t n)
{
	if (n >= TAIL) {
		memcpy(run->tail, p + n - TAIL, TAIL);
		run->len = TAIL;
		return;
	}
	if (run->len + n > TAIL) {
		size_t drop = run->len + n - TAIL;

		memmove(run->tail, run->tail + drop, run->len - drop);
		run->len -= drop;
	}
	memcpy(run->tail + run->len, p, n);
	run->len += n;
}

/* What is there now; a flood is read on the way, never kept (L3). */
static void read_output(struct run *run)
{
	char text[TAIL];
	ssize_t n;

	/* Bounded, so that a flood cannot keep us from looking at the clock. */
	for (int i = 0; i < 64 && run->out >= 0; i++) {
		n = read(run->out, text, sizeof(text));
		if (n > 0)
			keep_tail(run, text, (size_t)n);
		else if (n == 0)
			cleanup_fd(&run->out);
		else if (errno != EINTR)
			return;
	}
}

/* A hook that does not read its stdin is no failure (HOOK-06). */
static void feed(struct run *run)
{
	ssize_t n = 0;

	if (run->left > 0)
		n = write(run->in, run->state, run->left);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		run->state += n;
		run->left -= (size_t)n;
	}
	if (n < 0 || run->left == 0)
		cleanup_fd(&run->in);
}

static int reap(struct run *run, struct error *e)
{
	pid_t pid;

	do {
		pid = waitpid(run->pid, &run->status, WNOHANG);
	} while (pid < 0 && errno == EINTR);
	if (pid < 0)
		return err_sys(e, errno, "wait4", "cannot wait for it");
	run->ended = pid == run->pid;
	return 0;
}

/* How long to sleep: to the deadline, and without a pidfd that can be polled in short naps. */
static int nap(const struct run *run, bool pollable)
{
	int64_t left = run->deadline < 0 ? -1 : run->deadline - sys_now_ms();

	if (left < 0 && run->deadline >= 0)
		left = 0;
	if (!pollable && (left < 0 || left > 10))
		return 10;
	return left > 60000 ? 60000 : (int)left;
}

static int attend(struct run *run, bool *late, struct error *e)
{
	bool pollable = sys_maybe(SYS_PIDFD_OPEN) && run->pidfd >= 0;
	int r;

	for (;;) {
		struct pollfd p[4] = {
			{ .fd = run->in, .events = POLLOUT },
			{ .fd = run->out, .events = POLLIN },
			{ .fd = pollable ? run->pidfd : -1, .events = POLLIN },
			{ .fd = sys_interrupt_fd(), .events = POLLIN },
		};

		if (poll(p, 4, nap(run, pollable)) < 0 && errno != EINTR)
			return err_sys(e, errno, "poll", "cannot wait for it");
		if (p[0].revents)
			feed(run);
		if (p[1].revents)
			read_output(run);
		r = reap(run, e);
		if (r < 0 || run->ended)
			return r;
		r = sys_interrupt_check(e);
		if (r < 0)
			return r;
		if (run->deadline >= 0 && sys_now_ms() >= run->deadline) {
			*late = true;
			return 0;
		}
	}
}

static void kill_group(struct run *run)
{
	int status;

	if (run->pid <= 0 || run->ended)
		return;
	kill(-run->pid, SIGKILL);
	kill(run->pid, SIGKILL);
	pidfd_wait(run->pid, &status);
	run->ended = true;
}

/* The output's end as one text, or "". */
static const char *output(struct run *run)
{
	read_output(run);
	while (run->len > 0 && strchr("\r\n\t ", run->tail[run->len - 1]))
		run->len--;
	run->tail[run->len] = '\0';
	/* A NUL of the hook's would hide what comes behind it. */
	for (size_t i = 0; i < run->len; i++)
		if (run->tail[i] == '\0')
			run->tail[i] = ' ';
	return run->tail;
}

static int verdict(struct run *run, const struct plan_hook *h, bool late, struct error *e)
{
	const char *text = output(run);
	const char *sep = run->len ? ": " : "";
	int errnum = 0;

	if (read(run->failed, &errnum, sizeof(errnum)) == (ssize_t)sizeof(errnum))
		return err_sys(e, errnum, "execve", "cannot run it");
	if (late)
		return err_set(e, ERR_SYSTEM, -ETIMEDOUT,
			"it did not end within %llu.%03llu s and was killed%s%s",
			(unsigned long long)h->timeout_ms / 1000,
			(unsigned long long)h->timeout_ms % 1000, sep, text);
	if (WIFSIGNALED(run->status))
		return err_set(e, ERR_SYSTEM, -ECANCELED,
			"it was killed by signal %d%s%s", WTERMSIG(run->status), sep,
			text);
	if (WEXITSTATUS(run->status) != 0)
		return err_set(e, ERR_SYSTEM, -ECANCELED, "it ended with status %d%s%s",
			WEXITSTATUS(run->status), sep, text);
	return 0;
}

static int one(const struct plan_hook *h, const char *state, size_t len, int dirfd,
	const char *home, struct error *e)
{
	struct run run = { .pid = -1,
		.pidfd = -EBADF,
		.in = -EBADF,
		.out = -EBADF,
		.failed = -EBADF,
		.state = state,
		.left = len,
		.deadline = h->timeout_ms ? sys_now_ms() + (int64_t)h->timeout_ms : -1 };
	bool late = false;
	int r = launch(&run, h, dirfd, home, e);

	if (r == 0)
		r = attend(&run, &late, e);
	kill_group(&run);
	if (r == 0)
		r = verdict(&run, h, late, e);
	cleanup_fd(&run.pidfd);
	cleanup_fd(&run.in);
	cleanup_fd(&run.out);
	cleanup_fd(&run.failed);
	if (r < 0) {
		err_wrap(e, "hook %s[%u] %s", kinds[h->kind], h->index, h->program);
		step_origin(e, h->at_line, h->at_column, h->at_path);
	}
	return r;
}

bool step_hooks_any(const struct plan *plan, uint32_t kind)
{
	for (size_t i = 0; i < plan->n_hooks; i++)
		if (plan->hooks[i].kind == kind)
			return true;
	return false;
}

int step_hooks_run(const struct plan *plan, uint32_t kind, const char *state,
	size_t state_len, int dirfd, const char *home, bool stop_at_first,
	struct error *e)
{
	struct sigaction ignore;
	struct sigaction before;
	int first = 0;

	if (!step_hooks_any(plan, kind))
		return 0;
	if (kind >= HOOK_KINDS)
		return err_set(e, ERR_BUG, -EINVAL, "hooks of kind %u", kind);
	memset(&ignore, 0, sizeof(ignore));
	ignore.sa_handler = SIG_IGN;
	if (sigaction(SIGPIPE, &ignore, &before) < 0)
		return err_sys(e, errno, "rt_sigaction", "cannot ignore SIGPIPE");
	for (size_t i = 0; i < plan->n_hooks; i++) {
		struct error failure = ERROR_INIT;
		int r;

		if (plan->hooks[i].kind != kind)
			continue;
		r = one(&plan->hooks[i], state, state_len, dirfd, home, &failure);
		if (r < 0 && first == 0) {
			first = r;
			if (e)
				err_move(e, &failure);
		}
		err_done(&failure);
		if (r < 0 && stop_at_first)
			break;
	}
	sigaction(SIGPIPE, &before, NULL);
	return first;
}

static int apply_start_hooks(struct step_ctx *ctx, struct error *e)
{
	return ctx->final_hooks ? ctx->final_hooks(ctx, e) : 0;
}

static bool wants_start_hooks(const struct plan *plan)
{
	return step_hooks_any(plan, HOOK_START_CONTAINER);
}

const struct step step_start_hooks = {
	.name = "start-hooks",
	.actor = ACTOR_INIT,
	.phase = PHASE_FINAL,
	.after = (const char *const[]){ "seccomp", NULL },
	.why = "binaries of the image run under the container's final restrictions (HOOK-11)",
	.wanted = wants_start_hooks,
	.apply = apply_start_hooks,
};
