/* SPDX-License-Identifier: Apache-2.0 */
/* Closed sets of names in the configuration. Signals are in signals.c. */
#include "config.h"

#include "spec/names.h"

#include <sys/resource.h>

#include "base/cleanup.h"

/* Numbers of include/uapi/linux, the same on every architecture; RLIMIT_* are not. */
enum {
	MS_REC_ = 1 << 14,
	MS_UNBINDABLE_ = 1 << 17,
	MS_PRIVATE_ = 1 << 18,
	MS_SLAVE_ = 1 << 19,
	MS_SHARED_ = 1 << 20,
};

static const struct table_entry namespaces[] = {
	{ "user", SPEC_NS_USER },
	{ "mount", SPEC_NS_MOUNT },
	{ "pid", SPEC_NS_PID },
	{ "network", SPEC_NS_NET },
	{ "ipc", SPEC_NS_IPC },
	{ "uts", SPEC_NS_UTS },
	{ "cgroup", SPEC_NS_CGROUP },
	{ "time", SPEC_NS_TIME },
};
const struct table names_namespace = TABLE("namespace", namespaces);

static const struct table_entry rlimits[] = {
	{ "RLIMIT_AS", RLIMIT_AS },
	{ "RLIMIT_CORE", RLIMIT_CORE },
	{ "RLIMIT_CPU", RLIMIT_CPU },
	{ "RLIMIT_DATA", RLIMIT_DATA },
	{ "RLIMIT_FSIZE", RLIMIT_FSIZE },
	{ "RLIMIT_LOCKS", RLIMIT_LOCKS },
	{ "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK },
	{ "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE },
	{ "RLIMIT_NICE", RLIMIT_NICE },
	{ "RLIMIT_NOFILE", RLIMIT_NOFILE },
	{ "RLIMIT_NPROC", RLIMIT_NPROC },
	{ "RLIMIT_RSS", RLIMIT_RSS },
	{ "RLIMIT_RTPRIO", RLIMIT_RTPRIO },
	{ "RLIMIT_RTTIME", RLIMIT_RTTIME },
	{ "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING },
	{ "RLIMIT_STACK", RLIMIT_STACK },
};
const struct table names_rlimit = TABLE("resource limit", rlimits);

static const struct table_entry capabilities[] = {
	{ "CAP_CHOWN", 0 },
	{ "CAP_DAC_OVERRIDE", 1 },
	{ "CAP_DAC_READ_SEARCH", 2 },
	{ "CAP_FOWNER", 3 },
	{ "CAP_FSETID", 4 },
	{ "CAP_KILL", 5 },
	{ "CAP_SETGID", 6 },
	{ "CAP_SETUID", 7 },
	{ "CAP_SETPCAP", 8 },
	{ "CAP_LINUX_IMMUTABLE", 9 },
	{ "CAP_NET_BIND_SERVICE", 10 },
	{ "CAP_NET_BROADCAST", 11 },
	{ "CAP_NET_ADMIN", 12 },
	{ "CAP_NET_RAW", 13 },
	{ "CAP_IPC_LOCK", 14 },
	{ "CAP_IPC_OWNER", 15 },
	{ "CAP_SYS_MODULE", 16 },
	{ "CAP_SYS_RAWIO", 17 },
	{ "CAP_SYS_CHROOT", 18 },
	{ "CAP_SYS_PTRACE", 19 },
	{ "CAP_SYS_PACCT", 20 },
	{ "CAP_SYS_ADMIN", 21 },
	{ "CAP_SYS_BOOT", 22 },
	{ "CAP_SYS_NICE", 23 },
	{ "CAP_SYS_RESOURCE", 24 },
	{ "CAP_SYS_TIME", 25 },
	{ "CAP_SYS_TTY_CONFIG", 26 },
	{ "CAP_MKNOD", 27 },
	{ "CAP_LEASE", 28 },
	{ "CAP_AUDIT_WRITE", 29 },
	{ "CAP_AUDIT_CONTROL", 30 },
	{ "CAP_SETFCAP", 31 },
	{ "CAP_MAC_OVERRIDE", 32 },
	{ "CAP_MAC_ADMIN", 33 },
	{ "CAP_SYSLOG", 34 },
	{ "CAP_WAKE_ALARM", 35 },
	{ "CAP_BLOCK_SUSPEND", 36 },
	{ "CAP_AUDIT_READ", 37 },
	{ "CAP_PERFMON", 38 },
	{ "CAP_BPF", 39 },
	{ "CAP_CHECKPOINT_RESTORE", 40 },
};
const struct table names_capability = TABLE("capability", capabilities);

/* SCHED_ISO was never merged: the name is the specification's, the kernel refuses 4. */
static const struct table_entry sched_policies[] = {
	{ "SCHED_OTHER", 0 },
	{ "SCHED_FIFO", 1 },
	{ "SCHED_RR", 2 },
	{ "SCHED_BATCH", 3 },
	{ "SCHED_ISO", 4 },
	{ "SCHED_IDLE", 5 },
	{ "SCHED_DEADLINE", 6 },
};
const struct table names_sched_policy = TABLE("scheduling policy", sched_policies);

static const struct table_entry sched_flags[] = {
	{ "SCHED_FLAG_RESET_ON_FORK", 0x01 },
	{ "SCHED_FLAG_RECLAIM", 0x02 },
	{ "SCHED_FLAG_DL_OVERRUN", 0x04 },
	{ "SCHED_FLAG_KEEP_POLICY", 0x08 },
	{ "SCHED_FLAG_KEEP_PARAMS", 0x10 },
	{ "SCHED_FLAG_UTIL_CLAMP_MIN", 0x20 },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", 0x40 },
};
const struct table names_sched_flag = TABLE("scheduling flag", sched_flags);

static const struct table_entry ioprio_classes[] = {
	{ "IOPRIO_CLASS_RT", 1 },
	{ "IOPRIO_CLASS_BE", 2 },
	{ "IOPRIO_CLASS_IDLE", 3 },
};
const struct table names_ioprio_class = TABLE("I/O priority class", ioprio_classes);

static const struct table_entry mpol_modes[] = {
	{ "MPOL_DEFAULT", 0 },
	{ "MPOL_PREFERRED", 1 },
	{ "MPOL_BIND", 2 },
	{ "MPOL_INTERLEAVE", 3 },
	{ "MPOL_LOCAL", 4 },
	{ "MPOL_PREFERRED_MANY", 5 },
	{ "MPOL_WEIGHTED_INTERLEAVE", 6 },
};
const struct table names_mpol_mode = TABLE("memory policy", mpol_modes);

static const struct table_entry mpol_flags[] = {
	{ "MPOL_F_NUMA_BALANCING", 1 << 13 },
	{ "MPOL_F_RELATIVE_NODES", 1 << 14 },
	{ "MPOL_F_STATIC_NODES", 1 << 15 },
};
const struct table names_mpol_flag = TABLE("memory policy flag", mpol_flags);

static const struct table_entry personalities[] = {
	{ "LINUX", 0 },
	{ "LINUX32", 8 },
};
const struct table names_personality = TABLE("execution domain", personalities);

static const struct table_entry propagations[] = {
	{ "private", MS_PRIVATE_ },
	{ "shared", MS_SHARED_ },
	{ "slave", MS_SLAVE_ },
	{ "unbindable", MS_UNBINDABLE_ },
	{ "rprivate", MS_PRIVATE_ | MS_REC_ },
	{ "rshared", MS_SHARED_ | MS_REC_ },
	{ "rslave", MS_SLAVE_ | MS_REC_ },
	{ "runbindable", MS_UNBINDABLE_ | MS_REC_ },
};
const struct table names_propagation = TABLE("propagation", propagations);

static const struct table_entry seccomp_actions[] = {
	{ "SCMP_ACT_KILL_THREAD", SPEC_ACT_KILL_THREAD },
	{ "SCMP_ACT_KILL", SPEC_ACT_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SPEC_ACT_KILL_PROCESS },
	{ "SCMP_ACT_TRAP", SPEC_ACT_TRAP },
	{ "SCMP_ACT_ERRNO", SPEC_ACT_ERRNO },
	{ "SCMP_ACT_TRACE", SPEC_ACT_TRACE },
	{ "SCMP_ACT_ALLOW", SPEC_ACT_ALLOW },
	{ "SCMP_ACT_LOG", SPEC_ACT_LOG },
	{ "SCMP_ACT_NOTIFY", SPEC_ACT_NOTIFY },
};
const struct table names_seccomp_action = TABLE("seccomp action", seccomp_actions);

static const struct table_entry seccomp_ops[] = {
	{ "SCMP_CMP_NE", SPEC_CMP_NE },
	{ "SCMP_CMP_LT", SPEC_CMP_LT },
	{ "SCMP_CMP_LE", SPEC_CMP_LE },
	{ "SCMP_CMP_EQ", SPEC_CMP_EQ },
	{ "SCMP_CMP_GE", SPEC_CMP_GE },
	{ "SCMP_CMP_GT", SPEC_CMP_GT },
	{ "SCMP_CMP_MASKED_EQ", SPEC_CMP_MASKED_EQ },
};
const struct table names_seccomp_op = TABLE("seccomp operator", seccomp_ops);

static const struct table_entry seccomp_archs[] = {
	{ "SCMP_ARCH_X86", 0 },
	{ "SCMP_ARCH_X86_64", 1 },
	{ "SCMP_ARCH_X32", 2 },
	{ "SCMP_ARCH_ARM", 3 },
	{ "SCMP_ARCH_AARCH64", 4 },
	{ "SCMP_ARCH_LOONGARCH64", 5 },
	{ "SCMP_ARCH_M68K", 6 },
	{ "SCMP_ARCH_MIPS", 7 },
	{ "SCMP_ARCH_MIPS64", 8 },
	{ "SCMP_ARCH_MIPS64N32", 9 },
	{ "SCMP_ARCH_MIPSEL", 10 },
	{ "SCMP_ARCH_MIPSEL64", 11 },
	{ "SCMP_ARCH_MIPSEL64N32", 12 },
	{ "SCMP_ARCH_PPC", 13 },
	{ "SCMP_ARCH_PPC64", 14 },
	{ "SCMP_ARCH_PPC64LE", 15 },
	{ "SCMP_ARCH_S390", 16 },
	{ "SCMP_ARCH_S390X", 17 },
	{ "SCMP_ARCH_SH", 18 },
	{ "SCMP_ARCH_SHEB", 19 },
	{ "SCMP_ARCH_PARISC", 20 },
	{ "SCMP_ARCH_PARISC64", 21 },
	{ "SCMP_ARCH_RISCV64", 22 },
};
const struct table names_seccomp_arch = TABLE("seccomp architecture", seccomp_archs);

static const struct table_entry seccomp_flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", 1 << 0 },
	{ "SECCOMP_FILTER_FLAG_LOG", 1 << 1 },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", 1 << 2 },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 1 << 5 },
};
const struct table names_seccomp_flag = TABLE("seccomp flag", seccomp_flags);

static const struct table_entry hooks[] = {
	{ "prestart", HOOK_PRESTART },
	{ "createRuntime", HOOK_CREATE_RUNTIME },
	{ "createContainer", HOOK_CREATE_CONTAINER },
	{ "startContainer", HOOK_START_CONTAINER },
	{ "poststart", HOOK_POSTSTART },
	{ "poststop", HOOK_POSTSTOP },
};
const struct table names_hook = TABLE("hook", hooks);
