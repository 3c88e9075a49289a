/* SPDX-License-Identifier: Apache-2.0 */
/* Scheduler, I/O priority, affinity, memory policy, personality, keyring: calls libc
 * lacks. */
#ifndef DAVIT_SYS_SCHED_H
#define DAVIT_SYS_SCHED_H

#include <stdint.h>
#include <stddef.h>
#include <sys/types.h>

struct sys_sched {
	uint32_t policy; /* SCHED_* */
	uint64_t flags;	 /* SCHED_FLAG_* */
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period; /* ns */
};

/* Each one call, negative errno. pid 0 is the caller. */
int sys_sched_set(pid_t pid, const struct sys_sched *s);
/* IOPRIO_WHO_PGRP: of process group pgid, 0 that of the caller. class 1 RT, 2 BE, 3 idle. */
int sys_ioprio_set_group(pid_t pgid, int class_, int priority);
/* Every CPU there may be: the kernel clamps to the cpuset (PROC-26). */
int sys_affinity_all(void);
/* n pairs of first and last CPU. -EINVAL when the cpuset has none of them, or one is no
 * range. */
int sys_affinity_ranges(const uint32_t *pairs, size_t n);
/* back to SCHED_OTHER, nice 0, when the caller runs with another policy. */
int sys_sched_reset(void);
/* set_mempolicy(2): mode MPOL_* with its flags, nodes a bit mask of maxnode bits. */
int sys_mempolicy_set(int mode, const unsigned long *nodes, unsigned long maxnode);
/* The same with n pairs of first and last node; without any the mask is absent. -EINVAL when one
 * is no range or beyond 1023. */
int sys_mempolicy_ranges(int mode, const uint32_t *pairs, size_t n);
int sys_personality(unsigned long persona);
/* A new anonymous session keyring. */
int sys_keyring_new(void);

#endif
