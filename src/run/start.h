/* SPDX-License-Identifier: Apache-2.0 */
/* START, and what comes back. */
#ifndef DAVIT_RUN_START_H
#define DAVIT_RUN_START_H

#include "run/listener.h"

/* For the execve of a program that runs to let go of init's lock. */
#define DISARM_TIMEOUT_MS 5000

/* Send START on fd (connected to init, or the channel) and learn what came of it.
 * *executed: EXEC was seen before the failure (then only execve failed). agent, pid and pidfd are
 * for a filter that asks. */
int start_ask(int fd, const struct listener *agent, pid_t pid, int pidfd, bool *executed,
	struct error *e);

#endif
