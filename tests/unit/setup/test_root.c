/* SPDX-License-Identifier: Apache-2.0 */
/* The root: its mount, pivot, chroot, propagation, read-only. */
#include "config.h"

#include "world.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sync/message.h"
#include "sys/mount.h"
#include "sys/mountinfo.h"

static int count_mount(void *arg, const struct mountinfo *m)
{
	int *n = arg;

	(void)m;
	++*n;
	return 0;
}

static int one_tree(void)
{
	int n = 0;

	return mountinfo_each(count_mount, &n, NULL) < 0 ? -1 : n;
}

static int try_pivot(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(put_file("root/here", "inside") == 0);
	CHECK(mount("proc", "root/proc", "proc", 0, NULL) == 0);
	CHECK(mount("t", "root/work", "tmpfs", 0, NULL) == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	CHECK(world_pivot(&ctx, &e) == 0);
	CHECK(has_text("/here", "inside"));
	/* The mounts below the root file system came along, and nothing else is there (B13). */
	CHECK(strcmp(mount_type("/work"), "tmpfs") == 0);
	CHECK(one_tree() == 3);
	CHECK(access("/tmp/host/secret", F_OK) < 0);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(pivot)

/* B11: the host's own root as root file system. */
static int try_host_root(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan = {
		.mount_ns = true, .rootfs = "/", .propagation = MS_SLAVE | MS_REC
	};

	(void)arg;
	step_ctx_init(&ctx, &plan);
	CHECK_OK(step_root.apply(&ctx, &e), &e);
	CHECK_OK(step_pivot.apply(&ctx, &e), &e);
	CHECK(has_text("/tmp/host/secret", "canary"));
	step_ctx_done(&ctx);
	return 0;
}
BOTH(host_root)

/* Whatever the propagation, nothing of ours shows up on the host. */
static int try_propagation(void *arg)
{
	static const uint32_t kinds[] = { MS_SLAVE | MS_REC, MS_PRIVATE | MS_REC,
		MS_SHARED | MS_REC, MS_SHARED, 0 };
	int before;

	CHECK(mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL) == 0);
	/* A folder of a shared mount: the case that must be made private (PROP-03). */
	before = one_tree();
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		int status;
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			auto_error struct error e = ERROR_INIT;
			struct plan plan = { .mount_ns = true,
				.rootfs = "/tmp/root",
				.propagation = kinds[i] };
			struct step_ctx ctx;
			int r;

			step_ctx_init(&ctx, &plan);
			if (unshare(CLONE_NEWNS) < 0)
				_exit(2);
			/* 0: a joined mount namespace is taken as it is. */
			if (kinds[i] == 0 &&
				mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
				_exit(3);
			r = step_root.apply(&ctx, &e);
			if (r == 0)
				r = step_pivot.apply(&ctx, &e);
			if (r < 0)
				fprintf(stderr, "propagation %zu: %s: %s: %s\n", i,
					e.doing ? e.doing : "", e.text,
					e.call ? e.call : "");
			step_ctx_done(&ctx);
			_exit(r < 0);
		}
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
		CHECK(one_tree() == before);
	}
	(void)arg;
	return 0;
}
BOTH(propagation)

static int try_root_propagation(void *arg)
{
	static const struct {
		uint32_t flags;
		const char *tag;
	} rows[] = { { MS_SHARED, "shared:" }, { MS_UNBINDABLE, "unbindable" },
		{ MS_PRIVATE | MS_REC, "" } };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;
	char line[256];

	(void)arg;
	CHECK(mount("proc", "root/proc", "proc", 0, NULL) == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	CHECK(world_pivot(&ctx, &e) == 0);
	CHECK(!step_root_propagation.wanted(&plan));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_file FILE *f = NULL;

		plan.root_propagation = rows[i].flags;
		CHECK(step_root_propagation.wanted(&plan));
		CHECK_OK(step_root_propagation.apply(&ctx, &e), &e);
		f = fopen("/proc/self/mountinfo", "re");
		CHECK(f && fgets(line, sizeof(line), f));
		CHECK(strstr(line, rows[i].tag));
		CHECK(rows[i].tag[0] ||
			(!strstr(line, "shared") && !strstr(line, "unbind")));
	}
	step_ctx_done(&ctx);
	return 0;
}
BOTH(root_propagation)

static int try_readonly(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(mount("t", "root/work", "tmpfs", 0, NULL) == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	CHECK(!step_readonly_root.wanted(&plan));
	plan.rootfs_readonly = true;
	CHECK(step_readonly_root.wanted(&plan));
	CHECK_OK(step_readonly_root.apply(&ctx, &e), &e);
	CHECK(put_file("/tmp/root/new", "") < 0 && errno == EROFS);
	/* Mounts are their own business (ROOT-02). */
	CHECK(put_file("/tmp/root/work/new", "") == 0);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(readonly)

/* ROOT-03 */
static int try_chroot(void *arg)
{
	struct plan plan = { .rootfs = "/tmp/root" };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct stat st;

	(void)arg;
	CHECK(put_file("root/here", "inside") == 0);
	step_ctx_init(&ctx, &plan);
	CHECK_OK(step_root.apply(&ctx, &e), &e);
	CHECK_OK(step_pivot.apply(&ctx, &e), &e);
	CHECK(has_text("/here", "inside"));
	CHECK(stat("here", &st) == 0);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(chroot)

static int try_errors(void *arg)
{
	struct plan plan = { .mount_ns = true, .rootfs = "/tmp/missing" };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;

	(void)arg;
	step_ctx_init(&ctx, &plan);
	CHECK_FAILS(step_root.apply(&ctx, &e), ENOENT, &e);
	CHECK(strstr(e.text, "/tmp/missing") && strcmp(e.call, "open") == 0);
	plan.rootfs = "/tmp/host/secret";
	err_done(&e);
	CHECK_FAILS(step_root.apply(&ctx, &e), ENOTDIR, &e);
	CHECK(ctx.rootfs_fd < 0);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(errors)

static uint32_t asked;

static int answer(struct step_ctx *ctx, int kind, uint32_t arg, int *fd, struct error *e)
{
	CHECK(kind == MSG_NEED_MOUNT);
	asked = arg;
	if (seteuid(0) < 0)
		return -errno;
	*fd = step_mount_open(ctx->plan, arg, 0, e);
	return *fd < 0 ? *fd : 0;
}

/* A path that the user namespace's root cannot search: the mount comes from outside, on "/". */
static int try_ask_parent(void *arg)
{
	struct plan plan = { .mount_ns = true,
		.rootfs = "/tmp/locked/root",
		.private_flags = CLONE_NEWNS | CLONE_NEWUSER,
		.propagation = 0 };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;

	(void)arg;
	CHECK(mkdir("locked", 0700) == 0 && mkdir("locked/root", 0755) == 0);
	CHECK(put_file("locked/root/here", "inside") == 0);
	step_ctx_init(&ctx, &plan);
	ctx.ask = answer;
	CHECK(seteuid(1000) == 0);
	CHECK_OK(step_root.apply(&ctx, &e), &e);
	CHECK(asked == UINT32_MAX);
	CHECK_OK(step_pivot.apply(&ctx, &e), &e);
	CHECK(has_text("/here", "inside"));
	step_ctx_done(&ctx);
	return 0;
}

static void test_ask_parent(void **state)
{
	(void)state;
	in_world(try_ask_parent, NULL, NULL);
}

/* The same for real: in a user namespace whose ids may not search the folder, on top of "/". */
static int fds[2];

static int hand_over(
	struct step_ctx *ctx, int kind, uint32_t arg, int *fd, struct error *e)
{
	(void)ctx;
	(void)kind;
	(void)arg;
	(void)e;
	*fd = fds[0];
	return 0;
}

static int try_on_top(void *arg)
{
	struct plan plan = { .mount_ns = true,
		.rootfs = "/tmp/locked/root",
		.private_flags = CLONE_NEWNS | CLONE_NEWUSER };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	char map[64];
	int go[2];
	int ready[2];
	pid_t pid;
	char c;
	int status;

	(void)arg;
	CHECK(mkdir("locked", 0700) == 0 && mkdir("locked/root", 0755) == 0);
	CHECK(put_file("locked/root/here", "inside") == 0);
	fds[0] = step_mount_open(&plan, UINT32_MAX, 0, &e);
	CHECK_OK(fds[0], &e);
	CHECK(pipe(go) == 0 && pipe(ready) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		int r;

		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
			_exit(2);
		close(go[1]);
		close(ready[1]);
		if (read(go[0], &c, 1) != 0)
			_exit(3);
		step_ctx_init(&ctx, &plan);
		ctx.ask = hand_over;
		r = setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0 ? -errno : 0;
		if (r == 0)
			r = step_root.apply(&ctx, &e);
		if (r == 0)
			r = step_pivot.apply(&ctx, &e);
		if (r < 0)
			fprintf(stderr, "%s: %s: %s: %s\n", e.doing ? e.doing : "",
				e.text ? e.text : "", e.call ? e.call : "", err_name(r));
		_exit(r < 0 || !has_text("/here", "inside"));
	}
	close(go[0]);
	close(ready[1]);
	/* The maps, when the child has its namespace. */
	CHECK(read(ready[0], &c, 1) == 0);
	for (int i = 0; i < 2; i++) {
		snprintf(map, sizeof(map), "/proc/%d/%s", (int)pid,
			i ? "uid_map" : "gid_map");
		FILE *f = fopen(map, "we");

		CHECK(f && fputs("0 100000 65536\n", f) >= 0 && fclose(f) == 0);
	}
	close(go[1]);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	return 0;
}

static void test_on_top_of_the_root(void **state)
{
	(void)state;
	in_world(try_on_top, NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_TESTS(pivot),
		BOTH_TESTS(host_root),
		BOTH_TESTS(propagation),
		BOTH_TESTS(root_propagation),
		BOTH_TESTS(readonly),
		BOTH_TESTS(chroot),
		BOTH_TESTS(errors),
		cmocka_unit_test(test_ask_parent),
		cmocka_unit_test(test_on_top_of_the_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
