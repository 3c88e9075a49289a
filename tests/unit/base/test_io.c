/* SPDX-License-Identifier: Apache-2.0 */
/* Whole reads and writes, on real files. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"

static char top[64];
static int dir = -EBADF;

static int make(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), "/tmp/davit-io-XXXXXX");
	if (!mkdtemp(top))
		return -1;
	dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : 0;
}

static int entries(bool and_remove)
{
	DIR *d = opendir(top);
	struct dirent *de;
	int n = 0;

	while (d && (de = readdir(d))) {
		if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0)
			continue;
		n++;
		if (and_remove && unlinkat(dir, de->d_name, 0) < 0)
			unlinkat(dir, de->d_name, AT_REMOVEDIR);
	}
	if (d)
		closedir(d);
	return n;
}

static int clear(void **state)
{
	(void)state;
	entries(true);
	close(dir);
	return rmdir(top);
}

static void put(const char *name, const void *p, size_t n)
{
	auto_fd int fd =
		openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(io_write_fd(fd, p, n), 0);
}

static void limits_are_exact(void **state)
{
	auto_buf struct buf b = BUF_INIT;
	auto_error struct error e = ERROR_INIT;
	char big[10000];

	(void)state;
	memset(big, 'x', sizeof(big));
	put("f", big, sizeof(big));
	assert_int_equal(buf_adds(&b, "before"), 0);
	assert_int_equal(io_read_at(dir, "f", sizeof(big) - 1, &b, &e), -EFBIG);
	assert_string_equal(b.p, "before");
	assert_int_equal(e.code, -EFBIG);
	assert_int_equal(io_read_at(dir, "f", sizeof(big), &b, &e), 0);
	assert_int_equal(b.len, 6 + sizeof(big));
	assert_memory_equal(b.p + 6, big, sizeof(big));
	assert_int_equal(b.p[b.len], 0);
	put("empty", "", 0);
	buf_done(&b);
	assert_int_equal(io_read_at(dir, "empty", 0, &b, &e), 0);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.p, "");
}

static void files_without_a_size_are_read(void **state)
{
	auto_buf struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(io_read_at(AT_FDCWD, "/proc/self/status", 1 << 20, &b, NULL), 0);
	assert_non_null(strstr(b.p, "Pid:"));
	buf_done(&b);
	assert_int_equal(io_read_at(AT_FDCWD, "/proc/self/status", 10, &b, NULL), -EFBIG);
}

static void only_regular_files(void **state)
{
	auto_buf struct buf b = BUF_INIT;
	auto_error struct error e = ERROR_INIT;

	(void)state;
	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	assert_int_equal(io_read_at(dir, "fifo", 100, &b, &e), -EINVAL);
	assert_int_equal(io_read_at(dir, ".", 100, &b, &e), -EINVAL);
	assert_int_equal(io_read_at(AT_FDCWD, "/dev/zero", 100, &b, &e), -EINVAL);
	assert_int_equal(io_read_at(dir, "missing", 100, &b, &e), -ENOENT);
	assert_string_equal(e.call, "openat");
	assert_int_equal(b.len, 0);
}

static void sparse_giants_are_refused(void **state)
{
	auto_buf struct buf b = BUF_INIT;

	(void)state;
	put("sparse", "", 0);
	{
		auto_fd int fd = openat(dir, "sparse", O_WRONLY | O_CLOEXEC);

		assert_int_equal(ftruncate(fd, (off_t)1 << 30), 0);
	}
	assert_int_equal(io_read_at(dir, "sparse", 16 << 20, &b, NULL), -EFBIG);
	assert_int_equal(b.size, 0);
}

static void descriptors_are_read_to_their_end(void **state)
{
	auto_buf struct buf b = BUF_INIT;
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(io_write_fd(p[1], "0123456789", 10), 0);
	close(p[1]);
	assert_int_equal(io_read_fd(p[0], 10, &b), 0);
	assert_string_equal(b.p, "0123456789");
	close(p[0]);
	assert_int_equal(io_read_fd(p[0], 10, &b), -EBADF);
}

static void replacing_is_all_or_nothing(void **state)
{
	auto_buf struct buf b = BUF_INIT;
	auto_error struct error e = ERROR_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(io_replace_at(dir, "s", "one", 3, 0600, &e), 0);
	/* a leftover of a writer that was killed */
	put(".s.tmp", "junk", 4);
	assert_int_equal(io_replace_at(dir, "s", "two!", 4, 0600, &e), 0);
	assert_int_equal(io_read_at(dir, "s", 100, &b, &e), 0);
	assert_string_equal(b.p, "two!");
	assert_int_equal(fstatat(dir, "s", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(entries(false), 1);

	assert_int_equal(mkdirat(dir, "d", 0700), 0);
	assert_true(io_replace_at(dir, "d", "x", 1, 0600, &e) < 0);
	assert_string_equal(e.call, "renameat");
	assert_true(io_replace_at(dir, "d/", "x", 1, 0600, &e) < 0);
	assert_int_equal(entries(false), 2);
	assert_int_equal(io_replace_at(dir, "d/f", "x", 1, 0600, &e), 0);
	assert_int_equal(fstatat(dir, "d/f", &st, 0), 0);
	assert_int_equal(unlinkat(dir, "d/f", 0), 0);
	assert_int_equal(io_replace_at(dir, "none/f", "x", 1, 0600, &e), -ENOENT);
}

static void links_are_replaced_not_followed(void **state)
{
	auto_buf struct buf b = BUF_INIT;
	struct stat st;

	(void)state;
	put("victim", "safe", 4);
	assert_int_equal(symlinkat("victim", dir, "link"), 0);
	assert_int_equal(symlinkat("victim", dir, ".link.tmp"), 0);
	assert_int_equal(io_replace_at(dir, "link", "x", 1, 0600, NULL), 0);
	assert_int_equal(fstatat(dir, "link", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(io_read_at(dir, "victim", 100, &b, NULL), 0);
	assert_string_equal(b.p, "safe");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(limits_are_exact, make, clear),
		cmocka_unit_test_setup_teardown(
			files_without_a_size_are_read, make, clear),
		cmocka_unit_test_setup_teardown(only_regular_files, make, clear),
		cmocka_unit_test_setup_teardown(sparse_giants_are_refused, make, clear),
		cmocka_unit_test_setup_teardown(
			descriptors_are_read_to_their_end, make, clear),
		cmocka_unit_test_setup_teardown(replacing_is_all_or_nothing, make, clear),
		cmocka_unit_test_setup_teardown(
			links_are_replaced_not_followed, make, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
