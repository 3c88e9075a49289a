/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts: the same contracts by the mount API and by mount(2). */
#include "config.h"

#include "sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/mount.h"
#include "sys/mountinfo.h"
#include "sys/ns.h"
#include "sys/open.h"
#include "sys/probe.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

#define NO_NO_NO (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

struct found {
	const char *target;
	int n, shared, master;
	char options[256], super[256], fstype[64], source[64];
};

static int look(void *arg, const struct mountinfo *m)
{
	struct found *f = arg;

	if (strcmp(m->target, f->target) != 0)
		return 0;
	f->n++;
	f->shared = m->shared;
	f->master = m->master;
	snprintf(f->options, sizeof(f->options), ",%s,", m->options);
	snprintf(f->super, sizeof(f->super), ",%s,", m->super);
	snprintf(f->fstype, sizeof(f->fstype), "%s", m->fstype);
	snprintf(f->source, sizeof(f->source), "%s", m->source);
	return 0;
}

static struct found find(const char *target)
{
	struct found f = { .target = target };

	mountinfo_each(look, &f, NULL);
	return f;
}

static bool has(const char *options, const char *word)
{
	char text[64];

	snprintf(text, sizeof(text), ",%s,", word);
	return strstr(options, text) != NULL;
}

static int place(const char *path, bool dir)
{
	int made;
	auto_fd int root = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return sys_target_in_root(root, path, dir, &made, NULL);
}

/* A tmpfs on the folder path, its descriptor. */
static int tmpfs_at(const char *path, const struct sys_mount_attr *attr, struct error *e)
{
	static const char *const words[] = { "size=1m", "", "mode=0711" };
	auto_fd int target = place(path, true);
	struct sys_mount m;
	int r;

	r = sys_mount_ops()->create("tmpfs", "the-source", words, 3, attr, &m, e);
	return r < 0 ? r : sys_mount_ops()->attach(&m, target, e);
}

static int bind_at(const char *from, const char *path, bool dir, bool recursive,
	const struct sys_mount_attr *attr, struct error *e)
{
	auto_fd int target = place(path, dir);
	auto_fd int source = open(from, O_PATH | O_CLOEXEC);
	struct sys_mount m;
	int r = sys_mount_ops()->clone(source, recursive, attr, &m, e);

	return r < 0 ? r : sys_mount_ops()->attach(&m, target, e);
}

static int try_create(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	struct sys_mount_attr attr = {
		.set = NO_NO_NO | MOUNT_ATTR_NOATIME | MOUNT_ATTR_NODIRATIME,
		.sb_flags = MS_SYNCHRONOUS | MS_SILENT | MS_I_VERSION,
	};
	struct found f;
	struct stat st;

	(void)arg;
	auto_fd int fd = tmpfs_at("t", &attr, &e);
	CHECK_OK(fd, &e);
	f = find("/tmp/t");
	CHECK(f.n == 1 && strcmp(f.fstype, "tmpfs") == 0 &&
		strcmp(f.source, "the-source") == 0);
	CHECK(has(f.options, "rw") && has(f.options, "nosuid") &&
		has(f.options, "nodev"));
	CHECK(has(f.options, "noexec") && has(f.options, "noatime"));
	CHECK(has(f.options, "nodiratime"));
	CHECK(has(f.super, "size=1024k") && has(f.super, "mode=711") &&
		has(f.super, "sync"));
	/* What comes back is the root of the mount. */
	CHECK((fcntl(fd, F_GETFL) & O_PATH) && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
	CHECK(fstat(fd, &st) == 0 && (st.st_mode & 07777) == 0711);
	CHECK(openat(fd, "inside", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0);
	CHECK(access("/tmp/t/inside", F_OK) == 0);
	CHECK(getcwd((char[64]){ 0 }, 64) && access("t", F_OK) == 0);
	/* Read-only mount of a writable superblock, and both. */
	attr = (struct sys_mount_attr){ .set = MOUNT_ATTR_RDONLY };
	auto_fd int ro = tmpfs_at("ro", &attr, &e);
	CHECK_OK(ro, &e);
	f = find("/tmp/ro");
	CHECK(has(f.options, "ro") && has(f.super, "rw") && has(f.options, "relatime"));
	attr.sb_flags = MS_RDONLY;
	auto_fd int both = tmpfs_at("both", &attr, &e);
	CHECK_OK(both, &e);
	f = find("/tmp/both");
	CHECK(has(f.options, "ro") && has(f.super, "ro"));
	/* Twice on one place. */
	auto_fd int over = tmpfs_at("t", NULL, &e);
	CHECK_OK(over, &e);
	CHECK(find("/tmp/t").n == 2 && access("/tmp/t/inside", F_OK) < 0);
	CHECK(faccessat(over, "inside", F_OK, 0) < 0);
	return 0;
}

static int try_faults(void *arg)
{
	static const char *const bad[] = { "nonsense=1" };
	auto_error struct error e = ERROR_INIT;
	auto_fd int target = place("t", true);
	const struct sys_mount_ops *ops = sys_mount_ops();
	struct sys_mount m;
	int r;

	(void)arg;
	r = ops->create("nosuchfs", NULL, NULL, 0, NULL, &m, &e);
	if (r == 0)
		r = ops->attach(&m, target, &e);
	CHECK(r == -ENODEV && strstr(e.text, "nosuchfs") && e.call);
	r = ops->create("tmpfs", NULL, bad, 1, NULL, &m, &e);
	if (r == 0)
		r = ops->attach(&m, target, &e);
	CHECK(r == -EINVAL && e.call);
	/* The kernel's own words are told. */
	CHECK(ops != &sys_mount_fd_ops || strstr(e.text, "nknown parameter"));
	CHECK(find("/tmp/t").n == 0);
	/* A folder on a file. */
	CHECK(put_file("file", "x") == 0);
	auto_fd int file = place("file", false);
	r = ops->create("tmpfs", NULL, NULL, 0, NULL, &m, &e);
	CHECK(r == 0);
	r = ops->attach(&m, file, &e);
	CHECK(r == (ops == &sys_mount_fd_ops ? -EINVAL : -ENOTDIR) && e.call);
	CHECK(m.fd == -EBADF && !m.fs);
	/* One that is never put in place leaves nothing. */
	CHECK(ops->create("tmpfs", "src", NULL, 0, NULL, &m, &e) == 0);
	sys_mount_drop(&m);
	CHECK(m.fd == -EBADF && m.source_fd == -EBADF);
	return 0;
}

static int try_bind(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	struct sys_mount_attr ro = { .set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID };
	struct found f;

	(void)arg;
	CHECK(mkdir("src", 0755) == 0 && put_file("src/file", "text") == 0);
	auto_fd int sub = tmpfs_at("src/sub", NULL, &e);
	CHECK_OK(sub, &e);
	CHECK(put_file("src/sub/deep", "") == 0);
	auto_fd int flat = bind_at("src", "flat", true, false, NULL, &e);
	CHECK_OK(flat, &e);
	CHECK(access("flat/file", F_OK) == 0 && access("flat/sub/deep", F_OK) < 0);
	auto_fd int tree = bind_at("src", "tree", true, true, &ro, &e);
	CHECK_OK(tree, &e);
	CHECK(access("tree/sub/deep", F_OK) == 0 && find("/tmp/tree/sub").n == 1);
	f = find("/tmp/tree");
	CHECK(has(f.options, "ro") && has(f.options, "nosuid"));
	CHECK(put_file("tree/new", "") < 0 && errno == EROFS);
	CHECK(put_file("tree/sub/new", "") == 0);
	CHECK(has(find("/tmp").options, "rw"));
	/* A file. */
	auto_fd int file = bind_at("src/file", "a/b/file", false, false, &ro, &e);
	CHECK_OK(file, &e);
	CHECK(open("a/b/file", O_WRONLY | O_CLOEXEC) < 0 && errno == EROFS);
	/* Through the returned descriptor the attributes can be changed once more. */
	ro = (struct sys_mount_attr){ .clear = MOUNT_ATTR_RDONLY };
	CHECK_OK(sys_mount_ops()->change(file, &ro, &e), &e);
	f = find("/tmp/a/b/file");
	CHECK(has(f.options, "rw") && has(f.options, "nosuid"));
	return 0;
}

static int try_recursive(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	struct sys_mount_attr rro = { .rset = MOUNT_ATTR_RDONLY,
		.set = MOUNT_ATTR_NODEV };

	(void)arg;
	auto_fd int a = tmpfs_at("src", NULL, &e);
	auto_fd int b = tmpfs_at("src/b", NULL, &e);
	auto_fd int c = tmpfs_at("src/b/c", NULL, &e);
	CHECK(a >= 0 && b >= 0 && c >= 0);
	auto_fd int tree = bind_at("src", "tree", true, true, &rro, &e);
	if (sys_mount_ops() == &sys_mount_compat_ops) {
		/* Refused, not ignored (B9), and the feature is named. */
		CHECK(tree == -EOPNOTSUPP && strstr(e.text, "mount_setattr"));
		CHECK(find("/tmp/tree").n == 0);
		CHECK(sys_mount_ops()->change(a, &rro, &e) == -EOPNOTSUPP);
	} else {
		CHECK_OK(tree, &e);
		CHECK(put_file("tree/f", "") < 0 && errno == EROFS);
		CHECK(put_file("tree/b/f", "") < 0 && errno == EROFS);
		CHECK(put_file("tree/b/c/f", "") < 0 && errno == EROFS);
		CHECK(has(find("/tmp/tree").options, "nodev"));
		CHECK(!has(find("/tmp/tree/b").options, "nodev"));
		CHECK(put_file("src/b/c/f", "") == 0);
	}
	/* Of a mount without anything below it can be had everywhere. */
	auto_fd int one = bind_at("src/b/c", "one", true, false, &rro, &e);
	CHECK_OK(one, &e);
	CHECK(has(find("/tmp/one").options, "ro") &&
		has(find("/tmp/one").options, "nodev"));
	return 0;
}

static int try_change(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	const struct sys_mount_ops *ops = sys_mount_ops();
	struct sys_mount_attr attr = { .set = NO_NO_NO | MOUNT_ATTR_NOATIME };
	static const char *const bigger[] = { "size=2m" };
	struct found f;

	(void)arg;
	auto_fd int fd = tmpfs_at("t", &attr, &e);
	CHECK_OK(fd, &e);
	attr = (struct sys_mount_attr){ .set = MOUNT_ATTR_RDONLY };
	CHECK_OK(ops->change(fd, &attr, &e), &e);
	f = find("/tmp/t");
	/* What was not named stays (B8). */
	CHECK(has(f.options, "ro") && has(f.options, "nosuid") &&
		has(f.options, "nodev"));
	CHECK(has(f.options, "noexec") && has(f.options, "noatime") &&
		has(f.super, "rw"));
	attr = (struct sys_mount_attr){
		.clear = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC | MOUNT_ATTR__ATIME,
		.set = MOUNT_ATTR_STRICTATIME,
	};
	CHECK_OK(ops->change(fd, &attr, &e), &e);
	f = find("/tmp/t");
	CHECK(has(f.options, "rw") && !has(f.options, "noexec") &&
		has(f.options, "nosuid"));
	CHECK(!has(f.options, "noatime") && !has(f.options, "relatime"));
	/* The superblock. */
	attr = (struct sys_mount_attr){ .sb_flags = MS_RDONLY, .set = MOUNT_ATTR_NOEXEC };
	CHECK_OK(ops->reconfigure(fd, bigger, 1, &attr, &e), &e);
	f = find("/tmp/t");
	CHECK(has(f.super, "ro") && has(f.super, "size=2048k"));
	CHECK(has(f.options, "noexec") && has(f.options, "nosuid"));
	CHECK_OK(ops->reconfigure(fd, NULL, 0, NULL, &e), &e);
	f = find("/tmp/t");
	CHECK(has(f.super, "rw") && has(f.super, "size=2048k"));
	CHECK(ops->reconfigure(fd, (const char *const[]){ "nonsense" }, 1, NULL, &e) ==
		-EINVAL);
	return 0;
}

static int try_propagation(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	struct sys_mount_attr attr = {
		.propagation = { MS_SHARED | MS_REC, MS_SLAVE, MS_SHARED },
		.n_propagation = 3,
	};
	struct found f;

	(void)arg;
	auto_fd int fd = tmpfs_at("t", &attr, &e);
	CHECK_OK(fd, &e);
	CHECK(find("/tmp/t").shared != 0);
	auto_fd int peer = bind_at("t", "peer", true, true, NULL, &e);
	CHECK_OK(peer, &e);
	CHECK(find("/tmp/peer").shared == find("/tmp/t").shared);
	CHECK_OK(sys_mount_propagation(peer, MS_SLAVE | MS_REC, &e), &e);
	f = find("/tmp/peer");
	CHECK(f.shared == 0 && f.master == find("/tmp/t").shared);
	attr.propagation[0] = MS_PRIVATE;
	attr.n_propagation = 1;
	CHECK_OK(sys_mount_ops()->change(peer, &attr, &e), &e);
	CHECK(find("/tmp/peer").master == 0);
	/* Not of a folder that is no mount's root. */
	auto_fd int plain = place("t/plain", true);
	CHECK(sys_mount_propagation(plain, MS_PRIVATE, &e) == -EINVAL && e.call);
	CHECK_OK(sys_umount_fd(peer, &e), &e);
	CHECK(find("/tmp/peer").n == 0);
	return 0;
}

/* A value that fsconfig would cut off. */
static int try_long_words(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	char lower[1024] = "lowerdir=/tmp";
	size_t used;
	char dir[300];
	const char *words[] = { lower };
	auto_fd int target = place("o", true);
	struct sys_mount m;
	int r;

	(void)arg;
	for (int i = 0; i < 3; i++) {
		size_t n = strlen(lower);

		memset(dir, 'a' + i, 200);
		dir[200] = '\0';
		snprintf(lower + n, sizeof(lower) - n, "/%s", dir);
		CHECK(mkdir(lower + 9, 0755) == 0);
	}
	CHECK(mkdir("second", 0755) == 0 && put_file("second/x", "") == 0);
	used = strlen(lower);
	snprintf(lower + used, sizeof(lower) - used, ":/tmp/second");
	r = sys_mount_ops()->create("overlay", "overlay", words, 1, NULL, &m, &e);
	CHECK_OK(r, &e);
	r = sys_mount_ops()->attach(&m, target, &e);
	if (r == -ENODEV) {
		fprintf(stderr, "SKIP: a kernel without overlay\n");
		return 0;
	}
	CHECK_OK(r, &e);
	CHECK(access("/tmp/o/x", F_OK) == 0 && faccessat(r, "x", F_OK, 0) == 0);
	return 0;
}

/* What mount(2) is told: labels quoted for their commas, nothing cut at a page. */
static int try_joined_words(void *arg)
{
	const char *words[] = { "size=4k", "context=u:r:t:s0:c1,c2", "",
		"rootcontext=\"u:r:t:s0:c3,c4\"", "context=u:r:t:s0", "noswap" };
	auto_error struct error e = ERROR_INIT;
	struct sys_mount m;
	char *huge = malloc(70000);

	(void)arg;
	CHECK_OK(sys_mount_compat_ops.create("tmpfs", "t", words, 6, NULL, &m, &e), &e);
	CHECK(strcmp(m.data,
		      "size=4k,context=\"u:r:t:s0:c1,c2\",rootcontext=\"u:r:t:s0:c3,c4\","
		      "context=u:r:t:s0,noswap") == 0);
	sys_mount_drop(&m);
	CHECK(huge != NULL);
	memset(huge, 'x', 69999);
	huge[69999] = '\0';
	words[0] = huge;
	CHECK(sys_mount_compat_ops.create("tmpfs", "t", words, 1, NULL, &m, &e) ==
		-E2BIG);
	CHECK(strstr(e.text, "longer than the kernel takes"));
	err_done(&e);
	/* By either way: it does not fit through fsconfig. */
	CHECK(sys_mount_ops()->create("tmpfs", "t", words, 1, NULL, &m, &e) == -E2BIG);
	free(huge);
	return 0;
}

/* Several options in one word reach the file system as several (MNT-09). */
static int try_one_word(void *arg)
{
	const char *words[] = { "size=64k,mode=0711" };
	auto_error struct error e = ERROR_INIT;
	auto_fd int target = place("w", true);
	struct sys_mount m;
	struct stat st;
	int fd;

	(void)arg;
	CHECK_OK(sys_mount_ops()->create("tmpfs", "t", words, 1, NULL, &m, &e), &e);
	fd = sys_mount_ops()->attach(&m, target, &e);
	CHECK_OK(fd, &e);
	CHECK(fstat(fd, &st) == 0 && (st.st_mode & 07777) == 0711);
	close(fd);
	return 0;
}

/* A file system of which there is one, over itself: mount(2) would rather not. */
static int try_same(void *arg)
{
	struct sys_mount_attr attr = { .set = MOUNT_ATTR_NOEXEC };
	auto_error struct error e = ERROR_INIT;
	uint64_t last = 0, id;
	struct sys_mount m;

	(void)arg;
	for (int i = 0; i < 3; i++) {
		auto_fd int target = place("p", true);

		CHECK_OK(sys_mount_ops()->create("mqueue", "p", NULL, 0, &attr, &m, &e),
			&e);
		auto_fd int fd = sys_mount_ops()->attach(&m, target, &e);
		CHECK_OK(fd, &e);
		CHECK(!e.text);
		CHECK_OK(sys_mount_id(fd, &id, &e), &e);
		CHECK(id != last);
		last = id;
	}
	CHECK(strcmp(find("/tmp/p").fstype, "mqueue") == 0);
	CHECK(has(find("/tmp/p").options, "noexec"));
	return 0;
}

static int try_empty_dir(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	struct sys_mount m;
	auto_fd int one = place("one", true);
	auto_fd int two = place("two", true);

	(void)arg;
	CHECK(put_file("one/secret", "") == 0 && put_file("two/secret", "") == 0);
	CHECK_OK(sys_mount_empty_dir(NULL, &m, &e), &e);
	auto_fd int first = sys_mount_ops()->attach(&m, one, &e);
	CHECK_OK(first, &e);
	CHECK_OK(sys_mount_ops()->clone(first, false, NULL, &m, &e), &e);
	auto_fd int second = sys_mount_ops()->attach(&m, two, &e);
	CHECK_OK(second, &e);
	for (int i = 0; i < 2; i++) {
		CHECK(access(i ? "one/secret" : "two/secret", F_OK) < 0);
		CHECK(put_file(i ? "one/new" : "two/new", "") < 0 && errno == EROFS);
		CHECK(has(find(i ? "/tmp/one" : "/tmp/two").options, "noexec"));
	}
	return 0;
}

/* What a container's root becomes. */
static int try_pivot(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	struct sys_mount_attr shared = { .propagation = { MS_SHARED },
		.n_propagation = 1 };
	char cwd[64];
	int n_all;

	(void)arg;
	CHECK(put_file("canary", "") == 0);
	auto_fd int root = tmpfs_at("root", &shared, &e);
	CHECK_OK(root, &e);
	CHECK(mkdir("root/proc", 0755) == 0 && mkdir("root/vol", 0755) == 0);
	CHECK(mount("proc", "root/proc", "proc", 0, NULL) == 0);
	CHECK_OK(sys_mount_propagation(root, MS_PRIVATE, &e), &e);
	CHECK_OK(sys_pivot_root(root, true, &e), &e);
	CHECK(getcwd(cwd, sizeof(cwd)) && strcmp(cwd, "/") == 0);
	CHECK(access("/vol", F_OK) == 0 && access("/tmp", F_OK) < 0 &&
		access("../vol", F_OK) == 0);
	n_all = find("/").n;
	CHECK(n_all == 1 && find("/tmp").n == 0 && find("/proc").n == 1);
	/* Everything still works inside, through the /proc of outside. */
	auto_fd int here = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd int vol = sys_target_in_root(here, "/vol", 1, NULL, &e);
	struct sys_mount m;
	CHECK_OK(sys_mount_ops()->clone(vol, false, NULL, &m, &e), &e);
	auto_fd int ro = sys_mount_ops()->attach(&m, vol, &e);
	CHECK_OK(ro, &e);
	struct sys_mount_attr attr = { .set = MOUNT_ATTR_RDONLY };
	CHECK_OK(sys_mount_ops()->change(ro, &attr, &e), &e);
	CHECK(put_file("/vol/x", "") < 0 && errno == EROFS);
	CHECK(umount2("/proc", MNT_DETACH) == 0);
	CHECK_OK(sys_umount_fd(ro, &e), &e);
	CHECK(put_file("/vol/x", "") == 0);
	return 0;
}

static int try_move_root(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	char cwd[64];

	(void)arg;
	auto_fd int root = tmpfs_at("root", NULL, &e);
	CHECK_OK(root, &e);
	CHECK(mkdir("root/inside", 0755) == 0);
	CHECK_OK(sys_move_root(root, false, &e), &e);
	CHECK(getcwd(cwd, sizeof(cwd)) && strcmp(cwd, "/") == 0);
	CHECK(access("/inside", F_OK) == 0 && access("/../inside", F_OK) == 0);
	CHECK(access("/tmp", F_OK) < 0);
	/* And not with a folder that is no mount. */
	auto_fd int plain = open("/inside", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(sys_pivot_root(plain, true, &e) == -EBUSY &&
		strcmp(e.call, "pivot_root") == 0);
	return 0;
}

static int in_userns(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	struct sys_mount_attr attr = { .set = MOUNT_ATTR_RDONLY };

	(void)arg;
	CHECK(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0);
	auto_fd int bind = bind_at("/tmp/locked", "mine", true, true, &attr, &e);
	CHECK_OK(bind, &e);
	CHECK(has(find("/tmp/mine").options, "ro") &&
		has(find("/tmp/mine").options, "nodev"));
	/* Named, so that it cannot be kept in silence. */
	attr = (struct sys_mount_attr){ .clear = MOUNT_ATTR_NODEV };
	CHECK(sys_mount_ops()->change(bind, &attr, &e) == -EPERM);
	return 0;
}

/* Flags that a user namespace may not clear (B8). */
static int try_locked(void *arg)
{
	struct sys_mount_attr attr = { .set = NO_NO_NO | MOUNT_ATTR_NOATIME };
	auto_error struct error e = ERROR_INIT;

	(void)arg;
	auto_fd int fd = tmpfs_at("locked", &attr, &e);
	CHECK_OK(fd, &e);
	CHECK(mkdir("mine", 0777) == 0);
	CHECK(chmod("/tmp", 0777) == 0 && chmod("/tmp/locked", 0777) == 0);
	if (in_child(in_userns, NULL) != 0) {
		auto_fd int ns = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);

		CHECK(ns < 0); /* no user namespaces in this kernel */
		fprintf(stderr, "SKIP: no user namespaces\n");
	}
	return 0;
}

/* The target is moved about, and other mounts lie in wait: what comes back is the new
 * mount. */
static int try_moving_target(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	int good = 0;
	pid_t pid;

	(void)arg;
	CHECK(mkdir("v", 0755) == 0 && mkdir("v/a", 0755) == 0 &&
		mkdir("v/b", 0755) == 0);
	CHECK(mkdir("v/a/t", 0755) == 0 && mkdir("v/b/t", 0755) == 0);
	auto_fd int wait_there = tmpfs_at("v/b/t", NULL, &e);
	CHECK_OK(wait_there, &e);
	CHECK(put_file("v/b/t/trap", "") == 0);
	auto_fd int target = open("v/a/t", O_PATH | O_DIRECTORY | O_CLOEXEC);
	pid = fork();
	CHECK(pid >= 0);
	while (pid == 0)
		syscall(SYS_renameat2, AT_FDCWD, "v/a", AT_FDCWD, "v/b",
			2 /* exchange */);
	for (int i = 0; i < 60; i++) {
		struct sys_mount m;
		int fd;

		CHECK(sys_mount_ops()->create("tmpfs", NULL, NULL, 0, NULL, &m, &e) == 0);
		fd = sys_mount_ops()->attach(&m, target, &e);
		CHECK(fd >= 0 || fd == -ESTALE);
		if (fd < 0)
			continue;
		good++;
		CHECK(faccessat(fd, "trap", F_OK, 0) < 0);
		CHECK_OK(sys_umount_fd(fd, &e), &e);
		close(fd);
	}
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(good > 0);
	return 0;
}

static int try_idmap(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	struct sys_mount m;
	struct stat st;
	int pipe_fd[2];
	pid_t pid;
	char c = 0;
	int r;

	(void)arg;
	CHECK(mkdir("src", 0755) == 0 && pipe(pipe_fd) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		c = unshare(CLONE_NEWUSER) < 0 ? 'n' : 'y';
		_exit(write(pipe_fd[1], &c, 1) == 1 && pause());
	}
	CHECK(read(pipe_fd[0], &c, 1) == 1);
	if (c == 'y') {
		char name[64];

		snprintf(name, sizeof(name), "%d/uid_map", (int)pid);
		CHECK_OK(sys_proc_write(name, "0 70000 1000", 12, &e), &e);
		snprintf(name, sizeof(name), "%d/gid_map", (int)pid);
		CHECK_OK(sys_proc_write(name, "0 70000 1000", 12, &e), &e);
		auto_fd int userns = ns_open_pid(pid, NS_USER, &e);
		auto_fd int source = open("src", O_PATH | O_CLOEXEC);
		CHECK_OK(userns, &e);
		CHECK_OK(sys_mount_ops()->clone(source, false, NULL, &m, &e), &e);
		r = sys_mount_idmap(m.fd, userns, false, &e);
		if (sys_mount_ops() == &sys_mount_compat_ops)
			CHECK(r == -EOPNOTSUPP && strstr(e.text, "5.12"));
		else if (r == -EINVAL)
			fprintf(stderr,
				"SKIP: tmpfs of this kernel cannot be idmapped\n");
		else
			CHECK(r == 0 && fstat(m.fd, &st) == 0 && st.st_uid == 70000);
		sys_mount_drop(&m);
	}
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, NULL, 0) == pid);
	return 0;
}

BOTH(create, "mount-setattr")
BOTH(faults, "all")
BOTH(bind, "all")
BOTH(recursive, "mount-api")
BOTH(change, "all")
BOTH(propagation, "all")
BOTH(long_words, "all")
BOTH(joined_words, "all")
BOTH(one_word, "all")
BOTH(same, "all")
BOTH(empty_dir, "all")
BOTH(pivot, "all")
BOTH(move_root, "all")
BOTH(locked, "all")
BOTH(moving_target, "mount-api")
BOTH(idmap, "all")

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_TESTS(create),
		BOTH_TESTS(faults),
		BOTH_TESTS(bind),
		BOTH_TESTS(recursive),
		BOTH_TESTS(change),
		BOTH_TESTS(propagation),
		BOTH_TESTS(long_words),
		BOTH_TESTS(joined_words),
		BOTH_TESTS(one_word),
		BOTH_TESTS(same),
		BOTH_TESTS(empty_dir),
		BOTH_TESTS(pivot),
		BOTH_TESTS(move_root),
		BOTH_TESTS(locked),
		BOTH_TESTS(moving_target),
		BOTH_TESTS(idmap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
