/* SPDX-License-Identifier: Apache-2.0 */
/* The mounts, in order, with their attributes. */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "plan/util.h"
#include "spec/mountopt.h"

/* One mount on its way from the configuration to the plan. */
struct draft {
	const struct spec_mount *from;
	struct mountopt opts;
	struct plan_mount *to;
};

/* crun's words about a source, where there is none. */
static int refuse_misplaced(struct plan_ctx *ctx, const struct draft *d, struct error *e)
{
	const struct {
		bool given;
		const char *name;
	} words[] = {
		{ d->opts.copy_symlink, "copy-symlink" },
		{ d->opts.src_nofollow, "src-nofollow" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (words[i].given)
			return plan_fault(ctx, e, SPOT(d->from, "options"),
				"option \"%s\" is for bind mounts", words[i].name);
	}
	return 0;
}

/* MNT-02: relative destinations are taken from "/". */
static int plan_target(struct plan_ctx *ctx, const struct draft *d, struct error *e)
{
	char *rooted = path_join(ctx->arena, "/", d->from->destination);

	d->to->target = rooted ? path_resolve_lexical(ctx->arena, rooted) : NULL;
	return d->to->target ? 0 : plan_nomem(e);
}

static int copy_propagation(struct plan_ctx *ctx, const struct draft *d, struct error *e)
{
	uint32_t *list = arena_array(ctx->arena, d->opts.n_propagation, sizeof(*list));

	if (!list)
		return plan_nomem(e);
	for (unsigned i = 0; i < d->opts.n_propagation; i++)
		list[i] = (uint32_t)d->opts.propagation[i];
	d->to->propagation = list;
	d->to->n_propagation = d->opts.n_propagation;
	return 0;
}

/*
 * MNT-11: where an attribute is named, the others of the source are given up, as runc
 * does by remounting. Inside a user namespace they are locked (mount_namespaces(7)) and
 * stay.
 */
static uint64_t given_up(const struct plan_ctx *ctx, const struct mountopt *o)
{
	const uint64_t all = MOUNTOPT_ATTR_RDONLY | MOUNTOPT_ATTR_NOSUID |
			     MOUNTOPT_ATTR_NODEV | MOUNTOPT_ATTR_NOEXEC |
			     MOUNTOPT_ATTR_NOSYMFOLLOW;

	if (!o->named_attr || plan_private(ctx, PLAN_NEWUSER) || ctx->host->in_userns)
		return 0;
	return all & ~(o->set | o->rset);
}

static int plan_bind(struct plan_ctx *ctx, struct draft *d, struct error *e)
{
	struct plan_mount *to = d->to;

	if (d->opts.tmpcopyup)
		return plan_fault(ctx, e, SPOT(d->from, "options"),
			"option \"tmpcopyup\" is for tmpfs, found a bind mount");
	to->set = d->opts.set;
	to->clear = d->opts.clear;
	if (d->opts.remount) {
		to->kind = PLAN_MOUNT_REMOUNT;
		return 0;
	}
	to->kind = PLAN_MOUNT_BIND;
	to->recursive = d->opts.rbind;
	to->src_nofollow = d->opts.src_nofollow;
	to->copy_symlink = d->opts.copy_symlink;
	to->clear |= given_up(ctx, &d->opts);
	/* MNT-07: as below; that it is a proc, only the step can see. */
	to->strict = strcmp(to->target, "/proc") == 0;
	/* MNT-04 */
	to->source = path_join(ctx->arena, ctx->opts->bundle, d->from->source);
	if (!to->source)
		return plan_nomem(e);
	return plan_mount_idmap(ctx, d->from, &d->opts, to, e);
}

static bool has_mode(const struct mountopt *o)
{
	for (size_t i = 0; i < o->n_data; i++) {
		if (strncmp(o->data[i], "mode=", 5) == 0 || strstr(o->data[i], ",mode="))
			return true;
	}
	return false;
}

/* MNT-06: on v2 "cgroup" means cgroup2; on v1 a folder of hierarchies is built. */
static int plan_cgroup_mount(struct plan_ctx *ctx, const struct draft *d, struct error *e)
{
	struct plan_mount *to = d->to;

	switch ((enum host_cgroup_mode)ctx->host->cgroup) {
	case HOST_CGROUP_NONE:
		return plan_cannot(ctx, e, SPOT(d->from, "type"), -ENODEV,
			"no cgroup hierarchy is mounted on this host");
	case HOST_CGROUP_V2:
		to->fs = "cgroup2";
		break;
	case HOST_CGROUP_V1:
	case HOST_CGROUP_HYBRID:
		to->kind = PLAN_MOUNT_CGROUP1;
		to->fs = "tmpfs";
		break;
	}
	return 0;
}

/*
 * LABEL-01. These have labels of the policy's own for what is in them, or one superblock that the
 * host has a label for already.
 */
static const char *const unlabelled[] = {
	"proc",
	"sysfs",
	"cgroup2",
	"mqueue",
	"binfmt_misc",
	"bpf",
	"configfs",
	"debugfs",
	"devtmpfs",
	"efivarfs",
	"fusectl",
	"pstore",
	"resctrl",
	"securityfs",
	"selinuxfs",
	"tracefs",
};

static bool has_label(const struct mountopt *o)
{
	static const char *const keys[] = {
		"context=", "fscontext=", "defcontext=", "rootcontext="
	};

	for (size_t i = 0; i < o->n_data; i++)
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
			if (strstr(o->data[i], keys[k]))
				return true;
	return false;
}

static int add_label(struct plan_ctx *ctx, const struct draft *d, struct error *e)
{
	struct plan_mount *to = d->to;
	const char **words;

	if (!ctx->plan->label_word || has_label(&d->opts))
		return 0;
	if (strcmp(to->fs, "mqueue") == 0)
		to->label = ctx->spec->config->linux->mount_label;
	for (size_t i = 0; i < ARRAY_SIZE(unlabelled); i++)
		if (strcmp(to->fs, unlabelled[i]) == 0)
			return 0;
	words = arena_array(ctx->arena, to->n_data + 1, sizeof(*words));
	if (!words)
		return plan_nomem(e);
	for (size_t i = 0; i < to->n_data; i++)
		words[i] = to->data[i];
	words[to->n_data++] = ctx->plan->label_word;
	to->data = words;
	return 0;
}

static int plan_new(struct plan_ctx *ctx, struct draft *d, struct error *e)
{
	struct plan_mount *to = d->to;
	const char *type = d->from->type;
	bool tmpfs = strcmp(type, "tmpfs") == 0;
	bool cgroup = strcmp(type, "cgroup") == 0;
	int r;

	to->kind = PLAN_MOUNT_NEW;
	to->fs = type;
	to->source = plan_given(d->from->source) ? d->from->source : type;
	to->set = d->opts.set;
	to->data = d->opts.data;
	to->n_data = d->opts.n_data;
	to->sb_flags = d->opts.sb_set;
	if (to->set & MOUNTOPT_ATTR_RDONLY)
		to->sb_flags |= MOUNTOPT_MS_RDONLY;
	to->cover_mode = tmpfs && !has_mode(&d->opts);
	to->tmpcopyup = d->opts.tmpcopyup;
	/* CVE-2019-16884: what an image puts at /proc or /sys must not be followed. */
	to->strict = strcmp(type, "proc") == 0 || strcmp(type, "sysfs") == 0;
	if (to->tmpcopyup && !tmpfs)
		return plan_fault(ctx, e, SPOT(d->from, "options"),
			"option \"tmpcopyup\" is for tmpfs, found type %s", type);
	/* The hierarchy's superblock is the host's too. */
	if (cgroup || strcmp(type, "cgroup2") == 0)
		to->sb_flags = 0;
	r = cgroup ? plan_cgroup_mount(ctx, d, e)
		   : plan_mount_ids(ctx, d->from, &d->opts, e);
	return r < 0 ? r : add_label(ctx, d, e);
}

/*
 * "remount" without "bind": the superblock at the target. fs tells the step which of
 * the two.
 */
static void plan_remount(struct draft *d)
{
	struct plan_mount *to = d->to;

	to->kind = PLAN_MOUNT_REMOUNT;
	to->fs = plan_given(d->from->type) ? d->from->type : "none";
	to->set = d->opts.set;
	to->clear = d->opts.clear;
	to->sb_flags = d->opts.sb_set;
	if (to->set & MOUNTOPT_ATTR_RDONLY)
		to->sb_flags |= MOUNTOPT_MS_RDONLY;
	to->data = d->opts.data;
	to->n_data = d->opts.n_data;
}

static int plan_one(struct plan_ctx *ctx, struct draft *d, struct error *e)
{
	const struct spec_mount *m = d->from;
	int r = mountopt_parse(ctx->arena, m->options, m->n_options, &d->opts, e);

	if (r < 0) {
		struct err_place where;

		plan_place(ctx, SPOT(m, "options"), &where);
		if (e)
			err_place(e, &where);
		return r;
	}
	if (!d->opts.bind || d->opts.remount)
		r = refuse_misplaced(ctx, d, e);
	if (r == 0)
		r = plan_target(ctx, d, e);
	if (r < 0)
		return r;
	d->to->dest_nofollow = d->opts.dest_nofollow;
	d->to->rset = d->opts.rset;
	d->to->rclear = d->opts.rclear;
	if ((d->to->rset || d->to->rclear) && !host_has(ctx->host, "mount-setattr"))
		return plan_cannot(ctx, e, SPOT(m, "options"), -ENOSYS,
			"recursive mount attributes need mount_setattr (Linux 5.12)");
	if (d->opts.bind)
		r = plan_bind(ctx, d, e);
	else if (d->opts.remount)
		plan_remount(d);
	else
		r = plan_new(ctx, d, e);
	if (r == 0)
		r = copy_propagation(ctx, d, e);
	if (r == 0)
		PLAN_ORIGIN(ctx, d->to, SPOT(m, NULL));
	return r;
}

static bool asks_readonly(const struct plan_mount *m)
{
	return (m->set | m->rset) & MOUNTOPT_ATTR_RDONLY;
}

/*
 * Is it a file system that we fill? Nodes, links, mount points and the working folder are made in
 * such a one, by paths that only the image's links tell where they lead.
 */
static bool is_filled(const struct plan_mount *m)
{
	return m->kind == PLAN_MOUNT_NEW &&
	       (strcmp(m->fs, "tmpfs") == 0 || strcmp(m->target, "/dev") == 0);
}

/* By a later "remount,rw", which would come too early to undo what is done at the end. */
static bool is_taken_back(const struct plan *p, size_t i)
{
	for (size_t k = i + 1; k < p->n_mounts; k++) {
		const struct plan_mount *m = &p->mounts[k];

		if (strcmp(m->target, p->mounts[i].target) != 0)
			continue;
		/* Another mount lies over it from here on. */
		if (m->kind != PLAN_MOUNT_REMOUNT)
			return false;
		if ((m->clear | m->rclear) & MOUNTOPT_ATTR_RDONLY)
			return true;
	}
	return false;
}

/* MOPT-02: what is still to be filled becomes read-only at the end. */
static void choose_late(struct plan_ctx *ctx)
{
	struct plan *p = ctx->plan;

	for (size_t i = 0; i < p->n_mounts; i++) {
		struct plan_mount *m = &p->mounts[i];
		const struct plan_mount *on = m;

		for (size_t k = i; on->kind == PLAN_MOUNT_REMOUNT && k > 0; k--) {
			if (strcmp(p->mounts[k - 1].target, m->target) == 0)
				on = &p->mounts[k - 1];
		}
		if (!asks_readonly(m) || !is_filled(on))
			continue;
		m->late_readonly = !is_taken_back(p, i);
		/* The superblock of another type than tmpfs may be the host's too. */
		if (!m->late_readonly || strcmp(on->fs, "tmpfs") != 0)
			m->sb_flags &= ~(uint64_t)MOUNTOPT_MS_RDONLY;
		if (!m->late_readonly) {
			m->set &= ~(uint64_t)MOUNTOPT_ATTR_RDONLY;
			m->rset &= ~(uint64_t)MOUNTOPT_ATTR_RDONLY;
		}
	}
}

/*
 * The folder with the socket where the program says that it is ready (sd_notify(3)): last, so that
 * no mount of the configuration covers it. The program cannot change what is in it.
 */
static int plan_notify(struct plan_ctx *ctx)
{
	const char *folder = ctx->opts->notify_folder;
	struct plan_mount *m;

	if (!folder || !ctx->spec->config->process)
		return 0;
	if (!ctx->plan->mount_ns)
		return plan_warn(
			ctx, "NOTIFY_SOCKET has no effect without a mount namespace");
	m = &ctx->plan->mounts[ctx->plan->n_mounts++];
	m->kind = PLAN_MOUNT_BIND;
	m->target = PLAN_NOTIFY_FOLDER;
	m->source = folder;
	m->set = MOUNTOPT_ATTR_RDONLY | MOUNTOPT_ATTR_NOSUID | MOUNTOPT_ATTR_NODEV |
		 MOUNTOPT_ATTR_NOEXEC;
	return 0;
}

int plan_mounts(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_config *c = ctx->spec->config;
	struct plan *p = ctx->plan;

	p->mounts = arena_array(ctx->arena, c->n_mounts + 1, sizeof(*p->mounts));
	if (!p->mounts)
		return plan_nomem(e);
	for (size_t i = 0; i < c->n_mounts; i++) {
		struct draft d = { .from = &c->mounts[i], .to = &p->mounts[i] };
		int r = plan_one(ctx, &d, e);

		if (r < 0)
			return r;
		p->n_mounts++;
	}
	if (plan_notify(ctx) < 0)
		return plan_nomem(e);
	choose_late(ctx);
	return 0;
}
