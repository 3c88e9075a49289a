/* SPDX-License-Identifier: Apache-2.0 */
/* A described struct as JSON: what is present, in row order. */
#include "config.h"

#include "schema/schema.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "base/table.h"
#include "json/json.h"
#include "schema/access.h"

/* A number of any width, as its bits. Signed ones are extended. */
static uint64_t number(const struct row *row, const void *in)
{
	const char *at = (const char *)in + row->offset;
	int64_t i64;
	int32_t i32;
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;
	int id;

	switch (row->type) {
	case ROW_I32:
		memcpy(&i32, at, sizeof(i32));
		return (uint64_t)(int64_t)i32;
	case ROW_I64:
		memcpy(&i64, at, sizeof(i64));
		return (uint64_t)i64;
	case ROW_U16:
		memcpy(&u16, at, sizeof(u16));
		return u16;
	case ROW_U32:
		memcpy(&u32, at, sizeof(u32));
		return u32;
	case ROW_U64:
		memcpy(&u64, at, sizeof(u64));
		return u64;
	case ROW_ENUM:
		memcpy(&id, at, sizeof(id));
		return (uint64_t)(int64_t)id;
	case ROW_BOOL:
		return *(const bool *)at;
	case ROW_STR:
	case ROW_STRS:
	case ROW_U32S:
	case ROW_OBJ:
	case ROW_OBJS:
	case ROW_MAP:
	case ROW_OBJMAP:
	case ROW_KEY:
	case ROW_BYTES:
		break;
	}
	return 0;
}

/* Has the member a value that is written? */
static bool is_present(const struct object *object, const struct row *row, const void *in)
{
	if (row->type == ROW_KEY)
		return false;
	if (row->has_offset != ROW_NO_OFFSET)
		return access_has(row, in);
	if (row->count_offset != ROW_NO_OFFSET)
		return access_count(row, in) > 0;
	if (row->type == ROW_STR || row->type == ROW_OBJ)
		return access_pointer(row, in) != NULL;
	return number(row, in) != 0 ||
	       (row->show == SHOW_NAME && table_name(schema_set(object, row), 0) != NULL);
}

static void dump_plain(const struct row *row, uint64_t v, struct json_w *w)
{
	if (row->type == ROW_I32 || row->type == ROW_I64)
		json_w_i64(w, (int64_t)v);
	else
		json_w_u64(w, v);
}

static void dump_bits(
	const struct table *set, bool by_number, uint64_t v, struct json_w *w)
{
	char rest[24];

	json_w_array(w);
	for (size_t i = 0; i < set->n; i++) {
		uint64_t bits = (uint64_t)set->entries[i].id;

		if (by_number)
			bits = UINT64_C(1) << bits;
		if (bits == 0 || (v & bits) != bits)
			continue;
		json_w_str(w, set->entries[i].name);
		v &= ~bits;
	}
	if (v) {
		snprintf(rest, sizeof(rest), "0x%" PRIx64, v);
		json_w_str(w, rest);
	}
	json_w_end_array(w);
}

static void dump_number(
	const struct row *row, const struct table *set, uint64_t v, struct json_w *w)
{
	const char *name;
	char octal[24];

	switch ((enum row_show)row->show) {
	case SHOW_NUMBER:
		dump_plain(row, v, w);
		break;
	case SHOW_NAME:
		name = v <= INT_MAX ? table_name(set, (int)v) : NULL;
		if (name)
			json_w_str(w, name);
		else
			dump_plain(row, v, w);
		break;
	case SHOW_BITS:
	case SHOW_BIT_NUMBERS:
		dump_bits(set, row->show == SHOW_BIT_NUMBERS, v, w);
		break;
	case SHOW_OCTAL:
		snprintf(octal, sizeof(octal), "%#" PRIo64, v);
		json_w_str(w, octal);
		break;
	}
}

static void dump_enum(
	const struct row *row, const struct table *set, const void *in, struct json_w *w)
{
	int id = (int)number(row, in);
	const char *name = table_name(set, id);

	if (name)
		json_w_str(w, name);
	else
		json_w_i64(w, id);
}

static void dump_map(const struct row *row, const void *in, struct json_w *w)
{
	const struct kv *list = access_pointer(row, in);
	size_t n = access_count(row, in);

	json_w_object(w);
	for (size_t i = 0; i < n; i++)
		json_w_kstr(w, list[i].key, list[i].value);
	json_w_end_object(w);
}

static void dump_list(const struct object *object, const struct row *row, const void *in,
	struct json_w *w)
{
	const struct object *sub = schema_sub(object, row);
	const struct table *set = schema_set(object, row);
	const void *list = access_pointer(row, in);
	size_t n = access_count(row, in);

	json_w_array(w);
	for (size_t i = 0; i < n; i++) {
		if (row->type == ROW_STRS)
			json_w_str(w, ((const char *const *)list)[i]);
		else if (row->type == ROW_U32S)
			dump_number(row, set, ((const uint32_t *)list)[i], w);
		else
			schema_dump(sub, (const char *)list + i * sub->size, w);
	}
	json_w_end_array(w);
}

static void dump_named(
	const struct row *row, const struct object *sub, const void *in, struct json_w *w)
{
	const char *list = access_pointer(row, in);
	size_t n = access_count(row, in);

	json_w_object(w);
	for (size_t i = 0; i < n; i++) {
		const char *element = list + i * sub->size;
		const char *key = access_pointer(&sub->rows[0], element);

		json_w_key(w, key ? key : "");
		schema_dump(sub, element, w);
	}
	json_w_end_object(w);
}

static void dump_row(const struct object *object, const struct row *row, const void *in,
	struct json_w *w)
{
	const struct object *sub = schema_sub(object, row);
	const struct table *set = schema_set(object, row);

	switch (row->type) {
	case ROW_STR:
	case ROW_KEY:
		json_w_str(w, access_pointer(row, in));
		break;
	case ROW_BOOL:
		json_w_bool(w, number(row, in) != 0);
		break;
	case ROW_I32:
	case ROW_I64:
	case ROW_U16:
	case ROW_U32:
	case ROW_U64:
		dump_number(row, set, number(row, in), w);
		break;
	case ROW_ENUM:
		dump_enum(row, set, in, w);
		break;
	case ROW_STRS:
	case ROW_U32S:
	case ROW_OBJS:
		dump_list(object, row, in, w);
		break;
	case ROW_OBJ:
		schema_dump(sub, access_pointer(row, in), w);
		break;
	case ROW_MAP:
		dump_map(row, in, w);
		break;
	case ROW_OBJMAP:
		dump_named(row, sub, in, w);
		break;
	case ROW_BYTES:
		json_w_u64(w, access_count(row, in));
		break;
	}
}

void schema_dump(const struct object *object, const void *in, struct json_w *w)
{
	json_w_object(w);
	for (size_t i = 0; i < object->n; i++) {
		const struct row *row = &object->rows[i];

		if (!is_present(object, row, in))
			continue;
		json_w_key(w, row->name);
		dump_row(object, row, in, w);
	}
	json_w_end_object(w);
}
