/* SPDX-License-Identifier: Apache-2.0 */
/* Levels and sinks of messages. */
#include "config.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"
#include "base/utf8.h"

static struct {
	int fd; /* the log; -EBADF: none */
	enum log_format format;
	enum log_level level;
} the_log = { .fd = -EBADF };

/* The shim looks for exactly these (docs/engines.md, "Log"). */
static const char *level_name(enum log_level level)
{
	static const char *const names[] = {
		[LOG_LEVEL_ERROR] = "error",
		[LOG_LEVEL_WARNING] = "warning",
		[LOG_LEVEL_INFO] = "info",
		[LOG_LEVEL_DEBUG] = "debug",
	};

	return names[level];
}

/* May nobody but root and us make names in the folder of path? */
static bool folder_is_ours(const char *path)
{
	const char *slash = strrchr(path, '/');
	auto_free char *dir = NULL;
	struct stat st;

	if (slash)
		dir = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	else
		dir = strdup(".");
	if (!dir || stat(dir, &st) < 0)
		return false;
	return (st.st_uid == 0 || st.st_uid == geteuid()) &&
	       (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static int open_file(const char *path)
{
	const int flags =
		O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	int fd;

	/* Opening its link fails where the stream is a socket or another user's file. */
	if (strcmp(path, "/dev/stderr") == 0)
		fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	else if (strcmp(path, "/dev/stdout") == 0)
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	else {
		fd = open(path, flags | O_NOFOLLOW, 0600);
		if (fd < 0 && errno == ELOOP) {
			/* A link that somebody else could have put there is not followed. */
			if (!folder_is_ours(path))
				return -ELOOP;
			fd = open(path, flags, 0600);
		}
	}
	return fd < 0 ? -errno : fd;
}

int log_open(const struct log_opts *opts, struct error *e)
{
	int fd = -EBADF;

	if (opts->file) {
		fd = open_file(opts->file);
		if (fd < 0)
			return err_sys(
				e, -fd, "open", "cannot open the log %s", opts->file);
	}
	if (the_log.fd >= 0)
		close(the_log.fd);
	the_log.fd = fd;
	the_log.format = opts->format;
	the_log.level = opts->level;
	return 0;
}

/*
 * RFC 3339 in UTC. gmtime_r() would do, but glibc's opens /etc/localtime, which by then may
 * be the container's.
 */
static int add_time(struct buf *b)
{
	struct timespec ts = { .tv_sec = 0 };
	int64_t days, second, z, era, year;
	unsigned doe, yoe, doy, mp;

	clock_gettime(CLOCK_REALTIME, &ts);
	days = (int64_t)ts.tv_sec / 86400;
	second = (int64_t)ts.tv_sec % 86400;
	/* Days of a calendar whose years begin in March, in cycles of 400 years. */
	z = days + 719468;
	era = z / 146097;
	doe = (unsigned)(z - era * 146097);
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	year = (int64_t)yoe + era * 400 + (mp >= 10);
	return buf_addf(b,
		"%04" PRId64 "-%02u-%02uT%02" PRId64 ":%02" PRId64 ":%02" PRId64
		".%09ldZ",
		year, mp < 10 ? mp + 3 : mp - 9, doy - (153 * mp + 2) / 5 + 1,
		second / 3600, second / 60 % 60, second % 60, (long)ts.tv_nsec);
}

/* A JSON string; what is not UTF-8 becomes U+FFFD, or a reader would drop the whole entry. */
static int add_json(struct buf *b, const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t n = strlen(s), len;
	int r = buf_adds(b, "\"");

	for (; r == 0 && n > 0; u += len, n -= len) {
		len = utf8_length(u, n);
		if (len == 0) {
			len = 1;
			r = buf_adds(b, "\xef\xbf\xbd");
		} else if (utf8_is_control(u, len)) {
			r = buf_addf(b, "\\u%04x", u[len - 1]);
		} else if (*u == '"' || *u == '\\') {
			r = buf_addf(b, "\\%c", *u);
		} else {
			r = buf_add(b, u, len);
		}
	}
	return r < 0 ? r : buf_adds(b, "\"");
}

/* The value of msg in a text entry. */
static int add_quoted(struct buf *b, const char *s)
{
	int r = buf_adds(b, "\"");

	while (r == 0 && *s) {
		size_t n = strcspn(s, "\"\\");

		r = buf_add_escaped(b, s, n);
		s += n;
		if (r == 0 && *s)
			r = buf_addf(b, "\\%c", *s++);
	}
	return r < 0 ? r : buf_adds(b, "\"");
}

static int add_member(struct buf *b, const char *key, const char *s)
{
	int r;

	if (!s)
		return 0;
	r = buf_addf(b, ",\"%s\":", key);
	return r < 0 ? r : add_json(b, s);
}

static int add_place(struct buf *b, const struct error *e)
{
	int r = add_member(b, "path", e->path);

	if (r == 0)
		r = add_member(b, "file", e->file);
	if (r == 0 && e->line)
		r = buf_addf(b, ",\"line\":%u,\"column\":%u", e->line, e->column);
	return r;
}

static int add_faults(struct buf *b, const struct error *e)
{
	int r;

	if (e->n_faults == 0)
		return 0;
	r = buf_adds(b, ",\"faults\":[");
	for (size_t i = 0; r == 0 && i < e->n_faults; i++) {
		const struct error *f = &e->faults[i];

		r = buf_adds(b, i ? ",{\"msg\":" : "{\"msg\":");
		if (r == 0)
			r = add_json(b, f->text ? f->text : err_name(f->code));
		if (r == 0)
			r = add_place(b, f);
		if (r == 0)
			r = add_member(b, "hint", f->hint);
		if (r == 0)
			r = buf_adds(b, "}");
	}
	return r < 0 ? r : buf_adds(b, "]");
}

static int add_fields(struct buf *b, const struct error *e)
{
	int r = add_member(b, "doing", e->doing);

	if (r == 0)
		r = add_member(b, "call", e->call && e->call[0] ? e->call : NULL);
	if (r == 0)
		r = add_member(b, "errno", e->call ? err_name(e->code) : NULL);
	if (r == 0)
		r = add_place(b, e);
	if (r == 0)
		r = add_member(b, "step", e->step);
	if (r == 0)
		r = add_member(b, "hint", e->hint);
	return r < 0 ? r : add_faults(b, e);
}

/* One entry to fd in one write, so that entries of many processes do not mix. */
static void write_entry(
	int fd, enum log_level level, const char *text, const struct error *e)
{
	auto_buf struct buf b = BUF_INIT;
	int r;

	if (the_log.format == LOG_FORMAT_JSON) {
		r = buf_addf(&b, "{\"level\":\"%s\",\"msg\":", level_name(level));
		if (r == 0)
			r = add_json(&b, text);
		if (r == 0)
			r = buf_adds(&b, ",\"time\":\"");
		if (r == 0)
			r = add_time(&b);
		if (r == 0)
			r = buf_adds(&b, "\"");
		if (r == 0 && e)
			r = add_fields(&b, e);
		if (r == 0)
			r = buf_adds(&b, "}\n");
	} else {
		r = buf_adds(&b, "time=\"");
		if (r == 0)
			r = add_time(&b);
		if (r == 0)
			r = buf_addf(&b, "\" level=%s msg=", level_name(level));
		if (r == 0)
			r = add_quoted(&b, text);
		if (r == 0)
			r = buf_adds(&b, "\n");
	}
	/* A full disk or a closed stream never changes the result of a command. */
	if (r == 0)
		io_write_fd(fd, b.p, b.len);
}

static void log_text(enum log_level level, const char *text)
{
	write_entry(the_log.fd >= 0 ? the_log.fd : STDERR_FILENO, level, text, NULL);
}

void log_msg(enum log_level level, const char *fmt, ...)
{
	auto_buf struct buf b = BUF_INIT;
	int saved = errno;
	va_list ap;
	int r;

	if (level > the_log.level)
		return;
	va_start(ap, fmt);
	r = buf_vaddf(&b, fmt, ap);
	va_end(ap);
	if (r == 0)
		log_text(level, b.p);
	buf_done(&b);
	errno = saved;
}

void log_ignored(const struct error *e, const char *fmt, ...)
{
	auto_buf struct buf b = BUF_INIT;
	int saved = errno;
	va_list ap;
	int r;

	if (LOG_LEVEL_WARNING > the_log.level)
		return;
	va_start(ap, fmt);
	r = buf_vaddf(&b, fmt, ap);
	va_end(ap);
	if (r == 0)
		r = buf_adds(&b, ": ");
	if (r == 0)
		r = err_line(e, &b);
	if (r == 0)
		log_text(LOG_LEVEL_WARNING, b.p);
	buf_done(&b);
	errno = saved;
}

/* What a person or an engine reads, whether there is a log or not. */
static void print_err(const struct error *e)
{
	auto_buf struct buf b = BUF_INIT;
	int r = buf_adds(&b, "davit: ");

	if (r == 0 && isatty(STDERR_FILENO)) {
		r = err_text(e, &b);
	} else if (r == 0) {
		r = err_line(e, &b);
		if (r == 0)
			r = buf_adds(&b, "\n");
	}
	if (r == 0)
		io_write_fd(STDERR_FILENO, b.p, b.len);
}

void log_err(const struct error *e)
{
	static const char no_memory[] = "davit: out of memory\n";
	auto_buf struct buf line = BUF_INIT;
	int saved = errno;

	if (err_line(e, &line) < 0) {
		io_write_fd(STDERR_FILENO, no_memory, sizeof(no_memory) - 1);
	} else {
		if (the_log.fd >= 0)
			write_entry(the_log.fd, LOG_LEVEL_ERROR, line.p, e);
		print_err(e);
	}
	buf_done(&line);
	errno = saved;
}

enum log_level log_level(void)
{
	return the_log.level;
}

void log_close(void)
{
	if (the_log.fd >= 0)
		close(the_log.fd);
	the_log.fd = -EBADF;
}
