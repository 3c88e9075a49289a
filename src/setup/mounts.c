/* SPDX-License-Identifier: Apache-2.0 */
/* The mount list, in order: each made detached, then put on a target that is resolved in the
 * root and held by a descriptor (B1 to B5). */
#include "config.h"

#include "setup/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/path.h"
#include "setup/target.h"
#include "setup/tmpcopyup.h"
#include "sync/message.h"
#include "sys/mount.h"
#include "sys/ns.h"
#include "sys/open.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

#define PROC_ROOT_INO 1

/* What the mounts of a list share. */
struct shared {
	struct stat root;
	/* The last device that a target was on, and whether it is a procfs: asked once a device. */
	dev_t dev;
	bool dev_known, dev_is_proc;
	/*
	 * The root of the last mount, when it is a new tmpfs, and where it is: the folders right
	 * below it (/dev/pts, /dev/shm) are made by this descriptor. It is given up as soon as
	 * another target is resolved, because that one might cover it.
	 */
	int fd; /* O_PATH, or -EBADF */
	const char *path;
};

/* A mount on its way. */
struct job {
	struct step_ctx *ctx;
	const struct plan_mount *pm;
	size_t index;
	struct sys_mount_attr attr;
	struct sys_mount m;
	int target; /* O_PATH */
	bool dir;   /* target must be a folder */
	struct shared *shared;
};

static bool in_userns(const struct step_ctx *ctx)
{
	return ctx->plan->private_flags & ns_table[NS_USER].flag;
}

/* Read-only comes later where something is still to be made inside. */
static bool readonly_later(const struct plan_mount *pm)
{
	return pm->late_readonly || pm->tmpcopyup || pm->kind == PLAN_MOUNT_CGROUP1;
}

static bool is_readonly(const struct plan_mount *pm)
{
	return (pm->set & MOUNT_ATTR_RDONLY) || (pm->sb_flags & MS_RDONLY);
}

static int make_attr(
	const struct plan_mount *pm, struct sys_mount_attr *out, struct error *e)
{
	*out = (struct sys_mount_attr){
		.set = pm->set,
		.clear = pm->clear,
		.rset = pm->rset,
		.rclear = pm->rclear,
		.sb_flags = pm->sb_flags,
	};
	if (readonly_later(pm)) {
		out->set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		out->rset &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		out->sb_flags &= ~(uint64_t)MS_RDONLY;
	}
	if (pm->n_propagation > ARRAY_SIZE(out->propagation))
		return err_set(e, ERR_CONFIG, -E2BIG,
			"at most %zu kinds of propagation a mount",
			ARRAY_SIZE(out->propagation));
	for (size_t i = 0; i < pm->n_propagation; i++)
		out->propagation[i] = pm->propagation[i];
	out->n_propagation = (unsigned)pm->n_propagation;
	return 0;
}

/* Below /proc only these may be covered: what lxcfs offers, and two harmless values (MNT-07). */
static const char *const proc_allowed[] = {
	"cpuinfo",
	"diskstats",
	"meminfo",
	"stat",
	"swaps",
	"uptime",
	"loadavg",
	"slabinfo",
	"sys/kernel/ns_last_pid",
	"sys/crypto/fips_enabled",
};

static bool proc_allows(const char *path)
{
	path += strlen("/proc");
	path += strspn(path, "/");
	for (size_t i = 0; i < ARRAY_SIZE(proc_allowed); i++)
		if (strcmp(path, proc_allowed[i]) == 0)
			return true;
	return false;
}

static bool is_proc_root(int fd)
{
	struct statfs fs;
	struct stat st;

	return fstatfs(fd, &fs) == 0 && (uint32_t)fs.f_type == SYS_MAGIC_PROC &&
	       fstat(fd, &st) == 0 && st.st_ino == PROC_ROOT_INO;
}

/* What may be put on /proc: a procfs. source is a bind's, or -EBADF. */
static int check_on_proc(const struct job *j, int source, struct error *e)
{
	const struct plan_mount *pm = j->pm;

	if (strcmp(pm->target, "/proc") != 0 || pm->kind == PLAN_MOUNT_REMOUNT)
		return 0;
	if (pm->kind == PLAN_MOUNT_NEW && pm->fs && strcmp(pm->fs, "proc") == 0)
		return 0;
	if (pm->kind == PLAN_MOUNT_BIND && is_proc_root(source))
		return 0;
	return err_set(e, ERR_CONFIG, -EINVAL,
		"only a proc file system may be mounted on /proc");
}

/* The same folder may be mounted elsewhere inside too; only the mount tells. */
static int is_root(const struct job *j, bool *out, struct error *e)
{
	uint64_t root;
	uint64_t target;
	int r = sys_mount_id(j->ctx->rootfs_fd, &root, e);

	if (r == 0)
		r = sys_mount_id(j->target, &target, e);
	if (r == 0)
		*out = root == target;
	return r;
}

/*
 * Wherever the links of the image led: never the root (later steps would work below the mount,
 * the program above it), and nothing of a procfs that we may not cover.
 */
static int check_target(const struct job *j, struct error *e)
{
	struct shared *s = j->shared;
	struct statfs fs;
	struct stat st;
	bool root = false;
	int r = 0;

	if (fstat(j->target, &st) < 0)
		return err_sys(e, errno, "fstat", "cannot look at the target");
	if (st.st_dev == s->root.st_dev && st.st_ino == s->root.st_ino)
		r = is_root(j, &root, e);
	if (r < 0)
		return r;
	if (root)
		return err_set(e, ERR_CONFIG, -EINVAL, "the target is the root");
	if (!s->dev_known || s->dev != st.st_dev) {
		if (fstatfs(j->target, &fs) < 0)
			return err_sys(e, errno, "fstatfs", "cannot look at the target");
		s->dev = st.st_dev;
		s->dev_known = true;
		s->dev_is_proc = (uint32_t)fs.f_type == SYS_MAGIC_PROC;
	}
	if (!s->dev_is_proc)
		return 0;
	if (strcmp(j->pm->target, "/proc") == 0 ||
		(path_is_below(j->pm->target, "/proc") && proc_allows(j->pm->target)))
		return 0;
	return err_set(e, ERR_CONFIG, -EINVAL,
		"the target is inside of proc, where only a few files may be covered");
}

/*
 * A folder right below the tmpfs that was mounted last: nobody else has been there, so what is
 * made is neither the root nor in a procfs, and nothing needs to be resolved. -EAGAIN when the
 * target is another one, or something is there already.
 */
static int make_below_last(const struct job *j)
{
	const struct shared *s = j->shared;
	const char *name;
	size_t n;
	int fd;

	if (s->fd < 0 || !j->dir)
		return -EAGAIN;
	n = strlen(s->path);
	if (strncmp(j->pm->target, s->path, n) != 0 || j->pm->target[n] != '/')
		return -EAGAIN;
	name = j->pm->target + n + 1;
	if (!*name || strchr(name, '/') || strcmp(name, ".") == 0 ||
		strcmp(name, "..") == 0)
		return -EAGAIN;
	if (mkdirat(s->fd, name, 0755) < 0)
		return -EAGAIN;
	fd = openat(s->fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -EAGAIN : fd;
}

static int open_target(struct job *j, struct error *e)
{
	int rootfs = j->ctx->rootfs_fd;

	j->target = make_below_last(j);
	if (j->target >= 0)
		return 0;
	cleanup_fd(&j->shared->fd);
	j->target = j->pm->strict
			    ? target_strict(rootfs, j->pm->target, e)
			    : sys_target_in_root(rootfs, j->pm->target, j->dir, NULL, e);
	if (j->target < 0)
		return j->target;
	return check_target(j, e);
}

/* tmpfs without mode=: the mode of the folder that it covers (MNT-08). */
static int cover_word(const struct job *j, char word[16], struct error *e)
{
	struct stat st;

	if (fstat(j->target, &st) < 0)
		return err_sys(e, errno, "fstat", "cannot look at the target");
	snprintf(word, 16, "mode=%04o", (unsigned)st.st_mode & 07777u);
	return 0;
}

static int create(struct job *j, struct error *e)
{
	const struct plan_mount *pm = j->pm;
	auto_free const char **many = NULL;
	const char *few[16], **words = few;
	char mode[16];
	size_t n = pm->n_data;

	if (n + 1 > ARRAY_SIZE(few)) {
		words = many = calloc(n + 1, sizeof(*words));
		if (!words)
			return err_set(
				e, ERR_SYSTEM, -ENOMEM, "no memory for mount options");
	}
	for (size_t i = 0; i < n; i++)
		words[i] = pm->data[i];
	if (pm->cover_mode) {
		int r = cover_word(j, mode, e);

		if (r < 0)
			return r;
		words[n++] = mode;
	}
	return sys_mount_ops()->create(
		pm->fs, pm->source ? pm->source : pm->fs, words, n, &j->attr, &j->m, e);
}

/* Known reasons of a refusal, which the errno alone does not tell. */
static void explain(const struct job *j, int r, struct error *e)
{
	static const struct {
		const char *fs;
		int code;
		const char *hint;
	} rows[] = {
		{ "proc", -EPERM,
			"a new proc needs an own pid namespace, and a proc without masks "
			"around us: an outer container has masked parts of it" },
		{ "sysfs", -EPERM,
			"a new sysfs needs a network namespace of the user namespace: add "
			"one, or bind /sys" },
		{ "mqueue", -EPERM,
			"a new mqueue needs an ipc namespace of the user namespace" },
		{ "devpts", -EINVAL,
			"gid= and uid= must be in the mappings of the user namespace" },
		{ "cgroup2", -EPERM,
			"a new cgroup2 needs a cgroup namespace of the user namespace" },
	};

	if (r == -ENODEV && j->pm->fs)
		err_hint(e,
			"the kernel does not know this file system: see /proc/filesystems");
	for (size_t i = 0; j->pm->fs && i < ARRAY_SIZE(rows); i++)
		if (in_userns(j->ctx) && rows[i].code == r &&
			strcmp(rows[i].fs, j->pm->fs) == 0)
			err_hint(e, "%s", rows[i].hint);
}

static bool has_word(const struct plan_mount *pm, const char *prefix)
{
	for (size_t i = 0; i < pm->n_data; i++)
		if (strncmp(pm->data[i], prefix, strlen(prefix)) == 0)
			return true;
	return false;
}

/* The folder's content; of its own owner and mode only what no option says (MOPT-23). */
static int copy_up(const struct job *j, int root, struct error *e)
{
	auto_fd int fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat given;
	uid_t uid;
	gid_t gid;
	int r;

	if (fd < 0 || fstat(fd, &given) < 0)
		return err_sys(e, errno, "fstat", "cannot look at the new tmpfs");
	r = tmpcopyup(j->target, root, e);
	if (r < 0)
		return r;
	uid = has_word(j->pm, "uid=") ? given.st_uid : (uid_t)-1;
	gid = has_word(j->pm, "gid=") ? given.st_gid : (gid_t)-1;
	if ((uid != (uid_t)-1 || gid != (gid_t)-1) && fchown(fd, uid, gid) < 0)
		return err_sys(e, errno, "fchown", "cannot give the new tmpfs its owner");
	if (!j->pm->cover_mode && fchmod(fd, given.st_mode & 07777) < 0)
		return err_sys(e, errno, "fchmod", "cannot give the new tmpfs its mode");
	return 0;
}

/* Attach, then what had to wait for it. */
static int place(struct job *j, struct error *e)
{
	const struct sys_mount_attr readonly = { .set = MOUNT_ATTR_RDONLY };
	const struct plan_mount *pm = j->pm;
	auto_fd int root = sys_mount_ops()->attach(&j->m, j->target, e);
	struct step_late *late;
	int r = 0;

	if (root < 0)
		return root;
	/* target still is the covered folder: it was opened before. */
	if (pm->tmpcopyup)
		r = copy_up(j, root, e);
	if (r < 0)
		return r;
	if (!readonly_later(pm) || !is_readonly(pm)) {
		if (pm->kind == PLAN_MOUNT_NEW && strcmp(pm->fs, "tmpfs") == 0 &&
			!pm->tmpcopyup && j->shared->fd < 0) {
			j->shared->fd = take_fd(&root);
			j->shared->path = pm->target;
		}
		return 0;
	}
	if (!pm->late_readonly)
		return sys_mount_ops()->change(root, &readonly, e);
	late = realloc(j->ctx->late, (j->ctx->n_late + 1) * sizeof(*late));
	if (!late)
		return err_set(e, ERR_SYSTEM, -ENOMEM, "no memory for a mount");
	j->ctx->late = late;
	late[j->ctx->n_late++] =
		(struct step_late){ .fd = take_fd(&root), .index = j->index };
	return 0;
}

/* The container's own cgroup2 by a bind, where the kernel gives no new mount (MNT-06). */
static int own_cgroup2(struct job *j, struct error *e)
{
	const struct plan_cgroup *cg = j->ctx->plan->cgroup;

	for (size_t i = 0; cg && i < cg->n_hierarchies; i++) {
		const struct plan_hierarchy *h = &cg->hierarchies[i];
		auto_fd int fd = -EBADF;
		char path[PATH_MAX];
		bool inside = j->ctx->plan->private_flags & ns_table[NS_CGROUP].flag;

		if (!h->v2)
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s%s%s", h->mountpoint,
			    inside ? "/" : "", inside ? h->path : "") >= sizeof(path))
			return err_set(e, ERR_CONFIG, -ENAMETOOLONG,
				"the cgroup path is too long");
		fd = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return err_sys(
				e, errno, "open", "cannot open the cgroup %s", path);
		return sys_mount_ops()->clone(fd, false, &j->attr, &j->m, e);
	}
	return err_set(e, ERR_HOST, -ENODEV, "there is no cgroup2 hierarchy to bind");
}

static int do_new(struct job *j, struct error *e)
{
	int r = check_on_proc(j, -EBADF, e);

	j->dir = true;
	if (r == 0)
		r = open_target(j, e);
	if (r == 0)
		r = create(j, e);
	if ((r == -EPERM || r == -EBUSY) && j->pm->fs &&
		strcmp(j->pm->fs, "cgroup2") == 0) {
		struct error second = ERROR_INIT;
		int again = own_cgroup2(j, &second);

		/* The first refusal says more than that of the substitute. */
		err_done(&second);
		if (again == 0)
			r = 0;
	}
	return r < 0 ? r : place(j, e);
}

/* The bind's mount, made here or, where the source is out of reach, by the parent. */
static int get_bind(struct job *j, struct error *e)
{
	const struct plan_mount *pm = j->pm;
	auto_fd int fd = openat(AT_FDCWD, pm->source, O_PATH | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0 && errno == EACCES && in_userns(j->ctx) && j->ctx->ask) {
		r = j->ctx->ask(j->ctx, MSG_NEED_MOUNT, (uint32_t)j->index, &j->m.fd, e);
		if (r < 0)
			return r;
		j->m.bind = true;
		j->m.attr = j->attr;
		if (fstat(j->m.fd, &st) < 0)
			return err_sys(e, errno, "fstat", "cannot look at the source");
		j->dir = S_ISDIR(st.st_mode);
		return check_on_proc(j, j->m.fd, e);
	}
	if (fd < 0)
		return err_sys(e, errno, "open", "cannot open the source");
	if (fstat(fd, &st) < 0)
		return err_sys(e, errno, "fstat", "cannot look at the source");
	j->dir = S_ISDIR(st.st_mode);
	r = check_on_proc(j, fd, e);
	return r < 0 ? r : sys_mount_ops()->clone(fd, pm->recursive, &j->attr, &j->m, e);
}

static int do_bind(struct job *j, struct error *e)
{
	int r = get_bind(j, e);

	if (r == 0)
		r = open_target(j, e);
	return r < 0 ? r : place(j, e);
}

static int do_remount(struct job *j, struct error *e)
{
	const struct plan_mount *pm = j->pm;

	j->target = sys_open_in_root(j->ctx->rootfs_fd, pm->target, O_PATH, e);
	if (j->target < 0)
		return j->target;
	if (pm->fs)
		return sys_mount_ops()->reconfigure(j->target,
			(const char *const *)pm->data, pm->n_data, &j->attr, e);
	return sys_mount_ops()->change(j->target, &j->attr, e);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "cpu" and "cpuacct" beside "cpu,cpuacct", as every host has them. */
static int controller_links(
	const struct plan_hierarchy *h, int dir, const char *name, struct error *e)
{
	for (size_t i = 0; i < h->n_controllers; i++) {
		const char *c = h->controllers[i];

		if (strcmp(c, name) == 0 || strchr(c, '=') || strchr(c, '/'))
			continue;
		if (symlinkat(name, dir, c) < 0 && errno != EEXIST)
			return err_sys(
				e, errno, "symlinkat", "cannot make the link %s", c);
	}
	return 0;
}

static int one_hierarchy(const struct plan_hierarchy *h, int dir,
	const struct sys_mount_attr *attr, struct error *e)
{
	const char *name = base_name(h->mountpoint);
	char path[PATH_MAX];
	int r;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", h->mountpoint, h->path) >=
		sizeof(path))
		return err_set(
			e, ERR_CONFIG, -ENAMETOOLONG, "the cgroup path is too long");
	if (mkdirat(dir, name, 0755) < 0)
		return err_sys(e, errno, "mkdirat", "cannot make the folder %s", name);
	r = sys_mount_bind_below(path, dir, name, attr, e);
	if (r == -ENOENT && !h->required) {
		err_done(e);
		unlinkat(dir, name, AT_REMOVEDIR);
		return 0;
	}
	if (r < 0)
		return err_wrap(e, "the cgroup %s", path);
	return controller_links(h, dir, name, e);
}

/* MNT-06 on v1: a tmpfs with the container's cgroup of each hierarchy in it. */
static int do_cgroup1(struct job *j, struct error *e)
{
	static const char *const words[] = { "mode=755", "size=64k" };
	/* All of them by one call at the end, where the kernel changes trees. */
	bool tree = sys_mount_ops() == &sys_mount_fd_ops;
	uint64_t readonly = is_readonly(j->pm) ? MOUNT_ATTR_RDONLY : 0;
	const struct sys_mount_attr each = { .set = tree ? 0 : j->pm->set | readonly,
		.clear = tree ? 0 : j->pm->clear };
	const struct sys_mount_attr last = {
		.set = tree ? 0 : readonly,
		.rset = tree ? j->pm->set | readonly : 0,
		.rclear = tree ? j->pm->clear : 0,
	};
	const struct plan_cgroup *cg = j->ctx->plan->cgroup;
	auto_fd int root = -EBADF;
	int r;

	j->dir = true;
	r = open_target(j, e);
	if (r == 0)
		r = sys_mount_ops()->create(
			"tmpfs", "tmpfs", words, ARRAY_SIZE(words), &j->attr, &j->m, e);
	if (r == 0)
		r = root = sys_mount_ops()->attach(&j->m, j->target, e);
	for (size_t i = 0; r >= 0 && cg && i < cg->n_hierarchies; i++)
		r = one_hierarchy(&cg->hierarchies[i], root, &each, e);
	if (r >= 0 && (last.set | last.rset | last.rclear))
		r = sys_mount_ops()->change(root, &last, e);
	return r < 0 ? r : 0;
}

static int do_kind(struct job *j, struct error *e)
{
	switch ((enum plan_mount_kind)j->pm->kind) {
	case PLAN_MOUNT_NEW:
		return do_new(j, e);
	case PLAN_MOUNT_BIND:
		return do_bind(j, e);
	case PLAN_MOUNT_REMOUNT:
		return do_remount(j, e);
	case PLAN_MOUNT_CGROUP1:
		return do_cgroup1(j, e);
	}
	return err_set(e, ERR_BUG, -EINVAL, "a mount of kind %u", j->pm->kind);
}

static int one(struct step_ctx *ctx, size_t index, struct shared *shared, struct error *e)
{
	const struct plan_mount *pm = &ctx->plan->mounts[index];
	struct job j = { .ctx = ctx,
		.pm = pm,
		.index = index,
		.m = SYS_MOUNT_INIT,
		.target = -EBADF,
		.shared = shared };
	int r = make_attr(pm, &j.attr, e);

	if (r == 0)
		r = do_kind(&j, e);
	sys_mount_drop(&j.m);
	cleanup_fd(&j.target);
	if (r >= 0)
		return 0;
	explain(&j, r, e);
	err_wrap(e, "%s %s on %s", pm->kind == PLAN_MOUNT_REMOUNT ? "remount" : "mount",
		pm->kind == PLAN_MOUNT_NEW && pm->fs ? pm->fs
		: pm->source			     ? pm->source
						     : "cgroup",
		pm->target);
	step_origin(e, pm->at_line, pm->at_column, pm->at_path);
	return r;
}

static int apply_mounts(struct step_ctx *ctx, struct error *e)
{
	struct shared shared = { .fd = -EBADF };
	int r = 0;

	if (fstat(ctx->rootfs_fd, &shared.root) < 0)
		return err_sys(e, errno, "fstat", "cannot look at the root");
	for (size_t i = 0; r == 0 && i < ctx->plan->n_mounts; i++)
		r = one(ctx, i, &shared, e);
	cleanup_fd(&shared.fd);
	return r;
}

static bool wants_mounts(const struct plan *plan)
{
	return plan->n_mounts > 0;
}

const struct step step_mounts = {
	.name = "mounts",
	.actor = ACTOR_INIT,
	.phase = PHASE_ROOT,
	.after = (const char *const[]){ "root", "cgroup-ns", NULL },
	.why = "they lie in the root; a cgroup mount shows the cgroup namespace's root",
	.wanted = wants_mounts,
	.apply = apply_mounts,
};

static int apply_readonly(struct step_ctx *ctx, struct error *e)
{
	const struct sys_mount_attr attr = { .set = MOUNT_ATTR_RDONLY };

	for (size_t i = 0; i < ctx->n_late; i++) {
		const struct plan_mount *pm = &ctx->plan->mounts[ctx->late[i].index];
		int r = sys_mount_ops()->change(ctx->late[i].fd, &attr, e);

		if (r < 0) {
			err_wrap(e, "make %s read-only", pm->target);
			step_origin(e, pm->at_line, pm->at_column, pm->at_path);
			return r;
		}
		cleanup_fd(&ctx->late[i].fd);
	}
	return 0;
}

static bool wants_readonly(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_mounts; i++)
		if (plan->mounts[i].late_readonly)
			return true;
	return false;
}

const struct step step_readonly_mounts = {
	.name = "readonly-mounts",
	.actor = ACTOR_INIT,
	.phase = PHASE_INSIDE,
	.after = (const char *const[]){ "mounts", "devices", "dev-links", "cwd-make",
		"stdio", NULL },
	.why = "nodes, links and folders are made in them first",
	.wanted = wants_readonly,
	.apply = apply_readonly,
};
