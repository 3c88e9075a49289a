/* SPDX-License-Identifier: Apache-2.0 */
/* Updates of resources: what they say, and what comes of them. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "spec/resources.h"

/* clang-format off */
#define CONFIG(resources) \
	"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\"cwd\":\"/\"," \
	"\"args\":[\"a\"]},\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]," \
	"\"resources\":{" resources "}}}"
/* clang-format on */

/* stored, update, and the resources that come of it */
static const struct {
	const char *stored, *update, *result;
} rows[] = {
	{ "", "{}", "{}" },
	{ "\"pids\":{\"limit\":5}", "{\"pids\":{\"limit\":0}}",
		"{\"pids\":{\"limit\":0}}" },
	{ "\"pids\":{\"limit\":5}", "{\"pids\":{}}", "{\"pids\":{\"limit\":5}}" },
	{ "\"pids\":{\"limit\":5}", "{\"pids\":null,\"memory\":{}}",
		"{\"pids\":{\"limit\":5}}" },
	{ "\"cpu\":{\"shares\":512,\"cpus\":\"0-1\"}",
		"{\"cpu\":{\"shares\":0,\"quota\":0,\"cpus\":\"\",\"period\":7}}",
		"{\"cpu\":{\"shares\":512,\"cpus\":\"0-1\",\"period\":7}}" },
	{ "\"cpu\":{\"idle\":1,\"burst\":5}", "{\"cpu\":{\"idle\":0,\"burst\":0}}",
		"{\"cpu\":{\"idle\":0,\"burst\":0}}" },
	{ "\"memory\":{\"limit\":10,\"swap\":30}", "{\"memory\":{\"limit\":20}}",
		"{\"memory\":{\"limit\":20,\"swap\":30}}" },
	{ "\"memory\":{\"swappiness\":60}", "{\"memory\":{\"swappiness\":0}}",
		"{\"memory\":{\"swappiness\":0}}" },
	{ "\"devices\":[{\"allow\":true,\"access\":\"r\"}]",
		"{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}",
		"{\"devices\":[{\"allow\":true,\"access\":\"r\"}]}" },
	{ "\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0,\"rate\":1},"
	  "{\"major\":8,\"minor\":16,\"rate\":2}]}",
		"{\"blockIO\":{\"weight\":0,\"throttleReadBpsDevice\":[{\"major\":8,"
		"\"minor\":0,\"rate\":0}]}}",
		"{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":16,"
		"\"rate\":2},{\"major\":8,\"minor\":0,\"rate\":0}]}}" },
	{ "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4}]",
		"{\"hugepageLimits\":[{\"pageSize\":\"1GB\",\"limit\":0},"
		"{\"pageSize\":\"2MB\",\"limit\":6}]}",
		"{\"hugepageLimits\":[{\"pageSize\":\"1GB\",\"limit\":0},"
		"{\"pageSize\":\"2MB\",\"limit\":6}]}" },
	{ "\"network\":{\"classID\":1,\"priorities\":[{\"name\":\"lo\",\"priority\":1}]}",
		"{\"network\":{\"priorities\":[{\"name\":\"eth0\",\"priority\":2}]}}",
		"{\"network\":{\"classID\":1,\"priorities\":[{\"name\":\"lo\","
		"\"priority\":1},{\"name\":\"eth0\",\"priority\":2}]}}" },
	{ "\"rdma\":{\"a\":{\"hcaHandles\":1}}",
		"{\"rdma\":{\"a\":{\"hcaObjects\":2},\"b\":{\"hcaHandles\":0}}}",
		"{\"rdma\":{\"a\":{\"hcaHandles\":1,\"hcaObjects\":2},"
		"\"b\":{\"hcaHandles\":0}}}" },
	{ "\"unified\":{\"a.b\":\"1\",\"c.d\":\"2\"}",
		"{\"unified\":{\"c.d\":\"\",\"e.f\":\"3\"}}",
		"{\"unified\":{\"a.b\":\"1\",\"c.d\":\"\",\"e.f\":\"3\"}}" },
};

static void an_update_is_laid_over_what_is_stored(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_arena struct arena a = ARENA_INIT;
		auto_buf struct buf config = BUF_INIT, text = BUF_INIT,
				    expected = BUF_INIT;
		auto_error struct error e = ERROR_INIT;
		struct spec stored, update, now;

		buf_addf(&config, CONFIG("%s"), rows[i].stored);
		assert_int_equal(spec_parse("config.json", config.p, config.len, NULL, &a,
					 &stored, &e),
			0);
		assert_int_equal(spec_resources_parse("update", rows[i].update,
					 strlen(rows[i].update), NULL, &a, &update, &e),
			0);
		assert_int_equal(spec_resources_merge(
					 &stored, &update, NULL, 0, &a, &now, &text, &e),
			0);
		buf_addf(&expected, "%.*s", (int)(strlen(rows[i].result) - 2),
			rows[i].result + 1);
		buf_done(&config);
		buf_addf(&config, CONFIG("%s"), expected.p);
		/* linux moves to the end of the text. */
		assert_string_equal(text.p, config.p);
		assert_non_null(now.config->linux->resources);
		assert_string_equal(now.doc.name, "the updated configuration");
	}
}

static void faults_of_an_update_have_places(void **state)
{
	static const struct {
		const char *update, *path;
	} faults[] = {
		{ "{\"pids\": {\"limit\": \"5\"}}", "pids.limit" },
		{ "{\"cpu\": {\"idle\": 2}}", "cpu.idle" },
		{ "{\"unified\": {\"../x\": \"1\"}}", "unified[\"../x\"]" },
		{ "{\"hugepageLimits\": [{\"pageSize\": \"3MB\", \"limit\": 1}]}",
			"hugepageLimits[0].pageSize" },
		{ "[]", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		auto_arena struct arena a = ARENA_INIT;
		auto_error struct error e = ERROR_INIT;
		struct spec update;

		assert_int_equal(spec_resources_parse("update", faults[i].update,
					 strlen(faults[i].update), NULL, &a, &update, &e),
			-EINVAL);
		assert_non_null(e.n_faults ? e.faults[0].path : e.path);
		assert_string_equal(
			e.n_faults ? e.faults[0].path : e.path, faults[i].path);
	}
}

static void the_rules_hold_for_the_whole(void **state)
{
	static const char config[] = CONFIG("\"memory\":{\"limit\":100,\"swap\":100}");
	static const char text[] = "{\"memory\":{\"limit\":200}}";
	auto_arena struct arena a = ARENA_INIT;
	auto_buf struct buf out = BUF_INIT;
	auto_error struct error e = ERROR_INIT;
	struct spec stored, update, now;

	(void)state;
	assert_int_equal(spec_parse("config.json", config, sizeof(config) - 1, NULL, &a,
				 &stored, &e),
		0);
	assert_int_equal(spec_resources_parse(
				 "update", text, sizeof(text) - 1, NULL, &a, &update, &e),
		0);
	assert_int_equal(
		spec_resources_merge(&stored, &update, NULL, 0, &a, &now, &out, &e),
		-EINVAL);
	assert_non_null(strstr(e.text, "at least the limit"));
}

static void device_rules_come_behind_those_that_are_there(void **state)
{
	static const char config[] =
		CONFIG("\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]");
	static const struct spec_device_words good[] = { { true, "c 1:11 rw" },
		{ true, "b *:* m" }, { false, "a" }, { false, "a 8:* r" } };
	static const char *const bad[] = { "", "c", "c 1", "c 1:2", "c 1:2 ", "c 1:2 x",
		"d 1:2 r", "c 1:x r", "c -1:2 r", "c 1:2 r ", " c 1:2 r", "c  1:2 r",
		"c 4294967296:0 r", "c 1:2:3 r", "ab", "a ", "c *1:2 r" };
	auto_arena struct arena a = ARENA_INIT;
	auto_buf struct buf out = BUF_INIT;
	auto_error struct error e = ERROR_INIT;
	const struct spec_resources *res;
	struct spec stored, now;

	(void)state;
	assert_int_equal(spec_parse("config.json", config, sizeof(config) - 1, NULL, &a,
				 &stored, &e),
		0);
	assert_int_equal(spec_resources_merge(&stored, NULL, good, ARRAY_SIZE(good), &a,
				 &now, &out, &e),
		0);
	res = now.config->linux->resources;
	assert_int_equal(res->n_devices, 5);
	assert_true(res->devices[1].allow && res->devices[1].major == 1 &&
		    res->devices[1].minor == 11);
	assert_string_equal(res->devices[1].access, "rw");
	assert_int_equal(res->devices[2].major, -1);
	assert_string_equal(res->devices[3].access, "rwm");
	assert_string_equal(res->devices[4].type, "a");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const struct spec_device_words one = { true, bad[i] };
		auto_buf struct buf text = BUF_INIT;

		err_done(&e);
		if (spec_resources_merge(&stored, NULL, &one, 1, &a, &now, &text, &e) !=
			-EINVAL)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_int_equal(e.kind, ERR_USAGE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_update_is_laid_over_what_is_stored),
		cmocka_unit_test(faults_of_an_update_have_places),
		cmocka_unit_test(the_rules_hold_for_the_whole),
		cmocka_unit_test(device_rules_come_behind_those_that_are_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
