/* SPDX-License-Identifier: Apache-2.0 */
/* Removing one empty cgroup. */
#include "config.h"

#include "sys/cgroupfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

int cgfs_rmdir(int rootfd, const char *path)
{
	const char *name = strrchr(path, '/');
	char parent[PATH_MAX];
	auto_fd int dir = -EBADF;

	if (!*path)
		return -EINVAL;
	if (!name)
		return unlinkat(rootfd, path, AT_REMOVEDIR) < 0 ? -errno : 0;
	if ((size_t)(name - path) >= sizeof(parent))
		return -ENAMETOOLONG;
	snprintf(parent, sizeof(parent), "%.*s", (int)(name - path), path);
	dir = cgfs_open(rootfd, parent, NULL);
	if (dir < 0)
		return dir;
	return unlinkat(dir, name + 1, AT_REMOVEDIR) < 0 ? -errno : 0;
}
