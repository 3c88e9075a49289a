/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of the resctrl file system. */
#include "config.h"

#include "sys/resctrl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"
#include "sys/mountinfo.h"
#include "sys/syscalls.h"

#define RESCTRL "/sys/fs/resctrl"
#define FOLDER_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define SCHEMATA_MAX 65536u /* a line for each resource, an entry for each cache */
#define STATUS_MAX 512u

/* Builds for tests: the folder that stands for resctrl, or NULL. */
static const char *pretended(void)
{
	return DAVIT_TEST_HOOKS ? getenv("DAVIT_TEST_RESCTRL") : NULL;
}

static int open_root(const char *path)
{
	auto_fd int fd = openat(AT_FDCWD, path, FOLDER_FLAGS);
	struct statfs fs;

	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &fs) < 0)
		return -errno;
	if ((uint32_t)fs.f_type != SYS_MAGIC_RESCTRL)
		return -ENODEV;
	return take_fd(&fd);
}

static int find_mount(void *arg, const struct mountinfo *m)
{
	int *fd = arg;

	if (strcmp(m->fstype, "resctrl") != 0 || strcmp(m->root, "/") != 0)
		return 0;
	*fd = open_root(m->target);
	return *fd >= 0;
}

int resctrl_root(struct error *e)
{
	const char *pretend = pretended();
	int fd = pretend ? openat(AT_FDCWD, pretend, FOLDER_FLAGS) : open_root(RESCTRL);
	int r;

	if (pretend && fd < 0)
		return err_sys(e, errno, "openat", "cannot open %s", pretend);
	if (fd >= 0)
		return fd;
	r = mountinfo_each(find_mount, &fd, e);
	if (r < 0)
		return r;
	if (fd >= 0)
		return fd;
	err_set(e, ERR_HOST, -ENODEV, "resctrl is not mounted here");
	err_hint(e,
		"a processor with Intel RDT or its like needs \"mount -t resctrl resctrl " RESCTRL
		"\"");
	return -ENODEV;
}

int resctrl_open(int dirfd, const char *name, struct error *e)
{
	int fd = openat(dirfd, *name ? name : ".", FOLDER_FLAGS);

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0)
		return err_sys(
			e, errno, "openat", "cannot open the resctrl group %s", name);
	return fd;
}

/* What the kernel does at mkdir, with monitoring groups where it can monitor. */
static void fill(int dirfd, const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/tasks", name);
	fd = openat(dirfd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd >= 0)
		close(fd);

	snprintf(path, sizeof(path), "%s/mon_groups", name);
	if (faccessat(dirfd, "mon_groups", F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
		mkdirat(dirfd, path, 0755) < 0)
		unlinkat(dirfd, name, AT_REMOVEDIR);
}

int resctrl_make(int dirfd, const char *name, struct error *e)
{
	int r;

	if (mkdirat(dirfd, name, 0755) == 0) {
		if (pretended())
			fill(dirfd, name);
		return 0;
	}
	if (errno == EEXIST)
		return -EEXIST;
	r = err_sys(e, errno, "mkdirat", "cannot make the resctrl group %s", name);
	if (r == -ENOSPC)
		err_hint(e, "the processor has no more groups (CLOSIDs or RMIDs)");
	return r;
}

/* A file that the kernel has put into each group. */
static int open_file(int groupfd, const char *name, int flags, struct error *e)
{
	int fd;

	if (pretended() && (flags & O_ACCMODE) != O_RDONLY)
		flags |= O_CREAT | O_TRUNC;
	fd = openat(groupfd, name, flags | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_sys(
			e, errno, "openat", "cannot open %s of the resctrl group", name);
	return fd;
}

int resctrl_open_tasks(int groupfd, struct error *e)
{
	return open_file(groupfd, "tasks", O_WRONLY, e);
}

int resctrl_has_tasks(int groupfd, struct error *e)
{
	auto_fd int fd = open_file(groupfd, "tasks", O_RDONLY, e);
	ssize_t n;
	char c;

	if (fd < 0)
		return fd;
	n = read(fd, &c, 1);
	if (n < 0)
		return err_sys(
			e, errno, "read", "cannot read the tasks of a resctrl group");
	/* In a folder that stands for resctrl "0" is a process of ours, which has ended. */
	return n > 0 && !(pretended() && c == '0');
}

int resctrl_read_schemata(int groupfd, struct buf *out, struct error *e)
{
	auto_fd int fd = open_file(groupfd, "schemata", O_RDONLY, e);
	int r;

	if (fd < 0)
		return fd;
	r = io_read_fd(fd, SCHEMATA_MAX, out);
	return r < 0 ? err_sys(e, -r, "read", "cannot read the schemata") : 0;
}

/* The line in which the kernel says what it did not like; "" when it has nothing to say. */
static const char *last_status(int rootfd, struct buf *out)
{
	auto_fd int fd =
		openat(rootfd, "info/last_cmd_status", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || io_read_fd(fd, STATUS_MAX, out) < 0 || out->len == 0)
		return "";
	out->p[strcspn(out->p, "\n")] = '\0';
	return strcmp(out->p, "ok") == 0 ? "" : out->p;
}

int resctrl_write_schemata(int rootfd, int groupfd, const char *text, struct error *e)
{
	auto_fd int fd = open_file(groupfd, "schemata", O_WRONLY, e);
	auto_buf struct buf status = BUF_INIT;
	size_t n = strlen(text);
	const char *words;
	ssize_t done;
	int errnum;

	if (fd < 0)
		return fd;
	done = write(fd, text, n);
	if (done == (ssize_t)n)
		return 0;
	errnum = done < 0 ? errno : EIO;
	words = last_status(rootfd, &status);
	return err_sys(e, errnum, "write", "cannot write the schemata%s%s",
		*words ? ": " : "", words);
}

/* What the kernel does at rmdir, for a folder that stands for resctrl. */
static void empty(int dirfd, const char *name)
{
	static const char *const files[] = { "tasks", "schemata", "mon_groups" };
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", name, files[i]);
		unlinkat(dirfd, path, strcmp(files[i], "mon_groups") ? 0 : AT_REMOVEDIR);
	}
}

int resctrl_remove(int dirfd, const char *name, struct error *e)
{
	if (pretended())
		empty(dirfd, name);
	if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return err_sys(e, errno, "unlinkat", "cannot remove the resctrl group %s", name);
}
