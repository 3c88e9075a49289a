/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts: attributes of binds, when a mount becomes read-only, what is refused. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "planning.h"

/* MOUNT_ATTR_* of linux/mount.h */
enum { RDONLY = 1, NOSUID = 2, NODEV = 4, NOEXEC = 8, NOSYMFOLLOW = 0x200000 };
#define ALL (RDONLY | NOSUID | NODEV | NOEXEC | NOSYMFOLLOW)

#define MOUNT_NS "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}"
#define USER_NS                                                                 \
	"\"linux\":{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"user\"}]," \
	"\"uidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}],"        \
	"\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":1}]}"
#define BIND(options_)                                                                 \
	"\"mounts\":[{\"destination\":\"/d\",\"source\":\"/s\",\"options\":[" options_ \
	"]}]"

static void a_bind_keeps_what_nobody_names(void **state)
{
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2, MOUNT_NS "," BIND("\"rbind\",\"rprivate\",\"\""));
	assert_int_equal(p.plan->mounts[0].kind, PLAN_MOUNT_BIND);
	assert_true(p.plan->mounts[0].recursive);
	assert_true(p.plan->mounts[0].set == 0);
	assert_true(p.plan->mounts[0].clear == 0);
	assert_int_equal(p.plan->mounts[0].n_propagation, 1);
	planned_done(&p);
}

/* MNT-11: a named attribute replaces those of the source. */
static void a_named_attribute_replaces_the_sources(void **state)
{
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2, MOUNT_NS "," BIND("\"bind\",\"ro\",\"rnosuid\""));
	assert_true(p.plan->mounts[0].set == RDONLY);
	assert_true(p.plan->mounts[0].rset == NOSUID);
	assert_true(p.plan->mounts[0].clear == (ALL & ~(RDONLY | NOSUID)));
	planned_done(&p);
}

/* They are locked there, and the kernel would refuse to clear them. */
static void in_a_user_namespace_the_sources_stay(void **state)
{
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2, USER_NS "," BIND("\"bind\",\"ro\""));
	assert_true(p.plan->mounts[0].set == RDONLY);
	assert_true(p.plan->mounts[0].clear == 0);
	planned_done(&p);
	planning_ok(&p, &host_v2, USER_NS "," BIND("\"bind\",\"ro\",\"exec\""));
	assert_true(p.plan->mounts[0].clear == NOEXEC);
	planned_done(&p);
}

static void a_relative_source_is_in_the_bundle(void **state)
{
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2,
		MOUNT_NS ",\"mounts\":[{\"destination\":\"x/../d//\",\"source\":\"a/b\","
			 "\"options\":[\"bind\"]}]");
	assert_string_equal(p.plan->mounts[0].source, "/bundle/a/b");
	assert_string_equal(p.plan->mounts[0].target, "/d");
	planned_done(&p);
}

/* MOPT-02: at the end where we fill it, unless it is taken back */
static void read_only_comes_late_where_more_is_made_inside(void **state)
{
#define MOUNT(target, type, words) \
	"{\"destination\":\"" target "\",\"type\":\"" type "\",\"options\":[" words "]}"
	static const struct {
		const char *mounts;
		size_t at;
		bool late, set, superblock;
	} rows[] = {
		{ MOUNT("/t", "tmpfs", "\"ro\""), 0, true, true, true },
		{ MOUNT("/t", "tmpfs", "\"rro\""), 0, true, false, false },
		{ MOUNT("/t", "tmpfs", "\"ro\",\"tmpcopyup\""), 0, true, true, true },
		{ MOUNT("/t", "tmpfs", ""), 0, false, false, false },
		{ MOUNT("/dev", "devtmpfs", "\"ro\""), 0, true, true, false },
		{ MOUNT("/sys", "sysfs", "\"ro\""), 0, false, true, true },
		{ MOUNT("/dev", "tmpfs", "") "," MOUNT(
			  "/dev", "tmpfs", "\"remount\",\"ro\""),
			1, true, true, true },
		{ MOUNT("/dev", "tmpfs", "") "," MOUNT(
			  "/dev", "", "\"bind\",\"remount\",\"ro\""),
			1, true, true, false },
		{ MOUNT("/s", "sysfs", "") "," MOUNT("/s", "sysfs", "\"remount\",\"ro\""),
			1, false, true, true },
		{ MOUNT("/t", "tmpfs", "\"ro\"") "," MOUNT(
			  "/t", "tmpfs", "\"remount\",\"rw\""),
			0, false, false, false },
		{ MOUNT("/t", "tmpfs", "\"ro\"") "," MOUNT(
			  "/t", "tmpfs", "\"remount\",\"nosuid\""),
			0, true, true, true },
		{ MOUNT("/t", "tmpfs", "\"ro\"") "," MOUNT("/t", "tmpfs", "") "," MOUNT(
			  "/t", "tmpfs", "\"remount\",\"rw\""),
			0, true, true, true },
	};
#undef MOUNT

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct plan_mount *m;
		struct planned p;

		planning_ok(&p, &host_v2, MOUNT_NS ",\"mounts\":[%s]", rows[i].mounts);
		m = &p.plan->mounts[rows[i].at];
		if (m->late_readonly != rows[i].late ||
			(m->set & RDONLY) != (rows[i].set ? RDONLY : 0) ||
			(m->sb_flags & RDONLY) != (rows[i].superblock ? RDONLY : 0))
			fail_msg("%s", rows[i].mounts);
		planned_done(&p);
	}
}

static void cgroup_is_what_the_host_has(void **state)
{
	static const char mount[] = MOUNT_NS
		",\"mounts\":[{\"destination\":\"/c\",\"type\":\"cgroup\",\"options\":[\"ro\"]}]";
	struct planned p;

	(void)state;
	planning_ok(&p, &host_v2, "%s", mount);
	assert_int_equal(p.plan->mounts[0].kind, PLAN_MOUNT_NEW);
	assert_string_equal(p.plan->mounts[0].fs, "cgroup2");
	assert_true(p.plan->mounts[0].sb_flags == 0);
	planned_done(&p);
	planning_ok(&p, &host_v1, "%s", mount);
	assert_int_equal(p.plan->mounts[0].kind, PLAN_MOUNT_CGROUP1);
	planned_done(&p);
}

static void crun_words_are_for_binds(void **state)
{
	static const char *const words[] = { "copy-symlink", "src-nofollow" };
	struct planned p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		int r = planning(&p, &host_v2,
			MOUNT_NS
			",\"mounts\":[{\"destination\":\"/c\",\"type\":\"tmpfs\","
			"\"options\":[\"%s\"]}]",
			words[i]);

		assert_int_equal(r, -EINVAL);
		assert_int_equal(p.e.kind, ERR_CONFIG);
		assert_string_equal(p.e.path, "mounts[0].options");
		assert_non_null(strstr(p.e.text, words[i]));
		planned_done(&p);
	}
	planning_ok(&p, &host_v2, "%s,%s", MOUNT_NS,
		BIND("\"bind\",\"copy-symlink\",\"src-nofollow\",\"dest-nofollow\""));
	assert_true(p.plan->mounts[0].copy_symlink);
	assert_true(p.plan->mounts[0].src_nofollow);
	assert_true(p.plan->mounts[0].dest_nofollow);
	planned_done(&p);
}

static void a_mode_in_a_longer_word_is_one(void **state)
{
	static const struct {
		const char *options;
		bool cover;
	} rows[] = {
		{ "size=4k", true },
		{ "mode=700", false },
		{ "size=4k,mode=700", false },
		{ "size=4k,xmode=700", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct planned p;

		planning_ok(&p, &host_v2,
			MOUNT_NS
			",\"mounts\":[{\"destination\":\"/c\",\"type\":\"tmpfs\","
			"\"options\":[\"%s\"]}]",
			rows[i].options);
		assert_true(p.plan->mounts[0].cover_mode == rows[i].cover);
		planned_done(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bind_keeps_what_nobody_names),
		cmocka_unit_test(a_named_attribute_replaces_the_sources),
		cmocka_unit_test(in_a_user_namespace_the_sources_stay),
		cmocka_unit_test(a_relative_source_is_in_the_bundle),
		cmocka_unit_test(read_only_comes_late_where_more_is_made_inside),
		cmocka_unit_test(cgroup_is_what_the_host_has),
		cmocka_unit_test(crun_words_are_for_binds),
		cmocka_unit_test(a_mode_in_a_longer_word_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
