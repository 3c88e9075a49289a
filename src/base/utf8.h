/* SPDX-License-Identifier: Apache-2.0 */
/* Well-formed UTF-8 (RFC 3629, section 4), for everything that is shown or logged. */
#ifndef DAVIT_BASE_UTF8_H
#define DAVIT_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Bytes of the well-formed sequence at s (n > 0 bytes are there), 1 to 4; 0 when there is
 * none: a lone continuation, an overlong form, a surrogate, over U+10FFFF, cut off.
 */
static inline size_t utf8_length(const unsigned char *s, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (n < len)
		return 0;
	/* The second byte alone decides about overlong forms, surrogates and the end. */
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++) {
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	}
	return len;
}

/* Is the sequence (of utf8_length()) a control: C0, DEL or C1? A terminal acts on U+009B as
 * on ESC [. */
static inline bool utf8_is_control(const unsigned char *s, size_t len)
{
	if (len == 1)
		return s[0] < 0x20 || s[0] == 0x7f;
	return len == 2 && s[0] == 0xc2 && s[1] < 0xa0;
}

/* Are the n bytes at s well-formed throughout? */
static inline bool utf8_valid(const char *s, size_t n)
{
	const unsigned char *at = (const unsigned char *)s;

	while (n > 0) {
		size_t len = utf8_length(at, n);

		if (len == 0)
			return false;
		at += len;
		n -= len;
	}
	return true;
}

#endif
