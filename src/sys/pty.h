/* SPDX-License-Identifier: Apache-2.0 */
/* Pseudo terminals of a container's own instance of devpts. */
#ifndef DAVIT_SYS_PTY_H
#define DAVIT_SYS_PTY_H

#include <stdbool.h>
#include <stdint.h>

struct error;

/*
 * A new pair from /dev/pts below rootfd (O_PATH), unlocked; both close-on-exec and owned by the
 * caller, no controlling terminal. The multiplexer is believed only when it is that of a devpts:
 * magic, inode 2, character device 5:2 (CVE-2025-52565); the slave comes from it by TIOCGPTPEER,
 * without a path. Where we may not open it (EACCES) the device node /dev/ptmx is tried, if it
 * leads to the same devpts. A kernel or sandbox without that call: by number in the same devpts,
 * verified. -ENOENT when there is no devpts, -EINVAL when what is there is not one.
 */
int sys_pty_open(int rootfd, int *master, int *slave, struct error *e);
/* The slave of a master, without a path; -EOPNOTSUPP on kernels without. */
int sys_pty_peer(int master, struct error *e);
/* Is fd the master of a pseudo terminal? */
bool sys_pty_is_master(int fd);
/* Set rows and columns; 0 leaves what is set. Negative errno. */
int sys_pty_resize(int fd, uint16_t rows, uint16_t columns);

#endif
