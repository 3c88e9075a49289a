/* SPDX-License-Identifier: Apache-2.0 */
/* The agent of a filter that asks: seccomp's notifications (config-linux.md#seccomp). */
#ifndef DAVIT_RUN_LISTENER_H
#define DAVIT_RUN_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "plan/plan.h"
#include "state/state.h"
#include "sync/channel.h"

struct arena;
struct error;

/* For connecting to it, and for sending. */
#define LISTENER_TIMEOUT_MS 10000

/* The agent (SEC-13 to SEC-15); path NULL: there is none. */
struct listener {
	const char *path, *metadata;
	const struct state_record *rec;
	const char *status; /* of the container, for the agent */
	bool by_number;
	bool impatient; /* nothing of the user's comes between the filter and execve */
};

/* The agent of a plan's filter. */
void listener_of_plan(const struct plan *plan, const struct state_record *rec,
	const char *status, struct listener *out);
/* The same from what is stored, for start. */
int listener_of_stored(
	struct state *s, struct arena *a, struct listener *out, struct error *e);
/* SECCOMP_FD has come from the process pid with the handle pidfd: connect to the agent, send it the
 * container process state and the descriptor. -EPROTO: it was not due. Within
 * LISTENER_TIMEOUT_MS for each of connecting and sending. */
int listener_pass(const struct listener *l, pid_t pid, int pidfd, const struct msg *m,
	const int *fds, size_t n_fds, struct error *e);
/* What the end of the time means. */
int listener_late(const struct listener *l, struct error *e);

#endif
