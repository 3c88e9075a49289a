/* SPDX-License-Identifier: Apache-2.0 */
/* The namespace table, and joining. */
#include "config.h"

#include "sys/ns.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/library.h"
#include "sys/probe.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

const struct ns_info ns_table[NS_TYPES] = {
	[NS_USER] = { "user", "user", CLONE_NEWUSER },
	[NS_MOUNT] = { "mount", "mnt", CLONE_NEWNS },
	[NS_PID] = { "pid", "pid", CLONE_NEWPID },
	[NS_NET] = { "network", "net", CLONE_NEWNET },
	[NS_IPC] = { "ipc", "ipc", CLONE_NEWIPC },
	[NS_UTS] = { "uts", "uts", CLONE_NEWUTS },
	[NS_CGROUP] = { "cgroup", "cgroup", CLONE_NEWCGROUP },
	[NS_TIME] = { "time", "time", CLONE_NEWTIME },
};

static const char *name_of_flag(int flag)
{
	for (int i = 0; i < NS_TYPES; i++)
		if (ns_table[i].flag == (uint64_t)(unsigned)flag)
			return ns_table[i].oci;
	return "unknown";
}

int ns_open_path(const char *path, enum ns_type type, struct error *e)
{
	/* O_NONBLOCK: a fifo without writer would hold us (F2). */
	auto_fd int fd =
		openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct statfs fs;
	int flag;

	if (fd < 0)
		return err_sys(e, errno, "open", "cannot open the %s namespace %s",
			ns_table[type].oci, path);
	/* Asked first: the ioctl's number means other things to devices. */
	if (fstatfs(fd, &fs) < 0)
		return err_sys(e, errno, "fstatfs", "cannot look at %s", path);
	if ((uint32_t)fs.f_type != SYS_MAGIC_NSFS)
		return err_set(e, ERR_CONFIG, -EINVAL, "%s is not a namespace", path);
	flag = ioctl(fd, NS_GET_NSTYPE);
	if (flag < 0)
		return err_sys(e, errno, "ioctl", "cannot ask %s for its type", path);
	if ((uint64_t)(unsigned)flag != ns_table[type].flag)
		return err_set(e, ERR_CONFIG, -EINVAL,
			"%s is a namespace of type %s, not %s", path, name_of_flag(flag),
			ns_table[type].oci);
	return take_fd(&fd);
}

int ns_open_pid(pid_t pid, enum ns_type type, struct error *e)
{
	char name[32];
	auto_fd int dir = -EBADF;
	int fd;

	snprintf(name, sizeof(name), "%d/ns", (int)pid);
	dir = sys_proc_open(name, O_PATH | O_DIRECTORY, e);
	if (dir < 0)
		return dir;
	fd = openat(dir, ns_table[type].proc, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, errno, "openat",
			"cannot open the %s namespace of process %d", ns_table[type].oci,
			(int)pid);
	return fd;
}

/* Behind it, names of libraries are names of the container's files (A5). */
#define OTHER_FILES (CLONE_NEWNS | CLONE_NEWUSER)

int ns_join(int fd, enum ns_type type, struct error *e)
{
	int r;

	if (ns_table[type].flag & OTHER_FILES)
		library_seal();
	r = sys_raw_setns(fd, (int)ns_table[type].flag);
	if (r < 0)
		return err_sys(e, -r, "setns", "cannot join the %s namespace",
			ns_table[type].oci);
	return 0;
}

/* What is left of fds; with tolerate a refusal leaves a namespace for the next pass. */
static int join_pass(int *fds, bool user, bool tolerate, struct error *e)
{
	for (int i = 0; i < NS_TYPES; i++) {
		int r;

		if (fds[i] < 0 || (i == NS_USER) != user)
			continue;
		r = ns_join(fds[i], (enum ns_type)i, e);
		if (r == -EPERM && tolerate) {
			err_done(e);
			continue;
		}
		if (r < 0)
			return r;
		cleanup_fd(&fds[i]);
	}
	return 0;
}

/*
 * One by one: all are opened before the first is joined, because afterwards the files
 * may not be ours to open. NS-10: first with our rights, then with those of the user
 * namespace.
 */
static int join_each(pid_t pid, uint64_t flags, struct error *e)
{
	bool user = flags & CLONE_NEWUSER;
	int fds[NS_TYPES];
	int r = 0;

	for (int i = 0; i < NS_TYPES; i++) {
		fds[i] = -EBADF;
		if (r >= 0 && (flags & ns_table[i].flag))
			r = fds[i] = ns_open_pid(pid, (enum ns_type)i, e);
	}
	if (r >= 0)
		r = join_pass(fds, false, user, e);
	if (r >= 0 && user)
		r = join_pass(fds, true, false, e);
	if (r >= 0 && user)
		r = join_pass(fds, false, false, e);
	for (int i = 0; i < NS_TYPES; i++)
		cleanup_fd(&fds[i]);
	return r < 0 ? r : 0;
}

int ns_join_process(int pidfd, pid_t pid, uint64_t flags, struct error *e)
{
	int r;

	if (flags == 0)
		return 0;
	if (flags & OTHER_FILES)
		library_seal();
	if (!sys_maybe(SYS_SETNS_PIDFD))
		return join_each(pid, flags, e);
	r = sys_raw_setns(pidfd, (int)flags);
	if (r == 0)
		return 0;
	/* EINVAL and EBADF: an older kernel, or a handle that is no pidfd. */
	if ((r == -EINVAL || r == -EBADF) && !sys_has(SYS_SETNS_PIDFD))
		return join_each(pid, flags, e);
	return err_sys(
		e, -r, "setns", "cannot join the namespaces of process %d", (int)pid);
}

int ns_differ(pid_t pid, uint64_t flags, uint64_t *out, struct error *e)
{
	auto_fd int ours = -EBADF;
	auto_fd int theirs = -EBADF;
	uint64_t found = 0;
	char name[32];

	*out = 0;
	if (flags == 0)
		return 0;
	ours = sys_proc_open("self/ns", O_PATH | O_DIRECTORY, e);
	if (ours < 0)
		return ours;
	snprintf(name, sizeof(name), "%d/ns", (int)pid);
	theirs = sys_proc_open(name, O_PATH | O_DIRECTORY, NULL);
	if (theirs < 0)
		return err_sys(e, theirs == -ENOENT ? ESRCH : -theirs, "open",
			"cannot look at the namespaces of process %d", (int)pid);
	for (int i = 0; i < NS_TYPES; i++) {
		struct stat a, b;

		if (!(flags & ns_table[i].flag))
			continue;
		if (fstatat(ours, ns_table[i].proc, &a, 0) < 0) {
			if (errno == ENOENT)
				continue;
			return err_sys(e, errno, "fstatat",
				"cannot look at our %s namespace", ns_table[i].oci);
		}
		if (fstatat(theirs, ns_table[i].proc, &b, 0) < 0)
			return err_sys(e, errno == ENOENT ? ESRCH : errno, "fstatat",
				"cannot look at the %s namespace of process %d",
				ns_table[i].oci, (int)pid);
		if (a.st_ino != b.st_ino)
			found |= ns_table[i].flag;
	}
	*out = found;
	return 0;
}

bool ns_same(int a, int b)
{
	struct stat sa;
	struct stat sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
	       sa.st_ino == sb.st_ino;
}

int ns_inode(enum ns_type type, uint64_t *out, struct error *e)
{
	char name[32];
	struct stat st;
	int procfd = sys_proc_fd(e);

	if (procfd < 0)
		return procfd;
	snprintf(name, sizeof(name), "self/ns/%s", ns_table[type].proc);
	if (fstatat(procfd, name, &st, 0) < 0)
		return err_sys(e, errno, "fstatat", "cannot look at our %s namespace",
			ns_table[type].oci);
	*out = st.st_ino;
	return 0;
}
