/* SPDX-License-Identifier: Apache-2.0 */
/* What the two kinds of mount operations share; not for other folders. */
#ifndef DAVIT_SYS_MOUNT_INTERNAL_H
#define DAVIT_SYS_MOUNT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

/*
 * mount(2) and umount2(2) take paths only. A descriptor becomes one as "self/fd/N"
 * relative to the trusted /proc, which is made the working directory for the time of
 * the call: it stays valid and the host's after the pivot, when "/proc" is the
 * container's.
 */
struct mount_at {
	int cwd; /* what to go back to */
};
/* Make /proc the working directory and remember where we were. Errors of /proc. */
int mount_at_enter(struct mount_at *at, struct error *e);
/* Go back; to "/" where that cannot be entered again. */
void mount_at_leave(struct mount_at *at);
/* The path of fd while we are there: "self/fd/N". */
void mount_fd_name(int fd, char out[32]);

/*
 * Is it a word for a security module ("context=...")? Their values have commas (categories), which
 * mount(2) wants quoted and fsconfig(2) does not.
 */
bool mount_is_label(const char *word);

/* The flags of mount(2) of the mount and superblock that fd is on, from fstatfs. */
int mount_flags_of(int fd, unsigned long *flags, struct error *e);
/* MOUNT_ATTR_* as flags of mount(2); the atime enumeration included. */
unsigned long mount_attr_flags(uint64_t attrs);
/* flags of mount(2) changed by set and clear of MOUNT_ATTR_*. */
unsigned long mount_merge_flags(unsigned long flags, uint64_t set, uint64_t clear);

#endif
