/* SPDX-License-Identifier: Apache-2.0 */
/* Where the store is, who may have written to it, and which ids there are. */
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

static void ids(void **state)
{
	static const char *const good[] = { "a", "A", "0", "_", "+", "web", "a.b", "a-b",
		"buildah-buildah123", "0123456789abcdef", "a..", "a+b_c.d-e" };
	static const char *const bad[] = { "", ".", "..", "-", "-a", ".a", "a/b", "/",
		"../../etc", "a b", "a\nb", "a\tb", "\xc3\xa4", "a\x7f", "a\x80", "a:b",
		"a*", "a%b", "a\\b" };
	char long_id[5001];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(state_id_check(good[i], NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_error struct error e = ERROR_INIT;

		assert_int_equal(state_id_check(bad[i], &e), -EINVAL);
		assert_non_null(e.text);
	}
	memset(long_id, 'a', sizeof(long_id));
	long_id[200] = '\0';
	assert_int_equal(state_id_check(long_id, NULL), 0);
	long_id[200] = 'a';
	long_id[201] = '\0';
	assert_int_equal(state_id_check(long_id, NULL), -EINVAL);
	long_id[201] = 'a';
	long_id[5000] = '\0';
	{
		auto_error struct error e = ERROR_INIT;

		assert_int_equal(state_id_check(long_id, &e), -EINVAL);
		assert_true(strlen(e.text) < 200);
	}
}

static void every_byte_of_an_id(void **state)
{
	(void)state;
	for (int c = 1; c < 256; c++) {
		const char id[3] = { 'a', (char)c, '\0' };
		bool good = (c < 128 && strchr("_+.-", c)) || (c >= '0' && c <= '9') ||
			    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		assert_int_equal(state_id_check(id, NULL), good ? 0 : -EINVAL);
	}
}

static void the_option_wins(void **state)
{
	char *path = NULL;

	(void)state;
	assert_int_equal(state_root_path(&store.arena, "/a//b/./c/", &path, NULL), 0);
	assert_string_equal(path, "/a/b/c");
	assert_int_equal(state_root_path(&store.arena, "", &path, NULL), -EINVAL);
	assert_int_equal(state_root_path(&store.arena, "/", &path, NULL), -EINVAL);
	assert_int_equal(state_root_path(&store.arena, "//.", &path, NULL), -EINVAL);
}

static void the_default(void **state)
{
	char *path = NULL;

	(void)state;
	unsetenv("XDG_RUNTIME_DIR");
	if (geteuid() == 0) {
		assert_int_equal(state_root_path(&store.arena, NULL, &path, NULL), 0);
		assert_string_equal(path, "/run/davit");
		/* podman sets it to nothing */
		setenv("XDG_RUNTIME_DIR", "", 1);
		assert_int_equal(state_root_path(&store.arena, NULL, &path, NULL), 0);
		assert_string_equal(path, "/run/davit");
	} else {
		assert_int_equal(
			state_root_path(&store.arena, NULL, &path, NULL), -ENOENT);
		setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
		assert_int_equal(state_root_path(&store.arena, NULL, &path, NULL), 0);
		assert_string_equal(path, "/run/user/7/davit");
		setenv("XDG_RUNTIME_DIR", "relative", 1);
		assert_int_equal(
			state_root_path(&store.arena, NULL, &path, NULL), -ENOENT);
	}
	unsetenv("XDG_RUNTIME_DIR");
}

static int open_below(const char *name, bool create)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", store.path, name);
	return state_root_open(path, create, NULL);
}

static void folders_are_made_for_us_alone(void **state)
{
	mode_t old = umask(0);
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(open_below("a/b/c", false), -ENOENT);
	fd = open_below("a/b/c", true);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(fstatat(store.fd, "a/b/c", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(fstatat(store.fd, "a", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	fd = open_below("a/b/c", true);
	assert_true(fd >= 0);
	close(fd);
	umask(old);
}

static void what_others_can_write_is_refused(void **state)
{
	static const mode_t modes[] = { 0720, 0702, 0777, 01777, 0770 };

	(void)state;
	assert_int_equal(mkdirat(store.fd, "r", 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		assert_int_equal(fchmodat(store.fd, "r", modes[i], 0), 0);
		assert_int_equal(open_below("r", false), -EPERM);
		assert_int_equal(open_below("r", true), -EPERM);
	}
	assert_int_equal(fchmodat(store.fd, "r", 0755, 0), 0);
	close(open_below("r", false));
	if (geteuid() != 0)
		return;
	assert_int_equal(fchownat(store.fd, "r", 4711, 4711, 0), 0);
	assert_int_equal(open_below("r", true), -EPERM);
}

/* Only the last component: docker's root lies below a linked folder. */
static void a_link_is_refused(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(mkdirat(store.fd, "r", 0700), 0);
	assert_int_equal(symlinkat("r", store.fd, "l"), 0);
	assert_int_equal(open_below("l", false), -ENOTDIR);
	assert_int_equal(open_below("l/", true), -ENOTDIR);
	fd = open_below("l/sub", true);
	assert_true(fd >= 0);
	close(fd);
	store_write("file", "x", 0600);
	assert_int_equal(open_below("file", true), -ENOTDIR);
	assert_true(open_below("file/sub", true) < 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, store_setup, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(ids),
		CASE(every_byte_of_an_id),
		CASE(the_option_wins),
		CASE(the_default),
		CASE(folders_are_made_for_us_alone),
		CASE(what_others_can_write_is_refused),
		CASE(a_link_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
