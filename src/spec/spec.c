/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a configuration: text, tree, structs, rules. */
#include "config.h"

#include "spec/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"
#include "spec/rule.h"

struct loading {
	const struct json_doc *doc;
	const struct spec_warnings *warnings;
	struct arena *arena;
	unsigned warned;
};

/* As the rules' warnings: a flood is cut. */
#define UNKNOWN_KEPT 200

/* Members of the specification that are not for Linux, or not for a runtime like this one. */
static const char *const elsewhere[] = { "solaris", "windows", "zos", "freebsd", "vm" };

static bool is_elsewhere(const struct loading *l, const struct json_value *v)
{
	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++) {
		if (v->parent == l->doc->root && strcmp(v->key, elsewhere[i]) == 0)
			return true;
	}
	return false;
}

/* An unknown clock is a fault, which a rule tells (TIME-01): its list is closed. */
static bool is_clock(const struct loading *l, const struct json_value *v)
{
	const struct json_value *list = v->parent;
	const struct json_value *os = list ? list->parent : NULL;

	return v->type != JSON_NULL && os && os->parent == l->doc->root && list->key &&
	       strcmp(list->key, "timeOffsets") == 0 && strcmp(os->key, "linux") == 0;
}

/* config.md#extensibility: unknown properties are ignored, never an error. */
static void unknown_member(void *arg, const struct json_value *v, const char *nearest)
{
	struct loading *l = arg;
	struct err_place where;
	const char *text;

	if (!l->warnings || l->warned > UNKNOWN_KEPT || is_clock(l, v))
		return;
	json_where(l->arena, l->doc, v, &where);
	if (l->warned++ == UNKNOWN_KEPT)
		text = "more unknown members are not shown";
	else if (is_elsewhere(l, v))
		text = "is for another platform and is ignored";
	else if (nearest)
		text = arena_printf(l->arena,
			"unknown member, ignored; did you mean \"%s\"?", nearest);
	else
		text = "unknown member, ignored";
	l->warnings->fn(
		l->warnings->arg, &where, text ? text : "unknown member, ignored");
}

static int load(const char *name, const char *text, size_t len,
	const struct spec_warnings *warnings, struct arena *a, struct spec *out,
	struct error *e)
{
	struct spec_config *config = arena_alloc(a, sizeof(*config));
	struct loading l = { .doc = &out->doc, .warnings = warnings, .arena = a };
	struct schema_load_opts opts = { .unknown = unknown_member, .arg = &l };
	/* The document keeps the name for the faults that planners and steps find later. */
	const char *kept = arena_strdup(a, name);
	int r;

	if (!config || !kept)
		return err_sys(e, ENOMEM, "malloc", "cannot read %s", name);
	r = json_parse(a, kept, text, len, &out->doc, e);
	if (r < 0)
		return r;
	out->config = config;
	return schema_load(
		&object_spec_config, &out->doc, out->doc.root, &opts, a, config, e);
}

int spec_parse(const char *name, const char *text, size_t len,
	const struct spec_warnings *warnings, struct arena *a, struct spec *out,
	struct error *e)
{
	auto_error struct error found = ERROR_INIT;
	struct spec s = { .config = NULL };
	int r = load(name, text, len, warnings, a, &s, &found);

	/* All faults together: the rules also look at what could be loaded. */
	if (r == 0 || (r == -EINVAL && found.all_faults > 0))
		r = check_run(&s, warnings, a, &found);
	if (r < 0) {
		err_move(e, &found);
		return r;
	}
	*out = s;
	return 0;
}

static int read_file(
	int dirfd, const char *file, const char *name, struct buf *text, struct error *e)
{
	struct err_place where = { .file = name };
	/* What is not found in a folder the caller has named. */
	int r = dirfd == AT_FDCWD ? io_read_given(file, JSON_MAX_SIZE, text, e)
				  : io_read_at(dirfd, file, JSON_MAX_SIZE, text, e);

	if (r < 0)
		err_place(e, &where);
	return r;
}

int spec_open(int dirfd, const char *file, const char *name,
	const struct spec_warnings *warnings, struct arena *a, struct spec *out,
	struct error *e)
{
	auto_buf struct buf text = BUF_INIT;
	int r = read_file(dirfd, file, name, &text, e);

	if (r < 0)
		return r;
	return spec_parse(name, text.p ? text.p : "", text.len, warnings, a, out, e);
}

int spec_load_stored(
	int dirfd, const char *file, struct arena *a, struct spec *out, struct error *e)
{
	auto_buf struct buf text = BUF_INIT;
	struct spec s = { .config = NULL };
	int r = read_file(dirfd, file, file, &text, e);

	if (r < 0)
		return r;
	r = load(file, text.p ? text.p : "", text.len, NULL, a, &s, e);
	if (r == 0)
		*out = s;
	return r;
}

void spec_where(struct arena *a, const struct spec *s, const struct json_value *at,
	const char *member, int index, struct err_place *out)
{
	const struct json_value *v = at ? at : s->doc.root;
	const struct json_value *m = member && v ? json_get(v, member) : NULL;

	if (m && index >= 0) {
		const struct json_value *item = m->first;

		for (int i = 0; item && i < index; i++)
			item = item->next;
		m = item ? item : m;
	}
	json_where(a, &s->doc, m ? m : v, out);
	/* An absent member stands where its object stands, under the name it would have. */
	if (member && !m) {
		const char *path = arena_printf(a, "%s%s%s", out->path ? out->path : "",
			out->path && out->path[0] ? "." : "", member);

		if (path)
			out->path = path;
	}
}
