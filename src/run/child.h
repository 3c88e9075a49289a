/* SPDX-License-Identifier: Apache-2.0 */
/* The side of the process that becomes the container: where it begins, and who goes on. */
#ifndef DAVIT_RUN_CHILD_H
#define DAVIT_RUN_CHILD_H

#include "run/spawn.h"

/* What a child is born with: descriptors by number. */
struct birth {
	int chan, plan, progress, armed,
		listen; /* listen -1: START comes by the channel */
	int target;	/* exec: handle of the container's init, else -1 */
	int passed;	/* so many descriptors from 3 on are the program's */
};
/* The process between (plan.relay): enters namespaces that count for children alone, and makes
 * init, a child of its own parent. Begins in the namespaces of the caller. */
void relay_main(const struct plan *plan, struct chan *chan, const struct birth *b,
	struct progress *progress) __attribute__((noreturn));
/* The container's first process, or exec's: the steps, READY, the wait for START, execve. chan and
 * progress are the child's own; an error is sent up. relayed: step_relayed() has been called. */
void init_main(const struct plan *plan, struct chan *chan, const struct birth *b,
	struct progress *progress, bool relayed) __attribute__((noreturn));
/* Send the failure up and end. */
void child_fail(struct chan *chan, struct error *e) __attribute__((noreturn));

#endif
