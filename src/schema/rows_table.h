/* SPDX-License-Identifier: Apache-2.0 */
/* Second expansion of a row file: the tables. See schema/rows_struct.h. */
/* clang-format off */
#define OBJECT(o, doc_)                                                      \
	enum { at_##o = offsetof(struct o, at) };                            \
	static const char doctext_##o[] = doc_;                              \
	static const struct row rows_##o[] = {
#define PLAIN(o, doc_)                                                       \
	enum { at_##o = ROW_NO_OFFSET };                                     \
	static const char doctext_##o[] = doc_;                              \
	static const struct row rows_##o[] = {
#define END(o)                                                               \
	}                                                                    \
	;                                                                    \
	const struct object object_##o = { .name = #o, .doc = doctext_##o,   \
					   .size = sizeof(struct o), .at_offset = at_##o, \
					   .rows = rows_##o,                 \
					   .n = sizeof(rows_##o) / sizeof(rows_##o[0]) };
#define ROW_(o, m, t, json, need_, since_, use_, doc_, has, count, sub_, set_, min_, max_)  \
	{ .type = t, .need = need_, .offset = offsetof(struct o, m), .has_offset = has,     \
	  .count_offset = count, .name = json, .since = since_, .use = use_, .doc = doc_,   \
	  .sub = sub_, .set = set_, .min = min_, .max = max_ },
#define HASOFF_(o, m) offsetof(struct o, has_##m)
#define NOFF_(o, m) offsetof(struct o, n_##m)
#define NO_ ROW_NO_OFFSET
#define STR(o, m, j, n, s, u, d) ROW_(o, m, ROW_STR, j, n, s, u, d, NO_, NO_, NULL, NULL, 0, 0)
#define KEY(o, m, d) ROW_(o, m, ROW_KEY, #m, OPT, "", "", d, NO_, NO_, NULL, NULL, 0, 0)
#define BOOL(o, m, j, n, s, u, d) \
	ROW_(o, m, ROW_BOOL, j, n, s, u, d, HASOFF_(o, m), NO_, NULL, NULL, 0, 1)
#define I32(o, m, j, n, s, u, d) \
	ROW_(o, m, ROW_I32, j, n, s, u, d, HASOFF_(o, m), NO_, NULL, NULL, INT32_MIN, INT32_MAX)
#define I64(o, m, j, n, s, u, d) \
	ROW_(o, m, ROW_I64, j, n, s, u, d, HASOFF_(o, m), NO_, NULL, NULL, INT64_MIN, INT64_MAX)
#define U16(o, m, j, n, s, u, d) \
	ROW_(o, m, ROW_U16, j, n, s, u, d, HASOFF_(o, m), NO_, NULL, NULL, 0, UINT16_MAX)
#define U32(o, m, j, n, s, u, d) \
	ROW_(o, m, ROW_U32, j, n, s, u, d, HASOFF_(o, m), NO_, NULL, NULL, 0, UINT32_MAX)
#define U64(o, m, j, n, s, u, d) \
	ROW_(o, m, ROW_U64, j, n, s, u, d, HASOFF_(o, m), NO_, NULL, NULL, 0, UINT64_MAX)
#define ENUM(o, m, j, set, n, s, u, d) \
	ROW_(o, m, ROW_ENUM, j, n, s, u, d, HASOFF_(o, m), NO_, NULL, &set, 0, 0)
#define STRS(o, m, j, n, s, u, d) \
	ROW_(o, m, ROW_STRS, j, n, s, u, d, HASOFF_(o, m), NOFF_(o, m), NULL, NULL, 0, 0)
#define U32S(o, m, j, n, s, u, d) \
	ROW_(o, m, ROW_U32S, j, n, s, u, d, HASOFF_(o, m), NOFF_(o, m), NULL, NULL, 0, UINT32_MAX)
#define OBJ(o, m, j, t, n, s, u, d) \
	ROW_(o, m, ROW_OBJ, j, n, s, u, d, NO_, NO_, &object_##t, NULL, 0, 0)
#define OBJS(o, m, j, t, n, s, u, d) \
	ROW_(o, m, ROW_OBJS, j, n, s, u, d, HASOFF_(o, m), NOFF_(o, m), &object_##t, NULL, 0, 0)
#define MAP(o, m, j, n, s, u, d) \
	ROW_(o, m, ROW_MAP, j, n, s, u, d, HASOFF_(o, m), NOFF_(o, m), NULL, NULL, 0, 0)
#define OBJMAP(o, m, j, t, n, s, u, d) \
	ROW_(o, m, ROW_OBJMAP, j, n, s, u, d, HASOFF_(o, m), NOFF_(o, m), &object_##t, NULL, 0, 0)
#define F_(o, m, t, d, count, sub, set, min, max) \
	ROW_(o, m, t, #m, OPT, "", "", d, NO_, count, sub, set, min, max)
#define F_STR(o, m, d) F_(o, m, ROW_STR, d, NO_, NULL, NULL, 0, 0)
#define F_BOOL(o, m, d) F_(o, m, ROW_BOOL, d, NO_, NULL, NULL, 0, 1)
#define F_I32(o, m, d) F_(o, m, ROW_I32, d, NO_, NULL, NULL, INT32_MIN, INT32_MAX)
#define F_I64(o, m, d) F_(o, m, ROW_I64, d, NO_, NULL, NULL, INT64_MIN, INT64_MAX)
#define F_U32(o, m, d) F_(o, m, ROW_U32, d, NO_, NULL, NULL, 0, UINT32_MAX)
#define F_U64(o, m, d) F_(o, m, ROW_U64, d, NO_, NULL, NULL, 0, UINT64_MAX)
#define F_ENUM(o, m, set, d) F_(o, m, ROW_ENUM, d, NO_, NULL, &set, 0, 0)
#define F_STRS(o, m, d) F_(o, m, ROW_STRS, d, NOFF_(o, m), NULL, NULL, 0, 0)
#define F_U32S(o, m, d) F_(o, m, ROW_U32S, d, NOFF_(o, m), NULL, NULL, 0, UINT32_MAX)
#define F_OBJ(o, m, t, d) F_(o, m, ROW_OBJ, d, NO_, &object_##t, NULL, 0, 0)
#define F_OBJS(o, m, t, d) F_(o, m, ROW_OBJS, d, NOFF_(o, m), &object_##t, NULL, 0, 0)
#define F_MAP(o, m, d) F_(o, m, ROW_MAP, d, NOFF_(o, m), NULL, NULL, 0, 0)
#define F_BYTES(o, m, d) F_(o, m, ROW_BYTES, d, NOFF_(o, m), NULL, NULL, 0, 0)
#define F_ORIGIN(o)                                        \
	F_U32(o, at_line, "line in the configuration")     \
	F_U32(o, at_column, "column in the configuration") \
	F_STR(o, at_path, "JSON path in the configuration")
