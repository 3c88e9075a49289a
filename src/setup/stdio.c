/* SPDX-License-Identifier: Apache-2.0 */
/* Session, and the standard descriptors that the container inherits. */
#include "config.h"

#include "setup/steps.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/open.h"

#define MAGIC_PIPEFS 0x50495045U

static int apply_session(struct step_ctx *ctx, struct error *e)
{
	(void)ctx;
	/* Away from the caller's terminal, which could be fed by TIOCSTI (D4). */
	if (setsid() < 0)
		return err_sys(e, errno, "setsid", "cannot make a session");
	return 0;
}

const struct step step_session = {
	.name = "session",
	.actor = ACTOR_INIT,
	.phase = PHASE_INSIDE,
	.why = "the I/O priority is set for the new process group",
	.in_exec = true,
	.apply = apply_session,
};

static int open_null(struct step_ctx *ctx, int flags)
{
	auto_fd int fd =
		sys_open_in_root(ctx->rootfs_fd, "/dev/null", flags | O_NOFOLLOW, NULL);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && sys_is_null(&st) ? take_fd(&fd) : -EBADF;
}

/*
 * FD-03: the host's /dev/null becomes the container's, if that is a real one (D2). It may be
 * left, so a container without one is no failure: -EBADF. Not by /proc, which exec has left
 * (step_relayed()): looked at first, because to open is to act for some devices, and again.
 */
static int container_null(struct step_ctx *ctx)
{
	auto_fd int path = open_null(ctx, O_PATH), fd = -EBADF;

	if (path < 0)
		return -EBADF;
	fd = open_null(ctx, O_RDWR | O_NONBLOCK | O_NOCTTY);
	return fd >= 0 && fcntl(fd, F_SETFL, O_RDWR) == 0 ? take_fd(&fd) : -EBADF;
}

/*
 * FD-04: a program that opens /dev/stdout again must own the pipe. Pipes only: files, devices
 * and sockets of the host keep their owner (D6).
 */
static void give_pipe(const struct plan_process *p, int fd, const struct stat *st)
{
	struct statfs fs;

	if (!S_ISFIFO(st->st_mode) || st->st_uid == p->uid)
		return;
	if (fstatfs(fd, &fs) < 0 || (uint32_t)fs.f_type != MAGIC_PIPEFS)
		return;
	/* Refused where the pipe's owner is not in our user namespace; nothing depends on it. */
	if (fchown(fd, p->uid, (gid_t)-1) < 0)
		return;
}

static int apply_stdio(struct step_ctx *ctx, struct error *e)
{
	auto_fd int null = -EBADF;
	bool tried = false;
	struct stat st;

	for (int fd = 0; fd < 3; fd++) {
		if (fstat(fd, &st) < 0)
			return err_sys(
				e, errno, "fstat", "cannot look at descriptor %d", fd);
		if (!sys_is_null(&st)) {
			give_pipe(ctx->plan->process, fd, &st);
			continue;
		}
		if (!tried)
			null = container_null(ctx);
		tried = true;
		if (null >= 0 && dup3(null, fd, 0) < 0)
			return err_sys(
				e, errno, "dup3", "cannot replace descriptor %d", fd);
	}
	return 0;
}

/* With a terminal they are its. */
static bool wants_stdio(const struct plan *plan)
{
	return step_has_process(plan) && !plan->process->terminal;
}

const struct step step_stdio = {
	.name = "stdio",
	.actor = ACTOR_INIT,
	.phase = PHASE_INSIDE,
	.after = (const char *const[]){ "devices", NULL },
	.why = "the container's /dev/null must be there; a pipe is given away by root",
	.in_exec = true,
	.wanted = wants_stdio,
	.apply = apply_stdio,
};
