/* SPDX-License-Identifier: Apache-2.0 */
/* The process of exec: the user's grammar, the command line over a process, and the file. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "spec/overlay.h"

/* G2: CVE-2026-30892 stored the user only when a group followed. */
static void user_grammar(void **state)
{
	static const struct {
		const char *text;
		uint32_t uid, gid;
		bool has_gid;
	} good[] = {
		{ "0", 0, 77, false },
		{ "1", 1, 77, false },
		{ "1:2", 1, 2, true },
		{ "0:0", 0, 0, true },
		{ "4294967294:4294967294", 4294967294u, 4294967294u, true },
	};
	static const char *const bad[] = { "", ":", "1:", ":1", "01", "00", "0x1", "+1",
		"-1", "-0", " 1", "1 ", "1\n", "1: 2", "1:02", "1:-2", "4294967295",
		"1:4294967295", "4294967296", "99999999999999999999", "1:2:3", "root",
		"1a", "a1", "1:root", "1.0", "1,2", "18446744073709551617",
		"1111111111111111111111111111111111111111" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		uint32_t uid = 99, gid = 77;
		bool has_gid = !good[i].has_gid;

		assert_int_equal(spec_user_parse(good[i].text, &uid, &gid, &has_gid), 0);
		assert_int_equal(uid, good[i].uid);
		assert_int_equal(gid, good[i].gid);
		assert_int_equal(has_gid, good[i].has_gid);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		uint32_t uid = 99, gid = 77;
		bool has_gid;

		if (spec_user_parse(bad[i], &uid, &gid, &has_gid) != -EINVAL)
			fail_msg("accepted \"%s\"", bad[i]);
		assert_int_equal(uid, 99);
		assert_int_equal(gid, 77);
	}
}

static void laid_over(void **state)
{
	static const char *env[] = { "A=1" };
	static const char *inheritable[] = { "CAP_KILL" };
	static const char *bounding[] = { "CAP_CHOWN" };
	uint32_t gids[] = { 5 };
	struct spec_user user = {
		.uid = 3, .gid = 4, .additional_gids = gids, .n_additional_gids = 1
	};
	struct spec_capabilities caps = { .bounding = bounding,
		.n_bounding = 1,
		.inheritable = inheritable,
		.n_inheritable = 1 };
	struct spec_process base = { .terminal = true,
		.cwd = "/",
		.env = env,
		.n_env = 1,
		.user = &user,
		.capabilities = &caps };
	static const char *const args[] = { "ls", "-l" };
	static const char *const more_env[] = { "B=2" };
	static const char *const more_gids[] = { "6" };
	static const char *const more_caps[] = { "CAP_KILL", "CAP_NET_RAW" };
	const struct spec_overlay o = { .args = args,
		.n_args = 2,
		.cwd = "/tmp",
		.env = more_env,
		.n_env = 1,
		.user = "9",
		.gids = more_gids,
		.n_gids = 1,
		.caps = more_caps,
		.n_caps = 2,
		.no_new_privs = true };
	auto_arena struct arena a = ARENA_INIT;
	struct spec_process p;

	(void)state;
	assert_int_equal(spec_overlay_apply(&base, &o, &a, &p, NULL), 0);
	assert_false(p.terminal);
	assert_int_equal(p.n_args, 2);
	assert_string_equal(p.args[1], "-l");
	assert_string_equal(p.cwd, "/tmp");
	assert_int_equal(p.n_env, 2);
	assert_string_equal(p.env[0], "A=1");
	assert_string_equal(p.env[1], "B=2");
	assert_int_equal(p.user->uid, 9);
	assert_int_equal(p.user->gid, 4);
	assert_int_equal(p.user->n_additional_gids, 2);
	assert_int_equal(p.user->additional_gids[1], 6);
	assert_int_equal(p.capabilities->n_bounding, 3);
	assert_int_equal(p.capabilities->n_effective, 2);
	assert_int_equal(p.capabilities->n_permitted, 2);
	/* G1 */
	assert_int_equal(p.capabilities->n_inheritable, 1);
	assert_int_equal(p.capabilities->n_ambient, 1);
	assert_string_equal(p.capabilities->ambient[0], "CAP_KILL");
	assert_true(p.no_new_privileges);
	/* What it came from is as it was. */
	assert_int_equal(user.uid, 3);
	assert_int_equal(caps.n_bounding, 1);
	assert_true(base.terminal);
}

static void wrong_words(void **state)
{
	static const char *const word[] = { "x" };
	const struct spec_overlay bad[] = {
		{ .cwd = "tmp" },
		{ .user = "root" },
		{ .env = word, .n_env = 1 },
		{ .gids = word, .n_gids = 1 },
		{ .caps = word, .n_caps = 1 },
	};
	const struct spec_process base = { .cwd = "/" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_arena struct arena a = ARENA_INIT;
		auto_error struct error e = ERROR_INIT;
		struct spec_process p = { .cwd = "untouched" };

		assert_true(spec_overlay_any(&bad[i]));
		assert_int_equal(spec_overlay_apply(&base, &bad[i], &a, &p, &e), -EINVAL);
		assert_int_equal(e.kind, ERR_USAGE);
		assert_string_equal(p.cwd, "untouched");
	}
	assert_false(spec_overlay_any(&(struct spec_overlay){ .n_args = 0 }));
}

static int open_text(const char *text, const struct spec_config *config, struct arena *a,
	struct spec *out, struct error *e)
{
	char name[] = "/tmp/davit-test-XXXXXX";
	int fd = mkstemp(name), r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	r = spec_process_open(AT_FDCWD, name, config, NULL, a, out, e);
	unlink(name);
	return r;
}

static void from_file(void **state)
{
	struct spec_capabilities caps = { .n_bounding = 0 };
	struct spec_rlimit limit = { .soft = 1, .hard = 2 };
	struct spec_user user = { .has_umask = true, .umask = 077 };
	struct spec_process base = { .capabilities = &caps,
		.rlimits = &limit,
		.n_rlimits = 1,
		.has_oom_score_adj = true,
		.oom_score_adj = 100,
		.no_new_privileges = true,
		.user = &user };
	const struct spec_config config = { .process = &base, .hostname = "h" };
	auto_arena struct arena a = ARENA_INIT;
	const struct spec_process *p;
	struct spec s;

	(void)state;
	assert_int_equal(open_text("{\"args\":[\"ls\"],\"cwd\":\"/\",\"user\":{\"uid\":"
				   "1,\"gid\":2}}",
				 &config, &a, &s, NULL),
		0);
	p = s.config->process;
	assert_string_equal(s.config->hostname, "h");
	assert_int_equal(p->user->uid, 1);
	/* F4: what it leaves out is the container's. */
	assert_int_equal(p->user->umask, 077);
	assert_ptr_equal(p->capabilities, &caps);
	assert_int_equal(p->n_rlimits, 1);
	assert_int_equal(p->oom_score_adj, 100);
	assert_true(p->no_new_privileges);
	assert_int_equal(open_text("{\"args\":[\"ls\"],\"cwd\":\"/\",\"oomScoreAdj\":0,"
				   "\"noNewPrivileges\":false}",
				 &config, &a, &s, NULL),
		0);
	assert_int_equal(s.config->process->oom_score_adj, 0);
	assert_false(s.config->process->no_new_privileges);
}

static void wrong_files(void **state)
{
	static const struct {
		const char *text, *path;
	} rows[] = {
		{ "{\"args\":[],\"cwd\":\"/\"}", "args" },
		{ "{\"args\":[\"x\"],\"cwd\":\"tmp\"}", "cwd" },
		{ "{\"args\":[\"x\"],\"cwd\":\"/\",\"env\":[\"A\"]}", "env[0]" },
		{ "{\"args\":[\"x\"],\"cwd\":\"/\",\"user\":{\"uid\":4294967295,\"gid\":"
		  "0}}",
			"user.uid" },
		{ "{\"args\":[\"x\"],\"cwd\":\"/\",\"user\":{\"uid\":-1,\"gid\":0}}",
			"user.uid" },
		{ "{\"args\":\"x\",\"cwd\":\"/\"}", "args" },
		{ "[]", "" },
		{ "{", NULL },
		{ "", NULL },
	};
	const struct spec_config config = { .hostname = "h" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_arena struct arena a = ARENA_INIT;
		auto_error struct error e = ERROR_INIT;
		struct spec s = { .config = NULL };

		assert_int_equal(open_text(rows[i].text, &config, &a, &s, &e), -EINVAL);
		assert_null(s.config);
		if (rows[i].path)
			assert_string_equal(e.path ? e.path : "", rows[i].path);
	}
}

static void no_files(void **state)
{
	const struct spec_config config = { .hostname = "h" };
	char fifo[] = "/tmp/davit-fifo-XXXXXX";
	auto_fd int tmp = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_arena struct arena a = ARENA_INIT;
	struct spec s;

	(void)state;
	assert_non_null(mkdtemp(fifo));
	assert_int_equal(
		spec_process_open(AT_FDCWD, fifo, &config, NULL, &a, &s, NULL), -EINVAL);
	assert_int_equal(rmdir(fifo), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	/* Found in a folder, it is no pipe that somebody has named. */
	assert_true(tmp >= 0);
	assert_int_equal(spec_process_open(tmp, fifo + strlen("/tmp/"), &config, NULL, &a,
				 &s, NULL),
		-EINVAL);
	unlink(fifo);
	assert_int_equal(
		spec_process_open(AT_FDCWD, fifo, &config, NULL, &a, &s, NULL), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(user_grammar),
		cmocka_unit_test(laid_over),
		cmocka_unit_test(wrong_words),
		cmocka_unit_test(from_file),
		cmocka_unit_test(wrong_files),
		cmocka_unit_test(no_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
