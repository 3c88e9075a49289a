/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text to a tree that remembers where everything was, and stable JSON output. */
#ifndef DAVIT_JSON_JSON_H
#define DAVIT_JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct error;
struct err_place;

#define JSON_MAX_SIZE (16u << 20)
#define JSON_MAX_DEPTH 64
#define JSON_MAX_NODES 250000

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

struct json_value {
	enum json_type type;
	bool boolean;
	uint32_t line,
		column;	 /* of the first byte of the value, from 1; columns count bytes */
	uint32_t index;	 /* place in the parent's list */
	uint32_t n;	 /* members or elements */
	const char *key; /* name in the parent object, NULL in lists */
	const char *text; /* JSON_STRING: decoded, NUL-ended; JSON_NUMBER: as written */
	size_t len;	  /* of text */
	const struct json_value *parent;
	struct json_value *first, *next; /* children in order */
};

struct json_doc {
	const char *name; /* file name for messages */
	const struct json_value *root;
};

/*
 * Parse text (need not be NUL-ended) into arena. Refuses: duplicate member names, bad UTF-8,
 * lone surrogates, NUL in strings, nesting over JSON_MAX_DEPTH, size over JSON_MAX_SIZE, more
 * than JSON_MAX_NODES values, trailing bytes, a byte order mark, numbers that are not JSON.
 * Errors carry file (name), line, column, JSON path where known. -EINVAL, -EFBIG, -ENOMEM.
 */
int json_parse(struct arena *a, const char *name, const char *text, size_t len,
	struct json_doc *out, struct error *e);

/* Member of an object or NULL (also when v is no object). */
const struct json_value *json_get(const struct json_value *v, const char *key);
/* "linux.namespaces[2].type"; "" for the root. In arena; NULL without memory. Keys that are
 * not plain identifiers are written ["..."]. */
char *json_path(struct arena *a, const struct json_value *v);
/* Fill file, line, column, path (path in arena). v may be NULL: only the file. */
void json_where(struct arena *a, const struct json_doc *doc, const struct json_value *v,
	struct err_place *out);
/* An exact integer: -EINVAL for fraction or exponent, -ERANGE. */
int json_i64(const struct json_value *v, int64_t *out);
int json_u64(const struct json_value *v, uint64_t *out);

/*
 * Writing, over yajl_gen: compact or indented by 2 blanks, '/' not escaped, key order is the
 * caller's. The first failure sticks and json_w_close reports it.
 */
struct json_w;
/* NULL without memory. indent 0 is compact. */
struct json_w *json_w_open(unsigned indent);
void json_w_object(struct json_w *w);
void json_w_end_object(struct json_w *w);
void json_w_array(struct json_w *w);
void json_w_end_array(struct json_w *w);
void json_w_key(struct json_w *w, const char *key);
void json_w_str(
	struct json_w *w, const char *s); /* NULL writes null; bad UTF-8 becomes U+FFFD */
void json_w_strn(struct json_w *w, const char *s, size_t n);
void json_w_u64(struct json_w *w, uint64_t v);
void json_w_i64(struct json_w *w, int64_t v);
void json_w_bool(struct json_w *w, bool v);
void json_w_null(struct json_w *w);
/* An existing tree, as it is (numbers by their text). */
void json_w_value(struct json_w *w, const struct json_value *v);
/* key and value in one call */
void json_w_kstr(struct json_w *w, const char *key, const char *s);
void json_w_ku64(struct json_w *w, const char *key, uint64_t v);
void json_w_ki64(struct json_w *w, const char *key, int64_t v);
void json_w_kbool(struct json_w *w, const char *key, bool v);
/* Append the text to out (no newline is added) and free w. -ENOMEM, -EINVAL (misuse). */
int json_w_close(struct json_w *w, struct buf *out);

#endif
