/* SPDX-License-Identifier: Apache-2.0 */
/* Opening below a root, safely: the only way that a path meets the container's files. */
#ifndef DAVIT_SYS_OPEN_H
#define DAVIT_SYS_OPEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/types.h>

struct error;

/*
 * Resolve path below rootfd as if rootfd were "/": absolute links and ".." stay
 * inside, magic links of procfs are refused (-ELOOP). flags are openat's (O_CLOEXEC is
 * always added; O_NOFOLLOW concerns the last component).
 * openat2(RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS), retried on EAGAIN; else a walk by
 * O_PATH|O_NOFOLLOW components that never leaves and re-checks. Returns a descriptor
 * or a negative errno.
 */
int sys_open_in_root(int rootfd, const char *path, int flags, struct error *e);

/*
 * The same within the one mount that topfd is of: topfd is its root, or a folder that
 * stands for it. Whatever else is mounted over a part of the way is -EXDEV, so -ENOENT
 * is the word of that file system and of nobody who covers it at the moment.
 * openat2 with RESOLVE_NO_XDEV as well; the walk compares the mount of each component.
 */
int sys_open_in_mount(int topfd, const char *path, int flags, struct error *e);

/*
 * Make the folder path and its missing parents below rootfd (mode, not reduced by an
 * umask of 022 for the last; parents 0755), following links inside the root, and return
 * an O_PATH descriptor of it. An existing folder is fine. Never makes anything outside
 * (B3). The caller's umask is 022 or less: every process of ours begins with that.
 */
int sys_mkdirs_in_root(int rootfd, const char *path, mode_t mode, struct error *e);

/*
 * The parent folder of path below rootfd (made when missing), as O_PATH descriptor,
 * and the last component in name (size NAME_MAX + 1). -EINVAL for "/", "." or ".." as
 * last component.
 */
int sys_parent_in_root(int rootfd, const char *path, char name[256], struct error *e);

/*
 * A mount target: open what is at path (links followed inside the root), or make it:
 * an empty file 0644 (is_dir false; O_CREAT|O_EXCL|O_NOFOLLOW) or folder 0755 with
 * parents. A dangling link is resolved inside the root and its target made. O_PATH
 * descriptor. -ENOTDIR/-EISDIR when it exists with the other kind. *created tells
 * whether it was made (may be NULL).
 */
int sys_target_in_root(
	int rootfd, const char *path, int is_dir, int *created, struct error *e);

/* An O_PATH descriptor opened for use, through the trusted /proc. */
int sys_reopen(int fd, int flags, struct error *e);

/* Lexically and really absolute path of an existing folder or file on the host (for
 * bundles): opens path with O_PATH and reads its name back. path in out (PATH_MAX).
 * Returns the fd. */
int sys_open_real(const char *path, int flags, char out[4096], struct error *e);

/* Is it the kernel's /dev/null (device 1:3 of devices.txt), whatever its name? */
static inline bool sys_is_null(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

#endif
