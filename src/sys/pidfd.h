/* SPDX-License-Identifier: Apache-2.0 */
/* Processes by handle. On kernels without pidfds the handle is a descriptor of the
 * folder /proc/PID, which stays with that process: a recycled pid makes it useless,
 * not wrong. */
#ifndef DAVIT_SYS_PIDFD_H
#define DAVIT_SYS_PIDFD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

/* A handle of pid, checked after opening: the start time must be starttime (F3).
 * -ESRCH else. starttime 0: no check. */
int pidfd_get(pid_t pid, uint64_t starttime, struct error *e);
/* Send sig. -ESRCH when it is dead. pid is only used by the fallback, with starttime
 * re-checked. */
int pidfd_kill(int fd, pid_t pid, uint64_t starttime, int sig);
/* Has the process ended (zombies have)? Waits up to timeout_ms (-1 for ever). 1 ended,
 * 0 not, negative errno. */
int pidfd_ended(int fd, pid_t pid, uint64_t starttime, int timeout_ms);
/* Does poll(2) of the handle tell of the end? A folder of /proc is always ready. */
bool pidfd_can_poll(int fd);
/* Reap a child: *status as of wait4 (may be NULL). -ECHILD when it is not ours. */
int pidfd_wait(pid_t pid, int *status);
/* A copy of the process's descriptor n, close-on-exec. Needs the right to trace it; -EOPNOTSUPP
 * without pidfd_getfd(2) (Linux 5.6). */
int pidfd_take_fd(int pidfd, int n, struct error *e);

#endif
