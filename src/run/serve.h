/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's answers to what the child asks for. */
#ifndef DAVIT_RUN_SERVE_H
#define DAVIT_RUN_SERVE_H

#include "run/listener.h"
#include "run/spawn.h"

struct serve {
	struct child *child;
	const struct plan *plan;
	struct step_ctx *ctx;
	struct state *state; /* NULL for exec */
	const char *bundle;
	struct listener agent;
	bool relay_pending; /* INIT_BORN has still to come */
	bool agent_asked;   /* from here on init may wait for it, and we with init */
	int console_sock;   /* connected, gets the terminal; -EBADF: child->tty does */
};
/* Answer what the child asks until READY. */
int serve_until_ready(struct serve *s, struct error *e);

#endif
