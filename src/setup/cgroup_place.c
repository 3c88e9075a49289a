/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroups of a unit that systemd has made: found, opened, entered. Runs in the parent. */
#include "config.h"

#include "setup/cgroup.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/path.h"
#include "sys/cgroupfs.h"
#include "sys/proc.h"

#define UNDO_MS 2000
#define LIST_MAX 4096

/* systemd's own hierarchy: its v1 one, or v2 where it has none. */
static char *systemd_line(char *text)
{
	char *v2 = NULL, *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line;
		line = strtok_r(NULL, "\n", &save)) {
		char *list = strchr(line, ':');
		char *path = list ? strchr(list + 1, ':') : NULL;

		if (!path || path[1] != '/')
			continue;
		*path = '\0';
		if (strcmp(list + 1, "name=systemd") == 0)
			return path + 2;
		if (!list[1])
			v2 = path + 2;
	}
	return v2;
}

/* Where pid is, relative to the root of systemd's hierarchy; it must be the unit. */
static int find_unit(
	const struct plan_cgroup *cg, pid_t pid, char out[PATH_MAX], struct error *e)
{
	char name[32], text[4 * PATH_MAX];
	const char *wanted = cg->unit->name, *part;
	char *at;
	ssize_t n;

	snprintf(name, sizeof(name), "%d/cgroup", (int)pid);
	n = sys_proc_read(name, text, sizeof(text), e);
	if (n < 0)
		return (int)n;
	at = systemd_line(text);
	part = at ? path_last(at) : "";
	if (strcmp(part + (*part == '_' && *wanted != '_'), wanted) != 0)
		return err_set(e, ERR_HOST, -ESRCH,
			"systemd has started the unit %s, but the process is in %s",
			wanted, at ? at : "no cgroup of its");
	if ((size_t)snprintf(out, PATH_MAX, "%s", at) >= PATH_MAX)
		return err_set(
			e, ERR_HOST, -ENAMETOOLONG, "the unit's cgroup lies too deep");
	return 0;
}

/* The unit's place, and below it what the plan has below it. */
static char *place_in(const struct plan_hierarchy *h, const char *unit)
{
	const char *below = path_last(h->path);
	char path[PATH_MAX + NAME_MAX + 2];

	if (strcmp(below, path_last(unit)) == 0)
		return strdup(unit);
	snprintf(path, sizeof(path), "%s/%s", unit, below);
	return strdup(path);
}

static bool has_controller(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = list; (at = strstr(at, name)); at += n) {
		if ((at == list || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
			return true;
	}
	return false;
}

static const char *lacking(const struct plan_hierarchy *h, const char *list)
{
	for (size_t i = 0; i < h->n_controllers; i++) {
		if (!has_controller(list, h->controllers[i]))
			return h->controllers[i];
	}
	return NULL;
}

/* What systemd does not know of (hugetlb, rdma, misc) it leaves as it is in the folders above. */
static int enable(void *arg, int parent, int dir, bool last, struct error *e)
{
	const struct plan_hierarchy *h = arg;

	(void)dir;
	(void)last;
	(void)e;
	for (size_t i = 0; i < h->n_controllers; i++) {
		char word[64];

		snprintf(word, sizeof(word), "+%s", h->controllers[i]);
		/* Above a user's manager it is not ours to enable; what lacks is told below. */
		cgfs_write(parent, "cgroup.subtree_control", word, NULL);
	}
	return 0;
}

/* CG-11: what is limited must be there. */
static int need_controllers(const struct plan_cgroup *cg, const struct plan_hierarchy *h,
	int root, const char *path, int dir, struct error *e)
{
	char list[LIST_MAX];
	const char *name;
	unsigned made;

	for (int tries = 0;; tries++) {
		auto_fd int again = -EBADF;
		ssize_t n = cgfs_read(dir, "cgroup.controllers", list, sizeof(list), e);

		if (n < 0)
			return (int)n;
		name = lacking(h, list);
		if (!name)
			return 0;
		if (tries > 0)
			break;
		again = cgfs_mkdir(root, path, enable, (void *)(uintptr_t)h, &made, e);
		if (again < 0)
			return again;
	}
	err_set(e, ERR_HOST, -ENODEV, "the cgroup %s has no %s controller", path, name);
	err_hint(e,
		cg->unit->user
			? "it is not delegated to the user: the system's unit user@.service "
			  "needs Delegate=cpu cpuset io memory pids"
			: "systemd has not enabled it: see cgroup.subtree_control of the "
			  "folders above");
	return -ENODEV;
}

static int enter(int dir, pid_t pid, struct error *e)
{
	char text[16];
	int r;

	snprintf(text, sizeof(text), "%d", (int)pid);
	r = cgfs_write(dir, "cgroup.procs", text, e);
	return r < 0 ? err_wrap(e, "move the container's process into its cgroup") : 0;
}

static int place_v2(
	struct step_ctx *ctx, size_t i, int root, pid_t pid, bool moved, struct error *e)
{
	const struct plan_cgroup *cg = ctx->plan->cgroup;
	const char *path = ctx->cgroup_paths[i];
	int r = cg->n_hierarchies == 1
			? cgfs_open(root, path, e)
			: cgfs_mkdir(root, path, NULL, NULL, &ctx->cgroup_made[i], e);

	if (r < 0)
		return r;
	ctx->cgroup_fds[i] = ctx->v2_fd = r;
	r = cgroup_check_frozen(&cg->hierarchies[i], ctx->v2_fd, e);
	if (r < 0)
		return r;
	r = need_controllers(cg, &cg->hierarchies[i], root, path, ctx->v2_fd, e);
	return r < 0 || moved ? r : enter(ctx->v2_fd, pid, e);
}

static int place_v1(struct step_ctx *ctx, size_t i, int root, pid_t pid, struct error *e)
{
	int r = cgroup_make_v1(&ctx->plan->cgroup->hierarchies[i], root,
		ctx->cgroup_paths[i], &ctx->cgroup_made[i], e);

	if (r < 0)
		return r;
	ctx->cgroup_fds[i] = r;
	return enter(r, pid, e);
}

static int place_one(struct step_ctx *ctx, size_t i, const char *unit, pid_t pid,
	bool moved, struct error *e)
{
	const struct plan_hierarchy *h = &ctx->plan->cgroup->hierarchies[i];
	auto_fd int root = cgfs_root(h->mountpoint, e);

	if (root < 0)
		return root;
	ctx->cgroup_paths[i] = unit ? place_in(h, unit) : strdup(h->path);
	if (!ctx->cgroup_paths[i])
		return err_sys(e, ENOMEM, "malloc", "cannot note the cgroup");
	/* On a hybrid machine v2 holds no controllers, and systemd may or may not use it. */
	if (h->v2)
		return place_v2(ctx, i, root, pid,
			moved && ctx->plan->cgroup->n_hierarchies == 1, e);
	return place_v1(ctx, i, root, pid, e);
}

int cgroup_place(struct step_ctx *ctx, pid_t pid, struct error *e)
{
	const struct plan_cgroup *cg = ctx->plan->cgroup;
	char unit[PATH_MAX];
	int r = cg->unit->slice ? 0 : find_unit(cg, pid, unit, e);

	if (r == 0 && cg->n_hierarchies > STEP_MAX_HIERARCHIES)
		r = err_set(e, ERR_HOST, -E2BIG, "more than %d cgroup hierarchies",
			STEP_MAX_HIERARCHIES);
	for (size_t i = 0; r == 0 && i < cg->n_hierarchies; i++) {
		const struct plan_hierarchy *h = &cg->hierarchies[i];

		r = place_one(
			ctx, i, cg->unit->slice ? NULL : unit, pid, !cg->unit->slice, e);
		if (r == 0)
			continue;
		if (h->required || r == -EBUSY)
			return err_wrap(e, "the cgroup %s in %s", h->path, h->mountpoint);
		err_done(e);
		r = 0;
	}
	return r;
}

void cgroup_place_undo(struct step_ctx *ctx)
{
	const struct plan_cgroup *cg = ctx->plan->cgroup;

	for (size_t i = cg->n_hierarchies; i-- > 0;) {
		auto_fd int root = -EBADF;

		if (ctx->cgroup_made[i] == 0 || !ctx->cgroup_paths[i])
			continue;
		root = cgfs_root(cg->hierarchies[i].mountpoint, NULL);
		if (root >= 0)
			cgfs_rmtree(root, ctx->cgroup_paths[i], UNDO_MS, NULL);
		if (ctx->cgroup_made[i] > 1)
			cgfs_rmdir(cg->hierarchies[i].mountpoint, ctx->cgroup_paths[i],
				ctx->cgroup_made[i] - 1);
		ctx->cgroup_made[i] = 0;
	}
}
