/* SPDX-License-Identifier: Apache-2.0 */
/* Has this process threads, and what shall it pretend of the kernel? */
#include "config.h"

#include "run/threads.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/probe.h"
#include "sys/proc.h"

static int count_threads(unsigned *n, struct error *e)
{
	auto_dir DIR *dir = NULL;
	auto_fd int fd = -EBADF;
	struct dirent *d;

	fd = sys_proc_open("self/task", O_RDONLY | O_DIRECTORY, e);
	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir)
		return err_sys(e, errno, "fdopendir", "cannot count our threads");
	take_fd(&fd);
	*n = 0;
	while ((d = readdir(dir)))
		*n += d->d_name[0] != '.';
	return 0;
}

int run_check_threads(struct error *e)
{
	unsigned n = 2;
	int r;

	/*
	 * unshare(2): without effect in a process with one thread, EINVAL in others. One call;
	 * a sandbox may refuse it with any number, then the threads are counted.
	 */
	if (unshare(CLONE_THREAD) == 0)
		return 0;
	if (errno != EINVAL) {
		r = count_threads(&n, e);
		if (r < 0)
			return r;
	}
	if (n == 1)
		return 0;
	return err_set(e, ERR_USAGE, -RUN_E_THREADS,
		"this cannot be done in a process with threads");
}

int run_test_without(const char *list, struct error *e)
{
	int r = sys_forget(list);

	if (r < 0)
		return err_set(e, ERR_USAGE, r,
			"cannot pretend that the kernel lacks \"%s\"", list);
	return 0;
}
