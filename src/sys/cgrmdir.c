/* SPDX-License-Identifier: Apache-2.0 */
/* Removing one empty cgroup. */
#include "config.h"

#include "sys/cgroupfs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"

int cgfs_rmdir(const char *mountpoint, const char *path, unsigned above)
{
	size_t top = strlen(mountpoint);
	char at[PATH_MAX];
	int n;

	path += strspn(path, "/");
	/* One call: without ".." the path cannot leave, there are no links on cgroup file
	 * systems, and what is no cgroup file system loses an empty folder at most. */
	if (!*path || path_has_dotdot(path))
		return -EINVAL;
	n = snprintf(at, sizeof(at), "%s/%s", mountpoint, path);
	if (n < 0 || (size_t)n >= sizeof(at))
		return -ENAMETOOLONG;
	if (rmdir(at) < 0 && errno != ENOENT)
		return -errno;
	for (char *slash; above > 0 && (slash = strrchr(at, '/')); above--) {
		*slash = '\0';
		if (slash <= at + top || rmdir(at) < 0)
			break;
	}
	return 0;
}
