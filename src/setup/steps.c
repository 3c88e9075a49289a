/* SPDX-License-Identifier: Apache-2.0 */
/* THE ordered registry: how a container comes up, as a list that one can read. */
#include "config.h"

#include "setup/steps.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "dbus/conn.h"

static const struct step *const registry[] = {
	/* parent, before the child exists */
	&step_seccomp_agent,
	&step_cgroup,
	&step_rdt_group,
	&step_unit,

	/* init: namespaces */
	&step_join,
	&step_become_root,
	&step_exec_root,
	&step_cgroup_ns,
	&step_ipc_ns,
	&step_net_devices,

	/* init: the root and its mounts; the old root is still there */
	&step_root,
	&step_null,
	&step_mounts,
	&step_devices,
	&step_dev_links,
	&step_cwd_make,

	/* init: inside the new root */
	&step_pivot,
	&step_session,
	&step_terminal,
	&step_stdio,
	&step_names,
	&step_loopback,
	&step_sysctl,
	&step_readonly_mounts,
	&step_readonly_paths,
	&step_masked_paths,
	&step_readonly_root,
	&step_root_propagation,
	&step_keyring,
	&step_signals,

	/* init: privileges go */
	&step_home,
	&step_affinity,
	&step_scheduler,
	&step_io_priority,
	&step_memory_policy,
	&step_personality,
	&step_umask,
	&step_limits,
	&step_cwd,
	&step_caps_memory,
	&step_fds,
	&step_labels_ask,
	&step_handles,
	&step_seccomp_early,
	&step_bounding,
	&step_ids,
	&step_caps,
	&step_cwd_user,
	&step_nnp,
	&step_exec_lookup,

	/* init: after START */
	&step_seccomp,
	&step_start_hooks,
	&step_signals_last,
	&step_labels,
};

_Static_assert(ARRAY_SIZE(registry) <= ARRAY_SIZE(((struct step_ctx *)0)->applied),
	"the context has a mark for each step");

static const char *actor_name(enum step_actor actor)
{
	switch (actor) {
	case ACTOR_PARENT:
		return "parent";
	case ACTOR_RELAY:
		return "relay";
	case ACTOR_INIT:
		return "init";
	}
	return "?";
}

static bool is_wanted(const struct step *s, const struct step_ctx *ctx)
{
	if (ctx->exec && !s->in_exec)
		return false;
	return !s->wanted || s->wanted(ctx->plan);
}

int steps_run(enum step_actor actor, enum step_phase phase, struct step_ctx *ctx,
	struct error *e)
{
	for (unsigned i = 0; i < ARRAY_SIZE(registry); i++) {
		const struct step *s = registry[i];
		int r;

		if (s->actor != actor || s->phase != phase || !is_wanted(s, ctx))
			continue;
		if (ctx->progress)
			ctx->progress(ctx, i);
		/* Before apply: what fails half-way has something to undo too. */
		ctx->applied[i] = true;
		r = s->apply(ctx, e);
		if (r < 0) {
			err_step(e, "%s (%s)", s->name, actor_name(actor));
			return r;
		}
	}
	return 0;
}

void steps_undo(enum step_actor actor, struct step_ctx *ctx)
{
	for (unsigned i = ARRAY_SIZE(registry); i-- > 0;) {
		const struct step *s = registry[i];

		if (s->actor != actor || !ctx->applied[i])
			continue;
		ctx->applied[i] = false;
		if (s->undo)
			s->undo(ctx);
	}
}

int steps_each(int (*fn)(void *arg, unsigned index, const struct step *s), void *arg)
{
	for (unsigned i = 0; i < ARRAY_SIZE(registry); i++) {
		int r = fn(arg, i, registry[i]);

		if (r != 0)
			return r;
	}
	return 0;
}

const struct step *steps_get(unsigned index)
{
	return index < ARRAY_SIZE(registry) ? registry[index] : NULL;
}

void step_ctx_init(struct step_ctx *ctx, const struct plan *plan)
{
	memset(ctx, 0, sizeof(*ctx));
	ctx->plan = plan;
	ctx->exec = plan->exec;
	ctx->target_fd = -EBADF;
	ctx->rootfs_fd = -EBADF;
	ctx->dev_null_fd = -EBADF;
	ctx->proc_fd = ctx->sys_fd = -EBADF;
	ctx->apparmor_fd = -EBADF;
	ctx->selinux_fd = -EBADF;
	ctx->v2_fd = -EBADF;
	for (size_t i = 0; i < STEP_MAX_HIERARCHIES; i++) {
		ctx->tasks_fds[i] = -EBADF;
		ctx->cgroup_fds[i] = -EBADF;
	}
}

void step_ctx_done(struct step_ctx *ctx)
{
	for (size_t i = 0; i < STEP_MAX_HIERARCHIES; i++) {
		cleanup_fd(&ctx->tasks_fds[i]);
		cleanup_fd(&ctx->cgroup_fds[i]);
		free(ctx->cgroup_paths[i]);
		ctx->cgroup_paths[i] = NULL;
	}
	ctx->v2_fd = -EBADF; /* one of cgroup_fds */
	for (size_t i = 0; i < ctx->n_late; i++)
		cleanup_fd(&ctx->late[i].fd);
	free(ctx->late);
	ctx->late = NULL;
	ctx->n_late = 0;
	cleanup_fd(&ctx->target_fd);
	cleanup_fd(&ctx->rootfs_fd);
	cleanup_fd(&ctx->dev_null_fd);
	cleanup_fd(&ctx->proc_fd);
	cleanup_fd(&ctx->sys_fd);
	cleanup_fd(&ctx->apparmor_fd);
	cleanup_fd(&ctx->selinux_fd);
	if (ctx->bus)
		dbus_close(ctx->bus);
	free(ctx->bus);
	ctx->bus = NULL;
}

void step_origin(struct error *e, uint32_t line, uint32_t column, const char *path)
{
	struct err_place where = {
		.file = line ? "config.json" : NULL,
		.line = line,
		.column = column,
		.path = path,
	};

	if (line || path)
		err_place(e, &where);
}
