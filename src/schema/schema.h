/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table engine: an object is a C struct described by rows. From the rows come the loader
 * (JSON to struct), the dump (struct to JSON), and the image (struct to relocatable bytes).
 */
#ifndef DAVIT_SCHEMA_SCHEMA_H
#define DAVIT_SCHEMA_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct error;
struct json_doc;
struct json_value;
struct json_w;
struct table;

enum row_type {
	ROW_STR,  /* const char *m */
	ROW_BOOL, /* bool m */
	ROW_I32,  /* int32_t m */
	ROW_I64,  /* int64_t m */
	ROW_U16,  /* uint16_t m */
	ROW_U32,  /* uint32_t m */
	ROW_U64,  /* uint64_t m */
	ROW_ENUM, /* int m: id in a closed set; JSON string */
	/* const char **m; size_t n_m. Lists that were loaded or unpacked end with NULL as well, as
	 * execve wants them. */
	ROW_STRS,
	ROW_U32S, /* uint32_t *m; size_t n_m */
	ROW_OBJ,  /* struct T *m */
	ROW_OBJS, /* struct T *m; size_t n_m */
	ROW_MAP,  /* struct kv *m; size_t n_m: object of strings */
	ROW_OBJMAP, /* struct T *m; size_t n_m: object of objects; T begins with a ROW_KEY row */
	ROW_KEY, /* const char *m: the name under which an element of ROW_OBJMAP stands */
	ROW_BYTES, /* const void *m; size_t n_m: only in images; dumped as its size */
};

enum row_need { OPT, REQ };

/* How a number is dumped. What has no name in the set is shown as a number. */
enum row_show {
	SHOW_NUMBER,
	SHOW_OCTAL, /* text, "0755" */
	SHOW_NAME,  /* the name of this id; a list: of each element */
	SHOW_BITS,  /* a list of the names whose bits are all in it, in the set's order */
	SHOW_BIT_NUMBERS, /* the same; the ids of the set are the numbers of the bits */
};

struct kv {
	const char *key, *value;
};

#define ROW_NO_OFFSET UINT16_MAX

/* Longer than any JSON member; a unit test looks. */
#define ROW_NAME 28

/*
 * Rows, their texts and most links hold no pointers, so that the loader of a position independent
 * program has nothing to write into them: each page that it writes to is a page fault and a copy
 * in every command.
 */
struct object;
struct row {
	enum row_type type;
	enum row_need need;
	uint16_t offset;       /* of m */
	uint16_t has_offset;   /* of bool has_m, or ROW_NO_OFFSET */
	uint16_t count_offset; /* of size_t n_m, or ROW_NO_OFFSET */
	char name[ROW_NAME];   /* JSON member */
	uint8_t show;	       /* enum row_show */
	int64_t min;	       /* numbers */
	uint64_t max;
};

/* What a row leads to. */
union row_link {
	const struct object *sub; /* ROW_OBJ, ROW_OBJS, ROW_OBJMAP */
	const struct table *set;  /* ROW_ENUM; what is shown by names */
};

struct object {
	/* C struct name ("spec_user"), doc, then of each row since, use, doc; each with its NUL */
	const char *texts;
	const struct row *rows;
	const union row_link *links; /* one for each row */
	uint32_t size;
	uint16_t n;
	uint16_t at_offset; /* of const struct json_value *at, or ROW_NO_OFFSET */
};

/* What is told of a row, for documents and lints. */
struct row_text {
	const char
		*since; /* spec version, or "extension"; "" outside the configuration */
	/* consumer: planner or step, or "ignored: reason"; "" outside the configuration */
	const char *use;
	const char *doc; /* one line */
};

/* The object below a row of object, or NULL. */
const struct object *schema_sub(const struct object *object, const struct row *row);
/* The names that a row of object takes, or NULL. */
const struct table *schema_set(const struct object *object, const struct row *row);
/* What the object is: a section of the specification, or a line of text. Static. */
const char *schema_doc(const struct object *object);
/* The texts of a row of object, which are static. */
void schema_text(
	const struct object *object, const struct row *row, struct row_text *out);

/* How unknown members are treated. */
struct schema_load_opts {
	/* Called for each member without a row (name, value, nearest known name or NULL). */
	void (*unknown)(void *arg, const struct json_value *v, const char *nearest);
	void *arg;
};

/*
 * Check value against object and fill *out (size object->size, zeroed by the caller) from it,
 * memory from arena. All faults are collected into e (err_add_fault), each with file, line,
 * column, JSON path, what was found and what is allowed. JSON null counts as absent.
 * 0, -EINVAL with faults, -ENOMEM.
 */
int schema_load(const struct object *object, const struct json_doc *doc,
	const struct json_value *value, const struct schema_load_opts *opts,
	struct arena *a, void *out, struct error *e);

/*
 * Write a struct as a JSON object, members in row order. Members with a has flag are written
 * when it is set; others when they are not zero, false, NULL or empty, or when 0 has a name
 * (SHOW_NAME). Bits without a name are the last element, in hexadecimal.
 */
void schema_dump(const struct object *object, const void *in, struct json_w *w);

/* Visit each row of object and of what hangs below it, depth first; path is the JSON path with
 * "[]" and "{}" marks ("linux.devices[].path"). Stops when fn returns non-zero, returns it.
 * -ENOMEM. */
int schema_each(const struct object *object,
	int (*fn)(void *arg, const struct object *o, const struct row *row,
		const char *path),
	void *arg);

/*
 * The image: the struct with all that hangs below it, pointers replaced by offsets from the
 * image's begin (0 is NULL), children always behind their parents. Only the build that packed
 * may unpack (DAVIT_BUILD_ID is in the header). The image is appended to out. -ENOMEM, -E2BIG
 * over SCHEMA_IMAGE_MAX, -EINVAL for a list that is NULL but not empty, for a string in a
 * list or a key of a map that is NULL; then out is as it was.
 */
#define SCHEMA_IMAGE_MAX (64u << 20)
int schema_pack(const struct object *object, const void *in, struct buf *out);
/*
 * Turn offsets back into pointers in place, each checked for range, alignment, order, string
 * end. image must be writable and aligned to 16, and is worthless after a failure. Numbers
 * and ids of sets are as they come. -EBADMSG on anything odd.
 */
int schema_unpack(const struct object *object, void *image, size_t len, const void **out);

#endif
