/* SPDX-License-Identifier: Apache-2.0 */
/* Masks are mandatory and cannot be steered; read-only paths keep their flags (B6 to B8). */
#include "config.h"

#include "world.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

static int masks(struct step_ctx *ctx, struct plan_path *p, size_t n, struct error *e)
{
	struct plan *plan = (struct plan *)(uintptr_t)ctx->plan;
	int r;

	plan->masked = p;
	plan->n_masked = n;
	err_done(e);
	r = step_null.apply(ctx, e);
	return r < 0 ? r : step_masked_paths.apply(ctx, e);
}

static int readonly(struct step_ctx *ctx, struct plan_path *p, size_t n, struct error *e)
{
	struct plan *plan = (struct plan *)(uintptr_t)ctx->plan;

	plan->readonly = p;
	plan->n_readonly = n;
	err_done(e);
	return step_readonly_paths.apply(ctx, e);
}

static int null_in_root(void)
{
	CHECK(mknod("root/dev/null", S_IFCHR | 0666, makedev(1, 3)) == 0);
	return 0;
}

static bool is_masked_file(const char *path)
{
	struct stat st;
	char byte;
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) &&
	       st.st_rdev == makedev(1, 3) && read(fd, &byte, 1) == 0;
}

static bool is_masked_folder(const char *path)
{
	struct stat st;
	char file[256];

	snprintf(file, sizeof(file), "%s/new", path);
	return stat(path, &st) == 0 && st.st_nlink == 2 && put_file(file, "") < 0 &&
	       errno == EROFS;
}

static int try_masks(void *arg)
{
	struct plan_path p[] = {
		{ .path = "/proc/version" },
		{ .path = "/etc/secret" },
		{ .path = "/work" },
		{ .path = "/etc/folder" },
		{ .path = "/proc/tty" },
		{ .path = "/etc/missing" },
		{ .path = "/etc/secret/below/a/file" },
		{ .path = "/proc/no-such-file" },
		/* Twice. */
		{ .path = "/etc/secret" },
		/* By a link of the image. */
		{ .path = "/etc/link" },
	};
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct stat a;
	struct stat b;
	struct plan plan;

	(void)arg;
	CHECK(null_in_root() == 0);
	CHECK(put_file("root/etc/secret", "s") == 0 &&
		put_file("root/etc/other", "o") == 0);
	CHECK(mkdir("root/etc/folder", 0755) == 0 && put_file("root/work/x", "x") == 0);
	CHECK(symlink("/etc/other", "root/etc/link") == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	CHECK(mount("proc", "/tmp/root/proc", "proc", 0, NULL) == 0);
	CHECK_OK(masks(&ctx, p, ARRAY_SIZE(p), &e), &e);
	CHECK(is_masked_file("root/proc/version"));
	CHECK(is_masked_file("root/etc/secret"));
	CHECK(is_masked_file("root/etc/other"));
	CHECK(is_masked_folder("root/work"));
	CHECK(is_masked_folder("root/etc/folder"));
	CHECK(is_masked_folder("root/proc/tty"));
	/* One superblock for all of them (M2). */
	CHECK(stat("root/work", &a) == 0 && stat("root/proc/tty", &b) == 0);
	CHECK(a.st_dev == b.st_dev);
	CHECK(strstr(mount_options("/tmp/root/work"), "nosuid,nodev,noexec"));
	step_ctx_done(&ctx);
	return 0;
}
BOTH(masks)

/* As in life: the host's node is taken before the pivot, the masks are made after it. */
static int try_after_pivot(void *arg)
{
	struct plan_path p[] = { { .path = "/etc/secret" }, { .path = "/etc/second" },
		{ .path = "/work" } };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(put_file("root/etc/secret", "s") == 0 &&
		put_file("root/etc/second", "s") == 0);
	CHECK(null_in_root() == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	plan.masked = p;
	plan.n_masked = ARRAY_SIZE(p);
	CHECK_OK(step_null.apply(&ctx, &e), &e);
	CHECK(world_pivot(&ctx, &e) == 0);
	CHECK_OK(step_masked_paths.apply(&ctx, &e), &e);
	CHECK(is_masked_file("/etc/secret") && is_masked_file("/etc/second"));
	CHECK(is_masked_folder("/work"));
	step_ctx_done(&ctx);
	return 0;
}
BOTH(after_pivot)

/* B6, CVE-2025-31133: the container's /dev/null is no part of it. */
static int try_hostile_null(void *arg)
{
	struct plan_path p = { .path = "/etc/secret" };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(put_file("root/etc/secret", "s") == 0);
	CHECK(symlink("/proc/version", "root/dev/null") == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	plan.masked = &p;
	plan.n_masked = 1;
	CHECK_OK(step_null.apply(&ctx, &e), &e);
	CHECK(world_pivot(&ctx, &e) == 0);
	CHECK_OK(step_masked_paths.apply(&ctx, &e), &e);
	CHECK(is_masked_file("/etc/secret"));
	step_ctx_done(&ctx);
	return 0;
}

static void test_hostile_null(void **state)
{
	(void)state;
	in_world(try_hostile_null, NULL, NULL);
}

/* Without the mount API it has to be the container's: a wrong one stops the start. */
static int try_hostile_null_compat(void *arg)
{
	static const char *const links[] = { "/proc/version", "/etc/real", "missing" };
	struct plan_path p = {
		.path = "/etc/secret", .at_line = 5, .at_path = "maskedPaths[0]"
	};
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(put_file("root/etc/secret", "s") == 0);
	CHECK(mknod("root/etc/real", S_IFCHR | 0666, makedev(1, 3)) == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		CHECK(symlink(links[i], "root/dev/null") == 0);
		CHECK(masks(&ctx, &p, 1, &e) < 0);
		CHECK(strstr(e.doing, "mask /etc/secret") && e.line == 5);
		CHECK(unlink("root/dev/null") == 0);
	}
	CHECK(put_file("root/dev/null", "") == 0);
	CHECK_FAILS(masks(&ctx, &p, 1, &e), ENODEV, &e);
	step_ctx_done(&ctx);
	return 0;
}

static void test_hostile_null_compat(void **state)
{
	(void)state;
	in_world(try_hostile_null_compat, NULL, "openat2,mount-api,mount-setattr");
}

/* B7: what the real procfs has cannot be made absent by a mount over it. */
static int try_hidden(void *arg)
{
	struct plan_path p[] = { { .path = "/proc/tty/drivers" }, { .path = "/work" } };
	struct plan_path sys = { .path = "/sys/kernel/mm" };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(null_in_root() == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	/* No procfs there: then it is absent indeed. */
	CHECK_OK(masks(&ctx, p, 2, &e), &e);
	CHECK(mount("proc", "/tmp/root/proc", "proc", 0, NULL) == 0);
	CHECK(mount("hide", "/tmp/root/proc/tty", "tmpfs", 0, NULL) == 0);
	CHECK_FAILS(masks(&ctx, p, 2, &e), ESTALE, &e);
	CHECK(umount("/tmp/root/proc/tty") == 0);
	CHECK_OK(masks(&ctx, p, 2, &e), &e);
	CHECK(is_masked_file("root/proc/tty/drivers"));
	CHECK(mount("sys", "/tmp/root/sys", "sysfs", 0, NULL) == 0);
	CHECK(mount("hide", "/tmp/root/sys/kernel", "tmpfs", 0, NULL) == 0);
	if (arg)
		CHECK_FAILS(masks(&ctx, &sys, 1, &e), ESTALE, &e);
	step_ctx_done(&ctx);
	return 0;
}

/* A proc whose slaves have what somebody mounts there, and lose it with him. */
static int outer_proc(void)
{
	CHECK(mkdir("outer", 0755) == 0);
	CHECK(mount("proc", "outer", "proc", 0, NULL) == 0);
	CHECK(mount(NULL, "outer", NULL, MS_SHARED, NULL) == 0);
	return 0;
}

/* B7: what looks masked already need not be so by us, and not for long. */
static int try_null_over(void *arg)
{
	struct plan_path p = { .path = "/proc/version" };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(null_in_root() == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	CHECK(outer_proc() == 0);
	CHECK(mount("outer", "root/proc", NULL, MS_BIND, NULL) == 0);
	CHECK(mount(NULL, "root/proc", NULL, MS_SLAVE, NULL) == 0);
	CHECK(mount("root/dev/null", "outer/version", NULL, MS_BIND, NULL) == 0);
	CHECK(is_masked_file("root/proc/version"));
	CHECK_OK(masks(&ctx, &p, 1, &e), &e);
	CHECK(umount("outer/version") == 0);
	CHECK(!is_masked_file("outer/version"));
	CHECK(is_masked_file("root/proc/version"));
	step_ctx_done(&ctx);
	return 0;
}
BOTH(null_over)

/* B7: a cover over the whole of it hides nothing of the file system that was mounted. */
static int try_top_covered(void *arg)
{
	uint32_t slave = MS_SLAVE;
	struct plan_mount m = {
		.kind = PLAN_MOUNT_BIND,
		.target = "/proc",
		.source = "/tmp/outer",
		.strict = true,
		.propagation = &slave,
		.n_propagation = 1,
	};
	struct plan_path p[] = { { .path = "/proc/version" },
		{ .path = "/proc/tty/drivers" }, { .path = "/proc/missing" } };
	struct plan_path sys = { .path = "/proc/sys" };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	CHECK(null_in_root() == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	CHECK(outer_proc() == 0);
	plan.mounts = &m;
	plan.n_mounts = 1;
	plan.n_masked = ARRAY_SIZE(p);
	CHECK_OK(step_mounts.apply(&ctx, &e), &e);
	CHECK(mount("hide", "outer", "tmpfs", 0, NULL) == 0);
	CHECK(access("root/proc/version", F_OK) < 0);
	if (arg) {
		/* A new mount is found again by its name, and that leads elsewhere. */
		CHECK_FAILS(masks(&ctx, p, ARRAY_SIZE(p), &e), ESTALE, &e);
	} else {
		CHECK_OK(readonly(&ctx, &sys, 1, &e), &e);
		CHECK_OK(masks(&ctx, p, ARRAY_SIZE(p), &e), &e);
		CHECK(umount("outer") == 0);
		CHECK(is_masked_file("root/proc/version"));
		CHECK(is_masked_file("root/proc/tty/drivers"));
		CHECK(open("root/proc/sys/kernel/hostname", O_WRONLY | O_CLOEXEC) < 0 &&
			errno == EROFS);
	}
	step_ctx_done(&ctx);
	return 0;
}

static void test_top_covered(void **state)
{
	(void)state;
	in_world(try_top_covered, NULL, NULL);
}

static void test_top_covered_compat(void **state)
{
	(void)state;
	in_world(try_top_covered, (void *)state, "openat2,mount-api,mount-setattr");
}

static void cover_and_bare(void)
{
	mount("hide", "/tmp/root/proc/tty", "tmpfs", 0, NULL);
	umount2("/tmp/root/proc/tty", MNT_DETACH);
}

/* One start while coverer goes on; 1 when it went through, and what was to be masked is. */
static int masked_despite(pid_t coverer, struct step_ctx *ctx)
{
	struct plan_path p = { .path = "/proc/tty/drivers" };
	auto_error struct error e = ERROR_INIT;
	int r = masks(ctx, &p, 1, &e);
	bool good;

	if (r < 0)
		return r == -ESTALE || r == -EINVAL || r == -ENOENT || r == -EBUSY ? 0
										   : r;
	if (kill(coverer, SIGSTOP) < 0 || waitpid(coverer, NULL, WUNTRACED) != coverer)
		return -errno;
	while (umount2("/tmp/root/proc/tty", MNT_DETACH) == 0)
		;
	good = is_masked_file("/tmp/root/proc/tty/drivers");
	umount("/tmp/root/proc/tty/drivers");
	kill(coverer, SIGCONT);
	return good ? 1 : -EPERM;
}

/* B7: who covers it and bares it all the time wins nothing. */
static int try_covered(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;
	int rounds = world_rounds(1000, 50000);
	int through = 0;
	int r = 0;
	pid_t pid;

	(void)arg;
	CHECK(null_in_root() == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	CHECK(mount("proc", "/tmp/root/proc", "proc", 0, NULL) == 0);
	pid = world_go_on(cover_and_bare);
	CHECK(pid >= 0);
	for (int i = 0; r >= 0 && i < rounds; i++) {
		/* It has to be at work, and at another point each time. */
		usleep((useconds_t)(i % 64) * 5);
		r = masked_despite(pid, &ctx);
		through += r > 0;
	}
	world_stop(pid);
	CHECK(r >= 0);
	CHECK(through > 0);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(covered)

/* A proc that has less by itself hides nothing. */
static int try_subset(void *arg)
{
	struct plan_path p[] = { { .path = "/proc/tty/drivers" },
		{ .path = "/proc/version" }, { .path = "/work" } };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(null_in_root() == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	if (mount("proc", "/tmp/root/proc", "proc", 0, "subset=pid") < 0)
		return 0; /* before Linux 5.8 */
	CHECK(access("root/proc/version", F_OK) < 0);
	CHECK_OK(masks(&ctx, p, 3, &e), &e);
	CHECK(is_masked_folder("root/work"));
	step_ctx_done(&ctx);
	return 0;
}
BOTH(subset)

static void test_hidden(void **state)
{
	(void)state;
	in_world(try_hidden, (void *)state, NULL);
}

static void test_hidden_compat(void **state)
{
	(void)state;
	in_world(try_hidden, NULL, "openat2,mount-api,mount-setattr");
}

/* ROP-01, B8: read-only, and the other flags stay. */
static int try_readonly(void *arg)
{
	struct plan_path p[] = { { .path = "/etc" }, { .path = "/work" },
		{ .path = "/missing" }, { .path = "/proc/sys" } };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(put_file("root/etc/f", "f") == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	CHECK(mount("proc", "/tmp/root/proc", "proc", MS_NOSUID | MS_NOEXEC, NULL) == 0);
	CHECK(mount("t", "/tmp/root/work", "tmpfs", MS_NODEV | MS_NOSUID | MS_NOATIME,
		      NULL) == 0);
	CHECK(mkdir("root/work/sub", 0755) == 0);
	CHECK(mount("t", "/tmp/root/work/sub", "tmpfs", 0, NULL) == 0);
	CHECK_OK(readonly(&ctx, p, ARRAY_SIZE(p), &e), &e);
	CHECK(put_file("root/etc/new", "") < 0 && errno == EROFS);
	CHECK(has_text("root/etc/f", "f"));
	CHECK(put_file("root/work/new", "") < 0 && errno == EROFS);
	CHECK(strstr(mount_options("/tmp/root/work"), "ro,nosuid,nodev,noatime"));
	CHECK(strstr(mount_options("/tmp/root/proc/sys"), "ro,nosuid,noexec"));
	CHECK(open("root/proc/sys/kernel/hostname", O_WRONLY) < 0 && errno == EROFS);
	/* The tree, in one call or mount by mount. */
	CHECK(put_file("root/work/sub/new", "") < 0 && errno == EROFS);
	step_ctx_done(&ctx);
	return 0;
}

static void test_readonly(void **state)
{
	(void)state;
	in_world(try_readonly, NULL, NULL);
}

static void test_readonly_compat(void **state)
{
	(void)state;
	in_world(try_readonly, NULL, "openat2,mount-api,mount-setattr");
}

/* ROP-01: a mount below that is covered at the moment is one of them, or is so for good. */
static int try_readonly_covered(void *arg)
{
	struct plan_path p = { .path = "/work" };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	CHECK(mkdir("outer", 0755) == 0);
	CHECK(mount("t", "outer", "tmpfs", 0, NULL) == 0);
	CHECK(mkdir("outer/sub", 0755) == 0);
	CHECK(mount("t", "outer/sub", "tmpfs", 0, NULL) == 0);
	CHECK(put_file("outer/sub/below", "") == 0);
	CHECK(mount(NULL, "outer", NULL, MS_SHARED | MS_REC, NULL) == 0);
	CHECK(mount("outer", "root/work", NULL, MS_BIND | MS_REC, NULL) == 0);
	CHECK(mount(NULL, "root/work", NULL, MS_SLAVE | MS_REC, NULL) == 0);
	CHECK(mount("cover", "outer/sub", "tmpfs", 0, NULL) == 0);
	CHECK(access("root/work/sub/below", F_OK) < 0);
	CHECK_OK(readonly(&ctx, &p, 1, &e), &e);
	CHECK(umount("outer/sub") == 0);
	CHECK(access("outer/sub/below", F_OK) == 0);
	CHECK(put_file("root/work/sub/new", "") < 0 && errno == EROFS);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(readonly_covered)

/* A path of the image cannot lead a mask outside. */
static int try_outside(void *arg)
{
	struct plan_path p[] = { { .path = "/a" }, { .path = "/b/secret" },
		{ .path = "/c" }, { .path = "/../../tmp/host" } };
	auto_error struct error e = ERROR_INIT;
	auto_free char *before = NULL;
	auto_free char *after = NULL;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(null_in_root() == 0);
	CHECK(symlink("/tmp/host", "root/a") == 0 &&
		symlink("../../host", "root/b") == 0);
	CHECK(symlink("/tmp/host/secret", "root/c") == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	before = canary();
	CHECK_OK(masks(&ctx, p, ARRAY_SIZE(p), &e), &e);
	CHECK_OK(readonly(&ctx, p, ARRAY_SIZE(p), &e), &e);
	after = canary();
	CHECK(strcmp(before, after) == 0);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(outside)

static void test_wanted(void **state)
{
	struct plan_path p = { .path = "/x" };
	struct plan plan = {
		.masked = &p, .n_masked = 1, .readonly = &p, .n_readonly = 1
	};

	(void)state;
	assert_false(step_null.wanted(&plan));
	assert_false(step_masked_paths.wanted(&plan));
	plan.mount_ns = true;
	assert_true(step_null.wanted(&plan));
	assert_true(step_masked_paths.wanted(&plan));
	assert_true(step_readonly_paths.wanted(&plan));
	plan.n_masked = plan.n_readonly = 0;
	assert_false(step_masked_paths.wanted(&plan));
	assert_false(step_readonly_paths.wanted(&plan));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_TESTS(masks),
		BOTH_TESTS(after_pivot),
		cmocka_unit_test(test_hostile_null),
		cmocka_unit_test(test_hostile_null_compat),
		BOTH_TESTS(subset),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_hidden_compat),
		BOTH_TESTS(null_over),
		BOTH_TESTS(top_covered),
		BOTH_TESTS(covered),
		cmocka_unit_test(test_readonly),
		cmocka_unit_test(test_readonly_compat),
		BOTH_TESTS(readonly_covered),
		BOTH_TESTS(outside),
		cmocka_unit_test(test_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
