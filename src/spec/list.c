/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of CPUs and memory nodes. */
#include "config.h"

#include "spec/list.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* Digits to a number; moves *s behind them. */
static int take(const char **s, unsigned max, unsigned *out)
{
	unsigned long n = 0;

	if (**s < '0' || **s > '9')
		return -EINVAL;
	for (; **s >= '0' && **s <= '9'; (*s)++) {
		n = n * 10 + (unsigned long)(**s - '0');
		if (n > max)
			return -ERANGE;
	}
	*out = (unsigned)n;
	return 0;
}

static void skip_blanks(const char **s)
{
	*s += strspn(*s, " ");
}

int spec_list_each(const char *text, unsigned max,
	void (*fn)(void *arg, unsigned first, unsigned last), void *arg)
{
	const char *s = text;
	int n = 0;

	for (;;) {
		unsigned first, last;
		int r;

		s += strspn(s, " ,");
		if (!*s)
			return n;
		r = take(&s, max, &first);
		if (r < 0)
			return r;
		last = first;
		skip_blanks(&s);
		if (*s == '-') {
			s++;
			skip_blanks(&s);
			r = take(&s, max, &last);
			if (r < 0)
				return r;
			skip_blanks(&s);
		}
		if (last < first || (*s && *s != ',') || n == INT_MAX)
			return -EINVAL;
		if (fn)
			fn(arg, first, last);
		n++;
	}
}
