/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks: state on stdin, environment, time limit, output, failures (HOOK-01 to HOOK-10, L1, L3). */
#include "config.h"

#include "world.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/clock.h"

static char folder[] = "/tmp/davit-hooks-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	if (chdir("/") < 0)
		return -1;
	for (const char *const *p =
			(const char *const[]){ "out", "pid", "in", "order", NULL };
		*p; p++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", folder, *p);
		unlink(path);
	}
	return rmdir(folder);
}

#define SH(script)                 \
	{                          \
		"sh", "-c", script \
	}

static struct plan_hook sh(const char **args, const char **env, size_t n_env)
{
	return (struct plan_hook){ .kind = HOOK_CREATE_RUNTIME,
		.program = "/bin/sh",
		.args = args,
		.n_args = 3,
		.env = env,
		.n_env = n_env };
}

static int run(
	struct plan_hook *h, size_t n, const char *state, bool stop, struct error *e)
{
	struct plan plan = { .hooks = h, .n_hooks = n };
	auto_fd int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	err_done(e);
	return step_hooks_run(&plan, h[0].kind, state, strlen(state), dir, NULL, stop, e);
}

/* cwd, stdin, and exactly the environment that was planned (L1). */
static void test_input(void **state)
{
	const char *args[] = SH(
		"{ /bin/pwd -P; cat; echo; env | grep -v '^PWD=\\|^_=\\|^SHLVL='; } >out");
	const char *env[] = { "A=1", "PATH=/usr/bin:/bin" };
	struct plan_hook h = sh(args, env, 2);
	auto_error struct error e = ERROR_INIT;
	char want[512];

	(void)state;
	setenv("LEAK", "host", 1);
	assert_int_equal(run(&h, 1, "{\"id\":\"x\"}", true, &e), 0);
	snprintf(want, sizeof(want), "%s\n{\"id\":\"x\"}\nA=1\nPATH=/usr/bin:/bin\n",
		folder);
	if (!has_text("out", want)) {
		/* The order of the environment is the shell's. */
		snprintf(want, sizeof(want),
			"%s\n{\"id\":\"x\"}\nPATH=/usr/bin:/bin\nA=1\n", folder);
		assert_true(has_text("out", want));
	}
	unsetenv("LEAK");
}

/* A state longer than any pipe, and a hook that does not read it (HOOK-06). */
static void test_long_state(void **state)
{
	const char *count[] = SH("wc -c >out");
	const char *ignore[] = SH("exec 0<&-; exit 0");
	const char *env[] = { "PATH=/usr/bin:/bin" };
	struct plan_hook h[] = { sh(count, env, 1), sh(ignore, env, 1) };
	auto_error struct error e = ERROR_INIT;
	size_t n = 3u << 20;
	char *text = malloc(n + 1);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', n);
	text[n] = '\0';
	assert_int_equal(run(&h[0], 1, text, true, &e), 0);
	assert_true(has_text("out", "3145728"));
	assert_int_equal(run(&h[1], 1, text, true, &e), 0);
	free(text);
}

static void test_status_and_output(void **state)
{
	const char *args[] = SH("echo out; echo err >&2; exit 3");
	struct plan_hook h = sh(args, NULL, 0);
	auto_error struct error e = ERROR_INIT;

	(void)state;
	h.index = 4;
	h.at_line = 12;
	h.at_column = 5;
	h.at_path = "hooks.createRuntime[4]";
	assert_int_equal(run(&h, 1, "", true, &e), -ECANCELED);
	assert_string_equal(e.text, "it ended with status 3: out\nerr");
	assert_string_equal(e.doing, "hook createRuntime[4] /bin/sh");
	assert_string_equal(e.path, "hooks.createRuntime[4]");
}

static void test_signal(void **state)
{
	const char *args[] = SH("kill -9 $$");
	struct plan_hook h = sh(args, NULL, 0);
	auto_error struct error e = ERROR_INIT;

	(void)state;
	assert_int_equal(run(&h, 1, "", true, &e), -ECANCELED);
	assert_string_equal(e.text, "it was killed by signal 9");
}

static void test_no_program(void **state)
{
	const char *args[] = { "x" };
	struct plan_hook h = { .kind = HOOK_POSTSTOP,
		.program = "/no/such/program",
		.args = args,
		.n_args = 1 };
	auto_error struct error e = ERROR_INIT;

	(void)state;
	assert_int_equal(run(&h, 1, "state", true, &e), -ENOENT);
	assert_string_equal(e.call, "execve");
	assert_string_equal(e.doing, "hook poststop[0] /no/such/program");
	h.program = folder;
	assert_int_equal(run(&h, 1, "state", true, &e), -EACCES);
}

/* A flood: read to its end, the last 4 KiB are kept (L3). */
static void test_flood(void **state)
{
	const char *args[] = SH(
		"i=0; while [ $i -lt 30000 ]; do echo 0123456789012345678901234567890123456789; "
		"i=$((i+1)); done; echo the end; exit 1");
	const char *env[] = { "PATH=/usr/bin:/bin" };
	struct plan_hook h = sh(args, env, 1);
	auto_error struct error e = ERROR_INIT;
	size_t n;

	(void)state;
	assert_int_equal(run(&h, 1, "", true, &e), -ECANCELED);
	n = strlen(e.text);
	assert_true(n > 4000 && n < 4200);
	assert_string_equal(e.text + n - 7, "the end");
}

/* Bytes that would end the text, and the rest of the line after them. */
static void test_nul_in_output(void **state)
{
	const char *args[] = SH("printf 'a\\000b'; exit 1");
	struct plan_hook h = sh(args, NULL, 0);
	auto_error struct error e = ERROR_INIT;

	(void)state;
	assert_int_equal(run(&h, 1, "", true, &e), -ECANCELED);
	assert_string_equal(e.text, "it ended with status 1: a b");
}

static bool gone(const char *file)
{
	FILE *f = fopen(file, "re");
	int pid = 0;

	if (!f || fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f)
		fclose(f);
	/* An orphan needs a moment to be reaped by whoever got it. */
	for (int i = 0; pid > 0 && i < 200; i++) {
		char path[64];
		char text[256] = "";

		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		f = fopen(path, "re");
		if (!f)
			return true;
		if (!fgets(text, sizeof(text), f))
			text[0] = '\0';
		fclose(f);
		if (strstr(text, ") Z ") || strstr(text, ") X "))
			return true;
		usleep(10000);
	}
	return false;
}

/* The whole group goes, at the time (HOOK-05). */
static void test_timeout(void **state)
{
	const char *args[] = SH("sleep 60 & echo $! >pid; echo waiting; wait");
	const char *env[] = { "PATH=/usr/bin:/bin" };
	struct plan_hook h = sh(args, env, 1);
	auto_error struct error e = ERROR_INIT;
	int64_t begin = sys_now_ms();

	(void)state;
	h.timeout_ms = 300;
	assert_int_equal(run(&h, 1, "", true, &e), -ETIMEDOUT);
	assert_true(sys_now_ms() - begin >= 300 && sys_now_ms() - begin < 5000);
	assert_string_equal(
		e.text, "it did not end within 0.300 s and was killed: waiting");
	assert_true(gone("pid"));
}

/* One that floods and never ends cannot keep us from the clock. */
static void test_timeout_of_a_flood(void **state)
{
	const char *args[] = SH("while :; do echo 0123456789; done");
	struct plan_hook h = sh(args, NULL, 0);
	auto_error struct error e = ERROR_INIT;
	int64_t begin = sys_now_ms();

	(void)state;
	h.timeout_ms = 200;
	assert_int_equal(run(&h, 1, "", true, &e), -ETIMEDOUT);
	assert_true(sys_now_ms() - begin < 5000);
}

/* A daemon that keeps the output open does not hold us. */
static void test_daemon(void **state)
{
	const char *args[] = SH("sleep 5 & echo $! >pid; exit 0");
	const char *env[] = { "PATH=/usr/bin:/bin" };
	struct plan_hook h = sh(args, env, 1);
	auto_error struct error e = ERROR_INIT;
	int64_t begin = sys_now_ms();
	FILE *f;
	int pid = 0;

	(void)state;
	assert_int_equal(run(&h, 1, "", true, &e), 0);
	assert_true(sys_now_ms() - begin < 4000);
	f = fopen("pid", "re");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &pid), 1);
	fclose(f);
	assert_int_equal(kill(pid, SIGKILL), 0);
}

static void test_order(void **state)
{
	const char *one[] = SH("echo 1 >>order");
	const char *bad[] = SH("echo bad >>order; exit 9");
	const char *two[] = SH("echo 2 >>order; exit 7");
	struct plan_hook h[] = { sh(one, NULL, 0), sh(bad, NULL, 0), sh(two, NULL, 0),
		sh(one, NULL, 0) };
	auto_error struct error e = ERROR_INIT;

	(void)state;
	h[3].kind = HOOK_POSTSTART;
	for (unsigned i = 0; i < 3; i++)
		h[i].index = i;
	unlink("order");
	assert_int_equal(run(h, 4, "", true, &e), -ECANCELED);
	assert_string_equal(e.doing, "hook createRuntime[1] /bin/sh");
	assert_true(has_text("order", "1\nbad\n"));
	assert_false(has_text("order", "1\nbad\n2"));
	unlink("order");
	/* All run, the first failure is told. */
	assert_int_equal(run(h, 4, "", false, &e), -ECANCELED);
	assert_string_equal(e.text, "it ended with status 9");
	assert_true(has_text("order", "1\nbad\n2\n"));
}

/* Default signals, empty mask, a group of its own, 0 to 2 alone. */
static void test_clean_process(void **state)
{
	const char *args[] =
		SH("grep -E 'Sig(Ign|Blk)' /proc/self/status >out; ls /proc/$$/fd >>out; "
		   "[ $(cut -d' ' -f5 /proc/$$/stat) = $$ ] && echo group >>out");
	const char *env[] = { "PATH=/usr/bin:/bin" };
	struct plan_hook h = sh(args, env, 1);
	auto_error struct error e = ERROR_INIT;
	struct sigaction before;
	sigset_t blocked;
	int leak = dup(0);

	(void)state;
	assert_true(leak > 2);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
	assert_int_equal(run(&h, 1, "", true, &e), 0);
	assert_true(has_text(
		"out", "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n0\n1\n"));
	FILE *f = fopen("out", "re");
	char leaked[32];
	char text[512];
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	assert_non_null(strstr(text, "group"));
	snprintf(leaked, sizeof(leaked), "\n%d\n", leak);
	assert_null(strstr(text, leaked));
	/* Ours are as they were. */
	assert_int_equal(sigaction(SIGPIPE, NULL, &before), 0);
	assert_ptr_equal(before.sa_handler, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
	close(leak);
}

static int with_closed_stdio(void *arg)
{
	const char *args[] = SH("cat >in; echo told; exit 1");
	const char *env[] = { "PATH=/usr/bin:/bin" };
	struct plan_hook h = sh(args, env, 1);
	auto_error struct error e = ERROR_INIT;

	(void)arg;
	close(0);
	close(1);
	if (run(&h, 1, "state", true, &e) != -ECANCELED)
		return 1;
	if (!strstr(e.text, "told"))
		return 2;
	return has_text("in", "state") ? 0 : 3;
}

static void test_closed_stdio(void **state)
{
	(void)state;
	assert_int_equal(in_child(with_closed_stdio, NULL), 0);
}

static void test_any(void **state)
{
	struct plan_hook h[] = { { .kind = HOOK_POSTSTOP } };
	struct plan plan = { .hooks = h, .n_hooks = 1 };
	auto_error struct error e = ERROR_INIT;

	(void)state;
	assert_true(step_hooks_any(&plan, HOOK_POSTSTOP));
	assert_false(step_hooks_any(&plan, HOOK_START_CONTAINER));
	assert_int_equal(step_hooks_run(&plan, HOOK_START_CONTAINER, "", 0, -EBADF, NULL,
				 true, &e),
		0);
	assert_false(step_start_hooks.wanted(&plan));
	h[0].kind = HOOK_START_CONTAINER;
	assert_true(step_start_hooks.wanted(&plan));
	h[0].kind = 99;
	assert_int_equal(
		step_hooks_run(&plan, 99, "", 0, -EBADF, NULL, true, &e), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_input),
		cmocka_unit_test(test_long_state),
		cmocka_unit_test(test_status_and_output),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_no_program),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_nul_in_output),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_timeout_of_a_flood),
		cmocka_unit_test(test_daemon),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_clean_process),
		cmocka_unit_test(test_closed_stdio),
		cmocka_unit_test(test_any),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
