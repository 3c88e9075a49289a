/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of src/spec/def against the specification: every property has a row, every row is a
 * property or an "extension", every row says who uses it, and that planner or step is there.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/strv.h"
#include "spec/spec.h"

/* What both sides are made of: paths, each once. */
struct lists {
	struct arena arena;
	struct strv properties, rows, extensions, uses;
	int source;
};

static void add(struct lists *l, struct strv *list, const char *path)
{
	if (!strv_has((const char *const *)list->v, list->n, path))
		assert_int_equal(strv_add(&l->arena, list, path), 0);
}

static void read_source(struct lists *l, const char *path, struct buf *out)
{
	if (io_read_at(l->source, path, 1 << 20, out, NULL) != 0)
		fail_msg("cannot read %s", path);
}

static void read_properties(struct lists *l)
{
	auto_buf struct buf b = BUF_INIT;

	read_source(l, "tests/schema/spec-properties.tsv", &b);
	for (char *line = b.p, *next; line && *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		line[strcspn(line, "\t")] = '\0';
		if (*line && *line != '#')
			add(l, &l->properties, line);
	}
	assert_true(l->properties.n > 250);
}

/* "[]" or "{}" for the elements of a list or a map, which the table of properties names too. */
static const char *elements(enum row_type type)
{
	switch (type) {
	case ROW_STRS:
	case ROW_U32S:
	case ROW_OBJS:
		return "[]";
	case ROW_MAP:
	case ROW_OBJMAP:
		return "{}";
	case ROW_STR:
	case ROW_BOOL:
	case ROW_I32:
	case ROW_I64:
	case ROW_U16:
	case ROW_U32:
	case ROW_U64:
	case ROW_ENUM:
	case ROW_OBJ:
	case ROW_KEY:
	case ROW_BYTES:
		return NULL;
	}
	return NULL;
}

static int add_row(
	void *arg, const struct object *o, const struct row *row, const char *path)
{
	struct lists *l = arg;
	struct row_text text;
	struct strv *list;
	size_t n = strlen(path);
	const char *plain = path;

	schema_text(o, row, &text);
	list = strcmp(text.since, "extension") == 0 ? &l->extensions : &l->rows;
	/* What is too long for a name is cut without its NUL. */
	assert_non_null(memchr(row->name, '\0', sizeof(row->name)));
	if (row->type == ROW_KEY)
		return 0;
	assert_true(schema_doc(o)[0]);
	if (!text.since[0] || !text.use[0] || !text.doc[0])
		fail_msg("%s: since, use and doc must be given", path);
	if (n > 2 && (strcmp(path + n - 2, "[]") == 0 || strcmp(path + n - 2, "{}") == 0))
		plain = arena_strndup(&l->arena, path, n - 2);
	add(l, list, plain);
	if (elements(row->type))
		add(l, list, arena_printf(&l->arena, "%s%s", plain, elements(row->type)));
	add(l, &l->uses, text.use);
	return 0;
}

static int read_all(void **state)
{
	static struct lists l;
	const char *source = getenv("DAVIT_TEST_SRCDIR");

	l.source = open(source ? source : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(l.source >= 0);
	read_properties(&l);
	assert_int_equal(schema_each(&object_spec_config, add_row, &l), 0);
	*state = &l;
	return 0;
}

static int free_all(void **state)
{
	struct lists *l = *state;

	arena_done(&l->arena);
	close(l->source);
	return 0;
}

/* Print what of a is not in b; how many. */
static size_t missing(const struct strv *a, const struct strv *b, const char *what)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++) {
		if (strv_has((const char *const *)b->v, b->n, a->v[i]))
			continue;
		print_error("%s: %s\n", a->v[i], what);
		n++;
	}
	return n;
}

static void every_property_has_a_row(void **state)
{
	struct lists *l = *state;

	assert_int_equal(missing(&l->properties, &l->rows, "property without a row"), 0);
}

static void every_row_is_a_property(void **state)
{
	struct lists *l = *state;

	assert_int_equal(missing(&l->rows, &l->properties,
				 "row without a property; is it an \"extension\"?"),
		0);
	for (size_t i = 0; i < l->extensions.n; i++)
		assert_false(strv_has((const char *const *)l->properties.v,
			l->properties.n, l->extensions.v[i]));
}

/* Does a .c file of the folder hold this text at the begin of a line? */
static bool defined(struct lists *l, const char *folder, const char *text)
{
	auto_dir DIR *d = fdopendir(openat(l->source, folder, O_RDONLY | O_CLOEXEC));
	const char *at_line = arena_printf(&l->arena, "\n%s", text);
	struct dirent *de;

	if (!d)
		return false;
	while ((de = readdir(d))) {
		auto_buf struct buf b = BUF_INIT;
		size_t n = strlen(de->d_name);

		if (n < 2 || strcmp(de->d_name + n - 2, ".c") != 0)
			continue;
		read_source(l, arena_printf(&l->arena, "%s/%s", folder, de->d_name), &b);
		if (b.p && strstr(b.p, at_line))
			return true;
	}
	return false;
}

/* "ns" is plan_ns() of src/plan or step_ns of src/setup; else the row says why there is none. */
static void every_consumer_is_there(void **state)
{
	struct lists *l = *state;
	size_t wrong = 0;

	for (size_t i = 0; i < l->uses.n; i++) {
		const char *use = l->uses.v[i];

		if (strncmp(use, "ignored: ", 9) == 0 && use[9])
			continue;
		if (defined(l, "src/plan",
			    arena_printf(&l->arena, "int plan_%s(", use)) ||
			defined(l, "src/setup",
				arena_printf(
					&l->arena, "const struct step step_%s ", use)))
			continue;
		print_error("consumer \"%s\": no planner and no step\n", use);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_property_has_a_row),
		cmocka_unit_test(every_row_is_a_property),
		cmocka_unit_test(every_consumer_is_there),
	};

	return cmocka_run_group_tests(tests, read_all, free_all);
}
