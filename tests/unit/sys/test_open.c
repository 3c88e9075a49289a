/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and making below a root: the shapes of B1, races, and both implementations. */
#include "config.h"

#include "sandbox.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/open.h"
#include "sys/proc.h"

/* /tmp/root is the root, /tmp/host the canary beside it. */
static int build(void)
{
	static const char *const dirs[] = { "host", "host/dir", "root", "root/a",
		"root/a/b", "root/host", "root/host/dir", "root/proc", "root/tmp",
		"root/tmp/host" };
	static const struct {
		const char *path, *to;
	} links[] = {
		{ "root/abs", "/a/b" },
		{ "root/rel", "a/b" },
		{ "root/out", "../../../host" },
		{ "root/absout", "/tmp/host" },
		{ "root/a/up", ".." },
		{ "root/a/b/upup", "../../a/../a/b/f" },
		{ "root/chain1", "chain2" },
		{ "root/chain2", "/chain3" },
		{ "root/chain3", "a/f" },
		{ "root/loop1", "loop2" },
		{ "root/loop2", "loop1" },
		{ "root/dangling", "/new/place" },
		{ "root/danglingfile", "a/missing" },
		{ "root/slash", "a/b/" },
		{ "root/tofile", "a/f" },
		{ "root/magic", "proc/self/root" },
		{ "root/procself", "/proc/self/../version" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		CHECK(mkdir(dirs[i], 0755) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		CHECK(symlink(links[i].to, links[i].path) == 0);
	CHECK(put_file("root/a/f", "f") == 0);
	CHECK(put_file("root/a/b/f", "bf") == 0);
	CHECK(put_file("root/new\nline", "") == 0);
	CHECK(put_file("host/secret", "") == 0);
	CHECK(mount("/proc", "root/proc", NULL, MS_BIND, NULL) == 0);
	return 0;
}

static const struct shape {
	const char *path;
	int flags;
	int result; /* 0: expect, relative to root; else the error */
	const char *expect;
} shapes[] = {
	{ "/", O_PATH, 0, "." },
	{ ".", O_PATH, 0, "." },
	{ "//a/./b//", O_PATH, 0, "a/b" },
	{ "..", O_PATH, 0, "." },
	{ "/../../..", O_PATH, 0, "." },
	{ "a/b/../f", O_PATH, 0, "a/f" },
	{ "a/../../../host", O_PATH, 0, "host" },
	{ "abs", O_PATH, 0, "a/b" },
	{ "abs", O_PATH | O_DIRECTORY, 0, "a/b" },
	{ "rel/f", O_RDONLY, 0, "a/b/f" },
	{ "rel", O_RDONLY, 0, "a/b" },
	{ "out", O_PATH, 0, "host" },
	{ "absout", O_PATH, 0, "tmp/host" },
	{ "a/up/a/up/host/dir", O_PATH, 0, "host/dir" },
	{ "a/b/upup", O_RDONLY, 0, "a/b/f" },
	{ "chain1", O_RDONLY, 0, "a/f" },
	{ "chain1", O_PATH | O_NOFOLLOW, 0, "chain1" },
	{ "chain1", O_RDONLY | O_NOFOLLOW, -ELOOP, NULL },
	{ "slash", O_PATH, 0, "a/b" },
	{ "slash/", O_PATH | O_NOFOLLOW, 0, "a/b" },
	{ "abs/", O_PATH | O_NOFOLLOW, 0, "a/b" },
	{ "loop1", O_PATH, -ELOOP, NULL },
	{ "dangling", O_PATH, -ENOENT, NULL },
	{ "dangling", O_PATH | O_NOFOLLOW, 0, "dangling" },
	{ "a/f", O_PATH | O_DIRECTORY, -ENOTDIR, NULL },
	{ "a/f/", O_PATH, -ENOTDIR, NULL },
	{ "a/f/x", O_PATH, -ENOTDIR, NULL },
	{ "a/f/..", O_PATH, -ENOTDIR, NULL },
	{ "tofile/", O_PATH, -ENOTDIR, NULL },
	{ "missing/x", O_PATH, -ENOENT, NULL },
	{ "missing", O_RDONLY, -ENOENT, NULL },
	{ "", O_PATH, -ENOENT, NULL },
	{ "new\nline", O_PATH, 0, "new\nline" },
	{ "secret", O_PATH, -ENOENT, NULL },
	{ "out/secret", O_PATH, -ENOENT, NULL },
	{ "proc/self/root", O_PATH, -ELOOP, NULL },
	{ "proc/self/root/tmp/host/secret", O_PATH, -ELOOP, NULL },
	{ "proc/self/cwd", O_PATH, -ELOOP, NULL },
	{ "proc/1/root", O_PATH, -ELOOP, NULL },
	{ "proc/thread-self/root", O_PATH, -ELOOP, NULL },
	{ "proc/self/fd/0", O_RDONLY, -ELOOP, NULL },
	{ "magic", O_PATH, -ELOOP, NULL },
	{ "magic/tmp", O_PATH, -ELOOP, NULL },
	{ "procself", O_RDONLY, 0, "proc/version" },
	{ "proc/mounts", O_PATH, 0, "proc/self/mounts" },
};

static int same_file(int fd, int rootfd, const char *path)
{
	struct stat a;
	struct stat b;

	CHECK(fstat(fd, &a) == 0);
	CHECK(fstatat(rootfd, path, &b, AT_SYMLINK_NOFOLLOW) == 0);
	CHECK(a.st_dev == b.st_dev && a.st_ino == b.st_ino);
	return 0;
}

static int try_shapes(void *arg)
{
	auto_fd int root = -EBADF;
	int bad = 0;

	(void)arg;
	CHECK(build() == 0);
	root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		const struct shape *s = &shapes[i];
		auto_error struct error e = ERROR_INIT;
		auto_fd int fd = sys_open_in_root(root, s->path, s->flags, &e);
		/* The kernel looks at privileges over process 1 first. */
		bool ok = fd == s->result || (s->result == -ELOOP && fd == -EACCES) ||
			  (fd >= 0 && !s->result && same_file(fd, root, s->expect) == 0);

		if (!ok) {
			fprintf(stderr, "open '%s' %#x gave %d, not %d\n", s->path,
				(unsigned)s->flags, fd, s->result);
			bad++;
		}
		CHECK(fd >= 0 || (e.code == fd && e.call && e.text));
		CHECK(fd < 0 || (fcntl(fd, F_GETFD) & FD_CLOEXEC));
	}
	return bad != 0;
}

/* B7: absent is what this file system says, not what lies over it. */
static int try_one_mount(void *arg)
{
	static const struct shape in_proc[] = {
		{ "version", O_RDONLY, 0, "proc/version" },
		{ "/sys/../version", O_PATH, 0, "proc/version" },
		{ "mounts", O_PATH, 0, "proc/self/mounts" },
		{ "../../version", O_PATH, 0, "proc/version" },
		{ "", O_PATH, -ENOENT, NULL },
		{ ".", O_PATH, 0, "proc" },
		{ "missing", O_PATH, -ENOENT, NULL },
		{ "version/x", O_PATH, -ENOTDIR, NULL },
		{ "tty", O_PATH, -EXDEV, NULL },
		{ "tty/drivers", O_PATH, -EXDEV, NULL },
		{ "tty/missing", O_PATH, -EXDEV, NULL },
		{ "tty/../version", O_PATH, -EXDEV, NULL },
		{ "uptime", O_PATH, -EXDEV, NULL },
		{ "self/root", O_PATH, -ELOOP, NULL },
	};
	int bad = 0;

	(void)arg;
	CHECK(build() == 0);
	CHECK(mount("hide", "root/proc/tty", "tmpfs", 0, NULL) == 0);
	/* Of the same file system, and yet another mount. */
	CHECK(mount("root/proc/version", "root/proc/uptime", NULL, MS_BIND, NULL) == 0);
	auto_fd int root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int top = open("root/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; i < ARRAY_SIZE(in_proc); i++) {
		const struct shape *s = &in_proc[i];
		auto_error struct error e = ERROR_INIT;
		auto_fd int fd = sys_open_in_mount(top, s->path, s->flags, &e);
		bool ok = fd == s->result ||
			  (fd >= 0 && !s->result && same_file(fd, root, s->expect) == 0);

		if (!ok) {
			fprintf(stderr, "'%s' gave %d, not %d\n", s->path, fd, s->result);
			bad++;
		}
		CHECK(fd >= 0 || (e.code == fd && e.call && e.text));
	}
	return bad != 0;
}

static int try_long_paths(void *arg)
{
	auto_fd int root = -EBADF;
	char path[PATH_MAX + 64];

	(void)arg;
	CHECK(build() == 0);
	root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	memset(path, 'x', sizeof(path));
	path[256] = '\0';
	CHECK(sys_open_in_root(root, path, O_PATH, NULL) == -ENAMETOOLONG);
	CHECK(sys_target_in_root(root, path, 0, NULL, NULL) == -ENAMETOOLONG);
	/* 4,095 bytes are allowed, 4,096 are not. */
	for (size_t i = 0; i < sizeof(path); i++)
		path[i] = i % 2 ? '/' : '.';
	path[PATH_MAX - 1] = '\0';
	CHECK(sys_open_in_root(root, path, O_PATH, NULL) >= 0);
	path[PATH_MAX - 1] = '/';
	path[PATH_MAX] = '\0';
	CHECK(sys_open_in_root(root, path, O_PATH, NULL) == -ENAMETOOLONG);
	/* A deep one, with all the way back. */
	for (int i = 0; i < 400; i++)
		memcpy(path + 2 * i, "d/", 3);
	auto_fd int deep = sys_mkdirs_in_root(root, path, 0755, NULL);
	CHECK(deep >= 0);
	for (int i = 0; i < 400; i++)
		memcpy(path + 800 + 3 * i, "../", 4);
	memcpy(path + 2000, "a/f", 4);
	auto_fd int back = sys_open_in_root(root, path, O_RDONLY, NULL);
	CHECK(back >= 0 && same_file(back, root, "a/f") == 0);
	return 0;
}

static mode_t mode_of(int rootfd, const char *path)
{
	struct stat st;

	return fstatat(rootfd, path, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_mode;
}

static int try_make(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	char name[256];
	int made = -1;

	(void)arg;
	CHECK(build() == 0);
	auto_fd int root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* Modes are not reduced by our umask. */
	umask(022);
	auto_fd int one = sys_mkdirs_in_root(root, "m/n/o", 01777, &e);
	CHECK_OK(one, &e);
	CHECK(same_file(one, root, "m/n/o") == 0 &&
		mode_of(root, "m/n") == (S_IFDIR | 0755));
	CHECK(mode_of(root, "m/n/o") == (S_IFDIR | 01777));
	CHECK(umask(022) == 022);
	auto_fd int again = sys_mkdirs_in_root(root, "m/n/o", 0700, &e);
	CHECK(again >= 0 && mode_of(root, "m/n/o") == (S_IFDIR | 01777));
	/* A dangling link leads to a place inside. */
	auto_fd int two = sys_target_in_root(root, "dangling/below", 1, &made, &e);
	CHECK_OK(two, &e);
	CHECK(made == 1 && same_file(two, root, "new/place/below") == 0);
	auto_fd int three = sys_target_in_root(root, "danglingfile", 0, &made, &e);
	CHECK_OK(three, &e);
	CHECK(made == 1 && same_file(three, root, "a/missing") == 0);
	CHECK(mode_of(root, "a/missing") == (S_IFREG | 0644));
	CHECK(mode_of(root, "danglingfile") == (S_IFLNK | 0777));
	auto_fd int four = sys_target_in_root(root, "absout/x/../y", 1, &made, &e);
	CHECK_OK(four, &e);
	CHECK(same_file(four, root, "tmp/host/y") == 0 &&
		mode_of(root, "../host/y") == 0);
	/* What exists is used. */
	auto_fd int five = sys_target_in_root(root, "chain1", 0, &made, &e);
	CHECK(five >= 0 && made == 0 && same_file(five, root, "a/f") == 0);
	CHECK((fcntl(five, F_GETFL) & O_PATH) && (fcntl(three, F_GETFL) & O_PATH));
	/* Kinds and nonsense. */
	CHECK(sys_target_in_root(root, "a/f", 1, NULL, NULL) == -ENOTDIR);
	CHECK(sys_target_in_root(root, "a/b", 0, NULL, NULL) == -EISDIR);
	CHECK(sys_target_in_root(root, "a/f/g", 0, NULL, NULL) == -ENOTDIR);
	CHECK(sys_target_in_root(root, "fresh/", 0, NULL, NULL) == -ENOTDIR);
	CHECK(sys_mkdirs_in_root(root, "proc/self/root/tmp/bad", 0755, NULL) == -ELOOP);
	CHECK(sys_mkdirs_in_root(root, "loop1/x", 0755, NULL) == -ELOOP);
	CHECK(access("/tmp/bad", F_OK) < 0);
	/* Parents. */
	auto_fd int six = sys_parent_in_root(root, "/p/q/node", name, &e);
	CHECK_OK(six, &e);
	CHECK(strcmp(name, "node") == 0 && same_file(six, root, "p/q") == 0);
	auto_fd int seven = sys_parent_in_root(root, "plain/", name, &e);
	CHECK(seven >= 0 && strcmp(name, "plain") == 0 &&
		same_file(seven, root, ".") == 0);
	CHECK(sys_parent_in_root(root, "/", name, NULL) == -EINVAL);
	CHECK(sys_parent_in_root(root, "a/..", name, NULL) == -EINVAL);
	CHECK(sys_parent_in_root(root, "a/./", name, NULL) == -EINVAL);
	CHECK(sys_parent_in_root(root, "", name, NULL) == -EINVAL);
	return 0;
}

/* Exchange a folder for a link to the host's until killed. */
static void swap_forever(void)
{
	for (;;) {
		syscall(SYS_renameat2, AT_FDCWD, "root/r/x", AT_FDCWD, "root/r/y", 2);
		syscall(SYS_renameat2, AT_FDCWD, "root/moving", AT_FDCWD, "root/a/moving",
			0);
		syscall(SYS_renameat2, AT_FDCWD, "root/a/moving", AT_FDCWD, "root/moving",
			0);
	}
}

static int64_t ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int race(int root)
{
	int64_t end = ms() + 700;
	int good = 0;

	for (int i = 0; ms() < end; i++) {
		char path[64];
		struct stat st;

		snprintf(path, sizeof(path), "r/x/dir/n%d", i);
		auto_fd int a = sys_target_in_root(root, path, i % 2, NULL, NULL);
		auto_fd int b =
			sys_open_in_root(root, "moving/in/../../../secret", O_PATH, NULL);
		auto_fd int c = sys_open_in_root(root, "r/x/secret", O_PATH, NULL);

		CHECK(b < 0 && c < 0);
		if (a < 0)
			continue;
		good++;
		CHECK(fstat(a, &st) == 0);
		if (i % 64 == 0)
			CHECK(access("/tmp/host/dir/n0", F_OK) < 0);
	}
	CHECK(good > 10);
	return 0;
}

static int count_entries(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n - 2;
}

static int try_race(void *arg)
{
	pid_t pid;
	int r;

	(void)arg;
	CHECK(build() == 0);
	CHECK(mkdir("root/r", 0755) == 0 && mkdir("root/r/x", 0755) == 0);
	CHECK(mkdir("root/moving", 0755) == 0 && mkdir("root/moving/in", 0755) == 0);
	CHECK(symlink("../../host", "root/r/y") == 0);
	auto_fd int root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		swap_forever();
	r = race(root);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	CHECK(r == 0);
	/* Not one inode came to be on the host's side (B3). */
	CHECK(count_entries("host") == 2 && count_entries("host/dir") == 0);
	return 0;
}

static int try_real(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	char name[4096];

	(void)arg;
	CHECK(build() == 0);
	auto_fd int a = sys_open_real("root/../root/rel/.", O_DIRECTORY, name, &e);
	CHECK_OK(a, &e);
	CHECK(strcmp(name, "/tmp/root/a/b") == 0);
	CHECK(sys_open_real("root/a/f", O_DIRECTORY, name, NULL) == -ENOTDIR);
	CHECK(sys_open_real("root/nothing", 0, name, NULL) == -ENOENT);
	CHECK(mkdir("gone (deleted)", 0755) == 0);
	auto_fd int b = sys_open_real("gone (deleted)", O_DIRECTORY, name, &e);
	CHECK(b >= 0 && strcmp(name, "/tmp/gone (deleted)") == 0);
	CHECK(mkdir("gone", 0755) == 0 && chdir("gone") == 0 && rmdir("/tmp/gone") == 0);
	auto_fd int c = sys_open_real(".", O_DIRECTORY, name, NULL);
	CHECK(c >= 0 || c == -ESTALE);
	CHECK(rmdir("/tmp/gone (deleted)") == 0);
	CHECK(sys_open_real(".", O_DIRECTORY, name, NULL) == -ESTALE);
	auto_fd int file = open("/tmp/root/a/f", O_PATH | O_CLOEXEC);
	auto_fd int use = sys_reopen(file, O_RDONLY, &e);
	char text[8] = "";
	CHECK(use >= 0 && read(use, text, sizeof(text)) == 1 && text[0] == 'f');
	CHECK(sys_reopen(file, O_RDONLY | O_DIRECTORY, NULL) == -ENOTDIR);
	return 0;
}

BOTH(shapes, "openat2")
BOTH(one_mount, "openat2")
BOTH(long_paths, "openat2")
BOTH(make, "openat2")
BOTH(race, "openat2")
BOTH(real, "openat2")

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_TESTS(shapes),
		BOTH_TESTS(one_mount),
		BOTH_TESTS(long_paths),
		BOTH_TESTS(make),
		BOTH_TESTS(race),
		BOTH_TESTS(real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
