/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of run/ share: a prepared bundle, a child, the ends of start. */
#ifndef DAVIT_RUN_INTERNAL_H
#define DAVIT_RUN_INTERNAL_H

#include <signal.h>

#include "base/arena.h"
#include "base/err.h"
#include "host/host.h"
#include "plan/planner.h"
#include "run/notify.h"
#include "run/run.h"
#include "setup/step.h"
#include "spec/spec.h"
#include "state/state.h"
#include "sync/channel.h"

/* --- prepare.c: a bundle becomes a plan --- */

/* Enough for what engines send. */
#define PREPARED_MEMORY 32768

/* --- passed.c: descriptors from 3 on that are the program's --- */

struct passed {
	uint32_t n;		  /* 3 .. 2+n */
	uint32_t listen_fds;	  /* the first of them are a service manager's sockets */
	const char *listen_names; /* LISTEN_FDNAMES, or NULL */
};
/* From --preserve-fds and the environment: LISTEN_FDS counts when LISTEN_PID is ours
 * (sd_listen_fds(3)); the two overlap. -EINVAL for a LISTEN_FDS that is no number. */
int passed_read(uint32_t preserve, struct passed *out, struct error *e);
/*
 * What is passed on must be the caller's: ours are close-on-exec, so that a gap that one of them
 * has filled is noticed (-EBADF). The rest of what the caller has open goes no further (E2).
 */
int passed_check(const struct passed *p, struct error *e);
/* The program has them: whoever reads from the other end shall see when it closes them. */
void passed_close(const struct passed *p);

struct prepared {
	struct passed passed;
	bool notify; /* the service manager wants to be told */
	struct arena arena;
	char bundle[4096]; /* absolute */
	struct spec spec;
	struct host host;
	struct plan *plan;
	void *memory; /* PREPARED_MEMORY bytes of the caller for the arena, or NULL */
};

/* Read and check the bundle's configuration, ask the host, plan. Nothing is changed anywhere.
 * -ENOENT, -EINVAL with all faults, ... Free with prepared_done(). */
int run_prepare(const struct run_env *env, const struct run_create_req *req,
	struct prepared *out, struct error *e);
void prepared_done(struct prepared *p);
/* A spec_warnings.fn: to the log, with its place. */
void prepared_warning(void *arg, const struct err_place *where, const char *text);

/* --- child.c, spawn.c: the process that becomes the container --- */

/* Shared with the child: where it is, and when each step began. One page of a memfd. */
#define PROGRESS_STEPS 64
struct progress {
	uint32_t step;	/* registry index + 1 of the running step, 0: none yet */
	uint32_t phase; /* enum step_phase + 1 */
	uint64_t begin; /* CLOCK_MONOTONIC ns of the clone */
	uint64_t at[PROGRESS_STEPS];
};

struct child {
	pid_t pid; /* of init once it is born, else of the relay */
	int pidfd; /* of the same process */
	uint64_t starttime;
	pid_t relay; /* 0: none, or reaped */
	bool dead;   /* reaped: status is valid */
	bool exec;   /* a further process of a container */
	struct notify notify;
	int tty; /* the master of its terminal, for the foreground; or -EBADF */
	int status;
	struct chan chan;
	struct progress *progress;
};
#define CHILD_INIT                        \
	((struct child){ .pidfd = -EBADF, \
		.tty = -EBADF,            \
		.notify = NOTIFY_INIT,    \
		.chan = { .fd = -EBADF } })

enum child_start { CHILD_START_SOCKET, CHILD_START_CHANNEL };

struct spawn_req {
	const struct plan *plan;
	struct step_ctx *ctx; /* the parent's, with the cgroup descriptors */
	enum child_start start;
	int listen_fd; /* start.sock, for CHILD_START_SOCKET */
	int armed_fd;  /* the flock'ed file */
	int target_fd; /* exec: handle of the container's init */
};

/* Clone the child; on return it runs. On failure nothing is left. */
int spawn_child(const struct spawn_req *req, struct child *out, struct error *e);
/* Kill it, wait for it, put what is known of its death into e when e is empty. */
void spawn_abort(struct child *c, struct error *e);
void spawn_done(struct child *c);
/* "init died by signal 9 in step mounts" into e. */
int spawn_died(struct child *c, struct error *e);

/* --- handover.c --- */

/*
 * Connect to the stream socket at path, of any length; option is its name for errors. Gives up
 * after some seconds with -ETIMEDOUT. The descriptor, to be closed by the caller.
 */
int handover_connect(const char *option, const char *path, struct error *e);
/* One message: name, and the descriptor fd, which stays open here. */
int handover_send(
	const char *option, int sock, const char *name, int fd, struct error *e);
/* The handle of the child (--pidfd-socket). -EOPNOTSUPP on kernels without. */
int handover_pidfd(int sock, const struct child *c, struct error *e);

/* --- serve.c --- */

/* The agent of a filter that asks (SEC-13 to SEC-15); path NULL: there is none. */
#define LISTENER_TIMEOUT_MS 10000
/* For the execve of a program that runs to let go of init's lock. */
#define DISARM_TIMEOUT_MS 5000
struct listener {
	const char *path, *metadata;
	const struct state_record *rec;
	const char *status; /* of the container, for the agent */
	bool by_number;
	bool impatient; /* nothing of the user's comes between the filter and execve */
};

struct serve {
	struct child *child;
	const struct plan *plan;
	struct step_ctx *ctx;
	struct state *state; /* NULL for exec */
	const char *bundle;
	struct listener agent;
	bool relay_pending; /* INIT_BORN has still to come */
	bool agent_asked;   /* from here on init may wait for it, and we with init */
	int console_sock;   /* connected, gets the terminal; -EBADF: child->tty does */
};
/* Answer what the child asks until READY. */
int serve_until_ready(struct serve *s, struct error *e);

/* --- listener.c --- */

/* The agent of a plan's filter. */
void listener_of_plan(const struct plan *plan, const struct state_record *rec,
	const char *status, struct listener *out);
/* The same from what is stored, for start. */
int listener_of_stored(
	struct state *s, struct arena *a, struct listener *out, struct error *e);
/* SECCOMP_FD has come from the process pid with the handle pidfd: connect to the agent, send it the
 * container process state and the descriptor. -EPROTO: it was not due. Within
 * LISTENER_TIMEOUT_MS for each of connecting and sending. */
int listener_pass(const struct listener *l, pid_t pid, int pidfd, const struct msg *m,
	const int *fds, size_t n_fds, struct error *e);
/* What the end of the time means. */
int listener_late(const struct listener *l, struct error *e);

/* --- oom.c --- */
/* Say in e which memory limit of the plan it was, where the kernel's counters tell that the child
 * was killed, or got no memory, because of one. */
void oom_explain(const struct plan *plan, const struct step_ctx *ctx, struct error *e);
/* The same of a container that was created, when its start failed. */
void oom_explain_start(const struct state_record *rec, struct error *e);

/* --- child side --- */

/* What a child is born with: descriptors by number. */
struct birth {
	int chan, plan, progress, armed,
		listen; /* listen -1: START comes by the channel */
	int target;	/* exec: handle of the container's init, else -1 */
	int passed;	/* so many descriptors from 3 on are the program's */
};
/* Runs after the clone or the execveat; never returns. */
void relay_main(const struct plan *plan, struct chan *chan, const struct birth *b,
	struct progress *progress) __attribute__((noreturn));
void init_main(const struct plan *plan, struct chan *chan, const struct birth *b,
	struct progress *progress, bool relayed) __attribute__((noreturn));
/* Send the failure up and end. */
void child_fail(struct chan *chan, struct error *e) __attribute__((noreturn));

/* --- attend.c --- */

/*
 * Take in every signal that is not about ourselves, from before the clone on, so that none is
 * lost. A signalfd; *old for sigprocmask() at the end.
 */
int attend_signals(sigset_t *old, struct error *e);
/* Forward signals, reap, until the child has ended: its exit code, 128 + n for a signal. */
int attend(struct child *c, int signals, struct error *e);
/* Reap whatever has ended; true when the child is among it, or was. */
bool attend_reap(struct child *c);
struct signalfd_siginfo;
/* Pass on one signal, but those about ourselves. */
void attend_forward(struct child *c, const struct signalfd_siginfo *si);

/* --- proxy.c --- */

/*
 * The part of attend() for a child with a terminal (c->tty, which is closed): bytes both ways,
 * window size, raw mode of our own terminal until it returns. 0 when the child has ended and
 * what it wrote last is out.
 */
int proxy(struct child *c, int signals, struct error *e);
/* Give the terminal the size of ours, where one of our standard descriptors is one. */
void proxy_size(int master);

/* --- pidfile.c --- */

/* J9: written aside and renamed, without newline; a link at the name is not followed. */
int pid_file_write(const char *path, pid_t pid, struct error *e);

/* --- start.c --- */

/* Send START on fd (connected to init, or the channel) and learn what came of it.
 * *executed: EXEC was seen before the failure (then only execve failed). agent, pid and pidfd are
 * for a filter that asks. */
int start_ask(int fd, const struct listener *agent, pid_t pid, int pidfd, bool *executed,
	struct error *e);

/* --- hooks.c --- */

/* The hooks of a stored configuration as a plan with nothing but hooks. */
int hooks_of_stored(struct state *s, struct arena *a, struct plan **out, struct error *e);
/* Run one kind in the runtime's namespaces with the state document of rec. */
int hooks_run(const struct plan *plan, uint32_t kind, const struct state_record *rec,
	const char *status, int64_t pid, bool stop_at_first, struct error *e);
/* The poststop hooks of plan: a failure is a warning (LC-13). */
void hooks_poststop(const struct plan *plan, const struct state_record *rec);
/* The parts of the state document that hooks inside the container get, into plan.state_parts,
 * memory from a. Without such hooks nothing is done. */
int hooks_state_parts(struct plan *plan, const struct state_record *rec, struct arena *a,
	struct error *e);

/* --- remove.c --- */

/* --- kill.c --- */
/* Open the container's cgroup in one hierarchy (O_PATH). -ENOENT without a text when it is gone. */
int cgroup_open(const struct state_hierarchy *h, struct error *e);
/* The cgroup whose list of processes is asked: of v2, else of the freezer, else any, and whether
 * it is v2's. -ENOTSUP when the container has none, -ENOENT (without a text) when it is gone. */
int members_open(const struct state_record *rec, bool *v2, struct error *e);
/* End every process of the container's cgroup, thawing it where it is frozen. 0 also when there
 * is none; -ENOTSUP as members_open(), -ETIMEDOUT. */
int members_kill(const struct state_record *rec, int timeout_ms, struct error *e);
/* Compares two pid_t, for qsort() and bsearch(). */
int members_by_number(const void *a, const void *b);

/* Destroy: kill, remove, discard the folder, poststop hooks (failures are warnings). s is closed
 * by the caller. */
int remove_container(int rootfd, struct state *s, bool alive, struct error *e);

/* --- freeze.c --- */
/* Thaw the container's cgroup if it is frozen, so that SIGKILL takes effect (v1). */
int freeze_thaw(const struct state_record *rec, struct error *e);
/*
 * Stop every process of the container's cgroup: freezer.state of v1, else cgroup.freeze of v2.
 * Returns when they stand. -ETIMEDOUT: some did not within the time, all go on again; -ENOTSUP: no
 * cgroup that could be frozen; -ENOENT: it is gone.
 */
int freeze_on(const struct state_record *rec, int timeout_ms, struct error *e);
/* Let them go on, in each hierarchy where they are frozen. -ETIMEDOUT: a cgroup above is frozen. */
int freeze_off(const struct state_record *rec, int timeout_ms, struct error *e);

/* --- exec_cgroup.c --- */
/* Is this the v1 hierarchy of a controller, whose name has n bytes? */
bool hierarchy_has(const struct state_hierarchy *h, const char *controller, size_t n);

/* --- pause.c --- */
/* Is init in the container's cgroup, or in one below it? -EXDEV when it was moved away, -ESRCH
 * when it has ended, -ENOENT when the cgroup is gone, -ENOTSUP when the container has none. */
int member_check(const struct state_record *rec, struct error *e);

/* --- passed.c again --- */
/* D4: a terminal of ours among the standard descriptors of a program that may feed it. */
void passed_warn(const struct plan *plan);

/* --- threads.c --- */
int run_check_threads(struct error *e);

/* --- hints.c --- */
/* Fill in the advice if a row matches. */
void hint_for(struct error *e, const struct host *host);

#endif
