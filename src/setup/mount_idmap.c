/* SPDX-License-Identifier: Apache-2.0 */
/* Mapping the owners of a mount, by a user namespace that nobody else is in. Runs in the parent:
 * the kernel wants rights over the file system's user namespace and over the one that maps. */
#include "config.h"

#include "setup/step.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/clone.h"
#include "sys/mount.h"
#include "sys/mountinfo.h"
#include "sys/ns.h"
#include "sys/pidfd.h"
#include "sys/proc.h"

/*
 * All that the child does is to be there until it is killed. It has full capabilities, but over
 * its own empty namespace only, and it is in our pid namespace, not in the container's.
 */
static void idle(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == parent)
		pause();
	_exit(0);
}

/*
 * Its namespace by its number: that cannot be another process's, because the child is ours and was
 * not waited for (SIGCHLD is not ignored: run/create.c). Nor does its handle say that it ended,
 * which is asked after the namespace was opened (B14).
 */
static int namespace_of(
	pid_t pid, int pidfd, const struct plan_mount *pm, struct error *e)
{
	const struct plan maps = {
		.uid_map = pm->uid_map,
		.n_uid_map = pm->n_uid_map,
		.gid_map = pm->gid_map,
		.n_gid_map = pm->n_gid_map,
	};
	auto_fd int fd = -EBADF;
	int r = step_idmap_write(&maps, pid, e);

	if (r < 0)
		return r;
	fd = ns_open_pid(pid, NS_USER, e);
	if (fd < 0)
		return fd;
	r = pidfd_ended(pidfd, pid, 0, 0);
	if (r != 0)
		return err_set(e, ERR_SYSTEM, r < 0 ? r : -ESRCH,
			"the process that held a mount's user namespace has ended");
	return take_fd(&fd);
}

static int own_namespace(const struct plan_mount *pm, struct error *e)
{
	struct sys_clone c = { .flags = ns_table[NS_USER].flag, .cgroup_fd = -EBADF };
	auto_fd int pidfd = -EBADF;
	pid_t self = getpid();
	pid_t pid = sys_clone(&c, e);
	int fd;

	if (pid == 0)
		idle(self);
	if (pid < 0) {
		err_wrap(e, "a user namespace for the mappings of a mount");
		return pid;
	}
	pidfd = take_fd(&c.pidfd);
	fd = namespace_of(pid, pidfd, pm, e);
	/* It is ours and not waited for, so the number is still its. */
	pidfd_kill(pidfd, pid, 0, SIGKILL);
	pidfd_wait(pid, NULL);
	return fd;
}

struct type_of {
	uint64_t id;
	char name[64];
};

static int note_type(void *arg, const struct mountinfo *m)
{
	struct type_of *t = arg;

	if ((uint64_t)(unsigned)m->id != t->id)
		return 0;
	snprintf(t->name, sizeof(t->name), "%s", m->fstype);
	return 1;
}

/* The source's mount, because a detached one is in no list. */
static void type_of_source(const char *source, struct type_of *t)
{
	auto_fd int fd = openat(AT_FDCWD, source, O_PATH | O_CLOEXEC);

	t->id = 0;
	snprintf(t->name, sizeof(t->name), "unknown");
	if (fd >= 0 && sys_mount_id(fd, &t->id, NULL) == 0)
		mountinfo_each(note_type, t, NULL);
}

static int explain(const struct plan_mount *pm, int r, struct error *e)
{
	struct type_of t;

	if (r != -EINVAL && r != -EPERM)
		return r;
	type_of_source(pm->source, &t);
	if (r == -EINVAL) {
		err_sys(e, EINVAL, "mount_setattr",
			"the file system %s%s cannot be id-mapped", t.name,
			pm->idmap_tree ? " or one below it" : "");
		err_hint(e,
			"the kernel has id-mapped mounts for some file systems only, and none of "
			"what is id-mapped already");
		return r;
	}
	err_hint(e,
		"mapping a mount of %s needs CAP_SYS_ADMIN in the user namespace that the file "
		"system was mounted in, and another user namespace than that one",
		t.name);
	return r;
}

int step_mount_idmap(const struct plan_mount *pm, int mount, pid_t pid, struct error *e)
{
	auto_fd int userns = pm->idmap == PLAN_IDMAP_OWN ? own_namespace(pm, e)
							 : ns_open_pid(pid, NS_USER, e);
	int r;

	if (userns < 0)
		return userns;
	r = sys_mount_idmap(mount, userns, pm->idmap_tree, e);
	return r < 0 ? explain(pm, r, e) : 0;
}
