/* SPDX-License-Identifier: Apache-2.0 */
/* The name of the unit that the systemd driver asks for, its slice, and its place. */
#include "config.h"

#include "plan/unit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#define SUFFIX_SLICE ".slice"
#define ROOT_SLICE "-" SUFFIX_SLICE
/* systemd.unit(5): 255 characters. */
#define UNIT_MAX 255
#define UNIT_PATH_MAX 3072

/* systemd.unit(5), "Description". An instance's "@" is left out: a template cannot be made. */
static bool is_unit_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || (c && strchr(":-_.\\", c));
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), k = strlen(end);

	return n >= k && strcmp(text + n - k, end) == 0;
}

static struct plan_spot spot_of(const struct plan_ctx *ctx)
{
	return SPOT(ctx->spec->config->linux, "cgroupsPath");
}

/* One of the three parts, whatever is odd about it shown. */
static int check_chars(
	struct plan_ctx *ctx, const char *what, const char *text, struct error *e)
{
	for (const char *p = text; *p; p++) {
		if (!is_unit_char(*p))
			return plan_fault(ctx, e, spot_of(ctx),
				"expected letters, digits and \"-_.\\\" in the %s, found \"%s\"",
				what, text);
	}
	if (strlen(text) > UNIT_MAX)
		return plan_fault(ctx, e, spot_of(ctx),
			"the %s has more than %d characters", what, UNIT_MAX);
	return 0;
}

/* systemd.slice(5): "a-b.slice" lies in "a.slice"; no part between dashes is empty. */
static int check_slice(struct plan_ctx *ctx, const char *name, struct error *e)
{
	size_t n = strlen(name) - strlen(SUFFIX_SLICE);
	int r;

	if (!ends_with(name, SUFFIX_SLICE))
		return plan_fault(ctx, e, spot_of(ctx),
			"expected a slice that ends with \"" SUFFIX_SLICE
			"\", found \"%s\"",
			name);
	r = check_chars(ctx, "slice", name, e);
	if (r < 0 || strcmp(name, ROOT_SLICE) == 0)
		return r;
	if (n == 0 || name[0] == '-' || name[n - 1] == '-' || strstr(name, "--"))
		return plan_fault(ctx, e, spot_of(ctx),
			"expected a slice without empty parts between dashes, found \"%s\"",
			name);
	return 0;
}

/* Names that the kernel's files could have get a "_" before them in the file system. */
static bool is_escaped(const char *name)
{
	static const char *const files[] = { "cgroup", "cpu", "cpuacct", "cpuset", "io",
		"blkio", "memory", "devices", "pids", "hugetlb", "rdma", "misc", "dmem",
		"freezer", "perf_event", "net_cls", "net_prio" };
	size_t n = strcspn(name, ".");

	if (name[0] == '_' || name[0] == '.')
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (strlen(files[i]) == n && memcmp(files[i], name, n) == 0)
			return true;
	}
	return false;
}

static int append(struct plan_ctx *ctx, const char **path, const char *name)
{
	*path = arena_printf(ctx->arena, "%s%s%s%s", *path, **path ? "/" : "",
		is_escaped(name) ? "_" : "", name);
	return *path ? 0 : -ENOMEM;
}

/* "a-b.slice" as "a.slice/a-b.slice" after path. */
static int append_slice(
	struct plan_ctx *ctx, const char **path, const char *slice, struct error *e)
{
	size_t n = strlen(slice) - strlen(SUFFIX_SLICE);

	if (strcmp(slice, ROOT_SLICE) == 0)
		return 0;
	for (size_t i = 1; i <= n; i++) {
		char *part;

		if (i < n && slice[i] != '-')
			continue;
		part = arena_printf(ctx->arena, "%.*s" SUFFIX_SLICE, (int)i, slice);
		if (!part || append(ctx, path, part) < 0)
			return plan_nomem(e);
		if (strlen(*path) > UNIT_PATH_MAX)
			return plan_fault(ctx, e, spot_of(ctx),
				"the slice \"%s\" lies too deep", slice);
	}
	return 0;
}

static const char *own_cgroup(const struct host *h)
{
	for (size_t i = 0; i < h->n_hierarchies; i++) {
		if (h->hierarchies[i].v2 && h->hierarchies[i].own)
			return h->hierarchies[i].own;
	}
	return "/";
}

/*
 * Where a user's manager has its units: its own cgroup, in which we mostly are
 * ("/user.slice/user-1000.slice/user@1000.service/..."), or which is beside our session's.
 */
static const char *user_root(struct plan_ctx *ctx)
{
	static const char manager[] = "/user@", slice[] = "/user-", end[] = ".service";
	const char *own = own_cgroup(ctx->host);
	const char *at = strstr(own, manager);
	uint32_t uid = ctx->host->euid;
	size_t name = at ? strcspn(at + 1, "/") : 0;
	size_t n = at ? (size_t)(at - own) + 1 + name : 0;

	if (name >= sizeof(end) - 1 &&
		strncmp(own + n - (sizeof(end) - 1), end, sizeof(end) - 1) == 0)
		return arena_printf(ctx->arena, "%.*s", (int)n - 1, own + 1);
	at = strstr(own, slice);
	if (at && sscanf(at + sizeof(slice) - 1, "%" SCNu32, &uid) != 1)
		uid = ctx->host->euid;
	return arena_printf(ctx->arena,
		"user.slice/user-%" PRIu32 ".slice/user@%" PRIu32 ".service", uid, uid);
}

struct plan_property *unit_find(const struct plan_ctx *ctx, const char *name)
{
	const struct plan_unit *u = ctx->plan->cgroup->unit;

	for (size_t i = 0; i < u->n_properties; i++) {
		if (!u->properties[i].late && strcmp(u->properties[i].name, name) == 0)
			return &u->properties[i];
	}
	return NULL;
}

struct plan_property *unit_property(
	struct plan_ctx *ctx, const char *name, const char *type, const char *value)
{
	struct plan_unit *u = ctx->plan->cgroup->unit;
	struct plan_property *p = unit_find(ctx, name);
	const char **slot;

	if (!p)
		p = PLAN_PUSH(ctx, u->properties, u->n_properties);
	if (!p || !value)
		return NULL;
	*p = (struct plan_property){ .name = name, .type = type };
	slot = PLAN_PUSH(ctx, p->values, p->n_values);
	if (!slot)
		return NULL;
	*slot = value;
	return p;
}

/* What every unit of ours is asked for. */
static int first_properties(struct plan_ctx *ctx, const char *slice, struct error *e)
{
	const struct plan_unit *u = ctx->plan->cgroup->unit;
	bool ok = unit_property(ctx, "Description", "s",
			  arena_printf(ctx->arena, "davit container %s",
				  ctx->opts->id)) != NULL;

	if (u->slice) {
		ok = ok && unit_property(ctx, "Wants", "as", slice);
	} else {
		ok = ok && unit_property(ctx, "Slice", "s", slice);
		/* What is below is ours: systemd leaves it alone (CG-08). */
		ok = ok && unit_property(ctx, "Delegate", "b", "true");
	}
	/* Not stopped with the login, and before the engine at a shutdown. */
	ok = ok && unit_property(ctx, "DefaultDependencies", "b", "false");
	/* A scope whose processes were killed is forgotten by itself. */
	ok = ok && unit_property(ctx, "CollectMode", "s", "inactive-or-failed");
	return ok ? 0 : plan_nomem(e);
}

/* The three parts of cgroupsPath, in the arena. */
struct parts {
	const char *slice, *prefix, *name;
};

static int split(
	struct plan_ctx *ctx, const char *given, struct parts *out, struct error *e)
{
	const char *one = strchr(given, ':'), *two = one ? strchr(one + 1, ':') : NULL;

	if (!two || strchr(two + 1, ':') || !two[1])
		return plan_fault(ctx, e, spot_of(ctx),
			"expected \"slice:prefix:name\" for the systemd manager, found \"%s\"",
			given);
	out->slice = arena_strndup(ctx->arena, given, (size_t)(one - given));
	out->prefix = arena_strndup(ctx->arena, one + 1, (size_t)(two - one - 1));
	out->name = two + 1;
	return out->slice && out->prefix ? 0 : plan_nomem(e);
}

/* CG-03: davit-ID.scope. An id may have "+", which a unit's name has not. */
static const char *default_name(struct plan_ctx *ctx)
{
	char *name = arena_printf(ctx->arena, "%s", "davit-");

	for (const char *p = ctx->opts->id; name && *p; p++)
		name = arena_printf(ctx->arena, is_unit_char(*p) ? "%s%c" : "%s\\x%02x",
			name, (unsigned char)*p);
	return name ? arena_printf(ctx->arena, "%s.scope", name) : NULL;
}

static int read_parts(struct plan_ctx *ctx, const char *given, struct parts *parts,
	struct plan_unit *u, struct error *e)
{
	int r = split(ctx, given, parts, e);

	if (r == 0 && *parts->slice)
		r = check_slice(ctx, parts->slice, e);
	if (r == 0)
		r = check_chars(ctx, "prefix", parts->prefix, e);
	if (r == 0)
		r = check_chars(ctx, "name", parts->name, e);
	if (r < 0)
		return r;
	u->slice = ends_with(parts->name, SUFFIX_SLICE);
	if (u->slice) {
		u->name = parts->name;
		return check_slice(ctx, u->name, e);
	}
	u->name = arena_printf(ctx->arena, "%s-%s.scope", parts->prefix, parts->name);
	if (!u->name)
		return plan_nomem(e);
	return check_chars(ctx, "name of the unit", u->name, e);
}

/* The slice that a slice lies in is in its name; another one cannot be asked for. */
static int parent_slice(
	struct plan_ctx *ctx, const char *name, const char **slice, struct error *e)
{
	const char *dash = strrchr(name, '-');
	const char *parent = dash && dash != name
				     ? arena_printf(ctx->arena, "%.*s" SUFFIX_SLICE,
					       (int)(dash - name), name)
				     : ROOT_SLICE;

	if (!parent)
		return plan_nomem(e);
	if (strcmp(name, ROOT_SLICE) == 0)
		return plan_fault(ctx, e, spot_of(ctx),
			"the root slice cannot be a container's cgroup");
	if (**slice && strcmp(*slice, parent) != 0)
		return plan_fault(ctx, e, spot_of(ctx),
			"slice \"%s\" lies in \"%s\", not in \"%s\"", name, parent,
			*slice);
	*slice = parent;
	return 0;
}

static int choose_unit(struct plan_ctx *ctx, const char **slice, struct error *e)
{
	const struct spec_linux *l = ctx->spec->config->linux;
	struct plan_unit *u = ctx->plan->cgroup->unit;
	struct parts parts = { .slice = "" };
	int r = 0;

	if (l && plan_given(l->cgroups_path)) {
		r = read_parts(ctx, l->cgroups_path, &parts, u, e);
	} else {
		u->name = default_name(ctx);
		if (!u->name)
			return plan_nomem(e);
	}
	*slice = parts.slice;
	if (r == 0 && u->slice)
		return parent_slice(ctx, u->name, slice, e);
	/* Engines leave it empty for this. */
	if (r == 0 && !**slice)
		*slice = u->user ? "user" SUFFIX_SLICE : "system" SUFFIX_SLICE;
	return r;
}

int plan_unit(struct plan_ctx *ctx, const char **path, struct error *e)
{
	struct plan_unit *u = arena_alloc(ctx->arena, sizeof(*u));
	const char *slice = "", *at = "";
	int r;

	if (!u)
		return plan_nomem(e);
	u->user = ctx->host->user_manager;
	ctx->plan->cgroup->unit = u;
	if (u->user && ctx->host->cgroup != HOST_CGROUP_V2)
		return err_set(e, ERR_HOST, -ENOTSUP,
			"the systemd of a user has no controllers without cgroup v2");
	r = choose_unit(ctx, &slice, e);
	if (r == 0 && u->user) {
		at = user_root(ctx);
		if (!at)
			return plan_nomem(e);
	}
	if (r == 0)
		r = append_slice(ctx, &at, u->slice ? u->name : slice, e);
	if (r == 0 && !u->slice && append(ctx, &at, u->name) < 0)
		return plan_nomem(e);
	if (r < 0)
		return r;
	*path = at;
	return first_properties(ctx, slice, e);
}
