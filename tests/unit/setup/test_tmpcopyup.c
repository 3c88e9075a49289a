/* SPDX-License-Identifier: Apache-2.0 */
/* The copy: types, owners, links, holes, attributes; nothing followed, an end at the size (B15). */
#include "config.h"

#include "world.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "setup/tmpcopyup.h"

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

/* Copy /tmp/root/work into a fresh tmpfs at /tmp/root/tmp. */
static int copy(const char *options, struct error *e)
{
	auto_fd int from = open("root/work", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int to = -EBADF;

	CHECK(from >= 0);
	CHECK(mount("copy", "/tmp/root/tmp", "tmpfs", 0, options) == 0);
	to = open("root/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(to >= 0);
	err_done(e);
	return tmpcopyup(from, to, e);
}

static bool same(const char *name)
{
	struct stat a;
	struct stat b;
	char path[2][256];

	snprintf(path[0], 256, "root/work/%s", name);
	snprintf(path[1], 256, "root/tmp/%s", name);
	if (lstat(path[0], &a) < 0 || lstat(path[1], &b) < 0)
		return false;
	return a.st_mode == b.st_mode && a.st_uid == b.st_uid && a.st_gid == b.st_gid &&
	       a.st_rdev == b.st_rdev && (S_ISDIR(a.st_mode) || a.st_size == b.st_size) &&
	       a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
	       a.st_mtim.tv_nsec == b.st_mtim.tv_nsec && a.st_nlink == b.st_nlink;
}

static int fill(void)
{
	const struct timespec old[2] = { { 1000, 5 }, { 2000, 7 } };

	CHECK(mkdir("root/work/d", 02750) == 0 && mkdir("root/work/d/e", 0) == 0);
	CHECK(put_file("root/work/f", "content") == 0 &&
		put_file("root/work/d/f2", "") == 0);
	CHECK(chown("root/work/f", 11, 12) == 0 && chmod("root/work/f", 06755) == 0);
	CHECK(link("root/work/f", "root/work/d/again") == 0);
	CHECK(link("root/work/f", "root/work/d/e/third") == 0);
	CHECK(symlink("/tmp/host/secret", "root/work/link") == 0);
	CHECK(symlink("/tmp/host", "root/work/d/folderlink") == 0);
	CHECK(symlink("missing", "root/work/dangling") == 0);
	CHECK(mknod("root/work/null", S_IFCHR | 0604, makedev(1, 3)) == 0);
	CHECK(mknod("root/work/disk", S_IFBLK | 0640, makedev(259, 70000)) == 0);
	CHECK(mkfifo("root/work/fifo", 0622) == 0);
	CHECK(mknod("root/work/socket", S_IFSOCK | 0700, 0) == 0);
	CHECK(setxattr("root/work/f", "trusted.note", "value", 5, 0) == 0);
	CHECK(utimensat(AT_FDCWD, "root/work/f", old, 0) == 0);
	CHECK(utimensat(AT_FDCWD, "root/work/d", old, 0) == 0);
	CHECK(utimensat(AT_FDCWD, "root/work/link", old, AT_SYMLINK_NOFOLLOW) == 0);
	CHECK(chown("root/work", 3, 4) == 0 && chmod("root/work", 01771) == 0);
	return 0;
}

static int try_types(void *arg)
{
	static const char *const names[] = { "", "d", "d/e", "f", "d/f2", "d/again",
		"d/e/third", "link", "d/folderlink", "dangling", "null", "disk", "fifo",
		"socket" };
	auto_error struct error e = ERROR_INIT;
	auto_free char *before = NULL;
	auto_free char *after = NULL;
	struct stat a;
	struct stat b;
	char value[16];

	(void)arg;
	CHECK(fill() == 0);
	before = canary();
	CHECK_OK(copy("mode=755", &e), &e);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!same(names[i]))
			fprintf(stderr, "%s is not the same\n", names[i]);
		CHECK(same(names[i]));
	}
	CHECK(has_text("root/tmp/f", "content"));
	CHECK(stat("root/tmp/f", &a) == 0 && stat("root/tmp/d/e/third", &b) == 0);
	CHECK(a.st_ino == b.st_ino && a.st_nlink == 3);
	CHECK(getxattr("root/tmp/f", "trusted.note", value, sizeof(value)) == 5);
	CHECK(umount("/tmp/root/tmp") == 0);
	after = canary();
	CHECK(strcmp(before, after) == 0);
	return 0;
}

static void test_types(void **state)
{
	(void)state;
	in_world(try_types, NULL, NULL);
}

/* A terabyte of nothing fits, with its data where it was. */
static int try_sparse(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	auto_fd int fd = -EBADF;
	struct stat st;
	char text[8];

	(void)arg;
	fd = open("root/work/sparse", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && ftruncate(fd, (off_t)1 << 40) == 0);
	CHECK(pwrite(fd, "middle", 6, (off_t)1 << 39) == 6);
	CHECK_OK(copy("size=1m", &e), &e);
	cleanup_fd(&fd);
	fd = open("root/tmp/sparse", O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0 && fstat(fd, &st) == 0);
	CHECK(st.st_size == (off_t)1 << 40 && st.st_blocks < 100);
	CHECK(pread(fd, text, 6, (off_t)1 << 39) == 6 && memcmp(text, "middle", 6) == 0);
	return 0;
}

static void test_sparse(void **state)
{
	(void)state;
	in_world(try_sparse, NULL, NULL);
}

static int try_full(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	FILE *f = fopen("root/work/big", "we");

	(void)arg;
	CHECK(f);
	for (int i = 0; i < 1 << 18; i++)
		putc('x', f);
	CHECK(fclose(f) == 0);
	CHECK_FAILS(copy("size=64k", &e), ENOSPC, &e);
	CHECK(strstr(e.text, "big") && e.hint && strstr(e.hint, "size="));
	CHECK(umount("/tmp/root/tmp") == 0 && unlink("root/work/big") == 0);
	for (int i = 0; i < 100; i++) {
		char name[64];

		snprintf(name, sizeof(name), "root/work/%d", i);
		CHECK(put_file(name, "") == 0);
	}
	CHECK_FAILS(copy("nr_inodes=20", &e), ENOSPC, &e);
	return 0;
}

static void test_full(void **state)
{
	(void)state;
	in_world(try_full, NULL, NULL);
}

/* Deeper than we have descriptors for: an error, not a crash. */
static int try_deep(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	auto_fd int at = open("root/work", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)arg;
	for (int i = 0; i < 300; i++) {
		int next;

		CHECK(mkdirat(at, "d", 0755) == 0);
		next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		CHECK(next >= 0);
		close(at);
		at = next;
	}
	CHECK_FAILS(copy("size=1m", &e), ELOOP, &e);
	CHECK(strstr(e.text, "deeper"));
	return 0;
}

static void test_deep(void **state)
{
	(void)state;
	in_world(try_deep, NULL, NULL);
}

/* Whether a node could be opened is a matter of the mount that it is on itself. */
static int try_nodev(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	struct stat st;

	(void)arg;
	CHECK(mkdir("closed", 0755) == 0);
	CHECK(mount("closed", "closed", "tmpfs", MS_NODEV, NULL) == 0);
	CHECK(mknod("closed/disk", S_IFBLK | 0666, makedev(259, 70000)) == 0);
	CHECK(put_file("root/work/disk", "") == 0 && put_file("root/work/f", "f") == 0);
	CHECK(mount("closed/disk", "root/work/disk", NULL, MS_BIND, NULL) == 0);
	CHECK(mount(NULL, "root/work/disk", NULL,
		      MS_REMOUNT | MS_BIND | MS_NODEV | MS_RDONLY, NULL) == 0);
	CHECK_OK(copy("", &e), &e);
	CHECK(has_text("root/tmp/f", "f"));
	CHECK(lstat("root/tmp/disk", &st) < 0 && errno == ENOENT);
	return 0;
}

static void test_nodev(void **state)
{
	(void)state;
	in_world(try_nodev, NULL, NULL);
}

static void exchange(void)
{
	syscall(SYS_renameat2, AT_FDCWD, "/tmp/root/work/mine/a", AT_FDCWD,
		"/tmp/root/work/mine/b", RENAME_EXCHANGE);
}

/* 1: the copy went through. */
static int copy_despite(void)
{
	auto_error struct error e = ERROR_INIT;
	int r = copy("", &e);
	bool good = r < 0 || (has_text("root/tmp/yours/a", "yours") &&
				     has_text("root/tmp/yours/again", "yours"));

	CHECK(umount("root/tmp") == 0);
	/* A file that is seen under both of its names at once, or under none. */
	CHECK(r == 0 || r == -ESTALE || r == -ENOENT || r == -EEXIST);
	CHECK(good);
	return r == 0 ? -1 : 0;
}

/* A file with several names is the same under all of them, whoever exchanges one meanwhile. */
static int try_exchanged(void *arg)
{
	int rounds = world_rounds(3000, 100000);
	int through = 0;
	int r = 0;
	pid_t pid;

	(void)arg;
	CHECK(mkdir("root/work/yours", 0755) == 0 &&
		put_file("root/work/yours/a", "yours") == 0 &&
		link("root/work/yours/a", "root/work/yours/again") == 0);
	/* What is made last is listed first. */
	CHECK(mkdir("root/work/mine", 0755) == 0 &&
		link("root/work/yours/a", "root/work/mine/a") == 0 &&
		put_file("root/work/mine/b", "mine") == 0);
	pid = world_go_on(exchange);
	CHECK(pid >= 0);
	for (int i = 0; r <= 0 && i < rounds; i++) {
		/* At another point each time. */
		usleep((useconds_t)(i % 16));
		r = copy_despite();
		through -= r;
	}
	world_stop(pid);
	CHECK(r <= 0);
	CHECK(through > 0);
	return 0;
}

static void test_exchanged(void **state)
{
	(void)state;
	in_world(try_exchanged, NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_sparse),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_nodev),
		cmocka_unit_test(test_exchanged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
