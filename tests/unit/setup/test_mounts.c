/* SPDX-License-Identifier: Apache-2.0 */
/* The mount list: kinds, attributes, safety of targets (B1 to B5), what comes late. */
#include "config.h"

#include "world.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sync/message.h"
#include "sys/syscalls.h"

static int run(struct step_ctx *ctx, struct plan_mount *m, size_t n, struct error *e)
{
	struct plan *plan = (struct plan *)(uintptr_t)ctx->plan;

	plan->mounts = m;
	plan->n_mounts = n;
	err_done(e);
	return step_mounts.apply(ctx, e);
}

static int begin(struct step_ctx *ctx, struct plan *plan, struct error *e)
{
	return world_begin(ctx, plan, e);
}

static int try_kinds(void *arg)
{
	const char *data[] = { "size=64k", "mode=1777" };
	uint32_t slave[] = { MS_SLAVE };
	struct plan_mount m[] = {
		{ .target = "/proc",
			.fs = "proc",
			.source = "proc",
			.strict = true,
			.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC },
		{ .target = "/new/tmp",
			.fs = "tmpfs",
			.source = "mine",
			.data = data,
			.n_data = 2,
			.set = MOUNT_ATTR_NOSUID },
		{ .kind = PLAN_MOUNT_BIND,
			.target = "/data",
			.source = "/tmp/host/dir",
			.set = MOUNT_ATTR_RDONLY,
			.propagation = slave,
			.n_propagation = 1 },
		{ .kind = PLAN_MOUNT_BIND,
			.target = "/etc/secret",
			.source = "/tmp/host/secret" },
		{ .kind = PLAN_MOUNT_REMOUNT,
			.target = "/etc/secret",
			.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC },
	};
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;
	struct stat st;

	(void)arg;
	CHECK(begin(&ctx, &plan, &e) == 0);
	CHECK_OK(run(&ctx, m, ARRAY_SIZE(m), &e), &e);
	CHECK(strcmp(mount_type("/tmp/root/proc"), "proc") == 0);
	CHECK(strstr(mount_options("/tmp/root/proc"), "nosuid,nodev,noexec"));
	CHECK(strcmp(mount_type("/tmp/root/new/tmp"), "tmpfs") == 0);
	CHECK(strstr(mount_options("/tmp/root/new/tmp"), "rw,nosuid"));
	CHECK(stat("/tmp/root/new/tmp", &st) == 0 && (st.st_mode & 07777) == 01777);
	CHECK(strncmp(mount_options("/tmp/root/data"), "ro", 2) == 0);
	CHECK(has_text("/tmp/root/data/file", "canary"));
	CHECK(strstr(mount_options("/tmp/root/etc/secret"), "ro"));
	CHECK(strstr(mount_options("/tmp/root/etc/secret"), "noexec"));
	CHECK(open("/tmp/root/etc/secret", O_WRONLY) < 0 && errno == EROFS);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(kinds)

/* tmpfs: the covered folder's mode, and only when asked for (MNT-08). */
static int try_cover_mode(void *arg)
{
	struct plan_mount m[] = {
		{ .target = "/work", .fs = "tmpfs", .cover_mode = true },
		{ .target = "/etc", .fs = "tmpfs" },
	};
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;
	struct stat st;

	(void)arg;
	CHECK(begin(&ctx, &plan, &e) == 0);
	CHECK(chmod("/tmp/root/work", 02751) == 0 && chmod("/tmp/root/etc", 0700) == 0);
	CHECK_OK(run(&ctx, m, 2, &e), &e);
	CHECK(stat("/tmp/root/work", &st) == 0 && (st.st_mode & 07777) == 02751);
	CHECK(stat("/tmp/root/etc", &st) == 0 && (st.st_mode & 07777) == 01777);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(cover_mode)

static int try_late_readonly(void *arg)
{
	struct plan_mount m[] = {
		{ .target = "/dev",
			.fs = "tmpfs",
			.set = MOUNT_ATTR_RDONLY,
			.sb_flags = MS_RDONLY,
			.late_readonly = true },
		{ .target = "/dev/shm",
			.fs = "tmpfs",
			.set = MOUNT_ATTR_RDONLY,
			.late_readonly = true },
	};
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(begin(&ctx, &plan, &e) == 0);
	CHECK_OK(run(&ctx, m, 2, &e), &e);
	CHECK(step_readonly_mounts.wanted(&plan));
	CHECK(put_file("/tmp/root/dev/x", "") == 0);
	CHECK_OK(step_readonly_mounts.apply(&ctx, &e), &e);
	CHECK(put_file("/tmp/root/dev/y", "") < 0 && errno == EROFS);
	CHECK(put_file("/tmp/root/dev/shm/y", "") < 0 && errno == EROFS);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(late_readonly)

static int try_tmpcopyup(void *arg)
{
	struct plan_mount m[] = {
		{ .target = "/etc",
			.fs = "tmpfs",
			.tmpcopyup = true,
			.set = MOUNT_ATTR_RDONLY },
	};
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(begin(&ctx, &plan, &e) == 0);
	CHECK(put_file("/tmp/root/etc/motd", "hello") == 0);
	CHECK_OK(run(&ctx, m, 1, &e), &e);
	CHECK(strcmp(mount_type("/tmp/root/etc"), "tmpfs") == 0);
	CHECK(has_text("/tmp/root/etc/motd", "hello"));
	CHECK(put_file("/tmp/root/etc/y", "") < 0 && errno == EROFS);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(tmpcopyup)

/* --- B1: shapes of targets --- */

static char long_path[4096], long_name[300];

static const char *const targets[] = { "/abs/x", "/abs", "/rel", "/rel/dir", "/chain",
	"/dangling", "/loop", "/slash/", "/../../../tmp/host", "/a/../../tmp/host/dir",
	"/magic/tmp/host", "/proc/self/root/tmp/host", "/proc/self/cwd/host",
	"/proc/1/root/tmp/host/dir", "/new\nline", "/up", "/dev/../../host", long_path,
	long_name, "/secret", "/filelink" };

static int links(void)
{
	static const char *const rows[][2] = {
		{ "root/abs", "/tmp/host" },
		{ "root/rel", "../../../../tmp/host" },
		{ "root/chain", "chain2" },
		{ "root/chain2", "/chain3" },
		{ "root/chain3", "../host" },
		{ "root/dangling", "/tmp/host/new" },
		{ "root/loop", "loop2" },
		{ "root/loop2", "loop" },
		{ "root/slash", "/tmp/host/" },
		{ "root/magic", "/proc/self/root" },
		{ "root/up", ".." },
		{ "root/secret", "/tmp/host/secret" },
		{ "root/filelink", "../../tmp/host/newfile" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CHECK(symlink(rows[i][1], rows[i][0]) == 0);
	CHECK(mount("proc", "root/proc", "proc", 0, NULL) == 0);
	for (size_t i = 0; i < 4095; i += 2)
		memcpy(long_path + i, "/d", 2);
	long_path[4095] = '\0';
	memset(long_name, 'n', 256);
	long_name[0] = '/';
	return 0;
}

struct shape {
	const char *target;
	unsigned kind;
};

/* Whatever comes of it, nothing outside of the root may change. */
static int try_shape(void *arg)
{
	struct shape *s = arg;
	struct plan_mount m = { .target = s->target, .fs = "tmpfs" };
	auto_error struct error e = ERROR_INIT;
	auto_free char *before = NULL;
	auto_free char *after = NULL;
	struct step_ctx ctx;
	struct plan plan;

	CHECK(links() == 0);
	CHECK(begin(&ctx, &plan, &e) == 0);
	if (s->kind == 1)
		m.fs = "proc";
	m.strict = s->kind == 1;
	if (s->kind >= 2) {
		m.kind = PLAN_MOUNT_BIND;
		m.source = s->kind == 2 ? "/tmp/root/work" : "/tmp/root/etc/f";
		CHECK(put_file("/tmp/root/etc/f", "f") == 0);
	}
	before = canary();
	if (run(&ctx, &m, 1, &e) < 0)
		CHECK(e.text && e.doing && strstr(e.doing, "mount"));
	after = canary();
	if (strcmp(before, after) != 0)
		fprintf(stderr, "target %s kind %u\n--- before\n%s--- after\n%s",
			s->target, s->kind, before, after);
	CHECK(strcmp(before, after) == 0);
	step_ctx_done(&ctx);
	return 0;
}

static void all_shapes(const char *without)
{
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		for (unsigned kind = 0; kind < 4; kind++) {
			struct shape s = { .target = targets[i], .kind = kind };

			in_world(try_shape, &s, without);
		}
	}
}

static void test_target_shapes(void **state)
{
	(void)state;
	all_shapes(NULL);
}

static void test_target_shapes_compat(void **state)
{
	(void)state;
	all_shapes("openat2,mount-api,mount-setattr");
}

/* A link inside is followed inside: that is what images have. */
static int try_inside_link(void *arg)
{
	struct plan_mount m = { .target = "/var/run", .fs = "tmpfs" };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(begin(&ctx, &plan, &e) == 0);
	CHECK(mkdir("root/var", 0755) == 0 && mkdir("root/run", 0755) == 0);
	CHECK(symlink("/run", "root/var/run") == 0);
	CHECK_OK(run(&ctx, &m, 1, &e), &e);
	CHECK(strcmp(mount_type("/tmp/root/run"), "tmpfs") == 0);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(inside_link)

/* --- B4, MNT-07 --- */

static int refuses(struct step_ctx *ctx, struct plan_mount m, int errnum)
{
	auto_error struct error e = ERROR_INIT;

	CHECK_FAILS(run(ctx, &m, 1, &e), errnum, &e);
	return 0;
}

static int try_proc_rules(void *arg)
{
	struct plan_mount proc = { .target = "/proc", .fs = "proc", .strict = true };
	struct plan_mount lxcfs = { .kind = PLAN_MOUNT_BIND,
		.target = "/proc/uptime",
		.source = "/tmp/host/secret" };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(begin(&ctx, &plan, &e) == 0);
	CHECK(refuses(&ctx, (struct plan_mount){ .target = "/proc", .fs = "tmpfs" },
		      EINVAL) == 0);
	CHECK(refuses(&ctx,
		      (struct plan_mount){ .kind = PLAN_MOUNT_BIND,
			      .target = "/proc",
			      .source = "/tmp/host" },
		      EINVAL) == 0);
	CHECK(refuses(&ctx,
		      (struct plan_mount){ .kind = PLAN_MOUNT_BIND,
			      .target = "/proc",
			      .source = "/proc/sys" },
		      EINVAL) == 0);
	CHECK_OK(run(&ctx, &proc, 1, &e), &e);
	CHECK_OK(run(&ctx, &lxcfs, 1, &e), &e);
	CHECK(has_text("/tmp/root/proc/uptime", "canary"));
	CHECK(refuses(&ctx, (struct plan_mount){ .target = "/proc/sys", .fs = "tmpfs" },
		      EINVAL) == 0);
	/* By a link of the image too. */
	CHECK(symlink("/proc/sys", "root/innocent") == 0);
	CHECK(refuses(&ctx, (struct plan_mount){ .target = "/innocent", .fs = "tmpfs" },
		      EINVAL) == 0);
	CHECK(refuses(&ctx,
		      (struct plan_mount){ .kind = PLAN_MOUNT_BIND,
			      .target = "/proc/version",
			      .source = "/tmp/host/secret" },
		      EINVAL) == 0);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(proc_rules)

static int try_bind_of_proc(void *arg)
{
	struct plan_mount proc = { .kind = PLAN_MOUNT_BIND,
		.target = "/proc",
		.source = "/proc",
		.recursive = true,
		.strict = true };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(begin(&ctx, &plan, &e) == 0);
	CHECK_OK(run(&ctx, &proc, 1, &e), &e);
	CHECK(strcmp(mount_type("/tmp/root/proc"), "proc") == 0);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(bind_of_proc)

static int try_strict(void *arg)
{
	static const char *const decoys[] = { "root/p", "root/q" };
	struct plan_mount m = { .fs = "proc", .strict = true };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(begin(&ctx, &plan, &e) == 0);
	CHECK(symlink("/work", decoys[0]) == 0);
	m.target = "/p";
	CHECK_FAILS(run(&ctx, &m, 1, &e), ENOTDIR, &e);
	CHECK(strstr(e.text, "no link"));
	/* A link on the way is one too. */
	m.target = "/p/proc";
	CHECK_FAILS(run(&ctx, &m, 1, &e), ENOTDIR, &e);
	CHECK(put_file(decoys[1], "") == 0);
	m.target = "/q";
	CHECK_FAILS(run(&ctx, &m, 1, &e), ENOTDIR, &e);
	m.target = "/made/for/it";
	CHECK_OK(run(&ctx, &m, 1, &e), &e);
	m.target = "/";
	CHECK_FAILS(run(&ctx, &m, 1, &e), EINVAL, &e);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(strict)

static int try_never_on_root(void *arg)
{
	static const char *const names[] = { "/", "/self", "/work/..", "/./" };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(begin(&ctx, &plan, &e) == 0);
	CHECK(symlink("/", "root/self") == 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct plan_mount m = { .target = names[i], .fs = "tmpfs" };

		CHECK_FAILS(run(&ctx, &m, 1, &e), EINVAL, &e);
		CHECK(strstr(e.text, "root"));
	}
	step_ctx_done(&ctx);
	return 0;
}
BOTH(never_on_root)

/* --- errors --- */

static int try_errors(void *arg)
{
	struct plan_mount m[] = {
		{ .target = "/work", .fs = "tmpfs" },
		{ .kind = PLAN_MOUNT_BIND,
			.target = "/data",
			.source = "/no/such/source",
			.at_line = 67,
			.at_column = 9,
			.at_path = "mounts[1]" },
	};
	struct plan_mount unknown = { .target = "/work", .fs = "nosuchfs" };
	const char *data[] = { "size=rubbish" };
	struct plan_mount option = {
		.target = "/work", .fs = "tmpfs", .data = data, .n_data = 1
	};
	struct plan_mount file = {
		.kind = PLAN_MOUNT_BIND, .target = "/work", .source = "/tmp/host/secret"
	};
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(begin(&ctx, &plan, &e) == 0);
	CHECK_FAILS(run(&ctx, m, 2, &e), ENOENT, &e);
	CHECK(strcmp(e.doing, "mount /no/such/source on /data") == 0);
	CHECK(strcmp(e.call, "open") == 0);
	CHECK(strcmp(e.path, "mounts[1]") == 0 && e.line == 67 && e.column == 9);
	CHECK_FAILS(run(&ctx, &unknown, 1, &e), ENODEV, &e);
	CHECK(strcmp(e.doing, "mount nosuchfs on /work") == 0);
	CHECK(e.hint && strstr(e.hint, "/proc/filesystems"));
	CHECK_FAILS(run(&ctx, &option, 1, &e), EINVAL, &e);
	/* A file on a folder. */
	CHECK_FAILS(run(&ctx, &file, 1, &e), EISDIR, &e);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(errors)

/* --- sources out of reach of a user namespace --- */

static uint32_t asked;

static int answer(struct step_ctx *ctx, int kind, uint32_t arg, int *fd, struct error *e)
{
	CHECK(kind == MSG_NEED_MOUNT);
	asked = arg;
	/* As the parent: it may search the folder. */
	if (seteuid(0) < 0)
		return -errno;
	*fd = step_mount_open(ctx->plan, arg, getpid(), e);
	return *fd < 0 ? *fd : 0;
}

static int try_ask_parent(void *arg)
{
	struct plan_mount m[] = {
		{ .target = "/work", .fs = "tmpfs" },
		{ .kind = PLAN_MOUNT_BIND,
			.target = "/data",
			.source = "/tmp/locked/dir",
			.set = MOUNT_ATTR_RDONLY },
	};
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(begin(&ctx, &plan, &e) == 0);
	CHECK(mkdir("locked", 0700) == 0 && mkdir("locked/dir", 0755) == 0);
	CHECK(put_file("locked/dir/f", "found") == 0);
	CHECK_OK(run(&ctx, m, 1, &e), &e);
	plan.private_flags |= CLONE_NEWUSER;
	ctx.ask = answer;
	/* Another euid without the right to search stands for the ids of a user namespace. */
	asked = 77;
	plan.mounts = m;
	plan.n_mounts = 2;
	m[0].kind = PLAN_MOUNT_REMOUNT;
	CHECK(seteuid(1000) == 0);
	CHECK(step_mounts.apply(&ctx, &e) <
		0); /* a remount is not allowed to that user */
	CHECK(seteuid(0) == 0);
	err_done(&e);
	plan.mounts = &m[1];
	plan.n_mounts = 1;
	CHECK(seteuid(1000) == 0);
	CHECK_OK(step_mounts.apply(&ctx, &e), &e);
	CHECK(asked == 0);
	CHECK(has_text("/tmp/root/data/f", "found"));
	CHECK(strncmp(mount_options("/tmp/root/data"), "ro", 2) == 0);
	step_ctx_done(&ctx);
	return 0;
}

static void test_ask_parent(void **state)
{
	(void)state;
	in_world(try_ask_parent, NULL, NULL);
}

/* The parent serves only what the plan says. */
static int try_mount_open(void *arg)
{
	struct plan_mount m = { .target = "/work", .fs = "tmpfs" };
	struct plan plan = { .mounts = &m,
		.n_mounts = 1,
		.rootfs = "/tmp/root",
		.propagation = MS_SLAVE | MS_REC };
	auto_error struct error e = ERROR_INIT;
	auto_fd int fd = -EBADF;

	(void)arg;
	CHECK_FAILS(step_mount_open(&plan, 0, 0, &e), EPROTO, &e);
	CHECK_FAILS(step_mount_open(&plan, 1, 0, &e), EPROTO, &e);
	fd = step_mount_open(&plan, UINT32_MAX, 0, &e);
	CHECK_OK(fd, &e);
	return 0;
}

static void test_mount_open(void **state)
{
	(void)state;
	in_world(try_mount_open, NULL, NULL);
}

static int try_cgroup1(void *arg)
{
	const char *cpu[] = { "cpu", "cpuacct" };
	struct plan_hierarchy h[] = {
		{ .mountpoint = "/tmp/cg/cpu,cpuacct",
			.path = "davit/x",
			.controllers = cpu,
			.n_controllers = 2,
			.required = true },
		{ .mountpoint = "/tmp/cg/none", .path = "x" },
	};
	/* What is not there is the caller's; what is there is not. */
	struct plan_hierarchy own[] = {
		{ .mountpoint = "/tmp/cg/cpu,cpuacct", .path = "" },
		{ .mountpoint = "/tmp/cg/none", .path = "" },
	};
	struct plan_cgroup cg = { .hierarchies = h, .n_hierarchies = 2 };
	struct plan_mount m = { .kind = PLAN_MOUNT_CGROUP1,
		.target = "/sys/fs/cgroup",
		.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;
	char text[64];

	(void)arg;
	CHECK(begin(&ctx, &plan, &e) == 0);
	CHECK(mkdir("cg", 0755) == 0 && mkdir("cg/cpu,cpuacct", 0755) == 0);
	CHECK(mkdir("cg/cpu,cpuacct/davit", 0755) == 0);
	CHECK(mkdir("cg/cpu,cpuacct/davit/x", 0755) == 0);
	CHECK(put_file("cg/cpu,cpuacct/davit/x/tasks", "t") == 0);
	CHECK(mkdir("cg/none", 0755) == 0 && put_file("cg/none/tasks", "own") == 0);
	plan.cgroup = &cg;
	plan.own_cgroups = own;
	plan.n_own_cgroups = 2;
	CHECK_OK(run(&ctx, &m, 1, &e), &e);
	CHECK(has_text("/tmp/root/sys/fs/cgroup/none/tasks", "own"));
	CHECK(has_text("/tmp/root/sys/fs/cgroup/cpu/tasks", "t"));
	CHECK(has_text("/tmp/root/sys/fs/cgroup/cpuacct/tasks", "t"));
	CHECK(readlink("/tmp/root/sys/fs/cgroup/cpu", text, sizeof(text)) > 0);
	CHECK(open("/tmp/root/sys/fs/cgroup/cpu/tasks", O_WRONLY) < 0 && errno == EROFS);
	CHECK(put_file("/tmp/root/sys/fs/cgroup/x", "") < 0 && errno == EROFS);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(cgroup1)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_TESTS(kinds),
		BOTH_TESTS(cover_mode),
		BOTH_TESTS(late_readonly),
		BOTH_TESTS(tmpcopyup),
		BOTH_TESTS(target_shapes),
		BOTH_TESTS(inside_link),
		BOTH_TESTS(proc_rules),
		BOTH_TESTS(bind_of_proc),
		BOTH_TESTS(strict),
		BOTH_TESTS(never_on_root),
		BOTH_TESTS(errors),
		cmocka_unit_test(test_ask_parent),
		cmocka_unit_test(test_mount_open),
		BOTH_TESTS(cgroup1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
