/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the rules over a configuration and collects what they find. */
#include "config.h"

#include "spec/rule.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"

/* As many as struct error keeps. */
#define FAULTS_KEPT 20
/* A list of 250,000 unknown names must not become as many lines. */
#define WARNINGS_KEPT 200
#define QUOTE_MAX 80

static const struct rule *const all_rules[] = {
	rules_config,
	rules_process,
	rules_mounts,
	rules_hooks,
	rules_ns,
	rules_linux,
	rules_sysctl,
	rules_resources,
	rules_seccomp,
};

static void place(struct check *c, struct spot spot, struct err_place *out)
{
	const struct json_value *v = NULL;

	if (spot.member && spot.key)
		v = json_get(json_get(spot.at, spot.member), spot.key);
	if (v)
		json_where(c->arena, &c->spec->doc, v, out);
	else
		spec_where(c->arena, c->spec, spot.at, spot.member, spot.index, out);
}

void check_fault(
	struct check *c, struct spot spot, const char *hint, const char *fmt, ...)
{
	auto_error struct error fault = { .code = -EINVAL, .kind = ERR_CONFIG };
	struct err_place where = { .file = NULL };
	const char *text;
	va_list ap;

	/* The rest is only counted: a place deep in a long list is costly to find. */
	if (c->e->n_faults < FAULTS_KEPT) {
		va_start(ap, fmt);
		text = arena_vprintf(c->arena, fmt, ap);
		va_end(ap);
		if (!text)
			c->no_memory = true;
		place(c, spot, &where);
		err_at(&fault, &where, "%s", text ? text : "");
		if (hint)
			err_hint(&fault, "%s", hint);
		else
			err_hint(&fault, "see %s of the specification", c->rule->ref);
	}
	err_add_fault(c->e, &fault);
}

void check_missing(struct check *c, const struct json_value *at, const char *member)
{
	check_fault(c, (struct spot){ .at = at, .index = -1 }, NULL,
		"the required member \"%s\" is missing", member);
}

void check_warn(struct check *c, struct spot spot, const char *fmt, ...)
{
	struct err_place where = { .file = NULL };
	const char *text;
	va_list ap;

	if (!c->warnings || c->warned > WARNINGS_KEPT)
		return;
	if (c->warned++ == WARNINGS_KEPT) {
		spec_where(c->arena, c->spec, NULL, NULL, -1, &where);
		c->warnings->fn(c->warnings->arg, &where, "more warnings are not shown");
		return;
	}
	va_start(ap, fmt);
	text = arena_vprintf(c->arena, fmt, ap);
	va_end(ap);
	if (!text) {
		c->no_memory = true;
		return;
	}
	place(c, spot, &where);
	c->warnings->fn(c->warnings->arg, &where, text);
}

const char *check_quote(struct check *c, const char *text)
{
	const char *q = arena_printf(c->arena, "\"%.*s%s\"", QUOTE_MAX, text,
		strlen(text) > QUOTE_MAX ? "..." : "");

	if (!q)
		c->no_memory = true;
	return q ? q : "\"\"";
}

const char *check_names_hint(struct check *c, const struct table *set, const char *name)
{
	const char *near = table_suggest(set, name);
	auto_buf struct buf b = BUF_INIT;
	const char *hint;
	int r = 0;

	if (near) {
		hint = arena_printf(c->arena, "did you mean \"%s\"?", near);
	} else {
		r = buf_adds(&b, "allowed:");
		for (size_t i = 0; r == 0 && i < set->n; i++)
			r = buf_addf(&b, "%s %s", i ? "," : "", set->entries[i].name);
		hint = r == 0 ? arena_strdup(c->arena, b.p) : NULL;
	}
	if (!hint)
		c->no_memory = true;
	return hint ? hint : "see the specification";
}

bool check_has_ns(const struct check *c, enum spec_ns ns)
{
	return c->ns_unknown || (c->ns_listed & (1u << ns));
}

bool check_has_new_ns(const struct check *c, enum spec_ns ns)
{
	return c->ns_unknown || (c->ns_new & (1u << ns));
}

void check_absolute(struct check *c, struct spot spot, const char *hint, const char *path)
{
	if (path[0] != '/')
		check_fault(c, spot, hint, "expected an absolute path, found %s",
			check_quote(c, path));
}

/* Is path at or below top? Parts end at '.', '[' or the end. */
static bool is_below(const char *path, const char *top)
{
	size_t n = strlen(top);

	return strncmp(path, top, n) == 0 &&
	       (n == 0 || path[n] == '\0' || path[n] == '.' || path[n] == '[');
}

/* The value at a path without lists. */
static const struct json_value *value_at(const struct json_value *v, const char *path)
{
	while (v && *path) {
		char key[64];
		size_t n = strcspn(path, ".");

		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		v = json_get(v, key);
		path += n + (path[n] == '.');
	}
	return v;
}

/*
 * Did loading find a fault there? What it could not read must not be judged. A fault above is
 * either a value of the wrong type, which hides everything, or a member that an object lacks,
 * which hides nothing below its neighbours.
 */
static bool is_faulty(const struct check *c, size_t n_loaded, const char *path)
{
	for (size_t i = 0; i < n_loaded; i++) {
		const char *fault = c->e->faults[i].path ? c->e->faults[i].path : "";
		const struct json_value *v;

		if (is_below(fault, path))
			return true;
		if (!is_below(path, fault))
			continue;
		v = value_at(c->spec->doc.root, fault);
		if (!v || v->type != JSON_OBJECT)
			return true;
	}
	return false;
}

static void find_namespaces(struct check *c)
{
	const struct spec_linux *l = c->config->linux;

	for (size_t i = 0; l && !c->ns_unknown && i < l->n_namespaces; i++) {
		const struct spec_namespace *ns = &l->namespaces[i];

		c->ns_listed |= 1u << ns->type;
		if (!check_given(ns->path))
			c->ns_new |= 1u << ns->type;
	}
}

int check_run(const struct spec *s, const struct spec_warnings *warnings, struct arena *a,
	struct error *e)
{
	struct check c = {
		.spec = s,
		.config = s->config,
		.warnings = warnings,
		.arena = a,
		.e = e,
	};
	size_t n_loaded = e->n_faults;

	/* Too many to know which parts are sound. */
	if (e->all_faults > e->n_faults)
		return e->code;
	c.ns_unknown = is_faulty(&c, n_loaded, "linux.namespaces");
	find_namespaces(&c);
	for (size_t i = 0; i < ARRAY_SIZE(all_rules); i++) {
		for (const struct rule *r = all_rules[i]; r->path; r++) {
			if (is_faulty(&c, n_loaded, r->path))
				continue;
			c.rule = r;
			r->check(&c);
		}
	}
	if (c.no_memory)
		return err_sys(e, ENOMEM, "malloc", "cannot check %s", s->doc.name);
	return e->code;
}

static int check_some(const struct rule *rules, const struct spec *s,
	const struct spec_warnings *warnings, struct arena *a, struct error *e)
{
	struct check c = {
		.spec = s,
		.config = s->config,
		.warnings = warnings,
		.arena = a,
		.e = e,
	};

	for (const struct rule *r = rules; r->path; r++) {
		c.rule = r;
		r->check(&c);
	}
	if (c.no_memory)
		return err_sys(e, ENOMEM, "malloc", "cannot check %s", s->doc.name);
	return e->code;
}

int check_process(const struct spec *s, const struct spec_warnings *warnings,
	struct arena *a, struct error *e)
{
	return check_some(rules_process, s, warnings, a, e);
}

int check_resources(const struct spec *s, const struct spec_warnings *warnings,
	struct arena *a, struct error *e)
{
	return check_some(rules_resources, s, warnings, a, e);
}
