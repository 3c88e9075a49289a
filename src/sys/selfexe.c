/* SPDX-License-Identifier: Apache-2.0 */
/* A runtime that the container cannot overwrite (CVE-2019-5736). */
#include "config.h"

#include "sys/selfexe.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/open.h"
#include "sys/probe.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

/* Our own binary. The magic link leads out of /proc, so only its folder can be
 * checked. */
static int open_self(int flags, struct error *e)
{
	int procfd = sys_proc_fd(e);
	int fd;

	if (procfd < 0)
		return procfd;
	fd = openat(procfd, "self/exe", flags | O_CLOEXEC);
	return fd < 0 ? err_sys(e, errno, "openat", "cannot open our own binary") : fd;
}

/*
 * fs-verity: nobody can ever write to it. A read-only mount or an immutable inode is no protection:
 * a container may hold on to the binary until either is taken away for an upgrade (A1).
 */
static bool is_sealed(int fd)
{
	struct sys_statx stx;

	return sys_raw_statx(fd, "", AT_EMPTY_PATH, STX_BASIC, &stx) == 0 &&
	       (stx.attributes & STX_ATTR_VERITY);
}

/*
 * A detached clone of the mount, only of the binary, made read-only: what runs from it
 * has a /proc/PID/exe on a mount that refuses to be written to. Needs CAP_SYS_ADMIN.
 * No error text: the caller takes a copy when this is refused, for whatever reason.
 */
static int read_only_clone(int fd)
{
	struct sys_mount_attr_args ro = { .attr_set = MOUNT_ATTR_RDONLY };
	auto_fd int clone = -EBADF;
	int r;

	if (!sys_maybe(SYS_MOUNT_API) || !sys_maybe(SYS_MOUNT_SETATTR))
		return -EOPNOTSUPP;
	clone = sys_raw_open_tree(
		fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	if (clone < 0)
		return clone;
	r = sys_raw_mount_setattr(clone, "", AT_EMPTY_PATH, &ro);
	return r < 0 ? r : take_fd(&clone);
}

static int make_memfd(struct error *e)
{
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = sys_raw_memfd_create("davit", flags | MFD_EXEC);

	/* EINVAL: before 6.3 every memfd was executable, and there was no flag to say
	 * so. */
	if (fd == -EINVAL)
		fd = sys_raw_memfd_create("davit", flags);
	return fd < 0 ? err_sys(e, -fd, "memfd_create",
				"cannot make a copy of our binary")
		      : fd;
}

static int sealed_copy(struct error *e)
{
	auto_fd int from = open_self(O_RDONLY, e);
	auto_fd int to = -EBADF;
	ssize_t r;

	if (from < 0)
		return from;
	to = make_memfd(e);
	if (to < 0)
		return to;
	do
		r = sendfile(to, from, NULL, 1U << 30);
	while (r > 0 || (r < 0 && errno == EINTR));
	if (r < 0)
		return err_sys(e, errno, "sendfile", "cannot copy our own binary");
	if (fchmod(to, 0555) < 0)
		return err_sys(e, errno, "fchmod", "cannot make the copy executable");
	if (fcntl(to, F_ADD_SEALS,
		    F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return err_sys(e, errno, "fcntl", "cannot seal the copy of our binary");
	/* A file that anybody has open for writing is ETXTBSY for execve, sealed or
	 * not. */
	return sys_reopen(to, O_RDONLY, e);
}

int selfexe_protect(int force_copy, enum selfexe_mode *mode, int *fd, struct error *e)
{
	int r;

	if (!force_copy) {
		auto_fd int self = open_self(O_PATH, e);

		if (self < 0)
			return self;
		if (is_sealed(self)) {
			*mode = SELFEXE_VERITY;
			*fd = take_fd(&self);
			return 0;
		}
		r = read_only_clone(self);
		if (r >= 0) {
			*mode = SELFEXE_CLONE;
			*fd = r;
			return 0;
		}
	}
	r = sealed_copy(e);
	if (r < 0)
		return r;
	*mode = SELFEXE_MEMFD;
	*fd = r;
	return 0;
}

int selfexe_exec(int fd, char *const argv[], char *const envp[], struct error *e)
{
	char path[32];
	int r = -ENOSYS;

	if (sys_maybe(SYS_EXECVEAT)) {
		r = sys_raw_execveat(fd, "", argv, envp, AT_EMPTY_PATH);
		if (r != -ENOSYS && !(r == -EPERM && !sys_has(SYS_EXECVEAT)))
			return err_sys(
				e, -r, "execveat", "cannot run our own binary again");
		sys_lacks(SYS_EXECVEAT);
	}
	sys_proc_fd_path(fd, path);
	execve(path, argv, envp);
	return err_sys(e, errno, "execve", "cannot run our own binary again");
}
