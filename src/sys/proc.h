/* SPDX-License-Identifier: Apache-2.0 */
/* A trusted /proc: one verified descriptor, every access below it without leaving the
 * mount. */
#ifndef DAVIT_SYS_PROC_H
#define DAVIT_SYS_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

/*
 * The host's /proc as O_PATH descriptor, opened once per process and cached: fstatfs
 * must say procfs and the inode must be the root's (1). Where something is mounted
 * over parts of it, lookups fail (RESOLVE_NO_XDEV|RESOLVE_NO_SYMLINKS; the fallback
 * compares mount ids or device numbers by component), so a write can only reach the
 * file that was meant (CVE-2025-52881, C1). The descriptor is process-wide; it is
 * inherited over the clone and used in the container's namespaces. -EBADF after
 * sys_proc_close().
 */
int sys_proc_fd(struct error *e);
/*
 * Close it; from the next access on ours is a detached procfs of the pid namespace that we are in
 * then, with processes only: nothing of the host is behind it for who takes it from us (A3). Needs
 * sys_proc_can_own().
 */
void sys_proc_own(void);
/* May we mount such a procfs (CAP_SYS_ADMIN, fsopen(2) of Linux 5.2, and in a user namespace a
 * /proc without mounts on it)? */
bool sys_proc_can_own(void);
/* Close it for good: every access fails from here on. */
void sys_proc_close(void);

/* Open name below /proc ("self/attr/exec", "sys/net/ipv4/ip_forward", "123/stat").
 * "self" and "thread-self" are the only links that may be used, as first component:
 * they are the kernel's, and mean a process of this procfs's pid namespace. Magic
 * links (-ELOOP) and mounts over a part (-EXDEV) are refused. Returns a descriptor. e
 * may be NULL. */
int sys_proc_open(const char *name, int flags, struct error *e);
/* The same for reading a fact about the machine, where a procfs may be mounted over a part of
 * procfs: containers have /proc/sys mounted onto itself read-only, and davit may run in one. Never
 * for what is written or what concerns a process. -EXDEV when it is no procfs. */
int sys_proc_open_fact(const char *name, struct error *e);
/* Read a small file; NUL-ended; returns the bytes read. -EFBIG when it does not fit. */
ssize_t sys_proc_read(const char *name, char *out, size_t size, struct error *e);
/* One write of the whole value. */
int sys_proc_write(const char *name, const char *value, size_t n, struct error *e);

/* Start time (field 22 of stat, clock ticks since boot) and state letter of a process.
 * A process whose first thread has ended while others work is no zombie: it is told as 'S'.
 * -ESRCH when it is gone. Each output may be NULL. */
int sys_proc_stat(pid_t pid, uint64_t *starttime, char *state);
/* The same from the file name below dirfd (below /proc when dirfd is negative); pid as
 * number of that procfs. Outputs may be NULL. */
int sys_proc_stat_at(
	int dirfd, const char *name, pid_t *pid, uint64_t *starttime, char *state);
/* The same from the text of such a file. -EBADMSG when it is none. */
int sys_proc_stat_parse(const char *text, pid_t *pid, uint64_t *starttime, char *state);
/* The mount that fd is on (statx, else fdinfo). */
int sys_mount_id(int fd, uint64_t *out, struct error *e);
/* The number that pidfd stands for in this procfs (from fdinfo). -ESRCH when dead. */
int sys_proc_pid_of(int pidfd, pid_t *out);
/* A path to use with calls that only take paths: "/proc/self/fd/N" (host's /proc). */
void sys_proc_fd_path(int fd, char out[32]);

#endif
