/* SPDX-License-Identifier: Apache-2.0 */
/* Pseudo terminals of a container's own instance of devpts. */
#include "config.h"

#include "sys/pty.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/open.h"
#include "sys/probe.h"
#include "sys/syscalls.h"

#define MAGIC_DEVPTS 0x1cd1U
#define PTMX_INODE 2
#define SLAVE_MAJOR 136

/* Not by ioctl(3): musl's request is an int, which this number is too large for. */
static int number_of(int master, unsigned *n)
{
	return syscall(SYS_ioctl, master, (unsigned long)TIOCGPTN, n) < 0 ? -errno : 0;
}

static bool is_devpts(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (uint32_t)fs.f_type == MAGIC_DEVPTS;
}

/* The multiplexer, O_PATH: what an image or a neighbour puts in its place is not opened. */
static int find_multiplexer(int rootfd, struct stat *st, struct error *e)
{
	auto_fd int fd =
		sys_open_in_root(rootfd, "/dev/pts/ptmx", O_PATH | O_NOFOLLOW, e);

	if (fd < 0) {
		err_hint(e, "a terminal needs a devpts mount on /dev/pts");
		return fd;
	}
	if (fstat(fd, st) < 0)
		return err_sys(e, errno, "fstat", "cannot look at /dev/pts/ptmx");
	if (!is_devpts(fd) || st->st_ino != PTMX_INODE || !S_ISCHR(st->st_mode) ||
		st->st_rdev != makedev(5, 2)) {
		err_set(e, ERR_CONFIG, -EINVAL,
			"/dev/pts/ptmx is not the multiplexer of a devpts");
		err_hint(e, "a terminal needs a devpts mount on /dev/pts");
		return -EINVAL;
	}
	return take_fd(&fd);
}

int sys_pty_peer(int master, struct error *e)
{
	int fd = -1;

	if (sys_maybe(SYS_PTY_PEER)) {
		fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (fd >= 0)
			return fd;
		if (errno != ENOTTY && errno != EINVAL && errno != ENOSYS &&
			!(errno == EPERM && !sys_has(SYS_PTY_PEER)))
			return err_sys(e, errno, "ioctl(TIOCGPTPEER)",
				"cannot open the terminal");
		sys_lacks(SYS_PTY_PEER);
	}
	return err_set(e, ERR_HOST, -EOPNOTSUPP,
		"the kernel has no TIOCGPTPEER (Linux %s)",
		sys_feature_since(SYS_PTY_PEER));
}

/* By number: only the very device, in the very instance, is taken (D3). */
static int peer_by_number(
	int rootfd, int master, const struct stat *ptmx, struct error *e)
{
	auto_fd int path = -EBADF;
	struct stat st;
	char name[32];
	unsigned n;
	int r;

	r = number_of(master, &n);
	if (r < 0)
		return err_sys(e, -r, "ioctl(TIOCGPTN)",
			"cannot learn the number of the terminal");
	snprintf(name, sizeof(name), "/dev/pts/%u", n);
	path = sys_open_in_root(rootfd, name, O_PATH | O_NOFOLLOW, e);
	if (path < 0)
		return path;
	if (fstat(path, &st) < 0)
		return err_sys(e, errno, "fstat", "cannot look at %s", name);
	if (!is_devpts(path) || st.st_dev != ptmx->st_dev || !S_ISCHR(st.st_mode) ||
		st.st_rdev != makedev(SLAVE_MAJOR, n))
		return err_set(e, ERR_SYSTEM, -ESTALE, "%s is not the terminal", name);
	return sys_reopen(path, O_RDWR | O_NOCTTY, e);
}

/*
 * The host's devpts may keep its multiplexer from all but root (ptmxmode=000). An ordinary
 * user's container that shares the host's /dev then has the node beside it, which leads to the
 * same instance.
 */
static int open_master(int rootfd, int path, struct error *e)
{
	int fd = sys_reopen(path, O_RDWR | O_NOCTTY, e);
	auto_fd int node = -EBADF;
	struct stat st;

	if (fd == -EACCES)
		node = sys_open_in_root(rootfd, "/dev/ptmx", O_PATH | O_NOFOLLOW, NULL);
	if (node >= 0 && fstat(node, &st) == 0 && S_ISCHR(st.st_mode) &&
		st.st_rdev == makedev(5, 2)) {
		err_done(e);
		fd = sys_reopen(node, O_RDWR | O_NOCTTY, e);
	}
	return fd < 0 ? err_wrap(e, "a new terminal") : fd;
}

/* Whatever was opened: the slave is of the devpts that the container sees. */
static int check_instance(int slave, const struct stat *ptmx, struct error *e)
{
	struct stat st;

	if (fstat(slave, &st) < 0)
		return err_sys(e, errno, "fstat", "cannot look at the terminal");
	if (st.st_dev != ptmx->st_dev)
		return err_set(e, ERR_CONFIG, -EINVAL,
			"/dev/ptmx belongs to another devpts than /dev/pts");
	return 0;
}

int sys_pty_open(int rootfd, int *master, int *slave, struct error *e)
{
	auto_fd int fd = -EBADF, peer = -EBADF, path = -EBADF;
	const int unlocked = 0;
	struct stat ptmx;
	int r;

	path = find_multiplexer(rootfd, &ptmx, e);
	if (path < 0)
		return path;
	fd = open_master(rootfd, path, e);
	if (fd < 0)
		return fd;
	if (ioctl(fd, TIOCSPTLCK, &unlocked) < 0)
		return err_sys(
			e, errno, "ioctl(TIOCSPTLCK)", "cannot unlock the terminal");
	peer = sys_pty_peer(fd, e);
	if (peer == -EOPNOTSUPP) {
		err_done(e);
		peer = peer_by_number(rootfd, fd, &ptmx, e);
	}
	if (peer < 0)
		return peer;
	r = check_instance(peer, &ptmx, e);
	if (r < 0)
		return r;
	*master = take_fd(&fd);
	*slave = take_fd(&peer);
	return 0;
}

bool sys_pty_is_master(int fd)
{
	unsigned n;

	return number_of(fd, &n) == 0;
}

int sys_pty_resize(int fd, uint16_t rows, uint16_t columns)
{
	struct winsize size;

	if (!rows && !columns)
		return 0;
	if (ioctl(fd, TIOCGWINSZ, &size) < 0)
		return -errno;
	if (rows)
		size.ws_row = rows;
	if (columns)
		size.ws_col = columns;
	return ioctl(fd, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}
