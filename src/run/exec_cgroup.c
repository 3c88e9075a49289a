/* SPDX-License-Identifier: Apache-2.0 */
/* Where a further process is put: the container's cgroups, or one below them. */
#include "config.h"

#include "run/exec.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/cgroupfs.h"
#include "sys/proc.h"

#define SHOWN 64 /* bytes of a wrong word in a message */

/* "memory,pids:web/worker" */
struct sub {
	const char *controllers; /* NULL: every hierarchy */
	size_t n_controllers;	 /* bytes */
	const char *path;	 /* without leading slashes */
};

/* The path is what the caller says, but it must not go up (F5): ".." is refused, not resolved. */
static int read_sub(const char *text, struct sub *out, struct error *e)
{
	const char *colon = strchr(text, ':'), *slash = strchr(text, '/');
	const char *at;

	*out = (struct sub){ .path = text };
	if (colon && (!slash || colon < slash)) {
		out->controllers = text;
		out->n_controllers = (size_t)(colon - text);
		out->path = colon + 1;
	}
	out->path += strspn(out->path, "/");
	for (at = out->path; *at; at += strspn(at, "/")) {
		size_t n = strcspn(at, "/");

		if ((n == 1 && at[0] == '.') || (n == 2 && at[0] == '.' && at[1] == '.'))
			return err_set(e, ERR_USAGE, -EINVAL,
				"option --cgroup takes a path below the container's "
				"cgroup, not \"%.*s\"",
				SHOWN, text);
		at += n;
	}
	if (strlen(out->path) >= PATH_MAX || (colon && out->controllers && colon == text))
		return err_set(e, ERR_USAGE, -EINVAL,
			"option --cgroup takes [CONTROLLER,...:]PATH, not \"%.*s\"",
			SHOWN, text);
	return 0;
}

static bool has_word(const char *list, size_t len, const char *word, size_t n)
{
	for (size_t at = 0; at < len;) {
		size_t k = 0;

		while (at + k < len && list[at + k] != ',')
			k++;
		if (k == n && memcmp(list + at, word, n) == 0)
			return true;
		at += k + 1;
	}
	return false;
}

/* A v1 hierarchy is mounted under the names of its controllers (cgroups(7)). */
bool hierarchy_has(const struct state_hierarchy *h, const char *controller, size_t n)
{
	const char *base = strrchr(h->mountpoint, '/');

	base = base ? base + 1 : h->mountpoint;
	return !h->v2 && has_word(base, strlen(base), controller, n);
}

static bool concerns(const struct sub *s, const struct state_hierarchy *h)
{
	const char *at = s->controllers;
	const char *end = at ? at + s->n_controllers : NULL;

	if (!at)
		return true;
	while (at < end) {
		size_t n = strcspn(at, ",:");

		if (hierarchy_has(h, at, n))
			return true;
		at += n + 1;
	}
	return false;
}

/* A controller that no hierarchy of the container has is a wish that would be lost. */
static int check_controllers(
	const struct sub *s, const struct state_record *rec, struct error *e)
{
	const char *at = s->controllers;
	const char *end = at ? at + s->n_controllers : NULL;

	while (at && at < end) {
		size_t n = strcspn(at, ",:");
		bool found = false;

		for (size_t i = 0; i < rec->n_hierarchies && !found; i++)
			found = hierarchy_has(&rec->hierarchies[i], at, n);
		if (!found)
			return err_set(e, ERR_USAGE, -EINVAL,
				"option --cgroup: the container has no v1 cgroup of the "
				"controller \"%.*s\"",
				n < SHOWN ? (int)n : SHOWN, at);
		at += n + 1;
	}
	return 0;
}

/* Where in h the process goes, below the container's own path; later options win. */
static int choose(const struct run_exec_req *req, const struct state_record *rec,
	const struct state_hierarchy *h, const char **below, struct error *e)
{
	*below = "";
	for (size_t i = 0; i < req->n_cgroups; i++) {
		struct sub s;
		int r = read_sub(req->cgroups[i], &s, e);

		if (r == 0)
			r = check_controllers(&s, rec, e);
		if (r < 0)
			return r;
		if (concerns(&s, h))
			*below = s.path;
	}
	return 0;
}

/* The v2 cgroup that init is in, if it is the container's or one below: relative, in out. */
static int init_place(const struct state_record *rec, const struct state_hierarchy *h,
	char out[PATH_MAX], struct error *e)
{
	char name[32], text[2 * PATH_MAX];
	size_t n = strlen(h->path);
	const char *at;
	ssize_t len;

	snprintf(name, sizeof(name), "%d/cgroup", (int)rec->pid);
	len = sys_proc_read(name, text, sizeof(text), e);
	if (len < 0)
		return (int)len;
	at = strncmp(text, "0::/", 4) == 0 ? text : strstr(text, "\n0::/");
	if (!at)
		return err_set(
			e, ERR_SYSTEM, -ENODATA, "init is in no cgroup of version 2");
	at += *at == '\n';
	at += strlen("0::/");
	len = (ssize_t)strcspn(at, "\n");
	if (len >= PATH_MAX || strncmp(at, h->path, n) != 0 ||
		(at[n] != '/' && at[n] != '\n' && at[n] != '\0'))
		return err_set(e, ERR_STATE, -EXDEV,
			"init has left the container's cgroup %s", h->path);
	memcpy(out, at, (size_t)len);
	out[len] = '\0';
	return 0;
}

/* The folder of v2, the tasks file of v1. */
static int open_place(const struct state_hierarchy *h, const char *path,
	const char *below, struct error *e)
{
	auto_fd int root = cgfs_root(h->mountpoint, e);
	char whole[PATH_MAX];

	if (root < 0)
		return root;
	if ((size_t)snprintf(whole, sizeof(whole), "%s%s%s", path, *below ? "/" : "",
		    below) >= sizeof(whole))
		return err_set(e, ERR_USAGE, -ENAMETOOLONG,
			"the path of the cgroup is too long");
	return h->v2 ? cgfs_open(root, whole, e) : cgfs_open_tasks(root, whole, e);
}

static int open_one(const struct run_exec_req *req, const struct state_record *rec,
	const struct state_hierarchy *h, bool beside_init, struct step_ctx *ctx,
	size_t index, struct error *e)
{
	const char *path = h->path, *below;
	char place[PATH_MAX];
	int r = choose(req, rec, h, &below, e);

	if (r == 0 && h->v2 && beside_init && !*below) {
		r = init_place(rec, h, place, e);
		path = place;
	}
	if (r < 0)
		return r;
	r = open_place(h, path, below, e);
	/* It could not be made and was not required: init is not in it either. But where init was
	 * seen, it was a moment ago: it may have gone on, and taken the cgroup away (F5). */
	if (r == -ENOENT && path == h->path && !*below && h->made == 0) {
		err_done(e);
		return 0;
	}
	if (r < 0)
		return err_wrap(e, "the container's cgroup in %s", h->mountpoint);
	if (h->v2)
		ctx->cgroup_fds[index] = ctx->v2_fd = r;
	else
		ctx->tasks_fds[ctx->n_tasks++] = r;
	return 0;
}

int exec_cgroups(const struct run_exec_req *req, const struct state_record *rec,
	bool beside_init, struct step_ctx *ctx, struct error *e)
{
	int r = 0;

	if (req->n_cgroups && rec->n_hierarchies == 0)
		return err_set(e, ERR_USAGE, -EINVAL,
			"option --cgroup: the container has no cgroup");
	if (rec->n_hierarchies > STEP_MAX_HIERARCHIES)
		return err_set(e, ERR_HOST, -E2BIG, "more than %d cgroup hierarchies",
			STEP_MAX_HIERARCHIES);
	for (size_t i = 0; r == 0 && i < rec->n_hierarchies; i++)
		r = open_one(req, rec, &rec->hierarchies[i], beside_init, ctx, i, e);
	return r;
}
