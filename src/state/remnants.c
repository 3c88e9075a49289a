/* SPDX-License-Identifier: Apache-2.0 */
/* Removing a container's folder, and what commands leave of it that were killed. */
#include "config.h"

#include "state/remnants.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "state/internal.h"

#define ASIDE_MAX 100

/* The record last: as long as it is there the folder is known as ours. */
static const char *const our_files[] = { "start.sock", "armed", "config.json",
	"resources.json", "seccomp.bpf", STATE_FILE };

void remnant_name(char out[REMNANT_NAME_MAX], const char *id, enum remnant kind)
{
	snprintf(
		out, REMNANT_NAME_MAX, ".%s.%s", id, kind == REMNANT_NEW ? "new" : "old");
}

/* What a writer that was killed left beside its file. */
static void clear_unfinished(int dirfd)
{
	char name[64];

	/* Rarely there: of a container whose service manager wants to be told. */
	unlinkat(dirfd, "notify/notify.sock", 0);
	unlinkat(dirfd, "notify", AT_REMOVEDIR);
	for (size_t i = 0; i < ARRAY_SIZE(our_files); i++) {
		snprintf(name, sizeof(name), ".%s.tmp", our_files[i]);
		unlinkat(dirfd, name, 0);
	}
}

int remnant_clear(int rootfd, const char *name, int dirfd)
{
	/* What cannot be unlinked makes rmdir fail, which is told. */
	for (size_t i = 0; i < ARRAY_SIZE(our_files); i++) {
		if (unlinkat(dirfd, our_files[i], 0) < 0 && errno == EROFS)
			return -errno;
	}
	if (unlinkat(rootfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return -errno;
	clear_unfinished(dirfd);
	if (unlinkat(rootfd, name, AT_REMOVEDIR) == 0)
		return 0;
	return errno == EEXIST ? -ENOTEMPTY : -errno;
}

bool remnant_in_place(int rootfd, const char *name, int dirfd)
{
	struct stat here, there;

	return fstat(dirfd, &here) == 0 &&
	       fstatat(rootfd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

int remnant_sweep(int rootfd, const char *name)
{
	char record[REMNANT_NAME_MAX + sizeof("/" STATE_FILE)];
	auto_fd int fd = -EBADF;

	fd = openat(rootfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	/* Its maker may have finished between the two calls: then it is a container now. */
	if (!remnant_in_place(rootfd, name, fd))
		return 0;
	snprintf(record, sizeof(record), "%s/" STATE_FILE, name);
	if (record_is_ours(rootfd, record))
		return remnant_clear(rootfd, name, fd);
	/* Before its first record ours is empty, but for a record half written. */
	unlinkat(fd, "." STATE_FILE ".tmp", 0);
	return unlinkat(rootfd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int remnant_put_aside(int rootfd, const char *id, char out[REMNANT_NAME_MAX])
{
	remnant_name(out, id, REMNANT_OLD);
	for (int i = 2;; i++) {
		/* Onto an empty folder, or a free name. */
		if (renameat(rootfd, id, rootfd, out) == 0)
			return 0;
		if ((errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR) ||
			i > ASIDE_MAX)
			return -errno;
		if (remnant_sweep(rootfd, out) == 0 &&
			renameat(rootfd, id, rootfd, out) == 0)
			return 0;
		snprintf(out, REMNANT_NAME_MAX, ".%s.old.%d", id, i);
	}
}

void state_sweep(int rootfd, const char *id)
{
	char name[REMNANT_NAME_MAX];

	if (state_id_check(id, NULL) < 0)
		return;
	remnant_name(name, id, REMNANT_NEW);
	remnant_sweep(rootfd, name);
	remnant_name(name, id, REMNANT_OLD);
	remnant_sweep(rootfd, name);
}
