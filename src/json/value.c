/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a JSON tree: members, places, exact integers. */
#include "config.h"

#include "json/json.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"

/* Longer member names are cut in paths, which end up in messages. */
#define KEY_SHOWN 200

const struct json_value *json_get(const struct json_value *v, const char *key)
{
	if (!v || v->type != JSON_OBJECT)
		return NULL;
	for (v = v->first; v; v = v->next) {
		if (strcmp(v->key, key) == 0)
			return v;
	}
	return NULL;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_plain(const char *key)
{
	size_t n = 0;

	if (!is_letter(key[0]))
		return false;
	for (; key[n]; n++) {
		if (!is_letter(key[n]) && (key[n] < '0' || key[n] > '9'))
			return false;
	}
	return n <= KEY_SHOWN;
}

static int add_name(struct buf *b, const char *key)
{
	size_t shown = strnlen(key, KEY_SHOWN);
	int r;

	if (is_plain(key))
		return buf_addf(b, "%s%s", b->len ? "." : "", key);
	/* Between characters. */
	while (key[shown] && shown > 0 && ((unsigned char)key[shown] & 0xc0) == 0x80)
		shown--;
	r = buf_adds(b, "[\"");
	for (size_t i = 0; r == 0 && i < shown; i++) {
		if (key[i] == '"' || key[i] == '\\')
			r = buf_adds(b, "\\");
		if (r == 0)
			r = buf_add(b, key + i, 1);
	}
	return r < 0 ? r : buf_adds(b, key[shown] ? "...\"]" : "\"]");
}

/* Depth is at most JSON_MAX_DEPTH + 1. */
static int add_path(struct buf *b, const struct json_value *v)
{
	int r;

	if (!v->parent)
		return 0;
	r = add_path(b, v->parent);
	if (r < 0)
		return r;
	return v->key ? add_name(b, v->key) : buf_addf(b, "[%u]", v->index);
}

char *json_path(struct arena *a, const struct json_value *v)
{
	auto_buf struct buf b = BUF_INIT;

	if (add_path(&b, v) < 0)
		return NULL;
	return arena_strndup(a, b.p ? b.p : "", b.len);
}

void json_where(struct arena *a, const struct json_doc *doc, const struct json_value *v,
	struct err_place *out)
{
	*out = (struct err_place){ .file = doc ? doc->name : NULL };
	if (!v)
		return;
	out->line = v->line;
	out->column = v->column;
	out->path = json_path(a, v);
}

/* JSON has a minus zero, which is an integer. */
static const char *digits(const struct json_value *v)
{
	if (v->type != JSON_NUMBER)
		return "";
	return strcmp(v->text, "-0") == 0 ? "0" : v->text;
}

int json_i64(const struct json_value *v, int64_t *out)
{
	return num_i64(digits(v), INT64_MIN, INT64_MAX, out);
}

int json_u64(const struct json_value *v, uint64_t *out)
{
	const char *s = digits(v);
	uint64_t below;

	if (s[0] != '-')
		return num_u64(s, UINT64_MAX, out);
	/* An integer, but a negative one. */
	return num_u64(s + 1, UINT64_MAX, &below) == -EINVAL ? -EINVAL : -ERANGE;
}
