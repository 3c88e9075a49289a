/* SPDX-License-Identifier: Apache-2.0 */
/* resctrl groups, in a folder that stands for resctrl: builds for tests alone can pretend. */
#include "config.h"

#include "world.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define FAKE "/tmp/resctrl"

static char all[65536];

static const char *text_of(const char *path)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, all, sizeof(all) - 1);

	if (n < 0)
		return "(none)";
	all[n] = '\0';
	return all;
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* The tree, with the groups "old" (with schemata) and "plain". */
static int make_tree(bool monitoring)
{
	CHECK(setenv("DAVIT_TEST_RESCTRL", FAKE, 1) == 0);
	CHECK(mkdir(FAKE, 0755) == 0 && mkdir(FAKE "/info", 0755) == 0);
	CHECK(mkdir(FAKE "/old", 0755) == 0 && mkdir(FAKE "/plain", 0755) == 0);
	if (monitoring)
		CHECK(mkdir(FAKE "/mon_groups", 0755) == 0 &&
			mkdir(FAKE "/old/mon_groups", 0755) == 0);
	CHECK(put_file(FAKE "/tasks", "") == 0 && put_file(FAKE "/old/tasks", "") == 0);
	CHECK(put_file(FAKE "/plain/tasks", "") == 0);
	CHECK(put_file(FAKE "/schemata", "L3:0=fffff\n") == 0);
	CHECK(put_file(FAKE "/old/schemata",
		      "    MB:0=100;1= 20\n    L3:0=00fff;1=fffff\n") == 0);
	CHECK(put_file(FAKE "/info/last_cmd_status",
		      "mask f has non-consecutive 1-bits\n") == 0);
	return 0;
}

struct begun {
	struct plan plan;
	struct plan_rdt rdt;
	struct step_ctx ctx;
};

static void begin(struct begun *b, const char *group, const char *const *lines, size_t n)
{
	b->rdt = (struct plan_rdt){ .group = group ? group : "box",
		.own = !group,
		.lines = (const char **)lines,
		.n_lines = n,
		.at_line = 7,
		.at_path = "linux.intelRdt" };
	b->plan = (struct plan){ .id = "box", .rdt = &b->rdt };
	step_ctx_init(&b->ctx, &b->plan);
}

static int apply(struct begun *b, struct error *e)
{
	return step_rdt_group.apply(&b->ctx, e);
}

/* RDT-02, RDT-07, RDT-09, RDT-11 */
static int try_own(void *arg)
{
	static const char *const lines[] = { "L3:0=f", "MB:0=20", "L2:0=3" };
	auto_error struct error e = ERROR_INIT;
	struct step_rdt gone = { .group = "box", .id = "box", .own = true };
	struct begun b;

	(void)arg;
	CHECK(make_tree(false) == 0);
	begin(&b, NULL, lines, 3);
	CHECK(step_rdt_group.wanted(&b.plan));
	CHECK_OK(apply(&b, &e), &e);
	CHECK(strcmp(text_of(FAKE "/box/schemata"), "L3:0=f\nMB:0=20\nL2:0=3\n") == 0);
	CHECK(b.ctx.n_tasks == 1 && b.ctx.rdt_made && !b.ctx.rdt_mon_made);
	CHECK_OK(step_cgroup_enter(&b.ctx, &e), &e);
	CHECK(strcmp(text_of(FAKE "/box/tasks"), "0") == 0);
	step_ctx_done(&b.ctx);
	/* A second one of that name is somebody else's. */
	begin(&b, NULL, NULL, 0);
	CHECK_FAILS(apply(&b, &e), EEXIST, &e);
	CHECK(strcmp(e.path, "linux.intelRdt") == 0 && e.line == 7);
	step_rdt_group.undo(&b.ctx);
	CHECK(is_there(FAKE "/box"));
	CHECK_OK(step_rdt_remove(&gone, &e), &e);
	CHECK(!is_there(FAKE "/box"));
	CHECK_OK(step_rdt_remove(&gone, &e), &e);
	/* Without any line schemata is not written. */
	begin(&b, NULL, NULL, 0);
	CHECK_OK(apply(&b, &e), &e);
	CHECK(is_there(FAKE "/box/tasks") && !is_there(FAKE "/box/schemata"));
	step_rdt_group.undo(&b.ctx);
	CHECK(!is_there(FAKE "/box"));
	step_ctx_done(&b.ctx);
	b.plan.rdt = NULL;
	CHECK(!step_rdt_group.wanted(&b.plan));
	return 0;
}

/* RDT-08: which requests the values of "old" meet. */
static int try_compare(void *arg)
{
	static const struct {
		const char *lines[3];
		bool fits;
	} cases[] = {
		{ { "L3:0=fff" }, true },
		{ { "L3:0=fff;1=fffff" }, true },
		{ { "L3:1=FFFFF;0=0FFF" }, true },
		{ { " L3 : 0 = fff ; 1=fffff;" }, true },
		{ { "MB:0=100" }, true },
		{ { "MB:0=100;1=020", "L3:0=fff" }, true },
		{ { "L3:0=1", "L3:0=fff" },
			true }, /* the last one counts, as in a write */
		{ { "L3:0=ff" }, false },
		{ { "L3:0=fff0" }, false },
		{ { "L3:0=fff;2=f" }, false },
		{ { "MB:0=10" }, false },
		{ { "MB:0=1000" }, false },
		{ { "MB:0=100;1=21" }, false },
		{ { "L2:0=f" }, false },
		{ { "L3CODE:0=fff" }, false },
		{ { "L3:0=fff", "MB:1=0" }, false },
		{ { "L3:0=fff", "L3:0=1" }, false },
		{ { "L3:0" }, false },
	};

	(void)arg;
	CHECK(make_tree(false) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_error struct error e = ERROR_INIT;
		size_t n = 0;
		struct begun b;
		int r;

		while (n < 3 && cases[i].lines[n])
			n++;
		begin(&b, "old", cases[i].lines, n);
		r = apply(&b, &e);
		if (r != (cases[i].fits ? 0 : -EEXIST)) {
			fprintf(stderr, "case %zu: %d\n", i, r);
			return 1;
		}
		CHECK(!b.ctx.rdt_made);
		CHECK(b.ctx.n_tasks == (cases[i].fits ? 1u : 0u));
		step_rdt_group.undo(&b.ctx);
		step_ctx_done(&b.ctx);
		CHECK(is_there(FAKE "/old/schemata"));
	}
	CHECK(strncmp(text_of(FAKE "/old/schemata"), "    MB:0=100", 12) == 0);
	return 0;
}

/* RDT-03, RDT-09, RDT-10, RDT-11 */
static int try_named(void *arg)
{
	static const char *const line[] = { "L3:0=f" }, *const full[] = { "L3:0=fffff" };
	auto_error struct error e = ERROR_INIT;
	struct step_rdt gone = { .group = "new", .id = "box" };
	struct begun b;

	(void)arg;
	CHECK(make_tree(false) == 0);
	begin(&b, "plain", NULL, 0);
	CHECK_OK(apply(&b, &e), &e);
	CHECK(!b.ctx.rdt_made && b.ctx.n_tasks == 1);
	step_ctx_done(&b.ctx);
	begin(&b, "new", NULL, 0);
	CHECK_FAILS(apply(&b, &e), ENOENT, &e);
	CHECK(!is_there(FAKE "/new"));
	begin(&b, "new", line, 1);
	CHECK_OK(apply(&b, &e), &e);
	CHECK(b.ctx.rdt_made && strcmp(text_of(FAKE "/new/schemata"), "L3:0=f\n") == 0);
	step_ctx_done(&b.ctx);
	CHECK_OK(step_rdt_remove(&gone, &e), &e);
	CHECK(is_there(FAKE "/new"));
	/* The root: never made, never written, never removed. */
	begin(&b, "", full, 1);
	CHECK_OK(apply(&b, &e), &e);
	CHECK(!b.ctx.rdt_made && b.ctx.n_tasks == 1);
	step_ctx_done(&b.ctx);
	begin(&b, "", line, 1);
	CHECK_FAILS(apply(&b, &e), EEXIST, &e);
	CHECK(strcmp(text_of(FAKE "/schemata"), "L3:0=fffff\n") == 0);
	/* A failed create takes what it made with it, unless somebody has come in. */
	begin(&b, "mine", line, 1);
	CHECK_OK(apply(&b, &e), &e);
	step_rdt_group.undo(&b.ctx);
	CHECK(!is_there(FAKE "/mine"));
	step_ctx_done(&b.ctx);
	begin(&b, "mine", line, 1);
	CHECK_OK(apply(&b, &e), &e);
	CHECK(truncate(FAKE "/mine/tasks", 0) == 0);
	unlink(FAKE "/mine/tasks");
	CHECK(put_file(FAKE "/mine/tasks", "123\n") == 0);
	step_rdt_group.undo(&b.ctx);
	CHECK(is_there(FAKE "/mine"));
	step_ctx_done(&b.ctx);
	return 0;
}

/* RDT-12 */
static int try_monitoring(void *arg)
{
	static const char *const line[] = { "L3:0=f" };
	auto_error struct error e = ERROR_INIT;
	struct step_rdt gone = { .group = "old", .id = "box", .monitoring = true };
	struct begun b;

	(void)arg;
	CHECK(make_tree(true) == 0);
	begin(&b, "old", NULL, 0);
	b.rdt.monitoring = true;
	CHECK_OK(apply(&b, &e), &e);
	/* The group first: to enter it leaves every monitoring group. */
	CHECK(b.ctx.n_tasks == 2 && b.ctx.rdt_mon_made);
	CHECK_OK(step_cgroup_enter(&b.ctx, &e), &e);
	CHECK(strcmp(text_of(FAKE "/old/tasks"), "0") == 0);
	CHECK(strcmp(text_of(FAKE "/old/mon_groups/box/tasks"), "0") == 0);
	step_ctx_done(&b.ctx);
	begin(&b, "old", NULL, 0);
	b.rdt.monitoring = true;
	CHECK_FAILS(apply(&b, &e), EEXIST, &e);
	step_rdt_group.undo(&b.ctx);
	step_ctx_done(&b.ctx);
	/* A further process. */
	step_ctx_init(&b.ctx, &b.plan);
	CHECK_OK(step_rdt_enter(&b.ctx, &gone, &e), &e);
	CHECK(b.ctx.n_tasks == 2);
	step_ctx_done(&b.ctx);
	CHECK_OK(step_rdt_remove(&gone, &e), &e);
	CHECK(!is_there(FAKE "/old/mon_groups/box") && is_there(FAKE "/old"));
	step_ctx_init(&b.ctx, &b.plan);
	CHECK_FAILS(step_rdt_enter(&b.ctx, &gone, &e), ENOENT, &e);
	step_ctx_done(&b.ctx);
	/* With a group of its own. */
	begin(&b, NULL, line, 1);
	b.rdt.monitoring = true;
	CHECK_OK(apply(&b, &e), &e);
	CHECK(is_there(FAKE "/box/mon_groups/box/tasks"));
	step_rdt_group.undo(&b.ctx);
	CHECK(!is_there(FAKE "/box"));
	step_ctx_done(&b.ctx);
	/* A machine that cannot monitor. */
	CHECK(rmdir(FAKE "/old/mon_groups") == 0 && rmdir(FAKE "/mon_groups") == 0);
	begin(&b, NULL, line, 1);
	b.rdt.monitoring = true;
	CHECK_FAILS(apply(&b, &e), ENODEV, &e);
	step_rdt_group.undo(&b.ctx);
	CHECK(!is_there(FAKE "/box"));
	step_ctx_done(&b.ctx);
	return 0;
}

/* The kernel says no: its own words are in the error, and nothing is left. */
static int try_refused(void *arg)
{
	static const char *const line[] = { "L3:0=5" };
	auto_error struct error e = ERROR_INIT;
	struct begun b;

	(void)arg;
	CHECK(make_tree(false) == 0);
	/* A link is no group: EACCES stands for the kernel's EINVAL. */
	CHECK(symlink("plain", FAKE "/link") == 0);
	begin(&b, "link", NULL, 0);
	CHECK_FAILS(apply(&b, &e), ENOTDIR, &e);
	step_ctx_done(&b.ctx);
	CHECK(setenv("DAVIT_TEST_RESCTRL", "/dev/null", 1) == 0);
	begin(&b, NULL, line, 1);
	CHECK_FAILS(apply(&b, &e), ENOTDIR, &e);
	step_ctx_done(&b.ctx);
	CHECK(unsetenv("DAVIT_TEST_RESCTRL") == 0);
	begin(&b, NULL, line, 1);
	if (access("/sys/fs/resctrl/schemata", F_OK) < 0) {
		CHECK_FAILS(apply(&b, &e), ENODEV, &e);
		CHECK(e.hint && strstr(e.hint, "mount"));
	}
	step_ctx_done(&b.ctx);
	return 0;
}

#define ONE(name)                                                             \
	static void test_##name(void **state)                                 \
	{                                                                     \
		(void)state;                                                  \
		if (!DAVIT_TEST_HOOKS) {                                      \
			fprintf(stderr, "SKIP: needs --enable-test-hooks\n"); \
			skip();                                               \
		}                                                             \
		in_world(try_##name, NULL, NULL);                             \
	}
ONE(own)
ONE(compare)
ONE(named)
ONE(monitoring)
ONE(refused)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_named),
		cmocka_unit_test(test_monitoring),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
