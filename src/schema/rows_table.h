/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Second to fourth expansion of the row file ROW_FILE: the tables. Define it, then include this
 * alone. See schema/rows_struct.h, and schema/schema.h on why there are three tables.
 */
/* clang-format off */
#define HASOFF_(o, m) offsetof(struct o, has_##m)
#define NOFF_(o, m) offsetof(struct o, n_##m)
#define NO_ ROW_NO_OFFSET
#define ROW_(...) SHOWN_(SHOW_NUMBER, __VA_ARGS__)
#define STR(o, m, j, n, s, u, d) ROW_(o, m, ROW_STR, j, n, s, u, d, NO_, NO_, .sub = NULL, 0, 0)
#define KEY(o, m, d) ROW_(o, m, ROW_KEY, #m, OPT, "", "", d, NO_, NO_, .sub = NULL, 0, 0)
#define BOOL(o, m, j, n, s, u, d) \
	ROW_(o, m, ROW_BOOL, j, n, s, u, d, HASOFF_(o, m), NO_, .sub = NULL, 0, 1)
#define I32(o, m, j, n, s, u, d) \
	ROW_(o, m, ROW_I32, j, n, s, u, d, HASOFF_(o, m), NO_, .sub = NULL, INT32_MIN, INT32_MAX)
#define I64(o, m, j, n, s, u, d) \
	ROW_(o, m, ROW_I64, j, n, s, u, d, HASOFF_(o, m), NO_, .sub = NULL, INT64_MIN, INT64_MAX)
#define U16(o, m, j, n, s, u, d) \
	ROW_(o, m, ROW_U16, j, n, s, u, d, HASOFF_(o, m), NO_, .sub = NULL, 0, UINT16_MAX)
#define U32(o, m, j, n, s, u, d) \
	ROW_(o, m, ROW_U32, j, n, s, u, d, HASOFF_(o, m), NO_, .sub = NULL, 0, UINT32_MAX)
#define U64(o, m, j, n, s, u, d) \
	ROW_(o, m, ROW_U64, j, n, s, u, d, HASOFF_(o, m), NO_, .sub = NULL, 0, UINT64_MAX)
#define ENUM(o, m, j, names, n, s, u, d) \
	ROW_(o, m, ROW_ENUM, j, n, s, u, d, HASOFF_(o, m), NO_, .set = &names, 0, 0)
#define STRS(o, m, j, n, s, u, d) \
	ROW_(o, m, ROW_STRS, j, n, s, u, d, HASOFF_(o, m), NOFF_(o, m), .sub = NULL, 0, 0)
#define U32S(o, m, j, n, s, u, d) \
	ROW_(o, m, ROW_U32S, j, n, s, u, d, HASOFF_(o, m), NOFF_(o, m), .sub = NULL, 0, UINT32_MAX)
#define OBJ(o, m, j, t, n, s, u, d) \
	ROW_(o, m, ROW_OBJ, j, n, s, u, d, NO_, NO_, .sub = &object_##t, 0, 0)
#define OBJS(o, m, j, t, n, s, u, d) \
	ROW_(o, m, ROW_OBJS, j, n, s, u, d, HASOFF_(o, m), NOFF_(o, m), .sub = &object_##t, 0, 0)
#define MAP(o, m, j, n, s, u, d) \
	ROW_(o, m, ROW_MAP, j, n, s, u, d, HASOFF_(o, m), NOFF_(o, m), .sub = NULL, 0, 0)
#define OBJMAP(o, m, j, t, n, s, u, d) \
	ROW_(o, m, ROW_OBJMAP, j, n, s, u, d, HASOFF_(o, m), NOFF_(o, m), .sub = &object_##t, 0, 0)
#define F_(o, m, t, d, count, link, min, max) \
	ROW_(o, m, t, #m, OPT, "", "", d, NO_, count, link, min, max)
#define F_STR(o, m, d) F_(o, m, ROW_STR, d, NO_, .sub = NULL, 0, 0)
#define F_BOOL(o, m, d) F_(o, m, ROW_BOOL, d, NO_, .sub = NULL, 0, 1)
#define F_I32(o, m, d) F_(o, m, ROW_I32, d, NO_, .sub = NULL, INT32_MIN, INT32_MAX)
#define F_I64(o, m, d) F_(o, m, ROW_I64, d, NO_, .sub = NULL, INT64_MIN, INT64_MAX)
#define F_U32(o, m, d) F_(o, m, ROW_U32, d, NO_, .sub = NULL, 0, UINT32_MAX)
#define F_U64(o, m, d) F_(o, m, ROW_U64, d, NO_, .sub = NULL, 0, UINT64_MAX)
#define F_SHOWN_(show, o, m, t, d, count, link, min, max) \
	SHOWN_(show, o, m, t, #m, OPT, "", "", d, NO_, count, link, min, max)
#define F_I32_NAME(o, m, names, d) \
	F_SHOWN_(SHOW_NAME, o, m, ROW_I32, d, NO_, .set = &names, INT32_MIN, INT32_MAX)
#define F_U32_NAME(o, m, names, d) \
	F_SHOWN_(SHOW_NAME, o, m, ROW_U32, d, NO_, .set = &names, 0, UINT32_MAX)
#define F_U32_BITS(o, m, names, d) \
	F_SHOWN_(SHOW_BITS, o, m, ROW_U32, d, NO_, .set = &names, 0, UINT32_MAX)
#define F_U32_OCTAL(o, m, d) \
	F_SHOWN_(SHOW_OCTAL, o, m, ROW_U32, d, NO_, .sub = NULL, 0, UINT32_MAX)
#define F_U64_BITS(o, m, names, d) \
	F_SHOWN_(SHOW_BITS, o, m, ROW_U64, d, NO_, .set = &names, 0, UINT64_MAX)
#define F_U64_BIT_NUMBERS(o, m, names, d) \
	F_SHOWN_(SHOW_BIT_NUMBERS, o, m, ROW_U64, d, NO_, .set = &names, 0, UINT64_MAX)
#define F_U32S_NAME(o, m, names, d) \
	F_SHOWN_(SHOW_NAME, o, m, ROW_U32S, d, NOFF_(o, m), .set = &names, 0, UINT32_MAX)
#define F_ENUM(o, m, names, d) F_(o, m, ROW_ENUM, d, NO_, .set = &names, 0, 0)
#define F_STRS(o, m, d) F_(o, m, ROW_STRS, d, NOFF_(o, m), .sub = NULL, 0, 0)
#define F_U32S(o, m, d) F_(o, m, ROW_U32S, d, NOFF_(o, m), .sub = NULL, 0, UINT32_MAX)
#define F_OBJ(o, m, t, d) F_(o, m, ROW_OBJ, d, NO_, .sub = &object_##t, 0, 0)
#define F_OBJS(o, m, t, d) F_(o, m, ROW_OBJS, d, NOFF_(o, m), .sub = &object_##t, 0, 0)
#define F_MAP(o, m, d) F_(o, m, ROW_MAP, d, NOFF_(o, m), .sub = NULL, 0, 0)
#define F_BYTES(o, m, d) F_(o, m, ROW_BYTES, d, NOFF_(o, m), .sub = NULL, 0, 0)
#define F_ORIGIN(o)                                        \
	F_U32(o, at_line, "line in the configuration")     \
	F_U32(o, at_column, "column in the configuration") \
	F_STR(o, at_path, "JSON path in the configuration")

/* What the rows lead to. */
#define OBJECT(o, doc_) static const union row_link links_##o[] = {
#define PLAIN(o, doc_) OBJECT(o, doc_)
#define END(o) };
#define SHOWN_(show_, o, m, t, json, need_, since_, use_, doc_, has, count, link_, min_, max_) \
	{ link_ },
#include ROW_FILE

/* Their texts, one after the other. */
#undef OBJECT
#undef END
#undef SHOWN_
#define OBJECT(o, doc_) static const char texts_##o[] = #o "\0" doc_ "\0"
#define END(o) ;
#define SHOWN_(show_, o, m, t, json, need_, since_, use_, doc_, has, count, link_, min_, max_) \
	since_ "\0" use_ "\0" doc_ "\0"
#include ROW_FILE

/* The rows and the object. */
#undef OBJECT
#undef PLAIN
#undef END
#undef SHOWN_
#define OBJECT(o, doc_)                                                      \
	enum { at_##o = offsetof(struct o, at) };                            \
	static const struct row rows_##o[] = {
#define PLAIN(o, doc_)                                                       \
	enum { at_##o = ROW_NO_OFFSET };                                     \
	static const struct row rows_##o[] = {
#define END(o)                                                               \
	}                                                                    \
	;                                                                    \
	const struct object object_##o = { .texts = texts_##o, .rows = rows_##o, \
					   .links = links_##o, .size = sizeof(struct o), \
					   .n = sizeof(rows_##o) / sizeof(rows_##o[0]), \
					   .at_offset = at_##o };
#define SHOWN_(show_, o, m, t, json, need_, since_, use_, doc_, has, count, link_, min_, max_) \
	{ .type = t, .need = need_, .offset = offsetof(struct o, m), .has_offset = has,     \
	  .count_offset = count, .name = json, .show = show_, .min = min_, .max = max_ },
#include ROW_FILE

#include "schema/rows_end.h"
#undef ROW_FILE
