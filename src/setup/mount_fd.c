/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts that only the host side can open: a source that the ids of a user namespace cannot
 * reach. Runs in the parent. */
#include "config.h"

#include "setup/mountjob.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/clone.h"
#include "sys/mount.h"
#include "sys/ns.h"
#include "sys/pidfd.h"
#include "sys/sock.h"

/* pm NULL: the root file system. */
static int detached(const struct plan *plan, const struct plan_mount *pm,
	const struct sys_mount_attr *attr, pid_t pid, struct error *e)
{
	uint64_t propagation = plan->propagation & MS_SHARED ? 0 : MS_PRIVATE | MS_REC;
	const char *path = pm ? pm->source : plan->rootfs;
	struct sys_mount m = SYS_MOUNT_INIT;
	auto_fd int fd = -EBADF;
	int r;

	if (sys_mount_ops() != &sys_mount_fd_ops && pm && pm->idmap != PLAN_IDMAP_NONE)
		return err_set(e, ERR_HOST, -EOPNOTSUPP,
			"id-mapped mounts need open_tree (Linux 5.2) and mount_setattr "
			"(Linux 5.12)");
	if (sys_mount_ops() != &sys_mount_fd_ops)
		return err_set(e, ERR_HOST, -EOPNOTSUPP,
			"%s cannot be reached with the ids of the user namespace, and handing a "
			"mount over needs open_tree (Linux 5.2) and mount_setattr (Linux 5.12)",
			path);
	fd = pm ? mount_source_open(pm)
		: openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, errno, "open", "cannot open %s", path);
	r = sys_mount_ops()->clone(fd, !pm || pm->recursive, attr, &m, e);
	if (r == 0 && pm && pm->idmap != PLAN_IDMAP_NONE)
		r = step_mount_idmap(pm, m.fd, pid, e);
	/*
	 * The clone is a peer of the host's mount: what init mounts in it would appear on the host
	 * (B11). The child's namespace has made its own mounts private or slaves already.
	 */
	if (r == 0 && propagation)
		r = sys_mount_propagation(m.fd,
			plan->propagation & MS_SLAVE ? MS_SLAVE | MS_REC : propagation,
			e);
	if (r == 0)
		r = take_fd(&m.fd);
	sys_mount_drop(&m);
	return r;
}

static bool is_servable(const struct plan *plan, const struct plan_mount *pm)
{
	struct stat st;

	if (pm->kind != PLAN_MOUNT_NEW)
		return pm->kind == PLAN_MOUNT_BIND;
	return !(plan->private_flags & ns_table[NS_USER].flag) && pm->source &&
	       pm->source[0] == '/' && stat(pm->source, &st) == 0 && S_ISBLK(st.st_mode);
}

/* A file system of a block device, which the container's device rules keep init from opening. */
static int of_device(
	const struct plan_mount *pm, const struct sys_mount_attr *attr, struct error *e)
{
	struct sys_mount m = SYS_MOUNT_INIT;
	int r = sys_mount_ops()->create(pm->fs, pm->source, (const char *const *)pm->data,
		pm->n_data, attr, &m, e);

	if (r == 0 && m.fd < 0)
		r = err_set(e, ERR_HOST, -EOPNOTSUPP,
			"a mount of a device cannot be handed over without fsmount");
	if (r == 0)
		r = take_fd(&m.fd);
	sys_mount_drop(&m);
	return r;
}

static int open_here(const struct plan *plan, uint32_t index, pid_t pid, struct error *e)
{
	static const struct sys_mount_attr none;
	const struct plan_mount *pm;
	struct sys_mount_attr attr;
	int r;

	if (index == UINT32_MAX)
		return detached(plan, NULL, &none, pid, e);
	/* The child is asked to be honest, not trusted. */
	if (index >= plan->n_mounts || !is_servable(plan, &plan->mounts[index]))
		return err_set(e, ERR_BUG, -EPROTO, "init asked for mount %u", index);
	pm = &plan->mounts[index];
	attr = (struct sys_mount_attr){
		.set = pm->set,
		.clear = pm->clear,
		.rset = pm->rset,
		.rclear = pm->rclear,
		.sb_flags = pm->sb_flags,
	};
	r = pm->kind == PLAN_MOUNT_NEW ? of_device(pm, &attr, e)
				       : detached(plan, pm, &attr, pid, e);
	if (r >= 0)
		return r;
	err_wrap(e, "mount %s on %s", pm->source, pm->target);
	step_origin(e, pm->at_line, pm->at_column, pm->at_path);
	return r;
}

/*
 * The caller is not root: it may open the source, but has no rights over the mounts of its own
 * namespace. Over those of the container's it has, as the owner of the user namespace, and joining
 * that does not change its ids: so somebody who has both. Nothing of the image runs yet.
 */
static void __attribute__((noreturn))
visitor(const struct plan *plan, uint32_t index, pid_t pid, int to)
{
	const uint64_t flags = ns_table[NS_USER].flag | ns_table[NS_MOUNT].flag;
	auto_error struct error e = ERROR_INIT;
	unsigned char packed[4096];
	int fd = -EBADF, r;
	int pidfd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pidfd = pidfd_get(pid, 0, &e);
	r = pidfd < 0 ? pidfd : 0;
	if (r == 0)
		r = ns_join_process(pidfd, pid, flags, &e);
	if (r == 0)
		r = fd = open_here(plan, index, pid, &e);
	if (r >= 0)
		r = sock_send(to, "", 1, &fd, 1);
	else
		r = sock_send(to, packed, err_pack(&e, packed, sizeof(packed)), NULL, 0);
	_exit(r < 0 ? 1 : 0);
}

static int receive(int from, struct error *e)
{
	struct error got = ERROR_INIT;
	unsigned char bytes[4096];
	int fds[SOCK_MAX_FDS];
	size_t n_fds = 0;
	ssize_t n = sock_recv(from, bytes, sizeof(bytes), fds, &n_fds, -1);

	if (n > 0 && n_fds == 1)
		return fds[0];
	for (size_t i = 0; i < n_fds; i++)
		close(fds[i]);
	if (n <= 0 || n_fds > 0 || err_unpack(bytes, (size_t)n, &got) < 0)
		return err_set(e, ERR_SYSTEM, -ECHILD,
			"the process that opens a mount as the caller ended early");
	if (e)
		err_move(e, &got);
	err_done(&got);
	return e && e->code < 0 ? e->code : -EIO;
}

static int open_by_visitor(
	const struct plan *plan, uint32_t index, pid_t pid, struct error *e)
{
	struct sys_clone c = { .cgroup_fd = -EBADF, .pidfd = -EBADF };
	auto_fd int here = -EBADF, there = -EBADF;
	int ends[2], r = sock_pair(ends, e);
	pid_t helper;

	if (r < 0)
		return r;
	here = ends[0];
	there = ends[1];
	helper = sys_clone(&c, e);
	if (helper < 0)
		return err_wrap(e, "a process that opens a mount as the caller");
	if (helper == 0) {
		close(here);
		visitor(plan, index, pid, there);
	}
	cleanup_fd(&c.pidfd);
	cleanup_fd(&there);
	r = receive(here, e);
	pidfd_wait(helper, NULL);
	return r;
}

int step_mount_open(const struct plan *plan, uint32_t index, pid_t pid, struct error *e)
{
	const uint64_t both = ns_table[NS_USER].flag | ns_table[NS_MOUNT].flag;

	if (plan->unprivileged && (plan->private_flags & both) == both)
		return open_by_visitor(plan, index, pid, e);
	return open_here(plan, index, pid, e);
}
