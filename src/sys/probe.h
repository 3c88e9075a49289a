/* SPDX-License-Identifier: Apache-2.0 */
/* One table of kernel features that Linux 4.18 or a sandbox may lack: name, since, how to ask. */
#ifndef DAVIT_SYS_PROBE_H
#define DAVIT_SYS_PROBE_H

#include <stdbool.h>

enum sys_feature {
	SYS_OPENAT2,	       /* 5.6 */
	SYS_CLONE3,	       /* 5.3 */
	SYS_CLONE_INTO_CGROUP, /* 5.7, clone3 flag */
	SYS_PIDFD_OPEN,	       /* 5.3 */
	SYS_PIDFD_SIGNAL,      /* 5.1 */
	SYS_PIDFD_GETFD,       /* 5.6 */
	SYS_SETNS_PIDFD,       /* 5.8 */
	SYS_MOUNT_API,	       /* 5.2: fsopen, fsmount, open_tree, move_mount */
	SYS_MOUNT_SETATTR,     /* 5.12 */
	SYS_CLOSE_RANGE,       /* 5.9; CLOSE_RANGE_CLOEXEC 5.11 */
	SYS_TIME_NS,	       /* 5.6 */
	SYS_CGROUP_KILL,       /* 5.14: cgroup.kill */
	SYS_BPF_REPLACE,       /* 5.6: BPF_F_REPLACE */
	SYS_STATX_MNT_ID,      /* 5.8 */
	SYS_EXECVEAT,	       /* 3.19, sandboxes block it */
	SYS_PTY_PEER,	       /* 4.13, sandboxes lack it: TIOCGPTPEER */
	SYS_FEATURES
};

/* Has the kernel the feature? Asked once by a harmless call, cached. ENOSYS, and EPERM
 * where a seccomp sandbox commonly answers so, count as absent. */
bool sys_has(enum sys_feature f);
/* False when the feature is known to be absent; asks nothing. For code that tries the
 * call, falls back when it is missing and then tells sys_lacks(): the try costs no
 * more than the question. */
bool sys_maybe(enum sys_feature f);
/* The feature was used and is there: sys_has() need not ask any more. */
void sys_works(enum sys_feature f);
/* The feature turned out to be absent when it was used: remember it. */
void sys_lacks(enum sys_feature f);
const char *sys_feature_name(enum sys_feature f);  /* "openat2" */
const char *sys_feature_since(enum sys_feature f); /* "5.6" */
/* Pretend that the comma separated features are absent ("all": every one). Only in
 * builds with --enable-test-hooks; main reads it from DAVIT_TEST_WITHOUT. -EINVAL for
 * an unknown name, -EOPNOTSUPP in other builds. */
int sys_forget(const char *list);

#endif
