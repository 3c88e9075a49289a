/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors for whoever called us, by a socket of theirs. */
#ifndef DAVIT_RUN_HANDOVER_H
#define DAVIT_RUN_HANDOVER_H

#include "base/err.h"
#include "run/spawn.h"

/*
 * Connect to the stream socket at path, of any length; option is its name for errors. Gives up
 * after some seconds with -ETIMEDOUT. The descriptor, to be closed by the caller.
 */
int handover_connect(const char *option, const char *path, struct error *e);
/* One message: name, and the descriptor fd, which stays open here. */
int handover_send(
	const char *option, int sock, const char *name, int fd, struct error *e);
/* The handle of the child (--pidfd-socket). -EOPNOTSUPP on kernels without. */
int handover_pidfd(int sock, const struct child *c, struct error *e);

#endif
