/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON output over yajl_gen: the one place where escaping and layout are fixed. Users of
 * hooks rely on the bytes of the state, a golden test holds them.
 */
#include "config.h"

#include "json/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

#include "base/buf.h"
#include "base/utf8.h"

/* yajl's own limit is one more. */
#define DEPTH_MAX 127

struct json_w {
	yajl_gen gen;
	struct buf text;
	char indent[9];
	int failed; /* the first failure */
	unsigned depth;
	bool is_object[DEPTH_MAX]; /* what is open */
	bool after_key;
	bool complete; /* one value is whole */
	size_t opened; /* length of text behind the last '{' or '[', 0 when more followed */
};

static void collect(void *ctx, const char *s, size_t n)
{
	struct json_w *w = ctx;

	if (buf_add(&w->text, s, n) < 0 && !w->failed)
		w->failed = -ENOMEM;
}

struct json_w *json_w_open(unsigned indent)
{
	struct json_w *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->gen = yajl_gen_alloc(NULL);
	if (!w->gen) {
		free(w);
		return NULL;
	}
	if (indent > sizeof(w->indent) - 1)
		indent = sizeof(w->indent) - 1;
	memset(w->indent, ' ', indent);
	yajl_gen_config(w->gen, yajl_gen_print_callback, collect, w);
	if (indent) {
		yajl_gen_config(w->gen, yajl_gen_beautify, 1);
		yajl_gen_config(w->gen, yajl_gen_indent_string, w->indent);
	}
	return w;
}

static void misuse(struct json_w *w)
{
	if (!w->failed)
		w->failed = -EINVAL;
}

static bool in_object(const struct json_w *w)
{
	return w->depth > 0 && w->is_object[w->depth - 1];
}

/* May a value come here? yajl itself takes some texts that are no JSON. */
static bool ready(struct json_w *w)
{
	if (!w || w->failed)
		return false;
	if (in_object(w) != w->after_key || (w->depth == 0 && w->complete))
		misuse(w);
	return !w->failed;
}

/* Take what yajl says of a value. */
static void done(struct json_w *w, yajl_gen_status status)
{
	if (status != yajl_gen_status_ok)
		misuse(w);
	w->after_key = false;
	w->opened = 0;
	w->complete = w->depth == 0;
}

static void open_container(struct json_w *w, bool object)
{
	if (!ready(w))
		return;
	if (w->depth == DEPTH_MAX) {
		misuse(w);
		return;
	}
	w->is_object[w->depth++] = object;
	done(w, object ? yajl_gen_map_open(w->gen) : yajl_gen_array_open(w->gen));
	/* Indented, yajl has already gone to the next line. */
	w->opened = w->text.len - (w->indent[0] ? 1 : 0);
}

static void close_container(struct json_w *w, bool object)
{
	size_t empty;

	if (!w || w->failed)
		return;
	if (w->depth == 0 || in_object(w) != object || w->after_key) {
		misuse(w);
		return;
	}
	empty = w->opened;
	w->depth--;
	done(w, object ? yajl_gen_map_close(w->gen) : yajl_gen_array_close(w->gen));
	/* yajl writes an empty list over three lines. */
	if (empty && !w->failed) {
		w->text.len = empty;
		collect(w, object ? "}" : "]", 1);
	}
}

void json_w_object(struct json_w *w)
{
	open_container(w, true);
}

void json_w_end_object(struct json_w *w)
{
	close_container(w, true);
}

void json_w_array(struct json_w *w)
{
	open_container(w, false);
}

void json_w_end_array(struct json_w *w)
{
	close_container(w, false);
}

/* s with U+FFFD for each byte that belongs to no character. */
static int repair(const char *s, size_t n, struct buf *out)
{
	const unsigned char *u = (const unsigned char *)s;
	int r = 0;

	while (r == 0 && n > 0) {
		size_t len = utf8_length(u, n);

		r = len ? buf_add(out, u, len) : buf_adds(out, "\xef\xbf\xbd");
		len = len ? len : 1;
		u += len;
		n -= len;
	}
	return r;
}

static bool is_utf8(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;

	while (n > 0) {
		size_t len = utf8_length(u, n);

		if (!len)
			return false;
		u += len;
		n -= len;
	}
	return true;
}

static void string(struct json_w *w, const char *s, size_t n)
{
	auto_buf struct buf good = BUF_INIT;

	if (!is_utf8(s, n)) {
		if (repair(s, n, &good) < 0) {
			w->failed = -ENOMEM;
			return;
		}
		s = good.p;
		n = good.len;
	}
	done(w, yajl_gen_string(w->gen, (const unsigned char *)s, n));
}

void json_w_key(struct json_w *w, const char *key)
{
	if (!w || w->failed)
		return;
	if (!in_object(w) || w->after_key) {
		misuse(w);
		return;
	}
	string(w, key, strlen(key));
	w->after_key = true;
}

void json_w_str(struct json_w *w, const char *s)
{
	if (s)
		json_w_strn(w, s, strlen(s));
	else
		json_w_null(w);
}

void json_w_strn(struct json_w *w, const char *s, size_t n)
{
	if (ready(w))
		string(w, s, n);
}

static void number(struct json_w *w, const char *text, size_t n)
{
	if (ready(w))
		done(w, yajl_gen_number(w->gen, text, n));
}

void json_w_u64(struct json_w *w, uint64_t v)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%" PRIu64, v);

	number(w, text, (size_t)n);
}

void json_w_i64(struct json_w *w, int64_t v)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%" PRId64, v);

	number(w, text, (size_t)n);
}

void json_w_bool(struct json_w *w, bool v)
{
	if (ready(w))
		done(w, yajl_gen_bool(w->gen, v));
}

void json_w_null(struct json_w *w)
{
	if (ready(w))
		done(w, yajl_gen_null(w->gen));
}

/* Depth is at most JSON_MAX_DEPTH. */
void json_w_value(struct json_w *w, const struct json_value *v)
{
	switch (v->type) {
	case JSON_NULL:
		json_w_null(w);
		break;
	case JSON_BOOL:
		json_w_bool(w, v->boolean);
		break;
	case JSON_NUMBER:
		number(w, v->text, v->len);
		break;
	case JSON_STRING:
		json_w_strn(w, v->text, v->len);
		break;
	case JSON_ARRAY:
		json_w_array(w);
		for (const struct json_value *c = v->first; c; c = c->next)
			json_w_value(w, c);
		json_w_end_array(w);
		break;
	case JSON_OBJECT:
		json_w_object(w);
		for (const struct json_value *c = v->first; c; c = c->next) {
			json_w_key(w, c->key);
			json_w_value(w, c);
		}
		json_w_end_object(w);
		break;
	}
}

void json_w_kstr(struct json_w *w, const char *key, const char *s)
{
	json_w_key(w, key);
	json_w_str(w, s);
}

void json_w_ku64(struct json_w *w, const char *key, uint64_t v)
{
	json_w_key(w, key);
	json_w_u64(w, v);
}

void json_w_ki64(struct json_w *w, const char *key, int64_t v)
{
	json_w_key(w, key);
	json_w_i64(w, v);
}

void json_w_kbool(struct json_w *w, const char *key, bool v)
{
	json_w_key(w, key);
	json_w_bool(w, v);
}

int json_w_close(struct json_w *w, struct buf *out)
{
	size_t n;
	int r;

	if (!w)
		return -ENOMEM;
	r = w->failed;
	if (r == 0 && (w->depth > 0 || !w->complete))
		r = -EINVAL;
	n = w->text.len;
	/* Indented, yajl ends the last line. */
	while (n > 0 && w->text.p[n - 1] == '\n')
		n--;
	if (r == 0)
		r = buf_add(out, w->text.p, n);
	yajl_gen_free(w->gen);
	buf_done(&w->text);
	free(w);
	return r;
}
