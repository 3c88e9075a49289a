/* SPDX-License-Identifier: Apache-2.0 */
/* The host's cgroup hierarchies: mode, mount points, controllers, our own place. */
#include "config.h"

#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"
#include "base/strv.h"
#include "host/internal.h"
#include "sys/mountinfo.h"
#include "sys/proc.h"

#define ROOT "/sys/fs/cgroup"
#define UNIFIED ROOT "/unified" /* where systemd puts cgroup2 on hybrid machines */

/* linux/magic.h, which not every libc has beside it. */
#define CGROUP1_MAGIC 0x27e0eb
#define CGROUP2_MAGIC 0x63677270

#define SELF_MAX (64u << 10)

static int no_memory(struct error *e)
{
	return err_sys(e, ENOMEM, "malloc", "cannot read the host's cgroups");
}

static bool is_fs(const char *path, unsigned long magic)
{
	struct statfs st;

	/* f_type is a signed word on some architectures, an unsigned one on others. */
	return statfs(path, &st) == 0 && (unsigned long)(uint32_t)st.f_type == magic;
}

static int split_words(struct arena *a, char *text, const char *separators,
	const char ***out, size_t *n, struct error *e)
{
	char *save = NULL;

	for (char *w = strtok_r(text, separators, &save); w;
		w = strtok_r(NULL, separators, &save)) {
		const char **grown = arena_grow(a, *out, *n, sizeof(*grown));
		char *copy = arena_strdup(a, w);

		if (!grown || !copy)
			return no_memory(e);
		*out = grown;
		(*out)[(*n)++] = copy;
	}
	return 0;
}

/* "4:cpu,cpuacct:/path", "1:name=systemd:/path", "0::/path" */
static int parse_line(
	struct arena *a, char *line, struct host_hierarchy *h, struct error *e)
{
	char *list = strchr(line, ':');
	char *path = list ? strchr(list + 1, ':') : NULL;

	if (!path || path[1] != '/')
		return err_set(e, ERR_HOST, -EINVAL,
			"cannot read the line \"%s\" of "
			"/proc/self/cgroup",
			line);
	*list++ = '\0';
	*path++ = '\0';
	h->v2 = !*list;
	h->own = arena_strdup(a, path);
	if (!h->own)
		return no_memory(e);
	return split_words(a, list, ",", &h->controllers, &h->n_controllers, e);
}

int host_cgroup_parse(struct arena *a, char *text, struct host_hierarchy **out, size_t *n,
	struct error *e)
{
	for (char *next, *line = text; line && *line; line = next) {
		struct host_hierarchy *grown;
		int r;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		grown = arena_grow(a, *out, *n, sizeof(*grown));
		if (!grown)
			return no_memory(e);
		*out = grown;
		(*out)[*n] = (struct host_hierarchy){ .v2 = false };
		r = parse_line(a, line, &(*out)[*n], e);
		if (r < 0)
			return r;
		(*n)++;
	}
	return 0;
}

char *host_cgroup_convention(struct arena *a, const struct host_hierarchy *h)
{
	auto_buf struct buf path = BUF_INIT;

	if (h->v2)
		return arena_strdup(a, UNIFIED);
	if (buf_adds(&path, ROOT "/") < 0)
		return NULL;
	for (size_t i = 0; i < h->n_controllers; i++) {
		const char *name = h->controllers[i];

		if (strncmp(name, "name=", 5) == 0)
			name += 5;
		if (buf_addf(&path, "%s%s", i ? "," : "", name) < 0)
			return NULL;
	}
	return arena_strdup(a, path.p);
}

struct lookup {
	struct arena *arena;
	struct host *host;
	bool no_memory;
};

/* Has a comma-separated list (super block options) every controller of the hierarchy? */
static bool names_all(const char *options, const struct host_hierarchy *h)
{
	for (size_t i = 0; i < h->n_controllers; i++) {
		size_t len = strlen(h->controllers[i]);
		const char *p = options;

		while (p && (strncmp(p, h->controllers[i], len) != 0 ||
				    (p[len] != ',' && p[len] != '\0'))) {
			p = strchr(p, ',');
			p = p ? p + 1 : NULL;
		}
		if (!p)
			return false;
	}
	return h->n_controllers > 0;
}

static int look(void *arg, const struct mountinfo *m)
{
	struct lookup *l = arg;
	bool v1 = strcmp(m->fstype, "cgroup") == 0;

	if (!v1 && strcmp(m->fstype, "cgroup2") != 0)
		return 0;
	for (size_t i = 0; i < l->host->n_hierarchies; i++) {
		struct host_hierarchy *h = &l->host->hierarchies[i];

		if (h->mountpoint || h->v2 == v1 || (v1 && !names_all(m->super, h)))
			continue;
		h->mountpoint = arena_strdup(l->arena, m->target);
		l->no_memory |= !h->mountpoint;
	}
	return l->no_memory;
}

/* By convention, which one call checks; else by the whole mount table. */
static int find_mounts(struct arena *a, struct host *h, struct error *e)
{
	struct lookup l = { .arena = a, .host = h };
	bool all = true;

	for (size_t i = 0; i < h->n_hierarchies; i++) {
		struct host_hierarchy *x = &h->hierarchies[i];
		char *path = host_cgroup_convention(a, x);

		if (!path)
			return no_memory(e);
		if (is_fs(path, x->v2 ? CGROUP2_MAGIC : CGROUP1_MAGIC))
			x->mountpoint = path;
		else
			all = false;
	}
	if (all)
		return 0;
	int r = mountinfo_each(look, &l, e);

	if (l.no_memory)
		return no_memory(e);
	return r < 0 ? r : 0;
}

/* What the kernel lists, but nobody has mounted, is out of reach. */
static void drop_unmounted(struct host *h)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->n_hierarchies; i++) {
		if (h->hierarchies[i].mountpoint)
			h->hierarchies[kept++] = h->hierarchies[i];
	}
	h->n_hierarchies = kept;
}

static void choose_mode(struct host *h)
{
	bool v1 = false, v2 = false;

	for (size_t i = 0; i < h->n_hierarchies; i++) {
		v1 |= !h->hierarchies[i].v2;
		v2 |= h->hierarchies[i].v2;
	}
	if (v1 && v2)
		h->cgroup = HOST_CGROUP_HYBRID;
	else
		h->cgroup = v1 ? HOST_CGROUP_V1 : v2 ? HOST_CGROUP_V2 : HOST_CGROUP_NONE;
}

static int read_controllers(struct arena *a, struct host_hierarchy *h, struct error *e)
{
	char *path = arena_printf(a, "%s/cgroup.controllers", h->mountpoint);
	auto_buf struct buf text = BUF_INIT;
	auto_fd int fd = -EBADF;

	if (!path)
		return no_memory(e);
	fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0; /* not ours to read: then there is nothing to enable either */
	if (io_read_fd(fd, 4096, &text) < 0 || !text.p)
		return 0;
	return split_words(a, text.p, " \n", &h->controllers, &h->n_controllers, e);
}

/*
 * On a pure v2 machine named v1 hierarchies, which some programs mount for themselves,
 * do not matter.
 */
static int place_v2(struct host *h)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->n_hierarchies; i++) {
		if (!h->hierarchies[i].v2)
			continue;
		h->hierarchies[kept] = h->hierarchies[i];
		h->hierarchies[kept++].mountpoint = ROOT;
	}
	h->n_hierarchies = kept;
	h->cgroup = HOST_CGROUP_V2;
	return 0;
}

int host_cgroup(struct arena *a, struct host *h, struct error *e)
{
	char small[4096];
	char *text = small;
	ssize_t n = sys_proc_read("self/cgroup", text, sizeof(small), e);
	int r;

	if (n == -EFBIG) { /* deep groups in many hierarchies */
		text = arena_alloc(a, SELF_MAX);
		if (!text)
			return no_memory(e);
		n = sys_proc_read("self/cgroup", text, SELF_MAX, e);
	}
	if (n == -ENOENT) {
		/* A kernel without cgroups. */
		err_done(e);
		return 0;
	}
	if (n < 0)
		return (int)n;
	r = host_cgroup_parse(a, text, &h->hierarchies, &h->n_hierarchies, e);
	if (r == 0)
		r = is_fs(ROOT, CGROUP2_MAGIC) ? place_v2(h) : find_mounts(a, h, e);
	if (r < 0)
		return r;
	drop_unmounted(h);
	if (h->cgroup != HOST_CGROUP_V2)
		choose_mode(h);
	for (size_t i = 0; r == 0 && i < h->n_hierarchies; i++) {
		if (h->hierarchies[i].v2)
			r = read_controllers(a, &h->hierarchies[i], e);
	}
	return r;
}
