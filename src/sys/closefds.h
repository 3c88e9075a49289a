/* SPDX-License-Identifier: Apache-2.0 */
/* No descriptor leaks (CVE-2024-21626). */
#ifndef DAVIT_SYS_CLOSEFDS_H
#define DAVIT_SYS_CLOSEFDS_H

struct error;

/* Mark every descriptor >= first close-on-exec: close_range(CLOEXEC), else by the fd
 * folder. */
int sys_cloexec_from(int first, struct error *e);

#endif
