/* SPDX-License-Identifier: Apache-2.0 */
/* Thawing: SIGKILL does not reach the frozen processes of a v1 cgroup. */
#include "config.h"

#include "run/internal.h"

#include "base/cleanup.h"
#include "sys/cgroupfs.h"

static int thaw_one(const struct state_hierarchy *h, struct error *e)
{
	auto_fd int root = cgfs_root(h->mountpoint, e), dir = -EBADF;

	if (root < 0)
		return root;
	dir = cgfs_open(root, h->path, NULL);
	if (dir == -ENOENT)
		return 0;
	if (dir < 0)
		return err_sys(e, -dir, "open", "cannot open the cgroup %s", h->path);
	return cgfs_write(dir, "freezer.state", "THAWED", e);
}

int freeze_thaw(const struct state_record *rec, struct error *e)
{
	for (size_t i = 0; i < rec->n_hierarchies; i++) {
		const struct state_hierarchy *h = &rec->hierarchies[i];
		int r;

		/* On v2 a fatal signal ends what is frozen (kernel: v2 freezer, 5.2). */
		if (h->v2 || !h->freezer || !status_frozen_in(h))
			continue;
		r = thaw_one(h, e);
		if (r < 0)
			return r;
	}
	return 0;
}
