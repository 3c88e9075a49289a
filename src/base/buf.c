/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte string, always ended by a NUL that len does not count. */
#include "config.h"

#include "base/buf.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

int buf_reserve(struct buf *b, size_t n)
{
	size_t need, size;
	char *p;

	if (__builtin_add_overflow(b->len, n, &need) || need >= SIZE_MAX / 2)
		return -ENOMEM;
	need++;
	if (need <= b->size)
		return 0;
	size = b->size ? b->size : 64;
	while (size < need)
		size *= 2;
	p = realloc(b->p, size);
	if (!p)
		return -ENOMEM;
	p[b->len] = '\0';
	b->p = p;
	b->size = size;
	return 0;
}

int buf_add(struct buf *b, const void *p, size_t n)
{
	if (buf_reserve(b, n) < 0)
		return -ENOMEM;
	if (n)
		memcpy(b->p + b->len, p, n);
	b->len += n;
	b->p[b->len] = '\0';
	return 0;
}

int buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0 || buf_reserve(b, (size_t)n) < 0)
		return -ENOMEM;
	vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
	return 0;
}

int buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_vaddf(b, fmt, ap);
	va_end(ap);
	return r;
}

int buf_add_escaped(struct buf *b, const char *s, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *u = (const unsigned char *)s;
	size_t len;
	char *to;

	if (n > SIZE_MAX / 8 || buf_reserve(b, 4 * n) < 0)
		return -ENOMEM;
	to = b->p + b->len;
	while (n > 0) {
		len = utf8_length(u, n);
		if (len == 0 || utf8_is_control(u, len)) {
			*to++ = '\\';
			*to++ = 'x';
			*to++ = hex[*u >> 4];
			*to++ = hex[*u & 15];
			len = 1;
		} else {
			memcpy(to, u, len);
			to += len;
		}
		u += len;
		n -= len;
	}
	*to = '\0';
	b->len = (size_t)(to - b->p);
	return 0;
}

char *buf_steal(struct buf *b)
{
	char *p;

	if (buf_reserve(b, 0) < 0)
		return NULL;
	p = b->p;
	*b = BUF_INIT;
	return p;
}

void buf_done(struct buf *b)
{
	free(b->p);
	*b = BUF_INIT;
}
