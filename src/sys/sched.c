/* SPDX-License-Identifier: Apache-2.0 */
/* Scheduler, I/O priority, affinity, memory policy, personality, keyring: calls libc
 * lacks. */
#include "config.h"

#include "sys/sched.h"

#include <string.h>
#include <sys/personality.h>

#include "base/cleanup.h"
#include "sys/syscalls.h"

#define IOPRIO_PGRP 2		 /* IOPRIO_WHO_PGRP */
#define IOPRIO_SHIFT 13		 /* IOPRIO_CLASS_SHIFT */
#define KEY_JOIN_SESSION 1	 /* KEYCTL_JOIN_SESSION_KEYRING */
#define AFFINITY_CPUS 8192	 /* NR_CPUS of the largest configurations */
#define MEMORY_NODES 1024	 /* MAX_NUMNODES of the largest */
#define POLICY_NORMAL 0		 /* SCHED_OTHER */
#define RESET_ON_FORK 0x40000000 /* SCHED_RESET_ON_FORK, a bit of the answer */

int sys_sched_set(pid_t pid, const struct sys_sched *s)
{
	struct sys_sched_attr attr = {
		.size = sizeof(attr),
		.policy = s->policy,
		.flags = s->flags,
		.nice = s->nice,
		.priority = s->priority,
		.runtime = s->runtime,
		.deadline = s->deadline,
		.period = s->period,
	};

	return sys_raw_sched_setattr(pid, &attr);
}

int sys_ioprio_set_group(pid_t pgid, int class_, int priority)
{
	return sys_raw_ioprio_set(IOPRIO_PGRP, pgid, class_ << IOPRIO_SHIFT | priority);
}

int sys_affinity_all(void)
{
	unsigned char mask[AFFINITY_CPUS / 8];

	memset(mask, 0xff, sizeof(mask));
	return sys_raw_sched_setaffinity(0, sizeof(mask), mask);
}

/* Set the bits of n pairs of first and last in a mask of max bits. Longs, as the kernel reads
 * them: the order of bytes is that of the machine. */
static int fill_mask(unsigned long *mask, uint32_t max, const uint32_t *pairs, size_t n)
{
	const size_t bits = 8 * sizeof(*mask);

	for (size_t i = 0; i < n; i++) {
		if (pairs[2 * i] > pairs[2 * i + 1] || pairs[2 * i + 1] >= max)
			return -EINVAL;
		for (uint32_t c = pairs[2 * i]; c <= pairs[2 * i + 1]; c++)
			mask[c / bits] |= 1ul << (c % bits);
	}
	return 0;
}

int sys_affinity_ranges(const uint32_t *pairs, size_t n)
{
	unsigned long mask[AFFINITY_CPUS / (8 * sizeof(unsigned long))] = { 0 };
	int r = fill_mask(mask, AFFINITY_CPUS, pairs, n);

	return r < 0 ? r : sys_raw_sched_setaffinity(0, sizeof(mask), mask);
}

int sys_sched_reset(void)
{
	struct sys_sched normal = { .policy = POLICY_NORMAL };
	int r = sys_raw_sched_getscheduler(0);

	if (r >= 0)
		r &= ~RESET_ON_FORK;
	if (r <= POLICY_NORMAL)
		return r;
	return sys_sched_set(0, &normal);
}

int sys_mempolicy_set(int mode, const unsigned long *nodes, unsigned long maxnode)
{
	return sys_raw_set_mempolicy(mode, nodes, maxnode);
}

int sys_mempolicy_ranges(int mode, const uint32_t *pairs, size_t n)
{
	unsigned long mask[MEMORY_NODES / (8 * sizeof(unsigned long))] = { 0 };
	int r = fill_mask(mask, MEMORY_NODES, pairs, n);

	if (r < 0)
		return r;
	/* The kernel takes one bit less than it is told, set_mempolicy(2). */
	return n ? sys_mempolicy_set(mode, mask, MEMORY_NODES + 1)
		 : sys_mempolicy_set(mode, NULL, 0);
}

int sys_personality(unsigned long persona)
{
	return personality(persona) < 0 ? -errno : 0;
}

int sys_keyring_new(void)
{
	int r = sys_raw_keyctl(KEY_JOIN_SESSION, NULL);

	return r < 0 ? r : 0;
}
