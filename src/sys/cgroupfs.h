/* SPDX-License-Identifier: Apache-2.0 */
/* Raw cgroup files below a trusted hierarchy descriptor. */
#ifndef DAVIT_SYS_CGROUPFS_H
#define DAVIT_SYS_CGROUPFS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct arena;
struct error;

/* The mount point of a hierarchy as O_PATH descriptor; must be cgroupfs or cgroup2fs
 * by fstatfs. */
int cgfs_root(const char *mountpoint, struct error *e);
/* Open an existing cgroup (path relative to rootfd, "" is the root) without leaving:
 * openat2 RESOLVE_BENEATH|NO_SYMLINKS|NO_XDEV or the walk. */
int cgfs_open(int rootfd, const char *path, struct error *e);
/* Open the tasks file of an existing v1 cgroup for writing, likewise. */
int cgfs_open_tasks(int rootfd, const char *path, struct error *e);
/*
 * Make the chain of folders path below rootfd. each() is called for each folder that
 * exists or was made, from the top, with its descriptor, before the next is made
 * (controllers are enabled, cpuset copied there); may be NULL. Folders that were made
 * are counted from the end in *made (so that undo removes only those). Returns an
 * O_PATH descriptor of the last.
 */
int cgfs_mkdir(int rootfd, const char *path,
	int (*each)(void *arg, int parentfd, int dirfd, bool last, struct error *e),
	void *arg, unsigned *made, struct error *e);
/* One setting, one write. The error names file and value. */
int cgfs_write(int dirfd, const char *file, const char *value, struct error *e);
/* The same in two parts, for several values of one file: open, then one write a value. The
 * value is for the error's text. */
int cgfs_open_write(int dirfd, const char *file, const char *value, struct error *e);
int cgfs_write_fd(int fd, const char *file, const char *value, struct error *e);
/* A small file whole, NUL-ended, newline cut. Returns length. */
ssize_t cgfs_read(int dirfd, const char *file, char *out, size_t size, struct error *e);
/* Every pid in the cgroup and (recursive) its descendants. In arena. */
int cgfs_procs(struct arena *a, int dirfd, bool recursive, pid_t **out, size_t *n,
	struct error *e);
/*
 * Send a signal to those of the n processes that are in the cgroup (recursive: or below it). Their
 * handles are taken, then the cgroup is asked again: a number that was given to a stranger
 * meanwhile is not hit. All are served, whatever fails; -EPERM and the like.
 */
int cgfs_signal(
	int dirfd, bool recursive, const pid_t *pids, size_t n, int sig, struct error *e);
/* Has the tree any process? cgroup.events populated on v2, else cgroup.procs of the
 * tree. */
int cgfs_populated(int dirfd, bool v2, struct error *e);
/* Kill everything in the tree: cgroup.kill, else SIGKILL in rounds until nothing is
 * left or the deadline (ms) passed (-ETIMEDOUT). Where rounds are not enough, a tree of a v1
 * freezer or of v2 is frozen, killed and thawed. */
int cgfs_kill(int dirfd, bool v2, int timeout_ms, struct error *e);
/* v1: thaw the cgroup of a freezer and every one below it that is frozen by itself. */
int cgfs_thaw(int dirfd, struct error *e);
/*
 * Remove the one cgroup path below mountpoint when it has neither processes nor children, -EBUSY
 * else, and then up to above folders over it, as far as they are empty. Absent is fine.
 */
int cgfs_rmdir(const char *mountpoint, const char *path, unsigned above);
/* Remove the tree below and including path (relative to rootfd), bottom up, iterative
 * with bounded memory and descriptors (I7), retrying while busy until the deadline.
 * Absent is fine. */
int cgfs_rmtree(int rootfd, const char *path, int timeout_ms, struct error *e);

#endif
