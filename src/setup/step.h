/* SPDX-License-Identifier: Apache-2.0 */
/* One step does one thing; the registry (steps.c) is the boot as a list that one can
 * read. */
#ifndef DAVIT_SETUP_STEP_H
#define DAVIT_SETUP_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "plan/plan.h"

struct buf;
struct error;

enum step_actor { ACTOR_PARENT, ACTOR_RELAY, ACTOR_INIT };
enum step_phase {
	PHASE_BEFORE,	  /* parent: before the child exists */
	PHASE_NAMESPACES, /* init: cgroup entered, namespaces joined, ids mapped */
	PHASE_ROOT,	  /* init: root and mounts made, the old root is still there */
	PHASE_INSIDE,	  /* init: after the hooks: pivot, and what is done inside */
	PHASE_RESTRICTED, /* init: privileges go, one after the other; then READY */
	PHASE_FINAL,	  /* init: after START, before execve (docs/decisions/0017) */
};

#define STEP_MAX_HIERARCHIES 32

/* A mount that becomes read-only at the end. */
struct step_late {
	int fd;
	size_t index; /* in plan.mounts */
};

/* The context of a run of steps: the plan, the descriptors, and the way to the parent. */
struct step_ctx {
	const struct plan *plan;
	/* ACTOR_INIT */
	bool exec;	 /* a further process: only the steps with in_exec */
	bool relayed;	 /* exec: step_relayed() has been called before the last fork */
	int target_fd;	 /* exec: handle of the container's init, until it is joined */
	int rootfs_fd;	 /* root of the container's root mount, O_PATH */
	int dev_null_fd; /* verified char 1:3 of the host, O_PATH; -EBADF until needed */
	/* Roots of the configuration's procfs at /proc and sysfs at /sys, O_PATH; or -EBADF */
	int proc_fd, sys_fd;
	struct step_late *late; /* heap, freed by step_ctx_done() */
	size_t n_late;
	int apparmor_fd,
		selinux_fd; /* attr/exec, open from step labels-ask on, or -EBADF */
	const char *apparmor_verb; /* how the profile is entered */
	void *caps;	  /* libcap's, from step caps-memory to step caps; or NULL */
	bool cwd_pending; /* root was refused the working folder: the container's user
			     tries */
	const char *home; /* found by step home, or NULL; storage in home_buf */
	char home_buf[4096];
	char exec_path[4096]; /* what execve gets */
	/* both: the v1 tasks files (parent opens, init writes "0" and closes), -EBADF =
	 * none */
	int tasks_fds[STEP_MAX_HIERARCHIES];
	size_t n_tasks;
	/* ACTOR_PARENT */
	/* O_PATH of the container's cgroup, by hierarchy */
	int cgroup_fds[STEP_MAX_HIERARCHIES];
	unsigned cgroup_made[STEP_MAX_HIERARCHIES]; /* folders made, for undo */
	/* Could not be made and nothing needs it: the container has none in this hierarchy. */
	bool cgroup_absent[STEP_MAX_HIERARCHIES];
	/* systemd: where the unit really is, in heap; NULL: as planned */
	char *cgroup_paths[STEP_MAX_HIERARCHIES];
	struct dbus
		*bus; /* systemd: the connection until the unit is there, heap, or NULL */
	bool unit_started; /* systemd: undo has to stop it */
	int v2_fd;	   /* the one to be born in, or -EBADF (one of cgroup_fds) */
	bool rdt_made, rdt_mon_made; /* groups of resctrl, for undo */
	bool applied[64];	     /* by registry index */
	/*
	 * Ask the parent: kind is a MSG_* of sync/message.h, arg its number; a descriptor
	 * in the answer is stored in *fd when fd is not NULL. Set by run/init.c; steps
	 * know no channels.
	 */
	int (*ask)(
		struct step_ctx *ctx, int kind, uint32_t arg, int *fd, struct error *e);
	/* The same, with a descriptor for the parent, which stays ours as well. */
	int (*give)(struct step_ctx *ctx, int kind, int fd, struct error *e);
	void *ask_arg;
	/* Have the parent, or the command that sent START, pass the filter's notify descriptor on
	 * (SEC-13); by_number: sendmsg may not be used for it. Set by run/init.c. */
	int (*hand_over)(struct step_ctx *ctx, int fd, bool by_number, struct error *e);
	/* Called before each step with its registry index (progress, timings); may be
	 * NULL. */
	void (*progress)(struct step_ctx *ctx, unsigned index);
	/* Runs the startContainer hooks for step "start-hooks" (run/init.c has the
	 * document). */
	int (*final_hooks)(struct step_ctx *ctx, struct error *e);
};

struct step {
	const char *name; /* "mounts" */
	enum step_actor actor;
	enum step_phase phase;
	const char *const *after;		 /* names, NULL-ended, or NULL */
	const char *why;			 /* the reason of the order */
	bool in_exec;				 /* also for exec */
	bool (*wanted)(const struct plan *plan); /* NULL: always */
	int (*apply)(struct step_ctx *ctx, struct error *e);
	void (*undo)(
		struct step_ctx *ctx); /* parent: undo what apply did; NULL: nothing */
};

/* Run the wanted steps of actor and phase in registry order. On failure names the step in
 * e. */
int steps_run(enum step_actor actor, enum step_phase phase, struct step_ctx *ctx,
	struct error *e);
/* Undo what was applied, in reverse. */
void steps_undo(enum step_actor actor, struct step_ctx *ctx);
/* Visit the registry (documents, tests). */
int steps_each(int (*fn)(void *arg, unsigned index, const struct step *s), void *arg);
/* The step at this index of the registry, as progress() gets it; NULL behind the end. */
const struct step *steps_get(unsigned index);
/* A context for plan, which it refers to: no descriptor is open, nothing is done. */
void step_ctx_init(struct step_ctx *ctx, const struct plan *plan);
/* Close every descriptor that the context owns. */
void step_ctx_done(struct step_ctx *ctx);
/* Add the plan item's place to an error. */
void step_origin(struct error *e, uint32_t line, uint32_t column, const char *path);

/* Steps that run/ calls by itself, outside the registry. */

/*
 * Run the hooks of a kind, one after the other. state is the document for stdin. dirfd:
 * working folder (bundle) or -EBADF: leave. The error has kind, index, path, exit status
 * and the last 4 KiB of the output. stop_at_first false: run all, the first error is
 * returned. kind is an enum hook_kind (config.md#posix-platform-hooks). home: for those
 * with find_home, or NULL.
 */
int step_hooks_run(const struct plan *plan, uint32_t kind, const char *state,
	size_t state_len, int dirfd, const char *home, bool stop_at_first,
	struct error *e);
/* Has the plan a hook of this kind? */
bool step_hooks_any(const struct plan *plan, uint32_t kind);
/* Write uid_map, gid_map of a child by pid through the trusted /proc (parent;
 * NEED_IDMAP). */
int step_idmap_write(const struct plan *plan, pid_t pid, struct error *e);
/*
 * Have program, newuidmap(1) or newgidmap(1) by its absolute path, write a map of pid, which is a
 * child of ours that was not waited for; with an empty environment (parent; G9, C4). -EPERM when it
 * refuses, with its words.
 */
int step_idmap_helper(const char *program, pid_t pid, const struct plan_idmap *map,
	size_t n, struct error *e);
/* Whether the user namespace that pid has joined has the maps of the plan (parent;
 * NEED_IDMAP; MAP-05). Not so: -EINVAL. A map that the plan does not have is not asked for. */
int step_idmap_check(const struct plan *plan, pid_t pid, struct error *e);
/* Move pid into the cgroups (parent; kernels without CLONE_INTO_CGROUP). */
int step_cgroup_move(struct step_ctx *ctx, pid_t pid, struct error *e);
/*
 * exec, in the relay, after step_ns_join(): what needs /proc and lives on over a fork, that is the
 * signals' dispositions and the out-of-memory score. Then /proc is left (sys_proc_own()), so that
 * the child, which a container with CAP_SYS_PTRACE sees from its birth, holds nothing of the host
 * (A3). false in *done: a user namespace has been joined, whose capabilities do not reach us, or
 * the kernel does not let us; then nothing was done. The errors of the two steps.
 */
int step_relayed(const struct plan *plan, bool *done, struct error *e);
/* Reset the signals that are ignored, but for SIGPIPE; set our own out-of-memory score. */
int step_signals_reset(struct error *e);
int step_score_set(const struct plan *plan, struct error *e);
/* Enter the v1 hierarchies: write "0" to each of ctx->tasks_fds (the new child,
 * right after the clone and before it runs the protected binary; not in the registry). */
int step_cgroup_enter(struct step_ctx *ctx, struct error *e);
/* In a user namespace: have the maps written, drop the host's groups, become its root.
 * For the child that is born in a new one (NS-06), before it runs the protected binary.
 */
int step_become_root_now(struct step_ctx *ctx, struct error *e);
/* CLONE_NEW* that the first child is cloned with, the relay where the plan has one. */
uint64_t step_birth_flags(const struct plan *plan);
/* The resctrl groups of a container, as its record has them. */
struct step_rdt {
	const char *group; /* below the root, "" the root itself */
	const char *id;	   /* of the container: name of the monitoring group */
	bool own;	   /* remove: the group too (RDT-11) */
	bool monitoring;
	bool unless_used; /* leave what has processes in it: it may be somebody else's */
};
/* Remove them (parent). What is gone already is fine. */
int step_rdt_remove(const struct step_rdt *s, struct error *e);
/* Add their tasks files to ctx->tasks_fds, for a further process. -ENOENT when one is gone. */
int step_rdt_enter(struct step_ctx *ctx, const struct step_rdt *s, struct error *e);
/*
 * Write lines to the schemata of the container's group, in one write. before, unless NULL, gets the
 * schemata that were in force, which can be written back by the same call. The error has the
 * kernel's own words (config-linux.md#intelrdt).
 */
int step_rdt_write(
	const struct step_rdt *s, const char *lines, struct buf *before, struct error *e);
/* Move the plan's network devices into the network namespace of pid (parent; NEED_NETDEV):
 * names, addresses, up. What has moved stays where it is when a later one cannot (NET-08). */
int step_net_move(const struct plan *plan, pid_t pid, struct error *e);
/* systemd's unit with pid in it, its cgroups open, what the manager cannot say written (parent;
 * NEED_CGROUP of that driver). Where the unit is: ctx->cgroup_paths. */
int step_cgroup_unit(struct step_ctx *ctx, pid_t pid, struct error *e);
/* Is the unit of systemd's asked for when there is a child? */
static inline bool step_has_unit(const struct plan *plan)
{
	return plan->cgroup && plan->cgroup->driver == PLAN_CGROUP_UNIT;
}
/* The late writes (pids.max). */
int step_cgroup_late(struct step_ctx *ctx, struct error *e);
/* v2: have the controllers of h handed down to its cgroup, which must be there. */
int step_cgroup_enable(const struct plan_hierarchy *h, struct error *e);
/* Put the device rules in force in the v2 cgroup dir, in place of those that are, with no moment
 * in which more is allowed than by the old or the new ones. */
int step_cgroup_devices(const struct plan_cgroup *cg, int dir, struct error *e);
/*
 * The oom score of ourselves, for callers without privilege: right after the clone, in the caller's
 * namespaces, because later on the file in /proc belongs to root (new child; not in the registry).
 */
int step_score_early(const struct plan *plan, struct error *e);
/* rlimits and oom score of another process (parent; NEED_LIMITS). */
int step_limits_set(const struct plan *plan, pid_t pid, struct error *e);
/*
 * The scheduler of another process, or the I/O priority of its process group, which has its number
 * (parent; NEED_SCHED, whose arg is what). -EPROTO when the plan has none.
 */
enum step_sched { STEP_SCHEDULER, STEP_IO_PRIORITY };
int step_sched_set(const struct plan *plan, uint32_t what, pid_t pid, struct error *e);
/*
 * A mount that only the host side can open or map (parent; NEED_MOUNT): index in plan.mounts, or
 * UINT32_MAX for the root file system. pid is init's, a child of ours that was not waited for.
 * A detached mount descriptor.
 */
int step_mount_open(const struct plan *plan, uint32_t index, pid_t pid, struct error *e);
/*
 * Map the owners of a detached mount as pm says (parent): by a user namespace that a short-lived
 * child of ours is born in, or by that of pid (MNT-13 to MNT-15, B14). The error names the file
 * system where it has no such thing.
 */
int step_mount_idmap(const struct plan_mount *pm, int mount, pid_t pid, struct error *e);
/* Join plan.joins, or for exec the namespaces of the target (init or relay). */
int step_ns_join(struct step_ctx *ctx, struct error *e);
/* The time namespace: unshare and write the offsets (relay). */
int step_time_ns(const struct plan *plan, struct error *e);

#endif
