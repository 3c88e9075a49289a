/* SPDX-License-Identifier: Apache-2.0 */
/* The process that becomes the container, seen by its parent. */
#ifndef DAVIT_RUN_SPAWN_H
#define DAVIT_RUN_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "run/notify.h"
#include "setup/step.h"
#include "state/state.h"
#include "sync/channel.h"

/* Shared with the child: where it is, and when each step began. One page of a memfd. */
#define PROGRESS_STEPS 64
struct progress {
	uint32_t step;	/* registry index + 1 of the running step, 0: none yet */
	uint32_t phase; /* enum step_phase + 1 */
	uint64_t begin; /* CLOCK_MONOTONIC ns of the clone */
	uint64_t at[PROGRESS_STEPS];
};

struct child {
	pid_t pid; /* of init once it is born, else of the relay */
	int pidfd; /* of the same process */
	uint64_t starttime;
	pid_t relay; /* 0: none, or reaped */
	bool dead;   /* reaped: status is valid */
	bool exec;   /* a further process of a container */
	struct notify notify;
	int tty; /* the master of its terminal, for the foreground; or -EBADF */
	int status;
	struct chan chan;
	struct progress *progress;
};
#define CHILD_INIT                        \
	((struct child){ .pidfd = -EBADF, \
		.tty = -EBADF,            \
		.notify = NOTIFY_INIT,    \
		.chan = { .fd = -EBADF } })

enum child_start { CHILD_START_SOCKET, CHILD_START_CHANNEL };

struct spawn_req {
	const struct plan *plan;
	struct step_ctx *ctx; /* the parent's, with the cgroup descriptors */
	enum child_start start;
	int listen_fd; /* start.sock, for CHILD_START_SOCKET */
	int armed_fd;  /* the flock'ed file */
	int target_fd; /* exec: handle of the container's init */
};

/* Clone the child; on return it runs. On failure nothing is left. */
int spawn_child(const struct spawn_req *req, struct child *out, struct error *e);
/* Kill it, wait for it, put what is known of its death into e when e is empty. */
void spawn_abort(struct child *c, struct error *e);
void spawn_done(struct child *c);
/* "init died by signal 9 in step mounts" into e. */
int spawn_died(struct child *c, struct error *e);

#endif
