/* SPDX-License-Identifier: Apache-2.0 */
/* GVariant's text form, for an allow-list of types. */
#include "config.h"

#include "plan/gvariant.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/utf8.h"

#define ELEMENTS_MAX 256

struct text {
	struct arena *arena;
	const char *at;
};

static const struct number {
	const char *keyword, *type;
	int64_t min;
	uint64_t max;
} numbers[] = {
	{ "int32", "i", INT32_MIN, INT32_MAX },
	{ "uint32", "u", 0, UINT32_MAX },
	{ "int64", "x", INT64_MIN, INT64_MAX },
	{ "uint64", "t", 0, UINT64_MAX },
};

static void skip_blanks(struct text *t)
{
	t->at += strspn(t->at, " \t\r\n");
}

static bool take(struct text *t, char c)
{
	skip_blanks(t);
	if (*t->at != c)
		return false;
	t->at++;
	return true;
}

/* A word of letters and digits: its length, 0 where there is none. */
static size_t word(const struct text *t)
{
	return strspn(t->at, "abcdefghijklmnopqrstuvwxyz0123456789");
}

static bool take_word(struct text *t, const char *what)
{
	size_t n = strlen(what);

	skip_blanks(t);
	if (word(t) != n || memcmp(t->at, what, n) != 0)
		return false;
	t->at += n;
	return true;
}

static int digit(char c, unsigned base)
{
	int d = c >= '0' && c <= '9'   ? c - '0'
		: c >= 'a' && c <= 'f' ? c - 'a' + 10
		: c >= 'A' && c <= 'F' ? c - 'A' + 10
				       : 16;

	return (unsigned)d < base ? d : -1;
}

/* Decimal, or hexadecimal after 0x; the sign is the type's business. */
static int magnitude(struct text *t, uint64_t *out)
{
	unsigned base = 10;
	uint64_t v = 0;
	int d;

	if (t->at[0] == '0' && (t->at[1] == 'x' || t->at[1] == 'X')) {
		base = 16;
		t->at += 2;
	} else if (t->at[0] == '0' && digit(t->at[1], 10) >= 0) {
		return -EINVAL; /* octal there, decimal for most who read it */
	}
	if (digit(*t->at, base) < 0)
		return -EINVAL;
	while ((d = digit(*t->at, base)) >= 0) {
		if (__builtin_mul_overflow(v, base, &v) ||
			__builtin_add_overflow(v, (unsigned)d, &v))
			return -ERANGE;
		t->at++;
	}
	*out = v;
	return 0;
}

static int get_number(struct text *t, const struct number *kind, const char **out)
{
	bool minus = take(t, '-');
	uint64_t v, most = minus ? UINT64_C(0) - (uint64_t)kind->min : kind->max;
	int r = magnitude(t, &v);

	if (r < 0)
		return r;
	if (v > most)
		return -ERANGE;
	*out = arena_printf(t->arena, "%s%" PRIu64, minus && v ? "-" : "", v);
	return *out ? 0 : -ENOMEM;
}

static int get_string(struct text *t, const char **out)
{
	static const char escapes[] = "\\\\''\"\"n\nt\t";
	size_t n = 0;
	char quote, *to;

	skip_blanks(t);
	quote = *t->at;
	if (quote != '\'' && quote != '"')
		return -EINVAL;
	t->at++;
	to = arena_alloc(t->arena, strlen(t->at) + 1);
	if (!to)
		return -ENOMEM;
	for (; *t->at && *t->at != quote; t->at++) {
		char c = *t->at;

		if (c == '\\') {
			const char *e = escapes;

			c = *++t->at;
			while (*e && *e != c)
				e += 2;
			if (!c || !*e)
				return -EINVAL;
			c = e[1];
		}
		to[n++] = c;
	}
	if (*t->at != quote || !utf8_valid(to, n))
		return -EINVAL;
	t->at++;
	*out = to;
	return 0;
}

/* What stands between the brackets. */
static int get_strings(struct text *t, struct gvariant *out)
{
	out->type = "as";
	out->n = 0;
	if (take(t, ']'))
		return 0;
	do {
		int r = out->n < ELEMENTS_MAX ? 0 : -E2BIG;

		if (r == 0)
			r = get_string(t, &out->values[out->n]);
		if (r < 0)
			return r;
		out->n++;
	} while (take(t, ','));
	return take(t, ']') ? 0 : -EINVAL;
}

static int get_bool(struct text *t, struct gvariant *out)
{
	bool yes = take_word(t, "true");

	if (!yes && !take_word(t, "false"))
		return -EINVAL;
	out->type = "b";
	out->values[0] = yes ? "true" : "false";
	return 0;
}

static int get_typed_number(struct text *t, const struct number *n, struct gvariant *out)
{
	out->type = n->type;
	return get_number(t, n, &out->values[0]);
}

/* After "@": the type as D-Bus writes it. */
static int get_annotated(struct text *t, struct gvariant *out)
{
	if (take_word(t, "as"))
		return take(t, '[') ? get_strings(t, out) : -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (take_word(t, numbers[i].type))
			return get_typed_number(t, &numbers[i], out);
	}
	if (take_word(t, "b"))
		return get_bool(t, out);
	out->type = "s";
	return take_word(t, "s") ? get_string(t, &out->values[0]) : -EPROTONOSUPPORT;
}

static int get_value(struct text *t, struct gvariant *out)
{
	skip_blanks(t);
	if (take(t, '@'))
		return get_annotated(t, out);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (take_word(t, numbers[i].keyword))
			return get_typed_number(t, &numbers[i], out);
	}
	if (take_word(t, "boolean"))
		return get_bool(t, out);
	if (take_word(t, "string") || *t->at == '\'' || *t->at == '"') {
		out->type = "s";
		return get_string(t, &out->values[0]);
	}
	if (*t->at == '-' || digit(*t->at, 10) >= 0)
		return get_typed_number(t, &numbers[0], out);
	if (take(t, '['))
		return get_strings(t, out);
	if (get_bool(t, out) == 0)
		return 0;
	return word(t) ? -EPROTONOSUPPORT : -EINVAL;
}

int gvariant_parse(struct arena *a, const char *text, struct gvariant *out)
{
	struct text t = { .arena = a, .at = text };
	struct gvariant v = { .n = 1 };
	int r;

	v.values = arena_array(a, ELEMENTS_MAX, sizeof(*v.values));
	if (!v.values)
		return -ENOMEM;
	r = get_value(&t, &v);
	if (r == 0) {
		skip_blanks(&t);
		if (*t.at)
			r = -EINVAL;
	}
	if (r == 0)
		*out = v;
	return r;
}
