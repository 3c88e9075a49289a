/* SPDX-License-Identifier: Apache-2.0 */
/* The resctrl group: found or made, its schemata, a monitoring group; and their end. */
#include "config.h"

#include "setup/steps.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "sys/resctrl.h"

#define MON_GROUPS "mon_groups"

/* A part of a text: [p, end). */
struct part {
	const char *p, *end;
};

static struct part trim(struct part t)
{
	while (t.p < t.end && (*t.p == ' ' || *t.p == '\t'))
		t.p++;
	while (t.p < t.end && (t.end[-1] == ' ' || t.end[-1] == '\t'))
		t.end--;
	return t;
}

/* Cut what stands before c off *rest; the whole where there is no c. */
static struct part cut(struct part *rest, char c)
{
	const char *at = rest->p < rest->end
				 ? memchr(rest->p, c, (size_t)(rest->end - rest->p))
				 : NULL;
	struct part head = { rest->p, at ? at : rest->end };

	rest->p = at ? at + 1 : rest->end;
	return trim(head);
}

static bool same(struct part a, struct part b)
{
	return a.end - a.p == b.end - b.p &&
	       strncasecmp(a.p, b.p, (size_t)(a.end - a.p)) == 0;
}

/* A value as the kernel prints it may have fewer or more zeros before it. */
static bool same_value(struct part a, struct part b)
{
	while (a.end - a.p > 1 && *a.p == '0')
		a.p++;
	while (b.end - b.p > 1 && *b.p == '0')
		b.p++;
	return same(a, b);
}

static struct part whole(const char *text)
{
	return (struct part){ text, text + strlen(text) };
}

/* The value of a cache or a memory controller in the lines of a resource, the last one. */
static bool find_value(
	struct part text, struct part resource, struct part domain, struct part *out)
{
	bool found = false;

	while (text.p < text.end) {
		struct part line = cut(&text, '\n');

		if (!same(cut(&line, ':'), resource))
			continue;
		while (line.p < line.end) {
			struct part entry = cut(&line, ';');

			if (same(cut(&entry, '='), domain)) {
				*out = trim(entry);
				found = true;
			}
		}
	}
	return found;
}

/* RDT-08: is each value of asked in force in is? */
static bool in_force(struct part asked, struct part is)
{
	struct part text = asked;

	while (text.p < text.end) {
		struct part line = cut(&text, '\n');
		struct part resource = cut(&line, ':');

		while (line.p < line.end) {
			struct part entry = cut(&line, ';'), domain, want, have;

			domain = cut(&entry, '=');
			if (domain.p == domain.end)
				continue;
			if (!find_value(asked, resource, domain, &want) ||
				!find_value(is, resource, domain, &have) ||
				!same_value(want, have))
				return false;
		}
	}
	return true;
}

static int join_lines(const struct plan_rdt *p, struct buf *out, struct error *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->n_lines; i++)
		r = buf_addf(out, "%s\n", p->lines[i]);
	return r < 0 ? err_sys(e, -r, "malloc", "cannot join the schemata") : 0;
}

static const char *shown(const struct plan_rdt *p)
{
	return *p->group ? p->group : "/";
}

/* RDT-08 to RDT-10. *made: nobody else's. */
static int find_group(const struct plan_rdt *p, int root, bool *made, struct error *e)
{
	int r;

	if (!p->own && p->n_lines == 0) {
		r = resctrl_open(root, p->group, e);
		return r == -ENOENT
			       ? err_set(e, ERR_HOST, r,
					 "there is no resctrl group %s, and no schema "
					 "to make it with",
					 p->group)
			       : r;
	}
	r = *p->group ? resctrl_make(root, p->group, e) : -EEXIST;
	*made = r == 0;
	if (r == -EEXIST && p->own) {
		err_set(e, ERR_STATE, r, "there is a resctrl group %s already", p->group);
		err_hint(e, "name it as closID to share it, or remove it");
		return r;
	}
	if (r < 0 && r != -EEXIST)
		return r;
	r = resctrl_open(root, p->group, e);
	return r == -ENOENT ? err_set(e, ERR_STATE, r, "the resctrl group %s went away",
				      p->group)
			    : r;
}

static int apply_schemata(
	const struct plan_rdt *p, int root, int group, bool made, struct error *e)
{
	auto_buf struct buf text = BUF_INIT, is = BUF_INIT;
	int r;

	if (p->n_lines == 0)
		return 0;
	r = join_lines(p, &text, e);
	if (r == 0 && made)
		return resctrl_write_schemata(root, group, text.p, e);
	if (r == 0)
		r = resctrl_read_schemata(group, &is, e);
	if (r < 0)
		return r;
	if (in_force(whole(text.p), whole(is.p ? is.p : "")))
		return 0;
	err_set(e, ERR_STATE, -EEXIST,
		"the resctrl group exists already, with other schemata");
	err_hint(e,
		"its values are changed by nobody but its owner: leave the schemata out to "
		"take them as they are");
	return -EEXIST;
}

/* Where the monitoring groups of a group are. */
static int open_mon_groups(int group, struct error *e)
{
	int r = resctrl_open(group, MON_GROUPS, e);

	return r == -ENOENT ? err_set(e, ERR_HOST, -ENODEV,
				      "this kernel or processor has no monitoring groups")
			    : r;
}

static int add_tasks(struct step_ctx *ctx, int group, struct error *e)
{
	int fd;

	if (ctx->n_tasks >= STEP_MAX_HIERARCHIES)
		return err_set(e, ERR_HOST, -E2BIG, "more than %d groups of processes",
			STEP_MAX_HIERARCHIES);
	fd = resctrl_open_tasks(group, e);
	if (fd < 0)
		return fd;
	ctx->tasks_fds[ctx->n_tasks++] = fd;
	return 0;
}

/* RDT-12. After the tasks of the group, which take the process out of any other. */
static int apply_monitoring(
	struct step_ctx *ctx, int group, const char *id, struct error *e)
{
	auto_fd int groups = open_mon_groups(group, e), mon = -EBADF;
	int r;

	if (groups < 0)
		return groups;
	r = resctrl_make(groups, id, e);
	if (r == -EEXIST)
		return err_set(
			e, ERR_STATE, r, "there is a monitoring group %s already", id);
	if (r < 0)
		return r;
	ctx->rdt_mon_made = true;
	mon = resctrl_open(groups, id, e);
	if (mon == -ENOENT)
		return err_set(e, ERR_STATE, mon, "the monitoring group went away");
	return mon < 0 ? mon : add_tasks(ctx, mon, e);
}

static int apply_group(struct step_ctx *ctx, struct error *e)
{
	const struct plan_rdt *p = ctx->plan->rdt;
	auto_fd int root = resctrl_root(e), group = -EBADF;
	int r;

	if (root < 0)
		return root;
	group = find_group(p, root, &ctx->rdt_made, e);
	if (group < 0)
		return group;
	r = apply_schemata(p, root, group, ctx->rdt_made, e);
	if (r == 0)
		r = add_tasks(ctx, group, e);
	if (r == 0 && p->monitoring)
		r = apply_monitoring(ctx, group, ctx->plan->id, e);
	return r < 0 ? err_wrap(e, "the resctrl group %s", shown(p)) : 0;
}

static int apply_rdt(struct step_ctx *ctx, struct error *e)
{
	const struct plan_rdt *p = ctx->plan->rdt;
	int r = apply_group(ctx, e);

	if (r < 0)
		step_origin(e, p->at_line, p->at_column, p->at_path);
	return r;
}

/* The child is dead: what is in the group now has come from elsewhere, and it stays for them. */
static void undo_rdt(struct step_ctx *ctx)
{
	const struct plan_rdt *p = ctx->plan->rdt;
	const struct step_rdt gone = { .group = p->group,
		.id = ctx->plan->id,
		.own = ctx->rdt_made,
		.monitoring = ctx->rdt_mon_made,
		.unless_used = true };

	if (ctx->rdt_made || ctx->rdt_mon_made)
		step_rdt_remove(&gone, NULL);
	ctx->rdt_made = ctx->rdt_mon_made = false;
}

static bool wants_rdt(const struct plan *plan)
{
	return plan->rdt;
}

const struct step step_rdt_group = {
	.name = "rdt",
	.actor = ACTOR_PARENT,
	.phase = PHASE_BEFORE,
	.why = "the child enters the group with its first breath, as it does its cgroups",
	.wanted = wants_rdt,
	.apply = apply_rdt,
	.undo = undo_rdt,
};

static int remove_group(int dir, const char *name, bool unless_used, struct error *e)
{
	auto_fd int group = -EBADF;
	int r = 0;

	if (unless_used) {
		group = resctrl_open(dir, name, e);
		if (group == -ENOENT)
			return 0;
		r = group < 0 ? group : resctrl_has_tasks(group, e);
	}
	return r == 0 ? resctrl_remove(dir, name, e) : r < 0 ? r : 0;
}

int step_rdt_remove(const struct step_rdt *s, struct error *e)
{
	auto_fd int root = resctrl_root(e), group = -EBADF, groups = -EBADF;
	int r = 0;

	/* Unmounted, and with it every group. */
	if (root == -ENODEV) {
		err_done(e);
		return 0;
	}
	if (root < 0)
		return root;
	group = resctrl_open(root, s->group, e);
	if (group == -ENOENT)
		return 0;
	if (group < 0)
		return group;
	if (s->monitoring) {
		groups = resctrl_open(group, MON_GROUPS, e);
		if (groups < 0 && groups != -ENOENT)
			return groups;
		if (groups >= 0)
			r = remove_group(groups, s->id, s->unless_used, e);
	}
	if (r == 0 && s->own && *s->group)
		r = remove_group(root, s->group, s->unless_used, e);
	return r;
}

int step_rdt_enter(struct step_ctx *ctx, const struct step_rdt *s, struct error *e)
{
	auto_fd int root = resctrl_root(e), group = -EBADF, groups = -EBADF, mon = -EBADF;
	int r;

	if (root < 0)
		return root;
	group = resctrl_open(root, s->group, e);
	if (group == -ENOENT)
		return err_set(
			e, ERR_STATE, group, "the resctrl group %s is gone", s->group);
	r = group < 0 ? group : add_tasks(ctx, group, e);
	if (r < 0 || !s->monitoring)
		return r;
	groups = open_mon_groups(group, e);
	if (groups < 0)
		return groups;
	mon = resctrl_open(groups, s->id, e);
	if (mon == -ENOENT)
		return err_set(
			e, ERR_STATE, mon, "the monitoring group %s is gone", s->id);
	return mon < 0 ? mon : add_tasks(ctx, mon, e);
}

int step_rdt_write(
	const struct step_rdt *s, const char *lines, struct buf *before, struct error *e)
{
	auto_fd int root = resctrl_root(e), group = -EBADF;
	int r = 0;

	if (root < 0)
		return root;
	group = resctrl_open(root, s->group, e);
	if (group == -ENOENT)
		return err_set(
			e, ERR_STATE, group, "the resctrl group %s is gone", s->group);
	if (group < 0)
		return group;
	if (before)
		r = resctrl_read_schemata(group, before, e);
	return r < 0 ? r : resctrl_write_schemata(root, group, lines, e);
}
