/* SPDX-License-Identifier: Apache-2.0 */
/* Deciding: pure functions of configuration, options and host. */
#ifndef DAVIT_PLAN_PLANNER_H
#define DAVIT_PLAN_PLANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/plan.h"

struct arena;
struct error;
struct host;
struct json_value;
struct json_w;
struct spec;

/* What the command line adds. Zero is the default of each. */
struct plan_opts {
	const char *id;
	const char *bundle; /* absolute */
	bool no_new_keyring;
	bool no_pivot;
	bool systemd_cgroup;	    /* --cgroup-manager=systemd */
	bool cgroup_disabled;	    /* --cgroup-manager=disabled */
	const char *console_socket; /* gets the terminal of a detached container */
	uint32_t preserve_fds;	    /* descriptors from 3 on that the program gets */
	uint32_t listen_fds;	    /* of these: LISTEN_FDS; 0: none */
	const char *listen_names;   /* LISTEN_FDNAMES, or NULL */
	const char *notify_folder;  /* bound on /run/notify for NOTIFY_SOCKET, or NULL */
	bool detached;
};

struct plan_ctx {
	const struct spec *spec;
	const struct plan_opts *opts;
	const struct host *host;
	struct arena *arena;
	struct plan *plan;
	const struct json_value *near; /* the entry whose place was asked last */
};

/*
 * Run every planner in order. spec comes from spec_open() or spec_parse(), which have run the
 * rules: planners rely on them, and judge only what depends on the host, on the options, or on
 * what davit can do. What davit cannot do is refused by name: ERR_CONFIG, or ERR_USAGE for an
 * option, -EOPNOTSUPP; what this host cannot do: ERR_HOST; each with the place. -ENOMEM. Memory
 * from arena, and the plan refers to that of spec, opts and host. No system call and no side
 * effect, but that a configuration with linux.seccomp has libseccomp loaded (docs/decisions/0016).
 */
int plan_create(const struct spec *spec, const struct plan_opts *opts,
	const struct host *host, struct arena *a, struct plan **out, struct error *e);
/* What the planners can find in a configuration without a host: the system call filter's
 * names. The warnings lie in a. -EINVAL with a place in e: create would refuse it. */
int plan_check(const struct spec *spec, struct arena *a, const char *const **warnings,
	size_t *n, struct error *e);

/* The container that plan_exec() is about, and what its record has. */
struct plan_exec_target {
	const char *id;
	uint32_t pid;
	uint64_t starttime;
	uint64_t join_flags; /* CLONE_NEW* of init's namespaces that are not ours */
	const void *filter;  /* of the container, compiled, or NULL */
	size_t n_filter;     /* bytes */
	uint32_t filter_flags;
	const char *listener, *metadata; /* of the filter, or NULL (SEC-13) */
	bool by_number;
	bool no_new_keyring;
	uint32_t preserve_fds;
	bool detached;
};

/*
 * A further process (config.md#process): only what concerns the process, with the
 * filter of the container. spec->config is the stored configuration with the process
 * in question. Errors as plan_create().
 */
int plan_exec(const struct spec *spec, const struct plan_exec_target *target,
	const char *console_socket, const struct host *host, struct arena *a,
	struct plan **out, struct error *e);

/* The container that plan_update() is about. */
struct plan_update_target {
	/* Where it is, from its record; controllers as host_read() tells them for v1. */
	const struct plan_hierarchy *hierarchies;
	size_t n_hierarchies;
	const struct spec *stored;	 /* its configuration */
	const struct json_value *update; /* what was given of resources, or NULL */
	bool devices;			 /* the device rules change too */
	const char *unit;		 /* systemd: the unit, else NULL */
	bool user_manager;		 /* it is of the user's manager */
};

/*
 * Resources of a container that is there (runtime.md has no word on it, engines do it): now is the
 * configuration with the update laid over it (spec/resources.h). In *out the hierarchies, with the
 * controllers that v2 must have enabled, and the writes, in order, of what the update names and of
 * what follows from it; NULL when the container has no cgroup and nothing was asked that needs
 * one. With devices: for v1 the changes of the lists, for v2 the rules of the new program, in
 * which at no moment more is allowed than by the old or the new rules. With a unit: all limits that
 * are in force afterwards in (*out)->unit. Errors as plan_create().
 */
int plan_update(const struct plan_update_target *target, const struct spec *now,
	const struct host *host, struct arena *a, struct plan_cgroup **out,
	struct error *e);

/* The limits of now that before does not have, added to before as what systemd has without them:
 * for putting back what an update has set. -ENOMEM. */
int plan_unit_reset(struct arena *a, const struct plan_unit *now,
	struct plan_unit *before, struct error *e);

/* The plan as JSON (create --dry-run, golden tests). */
void plan_dump(const struct plan *plan, struct json_w *w);

/*
 * Each fills its own part of ctx->plan; ERR_CONFIG with place, -ENOMEM. Order: as here.
 */
int plan_ns(struct plan_ctx *ctx, struct error *e);
int plan_ids(struct plan_ctx *ctx, struct error *e);
int plan_process(struct plan_ctx *ctx, struct error *e);
int plan_caps(struct plan_ctx *ctx, struct error *e);
int plan_lsm(struct plan_ctx *ctx, struct error *e);
int plan_terminal(struct plan_ctx *ctx, struct error *e);
int plan_mounts(struct plan_ctx *ctx, struct error *e);
int plan_paths(struct plan_ctx *ctx, struct error *e);
int plan_devices(struct plan_ctx *ctx, struct error *e);
int plan_cgroup(struct plan_ctx *ctx, struct error *e);
int plan_res(struct plan_ctx *ctx, struct error *e);
int plan_devrules(struct plan_ctx *ctx, struct error *e);
/* The change from the device rules of old to those of ctx, for plan_update(). */
int plan_devrules_change(struct plan_ctx *old, struct plan_ctx *ctx, struct error *e);
int plan_res_unit(struct plan_ctx *ctx, struct error *e);
int plan_net(struct plan_ctx *ctx, struct error *e);
int plan_rdt(struct plan_ctx *ctx, struct error *e);
int plan_hooks(struct plan_ctx *ctx, struct error *e);
int plan_seccomp(struct plan_ctx *ctx, struct error *e);

/* Add a warning text to the plan. */
int plan_warn(struct plan_ctx *ctx, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* --- seccomp (plan/seccomp.c, plan/bpftree.c) --- */

/* One condition on an argument. */
struct seccomp_cond {
	uint32_t index, op; /* op: enum spec_seccomp_op */
	uint64_t value, value_two;
};
/*
 * One resolved rule: for one architecture. Of the rules of one number the first without
 * conditions counts; if there is none, the first whose conditions all hold.
 */
struct seccomp_rule {
	int nr;
	uint32_t verdict; /* SECCOMP_RET_* with data */
	const struct seccomp_cond *conds;
	uint32_t n_conds;
	uint32_t place; /* in the profile */
	bool low;	/* conditions look at the low 32 bits alone */
};
/*
 * All rules of one audit architecture; x32 shares AUDIT_ARCH_X86_64 with nr |
 * 0x40000000.
 */
struct seccomp_arch {
	uint32_t audit_arch;
	bool big_endian;
	struct seccomp_rule *rules;
	size_t n_rules;
	/* Highest number that the profile names, -1: none. Of x32: with the bit. */
	int highest, highest_x32;
	bool enosys; /* numbers over the highest give ENOSYS (SEC-07) */
	/* x86-64 without x32 listed: its numbers are killed as a bad architecture. */
	bool x32_absent;
	bool wide_absent; /* x32 without x86-64 listed: likewise */
};
struct seccomp_policy {
	uint32_t default_verdict;
	uint32_t bad_arch_verdict;
	struct seccomp_arch *archs;
	size_t n_archs;
};
struct sock_filter;
/*
 * The filter as a range-merged decision tree. Program in arena. -E2BIG over 4096
 * instructions (BPF_MAXINSNS), -EOPNOTSUPP with text for what classic BPF cannot
 * express.
 */
int bpftree_build(struct arena *a, const struct seccomp_policy *policy,
	struct sock_filter **prog, size_t *n, struct error *e);
/* The reference evaluator of the policy (tests, fuzzer): the verdict for a call. */
uint32_t seccomp_policy_eval(const struct seccomp_policy *policy, uint32_t audit_arch,
	int nr, const uint64_t args[6]);

#endif
