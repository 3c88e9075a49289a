/* SPDX-License-Identifier: Apache-2.0 */
/* The status is read off the process, the locks and the freezer, not believed. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "json/json.h"
#include "store.h"
#include "sys/proc.h"

static pid_t sleeper;
static uint64_t sleeper_start;

static int setup(void **state)
{
	sleeper = fork();
	if (sleeper == 0) {
		pause();
		_exit(0);
	}
	if (sys_proc_stat(sleeper, &sleeper_start, NULL) < 0)
		return -1;
	return store_setup(state);
}

static int teardown(void **state)
{
	kill(sleeper, SIGKILL);
	waitpid(sleeper, NULL, 0);
	return store_teardown(state);
}

/* A created container whose init is the sleeper; opened. */
static struct state open_web(void)
{
	struct state s;

	store_container("web", sleeper, sleeper_start);
	assert_int_equal(state_open(store.fd, "web", &store.arena, &s, NULL), 0);
	return s;
}

static void check(struct state *s, enum status status)
{
	struct status_live live;

	assert_int_equal(status_live(s, &live, NULL), 0);
	assert_string_equal(status_name(live.status), status_name(status));
	if (status == STATUS_STOPPED)
		assert_int_equal(live.pid, 0);
	else if (status != STATUS_CREATING)
		assert_int_equal(live.pid, sleeper);
	assert_false(live.other_boot);
}

static void created_while_armed(void **state)
{
	struct state s = open_web();
	int armed = state_arm(&s, NULL);

	(void)state;
	assert_true(armed >= 0);
	check(&s, STATUS_CREATED);
	check(&s, STATUS_CREATED);
	close(armed);
	check(&s, STATUS_RUNNING);
	unlinkat(s.dirfd, "armed", 0);
	check(&s, STATUS_RUNNING);
	state_close(&s);
}

/* Whoever still holds the lock, or takes it later. */
static void disarmed_is_running(void **state)
{
	struct state s = open_web();
	int armed = state_arm(&s, NULL);

	(void)state;
	assert_true(armed >= 0);
	check(&s, STATUS_CREATED);
	assert_int_equal(state_disarm(&s, 0, NULL), 0);
	check(&s, STATUS_RUNNING);
	assert_int_equal(state_disarm(&s, 0, NULL), 0);
	close(armed);
	state_close(&s);
}

static void alive_is_asked_alone(void **state)
{
	struct state s = open_web();
	struct status_live live;
	int armed = state_arm(&s, NULL);

	(void)state;
	assert_int_equal(status_alive(&s, &live, NULL), 0);
	assert_int_equal(live.status, STATUS_RUNNING);
	assert_int_equal(live.pid, sleeper);
	s.rec.starttime++;
	assert_int_equal(status_alive(&s, &live, NULL), 0);
	assert_int_equal(live.status, STATUS_STOPPED);
	assert_int_equal(live.pid, 0);
	close(armed);
	state_close(&s);
}

static void dead_or_recycled(void **state)
{
	struct state s = open_web();

	(void)state;
	s.rec.starttime++;
	check(&s, STATUS_STOPPED);
	s.rec.starttime--;
	check(&s, STATUS_RUNNING);
	kill(sleeper, SIGKILL);
	/* Until it is waited for it is a zombie. */
	waitid(P_PID, (id_t)sleeper, NULL, WEXITED | WNOWAIT);
	check(&s, STATUS_STOPPED);
	waitpid(sleeper, NULL, 0);
	check(&s, STATUS_STOPPED);
	s.rec.pid = 0;
	check(&s, STATUS_STOPPED);
	s.rec.pid = INT64_MAX;
	check(&s, STATUS_STOPPED);
	s.rec.pid = -1;
	check(&s, STATUS_STOPPED);
	state_close(&s);
}

static void another_boot(void **state)
{
	struct state s = open_web();
	struct status_live live;

	(void)state;
	s.rec.boot_id = "00000000-0000-0000-0000-000000000000";
	s.rec.pid_ns = 1;
	assert_int_equal(status_live(&s, &live, NULL), 0);
	assert_int_equal(live.status, STATUS_STOPPED);
	assert_int_equal(live.pid, 0);
	assert_true(live.other_boot);
	state_close(&s);
}

static void another_namespace(void **state)
{
	auto_error struct error e = ERROR_INIT;
	struct state s = open_web();
	struct status_live live;

	(void)state;
	s.rec.pid_ns++;
	assert_int_equal(status_live(&s, &live, &e), -EXDEV);
	assert_non_null(strstr(e.text, "pid namespace"));
	s.rec.pid_ns--;
	check(&s, STATUS_RUNNING);
	if (s.rec.time_ns) {
		/* Start times are counted from another moment there. */
		s.rec.time_ns++;
		s.rec.starttime += 100;
		assert_int_equal(status_live(&s, &live, &e), -EXDEV);
		assert_non_null(strstr(e.text, "time namespace"));
	}
	state_close(&s);
}

static void creating(void **state)
{
	struct state_record rec = { .bundle = "/b" };
	struct state s, other;

	(void)state;
	assert_int_equal(state_reserve(store.fd, "web", &store.arena, &rec, &s, NULL), 0);
	assert_int_equal(state_open(store.fd, "web", &store.arena, &other, NULL), 0);
	check(&other, STATUS_CREATING);
	/* The creator finishes after the record was read. */
	s.rec.status = "created";
	s.rec.pid = sleeper;
	s.rec.starttime = sleeper_start;
	assert_int_equal(state_commit(&s, NULL), 0);
	state_close(&s);
	assert_string_equal(other.rec.status, "creating");
	check(&other, STATUS_RUNNING);
	assert_string_equal(other.rec.status, "created");
	other.rec.status = "creating";
	assert_int_equal(state_lock(&other, 0, NULL), 0);
	assert_string_equal(other.rec.status, "created");
	check(&other, STATUS_RUNNING);
	state_close(&other);
}

static void a_dead_creator(void **state)
{
	struct state_record rec = { .bundle = "/b" };
	struct state s, other;

	(void)state;
	assert_int_equal(state_reserve(store.fd, "web", &store.arena, &rec, &s, NULL), 0);
	state_close(&s);
	assert_int_equal(state_open(store.fd, "web", &store.arena, &other, NULL), 0);
	check(&other, STATUS_STOPPED);
	assert_int_equal(state_lock(&other, 0, NULL), 0);
	check(&other, STATUS_STOPPED);
	state_close(&other);
}

static void the_freezer(void **state)
{
	struct state s = open_web();
	struct state_hierarchy h[2] = { { .mountpoint = store.path, .path = "v1" },
		{ .mountpoint = store.path, .path = "/v2", .v2 = true } };

	(void)state;
	s.rec.hierarchies = h;
	s.rec.n_hierarchies = 2;
	check(&s, STATUS_RUNNING);
	store_write("v2/cgroup.events", "populated 1\nfrozen 0\n", 0600);
	check(&s, STATUS_RUNNING);
	store_write("v2/cgroup.events", "populated 1\nfrozen 1\n", 0600);
	check(&s, STATUS_PAUSED);
	store_write("v2/cgroup.events", "populated 1\nfrozen 0\n", 0600);
	store_write("v1/freezer.state", "FROZEN\n", 0600);
	check(&s, STATUS_RUNNING);
	h[0].freezer = true;
	check(&s, STATUS_PAUSED);
	store_write("v1/freezer.state", "FREEZING\n", 0600);
	check(&s, STATUS_PAUSED);
	store_write("v1/freezer.state", "THAWED\n", 0600);
	check(&s, STATUS_RUNNING);
	state_close(&s);
}

static char *document(struct state *s, const struct status_live *live)
{
	struct json_w *w = json_w_open(0);
	struct buf out = BUF_INIT;
	char *text;

	status_dump_oci(s, live, "root", w);
	assert_int_equal(json_w_close(w, &out), 0);
	text = arena_strdup(&store.arena, out.p);
	buf_done(&out);
	return text;
}

static void the_document(void **state)
{
	struct kv annotation = { "k", "v" };
	struct status_live live = { .status = STATUS_RUNNING, .pid = 5 };
	struct state s = { .dirfd = -EBADF,
		.rec = { .id = "web",
			.bundle = "/b",
			.rootfs = "/b/r",
			.created = "2026-01-02T03:04:05.000000006Z" } };
	struct json_w *w = json_w_open(0);
	struct buf out = BUF_INIT;

	(void)state;
	assert_string_equal(document(&s, &live),
		"{\"ociVersion\":\"1.3.0\",\"id\":\"web\",\"status\":\"running\",\"pid\":5,"
		"\"bundle\":\"/b\",\"rootfs\":\"/b/r\","
		"\"created\":\"2026-01-02T03:04:05.000000006Z\",\"owner\":\"root\"}");
	s.rec.annotations = &annotation;
	s.rec.n_annotations = 1;
	status_dump_for_hook(&s.rec, "creating", 9, w);
	assert_int_equal(json_w_close(w, &out), 0);
	assert_string_equal(out.p,
		"{\"ociVersion\":\"1.3.0\",\"id\":\"web\",\"status\":\"creating\",\"pid\":9,"
		"\"bundle\":\"/b\",\"annotations\":{\"k\":\"v\"}}");
	buf_done(&out);
}

static void the_stamp(void **state)
{
	struct state_record rec = { .format = 0 };
	int year, month, day, hour, minute, second, nanos, n = 0;

	(void)state;
	assert_int_equal(state_record_stamp(&store.arena, &rec, NULL), 0);
	assert_int_equal(sscanf(rec.created, "%4d-%2d-%2dT%2d:%2d:%2d.%9dZ%n", &year,
				 &month, &day, &hour, &minute, &second, &nanos, &n),
		7);
	assert_int_equal(n, 30);
	assert_int_equal(strlen(rec.created), 30);
	assert_true(year >= 2024 && month >= 1 && month <= 12);
	assert_int_equal(rec.uid, geteuid());
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(created_while_armed),
		CASE(disarmed_is_running),
		CASE(alive_is_asked_alone),
		CASE(dead_or_recycled),
		CASE(another_boot),
		CASE(another_namespace),
		CASE(creating),
		CASE(a_dead_creator),
		CASE(the_freezer),
		CASE(the_document),
		CASE(the_stamp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
