/* SPDX-License-Identifier: Apache-2.0 */
/* Reading D-Bus messages: every length is checked before it is believed. */
#include "config.h"

#include "dbus/wire.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"

#define FIELDS_MAX (64u << 20)

static uint64_t number(const unsigned char *p, size_t n, bool big_endian)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)p[big_endian ? n - 1 - i : i] << (8 * i);
	return v;
}

int dbus_length(const unsigned char head[DBUS_HEAD], size_t *out)
{
	bool big = head[0] == 'B';
	uint64_t body, fields, total;

	if ((head[0] != 'l' && head[0] != 'B') || head[1] == 0 || head[3] != 1)
		return -EBADMSG;
	body = number(head + 4, 4, big);
	fields = number(head + 12, 4, big);
	if (fields > FIELDS_MAX)
		return -EBADMSG;
	total = DBUS_HEAD + ((fields + 7) & ~UINT64_C(7)) + body;
	if (total > DBUS_MESSAGE_MAX)
		return -EBADMSG;
	*out = (size_t)total;
	return 0;
}

/* Skip to a boundary; what is skipped must be zeros. */
static int align(struct dbus_r *r, size_t boundary)
{
	size_t at = (r->at + boundary - 1) / boundary * boundary;

	if (at > r->n)
		return -EBADMSG;
	for (; r->at < at; r->at++) {
		if (r->p[r->at])
			return -EBADMSG;
	}
	return 0;
}

static int get_number(struct dbus_r *r, size_t size, uint64_t *out)
{
	struct dbus_r now = *r;
	int e = align(&now, size);

	if (e < 0 || now.n - now.at < size)
		return -EBADMSG;
	*out = number(now.p + now.at, size, now.big_endian);
	now.at += size;
	*r = now;
	return 0;
}

int dbus_get_u32(struct dbus_r *r, uint32_t *out)
{
	uint64_t v;
	int e = get_number(r, 4, &v);

	if (e == 0)
		*out = (uint32_t)v;
	return e;
}

/* n bytes of text and a NUL. */
static int get_text(struct dbus_r *r, uint64_t n, const char **out)
{
	const char *text = (const char *)r->p + r->at;

	if (n >= r->n - r->at || text[n] != '\0' || memchr(text, '\0', (size_t)n) ||
		!utf8_valid(text, (size_t)n))
		return -EBADMSG;
	*out = text;
	r->at += (size_t)n + 1;
	return 0;
}

int dbus_get_str(struct dbus_r *r, const char **out)
{
	struct dbus_r now = *r;
	uint64_t n;
	int e = get_number(&now, 4, &n);

	if (e == 0)
		e = get_text(&now, n, out);
	if (e == 0)
		*r = now;
	return e;
}

int dbus_get_sig(struct dbus_r *r, const char **out)
{
	struct dbus_r now = *r;
	uint64_t n;
	int e = get_number(&now, 1, &n);

	if (e == 0)
		e = get_text(&now, n, out);
	if (e == 0)
		*r = now;
	return e;
}

struct dbus_r dbus_read(const struct dbus_msg *m)
{
	return (struct dbus_r){
		.p = m->body, .n = m->body_len, .big_endian = m->big_endian
	};
}

/* Header fields of the specification, by code; others are skipped when they are of a basic type. */
enum { FIELD_REPLY_SERIAL = 5, FIELD_SIGNATURE = 8, FIELD_UNIX_FDS = 9, FIELDS = 10 };
static const char field_types[FIELDS] = { 0, 'o', 's', 's', 's', 'u', 's', 's', 'g',
	'u' };

static const char **text_of(struct dbus_msg *m, uint64_t code)
{
	const char **const texts[FIELDS] = { NULL, &m->path, &m->interface, &m->member,
		&m->error, NULL, &m->destination, &m->sender, &m->signature, NULL };

	return texts[code];
}

/* The value of a field that we do not know: basic types only, as every field so far. */
static int skip_value(struct dbus_r *r, char type)
{
	static const struct {
		char type;
		size_t size;
	} sizes[] = { { 'y', 1 }, { 'n', 2 }, { 'q', 2 }, { 'b', 4 }, { 'i', 4 },
		{ 'u', 4 }, { 'h', 4 }, { 'x', 8 }, { 't', 8 }, { 'd', 8 } };
	const char *text;
	uint64_t v;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		if (sizes[i].type == type)
			return get_number(r, sizes[i].size, &v);
	}
	if (type == 's' || type == 'o')
		return dbus_get_str(r, &text);
	return type == 'g' ? dbus_get_sig(r, &text) : -EBADMSG;
}

static int get_field(struct dbus_r *r, struct dbus_msg *m)
{
	const char *sig;
	uint64_t code;
	int e = align(r, 8);

	if (e == 0)
		e = get_number(r, 1, &code);
	if (e == 0)
		e = dbus_get_sig(r, &sig);
	if (e < 0 || code == 0 || !sig[0] || sig[1])
		return -EBADMSG;
	if (code >= FIELDS)
		return skip_value(r, sig[0]);
	if (sig[0] != field_types[code])
		return -EBADMSG;
	if (code == FIELD_REPLY_SERIAL)
		return dbus_get_u32(r, &m->reply_serial);
	if (code == FIELD_SIGNATURE)
		return dbus_get_sig(r, text_of(m, code));
	if (code == FIELD_UNIX_FDS)
		return skip_value(r, sig[0]);
	return dbus_get_str(r, text_of(m, code));
}

/* "Message Types": what each kind must have. Unknown kinds are ignored by who reads. */
static int check_fields(const struct dbus_msg *m)
{
	switch (m->type) {
	case DBUS_CALL:
		return m->path && m->member ? 0 : -EBADMSG;
	case DBUS_REPLY:
		return m->reply_serial ? 0 : -EBADMSG;
	case DBUS_ERROR:
		return m->error && m->reply_serial ? 0 : -EBADMSG;
	case DBUS_SIGNAL:
		return m->path && m->interface && m->member ? 0 : -EBADMSG;
	}
	return 0;
}

int dbus_decode(const unsigned char *bytes, size_t n, struct dbus_msg *out)
{
	struct dbus_msg m = { .signature = "" };
	struct dbus_r r = { .p = bytes, .at = DBUS_HEAD };
	size_t total;
	int e = n < DBUS_HEAD ? -EBADMSG : dbus_length(bytes, &total);

	if (e < 0 || total != n)
		return -EBADMSG;
	m.type = (enum dbus_type)bytes[1];
	m.big_endian = r.big_endian = bytes[0] == 'B';
	m.body_len = (size_t)number(bytes + 4, 4, m.big_endian);
	m.serial = (uint32_t)number(bytes + 8, 4, m.big_endian);
	if (m.serial == 0)
		return -EBADMSG;
	r.n = DBUS_HEAD + (size_t)number(bytes + 12, 4, m.big_endian);
	while (e == 0 && r.at < r.n)
		e = get_field(&r, &m);
	if (e < 0)
		return e;
	r.n = n - m.body_len;
	e = align(&r, 8);
	if (e == 0)
		e = check_fields(&m);
	if (e < 0 || r.at != r.n)
		return -EBADMSG;
	m.body = bytes + r.at;
	*out = m;
	return 0;
}
