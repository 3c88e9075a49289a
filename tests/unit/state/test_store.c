/* SPDX-License-Identifier: Apache-2.0 */
/* A container's folder: whole or not there, never somebody else's. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "store.h"

static const struct kv annotations[] = { { "a", "b" }, { "x\n", "\"y\"" } };

static int reserve(const char *id, struct state *s, struct error *e)
{
	struct state_record rec = { .bundle = "/bundle",
		.rootfs = "/bundle/rootfs",
		.annotations = (struct kv *)(uintptr_t)annotations,
		.n_annotations = 2 };

	assert_int_equal(state_record_stamp(&store.arena, &rec, NULL), 0);
	return state_reserve(store.fd, id, &store.arena, &rec, s, e);
}

static void modes(void **state)
{
	mode_t old = umask(0);
	struct state s;
	struct stat st;

	(void)state;
	assert_int_equal(reserve("web", &s, NULL), 0);
	assert_int_equal(state_put(&s, "config.json", "{}", 2, NULL), 0);
	assert_int_equal(fstatat(store.fd, "web", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(fstatat(store.fd, "web/state.json", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(fstatat(store.fd, "web/config.json", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(store_count("."), 1);
	assert_int_equal(store_count("web"), 2);
	state_close(&s);
	umask(old);
}

static void what_is_written_is_read(void **state)
{
	struct state s, t;

	(void)state;
	assert_int_equal(reserve("web", &s, NULL), 0);
	s.rec.pid = 4711;
	s.rec.starttime = UINT64_MAX;
	s.rec.status = "created";
	assert_int_equal(state_commit(&s, NULL), 0);
	assert_int_equal(state_open(store.fd, "web", &store.arena, &t, NULL), 0);
	assert_int_equal(t.rec.format, STATE_FORMAT);
	assert_string_equal(t.rec.id, "web");
	assert_string_equal(t.rec.status, "created");
	assert_int_equal(t.rec.pid, 4711);
	assert_true(t.rec.starttime == UINT64_MAX);
	assert_string_equal(t.rec.bundle, "/bundle");
	assert_int_equal(t.rec.n_annotations, 2);
	assert_string_equal(t.rec.annotations[1].key, "x\n");
	assert_string_equal(t.rec.annotations[1].value, "\"y\"");
	assert_string_equal(t.rec.release, PACKAGE_VERSION);
	assert_int_equal(strlen(t.rec.boot_id), 36);
	assert_true(t.rec.pid_ns != 0);
	state_close(&s);
	state_close(&t);
}

static void a_second_one_is_refused(void **state)
{
	auto_error struct error e = ERROR_INIT;
	struct state s, t;

	(void)state;
	assert_int_equal(reserve("web", &s, NULL), 0);
	assert_int_equal(reserve("web", &t, &e), -EEXIST);
	assert_true(e.verbatim);
	assert_string_equal(e.text, "container with given ID already exists");
	assert_int_equal(store_count("."), 1);
	state_close(&s);
	/* An empty folder is another runtime's beginning. */
	assert_int_equal(mkdirat(store.fd, "other", 0700), 0);
	assert_int_equal(reserve("other", &t, NULL), -EEXIST);
	assert_int_equal(store_count("other"), 0);
	assert_int_equal(store_count("."), 2);
}

/* A create that was killed before the container had its name. */
static void a_killed_create_is_no_obstacle(void **state)
{
	struct state s;

	(void)state;
	assert_int_equal(mkdirat(store.fd, ".web.new", 0700), 0);
	store_write(".web.new/.state.json.tmp", "{\"form", 0600);
	assert_int_equal(reserve("web", &s, NULL), 0);
	state_close(&s);
	assert_int_equal(store_count("."), 1);
	assert_int_equal(renameat(store.fd, "web", store.fd, ".web.new"), 0);
	assert_int_equal(reserve("web", &s, NULL), 0);
	state_close(&s);
	assert_int_equal(store_count("."), 1);
}

static void one_that_is_being_made_counts(void **state)
{
	struct state s, t;

	(void)state;
	assert_int_equal(reserve("web", &s, NULL), 0);
	/* as if it had not been renamed yet */
	assert_int_equal(renameat(store.fd, "web", store.fd, ".web.new"), 0);
	assert_int_equal(reserve("web", &t, NULL), -EEXIST);
	state_sweep(store.fd, "web");
	assert_int_equal(store_count("."), 1);
	state_close(&s);
	state_sweep(store.fd, "web");
	assert_int_equal(store_count("."), 0);
}

static void foreign_folders_with_our_names_stay(void **state)
{
	struct state s;

	(void)state;
	store_write(".web.old/config.json", "theirs", 0600);
	store_write(".web.new/notes", "theirs", 0600);
	state_sweep(store.fd, "web");
	assert_string_equal(store_read(".web.old/config.json"), "theirs");
	assert_string_equal(store_read(".web.new/notes"), "theirs");
	assert_int_equal(reserve("web", &s, NULL), -EEXIST);
	assert_string_equal(store_read(".web.new/notes"), "theirs");
}

static void absent_or_foreign(void **state)
{
	static const char *const ids[] = { "nobody", "crun", "file", "link", "runc" };

	(void)state;
	store_write("crun/status", "{}", 0600);
	store_write("file", "x", 0600);
	store_write("runc/state.json", "{\"id\":\"runc\",\"init_process_pid\":1}", 0600);
	assert_int_equal(symlinkat("runc", store.fd, "link"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		auto_error struct error e = ERROR_INIT;
		struct state s;
		bool broken;

		assert_int_equal(
			state_open(store.fd, ids[i], &store.arena, &s, &e), -ENOENT);
		assert_true(e.verbatim);
		assert_string_equal(e.text, "container does not exist");
		assert_int_equal(
			state_open_any(store.fd, ids[i], &store.arena, &s, &broken, NULL),
			-ENOENT);
	}
	assert_int_equal(store_count("."), 4);
	assert_int_equal(
		state_open(store.fd, "../x", &store.arena, &(struct state){ 0 }, NULL),
		-EINVAL);
}

static void broken_records(void **state)
{
	static const char *const texts[] = { "", "{", "{\"format\":1", "nonsense",
		"{\"format\":\"1\"}", "{\"format\":1}",
		"{\"format\":1,\"id\":\"other\",\"status\":\"created\"}",
		"{\"format\":1,\"id\":\"web\",\"status\":7}",
		"{\"format\":1,\"id\":\"web\",\"status\":\"created\",\"pid\":\"1\"}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		auto_error struct error e = ERROR_INIT;
		struct state s;
		bool broken = false;

		store_write("web/state.json", texts[i], 0600);
		assert_int_equal(
			state_open(store.fd, "web", &store.arena, &s, &e), -EBADMSG);
		assert_non_null(e.text);
		assert_non_null(e.hint);
		assert_int_equal(
			state_open_any(store.fd, "web", &store.arena, &s, &broken, NULL),
			0);
		assert_true(broken);
		assert_string_equal(s.rec.id, "web");
		assert_int_equal(s.rec.pid, 0);
		assert_int_equal(state_lock(&s, 0, NULL), 0);
		assert_int_equal(state_discard(store.fd, "web", &s, NULL), 0);
		assert_int_equal(store_count("."), 0);
	}
}

static void what_others_may_have_written(void **state)
{
	static const char text[] = "{\"format\":1,\"id\":\"web\",\"status\":\"created\","
				   "\"pid\":1,\"starttime\":1}";
	struct state s;
	bool broken;

	(void)state;
	store_write("web/state.json", text, 0600);
	assert_int_equal(state_open(store.fd, "web", &store.arena, &s, NULL), 0);
	state_close(&s);
	store_write("web/state.json", text, 0620);
	assert_int_equal(state_open(store.fd, "web", &store.arena, &s, NULL), -EBADMSG);
	assert_int_equal(
		state_open_any(store.fd, "web", &store.arena, &s, &broken, NULL), 0);
	assert_true(broken);
	/* Nobody is signalled on the word of a stranger. */
	assert_int_equal(s.rec.pid, 0);
	state_close(&s);
	assert_int_equal(unlinkat(store.fd, "web/state.json", 0), 0);
	assert_int_equal(symlinkat("/etc/hostname", store.fd, "web/state.json"), 0);
	assert_int_equal(state_open(store.fd, "web", &store.arena, &s, NULL), -EBADMSG);
	assert_int_equal(unlinkat(store.fd, "web/state.json", 0), 0);
	assert_int_equal(mkfifoat(store.fd, "web/state.json", 0600), 0);
	assert_int_equal(state_open(store.fd, "web", &store.arena, &s, NULL), -EBADMSG);
}

static void a_newer_record(void **state)
{
	static const char text[] =
		"{\"format\":2,\"id\":\"web\",\"status\":\"created\",\"pid\":77,"
		"\"starttime\":5,\"release\":\"9.1\",\"hierarchies\":"
		"[{\"mountpoint\":\"/m\",\"path\":\"p\",\"v2\":true,\"new\":1},{\"path\":1}]}";
	auto_error struct error e = ERROR_INIT;
	struct state s;
	bool broken;

	(void)state;
	store_write("web/state.json", text, 0600);
	assert_int_equal(
		state_open(store.fd, "web", &store.arena, &s, &e), -EPROTONOSUPPORT);
	assert_non_null(strstr(e.text, "format 2"));
	assert_non_null(strstr(e.text, "9.1"));
	assert_int_equal(
		state_open_any(store.fd, "web", &store.arena, &s, &broken, NULL), 0);
	assert_true(broken);
	assert_int_equal(s.rec.pid, 77);
	assert_true(s.rec.starttime == 5);
	assert_int_equal(s.rec.n_hierarchies, 1);
	assert_string_equal(s.rec.hierarchies[0].mountpoint, "/m");
	assert_true(s.rec.hierarchies[0].v2);
	state_close(&s);
}

/* A pid without its start time would be whoever has it now. */
static void half_an_identity_is_none(void **state)
{
	struct state s;
	bool broken;

	(void)state;
	store_write("web/state.json", "{\"format\":2,\"id\":\"web\",\"pid\":77}", 0600);
	assert_int_equal(
		state_open_any(store.fd, "web", &store.arena, &s, &broken, NULL), 0);
	assert_int_equal(s.rec.pid, 0);
	state_close(&s);
}

static void unknown_members_are_kept(void **state)
{
	struct state s;
	char *text;

	(void)state;
	store_write("web/state.json",
		"{\"format\":1,\"id\":\"web\",\"status\":\"creating\","
		"\"later\":{\"a\":[1,2.5,null]},"
		"\"pid\":3,\"also\":\"x\"}",
		0600);
	assert_int_equal(state_open(store.fd, "web", &store.arena, &s, NULL), 0);
	s.rec.status = "created";
	assert_int_equal(state_commit(&s, NULL), 0);
	state_close(&s);
	text = store_read("web/state.json");
	assert_non_null(strstr(text, "\"later\":{\"a\":[1,2.5,null]}"));
	assert_non_null(strstr(text, "\"also\":\"x\""));
	assert_non_null(strstr(text, "\"status\":\"created\""));
	assert_int_equal(state_open(store.fd, "web", &store.arena, &s, NULL), 0);
	state_close(&s);
}

static void discard_removes_what_is_ours(void **state)
{
	struct state s;

	(void)state;
	assert_int_equal(reserve("web", &s, NULL), 0);
	assert_int_equal(state_put(&s, "config.json", "{}", 2, NULL), 0);
	assert_int_equal(state_put(&s, "seccomp.bpf", "x", 1, NULL), 0);
	close(state_arm(&s, NULL));
	store_write("web/.config.json.tmp", "half", 0600);
	assert_int_equal(state_discard(store.fd, "web", &s, NULL), 0);
	assert_int_equal(s.dirfd, -EBADF);
	assert_int_equal(store_count("."), 0);
}

/* J7: links are removed as links, folders are not entered. */
static void discard_touches_nothing_else(void **state)
{
	auto_error struct error e = ERROR_INIT;
	struct state s;

	(void)state;
	store_write("canary/file", "alive", 0600);
	store_write("canary/config.json", "alive", 0600);
	assert_int_equal(reserve("web", &s, NULL), 0);
	assert_int_equal(symlinkat("../canary/file", store.fd, "web/config.json"), 0);
	assert_int_equal(symlinkat("../canary", store.fd, "web/seccomp.bpf"), 0);
	assert_int_equal(mkdirat(store.fd, "web/armed", 0), 0);
	assert_int_equal(state_discard(store.fd, "web", &s, &e), -ENOTEMPTY);
	assert_non_null(strstr(e.text, ".web.old"));
	assert_string_equal(store_read("canary/file"), "alive");
	assert_string_equal(store_read("canary/config.json"), "alive");
	assert_int_equal(faccessat(store.fd, "web", F_OK, 0), -1);
	assert_int_equal(store_count(".web.old"), 1);
	/* The id is free, also for the next one that is left behind. */
	assert_int_equal(reserve("web", &s, NULL), 0);
	store_write("web/foreign", "x", 0600);
	assert_int_equal(state_discard(store.fd, "web", &s, NULL), -ENOTEMPTY);
	assert_int_equal(store_count(".web.old.2"), 1);
}

static void a_killed_delete_is_no_obstacle(void **state)
{
	struct state s;

	(void)state;
	assert_int_equal(reserve("web", &s, NULL), 0);
	state_close(&s);
	assert_int_equal(renameat(store.fd, "web", store.fd, ".web.old"), 0);
	assert_int_equal(reserve("web", &s, NULL), 0);
	assert_int_equal(state_discard(store.fd, "web", &s, NULL), 0);
	assert_int_equal(store_count("."), 0);
}

static int collect(void *arg, const char *id)
{
	char *all = arg;

	strncat(all, id, 200);
	strncat(all, " ", 2);
	return 0;
}

static int stop(void *arg, const char *id)
{
	(void)arg;
	(void)id;
	return 7;
}

static void the_list(void **state)
{
	char all[1024] = "";

	(void)state;
	assert_int_equal(state_each(store.fd, true, collect, all, NULL), 0);
	assert_string_equal(all, "");
	store_container("web", 1, 1);
	store_container("db", 1, 1);
	store_container("a.b", 1, 1);
	store_write("runc/state.json", "{\"id\":\"runc\"}", 0600);
	store_write("crun/status", "{}", 0600);
	store_write("torn/state.json", "{\"format\":1,\"i", 0600);
	store_write("void/state.json", "", 0600);
	store_write(".x.new/state.json", "{\"format\":1}", 0600);
	store_write("file", "", 0600);
	assert_int_equal(mkdirat(store.fd, "empty", 0700), 0);
	assert_int_equal(symlinkat("web", store.fd, "link"), 0);
	assert_int_equal(state_each(store.fd, true, collect, all, NULL), 0);
	assert_string_equal(all, "a.b db torn void web ");
	assert_int_equal(state_each(store.fd, true, stop, NULL, NULL), 7);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, store_setup, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(modes),
		CASE(what_is_written_is_read),
		CASE(a_second_one_is_refused),
		CASE(a_killed_create_is_no_obstacle),
		CASE(one_that_is_being_made_counts),
		CASE(foreign_folders_with_our_names_stay),
		CASE(absent_or_foreign),
		CASE(broken_records),
		CASE(what_others_may_have_written),
		CASE(a_newer_record),
		CASE(half_an_identity_is_none),
		CASE(unknown_members_are_kept),
		CASE(discard_removes_what_is_ours),
		CASE(discard_touches_nothing_else),
		CASE(a_killed_delete_is_no_obstacle),
		CASE(the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
