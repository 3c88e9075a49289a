/* SPDX-License-Identifier: Apache-2.0 */
/* The freezer: stopping and going on, in a v1 freezer or in v2. */
#include "config.h"

#include "run/freeze.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "run/kill.h"
#include "sys/cgroupfs.h"
#include "sys/clock.h"

/* v1: processes that a fork hides from the freezer leave it FREEZING for good; begin anew. */
#define AGAIN_MS 50

static int thaw_one(const struct state_hierarchy *h, struct error *e)
{
	auto_fd int dir = cgroup_open(h, e);

	if (dir == -ENOENT)
		return 0;
	if (dir < 0)
		return dir;
	return h->v2 ? cgfs_write(dir, "cgroup.freeze", "0", e)
		     : cgfs_write(dir, "freezer.state", "THAWED", e);
}

/* A container may have frozen cgroups below its own (runc issue 2105). Folders count each other. */
static bool has_below(const struct state_hierarchy *h)
{
	char path[PATH_MAX];
	struct stat st;
	int n = snprintf(path, sizeof(path), "%s/%s", h->mountpoint, h->path);

	return n > 0 && (size_t)n < sizeof(path) && lstat(path, &st) == 0 &&
	       st.st_nlink > 2;
}

static int thaw_tree(const struct state_hierarchy *h, struct error *e)
{
	auto_fd int dir = cgroup_open(h, e);

	if (dir == -ENOENT)
		return 0;
	return dir < 0 ? dir : cgfs_thaw(dir, e);
}

int freeze_thaw(const struct state_record *rec, struct error *e)
{
	for (size_t i = 0; i < rec->n_hierarchies; i++) {
		const struct state_hierarchy *h = &rec->hierarchies[i];
		int r = 0;

		/* On v2 a fatal signal ends what is frozen (kernel: v2 freezer, 5.2). */
		if (h->v2 || !h->freezer)
			continue;
		if (has_below(h))
			r = thaw_tree(h, e);
		else if (status_frozen_in(h))
			r = thaw_one(h, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool can_freeze(const struct state_hierarchy *h)
{
	return h->v2 || h->freezer;
}

/* A v1 freezer where there is one; the unified hierarchy of a hybrid machine would do as well, but
 * state of older releases and other tools look at the first. */
static const struct state_hierarchy *pick(const struct state_record *rec)
{
	const struct state_hierarchy *found = NULL;

	for (size_t i = 0; i < rec->n_hierarchies; i++) {
		const struct state_hierarchy *h = &rec->hierarchies[i];

		if (can_freeze(h) && (!found || !h->v2))
			found = h;
	}
	return found;
}

/* 1: everything stands. */
static int is_frozen(int dir, bool v2, struct error *e)
{
	char text[512];
	ssize_t n = cgfs_read(
		dir, v2 ? "cgroup.events" : "freezer.state", text, sizeof(text), e);

	if (n < 0)
		return (int)n;
	return v2 ? strstr(text, "frozen 1") != NULL : strcmp(text, "FROZEN") == 0;
}

static int begin(int dir, bool v2, struct error *e)
{
	return v2 ? cgfs_write(dir, "cgroup.freeze", "1", e)
		  : cgfs_write(dir, "freezer.state", "FROZEN", e);
}

static int wait_frozen(int dir, bool v2, int timeout_ms, struct error *e)
{
	int64_t now = sys_now_ms(), deadline = now + timeout_ms, again = now + AGAIN_MS;
	long nap = 200000;

	for (;;) {
		int r = is_frozen(dir, v2, e);

		if (r != 0)
			return r < 0 ? r : 0;
		now = sys_now_ms();
		if (now >= deadline)
			return err_set(e, ERR_STATE, -ETIMEDOUT,
				"the container's processes did not stop within %d ms: one of "
				"them may wait for a device or a file system",
				timeout_ms);
		if (!v2 && now >= again) {
			again = now + AGAIN_MS;
			r = cgfs_write(dir, "freezer.state", "THAWED", e);
			if (r == 0)
				r = begin(dir, v2, e);
			if (r < 0)
				return r;
		}
		sys_nap(&nap);
	}
}

int freeze_on(const struct state_record *rec, int timeout_ms, struct error *e)
{
	const struct state_hierarchy *h = pick(rec);
	auto_fd int dir = -EBADF;
	int r;

	if (!h)
		return err_set(e, ERR_STATE, -ENOTSUP,
			"the container has no cgroup that could be frozen");
	dir = cgroup_open(h, e);
	if (dir == -ENOENT)
		return err_set(e, ERR_STATE, -ENOENT,
			"the container's cgroup %s has been removed from %s", h->path,
			h->mountpoint);
	if (dir < 0)
		return dir;
	r = begin(dir, h->v2, e);
	if (r == -ENOENT && h->v2)
		err_hint(e, "freezing with cgroup v2 needs Linux 5.2");
	if (r < 0)
		return r;
	r = wait_frozen(dir, h->v2, timeout_ms, e);
	if (r < 0)
		thaw_one(h, NULL);
	return r;
}

static int wait_thawed(const struct state_hierarchy *h, int64_t deadline, struct error *e)
{
	long nap = 200000;

	while (status_frozen_in(h)) {
		if (sys_now_ms() >= deadline)
			return err_set(e, ERR_STATE, -ETIMEDOUT,
				"a cgroup above %s in %s is frozen", h->path,
				h->mountpoint);
		sys_nap(&nap);
	}
	return 0;
}

int freeze_off(const struct state_record *rec, int timeout_ms, struct error *e)
{
	int64_t deadline = sys_now_ms() + timeout_ms;
	int r = 0;

	for (size_t i = 0; r == 0 && i < rec->n_hierarchies; i++) {
		const struct state_hierarchy *h = &rec->hierarchies[i];

		if (!can_freeze(h) || !status_frozen_in(h))
			continue;
		r = thaw_one(h, e);
		if (r == 0)
			r = wait_thawed(h, deadline, e);
	}
	return r;
}
