/* SPDX-License-Identifier: Apache-2.0 */
/* A container in the making; shared by create and run. */
#ifndef DAVIT_RUN_CREATE_H
#define DAVIT_RUN_CREATE_H

#include "run/prepare.h"
#include "run/spawn.h"

struct creation {
	struct arena arena;
	struct prepared prepared;
	bool is_prepared, reserved;
	struct step_ctx ctx;
	int rootfd;
	struct state state;
	int armed_fd, listen_fd;
	int pidfd_sock, console_sock; /* connected, for the options */
	struct child child;
	const char *pid_file; /* written */
};
#define CREATION_INIT                         \
	((struct creation){ .rootfd = -EBADF, \
		.state = { .dirfd = -EBADF }, \
		.armed_fd = -EBADF,           \
		.listen_fd = -EBADF,          \
		.pidfd_sock = -EBADF,         \
		.console_sock = -EBADF,       \
		.child = CHILD_INIT })

/* Everything up to init waiting for START, recorded as created. On failure call
 * creation_failed(). */
int creation_begin(const struct run_env *env, const struct run_create_req *req,
	enum child_start start, struct creation *c, struct error *e);
/* Undo everything, complete the error. */
void creation_failed(struct creation *c, struct error *e);
/* Print what each step of the child took on stderr (--timings is a person's wish). */
void creation_timings(const struct creation *c);
void creation_done(struct creation *c);

#endif
