/* SPDX-License-Identifier: Apache-2.0 */
/* Joining namespaces, and the two that are unshared late: cgroup and time. */
#include "config.h"

#include "setup/steps.h"

#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "sys/ns.h"
#include "sys/pidfd.h"
#include "sys/proc.h"

static int fail(const struct plan_ns *j, struct error *e)
{
	err_wrap(e, "join the %s namespace %s", ns_table[j->type].oci, j->path);
	step_origin(e, j->at_line, j->at_column, j->at_path);
	return e ? e->code : -EIO;
}

static bool joins_user(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_joins; i++)
		if (plan->joins[i].type == NS_USER)
			return true;
	return false;
}

/*
 * One pass over what is left. With tolerate, a refusal (EPERM) leaves the namespace for the
 * next pass.
 */
static int join_pass(
	const struct plan *plan, int *fds, bool user, bool tolerate, struct error *e)
{
	for (size_t i = 0; i < plan->n_joins; i++) {
		const struct plan_ns *j = &plan->joins[i];
		int r;

		if (fds[i] < 0 || (j->type == NS_USER) != user)
			continue;
		r = ns_join(fds[i], (enum ns_type)j->type, e);
		if (r == -EPERM && tolerate) {
			err_done(e);
			continue;
		}
		if (r < 0)
			return fail(j, e);
		cleanup_fd(&fds[i]);
	}
	return 0;
}

/*
 * NS-10: with our rights what the joined user namespace does not own, then the user namespace,
 * then with its rights the rest. Without one to join a single pass must do.
 */
static int join_all(const struct plan *plan, int *fds, struct error *e)
{
	const struct plan_process *p = plan->process;
	bool user = joins_user(plan);
	int r = join_pass(plan, fds, false, user, e);

	/* While it is ours to do: the user namespace may deny setgroups(2) (G5). Who may not now
	 * is told by the step that becomes root. */
	if (r == 0 && user && p && p->set_groups && setgroups(0, NULL) < 0 &&
		errno != EPERM)
		return err_sys(e, errno, "setgroups", "cannot drop the host's groups");
	if (r == 0 && user)
		r = join_pass(plan, fds, true, false, e);
	if (r == 0 && user)
		r = join_pass(plan, fds, false, false, e);
	return r;
}

/* The namespace that keeps a kernel parameter; the rules have admitted no others. */
static enum ns_type keeper(const char *sysctl)
{
	static const struct {
		const char *begin;
		enum ns_type type;
	} rows[] = {
		{ "net/", NS_NET },
		{ "user/", NS_USER },
		{ "kernel/domainname", NS_UTS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strncmp(sysctl, rows[i].begin, strlen(rows[i].begin)) == 0)
			return rows[i].type;
	return NS_IPC;
}

/* SYSC-03: a path may name the namespace that we are in, whose values are not the container's. */
static int check_sysctls(
	const struct plan *plan, const struct plan_ns *j, int fd, struct error *e)
{
	for (size_t i = 0; i < plan->n_sysctls; i++) {
		const struct plan_sysctl *s = &plan->sysctls[i];
		uint64_t ours;
		struct stat st;
		int r;

		if (keeper(s->name) != j->type)
			continue;
		r = ns_inode((enum ns_type)j->type, &ours, e);
		if (r < 0)
			return r;
		if (fstat(fd, &st) < 0)
			return err_sys(e, errno, "fstat", "cannot look at a namespace");
		if (st.st_ino != ours)
			return 0;
		err_set(e, ERR_CONFIG, -EINVAL,
			"the kernel parameter %s cannot be set: the %s namespace %s is the host's",
			s->name, ns_table[j->type].oci, j->path);
		step_origin(e, s->at_line, s->at_column, s->at_path);
		return -EINVAL;
	}
	return 0;
}

/* The root of a container without a mount namespace is a chroot(2) of its init (ROOT-03). */
static int open_target_root(const struct plan *plan, struct error *e)
{
	char name[16];
	auto_fd int dir = -EBADF;
	int fd;

	snprintf(name, sizeof(name), "%" PRIu32, plan->target_pid);
	dir = sys_proc_open(name, O_PATH | O_DIRECTORY, e);
	if (dir < 0)
		return dir;
	fd = openat(dir, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, errno, "openat", "cannot open the container's root");
	return fd;
}

static int enter_root(int fd, struct error *e)
{
	if (fchdir(fd) < 0)
		return err_sys(e, errno, "fchdir", "cannot enter the container's root");
	if (chroot(".") < 0)
		return err_sys(e, errno, "chroot", "cannot take the container's root");
	return 0;
}

/*
 * exec: by handle, so that a recycled number is never joined (F3). What goes by number is right
 * if its process was still alive afterwards.
 */
static int join_target(struct step_ctx *ctx, struct error *e)
{
	const struct plan *plan = ctx->plan;
	const struct plan_process *p = plan->process;
	pid_t pid = (pid_t)plan->target_pid;
	auto_fd int root = -EBADF;
	int r;

	if (!plan->mount_ns) {
		root = open_target_root(plan, e);
		if (root < 0)
			return root;
	}
	/* While it is ours to do, as in join_all(). */
	if ((plan->join_flags & ns_table[NS_USER].flag) && p->set_groups &&
		setgroups(0, NULL) < 0 && errno != EPERM)
		return err_sys(e, errno, "setgroups", "cannot drop the host's groups");
	r = ns_join_process(ctx->target_fd, pid, plan->join_flags, e);
	if (r == 0 && pidfd_ended(ctx->target_fd, pid, plan->target_starttime, 0) != 0)
		r = -ESRCH;
	if (r == -ESRCH) {
		err_done(e);
		return err_verbatim(e, ERR_STATE, r, "container not running");
	}
	/* On old kernels this is a folder of the host's /proc (A3, F8). */
	cleanup_fd(&ctx->target_fd);
	return r == 0 && root >= 0 ? enter_root(root, e) : r;
}

int step_ns_join(struct step_ctx *ctx, struct error *e)
{
	const struct plan *plan = ctx->plan;
	int fds[NS_TYPES];
	int r = 0;

	if (plan->exec)
		return join_target(ctx, e);
	if (plan->n_joins > NS_TYPES)
		return err_set(e, ERR_BUG, -EINVAL, "the plan joins %zu namespaces",
			plan->n_joins);
	for (size_t i = 0; i < NS_TYPES; i++)
		fds[i] = -EBADF;
	/* All are opened before the first is joined: the paths are the host's (NS-09). */
	for (size_t i = 0; r == 0 && i < plan->n_joins; i++) {
		const struct plan_ns *j = &plan->joins[i];

		fds[i] = ns_open_path(j->path, (enum ns_type)j->type, e);
		r = fds[i] < 0 ? fail(j, e) : check_sysctls(plan, j, fds[i], e);
	}
	if (r == 0)
		r = join_all(plan, fds, e);
	for (size_t i = 0; i < NS_TYPES; i++)
		cleanup_fd(&fds[i]);
	return r;
}

int step_relayed(const struct plan *plan, bool *done, struct error *e)
{
	int r;

	*done = false;
	/*
	 * Our memory belongs to the user namespace that we were run in, and we are not dumpable:
	 * who is root in one below it can neither trace us nor open what we have open.
	 */
	if ((plan->join_flags & ns_table[NS_USER].flag) || !sys_proc_can_own())
		return 0;
	r = step_signals_reset(e);
	if (r == 0)
		r = step_score_set(plan, e);
	if (r < 0)
		return r;
	sys_proc_own();
	*done = true;
	return 0;
}

static bool wants_join(const struct plan *plan)
{
	return !plan->relay && (plan->n_joins > 0 || plan->exec);
}

const struct step step_join = {
	.name = "join",
	.actor = ACTOR_INIT,
	.phase = PHASE_NAMESPACES,
	.why = "the relay has done it, if there is one",
	.in_exec = true,
	.wanted = wants_join,
	.apply = step_ns_join,
};

/* What opens files in the container goes by it: /etc/passwd, /dev/null. */
static int apply_exec_root(struct step_ctx *ctx, struct error *e)
{
	ctx->rootfs_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ctx->rootfs_fd < 0)
		return err_sys(e, errno, "open", "cannot open the container's root");
	return 0;
}

static bool wants_exec_root(const struct plan *plan)
{
	return plan->exec;
}

const struct step step_exec_root = {
	.name = "exec-root",
	.actor = ACTOR_INIT,
	.phase = PHASE_NAMESPACES,
	.after = (const char *const[]){ "join", "become-root", NULL },
	.why = "the root is the container's once its mount namespace is joined",
	.in_exec = true,
	.wanted = wants_exec_root,
	.apply = apply_exec_root,
};

static int apply_cgroup_ns(struct step_ctx *ctx, struct error *e)
{
	(void)ctx;
	if (unshare((int)ns_table[NS_CGROUP].flag) < 0)
		return err_sys(e, errno, "unshare", "cannot make a cgroup namespace");
	return 0;
}

static bool wants_cgroup_ns(const struct plan *plan)
{
	return plan->new_cgroup_ns;
}

const struct step step_cgroup_ns = {
	.name = "cgroup-ns",
	.actor = ACTOR_INIT,
	.phase = PHASE_NAMESPACES,
	.after = (const char *const[]){ "cgroup", "join", "become-root", NULL },
	.why = "its root is the cgroup that the process sits in at that moment (NS-07), its owner "
	       "the user namespace",
	.wanted = wants_cgroup_ns,
	.apply = apply_cgroup_ns,
};

static int apply_ipc_ns(struct step_ctx *ctx, struct error *e)
{
	(void)ctx;
	if (unshare((int)ns_table[NS_IPC].flag) < 0)
		return err_sys(e, errno, "unshare", "cannot make an ipc namespace");
	return 0;
}

static bool wants_ipc_ns(const struct plan *plan)
{
	return plan->new_ipc_ns;
}

const struct step step_ipc_ns = {
	.name = "ipc-ns",
	.actor = ACTOR_INIT,
	.phase = PHASE_NAMESPACES,
	.after = (const char *const[]){ "join", "become-root", NULL },
	.why = "the root of its message queues belongs to whoever makes it: born with the user "
	       "namespace it would be nobody's",
	.wanted = wants_ipc_ns,
	.apply = apply_ipc_ns,
};

static int no_time_ns(int errnum, struct error *e)
{
	err_sys(e, errnum, "unshare", "cannot make a time namespace");
	if (errnum == EINVAL)
		err_hint(e, "this kernel has no time namespaces (Linux 5.6)");
	return -errnum;
}

int step_time_ns(const struct plan *plan, struct error *e)
{
	auto_buf struct buf text = BUF_INIT;
	int r = 0;

	if (unshare((int)ns_table[NS_TIME].flag) < 0)
		return no_time_ns(errno, e);
	for (size_t i = 0; r == 0 && i < plan->n_time_offsets; i++) {
		const struct plan_offset *o = &plan->time_offsets[i];

		r = buf_addf(&text, "%s %" PRId64 " %" PRIu32 "\n", o->clock, o->secs,
			o->nanosecs);
	}
	if (r < 0)
		return err_set(e, ERR_SYSTEM, r, "no memory for the clock offsets");
	if (text.len == 0)
		return 0;
	/* Before the first process enters it, so before the fork (NS-08). */
	r = sys_proc_write("self/timens_offsets", text.p, text.len, e);
	if (r < 0) {
		const struct plan_offset *o = &plan->time_offsets[0];

		err_wrap(e, "the clock offsets of the time namespace");
		step_origin(e, o->at_line, o->at_column, o->at_path);
	}
	return r;
}
