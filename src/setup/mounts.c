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
#include "base/grow.h"
#include "base/path.h"
#include "setup/mountjob.h"
#include "setup/tmpcopyup.h"
#include "sync/message.h"
#include "sys/label.h"
#include "sys/mount.h"
#include "sys/ns.h"
#include "sys/open.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

static bool in_userns(const struct step_ctx *ctx)
{
	return ctx->plan->private_flags & ns_table[NS_USER].flag;
}

/* Read-only comes later where something is still to be made inside. */
static bool readonly_later(const struct plan_mount *pm)
{
	return pm->late_readonly || pm->tmpcopyup || pm->kind == PLAN_MOUNT_CGROUP1;
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

/* Only what the image has: of a folder that was made for the mount the kernel's 1777 is left, or
 * only root could use it. */
static bool takes_mode(const struct mount_job *j)
{
	return j->pm->cover_mode && !j->made;
}

/* tmpfs without mode=: the mode of the folder that it covers (MNT-08). */
static int cover_word(const struct mount_job *j, char word[16], struct error *e)
{
	struct stat st;

	if (fstat(j->target, &st) < 0)
		return err_sys(e, errno, "fstat", "cannot look at the target");
	snprintf(word, 16, "mode=%04o", (unsigned)st.st_mode & 07777u);
	return 0;
}

static int create(struct mount_job *j, struct error *e)
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
	if (takes_mode(j)) {
		int r = cover_word(j, mode, e);

		if (r < 0)
			return r;
		words[n++] = mode;
	}
	return sys_mount_ops()->create(
		pm->fs, pm->source ? pm->source : pm->fs, words, n, &j->attr, &j->m, e);
}

/* key is ",uid=" or the like; a word may hold several options (MNT-09). */
static bool has_option(const struct plan_mount *pm, const char *key)
{
	for (size_t i = 0; i < pm->n_data; i++)
		if (strncmp(pm->data[i], key + 1, strlen(key + 1)) == 0 ||
			strstr(pm->data[i], key))
			return true;
	return false;
}

/* The folder's content; of its own owner and mode only what no option says (MOPT-23). */
static int copy_up(const struct mount_job *j, int root, struct error *e)
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
	uid = has_option(j->pm, ",uid=") ? given.st_uid : (uid_t)-1;
	gid = has_option(j->pm, ",gid=") ? given.st_gid : (gid_t)-1;
	if ((uid != (uid_t)-1 || gid != (gid_t)-1) && fchown(fd, uid, gid) < 0)
		return err_sys(e, errno, "fchown", "cannot give the new tmpfs its owner");
	if (!takes_mode(j) && fchmod(fd, given.st_mode & 07777) < 0)
		return err_sys(e, errno, "fchmod", "cannot give the new tmpfs its mode");
	return 0;
}

/* LABEL-01 */
static int label_root(int root, const char *label, struct error *e)
{
	auto_fd int fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, errno, "openat", "cannot open the new mount");
	return label_selinux_file(fd, label, e);
}

/* Keep the root of a mount, *fd, that becomes read-only at the end. */
static int keep_late(const struct mount_job *j, int *fd, struct error *e)
{
	struct step_late *late = grow(j->ctx->late, j->ctx->n_late, sizeof(*late));

	if (!late)
		return err_set(e, ERR_SYSTEM, -ENOMEM, "no memory for a mount");
	j->ctx->late = late;
	late[j->ctx->n_late++] =
		(struct step_late){ .fd = take_fd(fd), .index = j->index };
	return 0;
}

/* Where the root of a mount of procfs or sysfs is kept for the masks (B7), or NULL. */
static int *kernel_top(struct step_ctx *ctx, const struct plan_mount *pm)
{
	if (ctx->plan->n_masked + ctx->plan->n_readonly == 0 ||
		pm->kind == PLAN_MOUNT_REMOUNT)
		return NULL;
	if (strcmp(pm->target, "/proc") == 0)
		return &ctx->proc_fd;
	return strcmp(pm->target, "/sys") == 0 ? &ctx->sys_fd : NULL;
}

/* Is it a mount of procfs at /proc, of sysfs at /sys? */
static bool is_kernels(const struct plan_mount *pm, int root)
{
	bool proc = strcmp(pm->target, "/proc") == 0;
	struct statfs fs;

	if (pm->kind == PLAN_MOUNT_NEW)
		return strcmp(pm->fs, proc ? "proc" : "sysfs") == 0;
	return fstatfs(root, &fs) == 0 &&
	       (uint32_t)fs.f_type == (proc ? SYS_MAGIC_PROC : SYS_MAGIC_SYSFS);
}

/* Keep the root of a mount, *fd, that somebody asks for later. */
static void keep_root(const struct mount_job *j, int *fd)
{
	const struct plan_mount *pm = j->pm;
	int *top = kernel_top(j->ctx, pm);

	if (top && is_kernels(pm, *fd)) {
		*top = take_fd(fd);
	} else if (pm->kind == PLAN_MOUNT_NEW && strcmp(pm->fs, "tmpfs") == 0 &&
		   !pm->tmpcopyup && j->shared->fd < 0) {
		j->shared->fd = take_fd(fd);
		j->shared->path = pm->target;
	}
}

/* Attach, then what had to wait for it. */
static int place(struct mount_job *j, struct error *e)
{
	const struct sys_mount_attr readonly = { .set = MOUNT_ATTR_RDONLY };
	const struct plan_mount *pm = j->pm;
	auto_fd int root = sys_mount_ops()->attach(&j->m, j->target, e);
	int r = 0;

	if (root < 0)
		return root;
	if (pm->label)
		r = label_root(root, pm->label, e);
	if (r < 0)
		return r;
	/* target still is the covered folder: it was opened before. */
	if (pm->tmpcopyup)
		r = copy_up(j, root, e);
	if (r < 0)
		return r;
	if (!readonly_later(pm) || !mount_is_readonly(pm)) {
		keep_root(j, &root);
		return 0;
	}
	if (!pm->late_readonly)
		return sys_mount_ops()->change(root, &readonly, e);
	return keep_late(j, &root, e);
}

/*
 * The limits of the container bind us already (I5), and its device rules seldom name the device
 * of a file system that the configuration wants mounted. The parent may open it. In a user
 * namespace such a mount is refused for another reason, which stays.
 */
static int ask_device(struct mount_job *j, struct error *e)
{
	struct stat st;
	int r;

	if (in_userns(j->ctx) || !j->ctx->ask || !j->pm->source ||
		j->pm->source[0] != '/' || stat(j->pm->source, &st) < 0 ||
		!S_ISBLK(st.st_mode))
		return -EPERM;
	r = j->ctx->ask(j->ctx, MSG_NEED_MOUNT, (uint32_t)j->index, &j->m.fd, e);
	if (r == 0)
		j->m.attr = j->attr;
	return r;
}

static bool is_cgroup2(const struct plan_mount *pm)
{
	return pm->fs && strcmp(pm->fs, "cgroup2") == 0;
}

/*
 * A new mount of cgroup2 from the initial cgroup namespace would set the options of the host's
 * hierarchy anew, and take nsdelegate away for everybody (kernel: apply_cgroup_root_flags). A bind
 * shows the same.
 */
static int host_cgroup2(struct mount_job *j, struct error *e)
{
	if (j->pm->n_data)
		return err_set(e, ERR_CONFIG, -EINVAL,
			"without a cgroup namespace the option %s of cgroup2 is the host's",
			j->pm->data[0]);
	return mount_own_cgroup2(j, e);
}

/* Another way to what the kernel refused with r, which says more than a second refusal. */
static int second_way(struct mount_job *j, int r, struct error *e)
{
	struct error second = ERROR_INIT;
	int again = r;

	if ((r == -EPERM || r == -EBUSY) && is_cgroup2(j->pm))
		again = mount_own_cgroup2(j, &second);
	else if (r == -EPERM)
		again = ask_device(j, &second);
	err_done(&second);
	if (again < 0)
		return r;
	err_done(e);
	return 0;
}

static int do_new(struct mount_job *j, struct error *e)
{
	int r = mount_check_on_proc(j, -EBADF, e);

	j->dir = true;
	if (r == 0)
		r = mount_target_open(j, e);
	if (r < 0)
		return r;
	r = is_cgroup2(j->pm) && !mount_in_cgroup_ns(j) ? host_cgroup2(j, e)
							: create(j, e);
	if (r < 0)
		r = second_way(j, r, e);
	return r < 0 ? r : place(j, e);
}

static int read_link(struct mount_job *j, int fd, struct error *e)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(fd, "", text, sizeof(text) - 1);

	if (n < 0)
		return err_sys(e, errno, "readlinkat", "cannot read the source");
	text[n] = '\0';
	j->link = strdup(text);
	return j->link ? 0 : err_set(e, ERR_SYSTEM, -ENOMEM, "no memory for a link");
}

/* The bind's mount from the parent: its source is out of reach here, or it is mapped. */
static int ask_bind(struct mount_job *j, struct error *e)
{
	struct stat st;
	int r = j->ctx->ask(j->ctx, MSG_NEED_MOUNT, (uint32_t)j->index, &j->m.fd, e);

	if (r < 0)
		return r;
	j->m.bind = true;
	j->m.attr = j->attr;
	if (fstat(j->m.fd, &st) < 0)
		return err_sys(e, errno, "fstat", "cannot look at the source");
	if (j->pm->copy_symlink && S_ISLNK(st.st_mode))
		return read_link(j, j->m.fd, e);
	j->dir = S_ISDIR(st.st_mode);
	return mount_check_on_proc(j, j->m.fd, e);
}

static int get_bind(struct mount_job *j, struct error *e)
{
	const struct plan_mount *pm = j->pm;
	auto_fd int fd = -EBADF;
	struct stat st;
	int r;

	/* Root of a user namespace has no rights over the file system to be mapped. */
	if (pm->idmap != PLAN_IDMAP_NONE)
		return ask_bind(j, e);
	fd = mount_source_open(pm);
	if (fd < 0 && errno == EACCES && in_userns(j->ctx) && j->ctx->ask)
		return ask_bind(j, e);
	if (fd < 0)
		return err_sys(e, errno, "open", "cannot open the source");
	if (fstat(fd, &st) < 0)
		return err_sys(e, errno, "fstat", "cannot look at the source");
	if (pm->copy_symlink && S_ISLNK(st.st_mode))
		return read_link(j, fd, e);
	j->dir = S_ISDIR(st.st_mode);
	r = mount_check_on_proc(j, fd, e);
	return r < 0 ? r : sys_mount_ops()->clone(fd, pm->recursive, &j->attr, &j->m, e);
}

static int do_bind(struct mount_job *j, struct error *e)
{
	int r = get_bind(j, e);

	if (r == 0 && j->link)
		return mount_link_make(j, e);
	if (r == 0)
		r = mount_target_open(j, e);
	return r < 0 ? r : place(j, e);
}

static int do_remount(struct mount_job *j, struct error *e)
{
	const struct plan_mount *pm = j->pm;
	int r;

	j->target = sys_open_in_root(j->ctx->rootfs_fd, pm->target,
		O_PATH | (pm->dest_nofollow ? O_NOFOLLOW : 0), e);
	if (j->target < 0)
		return j->target;
	if (pm->fs)
		r = sys_mount_ops()->reconfigure(j->target, (const char *const *)pm->data,
			pm->n_data, &j->attr, e);
	else
		r = sys_mount_ops()->change(j->target, &j->attr, e);
	return r == 0 && pm->late_readonly ? keep_late(j, &j->target, e) : r;
}

static int do_kind(struct mount_job *j, struct error *e)
{
	switch ((enum plan_mount_kind)j->pm->kind) {
	case PLAN_MOUNT_NEW:
		return do_new(j, e);
	case PLAN_MOUNT_BIND:
		return do_bind(j, e);
	case PLAN_MOUNT_REMOUNT:
		return do_remount(j, e);
	case PLAN_MOUNT_CGROUP1:
		return mount_cgroup1(j, e);
	}
	return err_set(e, ERR_BUG, -EINVAL, "a mount of kind %u", j->pm->kind);
}

static int one(
	struct step_ctx *ctx, size_t index, struct mount_shared *shared, struct error *e)
{
	const struct plan_mount *pm = &ctx->plan->mounts[index];
	struct mount_job j = { .ctx = ctx,
		.pm = pm,
		.index = index,
		.m = SYS_MOUNT_INIT,
		.target = -EBADF,
		.shared = shared };
	int *top = kernel_top(ctx, pm);
	int r = make_attr(pm, &j.attr, e);

	/* What was there is covered from here on. */
	if (top)
		cleanup_fd(top);
	if (r == 0)
		r = do_kind(&j, e);
	sys_mount_drop(&j.m);
	cleanup_fd(&j.target);
	free(j.link);
	if (r >= 0)
		return 0;
	mount_explain(&j, r, e);
	if (pm->kind == PLAN_MOUNT_REMOUNT)
		err_wrap(e, "remount %s", pm->target);
	else
		err_wrap(e, "mount %s on %s",
			pm->kind == PLAN_MOUNT_NEW && pm->fs ? pm->fs
			: pm->source			     ? pm->source
							     : "cgroup",
			pm->target);
	step_origin(e, pm->at_line, pm->at_column, pm->at_path);
	return r;
}

static int apply_mounts(struct step_ctx *ctx, struct error *e)
{
	struct mount_shared shared = { .fd = -EBADF };
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

static int make_readonly(int fd, const struct plan_mount *pm, struct error *e)
{
	const struct sys_mount_attr attr = {
		.set = MOUNT_ATTR_RDONLY,
		.sb_flags = pm->sb_flags,
	};

	if (pm->sb_flags & MS_RDONLY)
		return sys_mount_ops()->reconfigure(fd, NULL, 0, &attr, e);
	return sys_mount_ops()->change(fd, &attr, e);
}

static int apply_readonly(struct step_ctx *ctx, struct error *e)
{
	for (size_t i = 0; i < ctx->n_late; i++) {
		const struct plan_mount *pm = &ctx->plan->mounts[ctx->late[i].index];
		int r = make_readonly(ctx->late[i].fd, pm, e);

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
