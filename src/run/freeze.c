/* SPDX-License-Identifier: Apache-2.0 */
/* Thawing: SIGKILL does not reach the frozen processes of a v1 cgroup. */
#include "config.h"

#include "run/internal.h"

#include <string.h>

#include "base/cleanup.h"
#include "sys/cgroupfs.h"

static int thaw_one(const struct state_hierarchy *h, struct error *e)
{
	const char *file = h->v2 ? "cgroup.freeze" : "freezer.state";
	const char *thawed = h->v2 ? "0" : "THAWED";
	auto_fd int root = cgfs_root(h->mountpoint, e), dir = -EBADF;
	char text[32];
	ssize_t n;

	if (root < 0)
		return root;
	dir = cgfs_open(root, h->path, NULL);
	if (dir == -ENOENT)
		return 0;
	if (dir < 0)
		return err_sys(e, -dir, "open", "cannot open the cgroup %s", h->path);
	n = cgfs_read(dir, file, text, sizeof(text), NULL);
	if (n == -ENOENT || (n >= 0 && strcmp(text, thawed) == 0))
		return 0;
	return cgfs_write(dir, file, thawed, e);
}

int freeze_thaw(const struct state_record *rec, struct error *e)
{
	for (size_t i = 0; i < rec->n_hierarchies; i++) {
		const struct state_hierarchy *h = &rec->hierarchies[i];
		int r;

		if (!h->v2 && !h->freezer)
			continue;
		r = thaw_one(h, e);
		if (r < 0)
			return r;
	}
	return 0;
}
