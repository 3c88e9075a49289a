/* SPDX-License-Identifier: Apache-2.0 */
/* The container's cgroup by the file system: make, check, write, undo. Runs in the parent. */
#include "config.h"

#include "setup/steps.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/log.h"
#include "base/path.h"
#include "plan/devprog.h"
#include "setup/cgroup.h"
#include "sys/bpf.h"
#include "sys/cgroupfs.h"

/* How long processes that are on their way out may hold a cgroup that is removed again. */
#define UNDO_MS 2000
#define SUBTREE "cgroup.subtree_control"

static const char *const cpuset_files[] = { "cpuset.cpus", "cpuset.mems" };

/* What a callback of cgfs_mkdir() needs. */
struct chain {
	const struct plan_hierarchy *h;
	char controllers[512]; /* "+cpu +memory" */
	/* cpuset.cpus and cpuset.mems of the last folder, where that was not the mount's root */
	bool has_cpuset;
	char cpuset[2][4096];
	/* The configuration has values of its own for the last one: no process enters before. */
	bool own_cpuset[2];
};

/*
 * cpuset.cpus and cpuset.mems of a new v1 cgroup are empty, and entering it is ENOSPC then:
 * the parent's values are copied down the chain.
 */
static int copy_cpuset(struct chain *c, int parent, int dir, bool last, struct error *e)
{
	char own[4096];
	ssize_t n;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(cpuset_files); i++) {
		const char *file = cpuset_files[i];
		char *above = c->cpuset[i];

		if (last && c->own_cpuset[i])
			continue;
		n = cgfs_read(dir, file, own, sizeof(own), e);
		if (n > 0) {
			memcpy(above, own, (size_t)n + 1);
			continue;
		}
		if (n == 0 && !c->has_cpuset)
			n = cgfs_read(parent, file, above, sizeof(c->cpuset[i]), e);
		r = n < 0 ? (int)n : cgfs_write(dir, file, above, e);
	}
	c->has_cpuset = true;
	return r;
}

/*
 * What only statistics want is enabled where that works: each for itself, so that one that does not
 * takes no other with it. Those first that a cgroup with processes refuses (EBUSY): it takes the
 * threaded ones, but no process can enter a cgroup below it then (cgroups(7), EOPNOTSUPP).
 */
static void enable_wanted(const struct plan_hierarchy *h, int parent)
{
	for (int threaded = 0; threaded <= 1; threaded++) {
		for (size_t i = 0; i < h->n_wanted; i++) {
			const char *name = h->wanted[i];
			char word[64];

			if ((strcmp(name, "cpu") == 0 || strcmp(name, "pids") == 0) !=
				(bool)threaded)
				continue;
			snprintf(word, sizeof(word), "+%s", name);
			if (cgfs_write(parent, SUBTREE, word, NULL) == -EBUSY)
				return;
		}
	}
}

/* A list of words: does it hold the word? */
static bool lists(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
		if ((at == text || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	return false;
}

/* The first of the needed controllers that a file of a cgroup does not list, or NULL. */
static const char *not_listed(const struct plan_hierarchy *h, int dir, const char *file)
{
	char text[1024];

	if (cgfs_read(dir, file, text, sizeof(text), NULL) < 0)
		text[0] = '\0';
	for (size_t i = 0; i < h->n_controllers; i++)
		if (!lists(text, h->controllers[i]))
			return h->controllers[i];
	return NULL;
}

/*
 * The folders above what was delegated to us are not ours to write, but somebody may have handed
 * the controllers down already.
 */
static int enable_needed(const struct chain *c, int parent, struct error *e)
{
	int r = c->controllers[0] ? cgfs_write(parent, SUBTREE, c->controllers, e) : 0;
	const char *missing;

	if (r == -EACCES || r == -EPERM || r == -EROFS) {
		missing = not_listed(c->h, parent, SUBTREE);
		if (!missing) {
			err_done(e);
			return 0;
		}
		err_wrap(e, "the controller %s is not delegated to us", missing);
	} else if (r == -ENOENT) {
		missing = not_listed(c->h, parent, "cgroup.controllers");
		if (missing)
			err_wrap(e, "the controller %s is not available there", missing);
	} else if (r == -EBUSY) {
		err_hint(e,
			"a cgroup with processes of its own cannot hand controllers down "
			"(cgroups(7), no internal processes)");
	}
	return r;
}

static int each_folder(void *arg, int parent, int dir, bool last, struct error *e)
{
	struct chain *c = arg;
	int r;

	if (c->h->copy_cpuset)
		return copy_cpuset(c, parent, dir, last, e);
	r = enable_needed(c, parent, e);
	if (r == 0)
		enable_wanted(c->h, parent);
	return r;
}

static int controller_words(struct chain *c, struct error *e)
{
	size_t len = 0;

	for (size_t i = 0; c->h->v2 && i < c->h->n_controllers; i++) {
		int n = snprintf(c->controllers + len, sizeof(c->controllers) - len,
			"%s+%s", len ? " " : "", c->h->controllers[i]);

		if (n < 0 || (size_t)n >= sizeof(c->controllers) - len)
			return err_set(e, ERR_BUG, -E2BIG, "too many controllers");
		len += (size_t)n;
	}
	return 0;
}

static bool has_freezer(const struct plan_hierarchy *h)
{
	for (size_t i = 0; i < h->n_controllers; i++)
		if (strcmp(h->controllers[i], "freezer") == 0)
			return true;
	return false;
}

/* v2 tells of both in cgroup.events, where an empty cgroup is frozen as soon as it is to be; the
 * line came with the freezer of 5.2. */
int cgroup_check_frozen(const struct plan_hierarchy *h, int dir, struct error *e)
{
	char text[512];
	bool frozen;
	ssize_t n;

	if (!h->v2 && !has_freezer(h))
		return 0;
	n = cgfs_read(
		dir, h->v2 ? "cgroup.events" : "freezer.state", text, sizeof(text), e);
	if (n < 0)
		return (int)n;
	frozen = h->v2 ? strstr(text, "frozen 1") != NULL : strcmp(text, "THAWED") != 0;
	return frozen ? err_set(e, ERR_STATE, -EBUSY,
				"the cgroup, or one above it, is frozen")
		      : 0;
}

/* CG-06, I3: strangers in it would be limited with us and killed by delete; frozen, we hang. */
static int check_fitness(const struct plan_hierarchy *h, int dir, struct error *e)
{
	int r = cgfs_populated(dir, h->v2, e);

	if (r > 0) {
		r = err_set(e, ERR_STATE, -EBUSY,
			"the cgroup exists already and has processes in it");
		err_hint(e,
			"another container has the same cgroupsPath, or one was not deleted");
	}
	return r;
}

/* Has a folder on the way to the container's something to be written to? */
static bool has_work_above(const struct plan_hierarchy *h)
{
	return h->copy_cpuset || (h->v2 && h->n_controllers + h->n_wanted > 0);
}

/* To this file of the hierarchy, or to any. */
static bool has_writes(const struct plan_cgroup *cg, size_t hierarchy, const char *file)
{
	for (size_t i = 0; i < cg->n_writes; i++)
		if (cg->writes[i].hierarchy == hierarchy &&
			(!file || strcmp(cg->writes[i].file, file) == 0))
			return true;
	return false;
}

/* May a new cgroup be frozen, by one above it? The root never is. */
static bool may_be_frozen(const struct plan_hierarchy *h)
{
	const char *at = h->path + strspn(h->path, "/");

	at += strcspn(at, "/");
	return (h->v2 || has_freezer(h)) && at[strspn(at, "/")];
}

/*
 * The usual case on v1: the folder above is there, the container's is not, and all that is wanted
 * of it is tasks. Two calls. -EAGAIN: not so.
 */
static int make_plain(struct step_ctx *ctx, size_t i, int root)
{
	const struct plan_cgroup *cg = ctx->plan->cgroup;
	const struct plan_hierarchy *h = &cg->hierarchies[i];
	const char *path = h->path + strspn(h->path, "/");
	int fd;

	if (h->v2 || has_work_above(h) || has_writes(cg, i, NULL) || may_be_frozen(h) ||
		path_has_dotdot(path))
		return -EAGAIN;
	/* Without ".." the path cannot leave: there are no links on cgroup file systems. */
	if (mkdirat(root, path, 0755) < 0)
		return -EAGAIN;
	fd = cgfs_open_tasks(root, path, NULL);
	if (fd < 0) {
		unlinkat(root, path, AT_REMOVEDIR);
		return -EAGAIN;
	}
	ctx->cgroup_made[i] = 1;
	ctx->tasks_fds[ctx->n_tasks++] = fd;
	return 0;
}

int cgroup_make_v1(const struct plan_hierarchy *h, int root, const char *path,
	unsigned *made, struct error *e)
{
	struct chain c = { .h = h };
	int dir = cgfs_mkdir(
		root, path, has_work_above(h) ? each_folder : NULL, &c, made, e);
	int r = dir;

	if (dir >= 0 && (*made == 0 || may_be_frozen(h)))
		r = cgroup_check_frozen(h, dir, e);
	if (r < 0 && dir >= 0)
		cleanup_fd(&dir);
	return r < 0 ? r : dir;
}

static int make_one(struct step_ctx *ctx, size_t i, struct error *e)
{
	const struct plan_hierarchy *h = &ctx->plan->cgroup->hierarchies[i];
	struct chain c = { .h = h };
	auto_fd int root = -EBADF;
	int r;

	root = cgfs_root(h->mountpoint, e);
	if (root < 0)
		return root;
	if (make_plain(ctx, i, root) == 0)
		return 0;
	r = controller_words(&c, e);
	if (r < 0)
		return r;
	for (size_t k = 0; h->copy_cpuset && k < ARRAY_SIZE(cpuset_files); k++)
		c.own_cpuset[k] = has_writes(ctx->plan->cgroup, i, cpuset_files[k]);
	r = cgfs_mkdir(root, h->path, has_work_above(h) ? each_folder : NULL, &c,
		&ctx->cgroup_made[i], e);
	if (r < 0)
		return r;
	ctx->cgroup_fds[i] = r;
	/* What was made just now is empty. */
	r = ctx->cgroup_made[i] == 0 ? check_fitness(h, ctx->cgroup_fds[i], e) : 0;
	if (r == 0 && (ctx->cgroup_made[i] == 0 || may_be_frozen(h)))
		r = cgroup_check_frozen(h, ctx->cgroup_fds[i], e);
	if (r < 0)
		return r;
	if (h->v2) {
		ctx->v2_fd = ctx->cgroup_fds[i];
		return 0;
	}
	/* tasks, not cgroup.procs: one thread that moves itself waits for no RCU grace period. */
	r = openat(ctx->cgroup_fds[i], "tasks", O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (r < 0)
		return err_sys(e, errno, "openat", "cannot open tasks");
	ctx->tasks_fds[ctx->n_tasks++] = r;
	return 0;
}

static void undo_one(struct step_ctx *ctx, size_t i)
{
	const struct plan_hierarchy *h = &ctx->plan->cgroup->hierarchies[i];
	auto_fd int root = -EBADF;
	char path[PATH_MAX];
	size_t len = strlen(h->path);

	if (ctx->cgroup_fds[i] >= 0 && ctx->cgroup_fds[i] == ctx->v2_fd)
		ctx->v2_fd = -EBADF;
	cleanup_fd(&ctx->cgroup_fds[i]);
	if (ctx->cgroup_made[i] == 0 || len >= sizeof(path))
		return;
	root = cgfs_root(h->mountpoint, NULL);
	if (root < 0)
		return;
	memcpy(path, h->path, len + 1);
	/* The container's own with what may be below; the parents only while nobody else came. */
	cgfs_rmtree(root, path, UNDO_MS, NULL);
	for (unsigned k = 1; k < ctx->cgroup_made[i]; k++) {
		char *slash = strrchr(path, '/');

		if (!slash || slash == path)
			break;
		*slash = '\0';
		if (unlinkat(root, path, AT_REMOVEDIR) < 0)
			break;
	}
	ctx->cgroup_made[i] = 0;
}

static void undo_cgroup(struct step_ctx *ctx)
{
	for (size_t i = 0; i < ctx->n_tasks; i++)
		cleanup_fd(&ctx->tasks_fds[i]);
	ctx->n_tasks = 0;
	for (size_t i = ctx->plan->cgroup->n_hierarchies; i-- > 0;)
		undo_one(ctx, i);
}

/* With what it is wanted for, which on v2 the path does not tell. */
static int refused(const struct plan_hierarchy *h, struct error *e)
{
	auto_buf struct buf names = BUF_INIT;

	for (size_t i = 0; i < h->n_controllers; i++)
		if (buf_addf(&names, "%s%s", i ? ", " : " for ", h->controllers[i]) < 0)
			break;
	return err_wrap(e, "the cgroup %s in %s%s", h->path, h->mountpoint,
		names.p ? names.p : "");
}

static int make_all(struct step_ctx *ctx, struct error *e)
{
	const struct plan_cgroup *cg = ctx->plan->cgroup;

	if (cg->n_hierarchies > STEP_MAX_HIERARCHIES)
		return err_set(e, ERR_HOST, -E2BIG, "more than %d cgroup hierarchies",
			STEP_MAX_HIERARCHIES);
	for (size_t i = 0; i < cg->n_hierarchies; i++) {
		const struct plan_hierarchy *h = &cg->hierarchies[i];
		int r = make_one(ctx, i, e);

		if (r == 0)
			continue;
		if (h->required || r == -EBUSY)
			return refused(h, e);
		/* Nothing of the configuration needs it; a read-only named hierarchy is common. */
		err_done(e);
		undo_one(ctx, i);
		ctx->cgroup_absent[i] = true;
	}
	return 0;
}

/* The file that is being written: device rules are many values of one. */
struct target {
	int fd;
	const struct plan_write *of; /* the write that it was opened for */
};

static int write_value(struct step_ctx *ctx, const struct plan_write *w, struct target *t,
	struct error *e)
{
	if (t->fd < 0 || t->of->hierarchy != w->hierarchy ||
		strcmp(t->of->file, w->file) != 0) {
		cleanup_fd(&t->fd);
		t->fd = cgfs_open_write(
			ctx->cgroup_fds[w->hierarchy], w->file, w->value, e);
		t->of = w;
	}
	return t->fd < 0 ? t->fd : cgfs_write_fd(t->fd, w->file, w->value, e);
}

/* 0; 1: the file is not there, and that is fine. */
static int write_one(struct step_ctx *ctx, const struct plan_write *w, struct target *t,
	struct error *e)
{
	const struct plan_cgroup *cg = ctx->plan->cgroup;
	int r;

	if (w->hierarchy >= cg->n_hierarchies || ctx->cgroup_fds[w->hierarchy] < 0)
		r = err_set(e, ERR_HOST, -ENODEV,
			"cannot write %s: its cgroup was not made", w->file);
	else
		r = write_value(ctx, w, t, e);
	if (r == -ENOENT && w->optional) {
		err_done(e);
		return 1;
	}
	if (r == -ENOENT)
		err_hint(e, "the kernel or this cgroup lacks the controller");
	if (r < 0) {
		if (w->hierarchy < cg->n_hierarchies)
			err_wrap(e, "the cgroup %s in %s",
				cg->hierarchies[w->hierarchy].path,
				cg->hierarchies[w->hierarchy].mountpoint);
		step_origin(e, w->at_line, w->at_column, w->at_path);
	}
	return r;
}

static int write_all(struct step_ctx *ctx, bool late, struct error *e)
{
	const struct plan_cgroup *cg = ctx->plan->cgroup;
	struct target t = { .fd = -EBADF };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < cg->n_writes; i++) {
		const struct plan_write *w = &cg->writes[i];

		/* r is of the write before, which is the same setting under another name. */
		if (w->late != late || (w->otherwise && r == 0))
			continue;
		r = write_one(ctx, w, &t, e);
		if (r > 0 && w->otherwise)
			log_warning("%s is not applied: this kernel has no %s",
				w->at_path ? w->at_path : "a value", w->file);
	}
	cleanup_fd(&t.fd);
	return r < 0 ? r : 0;
}

static int load_devices(const struct plan_cgroup *cg, int dir,
	int (*put)(int prog_fd, int cgroup_fd, struct error *e), struct error *e)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_fd int prog = -EBADF;
	struct devprog_insn *insns;
	size_t n;
	int r;

	r = devprog_build(&a, cg->devrules, cg->n_devrules, &insns, &n, e);
	if (r < 0)
		return err_wrap(e, "the device rules");
	prog = bpf_load_device(insns, n, e);
	if (prog < 0)
		return err_wrap(e, "the device rules");
	r = put(prog, dir, e);
	return r < 0 ? err_wrap(e, "the device rules") : 0;
}

static int attach_devices(struct step_ctx *ctx, struct error *e)
{
	const struct plan_cgroup *cg = ctx->plan->cgroup;

	if (!cg->devices_v2)
		return 0;
	if (ctx->v2_fd < 0)
		return err_set(e, ERR_HOST, -ENODEV,
			"there is no v2 cgroup for the device rules");
	return load_devices(cg, ctx->v2_fd, bpf_attach_device, e);
}

int cgroup_values(struct step_ctx *ctx, struct error *e)
{
	int r = write_all(ctx, false, e);

	if (r == 0)
		r = attach_devices(ctx, e);
	return r < 0 ? r : cgroup_give(ctx->plan->cgroup, ctx->v2_fd, e);
}

int cgroup_late_values(struct step_ctx *ctx, struct error *e)
{
	return write_all(ctx, true, e);
}

static int apply_cgroup(struct step_ctx *ctx, struct error *e)
{
	int r = make_all(ctx, e);

	return r < 0 ? r : cgroup_values(ctx, e);
}

int step_cgroup_enable(const struct plan_hierarchy *h, struct error *e)
{
	struct chain c = { .h = h };
	auto_fd int root = -EBADF, dir = -EBADF;
	unsigned made = 0;
	int r = controller_words(&c, e);

	if (r == 0)
		r = root = cgfs_root(h->mountpoint, e);
	if (r >= 0)
		r = dir = cgfs_mkdir(root, h->path, each_folder, &c, &made, e);
	if (r >= 0 && made) {
		cgfs_rmdir(h->mountpoint, h->path, made - 1);
		return err_set(e, ERR_STATE, -ENOENT, "the cgroup %s is gone", h->path);
	}
	return r < 0 ? r : 0;
}

int step_cgroup_devices(const struct plan_cgroup *cg, int dir, struct error *e)
{
	return load_devices(cg, dir, bpf_replace_device, e);
}

static bool wants_cgroup(const struct plan *plan)
{
	return plan->cgroup && plan->cgroup->driver == PLAN_CGROUP_FS;
}

const struct step step_cgroup = {
	.name = "cgroup",
	.actor = ACTOR_PARENT,
	.phase = PHASE_BEFORE,
	.why = "the limits are in force when the child is born in it (I5)",
	.wanted = wants_cgroup,
	.apply = apply_cgroup,
	.undo = undo_cgroup,
};

int step_cgroup_late(struct step_ctx *ctx, struct error *e)
{
	if (step_has_unit(ctx->plan))
		return step_cgroup_unit_late(ctx, e);
	return wants_cgroup(ctx->plan) ? cgroup_late_values(ctx, e) : 0;
}

int step_cgroup_move(struct step_ctx *ctx, pid_t pid, struct error *e)
{
	char text[16];
	int r;

	/* The v1 hierarchies it enters by itself. */
	if (ctx->v2_fd < 0)
		return 0;
	snprintf(text, sizeof(text), "%d", (int)pid);
	r = cgfs_write(ctx->v2_fd, "cgroup.procs", text, e);
	return r < 0 ? err_wrap(e, "move the container's process into its cgroup") : 0;
}
