/* SPDX-License-Identifier: Apache-2.0 */
/* Pseudo terminals: only from what is the multiplexer of a devpts. */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/probe.h"
#include "sys/pty.h"
#include "sandbox.h"

static int try_open(void *arg)
{
	auto_fd int master = -EBADF, slave = -EBADF, root = -EBADF, peer = -EBADF;
	auto_error struct error e = ERROR_INIT;
	struct winsize size;
	struct stat st;
	char text[8];

	(void)arg;
	CHECK(mkdir("dev", 0755) == 0 && mkdir("dev/pts", 0755) == 0);
	root = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(sys_pty_open(root, &master, &slave, &e) == -ENOENT);
	err_done(&e);
	CHECK(mount("devpts", "dev/pts", "devpts", 0, "newinstance,ptmxmode=0000") == 0);
	CHECK_OK(sys_pty_open(root, &master, &slave, &e), &e);
	CHECK(fstat(slave, &st) == 0 && S_ISCHR(st.st_mode));
	CHECK(st.st_rdev == makedev(136, 0));
	CHECK(fcntl(master, F_GETFD) == FD_CLOEXEC &&
		fcntl(slave, F_GETFD) == FD_CLOEXEC);
	CHECK(sys_pty_is_master(master) && !sys_pty_is_master(slave));
	CHECK(write(slave, "x", 1) == 1 && read(master, text, sizeof(text)) == 1);
	CHECK(sys_pty_resize(master, 0, 0) == 0);
	CHECK(sys_pty_resize(master, 33, 0) == 0 && sys_pty_resize(master, 0, 99) == 0);
	CHECK(ioctl(slave, TIOCGWINSZ, &size) == 0 && size.ws_row == 33 &&
		size.ws_col == 99);
	CHECK(sys_pty_resize(root, 1, 1) < 0);
	peer = sys_pty_peer(master, &e);
	if (sys_maybe(SYS_PTY_PEER))
		CHECK_OK(peer, &e);
	else
		CHECK(peer == -EOPNOTSUPP && strstr(e.text, "4.13"));
	return 0;
}
BOTH(open, "all")

/* The host's devpts as an ordinary user has it. */
static int try_closed(void *arg)
{
	auto_fd int master = -EBADF, slave = -EBADF, root = -EBADF;
	auto_error struct error e = ERROR_INIT;
	struct stat st;

	(void)arg;
	CHECK(mkdir("dev", 0755) == 0 && mkdir("dev/pts", 0755) == 0);
	CHECK(mount("devpts", "dev/pts", "devpts", 0, "newinstance,ptmxmode=0000") == 0);
	root = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (mknod("dev/ptmx", S_IFCHR | 0666, makedev(5, 2)) < 0 ||
		chmod("dev/ptmx", 0666) < 0 || setresuid(4242, 4242, 4242) < 0) {
		fprintf(stderr, "SKIP: no device nodes here\n");
		return 0;
	}
	CHECK_OK(sys_pty_open(root, &master, &slave, &e), &e);
	CHECK(fstat(slave, &st) == 0 && st.st_rdev == makedev(136, 0));
	CHECK(st.st_uid == 4242 && !e.text);
	return 0;
}
BOTH(closed, "all")

/* D3: what an image puts there, and a devpts that is not where its slave would be looked for. */
static int try_fakes(void *arg)
{
	auto_fd int master = -EBADF, slave = -EBADF, root = -EBADF;
	auto_error struct error e = ERROR_INIT;

	(void)arg;
	CHECK(mkdir("dev", 0755) == 0 && mkdir("dev/pts", 0755) == 0);
	root = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(mknod("dev/pts/ptmx", S_IFREG | 0666, 0) == 0);
	CHECK(sys_pty_open(root, &master, &slave, &e) == -EINVAL);
	err_done(&e);
	CHECK(unlink("dev/pts/ptmx") == 0 && symlink("/dev/ptmx", "dev/pts/ptmx") == 0);
	CHECK(sys_pty_open(root, &master, &slave, &e) < 0);
	err_done(&e);
	CHECK(unlink("dev/pts/ptmx") == 0 && mkfifo("dev/pts/ptmx", 0666) == 0);
	CHECK(sys_pty_open(root, &master, &slave, &e) == -EINVAL);
	err_done(&e);
	CHECK(unlink("dev/pts/ptmx") == 0);
	if (mknod("dev/pts/ptmx", S_IFCHR | 0666, makedev(5, 2)) == 0) {
		CHECK(sys_pty_open(root, &master, &slave, &e) == -EINVAL);
		err_done(&e);
	}
	CHECK(master == -EBADF && slave == -EBADF);
	return 0;
}
BOTH(fakes, "all")

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_open_fallback),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_closed_fallback),
		cmocka_unit_test(test_fakes),
		cmocka_unit_test(test_fakes_fallback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
