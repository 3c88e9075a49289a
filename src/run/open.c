/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a container by id: what every command but create begins with. */
#include "config.h"

#include "run/open.h"

#include "base/cleanup.h"

int opened_begin(const struct run_env *env, const char *id, bool any, struct opened *out,
	struct error *e)
{
	char *root;
	int r = state_id_check(id, e);

	out->arena = ARENA_INIT;
	out->rootfd = -EBADF;
	out->state = (struct state){ .dirfd = -EBADF };
	out->broken = false;
	arena_use(&out->arena, out->first, sizeof(out->first));
	if (r == 0)
		r = state_root_path(&out->arena, env->root, &root, e);
	if (r < 0)
		return r;
	out->rootfd = state_root_open(root, false, e);
	if (out->rootfd == -ENOENT)
		return err_verbatim(e, ERR_STATE, -ENOENT, "container does not exist");
	if (out->rootfd < 0)
		return out->rootfd;
	if (any)
		return state_open_any(
			out->rootfd, id, &out->arena, &out->state, &out->broken, e);
	return state_open(out->rootfd, id, &out->arena, &out->state, e);
}

int opened_died(struct opened *o, int r, struct error *e)
{
	struct status_live live;

	if (status_alive(&o->state, &live, NULL) < 0 || live.status != STATUS_STOPPED)
		return r;
	err_done(e);
	return err_verbatim(e, ERR_STATE, -ESRCH, "container not running");
}

void opened_done(struct opened *o)
{
	state_close(&o->state);
	cleanup_fd(&o->rootfd);
	arena_done(&o->arena);
}
