/* SPDX-License-Identifier: Apache-2.0 */
/* The plan's rows: a plan survives the way into an image and back. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "json/json.h"
#include "planning.h"

static const char config[] =
	"\"process\":{\"cwd\":\"/\",\"args\":[\"a\",\"\"],\"env\":[\"A=\"],\"rlimits\":["
	"{\"type\":\"RLIMIT_CORE\",\"soft\":0,\"hard\":18446744073709551615}],"
	"\"user\":{\"uid\":1,\"gid\":2,\"additionalGids\":[3,4]},"
	"\"scheduler\":{\"policy\":\"SCHED_IDLE\"},"
	"\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":7}},"
	"\"hostname\":\"h\",\"annotations\":{\"k\":\"v\",\"empty\":\"\"},"
	"\"mounts\":[{\"destination\":\"/t\",\"type\":\"tmpfs\","
	"\"options\":[\"size=1m\",\"slave\"]}],"
	"\"hooks\":{\"poststop\":[{\"path\":\"/h\",\"timeout\":1}]},"
	"\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"uts\"},{\"type\":\"time\"},"
	"{\"type\":\"network\",\"path\":\"/n\"}],\"timeOffsets\":{\"monotonic\":{\"secs\":-9}},"
	"\"sysctl\":{\"net.core.somaxconn\":\"5\"},\"maskedPaths\":[\"/m\"],"
	"\"readonlyPaths\":[\"/r\"],\"resources\":{\"pids\":{\"limit\":3}}}";

static void dump(const struct plan *plan, struct buf *out)
{
	struct json_w *w = json_w_open(2);

	plan_dump(plan, w);
	assert_int_equal(json_w_close(w, out), 0);
}

static void survives_an_image(void **state)
{
	auto_buf struct buf before = BUF_INIT, after = BUF_INIT, image = BUF_INIT;
	auto_free void *copy = NULL;
	struct plan_seccomp filter = {
		.prog = "\0\1\2\3\4\5\6", .n_prog = 8, .flags = 4
	};
	const struct plan_seccomp *filter_back;
	const void *back;
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2, "%s", config);
	p.plan->process->seccomp = &filter;
	dump(p.plan, &before);
	assert_int_equal(schema_pack(&object_plan, p.plan, &image), 0);
	planned_done(&p);
	copy = aligned_alloc(16, (image.len + 15) & ~(size_t)15);
	assert_non_null(copy);
	memcpy(copy, image.p, image.len);
	assert_int_equal(schema_unpack(&object_plan, copy, image.len, &back), 0);
	dump(back, &after);
	assert_string_equal(before.p, after.p);
	filter_back = ((const struct plan *)back)->process->seccomp;
	assert_int_equal(filter_back->n_prog, filter.n_prog);
	assert_memory_equal(filter_back->prog, filter.prog, filter.n_prog);
}

static void the_dump_has_every_part(void **state)
{
	static const char *const parts[] = { "joins", "time_offsets", "relay_why",
		"mounts", "devices", "links", "masked", "readonly", "hostname", "sysctls",
		"cgroup", "process", "hooks", "annotations" };
	auto_arena struct arena a = ARENA_INIT;
	auto_buf struct buf text = BUF_INIT;
	struct json_doc doc;
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2, "%s", config);
	dump(p.plan, &text);
	planned_done(&p);
	assert_int_equal(json_parse(&a, "plan", text.p, text.len, &doc, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		assert_non_null(json_get(doc.root, parts[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives_an_image),
		cmocka_unit_test(the_dump_has_every_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
