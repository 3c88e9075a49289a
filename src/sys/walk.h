/* SPDX-License-Identifier: Apache-2.0 */
/* Resolving a path below a root component by component, without leaving it. */
#ifndef DAVIT_SYS_WALK_H
#define DAVIT_SYS_WALK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define WALK_MKDIRS \
	1 /* make missing folders before the last component, 0755 less umask */
#define WALK_NOFOLLOW 2	 /* a link as last component is the result */
#define WALK_ONE_MOUNT 4 /* what is of another mount than the root is -EXDEV */

/* The end of a walk: close with walk_done(). */
struct walk {
	int fd; /* O_PATH of what is there, or -ENOENT: nothing, parent and name say where */
	mode_t mode; /* its type, when fd is valid */
	int parent;  /* O_PATH of the folder that has it; -EBADF when fd is a folder */
	char name[256];
	/* inside */
	int rootfd;
	char *path, *rest;
	char *done;
	size_t done_len, done_size;
	unsigned links;
	bool one_mount;
	uint64_t mount;
};

/*
 * Resolve path below rootfd as chroot(2) would: components are opened with
 * O_PATH|O_NOFOLLOW one by one, links are expanded here (at most 40, -ELOOP), ".."
 * goes back by the names that were walked and never by the kernel's "..", so a rename
 * cannot lead outside (B1 to B3). Magic links of procfs are -ELOOP. When a folder that
 * was walked is renamed meanwhile: -EAGAIN.
 */
int walk_resolve(int rootfd, const char *path, unsigned how, struct walk *w);
void walk_done(struct walk *w);
/* Open what path stands for, with the flags of openat; in one mount: WALK_ONE_MOUNT. Retries
 * -EAGAIN. */
int walk_open(int rootfd, const char *path, int flags, bool one_mount);

#endif
