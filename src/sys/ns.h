/* SPDX-License-Identifier: Apache-2.0 */
/* THE namespace table, and joining. */
#ifndef DAVIT_SYS_NS_H
#define DAVIT_SYS_NS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

enum ns_type {
	NS_USER,
	NS_MOUNT,
	NS_PID,
	NS_NET,
	NS_IPC,
	NS_UTS,
	NS_CGROUP,
	NS_TIME,
	NS_TYPES
};

struct ns_info {
	const char *oci;  /* "network" */
	const char *proc; /* "net" */
	uint64_t flag;	  /* CLONE_NEWNET */
};
extern const struct ns_info ns_table[NS_TYPES];

/* Open a namespace by path (O_RDONLY|O_NONBLOCK|O_CLOEXEC): -EINVAL with a text when
 * it is not a namespace or of another type (F2; NS_GET_NSTYPE). Never blocks on a
 * fifo. */
int ns_open_path(const char *path, enum ns_type type, struct error *e);
/* Open a namespace of a process through the trusted /proc. */
int ns_open_pid(pid_t pid, enum ns_type type, struct error *e);
/* setns(fd, flag of type). */
int ns_join(int fd, enum ns_type type, struct error *e);
/* Join the namespaces flags (CLONE_NEW*) of a process: all by one setns(pidfd), else
 * one by one in the passes of NS-10. A pid namespace concerns the next child.
 * pid is only used by the fallback; the caller holds the handle, so that a recycled
 * number is noticed by pidfd_ended(). */
int ns_join_process(int pidfd, pid_t pid, uint64_t flags, struct error *e);
/* Of the types in flags (CLONE_NEW*), those of which a process has another namespace than we
 * have. Types that the kernel lacks are the same. -ESRCH when it is gone. */
int ns_differ(pid_t pid, uint64_t flags, uint64_t *out, struct error *e);
/* Do two namespace descriptors mean the same namespace (device and inode)? */
bool ns_same(int a, int b);
/* Inode number of a namespace of this process ("net"), through the trusted /proc. */
int ns_inode(enum ns_type type, uint64_t *out, struct error *e);

#endif
