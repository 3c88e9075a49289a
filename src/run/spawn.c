/* SPDX-License-Identifier: Apache-2.0 */
/* Make the child, hold its handle, kill it on failure. Runs in the parent. */
#include "config.h"

#include "run/spawn.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "run/child.h"
#include "sys/clock.h"
#include "sys/clone.h"
#include "sys/interrupt.h"
#include "sys/pidfd.h"
#include "sys/proc.h"
#include "sys/sched.h"
#include "sys/selfexe.h"
#include "sys/syscalls.h"

#define FROZEN_MS 2000

/* The plan image in a sealed memfd: nobody can change it once the child was promised it. */
static int image_fd(const struct plan *plan, struct error *e)
{
	auto_buf struct buf image = BUF_INIT;
	auto_fd int fd = -EBADF;
	int r = schema_pack(&object_plan, plan, &image);

	if (r < 0)
		return err_set(e, ERR_SYSTEM, r, "cannot pack the plan");
	fd = memfd_create("davit-plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return err_sys(e, errno, "memfd_create", "cannot make the plan image");
	r = io_write_fd(fd, image.p, image.len);
	if (r < 0)
		return err_sys(e, -r, "write", "cannot write the plan image");
	if (fcntl(fd, F_ADD_SEALS,
		    F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return err_sys(e, errno, "fcntl", "cannot seal the plan image");
	return take_fd(&fd);
}

static int progress_fd(struct progress **out, struct error *e)
{
	auto_fd int fd = memfd_create("davit-progress", MFD_CLOEXEC);
	void *p;

	if (fd < 0)
		return err_sys(e, errno, "memfd_create", "cannot make the progress page");
	if (ftruncate(fd, sizeof(struct progress)) < 0)
		return err_sys(e, errno, "ftruncate", "cannot size the progress page");
	p = mmap(
		NULL, sizeof(struct progress), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return err_sys(e, errno, "mmap", "cannot map the progress page");
	*out = p;
	return take_fd(&fd);
}

static int born_ask(
	struct step_ctx *ctx, int kind, uint32_t arg, int *fd, struct error *e)
{
	return chan_ask(ctx->ask_arg, (uint32_t)kind, arg, fd, e);
}

/*
 * In the child, right after the clone, still with the parent's memory: enter the cgroup, so that
 * everything from here on is charged and limited, then run the protected binary. On v1 the
 * single-threaded child writes "0" to each tasks file itself, which needs no RCU grace period
 * (kernel commit 9a3284fad42f); on v2 it was born in place, or the parent has to move it.
 */
static void born(
	const struct spawn_req *req, const struct birth *b, bool in_cgroup, int exe)
{
	struct chan chan = { .fd = b->chan, .phase = MSGP_BORN };
	auto_error struct error e = ERROR_INIT;
	char arg[96];
	char *argv[] = { (char *)"davit", (char *)"init", arg, NULL };
	/* Builds for tests: what the kernel is said to lack, the child shall do without too. */
	const char *without = DAVIT_TEST_HOOKS ? getenv("DAVIT_TEST_WITHOUT") : NULL;
	char env[1024];
	char *envp[] = { without ? env : NULL, NULL };
	const int keep[] = { b->chan, b->plan, b->progress, b->armed, b->listen,
		b->target };
	int r;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) {
		err_sys(&e, errno, "prctl", "cannot set the parent death signal");
		child_fail(&chan, &e);
	}
	/* A v1 cpu cgroup without a real-time budget takes no real-time task. */
	r = sys_sched_reset();
	if (r < 0) {
		err_sys(&e, -r, "sched_setscheduler",
			"cannot leave the caller's scheduling policy");
		child_fail(&chan, &e);
	}
	/* systemd's unit needs our pid. */
	if (((req->ctx->v2_fd >= 0 && !in_cgroup) || step_has_unit(req->plan)) &&
		chan_ask(&chan, MSG_NEED_CGROUP, 0, NULL, &e) < 0)
		child_fail(&chan, &e);
	if (step_cgroup_enter(req->ctx, &e) < 0 || step_score_early(req->plan, &e) < 0)
		child_fail(&chan, &e);
	if (step_birth_flags(req->plan) & CLONE_NEWUSER) {
		/* Before the execve, which would take the capabilities of an unmapped user. */
		req->ctx->ask = born_ask;
		req->ctx->ask_arg = &chan;
		if (step_become_root_now(req->ctx, &e) < 0)
			child_fail(&chan, &e);
	}
	for (size_t i = 0; i < ARRAY_SIZE(keep); i++) {
		if (keep[i] >= 0 && fcntl(keep[i], F_SETFD, 0) < 0) {
			err_sys(&e, errno, "fcntl", "cannot keep a descriptor");
			child_fail(&chan, &e);
		}
	}
	snprintf(arg, sizeof(arg), "%d,%d,%d,%d,%d,%d,%d", b->chan, b->plan, b->progress,
		b->armed, b->listen, b->target, b->passed);
	if (without)
		snprintf(env, sizeof(env), "DAVIT_TEST_WITHOUT=%s", without);
	selfexe_exec(exe, argv, envp, &e);
	child_fail(&chan, &e);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* What the errno of a clone means here. */
static void explain_clone(struct error *e)
{
	if (e->code == -EAGAIN)
		err_hint(e,
			"a limit on the number of processes is reached: pids.max of the "
			"cgroup or of one above it, RLIMIT_NPROC, or kernel.pid_max");
	else if (e->code == -EINVAL)
		err_hint(e,
			"the kernel lacks one of the namespaces that linux.namespaces asks for");
}

int spawn_child(const struct spawn_req *req, struct child *out, struct error *e)
{
	struct sys_clone clone = { .flags = step_birth_flags(req->plan),
		.cgroup_fd = req->ctx->v2_fd,
		.pidfd = -EBADF };
	auto_fd int plan = image_fd(req->plan, e), progress = -EBADF, exe = -EBADF;
	enum selfexe_mode mode;
	struct chan ends[2];
	struct birth b;
	pid_t pid;

	if (plan < 0)
		return plan;
	progress = progress_fd(&out->progress, e);
	if (progress < 0)
		return progress;
	/*
	 * Always anew, for two more reasons than the binary: no descriptor and no memory of ours or
	 * of our caller goes on into the container (docs/decisions/0018), and the memory of
	 * the child belongs to the user namespace that it was born in, so that who made that may
	 * join what it is in (ptrace(2)): exec, and the helper that opens mounts.
	 */
	int r = selfexe_protect(0, &mode, &exe, e);
	if (r < 0)
		return err_wrap(e, "protecting the runtime's binary");
	r = chan_pair(ends, e);
	if (r < 0)
		return r;
	b = (struct birth){ .chan = ends[1].fd,
		.plan = plan,
		.progress = progress,
		.armed = req->armed_fd,
		.listen = req->start == CHILD_START_SOCKET ? req->listen_fd : -1,
		.target = req->plan->exec ? req->target_fd : -1,
		.passed = (int)req->plan->process->preserve_fds };
	out->progress->begin = now();
	pid = sys_clone(&clone, e);
	if (pid == 0) {
		chan_close(&ends[0]);
		born(req, &b, clone.in_cgroup, exe);
	}
	chan_close(&ends[1]);
	if (pid < 0) {
		chan_close(&ends[0]);
		explain_clone(e);
		return pid;
	}
	out->pid = pid;
	out->exec = req->plan->exec;
	out->relay = req->plan->relay ? pid : 0;
	out->pidfd = clone.pidfd;
	out->chan = ends[0];
	out->chan.senders = MSGS_INIT | MSGS_RELAY;
	return 0;
}

/* Who is frozen dies when it is thawed (cgroup v1): a command that was asked to end does not wait
 * for that. */
static int wait_killed(pid_t pid, int *status)
{
	int64_t deadline = sys_now_ms() + FROZEN_MS;
	long nap = 200000;

	if (!sys_interrupt_signal())
		return pidfd_wait(pid, status);
	for (;;) {
		pid_t r = waitpid(pid, status, WNOHANG);

		if (r == pid)
			return 0;
		if (r < 0 && errno != EINTR)
			return -errno;
		if (sys_now_ms() >= deadline) {
			log_warning("process %d has been killed, but has not ended",
				(int)pid);
			return -ETIMEDOUT;
		}
		sys_nap(&nap);
	}
}

static void reap(struct child *c)
{
	if (c->relay > 0 && c->relay != c->pid) {
		int status;

		kill(c->relay, SIGKILL);
		wait_killed(c->relay, &status);
		c->relay = 0;
	}
	if (c->pid > 0 && !c->dead && wait_killed(c->pid, &c->status) == 0)
		c->dead = true;
}

int spawn_died(struct child *c, struct error *e)
{
	const char *who = c->relay > 0 && c->relay == c->pid ? "the relay"
			  : c->exec			     ? "the process"
							     : "init";
	const char *step = "its start";
	uint32_t at = c->progress ? c->progress->step : 0;

	reap(c);
	if (at > 0 && steps_get(at - 1))
		step = steps_get(at - 1)->name;
	if (!c->dead)
		return err_set(
			e, ERR_SYSTEM, -ECHILD, "%s went away in step %s", who, step);
	if (WIFSIGNALED(c->status)) {
		err_set(e, ERR_SYSTEM, -ECHILD, "%s was killed by signal %d in step %s",
			who, WTERMSIG(c->status), step);
		if (WTERMSIG(c->status) == SIGKILL)
			err_hint(e,
				"a memory limit that is too small for the start has this "
				"effect: see linux.resources.memory.limit and dmesg");
		if (WTERMSIG(c->status) == SIGSYS)
			err_hint(e,
				"the seccomp profile kills a call that is needed to start: "
				"see davit-config(5)");
		return e ? e->code : -ECHILD;
	}
	return err_set(e, ERR_SYSTEM, -ECHILD, "%s ended with status %d in step %s", who,
		WEXITSTATUS(c->status), step);
}

void spawn_abort(struct child *c, struct error *e)
{
	if (c->pid > 0 && !c->dead) {
		pidfd_kill(c->pidfd, c->pid, 0, SIGKILL);
		reap(c);
	}
	if (e && !err_is(e))
		spawn_died(c, e);
}

void spawn_done(struct child *c)
{
	chan_close(&c->chan);
	cleanup_fd(&c->pidfd);
	cleanup_fd(&c->tty);
	notify_done(&c->notify);
	if (c->progress)
		munmap(c->progress, sizeof(*c->progress));
	c->progress = NULL;
}
