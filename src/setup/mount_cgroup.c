/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts of type cgroup: the container's own cgroups (MNT-06). */
#include "config.h"

#include "setup/mountjob.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/path.h"
#include "sys/mount.h"
#include "sys/ns.h"

#define MAGIC_CGROUP2 0x63677270U
#define INITIAL_CGROUP_NS 0xeffffffbU /* PROC_CGROUP_INIT_INO of the kernel */

bool mount_in_cgroup_ns(const struct mount_job *j)
{
	const struct plan *plan = j->ctx->plan;
	uint64_t ino;

	if (!(plan->private_flags & ns_table[NS_CGROUP].flag))
		return false;
	return plan->new_cgroup_ns || ns_inode(NS_CGROUP, &ino, NULL) < 0 ||
	       ino != INITIAL_CGROUP_NS;
}

static int bind_cgroup2(struct mount_job *j, const char *path, struct error *e)
{
	auto_fd int fd = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, errno, "open", "cannot open the cgroup %s", path);
	return sys_mount_ops()->clone(fd, false, &j->attr, &j->m, e);
}

/* Where no cgroup is made for the container, the plan names no hierarchy. */
static const char *usual_cgroup2(void)
{
	static const char *const usual[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	struct statfs fs;

	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		if (statfs(usual[i], &fs) == 0 && (uint32_t)fs.f_type == MAGIC_CGROUP2)
			return usual[i];
	return NULL;
}

int mount_own_cgroup2(struct mount_job *j, struct error *e)
{
	const struct plan_cgroup *cg = j->ctx->plan->cgroup;
	const char *usual;

	for (size_t i = 0; cg && i < cg->n_hierarchies; i++) {
		const struct plan_hierarchy *h = &cg->hierarchies[i];
		bool inside = mount_in_cgroup_ns(j);
		char path[PATH_MAX];

		if (!h->v2)
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s%s%s", h->mountpoint,
			    inside ? "/" : "", inside ? h->path : "") >= sizeof(path))
			return err_set(e, ERR_CONFIG, -ENAMETOOLONG,
				"the cgroup path is too long");
		return bind_cgroup2(j, path, e);
	}
	usual = mount_in_cgroup_ns(j) ? NULL : usual_cgroup2();
	if (usual)
		return bind_cgroup2(j, usual, e);
	return err_set(e, ERR_HOST, -ENODEV, "there is no cgroup2 hierarchy to bind");
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
	const char *name = path_last(h->mountpoint);
	char path[PATH_MAX];
	int r;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", h->mountpoint, h->path) >=
		sizeof(path))
		return err_set(
			e, ERR_CONFIG, -ENAMETOOLONG, "the cgroup path is too long");
	if (mkdirat(dir, name, 0755) < 0)
		/* What was made for the container is there: the caller's is not wanted. */
		return errno == EEXIST && !h->required
			       ? 0
			       : err_sys(e, errno, "mkdirat", "cannot make the folder %s",
					 name);
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

/* What the tmpfs and all that is in it gets. */
static uint64_t tree_attrs(const struct plan_mount *pm)
{
	uint64_t own = MOUNT_ATTR__ATIME & pm->set;

	/* The atime kinds are numbers, not bits. */
	return (own ? pm->rset & ~(uint64_t)MOUNT_ATTR__ATIME : pm->rset) | pm->set;
}

/* MNT-06 on v1: a tmpfs with the container's cgroup of each hierarchy in it. */
int mount_cgroup1(struct mount_job *j, struct error *e)
{
	const char *label = j->ctx->plan->label_word;
	const char *const words[] = { "mode=755", "size=64k", label ? label : "" };
	/* All of them by one call at the end, where the kernel changes trees. */
	bool tree = sys_mount_ops() == &sys_mount_fd_ops;
	uint64_t readonly = mount_is_readonly(j->pm) ? MOUNT_ATTR_RDONLY : 0;
	const uint64_t whole = tree_attrs(j->pm) | readonly;
	/* A new mount has nothing to clear, but the binds have: mount_setattr(2) takes a kind of
	 * atime only when the whole field is cleared. */
	const uint64_t atime = whole & MOUNT_ATTR__ATIME ? MOUNT_ATTR__ATIME : 0;
	const struct sys_mount_attr each = { .set = tree ? 0 : j->pm->set | readonly,
		.clear = tree ? 0 : j->pm->clear };
	/* The caller's, up to the root with its release_agent: to be looked at only. */
	const struct sys_mount_attr others = { .set = each.set | MOUNT_ATTR_RDONLY,
		.clear = each.clear };
	const struct sys_mount_attr last = {
		.set = tree ? 0 : readonly,
		.rset = tree ? whole : 0,
		.rclear = tree ? (j->pm->clear | j->pm->rclear | atime) &
					  ~(uint64_t)MOUNT_ATTR_RDONLY
			       : 0,
	};
	const struct plan *plan = j->ctx->plan;
	const struct plan_cgroup *cg = plan->cgroup;
	auto_fd int root = -EBADF;
	int r;

	j->dir = true;
	r = mount_target_open(j, e);
	if (r == 0)
		r = sys_mount_ops()->create(
			"tmpfs", "tmpfs", words, ARRAY_SIZE(words), &j->attr, &j->m, e);
	if (r == 0)
		r = root = sys_mount_ops()->attach(&j->m, j->target, e);
	for (size_t i = 0; r >= 0 && cg && i < cg->n_hierarchies; i++)
		r = one_hierarchy(&cg->hierarchies[i], root, &each, e);
	for (size_t i = 0; r >= 0 && i < plan->n_own_cgroups; i++)
		r = one_hierarchy(&plan->own_cgroups[i], root, &others, e);
	if (r >= 0 && (last.set | last.rset | last.rclear))
		r = sys_mount_ops()->change(root, &last, e);
	return r < 0 ? r : 0;
}
