/* SPDX-License-Identifier: Apache-2.0 */
/* The log: formats, levels, one write an entry, links, streams. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"
#include "base/log.h"

static char top[64];
static char file[80];
static int saved_stderr = -EBADF;
static int stderr_end = -EBADF;

/* stderr is a pipe meanwhile: what arrives by one read was written by one write. */
static int make(void **state)
{
	int p[2];

	(void)state;
	snprintf(top, sizeof(top), "/tmp/davit-log-XXXXXX");
	if (!mkdtemp(top) || pipe2(p, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	snprintf(file, sizeof(file), "%s/log", top);
	saved_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	stderr_end = p[0];
	if (dup2(p[1], STDERR_FILENO) < 0)
		return -1;
	close(p[1]);
	return 0;
}

static int clear(void **state)
{
	char link[80];

	(void)state;
	log_close();
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(stderr_end);
	unlink(file);
	snprintf(link, sizeof(link), "%s/link", top);
	unlink(link);
	return rmdir(top);
}

static void read_stderr(char *to, size_t size)
{
	ssize_t n = read(stderr_end, to, size - 1);

	to[n > 0 ? n : 0] = '\0';
}

static void read_log(struct buf *b)
{
	buf_done(b);
	assert_int_equal(io_read_at(AT_FDCWD, file, 1 << 20, b, NULL), 0);
}

static void open_log(enum log_format format, enum log_level level)
{
	assert_int_equal(log_open(
				 &(struct log_opts){
					 .file = file, .format = format, .level = level },
				 NULL),
		0);
}

/* Replace the changing part: the value behind mark. */
static void hide_time(char *s, const char *mark, time_t from)
{
	char *at = strstr(s, mark);
	struct tm tm = { .tm_sec = 0 };
	int year, month, day, hour, minute, second;
	long ns;
	time_t t;

	assert_non_null(at);
	at += strlen(mark);
	assert_int_equal(sscanf(at, "%4d-%2d-%2dT%2d:%2d:%2d.%9ldZ\"", &year, &month,
				 &day, &hour, &minute, &second, &ns),
		7);
	assert_int_equal(at[30], '"');
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	tm.tm_hour = hour;
	tm.tm_min = minute;
	tm.tm_sec = second;
	t = timegm(&tm);
	assert_true(t >= from && t <= time(NULL));
	memmove(at + 1, at + 30, strlen(at + 30) + 1);
	*at = 'T';
}

static void json_entries(void **state)
{
	auto_buf struct buf b = BUF_INIT;
	auto_error struct error e = ERROR_INIT;
	time_t now = time(NULL);
	char text[4096];

	(void)state;
	open_log(LOG_FORMAT_JSON, LOG_LEVEL_ERROR);
	err_sys(&e, EPERM, "fsmount", "cannot mount \"x\\y\"\n\x1b\xff on /proc");
	err_wrap(&e, "create web");
	err_place(&e, &(struct err_place){ "config.json", 67, 9, "mounts[0]" });
	err_step(&e, "mounts (init)");
	err_hint(&e, "mask less");
	log_err(&e);
	read_log(&b);
	hide_time(b.p, "\"time\":\"", now);
	assert_string_equal(b.p,
		"{\"level\":\"error\",\"msg\":\"create web: cannot mount "
		"\\\"x\\\\y\\\"\\\\x0a\\\\x1b\\\\xff on /proc: fsmount: EPERM\",\"time\":\"T\","
		"\"doing\":\"create web\",\"call\":\"fsmount\",\"errno\":\"EPERM\","
		"\"path\":\"mounts[0]\",\"file\":\"config.json\",\"line\":67,\"column\":9,"
		"\"step\":\"mounts (init)\",\"hint\":\"mask less\"}\n");
	/* and the plain line on stderr */
	read_stderr(text, sizeof(text));
	assert_string_equal(text,
		"davit: create web: cannot mount \"x\\y\"\\x0a\\x1b\\xff on /proc: "
		"fsmount: EPERM\n");
}

static void faults_are_a_list(void **state)
{
	auto_buf struct buf b = BUF_INIT;
	auto_error struct error e = ERROR_INIT;
	auto_error struct error fault = ERROR_INIT;
	time_t now = time(NULL);

	(void)state;
	open_log(LOG_FORMAT_JSON, LOG_LEVEL_ERROR);
	err_at(&fault, &(struct err_place){ "c", 1, 2, "a" }, "bad");
	err_add_fault(&e, &fault);
	err_at(&fault, &(struct err_place){ "c", 3, 4, "b" },
		"w\xc2\x9borse\x7f\xe2\x82");
	err_hint(&fault, "better");
	err_add_fault(&e, &fault);
	log_err(&e);
	read_log(&b);
	hide_time(b.p, "\"time\":\"", now);
	assert_string_equal(b.p,
		"{\"level\":\"error\",\"msg\":\"c:1:2: a: bad (and 1 more)\",\"time\":\"T\","
		"\"path\":\"a\",\"file\":\"c\",\"line\":1,\"column\":2,\"faults\":["
		"{\"msg\":\"bad\",\"path\":\"a\",\"file\":\"c\",\"line\":1,\"column\":2},"
		"{\"msg\":\"w\\u009borse\\u007f\xef\xbf\xbd\xef\xbf\xbd\",\"path\":\"b\","
		"\"file\":\"c\",\"line\":3,\"column\":4,\"hint\":\"better\"}]}\n");
}

static void text_entries_and_levels(void **state)
{
	auto_buf struct buf b = BUF_INIT;
	time_t now = time(NULL);
	char text[4096];

	(void)state;
	open_log(LOG_FORMAT_TEXT, LOG_LEVEL_WARNING);
	assert_int_equal(log_level(), LOG_LEVEL_WARNING);
	errno = ENOTTY;
	log_debug("dropped");
	log_msg(LOG_LEVEL_INFO, "dropped");
	log_warning("kept \"%s\" \\ \t", "x");
	assert_int_equal(errno, ENOTTY);
	log_msg(LOG_LEVEL_ERROR, "kept");
	read_log(&b);
	hide_time(b.p, "time=\"", now);
	hide_time(strchr(b.p, '\n'), "time=\"", now);
	assert_string_equal(b.p,
		"time=\"T\" level=warning msg=\"kept \\\"x\\\" \\\\ \\x09\"\n"
		"time=\"T\" level=error msg=\"kept\"\n");
	read_stderr(text, sizeof(text));
	assert_string_equal(text, "");
}

static void the_file_is_ours_alone_and_appended(void **state)
{
	auto_buf struct buf b = BUF_INIT;
	struct stat st;
	mode_t mask = umask(0);

	(void)state;
	open_log(LOG_FORMAT_TEXT, LOG_LEVEL_ERROR);
	umask(mask);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	log_msg(LOG_LEVEL_ERROR, "one");
	open_log(LOG_FORMAT_TEXT, LOG_LEVEL_ERROR);
	log_msg(LOG_LEVEL_ERROR, "two");
	read_log(&b);
	assert_non_null(strstr(b.p, "one"));
	assert_non_null(strstr(b.p, "two"));
}

static void links_where_others_write(void **state)
{
	struct log_opts opts = { .format = LOG_FORMAT_TEXT };
	auto_error struct error e = ERROR_INIT;
	char link[80];

	(void)state;
	snprintf(link, sizeof(link), "%s/link", top);
	assert_int_equal(symlink(file, link), 0);
	opts.file = link;
	assert_int_equal(chmod(top, 0777), 0);
	assert_int_equal(log_open(&opts, &e), -ELOOP);
	assert_string_equal(e.call, "open");
	assert_int_equal(access(file, F_OK), -1);
	assert_int_equal(chmod(top, 0700), 0);
	assert_int_equal(log_open(&opts, &e), 0);
	assert_int_equal(access(file, F_OK), 0);
	assert_int_equal(unlink(link), 0);
}

static void a_log_that_cannot_be_opened(void **state)
{
	struct log_opts opts = { .file = "/dev/null/log" };
	auto_error struct error e = ERROR_INIT;

	(void)state;
	assert_int_equal(log_open(&opts, &e), -ENOTDIR);
	assert_non_null(strstr(e.text, "/dev/null/log"));
}

static void a_full_log_changes_nothing(void **state)
{
	struct log_opts opts = { .file = "/dev/full" };
	auto_error struct error e = ERROR_INIT;
	char text[200];

	(void)state;
	assert_int_equal(log_open(&opts, NULL), 0);
	err_set(&e, ERR_STATE, -EBUSY, "busy");
	errno = 0;
	log_err(&e);
	assert_int_equal(errno, 0);
	read_stderr(text, sizeof(text));
	assert_string_equal(text, "davit: busy\n");
}

static void the_stream_as_a_log(void **state)
{
	struct log_opts opts = { .file = "/dev/stderr", .format = LOG_FORMAT_JSON };
	char text[400];

	(void)state;
	assert_int_equal(log_open(&opts, NULL), 0);
	log_msg(LOG_LEVEL_ERROR, "hello");
	read_stderr(text, sizeof(text));
	assert_non_null(strstr(text, "{\"level\":\"error\",\"msg\":\"hello\""));
}

static void without_a_file(void **state)
{
	auto_error struct error e = ERROR_INIT;
	char text[400];

	(void)state;
	assert_int_equal(
		log_open(&(struct log_opts){ .level = LOG_LEVEL_ERROR }, NULL), 0);
	log_warning("quiet");
	read_stderr(text, sizeof(text));
	assert_string_equal(text, "");
	assert_int_equal(
		log_open(&(struct log_opts){ .level = LOG_LEVEL_DEBUG }, NULL), 0);
	log_debug("asked for");
	read_stderr(text, sizeof(text));
	assert_non_null(strstr(text, "level=debug msg=\"asked for\"\n"));
	err_set(&e, ERR_STATE, -EBUSY, "busy");
	log_err(&e);
	read_stderr(text, sizeof(text));
	assert_string_equal(text, "davit: busy\n");
}

static void a_failure_without_consequence_is_a_warning_with_its_reason(void **state)
{
	auto_buf struct buf b = BUF_INIT;
	auto_error struct error e = ERROR_INIT;

	(void)state;
	err_sys(&e, EBUSY, "rmdir", "cannot remove %s", "it");
	open_log(LOG_FORMAT_TEXT, LOG_LEVEL_ERROR);
	log_ignored(&e, "not cleaned up");
	read_log(&b);
	assert_int_equal(b.len, 0);
	open_log(LOG_FORMAT_TEXT, LOG_LEVEL_WARNING);
	errno = EBADF;
	log_ignored(&e, "%s is left", "x");
	assert_int_equal(errno, EBADF);
	read_log(&b);
	assert_non_null(strstr(b.p,
		"level=warning msg=\"x is left: cannot remove it: rmdir: EBUSY\"\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(json_entries, make, clear),
		cmocka_unit_test_setup_teardown(faults_are_a_list, make, clear),
		cmocka_unit_test_setup_teardown(text_entries_and_levels, make, clear),
		cmocka_unit_test_setup_teardown(
			the_file_is_ours_alone_and_appended, make, clear),
		cmocka_unit_test_setup_teardown(links_where_others_write, make, clear),
		cmocka_unit_test_setup_teardown(a_log_that_cannot_be_opened, make, clear),
		cmocka_unit_test_setup_teardown(a_full_log_changes_nothing, make, clear),
		cmocka_unit_test_setup_teardown(the_stream_as_a_log, make, clear),
		cmocka_unit_test_setup_teardown(without_a_file, make, clear),
		cmocka_unit_test_setup_teardown(
			a_failure_without_consequence_is_a_warning_with_its_reason, make,
			clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
