/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup: made, checked, written, entered, and gone again when something fails. */
#include "config.h"

#include "world.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

static const char *first_of(const char *const *list)
{
	for (; *list; list++) {
		char path[256];

		snprintf(path, sizeof(path), "%s/davit-probe-%d", *list, (int)getpid());
		if (mkdir(path, 0755) == 0 && rmdir(path) == 0)
			return *list;
	}
	return NULL;
}

static const char *v1_pids(void)
{
	return first_of((const char *const[]){ "/sys/fs/cgroup/pids", NULL });
}

static const char *v1_cpuset(void)
{
	return first_of((const char *const[]){ "/sys/fs/cgroup/cpuset", NULL });
}

static const char *v2_mount(void)
{
	struct stat st;
	const char *const list[] = { "/sys/fs/cgroup/unified", "/sys/fs/cgroup", NULL };

	for (size_t i = 0; list[i]; i++) {
		char path[256];

		snprintf(path, sizeof(path), "%s/cgroup.controllers", list[i]);
		if (stat(path, &st) == 0)
			return first_of((const char *const[]){ list[i], NULL });
	}
	return NULL;
}

#define NEED(mount)                                                               \
	do {                                                                      \
		if (!(mount)) {                                                   \
			fprintf(stderr, "SKIP: no such hierarchy to write to\n"); \
			skip();                                                   \
		}                                                                 \
	} while (0)

static char base[64], path[128];

static void name_paths(void)
{
	snprintf(base, sizeof(base), "davit-unit-%d", (int)getpid());
	snprintf(path, sizeof(path), "%s/middle/box", base);
}

static bool exists(const char *mount, const char *below)
{
	char name[512];

	snprintf(name, sizeof(name), "%s/%s", mount, below);
	return access(name, F_OK) == 0;
}

static bool file_has(const char *mount, const char *file, const char *text)
{
	char name[512];

	snprintf(name, sizeof(name), "%s/%s/%s", mount, path, file);
	return has_text(name, text);
}

static bool contains(const char *mount, pid_t pid)
{
	char name[512];
	auto_file FILE *f = NULL;
	int is;

	snprintf(name, sizeof(name), "%s/%s/cgroup.procs", mount, path);
	f = fopen(name, "re");
	while (f && fscanf(f, "%d", &is) == 1)
		if (is == pid)
			return true;
	return false;
}

static int apply(struct step_ctx *ctx, struct plan *plan, struct error *e)
{
	step_ctx_init(ctx, plan);
	err_done(e);
	return steps_run(ACTOR_PARENT, PHASE_BEFORE, ctx, e);
}

static void undo(struct step_ctx *ctx)
{
	steps_undo(ACTOR_PARENT, ctx);
	step_ctx_done(ctx);
}

static void test_v1(void **state)
{
	const char *pids[] = { "pids" };
	struct plan_hierarchy h = { .mountpoint = v1_pids(),
		.controllers = pids,
		.n_controllers = 1,
		.required = true };
	struct plan_write w[] = {
		{ .file = "pids.max", .value = "77" },
		{ .file = "no.such.file", .value = "1", .optional = true },
		{ .file = "pids.max", .value = "78", .late = true },
	};
	struct plan_cgroup cg = {
		.hierarchies = &h, .n_hierarchies = 1, .writes = w, .n_writes = 3
	};
	struct plan plan = { .cgroup = &cg };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	int status;
	pid_t pid;

	(void)state;
	NEED(h.mountpoint);
	name_paths();
	h.path = path;
	assert_int_equal(apply(&ctx, &plan, &e), 0);
	assert_int_equal(ctx.n_tasks, 1);
	assert_true(ctx.v2_fd < 0);
	assert_int_equal(ctx.cgroup_made[0], 3);
	assert_true(file_has(h.mountpoint, "pids.max", "77\n"));
	assert_int_equal(step_cgroup_late(&ctx, &e), 0);
	assert_true(file_has(h.mountpoint, "pids.max", "78\n"));
	/* The child enters by itself. */
	pid = fork();
	if (pid == 0)
		_exit(step_cgroup_enter(&ctx, &e) < 0 ||
			!contains(h.mountpoint, getpid()));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_false(contains(h.mountpoint, getpid()));
	undo(&ctx);
	assert_false(exists(h.mountpoint, base));
}

static void test_v1_cpuset(void **state)
{
	const char *cpuset[] = { "cpuset" };
	struct plan_hierarchy h = { .mountpoint = v1_cpuset(),
		.controllers = cpuset,
		.n_controllers = 1,
		.required = true,
		.copy_cpuset = true };
	struct plan_cgroup cg = { .hierarchies = &h, .n_hierarchies = 1 };
	struct plan plan = { .cgroup = &cg };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	int status;
	pid_t pid;

	(void)state;
	NEED(h.mountpoint);
	name_paths();
	h.path = path;
	assert_int_equal(apply(&ctx, &plan, &e), 0);
	assert_true(file_has(h.mountpoint, "cpuset.cpus", "0"));
	assert_true(file_has(h.mountpoint, "cpuset.mems", "0"));
	/* Empty ones would be ENOSPC here. */
	pid = fork();
	if (pid == 0)
		_exit(step_cgroup_enter(&ctx, &e) < 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	undo(&ctx);
	assert_false(exists(h.mountpoint, base));
}

static void test_v2(void **state)
{
	struct plan_devrule rule = {
		.allow = true, .type = 'a', .major = -1, .minor = -1, .access = 7
	};
	struct plan_hierarchy h = {
		.mountpoint = v2_mount(), .v2 = true, .required = true
	};
	struct plan_cgroup cg = { .hierarchies = &h,
		.n_hierarchies = 1,
		.devices_v2 = true,
		.devrules = &rule,
		.n_devrules = 1 };
	struct plan plan = { .cgroup = &cg };
	const char *wanted[] = { "nosuchcontroller" };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	pid_t pid;
	int status;

	(void)state;
	NEED(h.mountpoint);
	name_paths();
	h.path = path;
	/* What is only wanted may fail. */
	h.wanted = wanted;
	h.n_wanted = 1;
	if (apply(&ctx, &plan, &e) < 0)
		fail_msg("%s: %s", e.text, e.call ? e.call : "");
	assert_int_equal(ctx.n_tasks, 0);
	assert_int_equal(ctx.v2_fd, ctx.cgroup_fds[0]);
	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	assert_int_equal(step_cgroup_move(&ctx, pid, &e), 0);
	assert_true(contains(h.mountpoint, pid));
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	undo(&ctx);
	assert_false(exists(h.mountpoint, base));
	/* One that is needed may not. */
	h.controllers = wanted;
	h.n_controllers = 1;
	assert_true(apply(&ctx, &plan, &e) < 0);
	assert_non_null(strstr(e.doing, path));
	undo(&ctx);
	assert_false(exists(h.mountpoint, base));
}

/* Somebody else's cgroup is neither entered nor removed (CG-06, I3). */
static void test_stranger(void **state)
{
	struct plan_hierarchy h = { .mountpoint = v1_pids(), .required = false };
	struct plan_cgroup cg = { .hierarchies = &h, .n_hierarchies = 1 };
	struct plan plan = { .cgroup = &cg };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx mine;
	struct step_ctx ctx;
	pid_t pid;
	int status;

	(void)state;
	NEED(h.mountpoint);
	name_paths();
	h.path = path;
	assert_int_equal(apply(&mine, &plan, &e), 0);
	pid = fork();
	if (pid == 0) {
		if (step_cgroup_enter(&mine, &e) < 0)
			_exit(1);
		pause();
		_exit(0);
	}
	for (int i = 0; i < 500 && !contains(h.mountpoint, pid); i++)
		usleep(1000);
	/* Even where the hierarchy is not needed. */
	assert_int_equal(apply(&ctx, &plan, &e), -EBUSY);
	assert_int_equal(e.kind, ERR_STATE);
	assert_non_null(e.hint);
	undo(&ctx);
	assert_true(contains(h.mountpoint, pid));
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	/* Empty, it is taken, and left where it was found. */
	assert_int_equal(apply(&ctx, &plan, &e), 0);
	assert_int_equal(ctx.cgroup_made[0], 0);
	undo(&ctx);
	assert_true(exists(h.mountpoint, path));
	undo(&mine);
	assert_false(exists(h.mountpoint, base));
}

static void test_frozen(void **state)
{
	struct plan_hierarchy h = {
		.mountpoint = v2_mount(), .v2 = true, .required = true
	};
	struct plan_cgroup cg = { .hierarchies = &h, .n_hierarchies = 1 };
	struct plan plan = { .cgroup = &cg };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx mine;
	struct step_ctx ctx;
	char name[512];
	FILE *f;

	(void)state;
	NEED(h.mountpoint);
	name_paths();
	h.path = path;
	assert_int_equal(apply(&mine, &plan, &e), 0);
	snprintf(name, sizeof(name), "%s/%s/cgroup.freeze", h.mountpoint, path);
	f = fopen(name, "we");
	assert_true(f && fputs("1", f) >= 0 && fclose(f) == 0);
	assert_int_equal(apply(&ctx, &plan, &e), -EBUSY);
	assert_non_null(strstr(e.text, "frozen"));
	undo(&ctx);
	undo(&mine);
	assert_false(exists(h.mountpoint, base));
}

/* A write that fails: the place in the configuration, and nothing left. */
static void test_failed_write(void **state)
{
	struct plan_hierarchy h = { .mountpoint = v1_pids(), .required = true };
	struct plan_write w = { .file = "pids.max",
		.value = "rubbish",
		.at_line = 40,
		.at_column = 2,
		.at_path = "linux.resources.pids.limit" };
	struct plan_cgroup cg = {
		.hierarchies = &h, .n_hierarchies = 1, .writes = &w, .n_writes = 1
	};
	struct plan plan = { .cgroup = &cg };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;

	(void)state;
	NEED(h.mountpoint);
	name_paths();
	h.path = path;
	assert_int_equal(apply(&ctx, &plan, &e), -EINVAL);
	assert_string_equal(e.path, "linux.resources.pids.limit");
	assert_non_null(strstr(e.text, "rubbish"));
	undo(&ctx);
	assert_false(exists(h.mountpoint, base));
	w.file = "pids.nothing";
	assert_int_equal(apply(&ctx, &plan, &e), -ENOENT);
	undo(&ctx);
	w.hierarchy = 5;
	assert_int_equal(apply(&ctx, &plan, &e), -ENODEV);
	undo(&ctx);
	assert_false(exists(h.mountpoint, base));
}

/* What is not needed may be missing; a neighbour made meanwhile in our folder stays. */
static void test_optional_and_neighbour(void **state)
{
	struct plan_hierarchy h[] = {
		{ .mountpoint = "/no/such/hierarchy", .path = "x" },
		{ .mountpoint = v1_pids(), .required = true },
	};
	struct plan_cgroup cg = { .hierarchies = h, .n_hierarchies = 2 };
	struct plan plan = { .cgroup = &cg };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	char name[512];

	(void)state;
	NEED(h[1].mountpoint);
	name_paths();
	h[1].path = path;
	assert_int_equal(apply(&ctx, &plan, &e), 0);
	assert_true(ctx.cgroup_fds[0] < 0 && ctx.cgroup_fds[1] >= 0);
	snprintf(name, sizeof(name), "%s/%s/neighbour", h[1].mountpoint, base);
	assert_int_equal(mkdir(name, 0755), 0);
	undo(&ctx);
	assert_false(exists(h[1].mountpoint, path));
	assert_int_equal(access(name, F_OK), 0);
	assert_int_equal(rmdir(name), 0);
	*strrchr(name, '/') = '\0';
	assert_int_equal(rmdir(name), 0);
}

static void test_not_wanted(void **state)
{
	struct plan_cgroup cg = { .driver = PLAN_CGROUP_DISABLED };
	struct plan plan = { .cgroup = NULL };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;

	(void)state;
	assert_int_equal(apply(&ctx, &plan, &e), 0);
	assert_int_equal(step_cgroup_late(&ctx, &e), 0);
	assert_int_equal(step_cgroup_move(&ctx, getpid(), &e), 0);
	assert_int_equal(step_cgroup_enter(&ctx, &e), 0);
	plan.cgroup = &cg;
	assert_int_equal(apply(&ctx, &plan, &e), 0);
	undo(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v1),
		cmocka_unit_test(test_v1_cpuset),
		cmocka_unit_test(test_v2),
		cmocka_unit_test(test_stranger),
		cmocka_unit_test(test_frozen),
		cmocka_unit_test(test_failed_write),
		cmocka_unit_test(test_optional_and_neighbour),
		cmocka_unit_test(test_not_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
