/* SPDX-License-Identifier: Apache-2.0 */
/* The mount points of proc and sysfs: real folders, component by component. */
#include "config.h"

#include "setup/target.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/err.h"

int target_strict(int rootfs, const char *path, struct error *e)
{
	auto_fd int at = -EBADF;
	char name[NAME_MAX + 1];

	for (;;) {
		int up = at >= 0 ? at : rootfs;
		size_t n;
		int fd;

		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n == 0 && at < 0)
			return err_set(e, ERR_CONFIG, -EINVAL, "the target is the root");
		if (n == 0)
			return take_fd(&at);
		if (n > NAME_MAX)
			return err_set(
				e, ERR_CONFIG, -ENAMETOOLONG, "the target is too long");
		memcpy(name, path, n);
		name[n] = '\0';
		path += n;
		if (strcmp(name, "..") == 0)
			return err_set(
				e, ERR_CONFIG, -EINVAL, "the target must not have ..");
		/* One name, so there is nothing to resolve: O_NOFOLLOW decides. */
		fd = openat(up, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT) {
			if (mkdirat(up, name, 0755) < 0 && errno != EEXIST)
				return err_sys(e, errno, "mkdirat",
					"cannot make the mount target %s", name);
			fd = openat(
				up, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		}
		if (fd < 0)
			return err_sys(e, errno, "openat",
				"the target must be a real folder, no link: %s", name);
		cleanup_fd(&at);
		at = fd;
	}
}
