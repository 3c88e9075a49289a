/* SPDX-License-Identifier: Apache-2.0 */
/* One way to fork. */
#ifndef DAVIT_SYS_CLONE_H
#define DAVIT_SYS_CLONE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

struct sys_clone {
	uint64_t flags; /* CLONE_NEW*, CLONE_PARENT */
	int cgroup_fd;	/* O_PATH folder of a v2 cgroup to be born in, or -EBADF */
	bool no_proc; /* /proc is closed: pidfd stays -EBADF where it would be needed for it */
	/* out */
	int pidfd;	/* owned by the caller (parent's side) */
	bool in_cgroup; /* the child was born in it; else it still has to be moved */
};

/*
 * clone3 with CLONE_PIDFD and CLONE_INTO_CGROUP, else clone(2) and pidfd_open. A fork,
 * nothing is shared. Returns 0 in the child, the pid in the parent, a negative errno
 * on failure (EAGAIN, ENOSPC, EPERM explained by the caller).
 *
 * libc does not know of this fork: musl's raise(3) would still signal the parent's
 * thread in the child, so there kill(getpid(), ...) is used until the next execve.
 */
pid_t sys_clone(struct sys_clone *c, struct error *e);

#endif
