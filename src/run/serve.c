/* SPDX-License-Identifier: Apache-2.0 */
/* The parent as a server: one handler for each request that a child may make. */
#include "config.h"

#include "run/serve.h"

#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "run/handover.h"
#include "run/hooks.h"
#include "run/proxy.h"
#include "run/record.h"
#include "sys/interrupt.h"
#include "sys/ns.h"
#include "sys/pidfd.h"
#include "sys/proc.h"
#include "sys/pty.h"

/* The relay has forked init (CLONE_PARENT: it is our child) and ends by itself. */
static int init_born(struct serve *s, struct chan_event *ev, int *fd, struct error *e)
{
	struct child *c = s->child;
	int status, r;

	(void)fd;
	if (ev->n_fds != 1)
		return err_set(e, ERR_BUG, -EPROTO, "the relay sent no handle of init");
	r = pidfd_wait(c->relay, &status);
	if (r < 0)
		return err_sys(e, -r, "wait4", "cannot wait for the relay");
	c->relay = 0;
	cleanup_fd(&c->pidfd);
	c->pidfd = take_fd(&ev->fds[0]);
	r = sys_proc_pid_of(c->pidfd, &c->pid);
	if (r < 0)
		return err_sys(e, -r, "read", "cannot learn the pid of init");
	s->relay_pending = false;
	return 0;
}

static int need_idmap(struct serve *s, struct chan_event *ev, int *fd, struct error *e)
{
	(void)ev;
	(void)fd;
	if (!(s->plan->new_flags & ns_table[NS_USER].flag))
		return step_idmap_check(s->plan, s->child->pid, e);
	return step_idmap_write(s->plan, s->child->pid, e);
}

static int need_cgroup(struct serve *s, struct chan_event *ev, int *fd, struct error *e)
{
	int r;

	(void)ev;
	(void)fd;
	if (!step_has_unit(s->plan))
		return step_cgroup_move(s->ctx, s->child->pid, e);
	r = step_cgroup_unit(s->ctx, s->child->pid, e);
	/* Whatever happens from here on, the record says where it happens. */
	record_places(&s->state->rec, s->ctx);
	return r;
}

/*
 * LC-03, LC-04: the namespaces exist, the mounts are made, the old root is still there.
 * The record gets the pid first: a hook may call `state` or `kill` on its own container.
 */
static int need_hooks(struct serve *s, struct chan_event *ev, int *fd, struct error *e)
{
	struct state_record *rec = &s->state->rec;
	int r;

	(void)ev;
	(void)fd;
	r = sys_proc_stat(s->child->pid, &s->child->starttime, NULL);
	if (r < 0)
		return err_sys(e, -r, "read", "cannot read the start time of init");
	rec->pid = s->child->pid;
	rec->starttime = s->child->starttime;
	r = state_commit(s->state, e);
	if (r < 0)
		return r;
	r = hooks_run(s->plan, HOOK_PRESTART, rec, "creating", rec->pid, true, e);
	if (r == 0)
		r = hooks_run(
			s->plan, HOOK_CREATE_RUNTIME, rec, "creating", rec->pid, true, e);
	return r;
}

static int need_mount(struct serve *s, struct chan_event *ev, int *fd, struct error *e)
{
	*fd = step_mount_open(s->plan, ev->msg.arg, s->child->pid, e);
	return *fd < 0 ? *fd : 0;
}

static int need_netdev(struct serve *s, struct chan_event *ev, int *fd, struct error *e)
{
	(void)ev;
	(void)fd;
	return step_net_move(s->plan, s->child->pid, e);
}

static int need_limits(struct serve *s, struct chan_event *ev, int *fd, struct error *e)
{
	(void)ev;
	(void)fd;
	return step_limits_set(s->plan, s->child->pid, e);
}

static int need_sched(struct serve *s, struct chan_event *ev, int *fd, struct error *e)
{
	(void)fd;
	return step_sched_set(s->plan, ev->msg.arg, s->child->pid, e);
}

/* SEC-13: the filter is in force. */
static int seccomp_fd(struct serve *s, struct chan_event *ev, int *fd, struct error *e)
{
	(void)fd;
	s->agent_asked = true;
	return listener_pass(&s->agent, s->child->pid, s->child->pidfd, &ev->msg, ev->fds,
		ev->n_fds, e);
}

/* PROC-01: the master goes to who listens at the socket, or stays here for the foreground. */
static int console(struct serve *s, struct chan_event *ev, int *fd, struct error *e)
{
	(void)fd;
	if (ev->n_fds != 1 || !s->plan->process->terminal ||
		!sys_pty_is_master(ev->fds[0]))
		return err_set(e, ERR_BUG, -EPROTO, "a child sent no terminal");
	if (s->console_sock >= 0)
		return handover_send(
			"--console-socket", s->console_sock, "/dev/ptmx", ev->fds[0], e);
	s->child->tty = take_fd(&ev->fds[0]);
	/* Before the program looks. */
	proxy_size(s->child->tty);
	return 0;
}

static int log_line(struct serve *s, struct chan_event *ev, int *fd, struct error *e)
{
	(void)s;
	(void)fd;
	(void)e;
	if (ev->msg.arg <= LOG_LEVEL_DEBUG)
		log_msg((enum log_level)ev->msg.arg, "%.*s", (int)ev->msg.len,
			(const char *)ev->msg.payload);
	return 0;
}

/* The child's error is printed as if it had happened at home. */
static int child_error(struct serve *s, struct chan_event *ev, int *fd, struct error *e)
{
	struct error got = ERROR_INIT;
	int r = err_unpack(ev->msg.payload, ev->msg.len, &got);

	(void)s;
	(void)fd;
	if (r < 0)
		return err_set(e, ERR_BUG, r, "an error of the child could not be read");
	if (e)
		err_move(e, &got);
	err_done(&got);
	return e ? e->code : -EIO;
}

static int (*const handlers[MSG_KINDS])(
	struct serve *, struct chan_event *, int *, struct error *) = {
	[MSG_INIT_BORN] = init_born,
	[MSG_NEED_IDMAP] = need_idmap,
	[MSG_NEED_CGROUP] = need_cgroup,
	[MSG_NEED_HOOKS] = need_hooks,
	[MSG_NEED_MOUNT] = need_mount,
	[MSG_NEED_LIMITS] = need_limits,
	[MSG_NEED_SCHED] = need_sched,
	[MSG_NEED_NETDEV] = need_netdev,
	[MSG_SECCOMP_FD] = seccomp_fd,
	[MSG_CONSOLE] = console,
	[MSG_LOG] = log_line,
	[MSG_ERROR] = child_error,
};

/* Of a process in a container that is there nobody wants more than this. */
static bool for_exec(uint32_t kind)
{
	switch ((enum msg_kind)kind) {
	case MSG_INIT_BORN:
	case MSG_NEED_CGROUP:
	case MSG_NEED_LIMITS:
	case MSG_NEED_SCHED:
	case MSG_SECCOMP_FD:
	case MSG_CONSOLE:
	case MSG_LOG:
	case MSG_ERROR:
		return true;
	case MSG_DONE:
	case MSG_START:
	case MSG_EXEC:
	case MSG_READY:
	case MSG_NEED_IDMAP:
	case MSG_NEED_HOOKS:
	case MSG_NEED_MOUNT:
	case MSG_NEED_NETDEV:
	case MSG_KINDS:
		break;
	}
	return false;
}

static int serve_one(struct serve *s, struct chan_event *ev, struct error *e)
{
	const struct msg_info *info = msg_info(ev->msg.kind);
	auto_fd int fd = -EBADF;
	int r;

	if (!info || !handlers[ev->msg.kind] ||
		(s->plan->exec && !for_exec(ev->msg.kind)))
		return err_set(e, ERR_BUG, -EPROTO,
			"a child sent message %u, which nobody serves", ev->msg.kind);
	r = handlers[ev->msg.kind](s, ev, &fd, e);
	if (r < 0 || !info->asks)
		return r;
	r = chan_answer(&s->child->chan, NULL, fd);
	if (r == -EPIPE)
		return 0; /* it died: the next receive says so */
	return r < 0 ? err_sys(e, -r, "sendmsg", "cannot answer the child") : 0;
}

int serve_until_ready(struct serve *s, struct error *e)
{
	for (;;) {
		struct chan_event ev;
		int r = sys_interrupt_wait(
			s->child->chan.fd, s->agent_asked ? LISTENER_TIMEOUT_MS : -1, e);

		if (r == 0)
			return listener_late(&s->agent, e);
		if (r > 0)
			r = chan_recv(&s->child->chan, &ev, -1, e);
		if (r < 0)
			return r;
		if (r == 0)
			return spawn_died(s->child, e);
		if (ev.msg.kind == MSG_READY && !s->relay_pending)
			return 0;
		r = serve_one(s, &ev, e);
		for (size_t i = 0; i < ev.n_fds; i++)
			cleanup_fd(&ev.fds[i]);
		if (r < 0)
			return r;
	}
}
