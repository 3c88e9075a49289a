/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text to a tree. yajl does the grammar; what it lets through and two readers could
 * understand differently (duplicate names, lone surrogates, NUL) is refused here.
 */
#include "config.h"

#include "json/json.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/utf8.h"

/* Members of an object that are compared each with each. */
#define FEW 32

struct parser {
	struct arena *arena;
	struct json_doc doc;
	const char *text;
	size_t len;
	yajl_handle yajl;
	bool finishing; /* yajl has all of the text */

	size_t end;	/* of the last token */
	size_t line_at; /* where the current line begins */
	uint32_t line;	/* its number */

	struct json_value *stack[JSON_MAX_DEPTH]; /* open containers */
	struct json_value *last[JSON_MAX_DEPTH];  /* their last child so far */
	unsigned depth;
	const char *key; /* read, its value is to come */
	uint32_t nodes;

	int code; /* of the fault, when a callback stopped the parser */
	struct error *e;
};

/* Count the lines up to offset at, which is not before what was counted already. */
static void count_lines(struct parser *p, size_t from, size_t at)
{
	const char *nl;

	while (from < at && (nl = memchr(p->text + from, '\n', at - from))) {
		from = (size_t)(nl - p->text) + 1;
		p->line_at = from;
		p->line++;
	}
}

/* A fault at a byte of the text; v is the value that it belongs to, if there is one yet. */
static void place_at(
	struct parser *p, size_t at, const struct json_value *v, struct err_place *out)
{
	json_where(p->arena, &p->doc, v, out);
	count_lines(p, p->end, at);
	out->line = p->line;
	out->column = (uint32_t)(at - p->line_at) + 1;
}

static const struct json_value *container(const struct parser *p)
{
	return p->depth ? p->stack[p->depth - 1] : NULL;
}

/* Stop yajl: what its callbacks return. */
static int stop(struct parser *p, int code)
{
	p->code = code;
	return 0;
}

static int no_memory(struct parser *p)
{
	return stop(p, err_sys(p->e, ENOMEM, "malloc", "cannot read %s", p->doc.name));
}

static bool is_between(char c)
{
	return c == ' ' || c == ',' || c == ':' || c == '\n' || c == '\t' || c == '\r';
}

/*
 * Where the token begins that yajl has just read. Between two tokens there are only blanks
 * and separators, and no token has a newline inside.
 */
static size_t token_begin(struct parser *p)
{
	size_t at = p->end;
	bool newline = false;

	for (; at < p->len && is_between(p->text[at]); at++)
		newline |= p->text[at] == '\n';
	if (newline)
		count_lines(p, p->end, at);
	/* In the end yajl feeds itself a blank and counts from that. */
	p->end = p->finishing ? p->len : yajl_get_bytes_consumed(p->yajl);
	return at;
}

static int too_many(struct parser *p, size_t at, const struct json_value *v)
{
	struct err_place where;

	place_at(p, at, v, &where);
	err_set(p->e, ERR_CONFIG, -EFBIG, "more than %d values", JSON_MAX_NODES);
	err_place(p->e, &where);
	return -EFBIG;
}

/* A new value at the place where the parser is; NULL stops the parser. */
static struct json_value *value_new(struct parser *p, enum json_type type)
{
	size_t at = token_begin(p);
	struct json_value *parent = p->depth ? p->stack[p->depth - 1] : NULL;
	struct json_value *v;

	if (p->nodes++ == JSON_MAX_NODES) {
		stop(p, too_many(p, at, container(p)));
		return NULL;
	}
	v = arena_alloc(p->arena, sizeof(*v));
	if (!v) {
		no_memory(p);
		return NULL;
	}
	v->type = type;
	v->line = p->line;
	v->column = (uint32_t)(at - p->line_at) + 1;
	v->key = p->key;
	v->parent = parent;
	p->key = NULL;
	if (!parent) {
		p->doc.root = v;
		return v;
	}
	v->index = parent->n++;
	if (p->last[p->depth - 1])
		p->last[p->depth - 1]->next = v;
	else
		parent->first = v;
	p->last[p->depth - 1] = v;
	return v;
}

static int on_null(void *ctx)
{
	return value_new(ctx, JSON_NULL) != NULL;
}

static int on_boolean(void *ctx, int boolean)
{
	struct json_value *v = value_new(ctx, JSON_BOOL);

	if (v)
		v->boolean = boolean != 0;
	return v != NULL;
}

/* Without a look for NUL: check_bytes() has refused it. */
static char *copy(struct parser *p, const char *s, size_t n)
{
	char *text = arena_alloc(p->arena, n + 1);

	if (text)
		memcpy(text, s, n);
	return text;
}

static int with_text(struct parser *p, enum json_type type, const char *s, size_t n)
{
	struct json_value *v = value_new(p, type);

	if (!v)
		return 0;
	v->text = copy(p, s, n);
	v->len = n;
	return v->text ? 1 : no_memory(p);
}

static int on_number(void *ctx, const char *s, size_t n)
{
	return with_text(ctx, JSON_NUMBER, s, n);
}

static int on_string(void *ctx, const unsigned char *s, size_t n)
{
	return with_text(ctx, JSON_STRING, (const char *)s, n);
}

static int on_key(void *ctx, const unsigned char *s, size_t n)
{
	struct parser *p = ctx;

	token_begin(p);
	p->key = copy(p, (const char *)s, n);
	return p->key ? 1 : no_memory(p);
}

static int open_container(struct parser *p, enum json_type type)
{
	struct json_value *v = value_new(p, type);
	struct err_place where;

	if (!v)
		return 0;
	if (p->depth == JSON_MAX_DEPTH) {
		json_where(p->arena, &p->doc, v, &where);
		return stop(
			p, err_at(p->e, &where, "nested deeper than %d", JSON_MAX_DEPTH));
	}
	p->last[p->depth] = NULL;
	p->stack[p->depth++] = v;
	return 1;
}

static int on_array(void *ctx)
{
	return open_container(ctx, JSON_ARRAY);
}

static int on_object(void *ctx)
{
	return open_container(ctx, JSON_OBJECT);
}

static int on_array_end(void *ctx)
{
	struct parser *p = ctx;

	token_begin(p);
	p->depth--;
	return 1;
}

static int by_name(const void *a, const void *b)
{
	const struct json_value *const *x = a, *const *y = b;
	int r = strcmp((*x)->key, (*y)->key);

	return r ? r : (*x)->index < (*y)->index ? -1 : 1;
}

/* By comparing each with each, which for few is quicker than to sort. */
static const struct json_value *find_among_few(const struct json_value *object)
{
	for (const struct json_value *v = object->first; v; v = v->next)
		for (const struct json_value *w = object->first; w != v; w = w->next)
			if (w->key[0] == v->key[0] && strcmp(w->key, v->key) == 0)
				return v;
	return NULL;
}

/* The first member whose name an earlier one had; sorted, because an object may be huge. */
static int find_duplicate(const struct json_value *object, const struct json_value **out)
{
	auto_free const struct json_value **all = NULL;
	const struct json_value *found = NULL;
	size_t n = 0;

	if (object->n <= FEW) {
		*out = find_among_few(object);
		return 0;
	}
	all = calloc(object->n, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (const struct json_value *v = object->first; v; v = v->next)
		all[n++] = v;
	qsort(all, n, sizeof(*all), by_name);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(all[i - 1]->key, all[i]->key) != 0)
			continue;
		if (!found || all[i]->index < found->index)
			found = all[i];
	}
	*out = found;
	return 0;
}

static int on_object_end(void *ctx)
{
	struct parser *p = ctx;
	const struct json_value *twice = NULL;
	struct err_place where;

	token_begin(p);
	p->depth--;
	if (find_duplicate(p->stack[p->depth], &twice) < 0)
		return no_memory(p);
	if (!twice)
		return 1;
	json_where(p->arena, &p->doc, twice, &where);
	return stop(p, err_at(p->e, &where, "the object has two members of this name"));
}

static int hex4(const char *s)
{
	int v = 0;

	for (int i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *d =
			s[i] ? strchr(digits, s[i] | (s[i] >= 'A' ? 0x20 : 0)) : NULL;

		if (!d)
			return -1;
		v = v * 16 + (int)(d - digits);
	}
	return v;
}

/*
 * What is wrong with the escape \uXXXX at s, or NULL. n bytes are there. A malformed one is
 * left for yajl to refuse. *used becomes the length of what was looked at.
 */
static const char *check_unicode(const char *s, size_t n, size_t *used)
{
	int v = n >= 6 ? hex4(s + 2) : -1;
	int low;

	*used = 2;
	if (v < 0)
		return NULL;
	if (v == 0)
		return "a string holds a NUL";
	*used = 6;
	if (v < 0xd800 || v > 0xdfff)
		return NULL;
	low = n >= 12 && s[6] == '\\' && s[7] == 'u' ? hex4(s + 8) : -1;
	if (v >= 0xdc00 || low < 0xdc00 || low > 0xdfff)
		return "a string holds half a surrogate pair";
	*used = 12;
	return NULL;
}

static bool is_ascii(const char *s, size_t n)
{
	uint64_t all = 0, word;
	size_t i = 0;

	for (; n - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, s + i, sizeof(word));
		all |= word;
	}
	for (; i < n; i++)
		all |= (unsigned char)s[i];
	return (all & UINT64_C(0x8080808080808080)) == 0;
}

/* Has the text nothing that check_bytes() could refuse? As good as every text is so. */
static bool is_plain(const struct parser *p)
{
	return p->len < JSON_MAX_NODES && !memchr(p->text, '\\', p->len) &&
	       !memchr(p->text, '\v', p->len) && !memchr(p->text, '\f', p->len) &&
	       is_ascii(p->text, p->len);
}

/*
 * Look at the raw bytes, mostly of strings. This comes before yajl, because yajl replaces a
 * lone high surrogate by '?', makes ill-formed UTF-8 of a low one, passes NUL, takes overlong
 * UTF-8 and other blanks, and old versions read behind the text at such places
 * (CVE-2017-16516). In text that is no JSON this may be out of step with the quotes; then
 * either refuses it.
 */
static int check_bytes(struct parser *p)
{
	const char *s = p->text, *fault = NULL;
	struct err_place where;
	bool inside = false;
	size_t i, used, commas = 0;

	if (is_plain(p))
		return 0;
	for (i = 0; i < p->len; i += used) {
		used = 1;
		if (!inside) {
			inside = s[i] == '"';
			commas += s[i] == ',';
			/* To yajl these are blanks. */
			if (s[i] == '\v' || s[i] == '\f')
				fault = "not valid JSON: a control byte";
		} else if (s[i] == '"') {
			inside = false;
		} else if (s[i] == '\\') {
			if (i + 1 < p->len && s[i + 1] == 'u')
				fault = check_unicode(s + i, p->len - i, &used);
			else
				used = 2;
		} else {
			used = utf8_length((const unsigned char *)s + i, p->len - i);
			if (used == 0)
				fault = "a string is not UTF-8";
		}
		if (fault || commas == JSON_MAX_NODES)
			break;
	}
	if (fault) {
		place_at(p, i, NULL, &where);
		return err_at(p->e, &where, "%s", fault);
	}
	/* A comma has values on both sides: no tree is made of what has too many. */
	return commas == JSON_MAX_NODES ? too_many(p, i, NULL) : 0;
}

/*
 * Where the wrong token is. yajl tells where it stopped: behind the token, or inside it when
 * lexical is true.
 */
static size_t wrong_token(const struct parser *p, bool lexical)
{
	size_t at = yajl_get_bytes_consumed(p->yajl);
	size_t begin = p->end;

	if (p->finishing || at > p->len)
		return p->len;
	while (begin < p->len && is_between(p->text[begin]))
		begin++;
	if (lexical && begin < at && p->text[begin] == '"')
		return at;
	/* A separator is a token by itself, and what was skipped above may be the wrong one. */
	if (!lexical && at > p->end && memchr(",:]}[{", p->text[at - 1], 6))
		return at - 1;
	return begin;
}

/* yajl's own fault. */
static int syntax_error(struct parser *p)
{
	unsigned char *text = yajl_get_error(p->yajl, 0, NULL, 0);
	const char *words = text ? strstr((char *)text, ": ") : NULL;
	bool lexical = text && text[0] == 'l';
	struct err_place where;

	words = words ? words + 2 : "it cannot be read";
	place_at(p, wrong_token(p, lexical), container(p), &where);
	err_at(p->e, &where, "not valid JSON: %.*s", (int)strcspn(words, "\n"), words);
	if (text)
		yajl_free_error(p->yajl, text);
	return -EINVAL;
}

/*
 * yajl's memory is the arena's too, and goes with it. realloc is not told the old size, so that
 * is kept in front.
 */
#define YAJL_HEAD 16

static void *yajl_get(void *ctx, size_t n)
{
	char *p = n < SIZE_MAX - YAJL_HEAD ? arena_alloc(ctx, n + YAJL_HEAD) : NULL;

	if (!p)
		return NULL;
	memcpy(p, &n, sizeof(n));
	return p + YAJL_HEAD;
}

static void yajl_drop(void *ctx, void *p)
{
	(void)ctx;
	(void)p;
}

static void *yajl_regrow(void *ctx, void *p, size_t n)
{
	size_t had = 0;
	void *more;

	if (p)
		memcpy(&had, (char *)p - YAJL_HEAD, sizeof(had));
	if (p && n <= had)
		return p;
	more = yajl_get(ctx, n);
	if (more && had)
		memcpy(more, p, had);
	return more;
}

static int run(struct parser *p)
{
	yajl_status status;

	status = yajl_parse(p->yajl, (const unsigned char *)p->text, p->len);
	if (status == yajl_status_ok) {
		p->finishing = true;
		status = yajl_complete_parse(p->yajl);
	}
	if (status == yajl_status_client_canceled)
		return p->code;
	return status == yajl_status_ok ? 0 : syntax_error(p);
}

int json_parse(struct arena *a, const char *name, const char *text, size_t len,
	struct json_doc *out, struct error *e)
{
	static const yajl_callbacks callbacks = {
		.yajl_null = on_null,
		.yajl_boolean = on_boolean,
		.yajl_number = on_number,
		.yajl_string = on_string,
		.yajl_start_map = on_object,
		.yajl_map_key = on_key,
		.yajl_end_map = on_object_end,
		.yajl_start_array = on_array,
		.yajl_end_array = on_array_end,
	};
	yajl_alloc_funcs memory = {
		.malloc = yajl_get,
		.realloc = yajl_regrow,
		.free = yajl_drop,
		.ctx = a,
	};
	struct parser p = {
		.arena = a,
		.doc.name = name,
		.text = text,
		.len = len,
		.line = 1,
		.e = e,
	};
	const struct err_place file = { .file = name, .line = 1, .column = 1 };
	int r;

	if (len > JSON_MAX_SIZE) {
		err_set(e, ERR_CONFIG, -EFBIG, "larger than %u bytes", JSON_MAX_SIZE);
		err_place(e, &(struct err_place){ .file = name });
		return -EFBIG;
	}
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		return err_at(
			e, &file, "not valid JSON: it begins with a byte order mark");
	r = check_bytes(&p);
	if (r < 0)
		return r;
	p.yajl = yajl_alloc(&callbacks, &memory, &p);
	if (!p.yajl)
		return err_sys(e, ENOMEM, "malloc", "cannot read %s", name);
	r = run(&p);
	yajl_free(p.yajl);
	if (r < 0)
		return r;
	*out = p.doc;
	return 0;
}
