/* SPDX-License-Identifier: Apache-2.0 */
/* Closed sets of names in the configuration, each written once. */
#ifndef DAVIT_SPEC_NAMES_H
#define DAVIT_SPEC_NAMES_H

#include "base/table.h"

/* Ids of names_namespace: the same order as enum ns_type of sys/ns.h (asserted in run/). */
enum spec_ns {
	SPEC_NS_USER,
	SPEC_NS_MOUNT,
	SPEC_NS_PID,
	SPEC_NS_NET,
	SPEC_NS_IPC,
	SPEC_NS_UTS,
	SPEC_NS_CGROUP,
	SPEC_NS_TIME,
	SPEC_NS_TYPES
};
enum spec_seccomp_action {
	SPEC_ACT_KILL_THREAD, /* also SCMP_ACT_KILL */
	SPEC_ACT_KILL_PROCESS,
	SPEC_ACT_TRAP,
	SPEC_ACT_ERRNO,
	SPEC_ACT_TRACE,
	SPEC_ACT_ALLOW,
	SPEC_ACT_LOG,
	SPEC_ACT_NOTIFY
};
enum spec_seccomp_op {
	SPEC_CMP_NE,
	SPEC_CMP_LT,
	SPEC_CMP_LE,
	SPEC_CMP_EQ,
	SPEC_CMP_GE,
	SPEC_CMP_GT,
	SPEC_CMP_MASKED_EQ
};
/* The kinds of hooks, in the order of a life; ids of names_hook. */
enum hook_kind {
	HOOK_PRESTART,
	HOOK_CREATE_RUNTIME,
	HOOK_CREATE_CONTAINER,
	HOOK_START_CONTAINER,
	HOOK_POSTSTART,
	HOOK_POSTSTOP,
	HOOK_KINDS
};

extern const struct table names_namespace;    /* "mount" -> SPEC_NS_MOUNT */
extern const struct table names_rlimit;	      /* "RLIMIT_NOFILE" -> the kernel's number */
extern const struct table names_capability;   /* "CAP_CHOWN" -> 0, all 41 */
extern const struct table names_signal;	      /* "SIGTERM" -> 15 (this architecture) */
extern const struct table names_sched_policy; /* "SCHED_FIFO" -> the kernel's number */
extern const struct table names_sched_flag;   /* "SCHED_FLAG_RECLAIM" -> bit */
extern const struct table names_ioprio_class; /* "IOPRIO_CLASS_RT" -> 1 */
extern const struct table names_mpol_mode;    /* "MPOL_BIND" -> the kernel's number */
extern const struct table names_mpol_flag;    /* "MPOL_F_STATIC_NODES" -> bit */
extern const struct table names_personality;  /* "LINUX" -> 0, "LINUX32" -> 8 */
extern const struct table
	names_propagation; /* "slave" -> MS_SLAVE; also r-forms with MS_REC */
extern const struct table names_seccomp_action;
extern const struct table names_seccomp_op;
extern const struct table names_seccomp_arch; /* all 23, ids in table order */
extern const struct table names_seccomp_flag; /* -> the kernel's bit */
extern const struct table names_hook;	      /* "prestart" -> HOOK_PRESTART */

/* "TERM", "SIGTERM", "15", "RTMIN+3", any case -> number 1..64; "0", which asks whether a process
 * is there -> 0; -EINVAL. */
int names_signal_parse(const char *text);

#endif
