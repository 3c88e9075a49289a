/* SPDX-License-Identifier: Apache-2.0 */
/* Removing one empty cgroup. */
#include "config.h"

#include "sys/cgroupfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"

int cgfs_rmdir(int rootfd, const char *path)
{
	path += strspn(path, "/");
	/* One call: without ".." the path cannot leave, there are no links on cgroup file
	 * systems. */
	if (!*path || path_has_dotdot(path))
		return -EINVAL;
	return unlinkat(rootfd, path, AT_REMOVEDIR) < 0 ? -errno : 0;
}
