/* SPDX-License-Identifier: Apache-2.0 */
/* No descriptor leaks. */
#include "config.h"

#include "sys/closefds.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/num.h"
#include "sys/probe.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

static bool kept(int fd, const int *keep, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (keep[i] == fd)
			return true;
	return false;
}

static int treat(int fd, bool cloexec)
{
	/* EBADF: closed meanwhile. An error of close(2) comes when the number is free
	 * already. */
	if (!cloexec)
		close(fd);
	else if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 && errno != EBADF)
		return -errno;
	return 0;
}

/* The numbers in the folder ascend, and the kernel goes on by number: closing does not
 * disturb. */
static int by_folder(int first, bool cloexec, const int *keep, size_t n, struct error *e)
{
	_Alignas(8) char buf[4096];
	auto_fd int dir = sys_proc_open("self/fd", O_RDONLY | O_DIRECTORY, e);
	int len;
	int r;

	if (dir < 0)
		return dir;
	while ((len = sys_raw_getdents(dir, buf, sizeof(buf))) > 0) {
		for (int at = 0; at < len;) {
			const struct sys_dirent *d = (const void *)(buf + at);
			uint64_t fd;

			at += d->reclen;
			if (num_u64(d->name, INT32_MAX, &fd) < 0)
				continue;
			if ((int)fd < first || (int)fd == dir || kept((int)fd, keep, n))
				continue;
			r = treat((int)fd, cloexec);
			if (r < 0)
				return err_sys(e, -r, "fcntl",
					"cannot mark descriptor %d close-on-exec",
					(int)fd);
		}
	}
	if (len < 0)
		return err_sys(e, -len, "getdents64", "cannot list the open descriptors");
	return 0;
}

static bool absent(int r)
{
	if (r == -ENOSYS || (r == -EPERM && !sys_has(SYS_CLOSE_RANGE)))
		sys_lacks(SYS_CLOSE_RANGE);
	return !sys_maybe(SYS_CLOSE_RANGE);
}

int sys_cloexec_from(int first, struct error *e)
{
	int r = -ENOSYS;

	if (sys_maybe(SYS_CLOSE_RANGE))
		r = sys_raw_close_range((unsigned)first, ~0U, CLOSE_RANGE_CLOEXEC);
	if (r == 0)
		return 0;
	/* EINVAL: 5.9 and 5.10 have the call without this flag. */
	if (r != -EINVAL && !absent(r))
		return err_sys(
			e, -r, "close_range", "cannot mark descriptors close-on-exec");
	return by_folder(first, true, NULL, 0, e);
}

static int close_gaps(int first, const int *keep, size_t n)
{
	unsigned from = (unsigned)first;

	for (size_t i = 0; i <= n; i++) {
		unsigned to = i < n ? (unsigned)keep[i] : ~0U;
		int r = 0;

		if (i < n && keep[i] < first)
			continue;
		if (i == n || to > from)
			r = sys_raw_close_range(from, i < n ? to - 1 : to, 0);
		if (r < 0)
			return r;
		from = to + 1;
	}
	return 0;
}

int sys_close_from(int first, const int *keep, size_t n, struct error *e)
{
	int proc = sys_proc_peek();
	bool lost = proc >= first && !kept(proc, keep, n);
	int r = -ENOSYS;

	if (sys_maybe(SYS_CLOSE_RANGE)) {
		r = close_gaps(first, keep, n);
		if (r < 0 && !absent(r))
			return err_sys(e, -r, "close_range", "cannot close descriptors");
	}
	if (r < 0)
		r = by_folder(first, false, keep, n, e);
	/* The cached descriptor's number may stand for anything soon. */
	if (lost)
		sys_proc_forget();
	return r;
}

int sys_fill_stdio(struct error *e)
{
	/* One poll tells which of them are closed. */
	struct pollfd p[3] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };
	int r;

	do
		r = poll(p, 3, 0);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_sys(e, errno, "poll", "cannot look at descriptors 0 to 2");
	for (int fd = 0; fd < 3; fd++) {
		if (!(p[fd].revents & POLLNVAL))
			continue;
		/* The lowest free number, which is fd; it is meant to be inherited. */
		r = open("/dev/null", O_RDWR);
		if (r < 0)
			return err_sys(e, errno, "open", "cannot open /dev/null");
		if (r != fd) {
			close(r);
			return err_set(
				e, ERR_BUG, -EBADF, "descriptor %d became %d", fd, r);
		}
	}
	return 0;
}
