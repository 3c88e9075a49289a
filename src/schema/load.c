/* SPDX-License-Identifier: Apache-2.0 */
/* Rows and a JSON tree to a struct; every fault is told with its place. */
#include "config.h"

#include "schema/schema.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/table.h"
#include "json/json.h"
#include "schema/access.h"

/* Values and names in messages are cut to this. */
#define SHOWN 64
/* Sets up to this size are listed in a message. */
#define LISTED 12
/* Unknown members of one file for which the nearest name is searched. */
#define SUGGESTED 100

struct loader {
	const struct json_doc *doc;
	const struct schema_load_opts *opts;
	struct arena *arena;
	struct error *e;
	bool faulty;
	unsigned unknown;
	unsigned depth;
};

/* Loading goes on behind a fault: 0, so that callers stop only without memory. */
static int add_fault(struct loader *l, struct error *fault)
{
	l->faulty = true;
	err_add_fault(l->e, fault);
	err_done(fault);
	return 0;
}

__attribute__((format(printf, 3, 4))) static int fault_at(
	struct loader *l, const struct json_value *v, const char *fmt, ...)
{
	auto_error struct error fault = ERROR_INIT;
	auto_buf struct buf text = BUF_INIT;
	struct err_place where;
	va_list ap;

	/* The tree keeps growing paths in the arena only for who listens. */
	if (l->e) {
		va_start(ap, fmt);
		buf_vaddf(&text, fmt, ap);
		va_end(ap);
		json_where(l->arena, l->doc, v, &where);
		err_at(&fault, &where, "%s", text.p ? text.p : "wrong value");
	}
	return add_fault(l, &fault);
}

static const char *with_article(enum json_type type)
{
	switch (type) {
	case JSON_NULL:
		return "null";
	case JSON_BOOL:
		return "a boolean";
	case JSON_NUMBER:
		return "a number";
	case JSON_STRING:
		return "a string";
	case JSON_ARRAY:
		return "an array";
	case JSON_OBJECT:
		return "an object";
	}
	return "a value";
}

static int wrong_type(struct loader *l, const struct json_value *v, const char *want)
{
	return fault_at(l, v, "expected %s, found %s", want, with_article(v->type));
}

static int no_memory(struct loader *l)
{
	return err_sys(l->e, ENOMEM, "malloc", "cannot read %s", l->doc->name);
}

static const char *ellipsis(const struct json_value *v)
{
	return v->len > SHOWN ? "..." : "";
}

/* Put a number at to, whose size the type tells. */
static void store(enum row_type type, void *to, uint64_t bits)
{
	switch (type) {
	case ROW_U16: {
		uint16_t n = (uint16_t)bits;

		memcpy(to, &n, sizeof(n));
		break;
	}
	case ROW_I32:
	case ROW_U32:
	case ROW_U32S: {
		uint32_t n = (uint32_t)bits;

		memcpy(to, &n, sizeof(n));
		break;
	}
	case ROW_I64:
	case ROW_U64:
		memcpy(to, &bits, sizeof(bits));
		break;
	case ROW_STR:
	case ROW_BOOL:
	case ROW_ENUM:
	case ROW_STRS:
	case ROW_OBJ:
	case ROW_OBJS:
	case ROW_MAP:
	case ROW_OBJMAP:
	case ROW_KEY:
	case ROW_BYTES:
		break;
	}
}

/* 1 when stored, 0 after a fault. */
static int load_number(
	struct loader *l, const struct row *row, const struct json_value *v, void *to)
{
	bool is_signed = row->type == ROW_I32 || row->type == ROW_I64;
	uint64_t bits = 0;
	int64_t n = 0;
	int r;

	if (v->type != JSON_NUMBER)
		return wrong_type(l, v, "an integer");
	if (is_signed) {
		r = json_i64(v, &n);
		bits = (uint64_t)n;
		if (r == 0 && (n < row->min || (n > 0 && bits > row->max)))
			r = -ERANGE;
	} else {
		r = json_u64(v, &bits);
		if (r == 0 && bits > row->max)
			r = -ERANGE;
	}
	if (r == -ERANGE)
		return fault_at(l, v,
			"expected an integer from %" PRId64 " to %" PRIu64
			", found %.*s%s",
			row->min, row->max, SHOWN, v->text, ellipsis(v));
	if (r < 0)
		return fault_at(l, v, "expected an integer, found %.*s%s", SHOWN, v->text,
			ellipsis(v));
	store(row->type, to, bits);
	return 1;
}

static void list_names(const struct table *set, struct buf *out)
{
	for (size_t i = 0; i < set->n; i++) {
		const char *between = i == 0 ? "" : i + 1 == set->n ? " or " : ", ";

		/* Without memory the list ends early. */
		if (buf_addf(out, "%s%s", between, set->entries[i].name) < 0)
			return;
	}
}

static int load_enum(
	struct loader *l, const struct table *set, const struct json_value *v, void *to)
{
	auto_error struct error fault = ERROR_INIT;
	auto_buf struct buf names = BUF_INIT;
	struct err_place where;
	const char *nearest;
	int id;

	if (v->type != JSON_STRING)
		return wrong_type(l, v, "a string");
	id = table_id(set, v->text);
	if (id >= 0) {
		memcpy(to, &id, sizeof(id));
		return 1;
	}
	json_where(l->arena, l->doc, v, &where);
	if (set->n <= LISTED) {
		list_names(set, &names);
		err_at(&fault, &where, "expected %s, found \"%.*s%s\"",
			names.p ? names.p : "", SHOWN, v->text, ellipsis(v));
	} else {
		err_at(&fault, &where, "unknown %s \"%.*s%s\"", set->what, SHOWN, v->text,
			ellipsis(v));
	}
	nearest = table_suggest(set, v->text);
	if (nearest)
		err_hint(&fault, "did you mean \"%s\"?", nearest);
	return add_fault(l, &fault);
}

static int load_strings(
	struct loader *l, const struct row *row, const struct json_value *v, void *out)
{
	const char **list;
	size_t n = 0;

	if (v->type != JSON_ARRAY)
		return wrong_type(l, v, "an array of strings");
	/* One more: a list of strings also ends with NULL, as execve wants it. */
	list = arena_array(l->arena, (size_t)v->n + 1, sizeof(*list));
	if (!list)
		return no_memory(l);
	for (const struct json_value *c = v->first; c; c = c->next) {
		if (c->type == JSON_STRING)
			list[n++] = c->text;
		else
			wrong_type(l, c, "a string");
	}
	access_set_pointer(row, out, list);
	access_set_count(row, out, n);
	return 1;
}

static int load_numbers(
	struct loader *l, const struct row *row, const struct json_value *v, void *out)
{
	uint32_t *list;
	size_t n = 0;

	if (v->type != JSON_ARRAY)
		return wrong_type(l, v, "an array of integers");
	list = arena_array(l->arena, v->n, sizeof(*list));
	if (!list)
		return no_memory(l);
	for (const struct json_value *c = v->first; c; c = c->next) {
		if (load_number(l, row, c, &list[n]) > 0)
			n++;
	}
	access_set_pointer(row, out, list);
	access_set_count(row, out, n);
	return 1;
}

static int load_map(
	struct loader *l, const struct row *row, const struct json_value *v, void *out)
{
	struct kv *list;
	size_t n = 0;

	if (v->type != JSON_OBJECT)
		return wrong_type(l, v, "an object of strings");
	list = arena_array(l->arena, v->n, sizeof(*list));
	if (!list)
		return no_memory(l);
	for (const struct json_value *c = v->first; c; c = c->next) {
		if (c->type == JSON_NULL)
			continue;
		if (c->type == JSON_STRING)
			list[n++] = (struct kv){ .key = c->key, .value = c->text };
		else
			wrong_type(l, c, "a string");
	}
	access_set_pointer(row, out, list);
	access_set_count(row, out, n);
	return 1;
}

static int load_object(struct loader *l, const struct object *object,
	const struct json_value *v, void *out);

static int load_sub(struct loader *l, const struct row *row, const struct object *sub,
	const struct json_value *v, void *out)
{
	void *to = arena_alloc(l->arena, sub->size);
	int r;

	if (!to)
		return no_memory(l);
	r = load_object(l, sub, v, to);
	if (r < 0)
		return r;
	access_set_pointer(row, out, to);
	return 1;
}

/* An array of objects, or an object of them: then the first row of each is its name. */
static int load_subs(struct loader *l, const struct row *row, const struct object *sub,
	const struct json_value *v, void *out)
{
	bool named = row->type == ROW_OBJMAP;
	char *list;
	size_t n = 0;
	int r;

	if (v->type != (named ? JSON_OBJECT : JSON_ARRAY))
		return wrong_type(
			l, v, named ? "an object of objects" : "an array of objects");
	list = arena_array(l->arena, v->n, sub->size);
	if (!list)
		return no_memory(l);
	for (const struct json_value *c = v->first; c; c = c->next) {
		char *to = list + n * sub->size;

		if (named && c->type == JSON_NULL)
			continue;
		r = load_object(l, sub, c, to);
		if (r < 0)
			return r;
		if (named)
			access_set_pointer(&sub->rows[0], to, c->key);
		n++;
	}
	access_set_pointer(row, out, list);
	access_set_count(row, out, n);
	return 1;
}

/* 1 when there is a value now, 0 after a fault, -ENOMEM. */
static int load_row(struct loader *l, const struct object *object, const struct row *row,
	const struct json_value *v, void *out)
{
	char *to = (char *)out + row->offset;

	switch (row->type) {
	case ROW_STR:
		if (v->type != JSON_STRING)
			return wrong_type(l, v, "a string");
		access_set_pointer(row, out, v->text);
		return 1;
	case ROW_BOOL:
		if (v->type != JSON_BOOL)
			return wrong_type(l, v, "a boolean");
		*(bool *)to = v->boolean;
		return 1;
	case ROW_I32:
	case ROW_I64:
	case ROW_U16:
	case ROW_U32:
	case ROW_U64:
		return load_number(l, row, v, to);
	case ROW_ENUM:
		return load_enum(l, schema_set(object, row), v, to);
	case ROW_STRS:
		return load_strings(l, row, v, out);
	case ROW_U32S:
		return load_numbers(l, row, v, out);
	case ROW_OBJ:
		return load_sub(l, row, schema_sub(object, row), v, out);
	case ROW_OBJS:
	case ROW_OBJMAP:
		return load_subs(l, row, schema_sub(object, row), v, out);
	case ROW_MAP:
		return load_map(l, row, v, out);
	case ROW_KEY:
	case ROW_BYTES:
		break;
	}
	return 0;
}

/* Keys stand outside of the object and bytes only in images. */
static bool is_member(const struct row *row)
{
	return row->type != ROW_KEY && row->type != ROW_BYTES;
}

static const struct row *find_row(const struct object *object, const char *name)
{
	for (size_t i = 0; i < object->n; i++) {
		const struct row *row = &object->rows[i];

		if (is_member(row) && strcmp(row->name, name) == 0)
			return row;
	}
	return NULL;
}

static int tell_unknown(
	struct loader *l, const struct object *object, const struct json_value *v)
{
	auto_free const char **names = NULL;
	const char *nearest = NULL;
	size_t n = 0;

	/* Unknown members are no fault: config.md, "Extensibility". */
	if (!l->opts || !l->opts->unknown)
		return 0;
	/* A file of nothing but unknown members is not worth the search. */
	if (l->unknown++ < SUGGESTED) {
		names = calloc(object->n + 1, sizeof(*names));
		if (!names)
			return no_memory(l);
		for (size_t i = 0; i < object->n; i++) {
			if (is_member(&object->rows[i]))
				names[n++] = object->rows[i].name;
		}
		nearest = table_nearest(names, n, v->key);
	}
	l->opts->unknown(l->opts->arg, v, nearest);
	return 0;
}

static void check_required(
	struct loader *l, const struct object *object, const struct json_value *v)
{
	for (size_t i = 0; i < object->n; i++) {
		const struct row *row = &object->rows[i];
		const struct json_value *member;

		if (row->need != REQ || !is_member(row))
			continue;
		member = json_get(v, row->name);
		if (!member || member->type == JSON_NULL)
			fault_at(
				l, v, "the required member \"%s\" is missing", row->name);
	}
}

static int load_members(struct loader *l, const struct object *object,
	const struct json_value *v, void *out)
{
	int r;

	for (const struct json_value *c = v->first; c; c = c->next) {
		const struct row *row = find_row(object, c->key);

		if (!row)
			r = tell_unknown(l, object, c);
		else if (c->type == JSON_NULL)
			r = 0;
		else
			r = load_row(l, object, row, c, out);
		if (r < 0)
			return r;
		if (row && r > 0)
			access_set_has(row, out);
	}
	check_required(l, object, v);
	return 0;
}

static int load_object(struct loader *l, const struct object *object,
	const struct json_value *v, void *out)
{
	int r;

	if (v->type != JSON_OBJECT)
		return wrong_type(l, v, "an object");
	if (object->at_offset != ROW_NO_OFFSET)
		memcpy((char *)out + object->at_offset, &v, sizeof(const void *));
	/* A tree of json_parse() is never so deep. */
	if (l->depth == SCHEMA_DEPTH_MAX)
		return fault_at(l, v, "nested deeper than %d", SCHEMA_DEPTH_MAX);
	l->depth++;
	r = load_members(l, object, v, out);
	l->depth--;
	return r;
}

int schema_load(const struct object *object, const struct json_doc *doc,
	const struct json_value *value, const struct schema_load_opts *opts,
	struct arena *a, void *out, struct error *e)
{
	struct loader l = {
		.doc = doc,
		.opts = opts,
		.arena = a,
		.e = e,
	};
	int r = load_object(&l, object, value, out);

	if (r < 0)
		return r;
	return l.faulty ? -EINVAL : 0;
}
