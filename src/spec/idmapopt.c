/* SPDX-License-Identifier: Apache-2.0 */
/* crun's way to write the mappings of one mount into one of its options. */
#include "config.h"

#include "spec/idmapopt.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/num.h"

#define LINES_MAX 340 /* user_namespaces(7) */

/* The digits up to end are a number of 32 bits. */
static int number(const char *from, const char *end, uint32_t *out)
{
	char text[16];
	uint64_t value;
	size_t n = (size_t)(end - from);

	if (n >= sizeof(text))
		return -EINVAL;
	memcpy(text, from, n);
	text[n] = '\0';
	if (num_u64(text, UINT32_MAX, &value) < 0)
		return -EINVAL;
	*out = (uint32_t)value;
	return 0;
}

/* FROM-TO-SIZE between at and end. */
static int parse_line(const char *at, const char *end, struct idmapopt_line *out)
{
	uint32_t *const fields[] = { &out->from, &out->to, &out->size };

	out->relative = at < end && *at == '@';
	at += out->relative;
	for (size_t i = 0; i < 3; i++) {
		const char *dash = memchr(at, '-', (size_t)(end - at));
		const char *stop = i < 2 ? dash : end;

		if (!stop || number(at, stop, fields[i]) < 0)
			return -EINVAL;
		at = stop + 1;
	}
	if (out->size == 0 || out->from > UINT32_MAX - out->size ||
		out->to > UINT32_MAX - out->size)
		return -EINVAL;
	return 0;
}

static int parse_list(struct arena *a, const char *at, const char *end,
	struct idmapopt_line **out, size_t *n_out, struct error *e)
{
	while (at <= end) {
		const char *hash = memchr(at, '#', (size_t)(end - at));
		const char *stop = hash ? hash : end;
		struct idmapopt_line *list = arena_grow(a, *out, *n_out, sizeof(*list));

		if (!list)
			return err_sys(e, ENOMEM, "malloc", "cannot read mount options");
		*out = list;
		if (*n_out == LINES_MAX)
			return err_set(e, ERR_CONFIG, -EINVAL,
				"expected at most %d ranges in idmap=", LINES_MAX);
		if (parse_line(at, stop, &list[*n_out]) < 0)
			return err_set(e, ERR_CONFIG, -EINVAL,
				"expected FROM-TO-SIZE in idmap=, found \"%.*s\"",
				(int)(stop - at > 80 ? 80 : stop - at), at);
		(*n_out)++;
		at = stop + 1;
	}
	return 0;
}

int idmapopt_parse(
	struct arena *a, const char *text, struct idmapopt *out, struct error *e)
{
	struct idmapopt o = { .n_uids = 0 };
	const char *at = text;

	for (;;) {
		const char *end = at + strcspn(at, ";");
		bool uids = strncmp(at, "uids=", 5) == 0;
		bool known = uids || strncmp(at, "gids=", 5) == 0;
		int r;

		if (!known || (uids ? o.n_uids : o.n_gids))
			return err_set(e, ERR_CONFIG, -EINVAL,
				"expected idmap=uids=...;gids=..., found \"%.80s\"",
				text);
		r = uids ? parse_list(a, at + 5, end, &o.uids, &o.n_uids, e)
			 : parse_list(a, at + 5, end, &o.gids, &o.n_gids, e);
		if (r < 0)
			return r;
		if (!*end)
			break;
		at = end + 1;
	}
	if (!o.n_uids || !o.n_gids)
		return err_set(e, ERR_CONFIG, -EINVAL,
			"expected both uids= and gids= in idmap=, found \"%.80s\"", text);
	*out = o;
	return 0;
}
