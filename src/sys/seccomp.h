/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp(2): installing a filter, and asking which flags the kernel knows. */
#ifndef DAVIT_SYS_SECCOMP_H
#define DAVIT_SYS_SECCOMP_H

#include <stdbool.h>
#include <stddef.h>

struct error;

/* Install prog (n struct sock_filter of 8 bytes each) with SECCOMP_FILTER_FLAG_*
 * flags. Needs no_new_privs or CAP_SYS_ADMIN. seccomp(2), SECCOMP_SET_MODE_FILTER. 0, or with
 * SECCOMP_FILTER_FLAG_NEW_LISTENER the descriptor of its notifications, close-on-exec. -EINVAL: a
 * flag is unknown to the kernel; -EBUSY: one of our own filters has a listener. */
int sys_seccomp_install(const void *prog, size_t n, unsigned flags, struct error *e);
/* Does the kernel know this flag? Asked with no program: EFAULT means that it does. */
bool sys_seccomp_flag_known(unsigned flag);

#endif
