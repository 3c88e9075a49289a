/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing mountinfo (proc_pid_mountinfo(5)), line by line. */
#include "config.h"

#include "sys/mountinfo.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"
#include "base/num.h"
#include "sys/proc.h"

/* A line is under 4 KiB or so; a machine with 100,000 mounts has some 20 MiB. */
#define MOUNTINFO_MAX ((size_t)64 << 20)

static bool octal(char c)
{
	return c >= '0' && c <= '7';
}

/* The kernel writes blank, tab, newline and backslash as a backslash and three octal
 * digits. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && octal(s[1]) && s[1] <= '3' && octal(s[2]) &&
			octal(s[3])) {
			*to++ = (char)(unsigned char)((s[1] - '0') * 64 +
						      (s[2] - '0') * 8 + (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* Cut the next word off; NULL at the end of the line. Fields are split by one blank. */
static char *word(char **line)
{
	char *w = *line;
	char *end;

	if (!w)
		return NULL;
	end = strchr(w, ' ');
	if (end)
		*end++ = '\0';
	*line = end;
	return w;
}

static int number(const char *text, int *out)
{
	uint64_t n;

	if (!text || num_u64(text, INT_MAX, &n) < 0)
		return -EINVAL;
	*out = (int)n;
	return 0;
}

static int device(char *text, struct mountinfo *m)
{
	char *colon = text ? strchr(text, ':') : NULL;
	uint64_t major;
	uint64_t minor;

	if (!colon)
		return -EINVAL;
	*colon = '\0';
	if (num_u64(text, UINT_MAX, &major) < 0 ||
		num_u64(colon + 1, UINT_MAX, &minor) < 0)
		return -EINVAL;
	m->major = (unsigned)major;
	m->minor = (unsigned)minor;
	return 0;
}

/* Optional fields up to "-"; those that we do not know are passed by. */
static int optional(char **line, struct mountinfo *m)
{
	char *w;

	while ((w = word(line)) && strcmp(w, "-") != 0) {
		if (strncmp(w, "shared:", 7) == 0 && number(w + 7, &m->shared) < 0)
			return -EINVAL;
		if (strncmp(w, "master:", 7) == 0 && number(w + 7, &m->master) < 0)
			return -EINVAL;
	}
	return w ? 0 : -EINVAL;
}

static int parse_line(char *line, struct mountinfo *m)
{
	*m = (struct mountinfo){ .id = 0 };
	if (number(word(&line), &m->id) < 0 || number(word(&line), &m->parent) < 0 ||
		device(word(&line), m) < 0)
		return -EINVAL;
	m->root = word(&line);
	m->target = word(&line);
	m->options = word(&line);
	if (!m->options || optional(&line, m) < 0)
		return -EINVAL;
	m->fstype = word(&line);
	m->source = word(&line);
	/* Options of the superblock may hold blanks on old kernels: the rest of the
	 * line. */
	m->super = line;
	if (!m->super)
		return -EINVAL;
	unescape(m->root);
	unescape(m->target);
	unescape(m->fstype);
	unescape(m->source);
	return 0;
}

int mountinfo_parse(
	char *text, int (*fn)(void *arg, const struct mountinfo *m), void *arg)
{
	while (*text) {
		struct mountinfo m;
		char *end = strchr(text, '\n');
		int r;

		if (end)
			*end = '\0';
		r = parse_line(text, &m);
		if (r == 0)
			r = fn(arg, &m);
		if (r != 0 || !end)
			return r;
		text = end + 1;
	}
	return 0;
}

int mountinfo_each(
	int (*fn)(void *arg, const struct mountinfo *m), void *arg, struct error *e)
{
	auto_fd int fd = sys_proc_open("self/mountinfo", O_RDONLY, e);
	auto_buf struct buf text = BUF_INIT;
	int r;

	if (fd < 0)
		return fd;
	r = io_read_fd(fd, MOUNTINFO_MAX, &text);
	if (r < 0)
		return err_sys(e, -r, "read", "cannot read the list of mounts");
	return text.p ? mountinfo_parse(text.p, fn, arg) : 0;
}
