/* SPDX-License-Identifier: Apache-2.0 */
/* The command's end of start: ask init, learn whether the program runs. */
#include "config.h"

#include "run/start.h"

#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "run/hooks.h"
#include "run/notify.h"
#include "run/oom.h"
#include "run/open.h"
#include "run/remove.h"
#include "run/run.h"
#include "run/threads.h"
#include "sys/interrupt.h"
#include "sys/pidfd.h"
#include "sys/sock.h"

#define END_TIMEOUT_MS 5000

/* SEC-13: with noNewPrivileges the filter comes after START, and so do its descriptor's wants. */
static int pass_on(const struct listener *agent, pid_t pid, int pidfd,
	const struct msg *m, const int *fds, size_t n_fds, int fd, struct error *e)
{
	struct chan peer = { .fd = fd };
	int r = listener_pass(agent, pid, pidfd, m, fds, n_fds, e);

	if (r < 0)
		return r;
	r = chan_answer(&peer, NULL, -EBADF);
	/* Init has ended: the next receive says so. */
	return r < 0 && r != -EPIPE ? err_sys(e, -r, "sendmsg", "cannot answer init") : 0;
}

int start_ask(int fd, const struct listener *agent, pid_t pid, int pidfd, bool *executed,
	struct error *e)
{
	const struct msg start = { .kind = MSG_START };
	unsigned char bytes[MSG_MAX];
	int timeout = agent->path && agent->impatient ? LISTENER_TIMEOUT_MS : -1;
	int n = msg_encode(&start, bytes), r;

	*executed = false;
	if (n < 0)
		return err_set(e, ERR_BUG, n, "cannot encode START");
	r = sock_send(fd, bytes, (size_t)n, NULL, 0);
	if (r < 0)
		return err_verbatim(e, ERR_STATE, -ESRCH, "container not running");
	for (;;) {
		int fds[SOCK_MAX_FDS];
		size_t n_fds = 0;
		struct msg m;
		ssize_t got;

		r = sys_interrupt_wait(fd, timeout, e);
		if (r < 0)
			return r;
		if (r == 0) {
			*executed = false;
			return listener_late(agent, e);
		}
		got = sock_recv(fd, bytes, sizeof(bytes), fds, &n_fds, -1);
		r = 0;
		if (got > 0 && msg_decode(bytes, (size_t)got, &m) == 0 &&
			m.kind == MSG_SECCOMP_FD)
			r = pass_on(agent, pid, pidfd, &m, fds, n_fds, fd, e);
		for (size_t i = 0; got >= 0 && i < n_fds; i++)
			cleanup_fd(&fds[i]);
		if (r < 0)
			return r;
		if (got == -ECONNRESET)
			got = 0;
		if (got < 0)
			return err_sys(e, (int)-got, "recvmsg", "cannot hear from init");
		/* EXEC, then end-of-file: the program runs. End-of-file alone: init died.
		 */
		if (got == 0 && *executed)
			return 0;
		if (got == 0)
			return err_set(e, ERR_SYSTEM, -ESRCH,
				"init ended before it could run the program");
		if (msg_decode(bytes, (size_t)got, &m) < 0)
			return err_set(e, ERR_SYSTEM, -EBADMSG,
				"init sent something unreadable");
		if (m.kind == MSG_EXEC)
			*executed = true;
		if (m.kind == MSG_ERROR) {
			struct error got_error = ERROR_INIT;

			r = err_unpack(m.payload, m.len, &got_error);
			if (r < 0)
				return err_set(
					e, ERR_BUG, r, "init's error cannot be read");
			r = got_error.code;
			if (e)
				err_move(e, &got_error);
			err_done(&got_error);
			return r;
		}
	}
}

/* What keeps a container from being started, in the words that engines know. */
static int check_startable(
	const struct state *s, const struct status_live *live, struct error *e)
{
	switch (live->status) {
	case STATUS_CREATED:
		break;
	case STATUS_RUNNING:
		return err_verbatim(e, ERR_STATE, -EBUSY,
			"cannot start an already running container");
	case STATUS_PAUSED:
		return err_verbatim(
			e, ERR_STATE, -EBUSY, "cannot start a paused container");
	case STATUS_CREATING:
		return err_verbatim(e, ERR_STATE, -EBUSY,
			"cannot start a container that is being created");
	case STATUS_STOPPED:
		return err_verbatim(e, ERR_STATE, -ESRCH,
			"cannot start a container that has stopped");
	}
	if (s->rec.no_process) /* LIFE-06 */
		return err_set(e, ERR_CONFIG, -EINVAL,
			"cannot start: the configuration has no process");
	return 0;
}

/* LC-09: after the program was executed, before start returns; a failure stops and
 * destroys. */
static int poststart(struct state *s, const struct status_live *live, struct error *e)
{
	struct plan *hooks;
	int r;

	if (!(s->rec.hooks & (1u << HOOK_POSTSTART)))
		return 0;
	r = hooks_of_stored(s, s->arena, &hooks, e);
	if (r == 0)
		r = hooks_run(
			hooks, HOOK_POSTSTART, &s->rec, "running", live->pid, true, e);
	return r;
}

static void destroy(int rootfd, struct state *s)
{
	auto_error struct error left = ERROR_INIT;

	if (state_lock(s, STATE_LOCK_TIMEOUT_MS, &left) < 0 ||
		remove_container(rootfd, s, true, &left) < 0)
		log_ignored(&left, "the container could not be destroyed");
}

/* Init's word comes before its end, and engines delete as soon as start has failed. */
static void await_end(const struct state_record *rec)
{
	auto_fd int fd = pidfd_get((pid_t)rec->pid, rec->starttime, NULL);

	if (fd >= 0 &&
		pidfd_ended(fd, (pid_t)rec->pid, rec->starttime, END_TIMEOUT_MS) == 0)
		log_warning("the container's process has not ended yet");
}

static int start_locked(struct state *s, struct arena *a, struct notify *notify,
	bool *asked, bool *executed, struct status_live *live, struct error *e)
{
	auto_fd int fd = -EBADF, pidfd = -EBADF;
	struct listener agent;
	int r = status_live(s, live, e);

	if (r == 0)
		r = check_startable(s, live, e);
	if (r == 0)
		r = listener_of_stored(s, a, &agent, e);
	if (r < 0)
		return r;
	fd = sock_connect_at(s->dirfd, "start.sock", SOCK_SEQPACKET, e);
	if (fd == -ECONNREFUSED || fd == -ENOENT)
		return err_verbatim(e, ERR_STATE, -ESRCH, "container not running");
	if (fd < 0)
		return fd;
	if (agent.by_number)
		pidfd = pidfd_get((pid_t)live->pid, s->rec.starttime, e);
	if (agent.by_number && pidfd < 0)
		return pidfd;
	/* Before the program can say anything. */
	r = notify_open(s->dirfd, notify, e);
	if (r < 0)
		return r;
	*asked = true;
	r = start_ask(fd, &agent, (pid_t)live->pid, pidfd, executed, e);
	if (r < 0)
		oom_explain_start(&s->rec, e);
	return r < 0 ? r : state_disarm(s, DISARM_TIMEOUT_MS, e);
}

/* As long as it takes: who starts a service of type notify waits for the same. */
static int wait_for_ready(
	struct notify *n, const struct state *s, pid_t pid, struct error *e)
{
	auto_fd int pidfd = -EBADF;
	int r;

	if (n->sock < 0)
		return 0;
	pidfd = pidfd_get(pid, s->rec.starttime, NULL);
	r = pidfd == -ESRCH ? 0 : notify_wait(n, pid, pidfd, s->rec.starttime, e);
	return r;
}

int run_start(const struct run_env *env, const char *id, struct error *e)
{
	auto_opened struct opened o;
	struct status_live live;
	bool executed = false, asked = false;
	struct notify notify = NOTIFY_INIT;
	int r = opened_begin(env, id, false, &o, e);

	if (r == 0)
		r = run_check_threads(e);
	if (r == 0)
		r = state_lock(&o.state, STATE_LOCK_TIMEOUT_MS, e);
	if (r < 0)
		return r;
	r = start_locked(&o.state, o.state.arena, &notify, &asked, &executed, &live, e);
	/* Before poststart hooks: one of them may call a command that locks. */
	state_unlock(&o.state);
	if (r == 0) {
		r = poststart(&o.state, &live, e);
		if (r < 0)
			destroy(o.rootfd, &o.state);
		else
			r = wait_for_ready(&notify, &o.state, (pid_t)live.pid, e);
	} else if (asked && !executed) {
		/* Hooks and the filter come before EXEC: their failure ends in steps 12
		 * and 13 (LC-07). */
		destroy(o.rootfd, &o.state);
	} else if (asked) {
		await_end(&o.state.rec);
	}
	notify_done(&notify);
	return r;
}
