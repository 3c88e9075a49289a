/* SPDX-License-Identifier: Apache-2.0 */
/* Mount options: every name of the specification, and words that oppose each other. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "spec/mountopt.h"

enum { RO = 1, NOSUID = 2, NODEV = 4, NOEXEC = 8, ATIME = 0x70, NOATIME = 0x10 };
enum { STRICT = 0x20, NODIR = 0x80, NOSYM = 0x200000 };

/* Up to five words and what comes of them. */
struct mount_case {
	const char *words[6];
	struct mountopt is;
};

/* config.md#linux-mount-options, one by one */
static const struct mount_case single[] = {
	{ { "defaults" }, { .set = 0 } },
	{ { "ro" }, { .set = RO, .named_attr = true } },
	{ { "rw" }, { .clear = RO, .named_attr = true } },
	{ { "suid" }, { .clear = NOSUID, .named_attr = true } },
	{ { "nosuid" }, { .set = NOSUID, .named_attr = true } },
	{ { "dev" }, { .clear = NODEV, .named_attr = true } },
	{ { "nodev" }, { .set = NODEV, .named_attr = true } },
	{ { "exec" }, { .clear = NOEXEC, .named_attr = true } },
	{ { "noexec" }, { .set = NOEXEC, .named_attr = true } },
	{ { "sync" }, { .sb_set = MS_SYNCHRONOUS } },
	{ { "async" }, { .sb_clear = MS_SYNCHRONOUS } },
	{ { "dirsync" }, { .sb_set = MS_DIRSYNC } },
	{ { "lazytime" }, { .sb_set = 1 << 25 } },
	{ { "nolazytime" }, { .sb_clear = 1 << 25 } },
	{ { "iversion" }, { .sb_set = MS_I_VERSION } },
	{ { "noiversion" }, { .sb_clear = MS_I_VERSION } },
	{ { "silent" }, { .sb_set = MS_SILENT } },
	{ { "loud" }, { .sb_clear = MS_SILENT } },
	{ { "mand" }, { .sb_set = MS_MANDLOCK } },
	{ { "nomand" }, { .sb_clear = MS_MANDLOCK } },
	{ { "nosymfollow" }, { .set = NOSYM, .named_attr = true } },
	{ { "symfollow" }, { .clear = NOSYM, .named_attr = true } },
	{ { "atime" }, { .clear = ATIME, .named_attr = true } },
	{ { "noatime" }, { .set = NOATIME, .clear = ATIME, .named_attr = true } },
	{ { "relatime" }, { .clear = ATIME, .named_attr = true } },
	{ { "norelatime" }, { .clear = ATIME, .named_attr = true } },
	{ { "strictatime" }, { .set = STRICT, .clear = ATIME, .named_attr = true } },
	{ { "nostrictatime" }, { .clear = ATIME, .named_attr = true } },
	{ { "diratime" }, { .clear = NODIR, .named_attr = true } },
	{ { "nodiratime" }, { .set = NODIR, .named_attr = true } },
	{ { "bind" }, { .bind = true } },
	{ { "rbind" }, { .bind = true, .rbind = true } },
	{ { "remount" }, { .remount = true } },
	{ { "private" }, { .propagation = { MS_PRIVATE }, .n_propagation = 1 } },
	{ { "shared" }, { .propagation = { MS_SHARED }, .n_propagation = 1 } },
	{ { "slave" }, { .propagation = { MS_SLAVE }, .n_propagation = 1 } },
	{ { "unbindable" }, { .propagation = { MS_UNBINDABLE }, .n_propagation = 1 } },
	{ { "rprivate" },
		{ .propagation = { MS_PRIVATE | MS_REC }, .n_propagation = 1 } },
	{ { "rshared" }, { .propagation = { MS_SHARED | MS_REC }, .n_propagation = 1 } },
	{ { "rslave" }, { .propagation = { MS_SLAVE | MS_REC }, .n_propagation = 1 } },
	{ { "runbindable" },
		{ .propagation = { MS_UNBINDABLE | MS_REC }, .n_propagation = 1 } },
	{ { "rro" }, { .rset = RO } },
	{ { "rrw" }, { .rclear = RO } },
	{ { "rsuid" }, { .rclear = NOSUID } },
	{ { "rnosuid" }, { .rset = NOSUID } },
	{ { "rdev" }, { .rclear = NODEV } },
	{ { "rnodev" }, { .rset = NODEV } },
	{ { "rexec" }, { .rclear = NOEXEC } },
	{ { "rnoexec" }, { .rset = NOEXEC } },
	{ { "rdiratime" }, { .rclear = NODIR } },
	{ { "rnodiratime" }, { .rset = NODIR } },
	{ { "ratime" }, { .rclear = ATIME } },
	{ { "rnoatime" }, { .rset = NOATIME, .rclear = ATIME } },
	{ { "rrelatime" }, { .rclear = ATIME } },
	{ { "rnorelatime" }, { .rclear = ATIME } },
	{ { "rstrictatime" }, { .rset = STRICT, .rclear = ATIME } },
	{ { "rnostrictatime" }, { .rclear = ATIME } },
	{ { "rsymfollow" }, { .rclear = NOSYM } },
	{ { "rnosymfollow" }, { .rset = NOSYM } },
	{ { "tmpcopyup" }, { .tmpcopyup = true } },
	{ { "idmap" }, { .idmap = true } },
	{ { "ridmap" }, { .ridmap = true } },
	{ { "copy-symlink" }, { .copy_symlink = true } },
	{ { "src-nofollow" }, { .src_nofollow = true } },
	{ { "dest-nofollow" }, { .dest_nofollow = true } },
	{ { "rsync" }, { .set = 0 } },
	{ { "rasync" }, { .set = 0 } },
	{ { "rdirsync" }, { .set = 0 } },
	{ { "rmand" }, { .set = 0 } },
	{ { "rnomand" }, { .set = 0 } },
};

/* MNT-10: the last word wins. */
static const struct mount_case several[] = {
	{ { "" }, { .set = 0 } },
	{ { "ro", "rw" }, { .clear = RO, .named_attr = true } },
	{ { "rw", "ro" }, { .set = RO, .named_attr = true } },
	{ { "nosuid", "", "nodev", "ro", "suid" },
		{ .set = NODEV | RO, .clear = NOSUID, .named_attr = true } },
	{ { "noatime", "strictatime" },
		{ .set = STRICT, .clear = ATIME, .named_attr = true } },
	{ { "noatime", "relatime" }, { .clear = ATIME, .named_attr = true } },
	{ { "noatime", "atime" }, { .clear = ATIME, .named_attr = true } },
	{ { "strictatime", "nostrictatime" }, { .clear = ATIME, .named_attr = true } },
	/* "not strict" says nothing against noatime */
	{ { "noatime", "nostrictatime" },
		{ .set = NOATIME, .clear = ATIME, .named_attr = true } },
	{ { "strictatime", "atime" },
		{ .set = STRICT, .clear = ATIME, .named_attr = true } },
	{ { "strictatime", "norelatime" },
		{ .set = STRICT, .clear = ATIME, .named_attr = true } },
	{ { "rnoatime", "ratime" }, { .rclear = ATIME } },
	/* A recursive word says it of the top mount too; a later plain one says it anew. */
	{ { "ro", "rrw" }, { .rclear = RO, .named_attr = true } },
	{ { "rw", "rro" }, { .rset = RO, .named_attr = true } },
	{ { "rro", "rw" }, { .clear = RO, .rset = RO, .named_attr = true } },
	{ { "exec", "nosuid", "rnoexec" },
		{ .set = NOSUID, .rset = NOEXEC, .named_attr = true } },
	{ { "noatime", "rrelatime" }, { .rclear = ATIME, .named_attr = true } },
	{ { "strictatime", "ratime" }, { .rclear = ATIME, .named_attr = true } },
	{ { "rnoatime", "ro", "rrw" },
		{ .rset = NOATIME, .rclear = ATIME | RO, .named_attr = true } },
	{ { "sync", "async" }, { .sb_clear = MS_SYNCHRONOUS } },
	{ { "lazytime", "dirsync", "nolazytime" },
		{ .sb_set = MS_DIRSYNC, .sb_clear = 1 << 25 } },
	{ { "shared", "rslave" },
		{ .propagation = { MS_SHARED, MS_SLAVE | MS_REC }, .n_propagation = 2 } },
	{ { "bind", "remount", "ro" },
		{ .bind = true, .remount = true, .set = RO, .named_attr = true } },
};

static void check(const struct mount_case *t)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	struct mountopt o;
	size_t n = 0;

	while (t->words[n])
		n++;
	assert_int_equal(mountopt_parse(&a, t->words, n, &o, &e), 0);
	if (o.set != t->is.set || o.clear != t->is.clear || o.rset != t->is.rset ||
		o.rclear != t->is.rclear || o.sb_set != t->is.sb_set ||
		o.sb_clear != t->is.sb_clear || o.n_propagation != t->is.n_propagation ||
		memcmp(o.propagation, t->is.propagation, sizeof(o.propagation)) != 0)
		fail_msg("%s: masks", t->words[0]);
	if (o.bind != t->is.bind || o.rbind != t->is.rbind ||
		o.remount != t->is.remount || o.idmap != t->is.idmap ||
		o.ridmap != t->is.ridmap || o.tmpcopyup != t->is.tmpcopyup ||
		o.copy_symlink != t->is.copy_symlink ||
		o.src_nofollow != t->is.src_nofollow ||
		o.dest_nofollow != t->is.dest_nofollow ||
		o.named_attr != t->is.named_attr)
		fail_msg("%s: flags", t->words[0]);
	assert_int_equal(o.n_data, 0);
	assert_null(o.idmap_map);
}

static void each_word(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(single); i++)
		check(&single[i]);
}

static void last_wins(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(several); i++)
		check(&several[i]);
}

static void data(void **state)
{
	static const char *const words[] = { "size=64k", "ro", "", "acl", "mode=755",
		"idmap=uids=0-1-10;gids=0-1-10", "RO", "idmapped", "newinstance" };
	static const char *const left[] = { "size=64k", "acl", "mode=755", "RO",
		"idmapped", "newinstance" };
	auto_arena struct arena a = ARENA_INIT;
	struct mountopt o;
	static const char *const ridmap[] = { "ridmap=uids=0-1-10" };

	(void)state;
	assert_int_equal(mountopt_parse(&a, words, ARRAY_SIZE(words), &o, NULL), 0);
	assert_int_equal(o.n_data, ARRAY_SIZE(left));
	for (size_t i = 0; i < ARRAY_SIZE(left); i++)
		assert_string_equal(o.data[i], left[i]);
	assert_true(o.idmap);
	assert_false(o.ridmap);
	assert_string_equal(o.idmap_map, "uids=0-1-10;gids=0-1-10");
	assert_int_equal(mountopt_parse(&a, ridmap, 1, &o, NULL), 0);
	assert_true(o.ridmap);
	assert_string_equal(o.idmap_map, "uids=0-1-10");
}

static void too_many_propagations(void **state)
{
	static const char *const words[] = { "shared", "slave", "private", "rshared",
		"rslave" };
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	struct mountopt o = { .n_propagation = 77 };

	(void)state;
	assert_int_equal(mountopt_parse(&a, words, 4, &o, &e), 0);
	assert_int_equal(o.n_propagation, 4);
	o.n_propagation = 77;
	assert_int_equal(mountopt_parse(&a, words, 5, &o, &e), -EINVAL);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_int_equal(o.n_propagation, 77);
}

struct seen {
	size_t n;
	const char *stop;
};

static int see(void *arg, const struct mountopt_info *info)
{
	struct seen *s = arg;

	assert_true(s->n < ARRAY_SIZE(single));
	assert_true(info->doc[0]);
	s->n++;
	for (size_t i = 0; i < ARRAY_SIZE(single); i++) {
		if (strcmp(single[i].words[0], info->name) == 0)
			return s->stop && strcmp(s->stop, info->name) == 0 ? 42 : 0;
	}
	fail_msg("%s has no case", info->name);
	return 0;
}

/* features lists what the parser knows. */
static void whole_table(void **state)
{
	struct seen all = { .n = 0 };
	struct seen some = { .stop = "ro" };

	(void)state;
	assert_int_equal(mountopt_each(see, &all), 0);
	assert_int_equal(all.n, ARRAY_SIZE(single));
	assert_int_equal(mountopt_each(see, &some), 42);
	assert_int_equal(some.n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_word),
		cmocka_unit_test(last_wins),
		cmocka_unit_test(data),
		cmocka_unit_test(too_many_propagations),
		cmocka_unit_test(whole_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
