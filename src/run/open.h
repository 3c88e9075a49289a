/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a container by id: what every command but create begins with. */
#ifndef DAVIT_RUN_OPEN_H
#define DAVIT_RUN_OPEN_H

#include "base/arena.h"
#include "base/err.h"
#include "run/run.h"
#include "state/state.h"

struct opened {
	struct arena arena;
	int rootfd;
	struct state state;
	bool broken; /* only with any: the record cannot be believed in full */
	_Alignas(16) char first[16384]; /* of the arena: enough for most records */
};
/* Open root and container. any: broken and newer records are opened too (kill, delete --force).
 * -ENOENT with the verbatim text. Call opened_done() in any case. */
int opened_begin(const struct run_env *env, const char *id, bool any, struct opened *out,
	struct error *e);
/*
 * A command on a running container failed with r. When init has died since, that is a consequence
 * (systemd removes the cgroup at once): e becomes "container not running", -ESRCH. Else r.
 */
int opened_died(struct opened *o, int r, struct error *e);
void opened_done(struct opened *o);
#define auto_opened __attribute__((cleanup(opened_done)))

#endif
