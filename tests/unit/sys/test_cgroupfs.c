/* SPDX-License-Identifier: Apache-2.0 */
/* Cgroup files and trees, on real hierarchies of both versions. */
#include "config.h"

#include "sandbox.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "sys/cgroupfs.h"
#include "sys/clock.h"
#include "sys/probe.h"

struct place {
	bool v2;
	int root;
	char name[64];
	char path[256]; /* name "/" something, by at() */
};

static const char *at(struct place *p, const char *below)
{
	snprintf(p->path, sizeof(p->path), "%s/%s", p->name, below);
	return p->path;
}

static int find(struct place *p, void *arg)
{
	*p = (struct place){ .v2 = *(bool *)arg, .root = -EBADF };
	return find_cgroup(p->v2, &p->root, p->name);
}

static int leave(struct place *p)
{
	auto_error struct error e = ERROR_INIT;

	CHECK_OK(cgfs_rmtree(p->root, p->name, 10000, &e), &e);
	CHECK(faccessat(p->root, p->name, F_OK, 0) < 0);
	close(p->root);
	return 0;
}

static int count_each(void *arg, int parentfd, int dirfd, bool last, struct error *e)
{
	int *n = arg;
	struct stat st;

	(void)e;
	CHECK(fstat(parentfd, &st) == 0 && fstat(dirfd, &st) == 0);
	*n += last ? 100 : 1;
	return 0;
}

static int fail_at_last(void *arg, int parentfd, int dirfd, bool last, struct error *e)
{
	(void)arg;
	(void)parentfd;
	(void)dirfd;
	return last ? err_set(e, ERR_SYSTEM, -EDOM, "as asked") : 0;
}

static int chains(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	struct place p;
	unsigned made = 99;
	int n = 0;

	if (!find(&p, arg))
		return 0;
	auto_fd int one = cgfs_mkdir(p.root, at(&p, "a/b/c"), count_each, &n, &made, &e);
	CHECK_OK(one, &e);
	CHECK(made == 3 && n == 103);
	auto_fd int two = cgfs_mkdir(p.root, at(&p, "/a//b/d/"), NULL, NULL, &made, &e);
	CHECK_OK(two, &e);
	CHECK(made == 1 && faccessat(p.root, at(&p, "a/b/d"), F_OK, 0) == 0);
	auto_fd int three = cgfs_mkdir(p.root, at(&p, "a/b"), NULL, NULL, &made, &e);
	CHECK(three >= 0 && made == 0);
	/* What a failure leaves is what was there before. */
	CHECK(cgfs_mkdir(p.root, at(&p, "a/x/y/z"), fail_at_last, NULL, &made, &e) ==
		-EDOM);
	CHECK(faccessat(p.root, at(&p, "a/x"), F_OK, 0) < 0);
	CHECK(faccessat(p.root, at(&p, "a/b/c"), F_OK, 0) == 0);
	CHECK(cgfs_mkdir(p.root, at(&p, "a/q/../../../out"), NULL, NULL, &made, &e) ==
		-EINVAL);
	CHECK(faccessat(p.root, at(&p, "a/q"), F_OK, 0) < 0);
	CHECK(cgfs_mkdir(p.root, "", NULL, NULL, &made, &e) == -EINVAL);
	/* Opening. */
	auto_fd int four = cgfs_open(p.root, at(&p, "a/b/c"), &e);
	struct stat sa;
	struct stat sb;
	CHECK(four >= 0 && fstat(four, &sa) == 0 && fstat(one, &sb) == 0);
	CHECK(sa.st_ino == sb.st_ino && (fcntl(four, F_GETFL) & O_PATH));
	auto_fd int five = cgfs_open(p.root, "", &e);
	CHECK(five >= 0 && fstat(five, &sa) == 0 && fstat(p.root, &sb) == 0);
	CHECK(sa.st_ino == sb.st_ino);
	CHECK(cgfs_open(p.root, at(&p, "../../.."), &e) < 0);
	CHECK(cgfs_open(p.root, at(&p, "nothing"), &e) == -ENOENT);
	CHECK(cgfs_open(p.root, at(&p, "cgroup.procs"), &e) == -ENOTDIR);
	/* Removing. */
	CHECK(cgfs_rmtree(p.root, at(&p, "a/../b"), 100, &e) == -EINVAL);
	CHECK(cgfs_rmtree(p.root, "", 100, &e) == -EINVAL);
	CHECK_OK(cgfs_rmtree(p.root, at(&p, "nothing/at/all"), 100, &e), &e);
	return leave(&p);
}

static int files(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	struct place p;
	char text[64];

	if (!find(&p, arg))
		return 0;
	auto_fd int dir = cgfs_open(p.root, p.name, &e);
	CHECK(cgfs_read(dir, "notify_on_release", text, sizeof(text), NULL) ==
		(p.v2 ? -ENOENT : 1));
	if (p.v2) {
		CHECK_OK(cgfs_write(dir, "cgroup.max.depth", "5", &e), &e);
		CHECK(cgfs_read(dir, "cgroup.max.depth", text, sizeof(text), &e) == 1);
		CHECK(strcmp(text, "5") == 0);
		CHECK(cgfs_read(dir, "cgroup.events", text, 4, &e) == -EFBIG);
		CHECK(cgfs_write(dir, "cgroup.max.depth", "many", &e) == -EINVAL);
		CHECK(strstr(e.text, "cgroup.max.depth") && strstr(e.text, "many"));
	} else {
		CHECK_OK(cgfs_write(dir, "notify_on_release", "1", &e), &e);
		CHECK(cgfs_read(dir, "notify_on_release", text, sizeof(text), &e) == 1);
		CHECK(strcmp(text, "1") == 0);
	}
	CHECK(cgfs_write(dir, "no.such.file", "1", &e) == -ENOENT || e.code == -EACCES ||
		e.code == -EPERM);
	CHECK(cgfs_read(dir, "cgroup.procs", text, sizeof(text), &e) == 0);
	return leave(&p);
}

/* n processes in the cgroup dirfd, which fork on when a signal is missing. */
static int populate(int dirfd, int n)
{
	for (int i = 0; i < n; i++) {
		int ready[2];
		char c = 0;
		pid_t pid;

		CHECK(pipe(ready) == 0);
		pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			c = cgfs_write(dirfd, "cgroup.procs", "0", NULL) == 0 ? 'y' : 'n';
			if (write(ready[1], &c, 1) != 1)
				_exit(1);
			for (;;)
				pause();
		}
		CHECK(read(ready[0], &c, 1) == 1 && c == 'y');
		close(ready[0]);
		close(ready[1]);
	}
	return 0;
}

static int killing(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	auto_arena struct arena a = ARENA_INIT;
	struct place p;
	pid_t *pids;
	size_t n;

	if (!find(&p, arg))
		return 0;
	signal(SIGCHLD, SIG_IGN); /* nobody waits for them */
	auto_fd int top = cgfs_open(p.root, p.name, &e);
	auto_fd int x = cgfs_mkdir(p.root, at(&p, "x"), NULL, NULL, NULL, &e);
	auto_fd int y = cgfs_mkdir(p.root, at(&p, "x/y/z"), NULL, NULL, NULL, &e);
	CHECK(top >= 0 && x >= 0 && y >= 0);
	CHECK(cgfs_populated(top, p.v2, &e) == 0);
	CHECK_OK(cgfs_kill(top, p.v2, 1000, &e), &e);
	CHECK(populate(x, 3) == 0 && populate(y, 4) == 0);
	CHECK(cgfs_populated(top, p.v2, &e) == 1 && cgfs_populated(y, p.v2, &e) == 1);
	CHECK(cgfs_procs(&a, top, false, &pids, &n, &e) == 0 && n == 0);
	CHECK(cgfs_procs(&a, x, false, &pids, &n, &e) == 0 && n == 3);
	CHECK(cgfs_procs(&a, top, true, &pids, &n, &e) == 0 && n == 7);
	for (size_t i = 0; i < n; i++)
		CHECK(pids[i] > 1 && kill(pids[i], 0) == 0);
	/* Busy until somebody kills them. */
	CHECK(cgfs_rmtree(p.root, p.name, 30, &e) == -EBUSY &&
		strcmp(e.call, "rmdir") == 0);
	CHECK(cgfs_populated(y, p.v2, &e) == 1);
	/* Numbers that are not in it any more are a stranger's: those of x, and ours. */
	CHECK_OK(cgfs_signal(y, true, pids, n, 0, &e), &e);
	CHECK(cgfs_procs(&a, x, false, &pids, &n, &e) == 0 && n == 3);
	pids[0] = getpid();
	CHECK_OK(cgfs_signal(y, true, pids, n, SIGKILL, &e), &e);
	CHECK_OK(cgfs_signal(y, false, pids, n, SIGKILL, &e), &e);
	CHECK(cgfs_procs(&a, top, true, &pids, &n, &e) == 0 && n == 7);
	CHECK_OK(cgfs_kill(y, p.v2, 5000, &e), &e);
	CHECK(cgfs_populated(y, p.v2, &e) == 0 && cgfs_populated(x, p.v2, &e) == 1);
	CHECK_OK(cgfs_kill(top, p.v2, 5000, &e), &e);
	CHECK(cgfs_procs(&a, top, true, &pids, &n, &e) == 0 && n == 0);
	return leave(&p);
}

/* DAVIT_TEST_BIG asks for the sizes of I7. */
static bool big(void)
{
	return getenv("DAVIT_TEST_BIG") != NULL;
}

static int deep_and_wide(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	auto_arena struct arena a = ARENA_INIT;
	struct rlimit few = { .rlim_cur = 32, .rlim_max = 32 };
	int depth = big() ? 1000 : 150;
	int width = big() ? 20000 : 400;
	struct rusage before;
	struct rusage after;
	struct place p;
	pid_t *pids;
	size_t n;
	int64_t start;
	char name[64];

	if (!find(&p, arg))
		return 0;
	/* Every other one has a child. */
	for (int i = 0; i < width; i++) {
		snprintf(name, sizeof(name), i % 2 ? "w%d" : "w%d/child", i);
		int fd = cgfs_mkdir(p.root, at(&p, name), NULL, NULL, NULL, &e);

		CHECK_OK(fd, &e);
		close(fd);
	}
	int fd = cgfs_open(p.root, p.name, &e);
	for (int i = 0; i < depth; i++) {
		int next =
			cgfs_mkdir(fd, "a-longer-name-than-most", NULL, NULL, NULL, &e);

		CHECK_OK(next, &e);
		close(fd);
		fd = next;
	}
	signal(SIGCHLD, SIG_IGN);
	CHECK(populate(fd, 2) == 0);
	close(fd);
	CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	getrusage(RUSAGE_SELF, &before);
	start = sys_now_ms();
	fd = cgfs_open(p.root, p.name, &e);
	CHECK(cgfs_procs(&a, fd, true, &pids, &n, &e) == 0 && n == 2);
	CHECK_OK(cgfs_kill(fd, p.v2, 10000, &e), &e);
	close(fd);
	CHECK(leave(&p) == 0);
	getrusage(RUSAGE_SELF, &after);
	CHECK(sys_now_ms() - start < 10000);
	if (big())
		fprintf(stderr, "note: %d wide, %d deep, v%d: %d ms\n", width, depth,
			p.v2 ? 2 : 1, (int)(sys_now_ms() - start));
#ifndef __SANITIZE_ADDRESS__
	CHECK(after.ru_maxrss - before.ru_maxrss < 4096);
#endif
	return 0;
}

static int without(void *arg)
{
	bool v2[] = { false, true };

	CHECK(sys_forget("all") == 0);
	for (int i = 0; i < 2; i++)
		CHECK(((int (*)(void *))arg)(&v2[i]) == 0);
	return 0;
}

static void run(int (*fn)(void *arg))
{
	bool v2[] = { false, true };

	for (int i = 0; i < 2; i++)
		assert_int_equal(in_child(fn, &v2[i]), 0);
	if (sys_forget("") < 0)
		fprintf(stderr, "SKIP: no test hooks, fallback not tested\n");
	else
		assert_int_equal(in_child(without, (void *)fn), 0);
}

static void test_chains(void **state)
{
	(void)state;
	run(chains);
}

static void test_files(void **state)
{
	(void)state;
	run(files);
}

static void test_killing(void **state)
{
	(void)state;
	run(killing);
}

static void test_deep_and_wide(void **state)
{
	(void)state;
	run(deep_and_wide);
}

static void test_root(void **state)
{
	struct error e = ERROR_INIT;

	(void)state;
	assert_int_equal(cgfs_root("/tmp/no-such-folder", &e), -ENOENT);
	assert_int_equal(cgfs_root("/", &e), -ENODEV);
	assert_int_equal(cgfs_root("/dev/null", &e), -ENOTDIR);
	err_done(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_killing),
		cmocka_unit_test(test_deep_and_wide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
