/* SPDX-License-Identifier: Apache-2.0 */
/* The container's first process, up to execve. */
#include "config.h"

#include "run/child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "spec/names.h"
#include "sys/ns.h"
#include "sys/proc.h"
#include "sys/sock.h"
#include "sys/syscalls.h"

_Static_assert(
	(int)SPEC_NS_TYPES == (int)NS_TYPES && (int)SPEC_NS_USER == (int)NS_USER &&
		(int)SPEC_NS_MOUNT == (int)NS_MOUNT && (int)SPEC_NS_PID == (int)NS_PID &&
		(int)SPEC_NS_NET == (int)NS_NET && (int)SPEC_NS_IPC == (int)NS_IPC &&
		(int)SPEC_NS_UTS == (int)NS_UTS &&
		(int)SPEC_NS_CGROUP == (int)NS_CGROUP &&
		(int)SPEC_NS_TIME == (int)NS_TIME,
	"spec and sys agree about namespaces");
_Static_assert(PLAN_NEWTIME == CLONE_NEWTIME && PLAN_NEWNS == CLONE_NEWNS &&
		       PLAN_NEWCGROUP == CLONE_NEWCGROUP && PLAN_NEWUTS == CLONE_NEWUTS &&
		       PLAN_NEWIPC == CLONE_NEWIPC && PLAN_NEWUSER == CLONE_NEWUSER &&
		       PLAN_NEWPID == CLONE_NEWPID && PLAN_NEWNET == CLONE_NEWNET,
	"plans have the kernel's flags");

struct init {
	const struct plan *plan;
	const struct birth *birth;
	struct chan *chan;
	struct progress *progress;
	struct step_ctx ctx;
	int start_fd; /* where START came from and EXEC goes */
	pid_t pid;    /* ours inside, asked for before a filter can be in the way */
	struct error e;
};

static struct init *of_ctx(struct step_ctx *ctx)
{
	return ctx->ask_arg;
}

static int ask(struct step_ctx *ctx, int kind, uint32_t arg, int *fd, struct error *e)
{
	return chan_ask(of_ctx(ctx)->chan, (uint32_t)kind, arg, fd, e);
}

/*
 * SEC-13: until the agent has the descriptor nobody answers for a call that the profile sends
 * there. So one call tells it, which is not such a call (SEC-16, or by_number), and the answer
 * comes by read, which may be one: then it waits for the agent, who has the descriptor by then.
 */
static int hand_over(struct step_ctx *ctx, int fd, bool by_number, struct error *e)
{
	struct init *i = of_ctx(ctx);
	bool started = i->start_fd >= 0;
	const struct msg m = { .kind = MSG_SECCOMP_FD,
		.phase = started ? MSGP_FINAL : MSGP_RESTRICTED,
		.arg = by_number ? (uint32_t)fd : 0 };
	int to = started ? i->start_fd : i->chan->fd;
	unsigned char bytes[MSG_MAX];
	struct msg answer;
	ssize_t n = msg_encode(&m, bytes);

	if (by_number)
		n = write(to, bytes, (size_t)n) < 0 ? -errno : 0;
	else
		n = sock_send(to, bytes, (size_t)n, &fd, 1);
	if (n < 0)
		return err_sys(e, (int)-n, by_number ? "write" : "sendmsg",
			"cannot hand the notify descriptor over");
	do
		n = read(to, bytes, sizeof(bytes));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, errno, "read", "cannot learn what the agent said");
	if (n == 0 || msg_decode(bytes, (size_t)n, &answer) < 0 ||
		answer.kind != MSG_DONE)
		return err_set(e, ERR_SYSTEM, -EPIPE,
			"the notify descriptor did not reach the agent");
	return 0;
}

static int give(struct step_ctx *ctx, int kind, int fd, struct error *e)
{
	return chan_give(of_ctx(ctx)->chan, (uint32_t)kind, fd, e);
}

static void progress(struct step_ctx *ctx, unsigned index)
{
	struct progress *p = of_ctx(ctx)->progress;
	struct timespec t;

	p->step = index + 1;
	clock_gettime(CLOCK_MONOTONIC, &t);
	if (index < PROGRESS_STEPS)
		p->at[index] = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void __attribute__((noreturn)) fail(struct init *i)
{
	child_fail(i->chan, &i->e);
}

static void phase(struct init *i, enum step_phase p, uint32_t msg_phase)
{
	i->chan->phase = msg_phase;
	i->progress->phase = (uint32_t)p + 1;
	if (steps_run(ACTOR_INIT, p, &i->ctx, &i->e) < 0)
		fail(i);
}

/* The state document with our own pid, as the container sees it (ST-04). */
static int hook_state(const struct plan *plan, const char *status, struct buf *out)
{
	if (plan->n_state_parts != 3)
		return -EINVAL;
	int r = buf_adds(out, plan->state_parts[0]);

	if (r == 0)
		r = buf_adds(out, status);
	if (r == 0)
		r = buf_adds(out, plan->state_parts[1]);
	if (r == 0)
		r = buf_addf(out, "%d", (int)getpid());
	if (r == 0)
		r = buf_adds(out, plan->state_parts[2]);
	return r;
}

static int inner_hooks(
	struct init *i, uint32_t kind, const char *status, int dirfd, struct error *e)
{
	auto_buf struct buf state = BUF_INIT;
	int r;

	if (!step_hooks_any(i->plan, kind))
		return 0;
	r = hook_state(i->plan, status, &state);
	if (r < 0)
		return err_set(
			e, ERR_BUG, r, "cannot build the state document for hooks");
	return step_hooks_run(
		i->plan, kind, state.p, state.len, dirfd, i->ctx.home, true, e);
}

/* LC-03 to LC-05: namespaces and mounts exist, pivot_root has not happened. */
static void early_hooks(struct init *i)
{
	auto_fd int bundle = -EBADF;

	if (!step_hooks_any(i->plan, HOOK_PRESTART) &&
		!step_hooks_any(i->plan, HOOK_CREATE_RUNTIME) &&
		!step_hooks_any(i->plan, HOOK_CREATE_CONTAINER))
		return;
	if (chan_ask(i->chan, MSG_NEED_HOOKS, 0, NULL, &i->e) < 0)
		fail(i);
	if (step_hooks_any(i->plan, HOOK_CREATE_CONTAINER))
		bundle = openat(
			AT_FDCWD, i->plan->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (inner_hooks(i, HOOK_CREATE_CONTAINER, "creating", bundle, &i->e) < 0)
		fail(i);
}

static int final_hooks(struct step_ctx *ctx, struct error *e)
{
	return inner_hooks(of_ctx(ctx), HOOK_START_CONTAINER, "created", -EBADF, e);
}

/*
 * The parent has committed the container, or has gone: only in the first case may init
 * live on. It cannot have the parent death signal any more, because the parent ends when
 * create is done.
 */
static void ready(struct init *i)
{
	const struct msg m = { .kind = MSG_READY, .phase = MSGP_RESTRICTED };
	unsigned char bytes[MSG_MAX];
	size_t n_fds = 0;
	int fds[SOCK_MAX_FDS];
	struct msg answer;
	ssize_t n;

	if (prctl(PR_SET_PDEATHSIG, 0) < 0)
		_exit(1);
	if (chan_send(i->chan, &m, NULL, 0) < 0)
		_exit(1);
	n = sock_recv(i->chan->fd, bytes, sizeof(bytes), fds, &n_fds, -1);
	if (n <= 0 || msg_decode(bytes, (size_t)n, &answer) < 0)
		_exit(1);
	if (i->birth->listen < 0) {
		if (answer.kind != MSG_START)
			_exit(1);
		i->start_fd = i->chan->fd;
		return;
	}
	if (answer.kind != MSG_DONE)
		_exit(1);
	chan_close(i->chan);
}

/*
 * Wait for `davit start`. Only accept4 and read are called here, because the filter may
 * be in force already (H4). A start that goes away before START sends us back; unknown
 * kinds are skipped.
 */
static void wait_for_start(struct init *i)
{
	unsigned char bytes[MSG_MAX];

	for (;;) {
		int fd = accept4(i->birth->listen, NULL, NULL, SOCK_CLOEXEC);
		struct msg m;

		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0)
			_exit(1);
		for (;;) {
			ssize_t n = read(fd, bytes, sizeof(bytes));

			if (n < 0 && errno == EINTR)
				continue;
			if (n <= 0)
				break;
			if (msg_decode(bytes, (size_t)n, &m) == 0 &&
				m.kind == MSG_START) {
				i->start_fd = fd;
				return;
			}
		}
		close(fd);
	}
}

/* EXEC and ERROR are one write(2) each, so that few calls must pass the filter. */
static void tell(int fd, uint32_t kind, const struct error *e)
{
	unsigned char bytes[MSG_MAX], payload[MSG_MAX - 64];
	struct msg m = { .kind = kind, .phase = MSGP_FINAL };
	int n;

	if (e) {
		m.len = (uint32_t)err_pack(e, payload, sizeof(payload));
		m.payload = payload;
	}
	n = msg_encode(&m, bytes);
	if (n > 0 && write(fd, bytes, (size_t)n) < 0)
		return; /* start went away: it cannot be told, and it changes nothing here
			 */
}

/* The same line goes to the container's stderr, the container ends (docs/decisions/0017). */
static void __attribute__((noreturn)) no_exec(struct init *i)
{
	auto_buf struct buf line = BUF_INIT;

	tell(i->start_fd, MSG_ERROR, &i->e);
	/* exec prints it on the very same descriptor. */
	if (i->plan->exec)
		_exit(1);
	if (err_line(&i->e, &line) == 0 && buf_adds(&line, "\n") == 0 &&
		write(STDERR_FILENO, line.p, line.len) < 0)
		_exit(1);
	_exit(1);
}

static void __attribute__((noreturn)) run_program(struct init *i)
{
	const struct plan_process *p = i->plan->process;
	const char *few[128], **env = p->env;
	char home[4096 + 8], pid[32];
	int errnum;

	if (i->ctx.home || p->listen_pid) {
		size_t n = p->n_env;
		const char **with =
			n + 3 <= ARRAY_SIZE(few) ? few : calloc(n + 3, sizeof(*with));

		if (!with) {
			err_set(&i->e, ERR_SYSTEM, -ENOMEM,
				"cannot add to the environment");
			no_exec(i);
		}
		for (size_t k = 0; k < n; k++)
			with[k] = p->env[k];
		snprintf(home, sizeof(home), "HOME=%s", i->ctx.home ? i->ctx.home : "");
		if (i->ctx.home)
			with[n++] = home;
		snprintf(pid, sizeof(pid), "LISTEN_PID=%d", (int)i->pid);
		if (p->listen_pid)
			with[n++] = pid;
		with[n] = NULL;
		env = with;
	}
	/* A start that has gone away must not take the container with it. */
	signal(SIGPIPE, SIG_IGN);
	tell(i->start_fd, MSG_EXEC, NULL);
	signal(SIGPIPE, SIG_DFL);
	execve(i->ctx.exec_path, (char *const *)p->args, (char *const *)env);
	errnum = errno;
	err_verbatim(&i->e, ERR_SYSTEM, -errnum, "exec: \"%s\": %s", p->args[0],
		err_words(errnum));
	no_exec(i);
}

void init_main(const struct plan *plan, struct chan *chan, const struct birth *b,
	struct progress *page, bool relayed)
{
	struct init i = { .plan = plan,
		.birth = b,
		.pid = plan->process->listen_pid ? getpid() : 0,
		.chan = chan,
		.progress = page,
		.start_fd = -EBADF };

	step_ctx_init(&i.ctx, plan);
	/* The relay has used it. */
	if (!plan->relay)
		i.ctx.target_fd = b->target;
	i.ctx.relayed = relayed;
	i.ctx.ask = ask;
	i.ctx.give = give;
	i.ctx.ask_arg = &i;
	i.ctx.hand_over = hand_over;
	i.ctx.progress = progress;
	i.ctx.final_hooks = final_hooks;
	phase(&i, PHASE_NAMESPACES, MSGP_NAMESPACES);
	phase(&i, PHASE_ROOT, MSGP_ROOT);
	early_hooks(&i);
	phase(&i, PHASE_INSIDE, MSGP_INSIDE);
	phase(&i, PHASE_RESTRICTED, MSGP_RESTRICTED);
	ready(&i);
	if (b->listen >= 0)
		wait_for_start(&i);
	i.progress->phase = PHASE_FINAL + 1;
	if (steps_run(ACTOR_INIT, PHASE_FINAL, &i.ctx, &i.e) < 0)
		no_exec(&i);
	run_program(&i);
}
