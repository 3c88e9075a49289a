/* SPDX-License-Identifier: Apache-2.0 */
/* The pid file that engines read. */
#include "config.h"

#include "run/pidfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"

/* J9: the folder is opened, the name is replaced by rename, a link at it is not followed.
 */
int pid_file_write(const char *path, pid_t pid, struct error *e)
{
	char text[16], folder[4096];
	const char *name = strrchr(path, '/');
	auto_fd int dir = -EBADF;
	int n = snprintf(text, sizeof(text), "%d", (int)pid), r;

	if (!name) {
		name = path;
		snprintf(folder, sizeof(folder), ".");
	} else {
		if ((size_t)(name - path) >= sizeof(folder))
			return err_set(e, ERR_USAGE, -ENAMETOOLONG,
				"the path of the pid file is "
				"too long");
		snprintf(folder, sizeof(folder), "%.*s",
			name == path ? 1 : (int)(name - path), path);
		name++;
	}
	if (!*name)
		return err_set(
			e, ERR_USAGE, -EISDIR, "the pid file %s is a folder", path);
	dir = openat(AT_FDCWD, folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(e, errno, "open",
			"cannot open the folder of the pid file %s", path);
	r = io_replace_at(dir, name, text, (size_t)n, 0644, e);
	return r < 0 ? err_wrap(e, "pid file %s", path) : 0;
}
