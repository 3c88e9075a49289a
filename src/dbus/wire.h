/* SPDX-License-Identifier: Apache-2.0 */
/*
 * D-Bus messages as bytes: writing the few types that a call of systemd's manager needs, and
 * reading with every bound checked. The wire format is the D-Bus Specification's, "Message
 * Protocol" and "Marshaling".
 */
#ifndef DAVIT_DBUS_WIRE_H
#define DAVIT_DBUS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* The specification's limits. */
#define DBUS_MESSAGE_MAX (128u << 20)
#define DBUS_HEAD 16 /* bytes that tell how long a message is */

enum dbus_type {
	DBUS_CALL = 1,
	DBUS_REPLY = 2,
	DBUS_ERROR = 3,
	DBUS_SIGNAL = 4,
};

/* --- writing: always little-endian, whatever we run on --- */

/* Bytes that begin at a boundary of 8. What fails (-ENOMEM, -EMSGSIZE, -EINVAL) is remembered
 * and told by dbus_w_end(). */
struct dbus_w {
	struct buf out;
	int failed;
};
#define DBUS_W_INIT ((struct dbus_w){ .out = BUF_INIT })
#define auto_dbus_w __attribute__((cleanup(dbus_w_done)))

/* Free the bytes. */
void dbus_w_done(struct dbus_w *w);
/* 0, or the first failure. */
int dbus_w_end(const struct dbus_w *w);
/* Zeros up to a boundary of 1, 2, 4 or 8: a struct or an entry begins at 8. */
void dbus_put_align(struct dbus_w *w, size_t boundary);
void dbus_put_u32(struct dbus_w *w, uint32_t v);
/* A string or an object path. -EINVAL for what is no UTF-8. */
void dbus_put_str(struct dbus_w *w, const char *s);
/* An array whose elements begin at the boundary: returns what dbus_put_array_end() wants. */
size_t dbus_put_array(struct dbus_w *w);
void dbus_put_array_end(struct dbus_w *w, size_t begin, size_t boundary);
/*
 * A property of a unit, as StartTransientUnit and SetUnitProperties take it: (sv). type is one of
 * b i u x t s as au ay a(st) a(ss); the value as texts: one for a basic type, one for each element
 * of as, au, ay (numbers in decimal), two for each of a(st) and a(ss). -EINVAL, -ERANGE when they
 * do not fit.
 */
void dbus_put_property(struct dbus_w *w, const char *name, const char *type,
	const char *const *values, size_t n);

/* What a method call is about; destination NULL: the other side itself. */
struct dbus_call {
	const char *destination, *path, *interface, *member;
	const char *signature; /* of body, or NULL */
	const struct dbus_w *body;
};
/* The call as a message with this serial number (not 0), appended to out. The flags are
 * NO_AUTO_START. -ENOMEM, -EMSGSIZE, -EINVAL, what the body failed with. */
int dbus_encode_call(const struct dbus_call *call, uint32_t serial, struct buf *out);

/* --- reading: either byte order, hostile bytes --- */

/* The strings lie in the message, NUL-ended and valid UTF-8; NULL when absent. */
struct dbus_msg {
	enum dbus_type type;
	bool big_endian;
	uint32_t serial, reply_serial;
	const char *path, *interface, *member, *error, *destination, *sender;
	const char *signature; /* never NULL */
	const unsigned char *body;
	size_t body_len;
};

/* How long the message is that begins with these DBUS_HEAD bytes; -EBADMSG for what can be none. */
int dbus_length(const unsigned char head[DBUS_HEAD], size_t *out);
/* One whole message of n bytes. -EBADMSG. */
int dbus_decode(const unsigned char *bytes, size_t n, struct dbus_msg *out);

/* A place in a body. */
struct dbus_r {
	const unsigned char *p;
	size_t n, at;
	bool big_endian;
};
/* The begin of the body of m, which must live as long. */
struct dbus_r dbus_read(const struct dbus_msg *m);
/* Each takes one value: -EBADMSG when there is none, and nothing is taken. */
int dbus_get_u32(struct dbus_r *r, uint32_t *out);
/* A string or an object path. */
int dbus_get_str(struct dbus_r *r, const char **out);
/* A signature. */
int dbus_get_sig(struct dbus_r *r, const char **out);

#endif
