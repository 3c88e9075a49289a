/* SPDX-License-Identifier: Apache-2.0 */
/* The error object on the wire between our own processes. */
#include "config.h"

#include "base/err.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define MAGIC 0x72726564u
#define ABSENT UINT32_MAX
#define ERRNO_MAX 4095

enum field {
	FIELD_HINT,
	FIELD_DOING,
	FIELD_TEXT,
	FIELD_FILE,
	FIELD_PATH,
	FIELD_STEP,
	FIELD_CALL
};
#define N_FIELDS 7

/* Both ends are the same program on the same machine: plain words in host order. */
struct wire {
	uint32_t magic;
	int32_t code;
	uint32_t kind;
	uint32_t verbatim;
	uint32_t line, column;
	uint32_t len[N_FIELDS]; /* in the order of enum field; ABSENT is NULL */
};

static size_t present(uint32_t len)
{
	return len == ABSENT ? 0 : len;
}

/* At most room bytes of s, cut between characters. */
static uint32_t cut(const char *s, size_t len, size_t room)
{
	if (len <= room)
		return (uint32_t)len;
	while (room > 0 && ((unsigned char)s[room] & 0xc0) == 0x80)
		room--;
	return (uint32_t)room;
}

/* A place to look at survives whatever the container put into the text. */
static void shrink(const char *const *fields, uint32_t *len, size_t room)
{
	size_t all = 0;

	for (size_t i = 0; i < N_FIELDS; i++)
		all += present(len[i]);
	for (size_t i = 0; i < N_FIELDS && all > room; i++) {
		size_t had = present(len[i]);

		if (had == 0)
			continue;
		/* What this field may keep when all behind it stay whole. */
		len[i] = cut(fields[i], had, room > all - had ? room - (all - had) : 0);
		all -= had - len[i];
	}
}

size_t err_pack(const struct error *e, void *out, size_t max)
{
	const char *const fields[N_FIELDS] = { e->hint, e->doing, e->text, e->file,
		e->path, e->step, e->call };
	struct wire w = {
		.magic = MAGIC,
		.code = e->code,
		.kind = e->kind,
		.verbatim = e->verbatim,
		.line = e->line,
		.column = e->column,
	};
	char *to = (char *)out + sizeof(w);

	if (max < sizeof(w))
		return 0;
	for (size_t i = 0; i < N_FIELDS; i++) {
		size_t n = fields[i] ? strlen(fields[i]) : 0;

		/* Longer than the whole message is cut to it first: lengths stay 32 bits. */
		w.len[i] = fields[i]
				   ? cut(fields[i], n, max < INT32_MAX ? max : INT32_MAX)
				   : ABSENT;
	}
	shrink(fields, w.len, max - sizeof(w));
	memcpy(out, &w, sizeof(w));
	for (size_t i = 0; i < N_FIELDS; i++) {
		size_t n = present(w.len[i]);

		if (n)
			memcpy(to, fields[i], n);
		to += n;
	}
	return (size_t)(to - (char *)out);
}

static bool good_head(const struct wire *w, size_t len)
{
	size_t all = 0;

	for (size_t i = 0; i < N_FIELDS; i++) {
		size_t n = present(w->len[i]);

		if (n > len - all)
			return false;
		all += n;
	}
	return all == len && w->magic == MAGIC && w->code < 0 && w->code >= -ERRNO_MAX &&
	       w->kind > ERR_NONE && w->kind <= ERR_BUG && w->verbatim <= 1;
}

int err_unpack(const void *in, size_t len, struct error *e)
{
	struct error got = ERROR_INIT;
	char **const fields[N_FIELDS] = { &got.hint, &got.doing, &got.text, &got.file,
		&got.path, &got.step, &got.call };
	const char *from;
	struct wire w;

	if (len < sizeof(w))
		return -EBADMSG;
	memcpy(&w, in, sizeof(w));
	from = (const char *)in + sizeof(w);
	if (!good_head(&w, len - sizeof(w)) || memchr(from, 0, len - sizeof(w)))
		return -EBADMSG;
	got.code = w.code;
	got.kind = (enum err_kind)w.kind;
	got.verbatim = w.verbatim;
	got.line = w.line;
	got.column = w.column;
	for (size_t i = 0; i < N_FIELDS; i++) {
		if (w.len[i] != ABSENT)
			*fields[i] = strndup(from, w.len[i]);
		from += present(w.len[i]);
	}
	err_move(e, &got);
	return 0;
}
