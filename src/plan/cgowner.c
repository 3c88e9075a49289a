/* SPDX-License-Identifier: Apache-2.0 */
/* Whose the cgroup is (config-linux.md#cgroup-ownership). */
#include "config.h"

#include "plan/cgowner.h"

#include <string.h>

#include "spec/mountopt.h"

#define MOUNTED "/sys/fs/cgroup"

/* A cgroup mount over it that can be written to; the last one counts. */
static bool writable_mount(const struct plan *p)
{
	bool found = false;

	for (size_t i = 0; i < p->n_mounts; i++) {
		const struct plan_mount *m = &p->mounts[i];

		if (strcmp(m->target, MOUNTED) != 0)
			continue;
		found = m->kind == PLAN_MOUNT_NEW && m->fs &&
			strcmp(m->fs, "cgroup2") == 0 && !(m->set & MOUNTOPT_ATTR_RDONLY);
	}
	return found;
}

/* The number on the host; false where a joined user namespace hides it. */
static bool on_host(const struct plan *p, uint32_t uid, uint32_t *out)
{
	if (!(p->private_flags & PLAN_NEWUSER)) {
		*out = uid;
		return true;
	}
	for (size_t i = 0; i < p->n_uid_map; i++) {
		const struct plan_idmap *m = &p->uid_map[i];

		if (uid >= m->container_id && uid - m->container_id < m->size) {
			*out = (uint32_t)m->host_id + (uid - (uint32_t)m->container_id);
			return true;
		}
	}
	return false;
}

void plan_cgroup_owner(struct plan_ctx *ctx)
{
	const struct spec_process *process = ctx->spec->config->process;
	struct plan_cgroup *cg = ctx->plan->cgroup;
	uint32_t uid = process && process->user ? process->user->uid : 0;

	/* CG-08: v2 only, for a new cgroup namespace with a mount that is not read-only. */
	if (ctx->host->cgroup != HOST_CGROUP_V2 || !ctx->plan->new_cgroup_ns ||
		!writable_mount(ctx->plan) || !on_host(ctx->plan, uid, &cg->owner))
		return;
	/* What we make is ours already. */
	cg->chown = cg->owner != ctx->host->euid;
	if (!cg->chown)
		cg->owner = 0;
}
