/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes and links: those of the configuration and those of the specification. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/twins.h"
#include "plan/util.h"

/* DEV-09 */
static const struct {
	const char *path;
	uint32_t major, minor;
} defaults[] = {
	{ "/dev/null", 1, 3 },
	{ "/dev/zero", 1, 5 },
	{ "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 },
	{ "/dev/urandom", 1, 9 },
	{ "/dev/tty", 5, 0 },
};

/* DEV-11, FD-05 */
static const struct plan_link links[] = {
	{ "/dev/fd", "/proc/self/fd", false, "/proc/self/fd" },
	{ "/dev/stdin", "/proc/self/fd/0", false, "/proc/self/fd" },
	{ "/dev/stdout", "/proc/self/fd/1", false, "/proc/self/fd" },
	{ "/dev/stderr", "/proc/self/fd/2", false, "/proc/self/fd" },
	{ "/dev/core", "/proc/kcore", false, "/proc/kcore" },
	{ "/dev/ptmx", "pts/ptmx", true, NULL },
};

static const struct plan_mount *mount_at(const struct plan *p, const char *path)
{
	for (size_t i = p->n_mounts; i > 0; i--) {
		if (strcmp(p->mounts[i - 1].target, path) == 0)
			return &p->mounts[i - 1];
	}
	return NULL;
}

static struct plan_device *device_at(const struct plan *p, const char *path)
{
	for (size_t i = 0; i < p->n_devices; i++) {
		if (strcmp(p->devices[i].path, path) == 0)
			return &p->devices[i];
	}
	return NULL;
}

/* DEV-02 */
static uint32_t type_of(const char *name)
{
	return name[0] == 'b' ? S_IFBLK : name[0] == 'p' ? S_IFIFO : S_IFCHR;
}

static int read_device(struct plan_ctx *ctx, const struct spec_device *d,
	struct plan_device *to, struct error *e)
{
	/* Podman sends the type bits too. */
	const uint32_t permissions = 07777;

	to->type = type_of(d->type);
	if (to->type != S_IFIFO) {
		to->major = (uint32_t)d->major;
		to->minor = (uint32_t)d->minor;
	}
	to->mode = d->has_file_mode ? d->file_mode & permissions : 0666;
	to->uid = d->uid;
	to->gid = d->gid;
	to->bind = to->type != S_IFIFO && plan_binds_devices(ctx);
	PLAN_ORIGIN(ctx, to, SPOT(d, NULL));
	if (to->bind && !ctx->plan->mount_ns)
		return plan_cannot(ctx, e, SPOT(d, NULL), -EPERM,
			"a device without CAP_MKNOD is a bind mount, and needs a mount "
			"namespace");
	return 0;
}

static int add_configured(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_linux *l = ctx->spec->config->linux;
	size_t n = l ? l->n_devices : 0;
	const char **paths = arena_array(ctx->arena, n, sizeof(*paths));
	size_t *places = arena_array(ctx->arena, n, sizeof(*places));
	struct plan *p = ctx->plan;
	const struct twins *same;

	for (size_t i = 0; paths && i < n; i++) {
		paths[i] = path_resolve_lexical(ctx->arena, l->devices[i].path);
		if (!paths[i])
			return plan_nomem(e);
	}
	same = paths ? twins_find(ctx->arena, paths, n, '\0') : NULL;
	if (!places || !same)
		return plan_nomem(e);
	for (size_t i = 0; i < n; i++) {
		struct plan_device d = { .path = paths[i] };
		int r = read_device(ctx, &l->devices[i], &d, e);

		if (r < 0)
			return r;
		places[i] = p->n_devices;
		if (same[i].first == i && !PLAN_PUSH(ctx, p->devices, p->n_devices))
			return plan_nomem(e);
		/* DEV-08: the later one counts */
		p->devices[places[same[i].first]] = d;
	}
	return 0;
}

static int add_defaults(struct plan_ctx *ctx, struct error *e)
{
	struct plan *p = ctx->plan;

	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		struct plan_device *to;

		if (device_at(p, defaults[i].path) || mount_at(p, defaults[i].path))
			continue;
		to = PLAN_PUSH(ctx, p->devices, p->n_devices);
		if (!to)
			return plan_nomem(e);
		to->path = defaults[i].path;
		to->type = S_IFCHR;
		to->major = defaults[i].major;
		to->minor = defaults[i].minor;
		to->mode = 0666;
		to->bind = plan_binds_devices(ctx);
		to->builtin = true;
	}
	return 0;
}

/* The last entry of the configuration for a device of the plan. */
static const struct spec_device *entry_of(
	const struct plan_ctx *ctx, const struct plan_device *d)
{
	const struct spec_linux *l = ctx->spec->config->linux;

	for (size_t i = l->n_devices; i > 0; i--) {
		char *path = path_resolve_lexical(ctx->arena, l->devices[i - 1].path);

		if (path && strcmp(path, d->path) == 0)
			return &l->devices[i - 1];
	}
	return NULL;
}

/*
 * DEV-11: the multiplexer of the container's own devpts goes before a node of the configuration,
 * which would make pairs of the host's, or none. Another device there is a mistake.
 */
static int drop_ptmx(struct plan_ctx *ctx, const char *path, struct error *e)
{
	struct plan *p = ctx->plan;
	struct plan_device *d = device_at(p, path);
	const struct spec_device *from;

	if (!d)
		return 0;
	from = entry_of(ctx, d);
	if (!from)
		return plan_nomem(e);
	if (d->type != S_IFCHR || d->major != 5 || d->minor != 2)
		return plan_fault(ctx, e, SPOT(from, "path"),
			"%s is the multiplexer of terminals, c 5:2, or no entry of the "
			"list",
			path);
	p->n_devices--;
	memmove(d, d + 1, (size_t)(&p->devices[p->n_devices] - d) * sizeof(*d));
	return 0;
}

static int add_links(struct plan_ctx *ctx, struct error *e)
{
	struct plan *p = ctx->plan;

	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		struct plan_link *to;
		int r = links[i].replace ? drop_ptmx(ctx, links[i].path, e) : 0;

		if (r < 0)
			return r;
		if (device_at(p, links[i].path) || mount_at(p, links[i].path))
			continue;
		to = PLAN_PUSH(ctx, p->links, p->n_links);
		if (!to)
			return plan_nomem(e);
		*to = links[i];
	}
	return 0;
}

int plan_devices(struct plan_ctx *ctx, struct error *e)
{
	const struct plan_mount *dev = mount_at(ctx->plan, "/dev");
	int r = add_configured(ctx, e);

	if (r < 0)
		return r;
	/* A bound /dev is somebody else's. */
	if (dev && dev->kind == PLAN_MOUNT_BIND)
		return 0;
	/* Nodes are neither made nor bound in the host's mount namespace without CAP_MKNOD. */
	if (!ctx->plan->mount_ns && plan_binds_devices(ctx))
		return 0;
	r = add_defaults(ctx, e);
	return r < 0 ? r : add_links(ctx, e);
}
