/* SPDX-License-Identifier: Apache-2.0 */
/* Levels and sinks of messages (docs/engines.md, "Log"). */
#ifndef DAVIT_BASE_LOG_H
#define DAVIT_BASE_LOG_H

#include <stdbool.h>

struct error;

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

struct log_opts {
	const char
		*file; /* NULL: entries (not log_err) go to stderr, as the level allows */
	enum log_format format;
	enum log_level level; /* default LOG_LEVEL_ERROR */
};

/*
 * Open the log: O_APPEND|O_CREAT|O_CLOEXEC|O_NONBLOCK, 0600; a link as last component is not
 * followed when others can write its folder (J9). "/dev/stderr" works.
 */
int log_open(const struct log_opts *opts, struct error *e);
/* One entry, one write(2). Dropped above the level. Never changes errno, never fails. */
void log_msg(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
#define log_debug(...) log_msg(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_warning(...) log_msg(LOG_LEVEL_WARNING, __VA_ARGS__)
/* A failure that changes nothing: a warning, fmt with e's line (call and errno too) behind it. */
void log_ignored(const struct error *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/*
 * Print an error in full: one object to the log when there is one (keys level, msg, time, then
 * doing, call, errno, path, file, line, column, step, hint, faults), and the text on stderr in
 * one write: all lines when stderr is a terminal, else one line, "davit: " before it.
 */
void log_err(const struct error *e);
/* What log_open() was told. */
enum log_level log_level(void);
/* Close the log file, if one is open; entries go to stderr again. */
void log_close(void);

#endif
