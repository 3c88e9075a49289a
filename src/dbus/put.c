/* SPDX-License-Identifier: Apache-2.0 */
/* Writing D-Bus messages. */
#include "config.h"

#include "dbus/wire.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "base/utf8.h"

#define ARRAY_MAX (64u << 20)

void dbus_w_done(struct dbus_w *w)
{
	buf_done(&w->out);
}

int dbus_w_end(const struct dbus_w *w)
{
	return w->failed;
}

static void put(struct dbus_w *w, const void *p, size_t n)
{
	if (w->failed == 0 && w->out.len + n > ARRAY_MAX)
		w->failed = -EMSGSIZE;
	if (w->failed == 0 && n > 0)
		w->failed = buf_add(&w->out, p, n);
}

void dbus_put_align(struct dbus_w *w, size_t boundary)
{
	static const unsigned char zeros[8];

	put(w, zeros, (boundary - w->out.len % boundary) % boundary);
}

static void put_u8(struct dbus_w *w, uint8_t v)
{
	put(w, &v, 1);
}

static void little(unsigned char *out, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)(v >> (8 * i));
}

void dbus_put_u32(struct dbus_w *w, uint32_t v)
{
	unsigned char bytes[4];

	little(bytes, v, sizeof(bytes));
	dbus_put_align(w, sizeof(bytes));
	put(w, bytes, sizeof(bytes));
}

static void put_u64(struct dbus_w *w, uint64_t v)
{
	unsigned char bytes[8];

	little(bytes, v, sizeof(bytes));
	dbus_put_align(w, sizeof(bytes));
	put(w, bytes, sizeof(bytes));
}

void dbus_put_str(struct dbus_w *w, const char *s)
{
	size_t n = strlen(s);

	if (w->failed == 0 && n > ARRAY_MAX)
		w->failed = -EMSGSIZE;
	/* A bus closes the connection of who sends such a text. */
	if (w->failed == 0 && !utf8_valid(s, n))
		w->failed = -EINVAL;
	dbus_put_u32(w, (uint32_t)n);
	put(w, s, n + 1);
}

/* A signature; opens a variant of this type. */
static void put_sig(struct dbus_w *w, const char *sig)
{
	size_t n = strlen(sig);

	if (w->failed == 0 && n > 255)
		w->failed = -EINVAL;
	put_u8(w, (uint8_t)n);
	put(w, sig, n + 1);
}

size_t dbus_put_array(struct dbus_w *w)
{
	dbus_put_u32(w, 0);
	return w->out.len;
}

void dbus_put_array_end(struct dbus_w *w, size_t begin, size_t boundary)
{
	/* The padding before the first element does not count. */
	size_t first = (begin + boundary - 1) / boundary * boundary;
	size_t n = w->out.len > first ? w->out.len - first : 0;

	if (w->failed == 0)
		little((unsigned char *)w->out.p + begin - 4, n, 4);
}

static void put_unsigned(struct dbus_w *w, const char *text, uint64_t max, size_t size)
{
	uint64_t v = 0;

	if (w->failed == 0)
		w->failed = num_u64(text, max, &v);
	if (size == 1)
		put_u8(w, (uint8_t)v);
	else if (size == 4)
		dbus_put_u32(w, (uint32_t)v);
	else
		put_u64(w, v);
}

static void put_y(struct dbus_w *w, const char *const *v)
{
	put_unsigned(w, v[0], UINT8_MAX, 1);
}

static void put_u(struct dbus_w *w, const char *const *v)
{
	put_unsigned(w, v[0], UINT32_MAX, 4);
}

static void put_t(struct dbus_w *w, const char *const *v)
{
	put_unsigned(w, v[0], UINT64_MAX, 8);
}

static void put_b(struct dbus_w *w, const char *const *v)
{
	bool yes = strcmp(v[0], "true") == 0;

	if (w->failed == 0 && !yes && strcmp(v[0], "false") != 0)
		w->failed = -EINVAL;
	dbus_put_u32(w, yes);
}

static void put_i(struct dbus_w *w, const char *const *v)
{
	int64_t n = 0;

	if (w->failed == 0)
		w->failed = num_i64(v[0], INT32_MIN, INT32_MAX, &n);
	dbus_put_u32(w, (uint32_t)(int32_t)n);
}

static void put_x(struct dbus_w *w, const char *const *v)
{
	int64_t n = 0;

	if (w->failed == 0)
		w->failed = num_i64(v[0], INT64_MIN, INT64_MAX, &n);
	put_u64(w, (uint64_t)n);
}

static void put_s(struct dbus_w *w, const char *const *v)
{
	dbus_put_str(w, v[0]);
}

static void put_st(struct dbus_w *w, const char *const *v)
{
	dbus_put_str(w, v[0]);
	put_t(w, v + 1);
}

static void put_ss(struct dbus_w *w, const char *const *v)
{
	dbus_put_str(w, v[0]);
	dbus_put_str(w, v[1]);
}

/* What of a unit's properties can be said. each: texts that one element takes. */
static const struct type {
	const char *name;
	void (*put)(struct dbus_w *w, const char *const *v);
	bool array;
	size_t each, boundary;
} types[] = {
	{ "b", put_b, false, 1, 4 },
	{ "i", put_i, false, 1, 4 },
	{ "u", put_u, false, 1, 4 },
	{ "x", put_x, false, 1, 8 },
	{ "t", put_t, false, 1, 8 },
	{ "s", put_s, false, 1, 4 },
	{ "as", put_s, true, 1, 4 },
	{ "au", put_u, true, 1, 4 },
	{ "ay", put_y, true, 1, 1 },
	{ "a(st)", put_st, true, 2, 8 },
	{ "a(ss)", put_ss, true, 2, 8 },
};

static const struct type *find_type(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	}
	return NULL;
}

void dbus_put_property(struct dbus_w *w, const char *name, const char *type,
	const char *const *values, size_t n)
{
	const struct type *t = find_type(type);
	size_t begin;

	if (!t || (t->array ? n % t->each != 0 : n != 1)) {
		w->failed = w->failed ? w->failed : -EINVAL;
		return;
	}
	dbus_put_align(w, 8);
	dbus_put_str(w, name);
	put_sig(w, type);
	if (!t->array) {
		t->put(w, values);
		return;
	}
	begin = dbus_put_array(w);
	dbus_put_align(w, t->boundary);
	for (size_t i = 0; i < n; i += t->each) {
		dbus_put_align(w, t->boundary);
		t->put(w, values + i);
	}
	dbus_put_array_end(w, begin, t->boundary);
}

/* The codes of header fields. */
enum { PATH = 1, INTERFACE = 2, MEMBER = 3, DESTINATION = 6, SIGNATURE = 8 };

static void field(struct dbus_w *w, uint8_t code, const char *type, const char *value)
{
	if (!value)
		return;
	dbus_put_align(w, 8);
	put_u8(w, code);
	put_sig(w, type);
	if (code == SIGNATURE)
		put_sig(w, value);
	else
		dbus_put_str(w, value);
}

int dbus_encode_call(const struct dbus_call *call, uint32_t serial, struct buf *out)
{
	enum { NO_AUTO_START = 2, PROTOCOL = 1 };
	const unsigned char begin[4] = { 'l', DBUS_CALL, NO_AUTO_START, PROTOCOL };
	auto_dbus_w struct dbus_w w = DBUS_W_INIT;
	size_t fields;
	int r;

	if (call->body && call->body->failed)
		return call->body->failed;
	put(&w, begin, sizeof(begin));
	dbus_put_u32(&w, call->body ? (uint32_t)call->body->out.len : 0);
	dbus_put_u32(&w, serial);
	fields = dbus_put_array(&w);
	field(&w, PATH, "o", call->path);
	field(&w, DESTINATION, "s", call->destination);
	field(&w, INTERFACE, "s", call->interface);
	field(&w, MEMBER, "s", call->member);
	field(&w, SIGNATURE, "g", call->signature);
	dbus_put_array_end(&w, fields, 8);
	dbus_put_align(&w, 8);
	if (call->body)
		put(&w, call->body->out.p, call->body->out.len);
	r = dbus_w_end(&w);
	return r < 0 ? r : buf_add(out, w.out.p, w.out.len);
}
