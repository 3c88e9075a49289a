/* SPDX-License-Identifier: Apache-2.0 */
/* Handles of processes: the one that is meant or none. */
#include "config.h"

#include "sandbox.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/pidfd.h"
#include "sys/probe.h"
#include "sys/proc.h"

static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	return pid;
}

static int life(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	uint64_t start = 0;
	int status;
	pid_t pid;

	CHECK(!arg || forget(arg));
	pid = sleeper();
	CHECK(pid > 0 && sys_proc_stat(pid, &start, NULL) == 0);
	/* Of another process that had the number once. */
	CHECK(pidfd_get(pid, start + 1, &e) == -ESRCH && e.kind == ERR_STATE);
	auto_fd int fd = pidfd_get(pid, start, &e);
	CHECK_OK(fd, &e);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	CHECK(pidfd_ended(fd, pid, start, 0) == 0);
	CHECK(pidfd_ended(fd, pid, start, 30) == 0);
	CHECK(pidfd_kill(fd, pid, start, 0) == 0);
	CHECK(pidfd_kill(fd, pid, start, SIGSTOP) == 0);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	CHECK(pidfd_ended(fd, pid, start, 0) == 0);
	CHECK(pidfd_kill(fd, pid, start, SIGKILL) == 0);
	/* A zombie has ended. */
	CHECK(pidfd_ended(fd, pid, start, -1) == 1);
	auto_fd int zombie = pidfd_get(pid, start, &e);
	CHECK(zombie >= 0 && pidfd_ended(zombie, pid, start, 1000) == 1);
	CHECK(pidfd_wait(pid, &status) == 0 && WTERMSIG(status) == SIGKILL);
	CHECK(pidfd_ended(fd, pid, start, 1000) == 1);
	CHECK(pidfd_kill(fd, pid, start, 0) == -ESRCH);
	CHECK(pidfd_get(pid, start, &e) == -ESRCH);
	CHECK(pidfd_get(0, 0, &e) == -ESRCH && pidfd_get(-5, 0, &e) == -ESRCH);
	return 0;
}

/* The number goes on to somebody else: the old handle must not reach them. */
static int reuse(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	char last[32];
	uint64_t start = 0;
	pid_t pid;
	pid_t next = 0;

	CHECK(!arg || forget(arg));
	pid = sleeper();
	CHECK(pid > 0 && sys_proc_stat(pid, &start, NULL) == 0);
	auto_fd int fd = pidfd_get(pid, start, &e);
	CHECK_OK(fd, &e);
	CHECK(kill(pid, SIGKILL) == 0 && pidfd_wait(pid, NULL) == 0);
	/* Ticks of the start time are 10 ms. */
	nanosleep(&(struct timespec){ .tv_nsec = 30000000 }, NULL);
	for (int i = 0; i < 50 && next != pid; i++) {
		if (next > 0) {
			kill(next, SIGKILL);
			pidfd_wait(next, NULL);
		}
		snprintf(last, sizeof(last), "%d", (int)pid - 1);
		if (sys_proc_write("sys/kernel/ns_last_pid", last, strlen(last), NULL) <
			0) {
			fprintf(stderr, "SKIP: ns_last_pid cannot be set here\n");
			return 0;
		}
		next = sleeper();
	}
	CHECK(next == pid);
	CHECK(pidfd_kill(fd, pid, start, SIGKILL) == -ESRCH);
	CHECK(pidfd_ended(fd, pid, start, 0) == 1);
	CHECK(pidfd_get(pid, start, &e) == -ESRCH);
	CHECK(kill(next, 0) == 0);
	CHECK(waitpid(next, NULL, WNOHANG) == 0);
	kill(next, SIGKILL);
	return pidfd_wait(next, NULL) != 0;
}

static void run(const char *without)
{
	static char list[64];

	if (without && sys_forget("") < 0) {
		fprintf(stderr, "SKIP: no test hooks\n");
		skip();
	}
	if (without)
		snprintf(list, sizeof(list), "%s", without);
	assert_int_equal(in_child(life, without ? list : NULL), 0);
	assert_int_equal(in_child(reuse, without ? list : NULL), 0);
}

static void test_pidfd(void **state)
{
	(void)state;
	run(NULL);
}

static void test_open_only(void **state)
{
	(void)state;
	run("pidfd-send-signal");
}

static void test_signal_only(void **state)
{
	(void)state;
	run("pidfd-open");
}

static void test_neither(void **state)
{
	(void)state;
	run("all");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pidfd),
		cmocka_unit_test(test_open_only),
		cmocka_unit_test(test_signal_only),
		cmocka_unit_test(test_neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
