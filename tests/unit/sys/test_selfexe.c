/* SPDX-License-Identifier: Apache-2.0 */
/* A binary that nobody who runs from it can write to (A1, A2). */
#include "config.h"

#include "sandbox.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/probe.h"
#include "sys/proc.h"
#include "sys/selfexe.h"

static char own_path[4096];

/* What is run in place of the tests: tries to write to what it was run from. */
static int be_victim(const char *dev, const char *ino)
{
	static const int ways[] = { O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC,
		O_RDWR | O_APPEND };
	struct stat st;
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		CHECK(open("/proc/self/exe", ways[i] | O_CLOEXEC) < 0);
	/* By way of a descriptor too, which frees the text lock of nobody. */
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0);
	snprintf(text, sizeof(text), "/proc/self/fd/%d", fd);
	CHECK(open(text, O_WRONLY | O_CLOEXEC) < 0 && errno != ENOENT);
	CHECK(write(fd, "x", 1) < 0);
	CHECK(stat("/proc/self/exe", &st) == 0);
	snprintf(text, sizeof(text), "%ju", (uintmax_t)st.st_ino);
	bool same = strcmp(text, ino) == 0;
	snprintf(text, sizeof(text), "%ju", (uintmax_t)st.st_dev);
	return same && strcmp(text, dev) == 0 ? 7 : 8;
}

static int run_it(void *arg)
{
	int fd = *(int *)arg;
	char dev[32];
	char ino[32];
	char *argv[] = { own_path, "victim", dev, ino, NULL };
	char *envp[] = { "ASAN_OPTIONS=detect_leaks=0", NULL };
	struct stat st;

	CHECK(stat("/proc/self/exe", &st) == 0);
	snprintf(dev, sizeof(dev), "%ju", (uintmax_t)st.st_dev);
	snprintf(ino, sizeof(ino), "%ju", (uintmax_t)st.st_ino);
	selfexe_exec(fd, argv, envp, NULL);
	return 1;
}

/* In the mount namespace that the binary was started in: a clone can be made of no
 * other. */
static int protect(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	enum selfexe_mode mode = SELFEXE_VERITY;
	int fd = -1;
	int got;

	CHECK(!arg || forget(arg));
	CHECK_OK(selfexe_protect(0, &mode, &fd, &e), &e);
	CHECK(mode == (sys_has(SYS_MOUNT_SETATTR) ? SELFEXE_CLONE : SELFEXE_MEMFD));
	CHECK(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
	got = in_child(run_it, &fd);
	/* The clone has the inode of the original, a copy has not. */
	CHECK(got == (mode == SELFEXE_CLONE ? 7 : 8));
	close(fd);
	CHECK_OK(selfexe_protect(1, &mode, &fd, &e), &e);
	CHECK(mode == SELFEXE_MEMFD && in_child(run_it, &fd) == 8);
	CHECK(fcntl(fd, F_GET_SEALS) ==
		(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
	close(fd);
	return 0;
}

/* Run again from a read-only mount, which is no protection, because it can be made writable. */
static int be_read_only(void)
{
	auto_error struct error e = ERROR_INIT;
	enum selfexe_mode mode = SELFEXE_VERITY;
	int fd = 0;

	CHECK_OK(selfexe_protect(0, &mode, &fd, &e), &e);
	CHECK(mode == (sys_has(SYS_MOUNT_SETATTR) ? SELFEXE_CLONE : SELFEXE_MEMFD));
	CHECK(fd >= 0);
	CHECK_OK(selfexe_protect(1, &mode, &fd, &e), &e);
	CHECK(mode == SELFEXE_MEMFD && fd >= 0);
	return 9;
}

static int exec_read_only(void *arg)
{
	(void)arg;
	execl("/tmp/ro/binary", "binary", "read-only", NULL);
	return 1;
}

static int try_read_only(void *arg)
{
	struct stat st;

	(void)arg;
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	CHECK(mkdir("ro", 0755) == 0 && mount("none", "ro", "tmpfs", 0, NULL) == 0);
	int to = open("ro/binary", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	CHECK(fstat(from, &st) == 0);
	while (st.st_size > 0) {
		ssize_t n = sendfile(to, from, NULL, (size_t)st.st_size);

		CHECK(n > 0);
		st.st_size -= n;
	}
	close(to);
	CHECK(mount(NULL, "ro", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0);
	CHECK(in_child(exec_read_only, NULL) == 9);
	return 0;
}

/* Without CAP_SYS_ADMIN a copy is all that can be had. */
static int unprivileged(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	enum selfexe_mode mode = SELFEXE_VERITY;
	int fd = -1;

	(void)arg;
	CHECK(setuid(65534) == 0);
	CHECK_OK(selfexe_protect(0, &mode, &fd, &e), &e);
	CHECK(mode == SELFEXE_MEMFD && fd >= 0);
	return 0;
}

static int try_unprivileged(void *arg)
{
	CHECK(in_child(unprivileged, arg) == 0);
	return 0;
}

static void test_protect(void **state)
{
	static char all[] = "all";

	(void)state;
	if (!may_mount())
		skip();
	assert_int_equal(in_child(protect, NULL), 0);
	if (sys_forget("") == 0)
		assert_int_equal(in_child(protect, all), 0);
	else
		fprintf(stderr, "SKIP: no test hooks, fallback not tested\n");
}

BOTH(read_only, "all")
BOTH(unprivileged, "all")

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_protect),
		BOTH_TESTS(read_only),
		BOTH_TESTS(unprivileged),
	};

	if (argc == 4 && strcmp(argv[1], "victim") == 0)
		return be_victim(argv[2], argv[3]);
	if (argc == 2 && strcmp(argv[1], "read-only") == 0)
		return be_read_only();
	snprintf(own_path, sizeof(own_path), "%s", argv[0]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
