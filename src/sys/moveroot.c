/* SPDX-License-Identifier: Apache-2.0 */
/* The new root without pivot_root(2): moved onto the old one, whose mounts are taken away. */
#include "config.h"

#include "sys/mount.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/strv.h"
#include "sys/mountinfo.h"

/* The mounts right on the old root. */
struct above {
	int root; /* id of the mount at "/" */
	bool first;
	bool shared; /* they may have peers outside */
	struct strv list;
	struct strv covering; /* mounts that lie on one of the list, at the same place */
	struct arena *arena;
};

static int find_root(void *arg, const struct mountinfo *m)
{
	struct above *a = arg;

	/* The last one covers those before it. */
	if (strcmp(m->target, "/") == 0) {
		a->root = m->id;
		a->first = m->id == m->parent;
	}
	return 0;
}

static int find_above(void *arg, const struct mountinfo *m)
{
	struct above *a = arg;

	if (m->parent != a->root || m->id == a->root || m->target[0] != '/' ||
		!m->target[1])
		return 0;
	return strv_add(a->arena, &a->list, m->target + 1);
}

static int find_covering(void *arg, const struct mountinfo *m)
{
	struct above *a = arg;

	if (m->parent == a->root || m->target[0] != '/' ||
		!strv_has((const char *const *)a->list.v, a->list.n, m->target + 1))
		return 0;
	return strv_add(a->arena, &a->covering, m->target + 1);
}

bool sys_root_is_first(void)
{
	struct above a = { .root = -1 };

	return mountinfo_each(find_root, &a, NULL) == 0 && a.first;
}

/*
 * A mount that cannot be taken away is one that came from another user namespace and is locked to
 * its place. A proc or sysfs that is whole, and be it out of sight, would allow the container to
 * mount such a one anew (mount_too_revealing() of the kernel), so it is covered.
 */
static int cover(const char *path, struct error *e)
{
	if (strcmp(path, "proc") != 0 && strcmp(path, "sys") != 0)
		return 0;
	if (mount("tmpfs", path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
		    "size=0") < 0 &&
		errno != ENOTDIR)
		return err_sys(e, errno, "mount", "cannot cover the host's /%s", path);
	return 0;
}

static size_t mounts_on(const struct above *a, const char *path)
{
	size_t n = 0;

	for (size_t i = 0; i < a->covering.n; i++)
		n += strcmp(a->covering.v[i], path) == 0;
	return n;
}

/* What lies at one place, the topmost first. */
static int take_one(const struct above *a, const char *path, struct error *e)
{
	size_t more = mounts_on(a, path);

	if (mount(NULL, path, NULL, MS_SLAVE | MS_REC, NULL) < 0 && errno != EINVAL &&
		errno != ENOENT)
		return err_sys(e, errno, "mount",
			"cannot change the propagation of the host's /%s", path);
	/* One that is covered cannot be reached to become a slave, and to take away what lies on it
	 * would do so at its peers. */
	if (a->shared && more > 0)
		return cover(path, e);
	for (size_t i = 0; i <= more; i++) {
		if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
			continue;
		if (errno == ENOENT)
			return 0;
		if (errno != EINVAL && errno != EPERM)
			return err_sys(e, errno, "umount2",
				"cannot take the host's /%s away", path);
		return cover(path, e);
	}
	return 0;
}

/* From the old root, as the working folder. Not to the peers of these mounts outside. */
static int take_away(const struct above *a, struct error *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < a->list.n; i++)
		r = take_one(a, a->list.v[i], e);
	return r;
}

static int move(int rootfd, const struct above *a, struct error *e)
{
	auto_fd int old = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (old < 0)
		return err_sys(e, errno, "open", "cannot open the old root");
	/* What is mounted on it, or taken away from it, would be so at its peers outside. */
	r = a->shared ? sys_mount_propagation(old, MS_SLAVE, e) : 0;
	if (r < 0)
		return err_wrap(e, "the old root");
	if (fchdir(rootfd) < 0)
		return err_sys(e, errno, "fchdir", "cannot enter the new root");
	if (mount(".", "/", NULL, MS_MOVE, NULL) < 0)
		return err_sys(
			e, errno, "mount", "cannot move the new root onto the old one");
	/* "." is the new root, wherever it was moved to. */
	if (chroot(".") < 0)
		return err_sys(e, errno, "chroot", "cannot make the new root the root");
	if (fchdir(old) < 0)
		return err_sys(e, errno, "fchdir", "cannot enter the old root");
	r = take_away(a, e);
	if (chdir("/") < 0)
		return err_sys(e, errno, "chdir", "cannot enter the new root");
	return r;
}

int sys_move_root(int rootfd, bool shared, struct error *e)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct above a = { .root = -1, .shared = shared, .arena = &arena };
	int r = mountinfo_each(find_root, &a, e);

	if (r == 0)
		r = mountinfo_each(find_above, &a, e);
	if (r == 0)
		r = mountinfo_each(find_covering, &a, e);
	if (r == 0)
		r = move(rootfd, &a, e);
	return r;
}
