/* SPDX-License-Identifier: Apache-2.0 */
/*
 * davit: run containers as the OCI runtime specification says.
 *
 * Until 1.0 this interface has no ABI promise. No function prints or exits. Functions
 * return 0 or a negative errno and, on failure, an error object in *err (free it with
 * davit_error_free); err may be NULL. Functions that clone (create, run, start, exec, delete)
 * refuse to work in a process with threads.
 */
#ifndef DAVIT_DAVIT_H
#define DAVIT_DAVIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DAVIT_E_THREADS 4095

struct davit;
struct davit_error;

/* Option structs begin with their own size (sizeof of the caller's). */
struct davit_options {
	size_t size;
	const char *root;     /* state folder, NULL: the default */
	bool systemd_cgroup;  /* --systemd-cgroup */
	bool cgroup_disabled; /* --cgroup-manager=disabled */
	bool strict_delete;   /* delete refuses a created container (LIFE-14) */
};

struct davit_create_options {
	size_t size;
	const char *bundle; /* NULL: the working directory */
	const char *config; /* NULL: config.json of the bundle */
	const char *pid_file;
	const char *console_socket, *pidfd_socket;
	bool no_pivot, no_new_keyring;
	uint32_t preserve_fds;
	const char *host_file; /* pretended host, dry run of test builds only */
	bool timings;
	bool detach, keep, no_subreaper; /* run */
};

struct davit_exec_options {
	size_t size;
	/* The process as JSON; then nothing of what describes the process may be given. */
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

struct davit_update_options {
	size_t size;
	/* A file with a linux.resources object, "-": standard input; then nothing of what follows
	 * but the device rules. */
	const char *resources;
	/* Texts: numbers; sizes with K, M, G; -1 for no limit. NULL: unchanged. */
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

struct davit_events_options {
	size_t size;
	bool stats;	      /* the statistics once, and no stream */
	const char *interval; /* "5s" (default), "1m30s", "500ms", "2" */
};

struct davit_entry {
	const char *id, *status, *bundle, *created, *owner;
	int64_t pid;
	const char *json; /* the state document on one line; only with DAVIT_LIST_JSON */
};

/* What davit_list() finds out: all, ids alone, all but the document. */
enum davit_list_what { DAVIT_LIST_JSON, DAVIT_LIST_IDS, DAVIT_LIST_FIELDS };

/* A handle on one store. Nothing is opened yet. */
int davit_open(const struct davit_options *options, struct davit **out,
	struct davit_error **err);
void davit_close(struct davit *d);

int davit_create(struct davit *d, const char *id,
	const struct davit_create_options *options, struct davit_error **err);
/* The plan as JSON text (free with davit_free). */
int davit_plan(struct davit *d, const char *id,
	const struct davit_create_options *options, char **json,
	struct davit_error **err);
int davit_run(struct davit *d, const char *id, const struct davit_create_options *options,
	int *exit_code, struct davit_error **err);
int davit_start(struct davit *d, const char *id, struct davit_error **err);
/* A further process. Unless detached, waits for its end: *exit_code as with davit_run(). */
int davit_exec(struct davit *d, const char *id, const struct davit_exec_options *options,
	int *exit_code, struct davit_error **err);
int davit_kill(
	struct davit *d, const char *id, int signal, bool all, struct davit_error **err);
/* Stop every process of a container, and let them go on. */
int davit_pause(struct davit *d, const char *id, struct davit_error **err);
int davit_resume(struct davit *d, const char *id, struct davit_error **err);
/* Change the resources of a container that is there: all that is given, or nothing. */
int davit_update(struct davit *d, const char *id,
	const struct davit_update_options *options, struct davit_error **err);
/* Statistics, or a stream until the container ends: fn gets each event as one line of JSON. A
 * negative number of fn ends the stream, and is returned without an error object. */
int davit_events(struct davit *d, const char *id,
	const struct davit_events_options *options,
	int (*fn)(void *arg, const char *line, size_t n), void *arg,
	struct davit_error **err);
int davit_delete(struct davit *d, const char *id, bool force, struct davit_error **err);
/* The state document, indented (free with davit_free). */
int davit_state(struct davit *d, const char *id, char **json, struct davit_error **err);
/* The pids of the container's processes, ascending (free with davit_free). */
int davit_ps(struct davit *d, const char *id, int64_t **pids, size_t *n,
	struct davit_error **err);
int davit_list(struct davit *d, enum davit_list_what what,
	int (*fn)(void *arg, const struct davit_entry *entry), void *arg,
	struct davit_error **err);
int davit_features(char **json, struct davit_error **err);
/* A configuration as `davit spec` writes it. */
int davit_spec(bool terminal, char **json, struct davit_error **err);
/* As `davit spec --rootless` writes it, for the effective user and group of this process. */
int davit_spec_rootless(bool terminal, char **json, struct davit_error **err);
/* Check a bundle: 0, or an error with all faults; each warning is one line by fn. */
int davit_check(const char *bundle, const char *config,
	void (*warning)(void *arg, const char *file, unsigned line, unsigned column,
		const char *path, const char *text),
	void *arg, struct davit_error **err);
/* The same, with all that was found as one JSON document (free with davit_free): an
 * object with the lists "faults" and "warnings". *json is set when the configuration was
 * read, faults or not. */
int davit_check_json(
	const char *bundle, const char *config, char **json, struct davit_error **err);
/* "SIGTERM", "term", "15" to a number, or -EINVAL. */
int davit_signal(const char *text);

/* One line, as engines read it; valid until the error is freed. */
const char *davit_error_line(const struct davit_error *err);
/* For a person: several lines. */
const char *davit_error_text(const struct davit_error *err);
/* For a log: one JSON object. */
const char *davit_error_json(const struct davit_error *err);
/* The negative errno. */
int davit_error_code(const struct davit_error *err);
void davit_error_free(struct davit_error *err);
void davit_free(void *p);

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
