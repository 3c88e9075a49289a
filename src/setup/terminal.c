/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal: a pair of the container's own devpts, /dev/console, the standard descriptors. */
#include "config.h"

#include "setup/steps.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sync/message.h"
#include "sys/mount.h"
#include "sys/open.h"
#include "sys/proc.h"
#include "sys/pty.h"
#include "sys/syscalls.h"

/* Of the kernel's own files none is covered, wherever the links of an image lead (B4). */
static bool is_kernels(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) < 0 || (uint32_t)fs.f_type == SYS_MAGIC_PROC ||
	       (uint32_t)fs.f_type == SYS_MAGIC_SYSFS;
}

/*
 * What /dev/console is to be bound on, O_PATH: the name itself in the folder, made as an empty file
 * where there is none. A link there is refused: what it leads to is not /dev/console, and would be
 * made or covered (CVE-2026-88264, CVE-2025-52565).
 */
static int console_target(int rootfs, struct error *e)
{
	char name[256];
	auto_fd int dir = sys_parent_in_root(rootfs, "/dev/console", name, e);
	auto_fd int fd = -EBADF;
	struct stat st;

	if (dir < 0)
		return dir;
	fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		if (mknodat(dir, name, S_IFREG | 0600, 0) < 0 && errno != EEXIST)
			return err_sys(e, errno, "mknodat", "cannot make a file there");
		fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, errno, "openat", "cannot open what is there");
	if (S_ISLNK(st.st_mode))
		return err_set(e, ERR_CONFIG, -ELOOP, "it is a symbolic link");
	if (S_ISDIR(st.st_mode))
		return err_set(e, ERR_CONFIG, -EISDIR, "it is a folder");
	if (is_kernels(fd))
		return err_set(e, ERR_CONFIG, -EINVAL, "it is a file of the kernel");
	return take_fd(&fd);
}

/* PROC-03: the slave by its descriptor, onto a descriptor; no path in between (D3). */
static int bind_console(const struct step_ctx *ctx, int slave, struct error *e)
{
	static const struct sys_mount_attr none;
	struct sys_mount m = SYS_MOUNT_INIT;
	auto_fd int target = console_target(ctx->rootfs_fd, e);
	auto_fd int root = -EBADF;
	int r;

	if (target < 0)
		return err_wrap(e, "/dev/console");
	r = sys_mount_ops()->clone(slave, false, &none, &m, e);
	if (r == 0)
		r = root = sys_mount_ops()->attach(&m, target, e);
	sys_mount_drop(&m);
	return r < 0 ? err_wrap(e, "/dev/console") : 0;
}

/*
 * Nothing of the caller's stays open: engines wait for the end-of-file of what they gave us as
 * stdout and stderr.
 */
static int attach(const struct plan_process *p, int slave, struct error *e)
{
	/*
	 * The group stays the one of the mount (gid=). A devpts of the host in a container
	 * with a user namespace keeps its owner, which is all that is possible.
	 */
	if (fchown(slave, p->uid, (gid_t)-1) < 0 && errno != EPERM && errno != EINVAL &&
		errno != EROFS)
		return err_sys(e, errno, "fchown", "cannot give the terminal to user %u",
			p->uid);
	for (int fd = 0; fd < 3; fd++)
		if (dup2(slave, fd) < 0)
			return err_sys(e, errno, "dup2",
				"cannot make the terminal descriptor %d", fd);
	if (ioctl(0, TIOCSCTTY, 0) < 0)
		return err_sys(e, errno, "ioctl(TIOCSCTTY)",
			"cannot make the terminal the controlling one");
	return 0;
}

static int apply_terminal(struct step_ctx *ctx, struct error *e)
{
	const struct plan_process *p = ctx->plan->process;
	auto_fd int master = -EBADF, slave = -EBADF;
	int r = sys_pty_open(ctx->rootfs_fd, &master, &slave, e);

	if (r == 0) {
		r = sys_pty_resize(master, (uint16_t)p->rows, (uint16_t)p->columns);
		if (r < 0)
			err_sys(e, -r, "ioctl(TIOCSWINSZ)",
				"cannot set the size of the terminal");
	}
	/* Those who join a container find its console there. */
	if (r == 0 && !ctx->exec && ctx->plan->mount_ns)
		r = bind_console(ctx, slave, e);
	if (r == 0)
		r = ctx->give(ctx, MSG_CONSOLE, master, e);
	if (r == 0)
		r = attach(p, slave, e);
	if (r < 0)
		step_origin(e, 0, 0, "process.terminal");
	return r;
}

static bool wants_terminal(const struct plan *plan)
{
	return step_has_process(plan) && plan->process->terminal;
}

const struct step step_terminal = {
	.name = "terminal",
	.actor = ACTOR_INIT,
	.phase = PHASE_INSIDE,
	.after = (const char *const[]){ "mounts", "dev-links", "pivot", "session", NULL },
	.why = "the pair is of the container's /dev/pts, and the controlling terminal of its "
	       "session; /dev may become read-only later",
	.in_exec = true,
	.wanted = wants_terminal,
	.apply = apply_terminal,
};
