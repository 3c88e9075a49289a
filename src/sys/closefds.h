/* SPDX-License-Identifier: Apache-2.0 */
/* No descriptor leaks (CVE-2024-21626). */
#ifndef DAVIT_SYS_CLOSEFDS_H
#define DAVIT_SYS_CLOSEFDS_H

#include <stddef.h>

struct error;

/* Mark every descriptor >= first close-on-exec: close_range(CLOEXEC), else by the fd
 * folder. */
int sys_cloexec_from(int first, struct error *e);
/* Close every descriptor >= first but those in keep (sorted ascending, n of them). */
int sys_close_from(int first, const int *keep, size_t n, struct error *e);
/* Make sure that 0, 1 and 2 are open: a closed one becomes /dev/null (O_RDWR). */
int sys_fill_stdio(struct error *e);

#endif
