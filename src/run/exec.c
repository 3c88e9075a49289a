/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A further process in a container that is there. No lock is taken: the container is held by the
 * handle of its init, and what goes wrong when it ends meanwhile is an error of the process.
 */
#include "config.h"

#include "run/exec.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "run/attend.h"
#include "run/handover.h"
#include "run/listener.h"
#include "run/open.h"
#include "run/passed.h"
#include "run/pidfile.h"
#include "run/prepare.h"
#include "run/record.h"
#include "run/serve.h"
#include "run/spawn.h"
#include "run/start.h"
#include "run/threads.h"
#include "spec/names.h"
#include "sys/ns.h"
#include "sys/interrupt.h"
#include "sys/pidfd.h"
#include "sys/sched.h"

#define FILTER_FILE "seccomp.bpf"
#define FILTER_MAX (BPF_MAXINSNS * sizeof(struct sock_filter))

struct execution {
	const struct run_exec_req *req;
	struct opened o;
	struct prepared p; /* arena, configuration with the process, plan */
	int target;	   /* handle of init */
	struct step_ctx ctx;
	struct child child;
	int pidfd_sock, console_sock; /* connected, for the options */
};

/* The command line alone: nothing is opened for a request that contradicts itself. */
static int check_request(const struct run_exec_req *req, struct error *e)
{
	struct spec_overlay over = req->over;

	/* conmon gives --tty beside a file that says the same. */
	over.terminal = false;
	if (req->process && spec_overlay_any(&over))
		return err_set(e, ERR_USAGE, -EINVAL,
			"--process describes the whole process: no command and no "
			"option of the process but --tty may be given with it");
	if (!req->process && req->over.n_args == 0)
		return err_set(e, ERR_USAGE, -EINVAL,
			"the command is missing, or --process with a file");
	return 0;
}

/* In the words that engines know (docs/engines.md, "Words"). */
static int check_status(
	const struct run_exec_req *req, const struct status_live *live, struct error *e)
{
	switch (live->status) {
	case STATUS_CREATED:
	case STATUS_RUNNING:
		return 0;
	case STATUS_PAUSED:
		if (req->ignore_paused)
			return 0;
		return err_verbatim(
			e, ERR_STATE, -EBUSY, "cannot exec in a paused container");
	case STATUS_CREATING:
		return err_verbatim(e, ERR_STATE, -EBUSY,
			"cannot exec in a container that is being created");
	case STATUS_STOPPED:
		break;
	}
	return err_verbatim(e, ERR_STATE, -ESRCH, "container not running");
}

static int find_container(struct execution *x, const struct run_env *env, struct error *e)
{
	struct status_live live;
	int r = opened_begin(env, x->req->id, false, &x->o, e);

	if (r == 0)
		r = status_live(&x->o.state, &live, e);
	if (r == 0)
		r = check_status(x->req, &live, e);
	if (r < 0)
		return r;
	x->target = pidfd_get((pid_t)live.pid, x->o.state.rec.starttime, NULL);
	if (x->target == -ESRCH)
		return err_verbatim(e, ERR_STATE, -ESRCH, "container not running");
	if (x->target < 0)
		return err_sys(e, -x->target, "pidfd_open",
			"cannot get a handle of the container's init");
	return 0;
}

/* The process of the stored configuration, never the bundle's, which may have changed (LC-14). */
static int describe_process(struct execution *x, struct error *e)
{
	const struct spec_warnings warnings = { .fn = prepared_warning };
	struct arena *a = &x->p.arena;
	struct spec_config *config;
	struct spec_process *process;
	int r = spec_load_stored(x->o.state.dirfd, "config.json", a, &x->p.spec, e);

	if (r < 0)
		return err_wrap(e, "the stored configuration");
	if (x->req->process) {
		r = spec_process_open(AT_FDCWD, x->req->process, x->p.spec.config,
			&warnings, a, &x->p.spec, e);
		if (r < 0 || !x->req->over.terminal)
			return r;
	}
	if (!x->p.spec.config->process)
		return err_set(e, ERR_CONFIG, -EINVAL,
			"the container's configuration has no process: give one with "
			"--process");
	config = arena_memdup(a, x->p.spec.config, sizeof(*config));
	process = arena_alloc(a, sizeof(*process));
	if (!config || !process)
		return err_sys(e, ENOMEM, "malloc", "cannot describe the process");
	if (x->req->process) {
		*process = *config->process;
		process->terminal = true;
	} else {
		r = spec_overlay_apply(config->process, &x->req->over, a, process, e);
	}
	config->process = process;
	x->p.spec.config = config;
	return r;
}

/* F4: as it was compiled for init. A filter that the record knows and that is gone ends it. */
static int read_filter(
	struct execution *x, struct plan_exec_target *target, struct error *e)
{
	const struct state_record *rec = &x->o.state.rec;
	/* Of the filter the stored configuration has the agent alone. */
	const struct spec_linux *l = x->p.spec.config->linux;
	const struct spec_seccomp *seccomp = l ? l->seccomp : NULL;
	auto_error struct error found = ERROR_INIT;
	auto_buf struct buf bytes = BUF_INIT;
	int r = io_read_at(x->o.state.dirfd, FILTER_FILE, FILTER_MAX, &bytes, &found);

	if (r == -ENOENT && rec->seccomp_size == 0)
		return 0;
	if (r < 0) {
		err_move(e, &found);
		return err_wrap(e, "the container's system call filter");
	}
	if (bytes.len == 0 || bytes.len % sizeof(struct sock_filter) ||
		(rec->seccomp_size && rec->seccomp_size != bytes.len))
		return err_set(e, ERR_STATE, -EBADMSG,
			"the container's system call filter is broken");
	target->filter = arena_memdup(&x->p.arena, bytes.p, bytes.len);
	target->n_filter = bytes.len;
	target->filter_flags = rec->seccomp_flags;
	target->by_number = rec->seccomp_by_number;
	if (seccomp) {
		target->listener = seccomp->listener_path;
		target->metadata = seccomp->listener_metadata;
	}
	return target->filter ? 0
			      : err_sys(e, ENOMEM, "malloc", "cannot read the filter");
}

/* Namespaces that create made are not ours; of the others it depends on who calls. */
static int find_namespaces(
	struct execution *x, struct plan_exec_target *target, struct error *e)
{
	const struct spec_linux *l = x->p.spec.config->linux;
	uint64_t ask = 0, other;
	int r;

	for (int i = 0; i < NS_TYPES; i++)
		ask |= ns_table[i].flag;
	for (size_t i = 0; l && i < l->n_namespaces; i++) {
		const struct spec_namespace *ns = &l->namespaces[i];

		if (ns->path && ns->path[0])
			continue;
		target->join_flags |= ns_table[ns->type].flag;
		ask &= ~ns_table[ns->type].flag;
	}
	r = ns_differ((pid_t)target->pid, ask, &other, e);
	if (r == -ESRCH) {
		err_done(e);
		return err_verbatim(e, ERR_STATE, r, "container not running");
	}
	target->join_flags |= other;
	return r;
}

/* Who asks for no label need not know. */
static int read_host(struct execution *x, struct error *e)
{
	const struct spec_process *p = x->p.spec.config->process;
	int r = host_read_process(&x->p.host, e);

	if (r == 0 && ((p->apparmor_profile && p->apparmor_profile[0]) ||
			      (p->selinux_label && p->selinux_label[0])))
		host_read_lsm(&x->p.host);
	return r;
}

static int make_plan(struct execution *x, struct error *e)
{
	const struct state_record *rec = &x->o.state.rec;
	struct plan_exec_target target = {
		.id = x->req->id,
		.pid = (uint32_t)rec->pid,
		.starttime = rec->starttime,
		.no_new_keyring = rec->no_new_keyring,
		.preserve_fds = x->req->preserve_fds,
		.detached = x->req->detach,
	};
	int r = describe_process(x, e);

	if (r == 0)
		r = read_filter(x, &target, e);
	if (r == 0)
		r = find_namespaces(x, &target, e);
	if (r == 0)
		r = read_host(x, e);
	if (r == 0)
		r = plan_exec(&x->p.spec, &target, x->req->console_socket, &x->p.host,
			&x->p.arena, &x->p.plan, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < x->p.plan->n_warnings; i++)
		log_warning("%s", x->p.plan->warnings[i]);
	passed_warn(x->p.plan);
	return 0;
}

/* One try: cgroups, child, restricted and waiting. */
static int try_child(struct execution *x, bool beside_init, struct error *e)
{
	const struct spawn_req spawn = { .plan = x->p.plan,
		.ctx = &x->ctx,
		.start = CHILD_START_CHANNEL,
		.listen_fd = -1,
		.armed_fd = -1,
		.target_fd = x->target };
	struct serve serve = { .child = &x->child,
		.plan = x->p.plan,
		.ctx = &x->ctx,
		.relay_pending = x->p.plan->relay,
		.console_sock = x->console_sock };
	struct step_rdt rdt;
	int r;

	listener_of_plan(x->p.plan, &x->o.state.rec, "running", &serve.agent);
	step_ctx_init(&x->ctx, x->p.plan);
	r = exec_cgroups(x->req, &x->o.state.rec, beside_init, &x->ctx, e);
	if (r == 0 && record_rdt(&x->o.state.rec, &rdt))
		r = step_rdt_enter(&x->ctx, &rdt, e);
	if (r == 0)
		r = spawn_child(&spawn, &x->child, e);
	if (r == 0)
		r = serve_until_ready(&serve, e);
	if (r < 0)
		spawn_abort(&x->child, e);
	step_ctx_done(&x->ctx);
	return r;
}

static int make_child(struct execution *x, struct error *e)
{
	const struct plan_process *p = x->p.plan->process;
	int r = 0;

	/* PROC-25: before the cgroup is entered, which the child does with its first breath. */
	if (p->n_initial_cpus)
		r = sys_affinity_ranges(p->initial_cpus, p->n_initial_cpus / 2);
	if (r < 0)
		return err_sys(e, -r, "sched_setaffinity",
			"cannot set process.execCPUAffinity.initial");
	r = try_child(x, false, e);
	if (r != -EBUSY)
		return r;
	/* F5: init went into a cgroup below and gave controllers to it; processes can no
	 * longer be in the container's own (cgroups(7), no internal processes). */
	spawn_done(&x->child);
	x->child = CHILD_INIT;
	err_done(e);
	return try_child(x, true, e);
}

/*
 * What engines look for stands in the line itself, also where that is an exact text (which is
 * printed without what was being done).
 */
static void begin_with(struct error *e, const char *words)
{
	char *text;

	/* What is wrong with the command line speaks for itself. */
	if (!e || e->kind == ERR_USAGE)
		return;
	if (!e->verbatim || !e->text) {
		err_wrap(e, "%s", words);
		return;
	}
	if (asprintf(&text, "%s: %s", words, e->text) < 0)
		return; /* without memory the text alone says what is wrong */
	free(e->text);
	e->text = text;
}

static int start_child(struct execution *x, struct error *e)
{
	struct listener agent;
	bool executed;
	int r = make_child(x, e);

	listener_of_plan(x->p.plan, &x->o.state.rec, "running", &agent);
	if (r == 0 && x->pidfd_sock >= 0)
		r = handover_pidfd(x->pidfd_sock, &x->child, e);
	if (r == 0)
		r = start_ask(x->child.chan.fd, &agent, x->child.pid, x->child.pidfd,
			&executed, e);
	/* From here on signals are the program's. */
	sys_interrupt_end();
	if (r == 0 && x->req->pid_file) {
		/* The program runs for certain: a pid file alone says so to conmon. */
		r = pid_file_write(x->req->pid_file, x->child.pid, e);
		if (r < 0)
			spawn_abort(&x->child, NULL);
		return r;
	}
	if (r == 0)
		return 0;
	spawn_abort(&x->child, NULL);
	/* When the container has ended, whatever failed is a consequence. */
	if (pidfd_ended(x->target, (pid_t)x->o.state.rec.pid, x->o.state.rec.starttime,
		    0) == 1) {
		err_done(e);
		return err_verbatim(e, ERR_STATE, -ESRCH, "container not running");
	}
	begin_with(e, "unable to start container process");
	return r;
}

static int connect_sockets(struct execution *x, struct error *e)
{
	const struct run_exec_req *req = x->req;

	if (req->console_socket) {
		x->console_sock =
			handover_connect("--console-socket", req->console_socket, e);
		if (x->console_sock < 0)
			return x->console_sock;
	}
	if (!req->pidfd_socket)
		return 0;
	x->pidfd_sock = handover_connect("--pidfd-socket", req->pidfd_socket, e);
	return x->pidfd_sock < 0 ? x->pidfd_sock : 0;
}

static int execute(struct execution *x, const struct run_env *env, int signals,
	int *exit_code, struct error *e)
{
	int r = find_container(x, env, e);

	if (r == 0)
		r = make_plan(x, e);
	if (r == 0)
		r = connect_sockets(x, e);
	if (r < 0)
		return r;
	/* The child must not hold the container's state folder (CVE-2016-9962). */
	state_close(&x->o.state);
	cleanup_fd(&x->o.rootfd);
	r = start_child(x, e);
	cleanup_fd(&x->pidfd_sock);
	cleanup_fd(&x->console_sock);
	if (r < 0 || x->req->detach)
		return r;
	passed_close(&(struct passed){ .n = x->req->preserve_fds });
	r = attend(&x->child, signals, e);
	if (r < 0)
		return r;
	*exit_code = r;
	return 0;
}

static int prepare_self(const struct run_exec_req *req, struct error *e)
{
	int r = state_id_check(req->id, e);

	if (r == 0)
		r = check_request(req, e);
	if (r == 0)
		r = run_check_threads(e);
	if (r == 0)
		r = passed_check(&(struct passed){ .n = req->preserve_fds }, e);
	if (r < 0)
		return r;
	/* As in create: see there. */
	signal(SIGCHLD, SIG_DFL);
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_sys(e, errno, "prctl", "cannot become undumpable");
	return 0;
}

int run_exec(const struct run_env *env, const struct run_exec_req *req, int *exit_code,
	struct error *e)
{
	_Alignas(16) char memory[PREPARED_MEMORY];
	struct execution x = { .req = req,
		.o = { .rootfd = -EBADF, .state = { .dirfd = -EBADF } },
		.p = { .arena = ARENA_INIT },
		.target = -EBADF,
		.child = CHILD_INIT,
		.pidfd_sock = -EBADF,
		.console_sock = -EBADF };
	auto_fd int signals = -EBADF;
	sigset_t old;
	int r = prepare_self(req, e);

	*exit_code = 0;
	if (r < 0)
		return r;
	arena_use(&x.p.arena, memory, sizeof(memory));
	if (!req->detach) {
		signals = attend_signals(&old, e);
		if (signals < 0)
			return signals;
	}
	r = execute(&x, env, signals, exit_code, e);
	if (r < 0)
		begin_with(e, "exec failed");
	spawn_done(&x.child);
	opened_done(&x.o);
	prepared_done(&x.p);
	cleanup_fd(&x.target);
	cleanup_fd(&x.pidfd_sock);
	cleanup_fd(&x.console_sock);
	if (signals >= 0)
		r = attend_interrupted(r, exit_code, e);
	if (signals >= 0)
		sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}
