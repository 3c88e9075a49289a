/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's side of create: from the request to status created, or nothing left. */
#include "config.h"

#include "run/create.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/path.h"
#include "run/handover.h"
#include "run/hints.h"
#include "run/hooks.h"
#include "run/listener.h"
#include "run/oom.h"
#include "run/pidfile.h"
#include "run/record.h"
#include "run/serve.h"
#include "run/threads.h"
#include "sys/pidfd.h"
#include "sys/proc.h"
#include "sys/sock.h"

#define SOCKET_NAME "start.sock"

void creation_done(struct creation *c)
{
	cleanup_fd(&c->listen_fd);
	cleanup_fd(&c->armed_fd);
	cleanup_fd(&c->pidfd_sock);
	cleanup_fd(&c->console_sock);
	spawn_done(&c->child);
	step_ctx_done(&c->ctx);
	state_close(&c->state);
	cleanup_fd(&c->rootfd);
	prepared_done(&c->prepared);
	arena_done(&c->arena);
}

/* The state folder, the record, what is stored beside it, and the two ends that init
 * holds. */
static int make_state(const struct run_env *env, const struct run_create_req *req,
	enum child_start start, struct creation *c, struct error *e)
{
	struct state_record rec;
	char *root;
	int r = state_root_path(&c->arena, env->root, &root, e);

	if (r < 0)
		return r;
	c->rootfd = state_root_open(root, true, e);
	if (c->rootfd < 0)
		return c->rootfd;
	r = record_of_plan(&c->prepared, req, &rec, &c->arena, e);
	if (r < 0)
		return r;
	r = state_reserve(c->rootfd, req->id, &c->arena, &rec, &c->state, e);
	if (r < 0)
		return r;
	c->reserved = true;
	r = hooks_state_parts(c->prepared.plan, &c->state.rec, &c->prepared.arena, e);
	if (r == 0)
		r = record_store_config(&c->prepared, &c->state, e);
	if (r < 0)
		return r;
	if (c->prepared.notify && c->prepared.plan->mount_ns)
		r = notify_make(c->state.dirfd, e);
	if (r < 0)
		return r;
	c->armed_fd = state_arm(&c->state, e);
	if (c->armed_fd < 0)
		return c->armed_fd;
	if (start == CHILD_START_CHANNEL)
		return 0;
	c->listen_fd = sock_listen_at(c->state.dirfd, SOCKET_NAME, SOCK_SEQPACKET, e);
	return c->listen_fd < 0 ? c->listen_fd : 0;
}

/* Whoever does not listen is found out before anything is made. */
static int connect_sockets(
	const struct run_create_req *req, struct creation *c, struct error *e)
{
	if (req->console_socket) {
		c->console_sock =
			handover_connect("--console-socket", req->console_socket, e);
		if (c->console_sock < 0)
			return c->console_sock;
	}
	if (!req->pidfd_socket)
		return 0;
	c->pidfd_sock = handover_connect("--pidfd-socket", req->pidfd_socket, e);
	return c->pidfd_sock < 0 ? c->pidfd_sock : 0;
}

static int make_child(struct creation *c, enum child_start start, struct error *e)
{
	const struct spawn_req spawn = { .plan = c->prepared.plan,
		.ctx = &c->ctx,
		.start = start,
		.listen_fd = c->listen_fd,
		.armed_fd = c->armed_fd };
	struct serve serve = { .child = &c->child,
		.plan = c->prepared.plan,
		.ctx = &c->ctx,
		.state = &c->state,
		.bundle = c->prepared.bundle,
		.relay_pending = c->prepared.plan->relay,
		.console_sock = c->console_sock };
	int r;

	listener_of_plan(c->prepared.plan, &c->state.rec, "creating", &serve.agent);
	r = spawn_child(&spawn, &c->child, e);
	if (r == 0) {
		/* From here on the flock of "armed" belongs to init alone: its execve lets
		 * it go. */
		cleanup_fd(&c->armed_fd);
		cleanup_fd(&c->listen_fd);
		r = serve_until_ready(&serve, e);
	}
	if (r < 0)
		oom_explain(c->prepared.plan, &c->ctx, e);
	return r < 0 ? r : step_cgroup_late(&c->ctx, e);
}

/* What is not there must not be taken for the container's later: kill would end nobody, and say
 * that it had (CG-11). */
static void forget_absent(const struct step_ctx *ctx, struct state_record *rec)
{
	size_t kept = 0;

	for (size_t i = 0; i < rec->n_hierarchies && i < STEP_MAX_HIERARCHIES; i++) {
		rec->hierarchies[i].made = ctx->cgroup_made[i];
		if (!ctx->cgroup_absent[i])
			rec->hierarchies[kept++] = rec->hierarchies[i];
	}
	rec->n_hierarchies = kept;
}

static int commit(const struct run_create_req *req, struct creation *c, struct error *e)
{
	struct state_record *rec = &c->state.rec;
	int r = 0;

	if (c->child.starttime == 0)
		r = sys_proc_stat(c->child.pid, &c->child.starttime, NULL);
	if (r < 0)
		return err_sys(e, -r, "read", "cannot read the start time of init");
	rec->pid = c->child.pid;
	rec->starttime = c->child.starttime;
	rec->status = "created";
	forget_absent(&c->ctx, rec);
	r = state_commit(&c->state, e);
	if (r == 0 && c->pidfd_sock >= 0)
		r = handover_pidfd(c->pidfd_sock, &c->child, e);
	if (r < 0 || !req->pid_file)
		return r;
	r = pid_file_write(req->pid_file, c->child.pid, e);
	if (r == 0)
		c->pid_file = req->pid_file;
	return r;
}

/*
 * Undo in reverse. LC-03: when a hook failed before the container was created, poststop
 * hooks run as well (runc does so; the specification sends every failure to steps 12 and
 * 13).
 */
static void creation_undo(struct creation *c, struct error *e)
{
	const struct plan *plan = c->prepared.plan;
	auto_error struct error left = ERROR_INIT;
	bool had_child = c->child.pid > 0;

	spawn_abort(&c->child, e);
	steps_undo(ACTOR_PARENT, &c->ctx);
	if (c->pid_file)
		unlink(c->pid_file);
	if (!c->reserved)
		return;
	if (had_child)
		hooks_poststop(plan, &c->state.rec);
	if (state_discard(c->rootfd, plan->id, &c->state, &left) < 0)
		log_ignored(&left, "the state folder could not be removed");
}

int creation_begin(const struct run_env *env, const struct run_create_req *req,
	enum child_start start, struct creation *c, struct error *e)
{
	int r = state_id_check(req->id, e);

	if (r == 0)
		r = run_check_threads(e);
	if (r < 0)
		return r;
	/* An ignored SIGCHLD, inherited from the caller, would reap our children behind
	 * our back. */
	signal(SIGCHLD, SIG_DFL);
	/* Engines leak descriptors into us: none of them may go on (E2). Nor may a crash
	 * write a core with what we hold, or a stranger look into the child while it
	 * still is what we are (A3, A6). */
	r = passed_read(req->preserve_fds, &c->prepared.passed, e);
	if (r == 0)
		r = passed_check(&c->prepared.passed, e);
	if (r < 0)
		return r;
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_sys(e, errno, "prctl", "cannot become undumpable");
	r = run_prepare(env, req, &c->prepared, e);
	if (r < 0)
		return r;
	c->is_prepared = true;
	for (size_t i = 0; i < c->prepared.plan->n_warnings; i++)
		log_warning("%s", c->prepared.plan->warnings[i]);
	passed_warn(c->prepared.plan);
	step_ctx_init(&c->ctx, c->prepared.plan);
	r = connect_sockets(req, c, e);
	if (r == 0)
		r = make_state(env, req, start, c, e);
	if (r == 0)
		r = steps_run(ACTOR_PARENT, PHASE_BEFORE, &c->ctx, e);
	if (r == 0)
		r = make_child(c, start, e);
	if (r == 0)
		r = commit(req, c, e);
	return r;
}

void creation_failed(struct creation *c, struct error *e)
{
	if (!c->is_prepared)
		return;
	creation_undo(c, e);
	if (e && e->path && !e->file)
		err_place(e, &(struct err_place){ .file = c->prepared.spec.doc.name,
				     .line = e->line,
				     .column = e->column,
				     .path = e->path });
	hint_for(e, &c->prepared.host);
}

/* What took how long, by step (--timings). */
void creation_timings(const struct creation *c)
{
	const struct progress *p = c->child.progress;
	uint64_t last = p->begin;

	for (unsigned i = 0; i < PROGRESS_STEPS; i++) {
		if (p->at[i] == 0 || !steps_get(i))
			continue;
		fprintf(stderr, "%8.3f ms  +%.3f  %s\n",
			(double)(p->at[i] - p->begin) / 1e6,
			(double)(p->at[i] - last) / 1e6, steps_get(i)->name);
		last = p->at[i];
	}
}

static int dry_run(const struct run_env *env, const struct run_create_req *req,
	struct buf *out, struct error *e)
{
	struct prepared p = { .memory = NULL };
	struct json_w *w;
	int r = passed_read(req->preserve_fds, &p.passed, e);

	if (r == 0)
		r = run_prepare(env, req, &p, e);
	if (r < 0)
		return r;
	w = json_w_open(2);
	if (w)
		plan_dump(p.plan, w);
	r = w ? json_w_close(w, out) : -ENOMEM;
	if (r == 0)
		r = buf_adds(out, "\n");
	prepared_done(&p);
	return r < 0 ? err_set(e, ERR_SYSTEM, r, "cannot write the plan") : 0;
}

int run_create(const struct run_env *env, const struct run_create_req *req,
	struct buf *out, struct error *e)
{
	_Alignas(16) char memory[PREPARED_MEMORY];
	struct run_create_req alone = *req;
	struct creation c = CREATION_INIT;
	int r = state_id_check(req->id, e);

	/* Nobody stays with what is created. */
	alone.detach = true;
	req = &alone;

	if (r < 0)
		return r;
	if (req->dry_run)
		return dry_run(env, req, out, e);
	c.prepared.memory = memory;
	r = creation_begin(env, req, CHILD_START_SOCKET, &c, e);
	if (r < 0) {
		creation_failed(&c, e);
	} else {
		/* The last word: init lives on without us from here. */
		r = chan_answer(&c.child.chan, NULL, -EBADF);
		if (r < 0) {
			err_sys(e, -r, "sendmsg", "init went away when it was created");
			creation_failed(&c, e);
		} else if (req->timings) {
			creation_timings(&c);
		}
	}
	creation_done(&c);
	return r;
}
