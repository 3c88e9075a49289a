/* SPDX-License-Identifier: Apache-2.0 */
/*
 * davit: run containers as the OCI runtime specification says.
 *
 * Until 1.0 this interface has no ABI promise. No function exits or, but for
 * the option timings, prints.
 *
 * Unless it says otherwise a function returns 0, or a negative errno and an error object in *err,
 * which is to be freed with davit_error_free(). err may be NULL. Outputs are untouched on failure.
 * Strings are UTF-8, end with NUL, and are not kept after the return; texts that are returned are
 * freed with davit_free(). No argument but err, bundle, config and options may be NULL.
 *
 * Every function may return -EINVAL (wrong arguments, a wrong id, a faulty configuration), -ENOMEM,
 * and whatever errno a call of the kernel fails with. Those that take the id of a container return
 * -ENOENT when there is none, -ESRCH when it has ended and that is in the way, -EBUSY when it is in
 * another state than is needed, -ETIMEDOUT when another command holds its lock for ten seconds.
 *
 * create, run, start, exec and delete make processes: in a process with more than one thread they
 * return -DAVIT_E_THREADS. create, run and exec make the process undumpable and set SIGCHLD to its
 * default; run becomes a subreaper unless told otherwise.
 */
#ifndef DAVIT_DAVIT_H
#define DAVIT_DAVIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* No errno of the kernel: the calling process has threads. */
#define DAVIT_E_THREADS 4095

struct davit;
struct davit_error;

/*
 * Option structs begin with their own size (sizeof of the caller's); what is behind it is 0, false
 * or NULL unless it is asked for. An older caller's struct may be shorter.
 */
struct davit_options {
	size_t size;
	const char *root;     /* state folder, NULL: the default */
	bool systemd_cgroup;  /* --systemd-cgroup */
	bool cgroup_disabled; /* --cgroup-manager=disabled */
	bool strict_delete;   /* delete refuses a created container (LIFE-14) */
};

/* Of create and run; see davit-create(8) and davit-run(8). */
struct davit_create_options {
	size_t size;
	const char *bundle;	    /* folder; NULL: the working directory */
	const char *config;	    /* file; NULL: config.json of the bundle */
	const char *pid_file;	    /* gets the decimal pid of init, written last */
	const char *console_socket; /* unix stream socket that gets the terminal */
	const char *pidfd_socket;   /* unix stream socket that gets a handle of init */
	bool no_pivot;		    /* move the root in place of pivot_root(2) */
	bool no_new_keyring;	    /* keep the caller's session keyring */
	uint32_t preserve_fds;	    /* descriptors 3 .. 2+N are passed on */
	const char *host_file;	    /* pretended host, dry run of test builds only */
	bool timings;		    /* print on stderr how long each step took */
	bool detach;		    /* run: return when the program runs */
	bool keep;		    /* run: do not delete what has stopped */
	bool no_subreaper;	    /* run: do not adopt the container's orphans */
};

/* See davit-exec(8). */
struct davit_exec_options {
	size_t size;
	/* A file with the process as JSON; then of what describes the process only terminal may be
	 * given. */
	const char *process;
	const char *const *args; /* program and arguments */
	size_t n_args;
	const char *cwd;
	const char *const *env; /* NAME=VALUE, added to the configuration's */
	size_t n_env;
	const char *user;		    /* UID[:GID], numbers */
	const char *const *additional_gids; /* numbers, added */
	size_t n_additional_gids;
	const char *const *caps; /* CAP_*, added */
	size_t n_caps;
	bool no_new_privs, terminal;
	const char *process_label, *apparmor;
	const char *const *cgroups; /* [CONTROLLER,...:]PATH below the container's */
	size_t n_cgroups;
	const char *pid_file;
	const char *console_socket, *pidfd_socket;
	uint32_t preserve_fds;
	bool detach, ignore_paused;
};

/* See davit-update(8). */
struct davit_update_options {
	size_t size;
	/* A file with a linux.resources object, "-": standard input; then nothing of what follows
	 * but the device rules. */
	const char *resources;
	/* Texts: numbers; times in microseconds; sizes in bytes or with K, M, G; -1 for no limit.
	 * NULL: unchanged. kernel_memory and kernel_memory_tcp only warn: kernels have no such
	 * limits any more. */
	const char *blkio_weight;
	const char *cpu_period, *cpu_quota, *cpu_burst, *cpu_share, *cpu_rt_period,
		*cpu_rt_runtime, *cpu_idle;
	const char *cpuset_cpus, *cpuset_mems;
	const char *memory, *memory_reservation, *memory_swap, *kernel_memory,
		*kernel_memory_tcp;
	const char *pids_limit;
	const char *l3_cache_schema, *mem_bw_schema;
	/* "TYPE MAJOR:MINOR ACCESS", as in devices.allow of cgroup v1; denials come last */
	const char *const *device_allow, *const *device_deny;
	size_t n_device_allow, n_device_deny;
};

/* See davit-events(8). */
struct davit_events_options {
	size_t size;
	bool stats;	      /* the statistics once, and no stream */
	const char *interval; /* "5s" (default), "1m30s", "500ms", "2" */
};

/* One container of davit_list(). Valid while fn runs; what is not asked for is NULL or 0. */
struct davit_entry {
	const char *id;
	const char *
		status; /* as davit_state() has it; "unknown": the record cannot be read */
	const char *bundle;  /* absolute path */
	const char *created; /* RFC 3339 */
	const char *owner;   /* name of the user who created it */
	int64_t pid;	     /* of init; 0: it has ended */
	const char *json; /* the state document on one line; only with DAVIT_LIST_JSON */
};

/* What davit_list() finds out: all, ids alone, all but the document. */
enum davit_list_what { DAVIT_LIST_JSON, DAVIT_LIST_IDS, DAVIT_LIST_FIELDS };

/* A handle on one store, to be closed with davit_close(). Nothing is opened yet. options may be
 * NULL. */
int davit_open(const struct davit_options *options, struct davit **out,
	struct davit_error **err);
/* Accepts NULL. Containers live on. */
void davit_close(struct davit *d);

/* --- the life of a container (runtime.md, "Lifecycle" and "Operations") --- */

/* Everything up to the program, which waits for davit_start(). On failure nothing is left.
 * -EEXIST when there is a container of this id. */
int davit_create(struct davit *d, const char *id,
	const struct davit_create_options *options, struct davit_error **err);
/* What davit_create() would do on this machine, as JSON with newline. No privilege is needed and
 * nothing is changed. The form may change with each release. */
int davit_plan(struct davit *d, const char *id,
	const struct davit_create_options *options, char **json,
	struct davit_error **err);
/* Create, start, wait for the end of the program, delete. *exit_code: the program's, or 128 and the
 * number of the signal that ended it; 0 when detached. Signals are forwarded meanwhile. */
int davit_run(struct davit *d, const char *id, const struct davit_create_options *options,
	int *exit_code, struct davit_error **err);
/* Run the program of a created container; returns when it runs and poststart hooks have ended. */
int davit_start(struct davit *d, const char *id, struct davit_error **err);
/* A further process. Unless detached, waits for its end: *exit_code as with davit_run(). */
int davit_exec(struct davit *d, const char *id, const struct davit_exec_options *options,
	int *exit_code, struct davit_error **err);
/* Send a signal (a number of this architecture, see davit_signal()) to init, or with all to every
 * process of the cgroup. Signal 0 only asks whether init lives. */
int davit_kill(
	struct davit *d, const char *id, int signal, bool all, struct davit_error **err);
/* Stop every process of a container, within ten seconds or not at all, and let them go on. */
int davit_pause(struct davit *d, const char *id, struct davit_error **err);
int davit_resume(struct davit *d, const char *id, struct davit_error **err);
/* Change the resources of a container that is there: all that is given, or nothing. */
int davit_update(struct davit *d, const char *id,
	const struct davit_update_options *options, struct davit_error **err);
/* Remove a container that has stopped or was only created. force: one that runs is killed, and none
 * at all is no error. */
int davit_delete(struct davit *d, const char *id, bool force, struct davit_error **err);

/* --- questions; nothing is locked or changed --- */

/* Statistics, or a stream until the container ends: fn gets each event as one line of JSON (n bytes
 * with the newline, valid during the call). A negative number of fn ends the stream and is returned
 * without an error object. */
int davit_events(struct davit *d, const char *id,
	const struct davit_events_options *options,
	int (*fn)(void *arg, const char *line, size_t n), void *arg,
	struct davit_error **err);
/* The state document (runtime.md#state), indented, with newline. */
int davit_state(struct davit *d, const char *id, char **json, struct davit_error **err);
/* The pids of the container's processes as the caller sees them, ascending, in an array to be freed
 * with davit_free(), also when *n is 0. -ENOTSUP for a container without a cgroup. */
int davit_ps(struct davit *d, const char *id, int64_t **pids, size_t *n,
	struct davit_error **err);
/* Each container, sorted by id. What fn returns, when it is not 0, ends the list and is returned
 * without an error object. */
int davit_list(struct davit *d, enum davit_list_what what,
	int (*fn)(void *arg, const struct davit_entry *entry), void *arg,
	struct davit_error **err);

/* --- without a container --- */

/* The features document (features.md), indented, with newline. */
int davit_features(char **json, struct davit_error **err);
/* A configuration as `davit spec` writes it. terminal: the process has one. */
int davit_spec(bool terminal, char **json, struct davit_error **err);
/* As `davit spec --rootless` writes it, for the effective user and group of this process. */
int davit_spec_rootless(bool terminal, char **json, struct davit_error **err);
/* Check a bundle (bundle and config as with davit_create()) without asking this machine: 0, or an
 * error with all faults. Each warning is one call of warning, which may be NULL: file and path may
 * be NULL, line and column are from 1, or 0. */
int davit_check(const char *bundle, const char *config,
	void (*warning)(void *arg, const char *file, unsigned line, unsigned column,
		const char *path, const char *text),
	void *arg, struct davit_error **err);
/* The same, with all that was found as one JSON document: an object with the lists "faults" and
 * "warnings". Faults or not, *json is set (NULL where memory was short), and *warnings to the
 * number of those; warnings may be NULL. */
int davit_check_json(const char *bundle, const char *config, char **json,
	unsigned *warnings, struct davit_error **err);
/* "SIGTERM", "term", "15", "RTMIN+3" to the number of this architecture, 1 to 64; "0" to 0; or
 * -EINVAL. */
int davit_signal(const char *text);

/* --- errors; each of these accepts NULL --- */

/* One line, as engines read it; valid until the error is freed. */
const char *davit_error_line(const struct davit_error *err);
/* For a person: several lines; likewise. */
const char *davit_error_text(const struct davit_error *err);
/* For a log: one JSON object; likewise. */
const char *davit_error_json(const struct davit_error *err);
/* The negative errno that the function returned; 0 for NULL. */
int davit_error_code(const struct davit_error *err);
void davit_error_free(struct davit_error *err);
/* Frees what a function of this file has returned. */
void davit_free(void *p);

/* "0.3.0"; static, as the next. */
const char *davit_version(void);
/* The version of the OCI runtime specification. */
const char *davit_spec_version(void);

/*
 * The rest is for the davit command alone, and may change at any time.
 */

/* The process that the command runs anew to become the container. Does not return. */
void davit_child_main(int argc, char **argv) __attribute__((noreturn));
/* Pretend that the kernel lacks the comma separated features; builds for tests only. */
int davit_test_without(const char *list, struct davit_error **err);
/* What the error is made of. */
struct error;
const struct error *davit_error_parts(const struct davit_error *err);

#ifdef __cplusplus
}
#endif

#endif
