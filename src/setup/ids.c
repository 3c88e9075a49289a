/* SPDX-License-Identifier: Apache-2.0 */
/* User and groups: root of a user namespace at the begin, the container's at the end;
 * umask. */
#include "config.h"

#include "setup/steps.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sync/message.h"
#include "sys/ns.h"
#include "sys/syscalls.h"

/*
 * A change of ids takes the parent death signal away (commit_creds()), so it is set anew:
 * until READY a dead parent must not leave us behind (A7).
 */
static int change_ids(uid_t uid, gid_t gid, struct error *e)
{
	int sig = 0;
	uid_t u[3];
	gid_t g[3];
	int r;

	if (prctl(PR_GET_PDEATHSIG, &sig) < 0)
		return err_sys(e, errno, "prctl", "cannot read the parent death signal");
	r = sys_raw_setresgid(gid, gid, gid);
	if (r < 0)
		return err_sys(e, -r, "setresgid", "cannot become group %u", gid);
	r = sys_raw_setresuid(uid, uid, uid);
	if (r < 0)
		return err_sys(e, -r, "setresuid", "cannot become user %u", uid);
	/* -1 would have meant "no change" (G4). */
	if (getresuid(&u[0], &u[1], &u[2]) < 0 || getresgid(&g[0], &g[1], &g[2]) < 0)
		return err_sys(e, errno, "getresuid", "cannot read the ids back");
	if (u[0] != uid || u[1] != uid || u[2] != uid || g[0] != gid || g[1] != gid ||
		g[2] != gid)
		return err_set(
			e, ERR_SYSTEM, -EPERM, "the ids did not become %u:%u", uid, gid);
	if (sig && prctl(PR_SET_PDEATHSIG, sig) < 0)
		return err_sys(e, errno, "prctl", "cannot set the parent death signal");
	/* It also makes us what fs.suid_dumpable says, for whoever looks from inside (A3). */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_sys(e, errno, "prctl", "cannot become undumpable");
	return 0;
}

/*
 * A user namespace that somebody made without privilege denies setgroups(2)
 * (user_namespaces(7)). The host's groups went before it was joined, so there none is
 * what we have.
 */
static int change_groups(size_t n, const gid_t *list, const char *what, struct error *e)
{
	int r = sys_raw_setgroups(n, list);

	if (r == 0 || (r == -EPERM && n == 0 && getgroups(0, NULL) == 0))
		return 0;
	return err_sys(e, -r, "setgroups", "%s", what);
}

/*
 * Root of the host writes anybody's maps. Another caller, and newuidmap(1) on its behalf, may do so
 * only for a process whose /proc files are the caller's own, which those of an undumpable one are
 * not (proc(5)). Who could attach to us meanwhile has the caller's own ids, and all that we hold is
 * the caller's already.
 */
static int ask_maps(struct step_ctx *ctx, struct error *e)
{
	bool open_up = ctx->plan->unprivileged;
	int r;

	if (open_up && prctl(PR_SET_DUMPABLE, 1) < 0)
		return err_sys(e, errno, "prctl", "cannot become dumpable");
	r = ctx->ask(ctx, MSG_NEED_IDMAP, 0, NULL, e);
	if (open_up && prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_sys(e, errno, "prctl", "cannot become undumpable");
	return r;
}

/* In a user namespace: the maps come from outside, then we are its root (NS-06). */
int step_become_root_now(struct step_ctx *ctx, struct error *e)
{
	const struct plan_process *p = ctx->plan->process;
	int r;

	/* A new one gets its maps, a joined one is compared with those of the configuration. */
	if ((ctx->plan->new_flags & ns_table[NS_USER].flag) || ctx->plan->n_uid_map ||
		ctx->plan->n_gid_map) {
		r = ask_maps(ctx, e);
		if (r < 0)
			return r;
	}
	/* Groups of the host mean nothing inside, but grant access (G5). */
	if (p && p->set_groups && !p->keep_groups) {
		r = change_groups(0, NULL, "cannot drop the host's groups", e);
		if (r < 0)
			return r;
	}
	r = change_ids(0, 0, e);
	if (r == -EINVAL)
		err_hint(e, "the mappings must have the container's id 0");
	return r;
}

/*
 * What the first child is cloned with. A relay makes the user namespace for its own child,
 * but for one that makes a time namespace for an ordinary user: who is nobody outside may
 * do so inside only.
 */
uint64_t step_birth_flags(const struct plan *plan)
{
	if (!plan->relay)
		return plan->new_flags;
	return plan->unprivileged && plan->new_time_ns && plan->n_joins == 0
		       ? plan->new_flags & ns_table[NS_USER].flag
		       : 0;
}

/* A child that is cloned right into its new user namespace has become root before it ran
 * the protected binary (run/spawn.c): an unmapped user would lose its capabilities by
 * that execve. */
static bool wants_become_root(const struct plan *plan)
{
	if (step_birth_flags(plan) & ns_table[NS_USER].flag)
		return false;
	return plan->private_flags & ns_table[NS_USER].flag;
}

const struct step step_become_root = {
	.name = "become-root",
	.actor = ACTOR_INIT,
	.phase = PHASE_NAMESPACES,
	.after = (const char *const[]){ "join", NULL },
	.why = "the ids are those of the user namespace, once it is joined",
	.in_exec = true,
	.wanted = wants_become_root,
	.apply = step_become_root_now,
};

/* Neither the caller's nor ours: 0022 unless the configuration says (as runc and crun).
 */
static int apply_umask(struct step_ctx *ctx, struct error *e)
{
	const struct plan_process *p = ctx->plan->process;

	(void)e;
	umask(p->has_umask ? (mode_t)p->umask : 022);
	return 0;
}

const struct step step_umask = {
	.name = "umask",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "root", "mounts", "devices", "cwd-make", NULL },
	.why = "what we make ourselves must not depend on it",
	.in_exec = true,
	.wanted = step_has_process,
	.apply = apply_umask,
};

static int set_groups(const struct plan_process *p, struct error *e)
{
	gid_t few[64];
	auto_free gid_t *many = NULL;
	gid_t *list = few;

	_Static_assert(sizeof(gid_t) == sizeof(uint32_t),
		"the kernel's groups are 32 bits wide");
	if (!p->set_groups || p->keep_groups)
		return 0;
	if (p->n_groups > ARRAY_SIZE(few)) {
		list = many = calloc(p->n_groups, sizeof(*many));
		if (!many)
			return err_set(
				e, ERR_SYSTEM, -ENOMEM, "no memory for the groups");
	}
	for (size_t i = 0; i < p->n_groups; i++)
		list[i] = p->groups[i];
	return change_groups(p->n_groups, list, "cannot set the supplementary groups", e);
}

static int apply_ids(struct step_ctx *ctx, struct error *e)
{
	const struct plan_process *p = ctx->plan->process;
	int r = set_groups(p, e);

	if (r == 0)
		r = change_ids(p->uid, p->gid, e);
	if (r == -EINVAL && (ctx->plan->private_flags & ns_table[NS_USER].flag))
		err_hint(e, "each id must be in the mappings of the user namespace");
	return r;
}

const struct step step_ids = {
	.name = "ids",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "limits", "scheduler", "keyring", "stdio",
		"seccomp-early", "bounding", NULL },
	.why = "what comes before needs privileges of root: CAP_SYS_RESOURCE, CAP_SYS_NICE, "
	       "CAP_CHOWN, CAP_SYS_ADMIN for the filter, CAP_SETPCAP",
	.in_exec = true,
	.wanted = step_has_process,
	.apply = apply_ids,
};
