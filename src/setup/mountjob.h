/* SPDX-License-Identifier: Apache-2.0 */
/* One mount of the list on its way: what the files of mounts share. */
#ifndef DAVIT_SETUP_MOUNTJOB_H
#define DAVIT_SETUP_MOUNTJOB_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "plan/plan.h"
#include "setup/step.h"
#include "sys/mount.h"
#include "sys/syscalls.h"

/* What the mounts of a list share. */
struct mount_shared {
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
struct mount_job {
	struct step_ctx *ctx;
	const struct plan_mount *pm;
	size_t index;
	struct sys_mount_attr attr;
	struct sys_mount m;
	char *link; /* heap: the text of a source that is a link to be copied, or NULL */
	int target; /* O_PATH */
	bool dir;   /* target must be a folder */
	bool made;  /* target was not there: it says nothing about modes (MNT-08) */
	struct mount_shared *shared;
};

/*
 * Open (or make) the target of a job below the root and check it: never the root, never a part of
 * proc that must not be covered (B1 to B5). j->dir says which kind it must be. Sets j->target.
 */
int mount_target_open(struct mount_job *j, struct error *e);
/* Make j->link at the target in place of a mount (copy-symlink). The same link is fine; -EEXIST
 * when something else is there. */
int mount_link_make(struct mount_job *j, struct error *e);
/* What may be put on /proc: a procfs. source (O_PATH) is a bind's, or -EBADF. -EINVAL. */
int mount_check_on_proc(const struct mount_job *j, int source, struct error *e);

/* The source of a bind as O_PATH descriptor, the only time that its path is resolved (B10). As
 * openat(2): -1 and errno. */
static inline int mount_source_open(const struct plan_mount *pm)
{
	int last = pm->src_nofollow || pm->copy_symlink ? O_NOFOLLOW : 0;

	return openat(AT_FDCWD, pm->source, O_PATH | O_CLOEXEC | last);
}

static inline bool mount_is_readonly(const struct plan_mount *pm)
{
	return ((pm->set | pm->rset) & MOUNT_ATTR_RDONLY) || (pm->sb_flags & MS_RDONLY);
}

/* Add advice to an error whose errno alone does not tell the reason: what the kernel asks of a user
 * namespace for a new mount of this type, and what masks parts of /proc or /sys around us. */
void mount_explain(const struct mount_job *j, int r, struct error *e);

/* A tmpfs with the container's cgroup of each v1 hierarchy in it, in place (MNT-06). */
int mount_cgroup1(struct mount_job *j, struct error *e);
/* Has the container a cgroup namespace that is not the initial one? (It may have joined that by a
 * path.) */
bool mount_in_cgroup_ns(const struct mount_job *j);
/*
 * cgroup2 by a bind, as j->m: the container's own cgroup, or without a cgroup namespace the whole
 * hierarchy. -ENODEV when there is none.
 */
int mount_own_cgroup2(struct mount_job *j, struct error *e);

#endif
