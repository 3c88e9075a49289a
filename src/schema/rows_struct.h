/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First expansion of a row file: the structs. Include this, then the row files, then
 * schema/rows_end.h. No include guard: it is included once for each set of row files.
 *
 * Spec rows:   TYPE(object, member, "json name", need, "since", "consumer", "doc")
 * Other rows:  F_TYPE(object, member, "doc"); JSON name = member, no has flag, dumped if set.
 */
/* clang-format off */
#define OBJECT(o, doc_) struct o { const struct json_value *at;
#define PLAIN(o, doc_) struct o {
#define END(o)                             \
	}                                  \
	;                                  \
	extern const struct object object_##o;
#define HAS_(m) bool has_##m;
#define STR(o, m, json, need, since, use, doc) const char *m;
#define KEY(o, m, doc) const char *m;
#define BOOL(o, m, json, need, since, use, doc) bool m; HAS_(m)
#define I32(o, m, json, need, since, use, doc) int32_t m; HAS_(m)
#define I64(o, m, json, need, since, use, doc) int64_t m; HAS_(m)
#define U16(o, m, json, need, since, use, doc) uint16_t m; HAS_(m)
#define U32(o, m, json, need, since, use, doc) uint32_t m; HAS_(m)
#define U64(o, m, json, need, since, use, doc) uint64_t m; HAS_(m)
#define ENUM(o, m, json, set, need, since, use, doc) int m; HAS_(m)
#define STRS(o, m, json, need, since, use, doc) const char **m; size_t n_##m; HAS_(m)
#define U32S(o, m, json, need, since, use, doc) uint32_t *m; size_t n_##m; HAS_(m)
#define OBJ(o, m, json, type, need, since, use, doc) struct type *m;
#define OBJS(o, m, json, type, need, since, use, doc) struct type *m; size_t n_##m; HAS_(m)
#define MAP(o, m, json, need, since, use, doc) struct kv *m; size_t n_##m; HAS_(m)
#define OBJMAP(o, m, json, type, need, since, use, doc) struct type *m; size_t n_##m; HAS_(m)
#define F_STR(o, m, doc) const char *m;
#define F_BOOL(o, m, doc) bool m;
#define F_I32(o, m, doc) int32_t m;
#define F_I64(o, m, doc) int64_t m;
#define F_U32(o, m, doc) uint32_t m;
#define F_U64(o, m, doc) uint64_t m;
#define F_I32_NAME(o, m, set, doc) int32_t m;
#define F_U32_NAME(o, m, set, doc) uint32_t m;
#define F_U32_BITS(o, m, set, doc) uint32_t m;
#define F_U32_OCTAL(o, m, doc) uint32_t m;
#define F_U64_BITS(o, m, set, doc) uint64_t m;
#define F_U64_BIT_NUMBERS(o, m, set, doc) uint64_t m;
#define F_U32S_NAME(o, m, set, doc) uint32_t *m; size_t n_##m;
#define F_ENUM(o, m, set, doc) int m;
#define F_STRS(o, m, doc) const char **m; size_t n_##m;
#define F_U32S(o, m, doc) uint32_t *m; size_t n_##m;
#define F_OBJ(o, m, type, doc) struct type *m;
#define F_OBJS(o, m, type, doc) struct type *m; size_t n_##m;
#define F_MAP(o, m, doc) struct kv *m; size_t n_##m;
#define F_BYTES(o, m, doc) const void *m; size_t n_##m;
/* Where the item stood in the configuration, for errors of the steps. */
#define F_ORIGIN(o) uint32_t at_line; uint32_t at_column; const char *at_path;
