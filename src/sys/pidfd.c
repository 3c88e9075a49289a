/* SPDX-License-Identifier: Apache-2.0 */
/* Processes by handle. */
#include "config.h"

#include "sys/pidfd.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/clock.h"
#include "sys/probe.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

static int open_handle(pid_t pid)
{
	char name[16];
	int r = -ENOSYS;

	if (pid <= 0)
		return -ESRCH;
	if (sys_maybe(SYS_PIDFD_OPEN)) {
		r = sys_raw_pidfd_open(pid, 0);
		if (r == -ENOSYS || (r == -EPERM && !sys_has(SYS_PIDFD_OPEN)))
			sys_lacks(SYS_PIDFD_OPEN);
	}
	if (sys_maybe(SYS_PIDFD_OPEN))
		return r;
	/* Not O_PATH: pidfd_send_signal of 5.1 and 5.2 takes a folder of /proc that is
	 * open. */
	snprintf(name, sizeof(name), "%d", (int)pid);
	r = sys_proc_open(name, O_RDONLY | O_DIRECTORY, NULL);
	return r == -ENOENT ? -ESRCH : r;
}

int pidfd_get(pid_t pid, uint64_t starttime, struct error *e)
{
	auto_fd int fd = open_handle(pid);
	uint64_t its;
	int r;

	if (fd < 0)
		return err_sys(e, -fd, "pidfd_open", "cannot get a handle of process %d",
			(int)pid);
	if (starttime == 0)
		return take_fd(&fd);
	/*
	 * Only now: whoever has the number and the start time at this moment had the
	 * number when the handle was made, because the start is older than both (F3).
	 */
	r = sys_proc_stat(pid, &its, NULL);
	if (r < 0)
		return err_sys(e, -r, "read", "cannot read the start time of process %d",
			(int)pid);
	if (its != starttime)
		return err_set(e, ERR_STATE, -ESRCH, "process %d is another one by now",
			(int)pid);
	return take_fd(&fd);
}

/* Alive and the one that is meant, by the folder of /proc when the handle is one. */
static int check(int fd, pid_t pid, uint64_t starttime, char *state)
{
	uint64_t its;
	int r = sys_proc_stat_at(fd, "stat", NULL, &its, state);

	if (r == -ENOTDIR || r == -EBADF)
		r = sys_proc_stat(pid, &its, state);
	if (r < 0)
		return r;
	return starttime != 0 && its != starttime ? -ESRCH : 0;
}

int pidfd_kill(int fd, pid_t pid, uint64_t starttime, int sig)
{
	int r;

	if (sys_maybe(SYS_PIDFD_SIGNAL)) {
		r = sys_raw_pidfd_send_signal(fd, sig, 0);
		if (r == -ENOSYS || (r == -EPERM && !sys_has(SYS_PIDFD_SIGNAL)))
			sys_lacks(SYS_PIDFD_SIGNAL);
		else if (r != -EBADF)
			return r;
	}
	r = check(fd, pid, starttime, NULL);
	if (r < 0)
		return r;
	return kill(pid, sig) < 0 ? -errno : 0;
}

static int ended_by_proc(int fd, pid_t pid, uint64_t starttime, int64_t deadline)
{
	long nap = 250000;

	for (;;) {
		char state = '?';
		int r = check(fd, pid, starttime, &state);

		if (r == -ESRCH || (r == 0 && (state == 'Z' || state == 'X')))
			return 1;
		if (r < 0)
			return r;
		if (deadline >= 0 && sys_now_ms() >= deadline)
			return 0;
		sys_nap(&nap);
	}
}

int pidfd_ended(int fd, pid_t pid, uint64_t starttime, int timeout_ms)
{
	/* A pidfd is never writable, a folder of /proc always: that tells them apart. */
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };
	int64_t deadline = timeout_ms > 0 ? sys_now_ms() + timeout_ms : timeout_ms;
	int wait = timeout_ms;
	int r;

	while ((r = poll(&p, 1, wait)) < 0 && errno == EINTR) {
		if (timeout_ms > 0) {
			int64_t left = deadline - sys_now_ms();

			wait = left > 0 ? (int)left : 0;
		}
	}
	if (r < 0)
		return -errno;
	if (r == 0)
		return 0;
	if (p.revents & POLLNVAL)
		return -EBADF;
	if (p.revents & POLLOUT)
		return ended_by_proc(fd, pid, starttime, deadline);
	return 1;
}

bool pidfd_can_poll(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return fd >= 0 && poll(&p, 1, 0) >= 0 && !(p.revents & (POLLOUT | POLLNVAL));
}

int pidfd_wait(pid_t pid, int *status)
{
	int st;
	pid_t r;

	do
		r = waitpid(pid, &st, 0);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	if (status)
		*status = st;
	return 0;
}

int pidfd_take_fd(int pidfd, int n, struct error *e)
{
	int fd;

	if (!sys_has(SYS_PIDFD_GETFD))
		return err_set(e, ERR_HOST, -EOPNOTSUPP,
			"this kernel has no pidfd_getfd (Linux 5.6)");
	fd = sys_raw_pidfd_getfd(pidfd, n, 0);
	if (fd < 0)
		return err_sys(e, -fd, "pidfd_getfd", "cannot copy descriptor %d", n);
	return fd;
}
