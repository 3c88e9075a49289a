/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte string, always ended by a NUL that len does not count. */
#ifndef DAVIT_BASE_BUF_H
#define DAVIT_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *p;
	size_t len, size;
};
#define BUF_INIT ((struct buf){ .p = NULL })
#define auto_buf __attribute__((cleanup(buf_done)))

/* Each returns 0 or -ENOMEM; on failure the content is unchanged. */
int buf_add(struct buf *b, const void *p, size_t n);
int buf_adds(struct buf *b, const char *s);
int buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int buf_vaddf(struct buf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
/* Room for n more bytes at b->p + b->len; the caller adds to len what it used. */
int buf_reserve(struct buf *b, size_t n);
/* Append n bytes of s; control bytes, DEL and what is no UTF-8 become \xNN, so that no escape
 * sequence of an image reaches a terminal (J10). A backslash stays. */
int buf_add_escaped(struct buf *b, const char *s, size_t n);
/* Hand the bytes over (heap, never NULL unless -ENOMEM at the first byte), forget them. */
char *buf_steal(struct buf *b);
/* Free the bytes; b is empty then and can be used again. */
void buf_done(struct buf *b);

#endif
