/* SPDX-License-Identifier: Apache-2.0 */
/* The registry: its order obeys every constraint, and running and undoing go by it. */
#include "config.h"

#include "world.h"

#include <stdlib.h>

#include "base/cleanup.h"

static unsigned count(void)
{
	unsigned n = 0;

	while (steps_get(n))
		n++;
	return n;
}

static int index_of(const char *name)
{
	for (unsigned i = 0; steps_get(i); i++)
		if (strcmp(steps_get(i)->name, name) == 0)
			return (int)i;
	return -1;
}

static void test_after_is_obeyed(void **state)
{
	(void)state;
	for (unsigned i = 0; steps_get(i); i++) {
		const struct step *s = steps_get(i);

		for (size_t k = 0; s->after && s->after[k]; k++) {
			int other = index_of(s->after[k]);

			if (other < 0)
				fail_msg("%s comes after %s, which is no step", s->name,
					s->after[k]);
			if (other >= (int)i)
				fail_msg("%s must come after %s: %s", s->name,
					s->after[k], s->why);
		}
	}
}

static void test_phases_ascend(void **state)
{
	(void)state;
	for (unsigned i = 1; steps_get(i); i++) {
		const struct step *a = steps_get(i - 1);
		const struct step *b = steps_get(i);

		assert_true(a->actor <= b->actor);
		if (a->actor == b->actor)
			assert_true(a->phase <= b->phase);
	}
}

static void test_steps_are_complete(void **state)
{
	(void)state;
	assert_true(count() > 30 && count() <= 64);
	for (unsigned i = 0; steps_get(i); i++) {
		const struct step *s = steps_get(i);

		assert_non_null(s->name);
		assert_non_null(s->apply);
		/* Each has its reason, or there would be no order to obey. */
		if (!s->why || strlen(s->why) < 10)
			fail_msg("%s does not say why it is where it is", s->name);
		if (index_of(s->name) != (int)i)
			fail_msg("two steps are called %s", s->name);
		if (s->undo)
			assert_int_equal(s->actor, ACTOR_PARENT);
	}
	assert_null(steps_get(count()));
}

/* What must never be turned round, whatever the data says. */
static void test_security_order(void **state)
{
	static const char *const pairs[][2] = {
		{ "bounding", "ids" },
		{ "ids", "caps" },
		{ "caps", "no-new-privileges" },
		{ "no-new-privileges", "seccomp" },
		{ "seccomp-early", "bounding" },
		{ "sysctl", "readonly-paths" },
		{ "masked-paths", "caps" },
		{ "devices", "readonly-root" },
		{ "fds", "seccomp-early" },
		{ "handles", "seccomp-early" },
		{ "handles", "exec-lookup" },
		{ "seccomp", "start-hooks" },
		{ "start-hooks", "signals-last" },
		{ "caps", "exec-lookup" },
		{ "pivot", "cwd" },
		{ "null", "pivot" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		assert_true(index_of(pairs[i][0]) >= 0);
		if (index_of(pairs[i][0]) >= index_of(pairs[i][1]))
			fail_msg("%s after %s", pairs[i][0], pairs[i][1]);
	}
}

static int count_each(void *arg, unsigned index, const struct step *s)
{
	unsigned *n = arg;

	assert_int_equal(index, *n);
	assert_ptr_equal(s, steps_get(index));
	return ++*n == 7 ? 42 : 0;
}

static void test_each_stops(void **state)
{
	unsigned n = 0;

	(void)state;
	assert_int_equal(steps_each(count_each, &n), 42);
	assert_int_equal(n, 7);
}

static unsigned last_progress;

static void progress(struct step_ctx *ctx, unsigned index)
{
	(void)ctx;
	last_progress = index;
}

/* A plan that asks for something that must fail: the error names the step. */
static void test_failure_names_the_step(void **state)
{
	struct plan_hierarchy h = {
		.mountpoint = "/nowhere/at/all", .path = "davit/x", .required = true
	};
	struct plan_cgroup cg = { .hierarchies = &h, .n_hierarchies = 1 };
	struct plan plan = { .cgroup = &cg };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	int at = index_of("cgroup");

	(void)state;
	step_ctx_init(&ctx, &plan);
	ctx.progress = progress;
	assert_int_equal(steps_run(ACTOR_PARENT, PHASE_BEFORE, &ctx, &e), -ENOENT);
	assert_string_equal(e.step, "cgroup (parent)");
	assert_string_equal(e.call, "open");
	assert_non_null(strstr(e.doing, "davit/x"));
	assert_int_equal(last_progress, at);
	/* It failed half-way, so it is undone as well. */
	assert_true(ctx.applied[at]);
	steps_undo(ACTOR_PARENT, &ctx);
	assert_false(ctx.applied[at]);
	step_ctx_done(&ctx);
}

static void test_unwanted_steps_are_skipped(void **state)
{
	struct plan plan = { .id = "x" };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;

	(void)state;
	step_ctx_init(&ctx, &plan);
	assert_int_equal(steps_run(ACTOR_PARENT, PHASE_BEFORE, &ctx, &e), 0);
	assert_int_equal(steps_run(ACTOR_INIT, PHASE_NAMESPACES, &ctx, &e), 0);
	assert_int_equal(steps_run(ACTOR_INIT, PHASE_RESTRICTED, &ctx, &e), 0);
	assert_int_equal(steps_run(ACTOR_INIT, PHASE_FINAL, &ctx, &e), 0);
	for (unsigned i = 0; steps_get(i); i++)
		assert_false(ctx.applied[i]);
	step_ctx_done(&ctx);
}

static void test_origin(void **state)
{
	auto_error struct error e = ERROR_INIT;

	(void)state;
	err_sys(&e, EPERM, "mount", "cannot");
	step_origin(&e, 0, 0, NULL);
	assert_null(e.path);
	step_origin(&e, 67, 9, "mounts[0]");
	assert_string_equal(e.path, "mounts[0]");
	assert_int_equal(e.line, 67);
	assert_int_equal(e.column, 9);
	/* The first place stays. */
	step_origin(&e, 1, 1, "mounts[1]");
	assert_string_equal(e.path, "mounts[0]");
}

static void test_context_owns_descriptors(void **state)
{
	struct plan plan = { .id = "x" };
	struct step_ctx ctx;

	(void)state;
	step_ctx_init(&ctx, &plan);
	assert_true(ctx.rootfs_fd < 0 && ctx.v2_fd < 0 && ctx.tasks_fds[31] < 0);
	ctx.rootfs_fd = dup(0);
	ctx.tasks_fds[0] = dup(0);
	ctx.cgroup_fds[1] = ctx.v2_fd = dup(0);
	ctx.late = calloc(1, sizeof(*ctx.late));
	assert_non_null(ctx.late);
	ctx.late[0].fd = dup(0);
	ctx.n_late = 1;
	int fds[] = { ctx.rootfs_fd, ctx.tasks_fds[0], ctx.v2_fd, ctx.late[0].fd };
	step_ctx_done(&ctx);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		assert_int_equal(close(fds[i]), -1);
	step_ctx_done(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_after_is_obeyed),
		cmocka_unit_test(test_phases_ascend),
		cmocka_unit_test(test_steps_are_complete),
		cmocka_unit_test(test_security_order),
		cmocka_unit_test(test_each_stops),
		cmocka_unit_test(test_failure_names_the_step),
		cmocka_unit_test(test_unwanted_steps_are_skipped),
		cmocka_unit_test(test_origin),
		cmocka_unit_test(test_context_owns_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
