/* SPDX-License-Identifier: Apache-2.0 */
/* Who does what when: the commands' bodies. */
#ifndef DAVIT_RUN_RUN_H
#define DAVIT_RUN_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "spec/overlay.h"
#include "state/state.h"

struct arena;
struct buf;
struct error;

/* Global options. */
struct run_env {
	const char *root; /* --root or NULL */
	bool systemd_cgroup, cgroup_disabled;
	bool strict_delete;
};

struct run_create_req {
	const char *id, *bundle,
		*config; /* bundle NULL: cwd; config NULL: config.json of the bundle */
	const char *pid_file, *console_socket, *pidfd_socket;
	bool no_pivot, no_new_keyring, dry_run;
	uint32_t preserve_fds;
	const char *host_file; /* --host: a pretended host for --dry-run (test builds) */
	bool timings;
	/* run */
	bool detach, keep, no_subreaper;
};

/*
 * Functions return 0 or a negative errno with e filled. Those that change a container take its lock
 * with a deadline of STATE_LOCK_TIMEOUT_MS (run_exec and run_kill take none). Without such a
 * container: -ENOENT, "container does not exist"; one that ended: -ESRCH, "container not running".
 */

/* runtime.md#create. From request to state created; on failure nothing is left. dry_run: nothing is
 * done, the plan's JSON is put in out. */
int run_create(const struct run_env *env, const struct run_create_req *req,
	struct buf *out, struct error *e);
/* create, start and attend in one process. *exit_code is the program's (128+n for a
 * signal). */
int run_run(const struct run_env *env, const struct run_create_req *req, int *exit_code,
	struct error *e);
struct run_exec_req {
	const char *id;
	const char *process; /* a file with the process object; then over is empty */
	struct spec_overlay over;
	const char *const *cgroups; /* "[CONTROLLER,...:]PATH" */
	size_t n_cgroups;
	const char *pid_file, *console_socket, *pidfd_socket;
	uint32_t preserve_fds;
	bool detach, ignore_paused;
};
/* A further process in a live container. *exit_code is the program's, 0 when detached. */
int run_exec(const struct run_env *env, const struct run_exec_req *req, int *exit_code,
	struct error *e);
/* runtime.md#start. Returns when the program runs (with NOTIFY_SOCKET: when it is ready) and the
 * poststart hooks have ended. A hook that fails destroys the container. */
int run_start(const struct run_env *env, const char *id, struct error *e);
/* runtime.md#kill. To init by handle; all, or KILL without a pid namespace of its own: to every
 * process of the cgroup. */
int run_kill(
	const struct run_env *env, const char *id, int sig, bool all, struct error *e);
/* Stop every process of the container, and let them go on. */
int run_pause(const struct run_env *env, const char *id, struct error *e);
int run_resume(const struct run_env *env, const char *id, struct error *e);
struct run_events_req {
	const char *id;
	bool stats; /* once, and no more */
	int64_t interval_ms;
};
/*
 * Statistics, and unless they are all that is wanted a stream until init has ended: statistics
 * each interval and what the kernel tells (oom; with v2 oom_kill, populated, frozen, pids_max,
 * pressure). fn gets each event as one line of JSON; what it returns, when negative, ends the
 * stream and is returned.
 */
int run_events(const struct run_env *env, const struct run_events_req *req,
	int (*fn)(void *arg, const char *line, size_t n), void *arg, struct error *e);
/* What update changes: each value as text, NULL where it was not given. */
enum run_update_value {
	UPDATE_BLKIO_WEIGHT,
	UPDATE_CPU_PERIOD,
	UPDATE_CPU_QUOTA,
	UPDATE_CPU_BURST,
	UPDATE_CPU_SHARE,
	UPDATE_CPU_RT_PERIOD,
	UPDATE_CPU_RT_RUNTIME,
	UPDATE_CPU_IDLE,
	UPDATE_CPUSET_CPUS,
	UPDATE_CPUSET_MEMS,
	UPDATE_MEMORY,
	UPDATE_MEMORY_RESERVATION,
	UPDATE_MEMORY_SWAP,
	UPDATE_KERNEL_MEMORY,
	UPDATE_KERNEL_MEMORY_TCP,
	UPDATE_PIDS_LIMIT,
	UPDATE_VALUES
};
struct run_update_req {
	const char *id;
	const char *resources; /* a file with linux.resources, "-": standard input */
	const char *values[UPDATE_VALUES];
	const char *l3_cache_schema, *mem_bw_schema;
	const char *const *device_allow, *const *device_deny; /* "c 1:3 rw" */
	size_t n_device_allow, n_device_deny;
};
/* Change the resources of a container that is there: all of it, or nothing. */
int run_update(
	const struct run_env *env, const struct run_update_req *req, struct error *e);
/* runtime.md#delete. force: kills first, and no container is no error. -EBUSY for one that is not
 * stopped. poststop hooks run last; their failures are warnings. */
int run_delete(const struct run_env *env, const char *id, bool force, struct error *e);
/* The state document, indented, with newline. */
int run_state(
	const struct run_env *env, const char *id, struct buf *out, struct error *e);

/* The pids of all processes in the container's cgroup and below, ascending, as we see them: init,
 * what it has made, what exec has brought. In a. None when there are none any more. -ENOTSUP for a
 * container without a cgroup. */
int run_ps(const struct run_env *env, const char *id, struct arena *a, pid_t **pids,
	size_t *n, struct error *e);

struct run_list_entry {
	const char *id, *status, *bundle, *created, *owner;
	int64_t pid;
	const struct state *state;
	const struct status_live *live;
};
/* Each container, sorted by id; a broken one is given with status "unknown". An absent
 * root is an empty list. */
int run_list(const struct run_env *env, bool ids_only,
	int (*fn)(void *arg, const struct run_list_entry *entry), void *arg,
	struct error *e);
/* The OCI features document. */
int run_features(struct buf *out, struct error *e);
/* check: reads a configuration (config, or config.json of bundle; NULL: of the working folder) and
 * checks it by every rule that needs no host. Faults in e; warnings by callback (spec/spec.h). */
struct spec_warnings;
int run_check(const char *bundle, const char *config,
	const struct spec_warnings *warnings, struct error *e);
/* The hidden command of the child: runs init from the image; does not return. */
void run_child_main(int argc, char **argv) __attribute__((noreturn));

#endif
