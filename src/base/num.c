/* SPDX-License-Identifier: Apache-2.0 */
/* Strict number parsing. */
#include "config.h"

#include "base/num.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/*
 * Digits of base up to stop. Over max is -ERANGE, but only when all of the text is digits:
 * whatever is malformed stays -EINVAL however large it is.
 */
static int digits(
	const char *s, const char *stop, unsigned base, uint64_t max, uint64_t *out)
{
	bool over = false;
	uint64_t v = 0;

	if (s == stop)
		return -EINVAL;
	for (; s < stop; s++) {
		unsigned d = (unsigned)(unsigned char)*s - '0';

		if (d >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(v, base, &v) ||
			__builtin_add_overflow(v, d, &v))
			over = true;
	}
	if (over || v > max)
		return -ERANGE;
	*out = v;
	return 0;
}

static int decimal(const char *s, const char *stop, uint64_t max, uint64_t *out)
{
	if (s[0] == '0' && stop - s > 1)
		return -EINVAL;
	return digits(s, stop, 10, max, out);
}

int num_u64(const char *text, uint64_t max, uint64_t *out)
{
	return decimal(text, text + strlen(text), max, out);
}

int num_i64(const char *text, int64_t min, int64_t max, int64_t *out)
{
	const char *stop = text + strlen(text);
	bool minus = text[0] == '-';
	uint64_t v;
	int64_t n;
	int r;

	if (minus && text[1] == '0')
		return -EINVAL;
	r = decimal(text + minus, stop, (uint64_t)INT64_MAX + minus, &v);
	if (r < 0)
		return r;
	/* -(v - 1) - 1 keeps INT64_MIN in range. */
	n = minus ? -(int64_t)(v - 1) - 1 : (int64_t)v;
	if (n < min || n > max)
		return -ERANGE;
	*out = n;
	return 0;
}

int num_size(const char *text, int64_t *out)
{
	static const char units[] = "kKmMgGtT";
	const char *stop = text + strlen(text);
	const char *unit;
	unsigned shift = 0;
	uint64_t v;
	int r;

	if (strcmp(text, "-1") == 0) {
		*out = -1;
		return 0;
	}
	if (stop == text)
		return -EINVAL;
	unit = strchr(units, stop[-1]);
	if (unit) {
		shift = ((unsigned)(unit - units) / 2 + 1) * 10;
		stop--;
	}
	r = decimal(text, stop, (uint64_t)INT64_MAX >> shift, &v);
	if (r < 0)
		return r;
	*out = (int64_t)(v << shift);
	return 0;
}

/* The digits behind the point, so far as they make a whole byte of a petabyte. */
static uint64_t fraction(const char *s, size_t n, unsigned shift)
{
	const uint64_t whole = UINT64_C(1000000000000000000);
	uint64_t part = 0, out = 0;

	for (size_t i = 0; i < 18; i++)
		part = part * 10 + (i < n ? (unsigned)(s[i] - '0') : 0);
	/* Bit by bit: the product does not fit. */
	for (; shift > 0; shift--) {
		part *= 2;
		out = 2 * out + (part >= whole);
		part -= part >= whole ? whole : 0;
	}
	return out;
}

int num_amount(const char *text, int64_t *out)
{
	static const char numerals[] = "0123456789", units[] = "kKmMgGtTpP";
	const char *stop = text + strspn(text, numerals), *rest = stop, *unit;
	size_t n_fraction = 0;
	unsigned shift = 0;
	uint64_t v, part;
	int r;

	if (strcmp(text, "-1") == 0) {
		*out = -1;
		return 0;
	}
	if (*rest == '.') {
		n_fraction = strspn(rest + 1, numerals);
		if (n_fraction == 0)
			return -EINVAL;
		rest += 1 + n_fraction;
	}
	if (*rest == ' ' && rest[1])
		rest++;
	unit = *rest ? strchr(units, *rest) : NULL;
	if (unit) {
		shift = ((unsigned)(unit - units) / 2 + 1) * 10;
		rest++;
		rest += *rest == 'i' || *rest == 'I';
	}
	rest += *rest == 'b' || *rest == 'B';
	if (*rest)
		return -EINVAL;
	r = decimal(text, stop, (uint64_t)INT64_MAX >> shift, &v);
	if (r < 0)
		return r;
	/* Less than one unit more, which does not reach the sign. */
	part = n_fraction ? fraction(stop + 1, n_fraction, shift) : 0;
	*out = (int64_t)((v << shift) + part);
	return 0;
}
