/* SPDX-License-Identifier: Apache-2.0 */
/* This machine's facts against other sources of them; a pretended host there and back. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "host/host.h"
#include "json/json.h"

/* The number behind a name in a small file: /proc/self/status, cap_last_cap. */
static uint64_t number_in(const char *path, const char *format)
{
	auto_file FILE *f = fopen(path, "re");
	char line[256];
	uint64_t n;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, format, &n) == 1)
			return n;
	}
	fail_msg("%s has no line of the form %s", path, format);
	return 0;
}

static void reads_this_machine(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	struct host h;

	(void)state;
	if (host_read(&a, &h, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(h.euid, geteuid());
	assert_int_equal(h.egid, getegid());
	assert_int_equal(h.caps, number_in("/proc/self/status", "CapPrm: %" SCNx64));
	assert_int_equal(
		h.last_cap, number_in("/proc/sys/kernel/cap_last_cap", "%" SCNu64));
	for (size_t i = 0; i < h.n_hierarchies; i++) {
		assert_int_equal(access(h.hierarchies[i].mountpoint, F_OK), 0);
		assert_int_equal(h.hierarchies[i].own[0], '/');
	}
	assert_int_equal(h.n_hierarchies == 0, h.cgroup == HOST_CGROUP_NONE);
}

static void dump(const struct host *h, struct buf *out)
{
	struct json_w *w = json_w_open(0);

	schema_dump(&object_host, h, w);
	assert_int_equal(json_w_close(w, out), 0);
}

static void what_is_dumped_can_be_loaded(void **state)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_buf struct buf one = BUF_INIT, two = BUF_INIT;
	struct host h, again;

	(void)state;
	assert_int_equal(host_read(&a, &h, NULL), 0);
	dump(&h, &one);
	assert_int_equal(host_load(&a, "host.json", one.p, one.len, &again, NULL), 0);
	dump(&again, &two);
	assert_string_equal(one.p, two.p);
}

static void pretends(void **state)
{
	static const char text[] =
		"{\"cgroup\":\"hybrid\",\"euid\":5,\"caps\":18446744073709551615,"
		"\"without\":[\"time-ns\"],\"in_userns\":true,\"hierarchies\":["
		"{\"mountpoint\":\"/c\",\"v2\":true,\"controllers\":[\"pids\"],\"own\":\"/\"}]}";
	auto_arena struct arena a = ARENA_INIT;
	struct host h;

	(void)state;
	assert_int_equal(host_load(&a, "h", text, strlen(text), &h, NULL), 0);
	assert_int_equal(h.cgroup, HOST_CGROUP_HYBRID);
	assert_int_equal(h.euid, 5);
	assert_true(h.caps == UINT64_MAX);
	assert_true(h.in_userns);
	assert_false(host_has(&h, "time-ns"));
	assert_true(host_has(&h, "openat2"));
	assert_string_equal(h.hierarchies[0].controllers[0], "pids");
}

static void refuses_a_wrong_pretence(void **state)
{
	static const char *const bad[] = { "", "[]", "{\"cgroup\":\"v3\"}",
		"{\"euid\":-1}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_arena struct arena a = ARENA_INIT;
		auto_error struct error e = ERROR_INIT;
		struct host h;

		assert_int_equal(
			host_load(&a, "h.json", bad[i], strlen(bad[i]), &h, &e), -EINVAL);
		assert_string_equal(e.file, "h.json");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_this_machine),
		cmocka_unit_test(what_is_dumped_can_be_loaded),
		cmocka_unit_test(pretends),
		cmocka_unit_test(refuses_a_wrong_pretence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
