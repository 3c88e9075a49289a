/* SPDX-License-Identifier: Apache-2.0 */
/* Where a seccomp sandbox refuses every call newer than 5.0, with ENOSYS or with EPERM as many
 * do, everything still works, and nothing has to be told to forget. */
#include "config.h"

#include "sandbox.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/cgroupfs.h"
#include "sys/clone.h"
#include "sys/closefds.h"
#include "sys/mount.h"
#include "sys/open.h"
#include "sys/pidfd.h"
#include "sys/probe.h"
#include "sys/proc.h"
#include "sys/selfexe.h"
#include "sys/syscalls.h"

/* Numbers from 424 on came with 5.1 and later, the same on every architecture. */
static int refuse_new_calls(int err)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 424, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 1024, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)err),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = ARRAY_SIZE(code), .filter = code };

	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0);
	CHECK(sys_raw_openat2(AT_FDCWD, "/", &(struct sys_open_how){ 0 }) == -err);
	return 0;
}

static int opening(void)
{
	auto_error struct error e = ERROR_INIT;
	auto_fd int root = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int made = 0;

	CHECK(symlink("/a/b", "link") == 0);
	auto_fd int one = sys_mkdirs_in_root(root, "a/b", 0755, &e);
	CHECK_OK(one, &e);
	auto_fd int two = sys_target_in_root(root, "link/c", 0, &made, &e);
	CHECK_OK(two, &e);
	CHECK(made == 1 && access("/tmp/a/b/c", F_OK) == 0);
	auto_fd int three = sys_open_in_root(root, "link/c", O_RDONLY, &e);
	CHECK_OK(three, &e);
	CHECK(!sys_maybe(SYS_OPENAT2));
	auto_fd int four = sys_proc_open("self/status", O_RDONLY, &e);
	CHECK_OK(four, &e);
	return 0;
}

static int processes(void)
{
	struct sys_clone c = { .flags = 0, .cgroup_fd = -EBADF };
	auto_error struct error e = ERROR_INIT;
	char name[64];
	int root = -EBADF;
	uint64_t start;
	pid_t pid;

	if (find_cgroup(true, &root, name)) {
		c.cgroup_fd = cgfs_open(root, name, &e);
		CHECK_OK(c.cgroup_fd, &e);
	}
	pid = sys_clone(&c, &e);
	CHECK_OK(pid, &e);
	if (pid == 0) {
		pause();
		_exit(0);
	}
	CHECK(!c.in_cgroup && !sys_maybe(SYS_CLONE3));
	CHECK(sys_proc_stat(pid, &start, NULL) == 0);
	CHECK(pidfd_kill(c.pidfd, pid, start, SIGKILL) == 0);
	CHECK(pidfd_ended(c.pidfd, pid, start, 5000) == 1 && pidfd_wait(pid, NULL) == 0);
	close(c.pidfd);
	if (root >= 0) {
		CHECK_OK(cgfs_rmtree(root, name, 5000, &e), &e);
		close(c.cgroup_fd);
		close(root);
	}
	return 0;
}

static int mounting(void)
{
	struct sys_mount_attr ro = { .set = MOUNT_ATTR_RDONLY };
	auto_error struct error e = ERROR_INIT;
	struct sys_mount m;

	CHECK(mkdir("t", 0755) == 0 && mkdir("u", 0755) == 0);
	auto_fd int t = open("t", O_PATH | O_CLOEXEC);
	auto_fd int u = open("u", O_PATH | O_CLOEXEC);
	CHECK(sys_mount_ops() == &sys_mount_compat_ops);
	CHECK_OK(sys_mount_ops()->create("tmpfs", NULL, NULL, 0, &ro, &m, &e), &e);
	auto_fd int on = sys_mount_ops()->attach(&m, t, &e);
	CHECK_OK(on, &e);
	/* Asked of the new operations all the same, they notice. */
	CHECK_OK(sys_mount_fd_ops.clone(on, false, NULL, &m, &e), &e);
	auto_fd int two = sys_mount_fd_ops.attach(&m, u, &e);
	CHECK_OK(two, &e);
	CHECK(put_file("u/x", "") < 0 && errno == EROFS);
	CHECK_OK(sys_mount_fd_ops.create("tmpfs", NULL, NULL, 0, NULL, &m, &e), &e);
	auto_fd int three = sys_mount_fd_ops.attach(&m, two, &e);
	CHECK_OK(three, &e);
	CHECK(put_file("u/x", "") == 0);
	CHECK_OK(sys_mount_fd_ops.reconfigure(three, NULL, 0, &ro, &e), &e);
	CHECK_OK(sys_mount_propagation(three, MS_SHARED, &e), &e);
	CHECK_OK(sys_umount_fd(three, &e), &e);
	return 0;
}

static int rest(void)
{
	auto_error struct error e = ERROR_INIT;
	enum selfexe_mode mode = SELFEXE_VERITY;
	int fd = -1;

	CHECK_OK(selfexe_protect(0, &mode, &fd, &e), &e);
	CHECK(mode == SELFEXE_MEMFD);
	CHECK(dup2(fd, 70) == 70 && dup2(fd, 71) == 71);
	CHECK_OK(sys_cloexec_from(70, &e), &e);
	CHECK(fcntl(70, F_GETFD) == FD_CLOEXEC);
	CHECK(fcntl(71, F_GETFD) == FD_CLOEXEC);
	for (int i = 0; i < SYS_FEATURES; i++)
		if (strcmp(sys_feature_since((enum sys_feature)i), "5.0") > 0 &&
			i != SYS_CGROUP_KILL && i != SYS_TIME_NS &&
			i != SYS_BPF_REPLACE && i != SYS_STATX_MNT_ID)
			CHECK(!sys_has((enum sys_feature)i));
	return 0;
}

static int everything(void *arg)
{
	CHECK(refuse_new_calls(*(int *)arg) == 0);
	return opening() || processes() || mounting() || rest();
}

static void test_enosys(void **state)
{
	int err = ENOSYS;

	(void)state;
	in_sandbox(everything, &err, NULL);
}

static void test_eperm(void **state)
{
	int err = EPERM;

	(void)state;
	in_sandbox(everything, &err, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enosys),
		cmocka_unit_test(test_eperm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
