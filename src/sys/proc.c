/* SPDX-License-Identifier: Apache-2.0 */
/* A trusted /proc: one verified descriptor, and every access below it without leaving
 * it. */
#include "config.h"

#include "sys/proc.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/num.h"
#include "sys/probe.h"
#include "sys/syscalls.h"

#define PROC_ROOT_INO 1
/* The first user namespace's, for ever (the kernel's PROC_USER_INIT_INO). */
#define FIRST_USER_NS_INO 0xEFFFFFFDU
/* A read of fewer bytes has reached the end. */
#define WHOLE_READ 2048

static int proc_fd = -EBADF;
static enum { PROC_HOST, PROC_OWN, PROC_CLOSED } whose;

static int verify(int fd, struct error *e)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(fd, &fs) < 0)
		return err_sys(e, errno, "fstatfs", "cannot look at /proc");
	if ((uint32_t)fs.f_type != SYS_MAGIC_PROC)
		return err_set(e, ERR_HOST, -ENODEV, "/proc is not a proc file system");
	if (fstat(fd, &st) < 0)
		return err_sys(e, errno, "fstat", "cannot look at /proc");
	/* A part of a procfs mounted on /proc would put other files under the names
	 * (C1). */
	if (st.st_ino != PROC_ROOT_INO)
		return err_set(e, ERR_HOST, -ENODEV,
			"/proc is not the root of a proc file system");
	return 0;
}

static int mount_own(struct error *e)
{
	static const char what[] = "cannot mount a procfs of our own";
	auto_fd int fs = sys_raw_fsopen("proc", FSOPEN_CLOEXEC);
	int r;

	if (fs < 0)
		return err_sys(e, -fs, "fsopen", what);
	/* Refused before 5.8, where the root of a procfs has all the files. */
	(void)sys_raw_fsconfig(fs, SYS_FSCONFIG_SET_STRING, "subset", "pid");
	r = sys_raw_fsconfig(fs, SYS_FSCONFIG_CMD_CREATE, NULL, NULL);
	if (r < 0)
		return err_sys(e, -r, "fsconfig", what);
	r = sys_raw_fsmount(fs, FSMOUNT_CLOEXEC,
		MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return r < 0 ? err_sys(e, -r, "fsmount", what) : r;
}

static int open_host(struct error *e)
{
	int fd = openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_sys(e, errno, "open", "cannot open /proc") : fd;
}

int sys_proc_fd(struct error *e)
{
	auto_fd int fd = -EBADF;
	int r;

	if (proc_fd >= 0)
		return proc_fd;
	if (whose == PROC_CLOSED)
		return err_set(e, ERR_BUG, -EBADF, "the trusted /proc has been closed");
	fd = whose == PROC_OWN ? mount_own(e) : open_host(e);
	if (fd < 0)
		return fd;
	r = verify(fd, e);
	if (r < 0)
		return r;
	proc_fd = take_fd(&fd);
	return proc_fd;
}

void sys_proc_own(void)
{
	cleanup_fd(&proc_fd);
	whose = PROC_OWN;
}

bool sys_proc_can_own(void)
{
	auto_fd int fd = -EBADF;
	struct stat st;

	if (!sys_has(SYS_MOUNT_API))
		return false;
	/* Who has come here has CAP_SYS_ADMIN, which is all that is asked of the first. */
	if (proc_fd >= 0 && fstatat(proc_fd, "self/ns/user", &st, 0) == 0 &&
		st.st_ino == FIRST_USER_NS_INO)
		return true;
	fd = mount_own(NULL);
	return fd >= 0;
}

void sys_proc_close(void)
{
	cleanup_fd(&proc_fd);
	whose = PROC_CLOSED;
}

/* The number behind "mnt_id:" in fdinfo, since 3.15. */
static int mount_id_by_fdinfo(int fd, uint64_t *out)
{
	char name[48];
	char text[512];
	const char *p;
	auto_fd int info = -EBADF;
	ssize_t n;

	snprintf(name, sizeof(name), "self/fdinfo/%d", fd);
	info = openat(proc_fd, name, O_RDONLY | O_CLOEXEC);
	if (info < 0)
		return -errno;
	n = read(info, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	p = strstr(text, "mnt_id:");
	if (!p)
		return -ENODATA;
	*out = strtoull(p + strlen("mnt_id:"), NULL, 10);
	return 0;
}

int sys_mount_id(int fd, uint64_t *out, struct error *e)
{
	struct sys_statx stx;
	int r = sys_proc_fd(e);

	if (r < 0)
		return r;
	if (sys_has(SYS_STATX_MNT_ID)) {
		r = sys_raw_statx(fd, "", AT_EMPTY_PATH, STX_MNT_ID, &stx);
		*out = stx.mnt_id;
	} else {
		r = mount_id_by_fdinfo(fd, out);
	}
	return r < 0 ? err_sys(e, -r, "statx", "cannot learn the mount of a descriptor")
		     : 0;
}

/* Is fd on the procfs itself, not on something mounted over a part of it? And no magic
 * link. */
static int check_part(int fd, uint64_t id, int flags)
{
	struct stat root;
	struct stat st;
	uint64_t its;
	int r;

	if (fstat(proc_fd, &root) < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (root.st_dev != st.st_dev)
		return -EXDEV;
	if (S_ISLNK(st.st_mode) && !(flags & O_NOFOLLOW))
		return -ELOOP;
	r = sys_mount_id(fd, &its, NULL);
	if (r < 0)
		return r;
	return its == id ? 0 : -EXDEV;
}

/* The first component: "self" and "thread-self" become the kernel's text ("12",
 * "12/task/12"). */
static int first_part(char name[256])
{
	char link[256];
	ssize_t n;

	if (strcmp(name, "self") != 0 && strcmp(name, "thread-self") != 0)
		return 0;
	n = readlinkat(proc_fd, name, link, sizeof(link) - 1);
	if (n < 0)
		return -errno;
	memcpy(name, link, (size_t)n);
	name[n] = '\0';
	return 0;
}

/* Without openat2: each component with O_NOFOLLOW, and its mount compared. */
static int open_by_walk(const char *name, int flags)
{
	auto_fd int dir = -EBADF;
	char part[256];
	uint64_t id;
	bool last = false;
	int r = sys_mount_id(proc_fd, &id, NULL);

	while (r >= 0 && !last) {
		size_t n = strcspn(name, "/");
		int fd;

		if (n == 0 || n >= sizeof(part) || name[0] == '.')
			return -EINVAL;
		memcpy(part, name, n);
		part[n] = '\0';
		last = name[n] == '\0';
		if (dir < 0)
			r = first_part(part);
		if (r < 0)
			return r;
		fd = openat(dir >= 0 ? dir : proc_fd, part,
			O_NOFOLLOW | O_CLOEXEC | (last ? flags : O_PATH | O_DIRECTORY));
		if (fd < 0)
			return -errno;
		cleanup_fd(&dir);
		dir = fd;
		r = check_part(dir, id, last ? flags : O_PATH);
		name += n + 1;
	}
	return r < 0 ? r : take_fd(&dir);
}

static int open_below(const char *name, int flags)
{
	/*
	 * self and thread-self are links, of the kernel's making and inside; nobody
	 * can make others on procfs. Magic links and whatever is mounted over a part
	 * are refused.
	 */
	struct sys_open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};
	int r;

	if (!sys_maybe(SYS_OPENAT2))
		return open_by_walk(name, flags);
	do
		r = sys_raw_openat2(proc_fd, name, &how);
	while (r == -EAGAIN);
	if (r == -ENOSYS || (r == -EPERM && !sys_has(SYS_OPENAT2))) {
		sys_lacks(SYS_OPENAT2);
		return open_by_walk(name, flags);
	}
	return r;
}

int sys_proc_open(const char *name, int flags, struct error *e)
{
	int r = sys_proc_fd(e);

	if (r < 0)
		return r;
	r = open_below(name, flags);
	if (r < 0)
		return err_sys(e, -r, sys_maybe(SYS_OPENAT2) ? "openat2" : "openat",
			"cannot open /proc/%s", name);
	return r;
}

int sys_proc_open_fact(const char *name, struct error *e)
{
	auto_fd int fd = -EBADF;
	struct statfs fs;
	int r = sys_proc_fd(e);

	if (r < 0)
		return r;
	r = open_below(name, O_RDONLY);
	if (r >= 0)
		return r;
	if (r != -EXDEV)
		return err_sys(e, -r, "openat2", "cannot open /proc/%s", name);
	fd = openat(proc_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return err_sys(e, errno, "openat", "cannot open /proc/%s", name);
	if ((uint32_t)fs.f_type != SYS_MAGIC_PROC)
		return err_set(
			e, ERR_HOST, -EXDEV, "/proc/%s is on another file system", name);
	return take_fd(&fd);
}

ssize_t sys_proc_read(const char *name, char *out, size_t size, struct error *e)
{
	auto_fd int fd = sys_proc_open(name, O_RDONLY, e);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	do {
		if (len == size)
			return err_set(e, ERR_SYSTEM, -EFBIG,
				"/proc/%s is longer than %zu bytes", name, size - 1);
		do
			n = read(fd, out + len, size - len);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return err_sys(e, errno, "read", "cannot read /proc/%s", name);
		len += (size_t)n;
		/* The kernel fills a page as long as there is more, and no line of what we
		 * read has half a page: so little was all. */
	} while (n >= WHOLE_READ || len == size);
	out[len] = '\0';
	return (ssize_t)len;
}

int sys_proc_write(const char *name, const char *value, size_t n, struct error *e)
{
	auto_fd int fd = sys_proc_open(name, O_WRONLY, e);
	ssize_t r;

	if (fd < 0)
		return fd;
	do
		r = write(fd, value, n);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_sys(e, errno, "write", "cannot write to /proc/%s", name);
	if ((size_t)r != n)
		return err_sys(e, EIO, "write",
			"cannot write the whole value to /proc/%s", name);
	return 0;
}

/* "PID (comm) S ppid ..." where comm may hold anything, parentheses too. */
int sys_proc_stat_parse(const char *text, pid_t *pid, uint64_t *starttime, char *state)
{
	const char *p = strrchr(text, ')');
	char digits[24], letter;
	uint64_t n;
	size_t len;

	if (!p || p[1] != ' ' || !p[2])
		return -EBADMSG;
	p += 2;
	letter = *p;
	/* The state is field 3, the number of threads field 20, the start time field 22. */
	for (int field = 3; field < 22; field++) {
		p = strchr(p, ' ');
		if (!p)
			return -EBADMSG;
		p++;
		/* The letter is of the first thread, which may end before the others do. */
		if (field + 1 == 20 && letter == 'Z' && strtol(p, NULL, 10) > 1)
			letter = 'S';
	}
	len = strcspn(p, " \n");
	if (len == 0 || len >= sizeof(digits))
		return -EBADMSG;
	memcpy(digits, p, len);
	digits[len] = '\0';
	if (num_u64(digits, UINT64_MAX, &n) < 0)
		return -EBADMSG;
	if (state)
		*state = letter;
	if (starttime)
		*starttime = n;
	if (pid)
		*pid = (pid_t)strtol(text, NULL, 10);
	return 0;
}

int sys_proc_stat_at(
	int dirfd, const char *name, pid_t *pid, uint64_t *starttime, char *state)
{
	char text[1024];
	auto_fd int fd = dirfd >= 0 ? openat(dirfd, name, O_RDONLY | O_CLOEXEC)
				    : sys_proc_open(name, O_RDONLY, NULL);
	ssize_t n;

	if (dirfd >= 0 && fd < 0)
		fd = -errno;
	if (fd < 0)
		return fd == -ENOENT ? -ESRCH : fd;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return sys_proc_stat_parse(text, pid, starttime, state);
}

int sys_proc_stat(pid_t pid, uint64_t *starttime, char *state)
{
	char name[32];

	if (pid <= 0)
		return -ESRCH;
	snprintf(name, sizeof(name), "%d/stat", (int)pid);
	return sys_proc_stat_at(-EBADF, name, NULL, starttime, state);
}

int sys_proc_pid_of(int pidfd, pid_t *out)
{
	char name[48];
	char text[1024];
	const char *p;
	ssize_t n;
	long pid;

	snprintf(name, sizeof(name), "self/fdinfo/%d", pidfd);
	n = sys_proc_read(name, text, sizeof(text), NULL);
	if (n < 0)
		return (int)n;
	p = strstr(text, "\nPid:");
	if (!p) /* a folder of /proc stands for the process, see pidfd.h */
		return sys_proc_stat_at(pidfd, "stat", out, NULL, NULL);
	pid = strtol(p + strlen("\nPid:"), NULL, 10);
	/* 0: not in this procfs's pid namespace; -1: reaped. */
	if (pid <= 0)
		return -ESRCH;
	*out = (pid_t)pid;
	return 0;
}

void sys_proc_fd_path(int fd, char out[32])
{
	snprintf(out, 32, "/proc/self/fd/%d", fd);
}
