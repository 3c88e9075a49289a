/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image of a described struct: one block of bytes that a process of ours maps and uses in
 * place. Packing lays things out in the order in which it walks over the rows; unpacking
 * walks the same way and takes each thing only at the very place where packing would have
 * put it. So no two things overlap, children are behind their parents, and nothing that was
 * checked changes later, whatever the bytes are (K4).
 */
#include "config.h"
#include "identity.h"

#include "schema/schema.h"

#include <errno.h>

#include "base/buf.h"
#include "schema/access.h"

#define ALIGN 16u

/* Aligned, so that the first struct follows it. Names are cut, and padded with zeroes. */
struct head {
	char magic[16];
	char build[64];
	char object[32];
	uint64_t len; /* of the whole image */
	uint64_t pointer_size;
};

_Static_assert(sizeof(struct head) % ALIGN == 0, "the first struct is aligned");
/* Offsets stand where pointers will be. */
_Static_assert(sizeof(uintptr_t) == sizeof(void *), "an offset fits a pointer");

static void head_fill(struct head *h, const struct object *object, size_t len)
{
	static const char magic[] = "davit image 1";

	*h = (struct head){ .len = len, .pointer_size = sizeof(void *) };
	memcpy(h->magic, magic, sizeof(magic));
	memcpy(h->build, DAVIT_BUILD_ID, strnlen(DAVIT_BUILD_ID, sizeof(h->build)));
	memcpy(h->object, object->texts, strnlen(object->texts, sizeof(h->object)));
}

static size_t value_size(enum row_type type)
{
	switch (type) {
	case ROW_BOOL:
		return sizeof(bool);
	case ROW_U16:
		return sizeof(uint16_t);
	case ROW_I32:
	case ROW_U32:
		return sizeof(uint32_t);
	case ROW_I64:
	case ROW_U64:
		return sizeof(uint64_t);
	case ROW_ENUM:
		return sizeof(int);
	case ROW_STR:
	case ROW_KEY:
	case ROW_STRS:
	case ROW_U32S:
	case ROW_OBJ:
	case ROW_OBJS:
	case ROW_MAP:
	case ROW_OBJMAP:
	case ROW_BYTES:
		break;
	}
	return sizeof(void *);
}

/* What one element of a list takes. */
static size_t element_size(const struct row *row, const struct object *sub)
{
	switch (row->type) {
	case ROW_STRS:
		return sizeof(char *);
	case ROW_U32S:
		return sizeof(uint32_t);
	case ROW_MAP:
		return sizeof(struct kv);
	case ROW_OBJ:
	case ROW_OBJS:
	case ROW_OBJMAP:
		return sub->size;
	case ROW_BYTES:
	case ROW_STR:
	case ROW_KEY:
	case ROW_BOOL:
	case ROW_I32:
	case ROW_I64:
	case ROW_U16:
	case ROW_U32:
	case ROW_U64:
	case ROW_ENUM:
		break;
	}
	return 1;
}

/* Packing. Places are offsets from the image's begin, because the buffer moves. */

struct packer {
	struct buf *out;
	size_t base; /* of the image in out */
	unsigned depth;
};

static size_t here(const struct packer *p)
{
	return p->out->len - p->base;
}

/* Zeroed, aligned room for n elements at the end. */
static int reserve(struct packer *p, size_t n, size_t size, size_t *at)
{
	size_t pad = (ALIGN - here(p) % ALIGN) % ALIGN;
	size_t all;

	if (__builtin_mul_overflow(n, size, &all) || all > SCHEMA_IMAGE_MAX ||
		here(p) + pad + all > SCHEMA_IMAGE_MAX)
		return -E2BIG;
	if (buf_reserve(p->out, pad + all) < 0)
		return -ENOMEM;
	memset(p->out->p + p->out->len, 0, pad + all + 1);
	p->out->len += pad + all;
	*at = here(p) - all;
	return 0;
}

static void put(struct packer *p, size_t at, const void *from, size_t n)
{
	if (n)
		memcpy(p->out->p + p->base + at, from, n);
}

static void put_offset(struct packer *p, size_t at, size_t offset)
{
	uintptr_t o = offset;

	put(p, at, &o, sizeof(o));
}

/* A string at the end, its offset at at. */
static int pack_string(struct packer *p, size_t at, const char *s)
{
	size_t n = strlen(s) + 1;

	if (n > SCHEMA_IMAGE_MAX || here(p) + n > SCHEMA_IMAGE_MAX)
		return -E2BIG;
	put_offset(p, at, here(p));
	return buf_add(p->out, s, n);
}

static int pack_object(
	struct packer *p, const struct object *object, const void *in, size_t at);

/* What the n elements of a list, now at to, point at. */
static int pack_elements(struct packer *p, const struct row *row,
	const struct object *sub, const char *from, size_t n, size_t to)
{
	size_t size = element_size(row, sub);
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		size_t at = to + i * size;

		if (row->type == ROW_STRS) {
			const char *s = ((const char *const *)(const void *)from)[i];

			r = s ? pack_string(p, at, s) : -EINVAL;
		} else if (row->type == ROW_MAP) {
			const struct kv *kv = (const struct kv *)(const void *)from + i;

			r = kv->key ? pack_string(
					      p, at + offsetof(struct kv, key), kv->key)
				    : -EINVAL;
			if (r == 0 && kv->value)
				r = pack_string(
					p, at + offsetof(struct kv, value), kv->value);
		} else if (sub) {
			r = pack_object(p, sub, from + i * size, at);
		} else {
			/* Numbers and bytes point at nothing. */
			put(p, to, from, n * size);
			break;
		}
	}
	return r;
}

/* A list, or the one element of ROW_OBJ. at is the place of the struct that has it. */
static int pack_list(struct packer *p, const struct row *row, const struct object *sub,
	const void *in, size_t at)
{
	const void *from = access_pointer(row, in);
	size_t n = row->type == ROW_OBJ ? from != NULL : access_count(row, in);
	size_t room = n, to;
	int r;

	/* A list of strings is ended by NULL too, and an empty one stays a list. */
	if (row->type == ROW_STRS && from)
		room = n + 1;
	if (room == 0)
		return 0;
	if (!from)
		return -EINVAL;
	r = reserve(p, room, element_size(row, sub), &to);
	if (r < 0)
		return r;
	put_offset(p, at + row->offset, to);
	if (row->count_offset != ROW_NO_OFFSET)
		put(p, at + row->count_offset, &n, sizeof(n));
	return pack_elements(p, row, sub, from, n, to);
}

static bool is_list(const struct row *row)
{
	return row->count_offset != ROW_NO_OFFSET || row->type == ROW_OBJ;
}

static int pack_row(struct packer *p, const struct row *row, const struct object *sub,
	const void *in, size_t at)
{
	const void *s;

	if (row->has_offset != ROW_NO_OFFSET)
		put(p, at + row->has_offset, (const char *)in + row->has_offset,
			sizeof(bool));
	if (is_list(row))
		return pack_list(p, row, sub, in, at);
	if (row->type != ROW_STR && row->type != ROW_KEY) {
		put(p, at + row->offset, (const char *)in + row->offset,
			value_size(row->type));
		return 0;
	}
	s = access_pointer(row, in);
	return s ? pack_string(p, at + row->offset, s) : 0;
}

/* Member by member: padding, and what has no row, stays zero. */
static int pack_object(
	struct packer *p, const struct object *object, const void *in, size_t at)
{
	int r = 0;

	if (p->depth == SCHEMA_DEPTH_MAX)
		return -E2BIG;
	p->depth++;
	for (size_t i = 0; r == 0 && i < object->n; i++) {
		const struct row *row = &object->rows[i];

		r = pack_row(p, row, schema_sub(object, row), in, at);
	}
	p->depth--;
	return r;
}

int schema_pack(const struct object *object, const void *in, struct buf *out)
{
	struct packer p = { .out = out, .base = out->len };
	size_t head_at, root;
	struct head head;
	int r;

	r = reserve(&p, 1, sizeof(head), &head_at);
	if (r == 0)
		r = reserve(&p, 1, object->size, &root);
	if (r == 0)
		r = pack_object(&p, object, in, root);
	if (r < 0) {
		out->len = p.base;
		if (out->p)
			out->p[out->len] = '\0';
		return r;
	}
	head_fill(&head, object, here(&p));
	put(&p, head_at, &head, sizeof(head));
	return 0;
}

/* Unpacking. */

struct unpacker {
	char *image;
	size_t len;
	size_t next; /* where the next thing has to be */
	unsigned depth;
};

/* The offset at at, which must be that of the next thing; NULL goes through as 0. */
static int take_offset(struct unpacker *u, const char *at, size_t align, size_t *out)
{
	uintptr_t offset;
	size_t next = (u->next + align - 1) / align * align;

	memcpy(&offset, at, sizeof(offset));
	if (offset && (offset != next || next > u->len))
		return -EBADMSG;
	*out = (size_t)offset;
	return 0;
}

static void set_pointer(struct unpacker *u, char *at, size_t offset)
{
	const void *p = offset ? u->image + offset : NULL;

	memcpy(at, &p, sizeof(p));
}

static int unpack_string(struct unpacker *u, char *at, bool needed)
{
	const char *end;
	size_t offset;

	if (take_offset(u, at, 1, &offset) < 0 || (needed && !offset))
		return -EBADMSG;
	if (offset) {
		end = memchr(u->image + offset, '\0', u->len - offset);
		if (!end)
			return -EBADMSG;
		u->next = (size_t)(end - u->image) + 1;
	}
	set_pointer(u, at, offset);
	return 0;
}

static int unpack_object(struct unpacker *u, const struct object *object, char *at);

static int unpack_elements(struct unpacker *u, const struct row *row,
	const struct object *sub, char *list, size_t n)
{
	size_t size = element_size(row, sub);
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		char *at = list + i * size;

		if (row->type == ROW_STRS) {
			r = unpack_string(u, at, true);
		} else if (row->type == ROW_MAP) {
			r = unpack_string(u, at + offsetof(struct kv, key), true);
			if (r == 0)
				r = unpack_string(
					u, at + offsetof(struct kv, value), false);
		} else if (sub) {
			r = unpack_object(u, sub, at);
		} else {
			break;
		}
	}
	return r;
}

static int unpack_list(
	struct unpacker *u, const struct row *row, const struct object *sub, char *in)
{
	size_t size = element_size(row, sub), n = 1, room, offset;
	uintptr_t end;

	if (take_offset(u, in + row->offset, ALIGN, &offset) < 0)
		return -EBADMSG;
	if (row->count_offset != ROW_NO_OFFSET)
		n = access_count(row, in);
	if (!offset) {
		if (n && row->count_offset != ROW_NO_OFFSET)
			return -EBADMSG;
		set_pointer(u, in + row->offset, 0);
		return 0;
	}
	/* Only lists of strings have something when they are empty. */
	if (n >= SCHEMA_IMAGE_MAX || (n == 0 && row->type != ROW_STRS))
		return -EBADMSG;
	room = n + (row->type == ROW_STRS);
	if (size && room > (u->len - offset) / size)
		return -EBADMSG;
	if (row->type == ROW_STRS) {
		memcpy(&end, u->image + offset + n * size, sizeof(end));
		if (end)
			return -EBADMSG;
	}
	u->next = offset + room * size;
	set_pointer(u, in + row->offset, offset);
	return unpack_elements(u, row, sub, u->image + offset, n);
}

/* A byte that is neither 0 nor 1 is no bool, and using it as one is undefined. */
static bool is_bool(const char *at)
{
	return (unsigned char)*at <= 1;
}

static int unpack_row(
	struct unpacker *u, const struct row *row, const struct object *sub, char *in)
{
	if (row->has_offset != ROW_NO_OFFSET && !is_bool(in + row->has_offset))
		return -EBADMSG;
	if (is_list(row))
		return unpack_list(u, row, sub, in);
	if (row->type == ROW_STR || row->type == ROW_KEY)
		return unpack_string(u, in + row->offset, false);
	return row->type == ROW_BOOL && !is_bool(in + row->offset) ? -EBADMSG : 0;
}

static int unpack_object(struct unpacker *u, const struct object *object, char *at)
{
	int r = 0;

	if (u->depth == SCHEMA_DEPTH_MAX)
		return -EBADMSG;
	/* The JSON tree stayed behind. */
	if (object->at_offset != ROW_NO_OFFSET)
		set_pointer(u, at + object->at_offset, 0);
	u->depth++;
	for (size_t i = 0; r == 0 && i < object->n; i++) {
		const struct row *row = &object->rows[i];

		r = unpack_row(u, row, schema_sub(object, row), at);
	}
	u->depth--;
	return r;
}

int schema_unpack(const struct object *object, void *image, size_t len, const void **out)
{
	struct unpacker u = { .image = image, .len = len };
	const size_t root = sizeof(struct head);
	struct head head;

	if ((uintptr_t)image % ALIGN != 0 || len > SCHEMA_IMAGE_MAX || len < root ||
		object->size > len - root)
		return -EBADMSG;
	head_fill(&head, object, len);
	if (memcmp(image, &head, sizeof(head)) != 0)
		return -EBADMSG;
	u.next = root + object->size;
	if (unpack_object(&u, object, u.image + root) < 0 || u.next != len)
		return -EBADMSG;
	*out = u.image + root;
	return 0;
}
