/* SPDX-License-Identifier: Apache-2.0 */
/* One at a time, with a deadline that names who is in the way. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "store.h"

static struct state open_web(void)
{
	struct state s;

	assert_int_equal(state_open(store.fd, "web", &store.arena, &s, NULL), 0);
	return s;
}

/* A process that takes the lock, says so, and keeps it until it is killed. */
static pid_t keeper(void)
{
	int fds[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		struct state s = open_web();

		if (state_lock(&s, 0, NULL) < 0 || write(fds[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &c, 1), 1);
	close(fds[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void one_at_a_time(void **state)
{
	struct state a, b;

	(void)state;
	store_container("web", 1, 1);
	a = open_web();
	b = open_web();
	assert_true(state_lock_free(&a));
	assert_int_equal(state_lock(&a, 0, NULL), 0);
	assert_false(state_lock_free(&a));
	assert_false(state_lock_free(&b));
	assert_int_equal(state_lock(&b, 0, NULL), -EWOULDBLOCK);
	state_unlock(&a);
	assert_int_equal(state_lock(&b, 0, NULL), 0);
	state_close(&b);
	assert_true(state_lock_free(&a));
	state_close(&a);
}

static void the_deadline_names_the_holder(void **state)
{
	auto_error struct error e = ERROR_INIT;
	struct timespec before, after;
	struct state s;
	char pid[32];
	pid_t other;
	long ms;

	(void)state;
	store_container("web", 1, 1);
	other = keeper();
	s = open_web();
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(state_lock(&s, 100, &e), -ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &after);
	ms = (long)(after.tv_sec - before.tv_sec) * 1000 +
	     (after.tv_nsec - before.tv_nsec) / 1000000;
	assert_true(ms >= 99);
	snprintf(pid, sizeof(pid), "(pid %d)", (int)other);
	assert_non_null(strstr(e.text, pid));
	assert_non_null(strstr(e.text, "test_lock"));
	end(other);
	assert_int_equal(state_lock(&s, 5000, NULL), 0);
	state_close(&s);
}

static void a_waiter_gets_it(void **state)
{
	struct state s;
	pid_t other, killer;

	(void)state;
	store_container("web", 1, 1);
	other = keeper();
	s = open_web();
	killer = fork();
	if (killer == 0) {
		usleep(50000);
		kill(other, SIGKILL);
		_exit(0);
	}
	assert_int_equal(state_lock(&s, 20000, NULL), 0);
	state_close(&s);
	waitpid(killer, NULL, 0);
	waitpid(other, NULL, 0);
}

/* Between opening and locking the container was deleted. */
static void gone_meanwhile(void **state)
{
	auto_error struct error e = ERROR_INIT;
	struct state a, b;

	(void)state;
	store_container("web", 1, 1);
	a = open_web();
	b = open_web();
	assert_int_equal(state_lock(&a, 0, NULL), 0);
	assert_int_equal(state_discard(store.fd, "web", &a, NULL), 0);
	assert_int_equal(state_lock(&b, 0, &e), -ENOENT);
	assert_string_equal(e.text, "container does not exist");
	assert_false(b.locked);
	state_close(&b);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, store_setup, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(one_at_a_time),
		CASE(the_deadline_names_the_holder),
		CASE(a_waiter_gets_it),
		CASE(gone_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
