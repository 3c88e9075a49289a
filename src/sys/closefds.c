/* SPDX-License-Identifier: Apache-2.0 */
/* No descriptor leaks. */
#include "config.h"

#include "sys/closefds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/num.h"
#include "sys/probe.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

static int by_folder(int first, struct error *e)
{
	_Alignas(8) char buf[4096];
	auto_fd int dir = sys_proc_open("self/fd", O_RDONLY | O_DIRECTORY, e);
	int len;

	if (dir < 0)
		return dir;
	while ((len = sys_raw_getdents(dir, buf, sizeof(buf))) > 0) {
		for (int at = 0; at < len;) {
			const struct sys_dirent *d = (const void *)(buf + at);
			uint64_t fd;

			at += d->reclen;
			if (num_u64(d->name, INT32_MAX, &fd) < 0)
				continue;
			/* EBADF: closed meanwhile. */
			if ((int)fd >= first && fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0 &&
				errno != EBADF)
				return err_sys(e, errno, "fcntl",
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
	return by_folder(first, e);
}
