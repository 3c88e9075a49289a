/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing mountinfo: escapes, optional fields, broken lines. */
#include "config.h"

#include "sandbox.h"

#include "sys/mountinfo.h"

static struct mountinfo seen[8];
static char texts[8][512];
static int n_seen;

static int keep(void *arg, const struct mountinfo *m)
{
	seen[n_seen] = *m;
	snprintf(texts[n_seen], sizeof(texts[0]), "%s|%s|%s|%s|%s|%s", m->root, m->target,
		m->options, m->fstype, m->source, m->super);
	n_seen++;
	return arg ? *(int *)arg : 0;
}

static int parse(const char *text, int stop)
{
	char copy[2048];

	n_seen = 0;
	snprintf(copy, sizeof(copy), "%s", text);
	return mountinfo_parse(copy, keep, stop ? &stop : NULL);
}

static void test_lines(void **state)
{
	(void)state;
	assert_int_equal(
		parse("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=go\n"
		      "37 36 0:5 / /a\\040b\\011c\\012d\\134e rw shared:4 master:5 "
		      "propagate_from:2 unbindable - tmpfs none rw,size=4k\n"
		      "38 36 0:99 /x - rw - fuse.sshfs me@there:/some\\040place rw",
			0),
		0);
	assert_int_equal(n_seen, 3);
	assert_string_equal(
		texts[0], "/mnt1|/mnt2|rw,noatime|ext3|/dev/root|rw,errors=go");
	assert_int_equal(seen[0].id, 36);
	assert_int_equal(seen[0].parent, 35);
	assert_int_equal(seen[0].major, 98);
	assert_int_equal(seen[0].master, 1);
	assert_int_equal(seen[0].shared, 0);
	assert_string_equal(texts[1], "/|/a b\tc\nd\\e|rw|tmpfs|none|rw,size=4k");
	assert_int_equal(seen[1].shared, 4);
	assert_int_equal(seen[1].master, 5);
	assert_int_equal(seen[1].minor, 5);
	/* A mount point may be named like the separator. */
	assert_string_equal(texts[2], "/x|-|rw|fuse.sshfs|me@there:/some place|rw");
	/* Only whole escapes count. */
	assert_int_equal(parse("1 2 3:4 \\04 \\999 \\1 - \\401 \\101 \\", 0), 0);
	assert_string_equal(texts[0], "\\04|\\999|\\1|\\401|A|\\");
	/* An empty source, as some have. */
	assert_int_equal(parse("1 2 3:4 / / rw - cgroup2  rw,nsdelegate\n", 0), 0);
	assert_string_equal(texts[0], "/|/|rw|cgroup2||rw,nsdelegate");
	assert_int_equal(parse("", 0), 0);
	assert_int_equal(n_seen, 0);
}

static void test_stop(void **state)
{
	(void)state;
	assert_int_equal(
		parse("1 2 3:4 / /a rw - a b c\n2 2 3:4 / /b rw - a b c\n", 5), 5);
	assert_int_equal(n_seen, 1);
}

static void test_broken(void **state)
{
	static const char *const lines[] = {
		"\n",
		"1\n",
		"x 2 3:4 / / rw - a b c",
		"1 -2 3:4 / / rw - a b c",
		"1 2 34 / / rw - a b c",
		"1 2 3: / / rw - a b c",
		"1 2 99999999999:4 / / rw - a b c",
		"1 2 3:4 / /",
		"1 2 3:4 / / rw shared:1",
		"1 2 3:4 / / rw shared:x - a b c",
		"1 2 3:4 / / rw -",
		"1 2 3:4 / / rw - a",
		"1 2 3:4 / / rw - a b",
		"99999999999 2 3:4 / / rw - a b c",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		int r = parse(lines[i], 0);

		if (r != -EINVAL)
			fail_msg("'%s' gave %d", lines[i], r);
		assert_int_equal(n_seen, 0);
	}
	/* What came before was told. */
	assert_int_equal(parse("1 2 3:4 / / rw - a b c\nbroken\n", 0), -EINVAL);
	assert_int_equal(n_seen, 1);
}

static int find_root(void *arg, const struct mountinfo *m)
{
	*(int *)arg += strcmp(m->target, "/proc") == 0 && strcmp(m->fstype, "proc") == 0;
	return 0;
}

static void test_own(void **state)
{
	int n = 0;

	(void)state;
	assert_int_equal(mountinfo_each(find_root, &n, NULL), 0);
	assert_true(n >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
