/* SPDX-License-Identifier: Apache-2.0 */
/* The program, HOME and the working folder (PROC-04 to PROC-07, E1, E5, K5). */
#include "config.h"

#include "world.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

static int program(const char *path, mode_t mode)
{
	CHECK(put_file(path, "#!/bin/sh\n") == 0 && chmod(path, mode) == 0);
	return 0;
}

static int lookup(
	struct step_ctx *ctx, const char *name, const char *search, struct error *e)
{
	const char *args[] = { name, "arg" };
	struct plan_process *p = ctx->plan->process;

	err_done(e);
	p->args = args;
	p->n_args = 2;
	p->search = search;
	return step_exec_lookup.apply(ctx, e);
}

static int fill(void)
{
	CHECK(mkdir("root/bin", 0755) == 0 && mkdir("root/opt", 0755) == 0);
	CHECK(mkdir("root/bin/folder", 0755) == 0);
	CHECK(program("root/bin/yes", 0755) == 0 && program("root/bin/plain", 0644) == 0);
	CHECK(program("root/opt/plain", 0755) == 0 &&
		program("root/work/here", 0755) == 0);
	CHECK(program("root/bin/mine", 0700) == 0 &&
		chown("root/bin/mine", 1000, 1000) == 0);
	CHECK(program("root/bin/roots", 0700) == 0);
	CHECK(symlink("missing", "root/bin/dangling") == 0);
	CHECK(symlink("loop", "root/bin/loop") == 0);
	return 0;
}

static int try_lookup(void *arg)
{
	static const struct {
		const char *name, *search, *found, *text;
	} rows[] = {
		{ "yes", "/sbin:/bin", "/bin/yes", NULL },
		{ "plain", "/bin:/opt", "/opt/plain", NULL },
		{ "/bin/yes", NULL, "/bin/yes", NULL },
		{ "./here", "/bin", "./here", NULL },
		{ "here", ":/bin", "./here", NULL },
		{ "here", "/bin:", "./here", NULL },
		{ "mine", "/bin", "/bin/mine", NULL },
		{ "nope", "/bin:/opt", NULL,
			"exec: \"nope\": executable file not found in $PATH" },
		{ "yes", NULL, NULL,
			"exec: \"yes\": executable file not found in $PATH" },
		{ "yes", "", NULL, "exec: \"yes\": executable file not found in $PATH" },
		{ "", "/bin", NULL, "exec: \"\": executable file not found in $PATH" },
		{ "folder", "/bin", NULL,
			"exec: \"folder\": executable file not found in $PATH" },
		{ "plain", "/bin", NULL, "exec: \"plain\": permission denied" },
		{ "roots", "/bin", NULL, "exec: \"roots\": permission denied" },
		{ "/x", "/bin", NULL,
			"exec: \"/x\": stat /x: no such file or directory" },
		{ "/bin/plain", NULL, NULL, "exec: \"/bin/plain\": permission denied" },
		{ "/bin", NULL, NULL, "exec: \"/bin\": permission denied" },
		{ "/dev/null", NULL, NULL, "exec: \"/dev/null\": permission denied" },
		{ "/bin/dangling", NULL, NULL,
			"exec: \"/bin/dangling\": stat /bin/dangling: no such file or directory" },
		{ "/bin/yes/x", NULL, NULL,
			"exec: \"/bin/yes/x\": stat /bin/yes/x: not a directory" },
	};
	struct plan_process p = { .uid = 1000, .args_path = "process.args" };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(fill() == 0 && mknod("root/dev/null", S_IFCHR | 0777, 0x103) == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0 && world_pivot(&ctx, &e) == 0);
	plan.process = &p;
	CHECK(chdir("/work") == 0);
	CHECK(setresgid(1000, 1000, 1000) == 0 && setresuid(1000, 1000, 1000) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int r = lookup(&ctx, rows[i].name, rows[i].search, &e);

		if (rows[i].found) {
			CHECK_OK(r, &e);
			CHECK(strcmp(ctx.exec_path, rows[i].found) == 0);
			continue;
		}
		if (r >= 0 || strcmp(e.text, rows[i].text) != 0)
			fprintf(stderr, "%s: %s\n", rows[i].name,
				r < 0 ? e.text : "found");
		CHECK(r < 0 && strcmp(e.text, rows[i].text) == 0);
		CHECK(e.verbatim && strcmp(e.path, "process.args") == 0);
	}
	step_ctx_done(&ctx);
	return 0;
}

static void test_lookup(void **state)
{
	(void)state;
	in_world(try_lookup, NULL, NULL);
}

/* Without a descriptor to spare: the limit may be in force already. */
static int try_lookup_without_fds(void *arg)
{
	const struct rlimit three = { 3, 3 };
	struct plan_process p = { .uid = 0 };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(fill() == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0 && world_pivot(&ctx, &e) == 0);
	plan.process = &p;
	p.cwd = "/work";
	CHECK(setrlimit(RLIMIT_NOFILE, &three) == 0);
	CHECK_OK(step_cwd.apply(&ctx, &e), &e);
	CHECK_OK(lookup(&ctx, "yes", "/bin", &e), &e);
	CHECK(strcmp(ctx.exec_path, "/bin/yes") == 0);
	step_ctx_done(&ctx);
	return 0;
}

static void test_lookup_without_fds(void **state)
{
	(void)state;
	in_world(try_lookup_without_fds, NULL, NULL);
}

static int try_long_names(void *arg)
{
	struct plan_process p = { .uid = 0 };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;
	static char name[5000];
	static char path[10000];

	(void)arg;
	CHECK(world_begin(&ctx, &plan, &e) == 0 && world_pivot(&ctx, &e) == 0);
	plan.process = &p;
	memset(name, 'n', sizeof(name) - 1);
	memset(path, 'p', sizeof(path) - 1);
	CHECK(lookup(&ctx, name, "/bin", &e) < 0);
	CHECK(lookup(&ctx, "x", path, &e) < 0);
	name[0] = '/';
	CHECK_FAILS(lookup(&ctx, name, NULL, &e), ENAMETOOLONG, &e);
	step_ctx_done(&ctx);
	return 0;
}

static void test_long_names(void **state)
{
	(void)state;
	in_world(try_long_names, NULL, NULL);
}

/* --- HOME --- */

static int home(struct step_ctx *ctx, uint32_t uid, struct error *e)
{
	err_done(e);
	ctx->plan->process->uid = uid;
	ctx->home = NULL;
	return step_home.apply(ctx, e);
}

static int big_passwd(const char *path, size_t line, size_t lines)
{
	FILE *f = fopen(path, "we");

	CHECK(f);
	for (size_t i = 0; i < lines; i++) {
		for (size_t k = 0; k < line; k++)
			putc('x', f);
		putc('\n', f);
	}
	return fclose(f);
}

static int try_home(void *arg)
{
	static const struct {
		uint32_t uid;
		const char *home;
	} rows[] = { { 0, "/root" }, { 1, "/" }, { 7, "/seven" }, { 9, "/" }, { 10, "/" },
		{ 1000, "/home/one" }, { 4294967294u, "/big" } };
	struct plan_process p = { .find_home = true };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	plan.process = &p;
	CHECK(step_home.wanted(&plan));
	/* No file. */
	CHECK_OK(home(&ctx, 7, &e), &e);
	CHECK(strcmp(ctx.home, "/") == 0);
	CHECK(put_file("root/etc/passwd",
		      /* G3: a user named like a number is not that number. */
		      "root:x:0:0:root:/root:/bin/sh\n"
		      "7:x:0:0::/evil:\n"
		      "broken\n:::::\n\n"
		      "seven:x:7:7:a:/seven:/bin/sh\nseven2:x:7:7:a:/second:/bin/sh\n"
		      "rel:x:9:9::relative:\nempty:x:10:10:::\n"
		      "big:x:4294967294:0::/big:\nover:x:4294968296:0::/over:\n"
		      "one:x:1000:1000::/home/one:/bin/sh") == 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CHECK_OK(home(&ctx, rows[i].uid, &e), &e);
		if (strcmp(ctx.home, rows[i].home) != 0)
			fprintf(stderr, "%u: %s\n", rows[i].uid, ctx.home);
		CHECK(strcmp(ctx.home, rows[i].home) == 0);
	}
	step_ctx_done(&ctx);
	return 0;
}
BOTH(home)

static int try_hostile_passwd(void *arg)
{
	struct plan_process p = { .find_home = true };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	plan.process = &p;
	CHECK(mkfifo("root/etc/passwd", 0644) == 0);
	CHECK_FAILS(home(&ctx, 7, &e), EINVAL, &e);
	CHECK(strstr(e.doing, "/etc/passwd"));
	CHECK(unlink("root/etc/passwd") == 0);
	CHECK(mkdir("root/etc/passwd", 0755) == 0);
	CHECK_FAILS(home(&ctx, 7, &e), EINVAL, &e);
	CHECK(rmdir("root/etc/passwd") == 0);
	/* A line without an end. */
	CHECK(big_passwd("root/etc/passwd", (1u << 20) + 10, 1) == 0);
	CHECK_FAILS(home(&ctx, 7, &e), EFBIG, &e);
	CHECK(unlink("root/etc/passwd") == 0);
	CHECK(big_passwd("root/etc/passwd", 1000, 17000) == 0);
	CHECK_FAILS(home(&ctx, 7, &e), EFBIG, &e);
	CHECK(unlink("root/etc/passwd") == 0);
	CHECK(mknod("root/dev/zero", S_IFCHR | 0666, 0x105) == 0);
	CHECK(symlink("/dev/zero", "root/etc/passwd") == 0);
	CHECK_FAILS(home(&ctx, 7, &e), EINVAL, &e);
	CHECK(unlink("root/etc/passwd") == 0);
	/* A link to the host's stays inside. */
	CHECK(put_file("host/passwd", "x:x:7:7::/canary:\n") == 0);
	CHECK(symlink("/tmp/host/passwd", "root/etc/passwd") == 0);
	CHECK_OK(home(&ctx, 7, &e), &e);
	CHECK(strcmp(ctx.home, "/") == 0);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(hostile_passwd)

/* --- the working folder --- */

static int cwd(struct step_ctx *ctx, const char *path, struct error *e)
{
	err_done(e);
	ctx->plan->process->cwd = path;
	return step_cwd.apply(ctx, e);
}

static int try_cwd_make(void *arg)
{
	struct plan_process p = { .cwd = "/srv/new/place" };
	auto_error struct error e = ERROR_INIT;
	auto_free char *before = NULL;
	auto_free char *after = NULL;
	struct step_ctx ctx;
	struct plan plan;
	struct stat st;

	(void)arg;
	CHECK(symlink("/tmp/host", "root/link") == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	plan.process = &p;
	CHECK(step_cwd_make.wanted(&plan));
	before = canary();
	CHECK_OK(step_cwd_make.apply(&ctx, &e), &e);
	CHECK(stat("root/srv/new/place", &st) == 0 && st.st_mode == (S_IFDIR | 0755));
	CHECK(st.st_uid == 0);
	/* B3 */
	p.cwd = "/link/new";
	CHECK_OK(step_cwd_make.apply(&ctx, &e), &e);
	p.cwd = "/../../host/new";
	CHECK_OK(step_cwd_make.apply(&ctx, &e), &e);
	p.cwd = "/proc/self/root/tmp/host/x";
	CHECK_OK(step_cwd_make.apply(&ctx, &e), &e);
	after = canary();
	CHECK(strcmp(before, after) == 0);
	p.cwd = "/";
	CHECK(!step_cwd_make.wanted(&plan));
	step_ctx_done(&ctx);
	return 0;
}
BOTH(cwd_make)

static int try_cwd(void *arg)
{
	struct plan_process p = { .cwd_path = "process.cwd" };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;
	char is[256];
	char name[64];
	int host;

	(void)arg;
	CHECK(put_file("root/etc/file", "") == 0);
	host = open("/tmp/host", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(host >= 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0 && world_pivot(&ctx, &e) == 0);
	CHECK(mount("proc", "/proc", "proc", 0, NULL) == 0);
	plan.process = &p;
	CHECK_OK(cwd(&ctx, "/work", &e), &e);
	CHECK(getcwd(is, sizeof(is)) && strcmp(is, "/work") == 0);
	CHECK_FAILS(cwd(&ctx, "/nowhere", &e), ENOENT, &e);
	CHECK(strcmp(e.text, "chdir to cwd (\"/nowhere\") set in config.json failed: "
			     "no such file or directory") == 0);
	CHECK(e.verbatim && strcmp(e.path, "process.cwd") == 0);
	CHECK_FAILS(cwd(&ctx, "/etc/file", &e), ENOTDIR, &e);
	CHECK(strstr(e.text, "failed: not a directory"));
	/* CVE-2024-21626: by a descriptor that leaked. */
	snprintf(name, sizeof(name), "/proc/self/fd/%d", host);
	CHECK_FAILS(cwd(&ctx, name, &e), EXDEV, &e);
	CHECK(strstr(e.text, "outside"));
	snprintf(name, sizeof(name), "/proc/self/fd/%d/dir", host);
	CHECK_FAILS(cwd(&ctx, name, &e), EXDEV, &e);
	step_ctx_done(&ctx);
	return 0;
}

static void test_cwd(void **state)
{
	(void)state;
	in_world(try_cwd, NULL, NULL);
}

/* E5: root is refused, the user is not. */
static int try_cwd_user(void *arg)
{
	struct plan_process p = { .cwd = "/work/mine", .uid = 1000 };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;

	(void)arg;
	CHECK(mkdir("root/work/mine", 0700) == 0 &&
		chown("root/work/mine", 1000, 1000) == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0 && world_pivot(&ctx, &e) == 0);
	plan.process = &p;
	/* Another user stands for a root that the file system squashes. */
	CHECK(seteuid(2000) == 0);
	CHECK_OK(step_cwd.apply(&ctx, &e), &e);
	CHECK(ctx.cwd_pending);
	CHECK(seteuid(0) == 0 && setresuid(1000, 1000, 1000) == 0);
	CHECK_OK(step_cwd_user.apply(&ctx, &e), &e);
	CHECK(!ctx.cwd_pending);
	/* Once more, now nobody may. */
	p.cwd = "/work/none";
	ctx.cwd_pending = true;
	CHECK_FAILS(step_cwd_user.apply(&ctx, &e), ENOENT, &e);
	step_ctx_done(&ctx);
	return 0;
}

static void test_cwd_user(void **state)
{
	(void)state;
	in_world(try_cwd_user, NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_lookup_without_fds),
		cmocka_unit_test(test_long_names),
		BOTH_TESTS(home),
		BOTH_TESTS(hostile_passwd),
		BOTH_TESTS(cwd_make),
		cmocka_unit_test(test_cwd),
		cmocka_unit_test(test_cwd_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
