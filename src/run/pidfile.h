/* SPDX-License-Identifier: Apache-2.0 */
/* --pid-file. */
#ifndef DAVIT_RUN_PIDFILE_H
#define DAVIT_RUN_PIDFILE_H

#include <sys/types.h>

struct error;

/* J9: written aside and renamed, without newline; a link at the name is not followed. */
int pid_file_write(const char *path, pid_t pid, struct error *e);

#endif
