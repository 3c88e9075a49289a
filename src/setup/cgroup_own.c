/* SPDX-License-Identifier: Apache-2.0 */
/* The container's user gets its cgroup (config-linux.md#cgroup-ownership). Runs in the parent. */
#include "config.h"

#include "setup/cgroup.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"

#define DELEGATE "/sys/kernel/cgroup/delegate"
/* CG-09: for kernels without that file (before 4.15). */
#define USUAL "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n"

/* Which files may be given away safely, the kernel says. */
static int read_names(struct buf *out, struct error *e)
{
	auto_error struct error absent = ERROR_INIT;
	int r = io_read_at(AT_FDCWD, DELEGATE, 4096, out, &absent);

	if (r == -ENOENT)
		r = buf_adds(out, USUAL);
	else if (r < 0 && e)
		err_move(e, &absent);
	return r;
}

static int give(int dirfd, const char *name, uid_t owner, struct error *e)
{
	int flags = AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH);

	if (fchownat(dirfd, name, owner, (gid_t)-1, flags) == 0)
		return 0;
	/* CG-09: not every cgroup has every file. */
	if (errno == ENOENT && *name)
		return 0;
	err_sys(e, errno, "fchownat", "cannot give %s of the cgroup to user %u",
		*name ? name : "the folder", (unsigned)owner);
	return e ? e->code : -errno;
}

int cgroup_give(const struct plan_cgroup *cg, int dirfd, struct error *e)
{
	auto_buf struct buf names = BUF_INIT;
	char *save = NULL;
	int r;

	if (!cg->chown || dirfd < 0)
		return 0;
	r = read_names(&names, e);
	if (r == 0)
		r = give(dirfd, "", cg->owner, e);
	for (char *n = r == 0 && names.p ? strtok_r(names.p, "\n", &save) : NULL;
		r == 0 && n; n = strtok_r(NULL, "\n", &save)) {
		/* Names of files in this folder; the kernel says nothing else. */
		if (!strchr(n, '/'))
			r = give(dirfd, n, cg->owner, e);
	}
	return r;
}
