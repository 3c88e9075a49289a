/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in a cgroup file, compared with what was or will be written to it. */
#include "config.h"

#include "run/resfile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/num.h"
#include "spec/list.h"

/* Files with a line for each device, interface or page size; of others the text is the value. */
enum shape {
	SHAPE_WHOLE,
	SHAPE_SET,    /* a list of CPUs or nodes */
	SHAPE_FIRST,  /* "NAME VALUE" lines, of which the first is set by a bare value */
	SHAPE_WEIGHT, /* "default W" and "MAJOR:MINOR W", or a bare number */
	SHAPE_RATE,   /* v1: "MAJOR:MINOR N", 0 takes the line away */
	SHAPE_PAIRS,  /* "KEY a=x b=y", max takes one away */
	SHAPE_NAMED,  /* "NAME N", always a line each */
	SHAPE_RULES,  /* device lists: each write is a change of its own */
};

static const struct {
	const char *file;
	enum shape shape;
} shapes[] = {
	{ "cpuset.cpus", SHAPE_SET },
	{ "cpuset.mems", SHAPE_SET },
	{ "memory.oom_control", SHAPE_FIRST },
	{ "io.weight", SHAPE_WEIGHT },
	{ "io.bfq.weight", SHAPE_WEIGHT },
	{ "blkio.bfq.weight", SHAPE_WEIGHT },
	{ "blkio.weight", SHAPE_WEIGHT },
	{ "blkio.bfq.weight_device", SHAPE_WEIGHT },
	{ "blkio.weight_device", SHAPE_WEIGHT },
	{ "blkio.leaf_weight_device", SHAPE_WEIGHT },
	{ "blkio.throttle.read_bps_device", SHAPE_RATE },
	{ "blkio.throttle.write_bps_device", SHAPE_RATE },
	{ "blkio.throttle.read_iops_device", SHAPE_RATE },
	{ "blkio.throttle.write_iops_device", SHAPE_RATE },
	{ "io.max", SHAPE_PAIRS },
	{ "io.latency", SHAPE_PAIRS },
	{ "rdma.max", SHAPE_PAIRS },
	{ "net_prio.ifpriomap", SHAPE_NAMED },
	{ "misc.max", SHAPE_NAMED },
	{ "devices.allow", SHAPE_RULES },
	{ "devices.deny", SHAPE_RULES },
};

static enum shape shape_of(const char *file)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		if (strcmp(shapes[i].file, file) == 0)
			return shapes[i].shape;
	}
	return SHAPE_WHOLE;
}

struct span {
	const char *p;
	size_t n;
};

/* The line of text that begins with the word key, without the key; p NULL when there is none. */
static struct span line_of(const char *text, struct span key)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n > key.n && memcmp(text, key.p, key.n) == 0 && text[key.n] == ' ')
			return (struct span){ text + key.n + 1, n - key.n - 1 };
		text += n + (text[n] == '\n');
	}
	return (struct span){ NULL, 0 };
}

static struct span first_word(const char *value)
{
	return (struct span){ value, strcspn(value, " ") };
}

/* "b=Y" of a line "a=X b=Y" for name "b". */
static struct span pair_of(struct span line, struct span name)
{
	for (size_t at = 0; line.p && at < line.n;) {
		const char *w = line.p + at;
		size_t n = 0;

		while (at + n < line.n && w[n] != ' ')
			n++;
		if (n > name.n && memcmp(w, name.p, name.n) == 0 && w[name.n] == '=')
			return (struct span){ w, n };
		at += n + 1;
	}
	return (struct span){ NULL, 0 };
}

/* "8:0 rbps=5 wbps=max" put back by "8:0 rbps=OLD wbps=OLD". */
static const char *old_pairs(struct arena *a, const char *text, const char *value)
{
	struct span key = first_word(value), line = line_of(text, key);
	const char *out = arena_printf(a, "%.*s", (int)key.n, key.p);

	for (const char *p = value + key.n; out && *p;) {
		size_t n;
		struct span name, was;

		p += strspn(p, " ");
		n = strcspn(p, " ");
		name = (struct span){ p, strcspn(p, "= ") };
		was = pair_of(line, name);
		if (n)
			out = was.p ? arena_printf(a, "%s %.*s", out, (int)was.n, was.p)
				    : arena_printf(
					      a, "%s %.*s=max", out, (int)name.n, name.p);
		p += n;
	}
	return out;
}

/* A line of the same key, or what takes it away. */
static const char *old_line(
	struct arena *a, const char *text, const char *value, const char *none)
{
	struct span key = first_word(value), was = line_of(text, key);

	if (!was.p)
		return arena_printf(a, "%.*s %s", (int)key.n, key.p, none);
	return arena_printf(a, "%.*s %.*s", (int)key.n, key.p, (int)was.n, was.p);
}

/* A bare number is that of the line "default". */
static const char *old_weight(struct arena *a, const char *text, const char *value)
{
	static const struct span fallback = { "default", 7 };
	struct span was;

	if (strchr(value, ' '))
		return old_line(a, text, value, "0");
	was = line_of(text, fallback);
	return was.p ? arena_printf(a, "%.*s", (int)was.n, was.p) : arena_strdup(a, text);
}

/* An empty list is set by a newline: a write of nothing does nothing. */
static const char *old_whole(struct arena *a, const char *text)
{
	return arena_strdup(a, text[0] ? text : "\n");
}

const char *resfile_undo_file(const char *file)
{
	if (shape_of(file) != SHAPE_RULES)
		return file;
	return strcmp(file, "devices.allow") == 0 ? "devices.deny" : "devices.allow";
}

const char *resfile_old(
	struct arena *a, const char *file, const char *text, const char *value)
{
	switch (shape_of(file)) {
	case SHAPE_WHOLE:
	case SHAPE_SET:
		return old_whole(a, text);
	case SHAPE_FIRST: {
		const char *blank = strchr(text, ' ');

		return blank ? arena_printf(a, "%.*s", (int)strcspn(blank + 1, "\n"),
				       blank + 1)
			     : old_whole(a, text);
	}
	case SHAPE_WEIGHT:
		return old_weight(a, text, value);
	case SHAPE_RATE:
	case SHAPE_NAMED:
		return old_line(a, text, value, "0");
	case SHAPE_PAIRS:
		return old_pairs(a, text, value);
	case SHAPE_RULES:
		return arena_strdup(a, value);
	}
	return NULL;
}

/* "max", -1 and what the kernel shows for them are one number. */
static bool to_number(const char *text, size_t n, uint64_t *out)
{
	char digits[24];
	int64_t negative;

	if (n >= sizeof(digits))
		return false;
	memcpy(digits, text, n);
	digits[n] = '\0';
	*out = UINT64_MAX;
	if (strcmp(digits, "max") == 0 || num_i64(digits, INT64_MIN, -1, &negative) == 0)
		return true;
	if (num_u64(digits, UINT64_MAX, out) < 0)
		return false;
	/* LONG_MAX pages, small or huge ones. */
	if (*out >= UINT64_C(0x7fffffff00000000) || *out == UINT64_C(0x7fffffff000))
		*out = UINT64_MAX;
	return true;
}

/* Memory is counted in pages: a limit is rounded down to them. */
static bool same_number(const char *file, struct span x, struct span y)
{
	uint64_t a, b, page = 1;

	if (x.n == y.n && memcmp(x.p, y.p, x.n) == 0)
		return true;
	if (!to_number(x.p, x.n, &a) || !to_number(y.p, y.n, &b))
		return false;
	if (strncmp(file, "memory.", 7) == 0)
		page = (uint64_t)sysconf(_SC_PAGESIZE);
	if (a == b)
		return true;
	return a != UINT64_MAX && b != UINT64_MAX && a >= page && b >= page &&
	       a / page == b / page;
}

/* Word by word. */
static bool same_words(const char *file, struct span x, struct span y)
{
	for (;;) {
		struct span a = x, b = y;

		a.n = b.n = 0;
		while (a.n < x.n && x.p[a.n] != ' ' && x.p[a.n] != '\n')
			a.n++;
		while (b.n < y.n && y.p[b.n] != ' ' && y.p[b.n] != '\n')
			b.n++;
		if (!same_number(file, a, b))
			return false;
		if (a.n == x.n || b.n == y.n)
			return a.n == x.n && b.n == y.n;
		x = (struct span){ x.p + a.n + 1, x.n - a.n - 1 };
		y = (struct span){ y.p + b.n + 1, y.n - b.n - 1 };
	}
}

struct set {
	uint8_t bits[(LIST_CPU_MAX + 8) / 8];
};

static void add_range(void *arg, unsigned first, unsigned last)
{
	struct set *s = arg;

	for (unsigned i = first; i <= last; i++)
		s->bits[i / 8] |= (uint8_t)(1u << (i % 8));
}

static bool same_set(const char *x, const char *y)
{
	struct set a = { { 0 } }, b = { { 0 } };

	if (spec_list_each(x, LIST_CPU_MAX, add_range, &a) < 0 ||
		spec_list_each(y, LIST_CPU_MAX, add_range, &b) < 0)
		return strcmp(x, y) == 0;
	return memcmp(&a, &b, sizeof(a)) == 0;
}

static struct span whole(const char *text)
{
	return (struct span){ text, strcspn(text, "\n") };
}

static bool has_pairs(const char *file, const char *text, const char *value)
{
	struct span key = first_word(value), line = line_of(text, key);

	for (const char *p = value + key.n; *p;) {
		size_t n;
		struct span name, was;

		p += strspn(p, " ");
		n = strcspn(p, " ");
		name = (struct span){ p, strcspn(p, "= ") };
		was = pair_of(line, name);
		/* Without a line nothing is limited. */
		if (n > name.n &&
			!same_number(file,
				was.p ? (struct span){ was.p + name.n + 1,
						was.n - name.n - 1 }
				      : (struct span){ "max", 3 },
				(struct span){ p + name.n + 1, n - name.n - 1 }))
			return false;
		p += n;
	}
	return true;
}

static bool has_line(const char *file, const char *text, const char *value)
{
	struct span key = first_word(value), was = line_of(text, key);
	const char *want = value + key.n + (value[key.n] == ' ');

	if (!was.p)
		return strcmp(want, "0") == 0;
	return same_words(file, was, whole(want));
}

bool resfile_has(const char *file, const char *text, const char *value)
{
	static const struct span fallback = { "default", 7 };
	const char *blank = strchr(text, ' ');
	struct span was;

	switch (shape_of(file)) {
	case SHAPE_WHOLE:
		return same_words(file, whole(text), whole(value));
	case SHAPE_SET:
		return same_set(text, strcmp(value, "\n") == 0 ? "" : value);
	case SHAPE_FIRST:
		return same_words(file, whole(blank ? blank + 1 : text), whole(value));
	case SHAPE_WEIGHT:
		if (strchr(value, ' '))
			return has_line(file, text, value);
		was = line_of(text, fallback);
		return same_words(file, was.p ? was : whole(text), whole(value));
	case SHAPE_RATE:
	case SHAPE_NAMED:
		return has_line(file, text, value);
	case SHAPE_PAIRS:
		return has_pairs(file, text, value);
	case SHAPE_RULES:
		return true;
	}
	return true;
}
