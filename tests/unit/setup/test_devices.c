/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes and links: exact, never through a link, never over something else (D1, D2, D7). */
#include "config.h"

#include "world.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

static int devices(struct step_ctx *ctx, struct plan_device *d, size_t n, struct error *e)
{
	struct plan *plan = (struct plan *)(uintptr_t)ctx->plan;

	plan->devices = d;
	plan->n_devices = n;
	err_done(e);
	return step_devices.apply(ctx, e);
}

static int links(struct step_ctx *ctx, struct plan_link *l, size_t n, struct error *e)
{
	struct plan *plan = (struct plan *)(uintptr_t)ctx->plan;

	plan->links = l;
	plan->n_links = n;
	err_done(e);
	return step_dev_links.apply(ctx, e);
}

static bool is_node(
	const char *path, mode_t mode, unsigned maj, unsigned min, uid_t uid, gid_t gid)
{
	struct stat st;

	return lstat(path, &st) == 0 && st.st_mode == mode &&
	       st.st_rdev == makedev(maj, min) && st.st_uid == uid && st.st_gid == gid;
}

static int try_nodes(void *arg)
{
	struct plan_device d[] = {
		{ .path = "/dev/null",
			.type = S_IFCHR,
			.major = 1,
			.minor = 3,
			.mode = 0666 },
		{ .path = "/dev/mine",
			.type = S_IFCHR,
			.major = 4095,
			.minor = 1048575,
			.mode = 0640,
			.uid = 7,
			.gid = 8 },
		{ .path = "/var/lib/block",
			.type = S_IFBLK,
			.major = 7,
			.minor = 1,
			.mode = 0 },
		{ .path = "/run/pipe", .type = S_IFIFO, .mode = 0622 },
		/* Twice the same is fine (DEV-08). */
		{ .path = "/dev/null",
			.type = S_IFCHR,
			.major = 1,
			.minor = 3,
			.mode = 0600 },
	};
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;
	mode_t mask;

	(void)arg;
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	umask(077);
	CHECK_OK(devices(&ctx, d, ARRAY_SIZE(d), &e), &e);
	mask = umask(022);
	CHECK(mask == 077);
	CHECK(is_node("root/dev/null", S_IFCHR | 0666, 1, 3, 0, 0));
	CHECK(is_node("root/dev/mine", S_IFCHR | 0640, 4095, 1048575, 7, 8));
	CHECK(is_node("root/var/lib/block", S_IFBLK | 0, 7, 1, 0, 0));
	CHECK(is_node("root/run/pipe", S_IFIFO | 0622, 0, 0, 0, 0));
	step_ctx_done(&ctx);
	return 0;
}
BOTH(nodes)

/* DEV-05: what is there must be the device. */
static int try_existing(void *arg)
{
	struct plan_device d = { .path = "/dev/null",
		.type = S_IFCHR,
		.major = 1,
		.minor = 3,
		.mode = 0666,
		.at_line = 3,
		.at_column = 4,
		.at_path = "linux.devices[0]" };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	CHECK(put_file("root/dev/null", "") == 0);
	CHECK_FAILS(devices(&ctx, &d, 1, &e), EEXIST, &e);
	CHECK(strcmp(e.path, "linux.devices[0]") == 0 && e.line == 3);
	CHECK(strstr(e.doing, "/dev/null"));
	CHECK(unlink("root/dev/null") == 0);
	CHECK(mknod("root/dev/null", S_IFCHR | 0666, makedev(1, 5)) == 0);
	CHECK_FAILS(devices(&ctx, &d, 1, &e), EEXIST, &e);
	CHECK(unlink("root/dev/null") == 0);
	/* D2: a link to a right device elsewhere is not the device. */
	CHECK(mknod("host/null", S_IFCHR | 0600, makedev(1, 3)) == 0);
	CHECK(symlink("/tmp/host/null", "root/dev/null") == 0);
	CHECK_FAILS(devices(&ctx, &d, 1, &e), EEXIST, &e);
	CHECK(unlink("root/dev/null") == 0);
	CHECK(mkdir("root/dev/null", 0755) == 0);
	CHECK_FAILS(devices(&ctx, &d, 1, &e), EEXIST, &e);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(existing)

static int try_bind(void *arg)
{
	struct plan_device d[] = {
		{ .path = "/dev/null",
			.type = S_IFCHR,
			.major = 1,
			.minor = 3,
			.bind = true },
		{ .path = "/dev/zero",
			.type = S_IFCHR,
			.major = 1,
			.minor = 5,
			.bind = true },
		{ .path = "/dev/fifo", .type = S_IFIFO, .mode = 0600, .bind = true },
	};
	struct plan_device none = { .path = "/dev/null",
		.type = S_IFCHR,
		.major = 77,
		.minor = 3,
		.bind = true };
	auto_error struct error e = ERROR_INIT;
	auto_fd int fd = -EBADF;
	struct step_ctx ctx;
	struct plan plan;
	char byte = 1;

	(void)arg;
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	/* What an earlier start left in the root file system. */
	CHECK(put_file("root/dev/null", "") == 0);
	CHECK_OK(devices(&ctx, d, ARRAY_SIZE(d), &e), &e);
	CHECK(strstr(mount_options("/tmp/root/dev/zero"), "nosuid"));
	CHECK(strstr(mount_options("/tmp/root/dev/zero"), "noexec"));
	CHECK(!strstr(mount_options("/tmp/root/dev/zero"), "nodev"));
	fd = open("root/dev/zero", O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0 && read(fd, &byte, 1) == 1 && byte == 0);
	CHECK(is_node("root/dev/fifo", S_IFIFO | 0600, 0, 0, 0, 0));
	CHECK_FAILS(devices(&ctx, &none, 1, &e), ENODEV, &e);
	/* Nothing but an empty file is covered. */
	CHECK(put_file("root/dev/full", "content") == 0);
	d[0] = (struct plan_device){
		.path = "/dev/full", .type = S_IFCHR, .major = 1, .minor = 7, .bind = true
	};
	CHECK_FAILS(devices(&ctx, d, 1, &e), EEXIST, &e);
	CHECK(unlink("root/dev/full") == 0 &&
		symlink("/tmp/host/secret", "root/dev/full") == 0);
	CHECK_FAILS(devices(&ctx, d, 1, &e), EEXIST, &e);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(bind)

/* --- D1, D7: shapes of paths --- */

struct shape {
	const char *dev_link; /* what /dev is a link to, or NULL */
	const char *path;
	bool bind;
};

static const struct shape shapes[] = {
	{ "/tmp/host", "/dev/x", false },
	{ "../../tmp/host", "/dev/x", false },
	{ "../host", "/dev/x", false },
	{ "/tmp/host/dir", "/dev/x", false },
	{ "/tmp/host/missing", "/dev/x", false },
	{ "/proc/self/root/tmp/host", "/dev/x", false },
	{ NULL, "/dev/../../host/x", false },
	{ NULL, "/dev/../../../tmp/host/x", false },
	{ NULL, "/hostlink/x", false },
	{ NULL, "/hostlink/sub/dir/x", false },
	{ NULL, "/hostlink", false },
	{ NULL, "/filelink", false },
	{ NULL, "/hostlink/secret", false },
	{ NULL, "/magic/tmp/host/x", false },
	{ NULL, "/loop/x", false },
	{ NULL, "/dev/x/", false },
	{ NULL, "/dev/..", false },
	{ NULL, "/", false },
};

static int try_shape(void *arg)
{
	struct shape *s = arg;
	struct plan_device d = { .path = s->path,
		.type = S_IFCHR,
		.major = 1,
		.minor = 3,
		.mode = 0666,
		.uid = 5,
		.gid = 5,
		.bind = s->bind };
	struct plan_link l[] = {
		{ .path = "/dev/ptmx", .target = "pts/ptmx", .replace = true },
		{ .path = s->path, .target = "evil", .replace = true },
	};
	auto_error struct error e = ERROR_INIT;
	auto_free char *before = NULL;
	auto_free char *after = NULL;
	struct step_ctx ctx;
	struct plan plan;

	CHECK(put_file("host/ptmx", "marker") == 0);
	CHECK(mkdir("root/tmp/host/sub", 0755) == 0);
	if (s->dev_link)
		CHECK(rmdir("root/dev") == 0 && symlink(s->dev_link, "root/dev") == 0);
	CHECK(symlink("/tmp/host", "root/hostlink") == 0);
	CHECK(symlink("/tmp/host/newfile", "root/filelink") == 0);
	CHECK(symlink("/proc/self/root", "root/magic") == 0);
	CHECK(symlink("loop", "root/loop") == 0);
	CHECK(mount("proc", "root/proc", "proc", 0, NULL) == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	before = canary();
	if (devices(&ctx, &d, 1, &e) < 0)
		CHECK(e.text && e.doing);
	links(&ctx, l, 2, &e);
	after = canary();
	CHECK(strcmp(before, after) == 0);
	step_ctx_done(&ctx);
	return 0;
}

static void all_shapes(const char *without)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		for (int bind = 0; bind < 2; bind++) {
			struct shape s = shapes[i];

			s.bind = bind;
			in_world(try_shape, &s, without);
		}
	}
}

static void test_shapes(void **state)
{
	(void)state;
	all_shapes(NULL);
}

static void test_shapes_compat(void **state)
{
	(void)state;
	all_shapes("openat2,mount-api,mount-setattr");
}

static bool is_link(const char *path, const char *text)
{
	char is[256];
	ssize_t n = readlink(path, is, sizeof(is));

	return n == (ssize_t)strlen(text) && memcmp(is, text, (size_t)n) == 0;
}

static int try_links(void *arg)
{
	struct plan_link l[] = {
		{ .path = "/dev/fd",
			.target = "/proc/self/fd",
			.needs = "/proc/self/fd" },
		{ .path = "/dev/stdin",
			.target = "/proc/self/fd/0",
			.needs = "/proc/self/fd" },
		{ .path = "/dev/core",
			.target = "/proc/nothing",
			.needs = "/proc/nothing" },
		{ .path = "/dev/kept", .target = "other" },
		{ .path = "/dev/ptmx", .target = "pts/ptmx", .replace = true },
	};
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(mount("proc", "root/proc", "proc", 0, NULL) == 0);
	CHECK(put_file("root/dev/kept", "mine") == 0);
	CHECK(mknod("root/dev/ptmx", S_IFCHR | 0666, makedev(5, 2)) == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	CHECK_OK(links(&ctx, l, ARRAY_SIZE(l), &e), &e);
	CHECK(is_link("root/dev/fd", "/proc/self/fd"));
	CHECK(is_link("root/dev/stdin", "/proc/self/fd/0"));
	CHECK(access("root/dev/core", F_OK) < 0);
	CHECK(has_text("root/dev/kept", "mine"));
	CHECK(is_link("root/dev/ptmx", "pts/ptmx"));
	/* Again: it is the same link. */
	CHECK_OK(links(&ctx, l, ARRAY_SIZE(l), &e), &e);
	/* A mount in its place goes away. */
	CHECK(unlink("root/dev/ptmx") == 0 && put_file("root/dev/ptmx", "") == 0);
	CHECK(mount("/dev/null", "/tmp/root/dev/ptmx", NULL, MS_BIND, NULL) == 0);
	CHECK_OK(links(&ctx, l, ARRAY_SIZE(l), &e), &e);
	CHECK(is_link("root/dev/ptmx", "pts/ptmx"));
	/* A folder does not: that is nobody's ptmx. */
	CHECK(unlink("root/dev/ptmx") == 0 && mkdir("root/dev/ptmx", 0755) == 0);
	CHECK_FAILS(links(&ctx, l, ARRAY_SIZE(l), &e), EISDIR, &e);
	CHECK(strstr(e.doing, "/dev/ptmx"));
	step_ctx_done(&ctx);
	return 0;
}
BOTH(links)

/* Where mknod(2) is refused without a user namespace, the host's node is bound. */
static int try_no_mknod(void *arg)
{
	struct plan_device d = {
		.path = "/dev/zero", .type = S_IFCHR, .major = 1, .minor = 5, .mode = 0666
	};
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;
	FILE *f;

	(void)arg;
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	/* A user namespace has no CAP_MKNOD that counts. */
	CHECK(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0);
	f = fopen("/proc/self/uid_map", "we");
	CHECK(f && fputs("0 0 1", f) >= 0 && fclose(f) == 0);
	f = fopen("/proc/self/setgroups", "we");
	CHECK(f && fputs("deny", f) >= 0 && fclose(f) == 0);
	f = fopen("/proc/self/gid_map", "we");
	CHECK(f && fputs("0 0 1", f) >= 0 && fclose(f) == 0);
	CHECK_OK(step_root.apply(&ctx, &e), &e);
	CHECK_OK(devices(&ctx, &d, 1, &e), &e);
	CHECK(strstr(mount_options("/tmp/root/dev/zero"), "nosuid"));
	step_ctx_done(&ctx);
	return 0;
}

static void test_no_mknod(void **state)
{
	(void)state;
	in_world(try_no_mknod, NULL, NULL);
}

static void exchange(void)
{
	syscall(SYS_renameat2, AT_FDCWD, "/tmp/root/work/node", AT_FDCWD,
		"/tmp/root/work/file", RENAME_EXCHANGE);
}

/* The file that is exchanged for the node is made anew each time; 1: the node got through. */
static int node_despite(struct step_ctx *ctx)
{
	struct plan_device d = { .path = "/work/node",
		.type = S_IFCHR,
		.major = 4095,
		.minor = 1048575,
		.mode = 0606,
		.uid = 7,
		.gid = 8 };
	auto_error struct error e = ERROR_INIT;
	auto_fd int fd = -EBADF;
	struct stat st;
	int r;

	while (unlink("root/work/node") == 0 || unlink("root/work/file") == 0)
		;
	CHECK((fd = open("root/work/file", O_CREAT | O_EXCL | O_CLOEXEC, 0640)) >= 0);
	r = devices(ctx, &d, 1, &e);
	CHECK(r == 0 || r == -ESTALE || r == -EEXIST);
	CHECK(fstat(fd, &st) == 0);
	CHECK(st.st_uid == 0 && st.st_gid == 0 && (st.st_mode & 07777) == 0640);
	return r == 0 ? -1 : 0;
}

/* D7: a neighbour who may write to the folder gets no file of somebody else given to the owner of a
 * device. */
static int try_exchanged(void *arg)
{
	int rounds = world_rounds(5000, 200000);
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;
	int through = 0;
	int r = 0;
	pid_t pid;

	(void)arg;
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	pid = world_go_on(exchange);
	CHECK(pid >= 0);
	for (int i = 0; r <= 0 && i < rounds; i++) {
		/* At another point each time. */
		usleep((useconds_t)(i % 16));
		r = node_despite(&ctx);
		through -= r;
	}
	world_stop(pid);
	CHECK(r <= 0);
	CHECK(through > 0);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(exchanged)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_TESTS(nodes),
		BOTH_TESTS(existing),
		BOTH_TESTS(bind),
		BOTH_TESTS(shapes),
		BOTH_TESTS(links),
		cmocka_unit_test(test_no_mknod),
		BOTH_TESTS(exchanged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
