/* SPDX-License-Identifier: Apache-2.0 */
/* update: the resources of a container that is there are changed, all of them or none. */
#include "config.h"

#include "run/update.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/num.h"
#include "base/strv.h"
#include "host/host.h"
#include "plan/planner.h"
#include "run/kill.h"
#include "run/open.h"
#include "run/pause.h"
#include "run/resfile.h"
#include "setup/cgroup_unit.h"
#include "setup/step.h"
#include "spec/resources.h"
#include "sys/cgroupfs.h"

struct update {
	const struct run_update_req *req;
	struct opened o;
	struct arena arena;
	struct host host;
	struct spec stored, given, now;
	bool found; /* open, and alive at first */
	bool has_given;
	struct spec_device_words *rules;
	size_t n_rules;
	struct buf text; /* the configuration that is stored afterwards */
	struct plan_hierarchy hierarchies[STEP_MAX_HIERARCHIES];
	int dirs[STEP_MAX_HIERARCHIES];
	struct plan_cgroup *cg;
};

static int check_status(const struct status_live *live, struct error *e)
{
	switch (live->status) {
	case STATUS_CREATED:
	case STATUS_RUNNING:
	case STATUS_PAUSED:
		return 0;
	case STATUS_CREATING:
	case STATUS_STOPPED:
		break;
	}
	return err_verbatim(e, ERR_STATE, -ESRCH, "container not running");
}

static int find_container(struct update *u, const struct run_env *env, struct error *e)
{
	struct status_live live;
	int r = opened_begin(env, u->req->id, false, &u->o, e);

	/* Two updates at once would both compute from the same stored state. */
	if (r == 0)
		r = state_lock(&u->o.state, STATE_LOCK_TIMEOUT_MS, e);
	if (r == 0)
		r = status_live(&u->o.state, &live, e);
	if (r == 0)
		r = check_status(&live, e);
	u->found = r == 0;
	if (r == 0 && u->o.state.rec.n_hierarchies)
		r = member_check(&u->o.state.rec, e);
	return r;
}

static int read_all(struct update *u, struct error *e)
{
	int r = spec_load_stored(
		u->o.state.dirfd, "config.json", &u->arena, &u->stored, e);

	if (r < 0)
		return err_wrap(e, "the stored configuration");
	r = spec_resources_merge(&u->stored, u->has_given ? &u->given : NULL, u->rules,
		u->n_rules, &u->arena, &u->now, &u->text, e);
	return r == 0 ? host_read(&u->arena, &u->host, e) : r;
}

/* Where the container is, as the planners know hierarchies. */
static int describe_hierarchies(struct update *u, struct error *e)
{
	const struct state_record *rec = &u->o.state.rec;

	if (rec->n_hierarchies > STEP_MAX_HIERARCHIES)
		return err_set(e, ERR_STATE, -E2BIG, "more than %d cgroup hierarchies",
			STEP_MAX_HIERARCHIES);
	for (size_t i = 0; i < rec->n_hierarchies; i++) {
		const struct state_hierarchy *from = &rec->hierarchies[i];
		struct plan_hierarchy *to = &u->hierarchies[i];

		*to = (struct plan_hierarchy){
			.mountpoint = from->mountpoint, .path = from->path, .v2 = from->v2
		};
		for (size_t k = 0; k < u->host.n_hierarchies && !to->v2; k++) {
			const struct host_hierarchy *h = &u->host.hierarchies[k];

			if (strcmp(h->mountpoint, from->mountpoint) != 0)
				continue;
			to->controllers = h->controllers;
			to->n_controllers = h->n_controllers;
		}
	}
	return 0;
}

/* Is something of the plan to be done in this hierarchy? */
static bool is_concerned(const struct plan_cgroup *cg, size_t i)
{
	if (cg->hierarchies[i].v2 && (cg->devices_v2 || cg->hierarchies[i].n_controllers))
		return true;
	for (size_t k = 0; k < cg->n_writes; k++)
		if (cg->writes[k].hierarchy == i)
			return true;
	return false;
}

static int open_hierarchies(struct update *u, struct error *e)
{
	for (size_t i = 0; i < u->cg->n_hierarchies; i++) {
		int r;

		if (!is_concerned(u->cg, i))
			continue;
		r = cgroup_open(&u->o.state.rec.hierarchies[i], e);
		/* One that was not required and could not be made. */
		if (r < 0 && r != -ENOENT)
			return r;
		u->dirs[i] = r;
	}
	return 0;
}

/* v2: a controller that nothing was limited by may not be handed down to the container yet. */
static int enable_controllers(struct update *u, struct error *e)
{
	char there[1024];
	ssize_t n;

	for (size_t i = 0; i < u->cg->n_hierarchies; i++) {
		const struct plan_hierarchy *h = &u->cg->hierarchies[i];
		bool all = true;

		if (!h->v2 || !h->n_controllers || u->dirs[i] < 0)
			continue;
		n = cgfs_read(u->dirs[i], "cgroup.controllers", there, sizeof(there), e);
		if (n < 0)
			return (int)n;
		for (size_t k = 0; k < h->n_controllers; k++) {
			size_t len = strlen(h->controllers[k]);
			const char *at = there;

			while (at && (strncmp(at, h->controllers[k], len) != 0 ||
					     (at[len] != ' ' && at[len] != '\0'))) {
				at = strchr(at, ' ');
				at = at ? at + 1 : NULL;
			}
			all = all && at;
		}
		n = all ? 0 : step_cgroup_enable(h, e);
		if (n < 0)
			return (int)n;
	}
	return 0;
}

static int read_number(int dir, const char *file, int64_t *out, struct error *e)
{
	char text[64];
	ssize_t n = cgfs_read(dir, file, text, sizeof(text), e);

	*out = 0;
	if (n < 0)
		return (int)n;
	return num_i64(text, 0, INT64_MAX, out) < 0
		       ? err_set(e, ERR_SYSTEM, -EBADMSG, "%s is no number", file)
		       : 0;
}

/* RES-12: v2 would end processes; v1 refuses by itself what it cannot reclaim. */
static int check_usage(struct update *u, struct error *e)
{
	const struct spec_resources *res = u->now.config->linux->resources;
	const struct spec_memory *m = res ? res->memory : NULL;
	int64_t usage;

	if (!m || !m->check_before_update || m->limit <= 0 || !u->has_given ||
		!json_get(u->given.doc.root, "memory"))
		return 0;
	for (size_t i = 0; i < u->cg->n_hierarchies; i++) {
		const char *file = u->cg->hierarchies[i].v2 ? "memory.current"
							    : "memory.usage_in_bytes";
		auto_error struct error one = ERROR_INIT;
		int r = u->dirs[i] < 0 ? -ENOENT
				       : read_number(u->dirs[i], file, &usage, &one);

		if (r == -ENOENT)
			continue;
		if (r < 0) {
			if (e)
				err_move(e, &one);
			return r;
		}
		if (m->limit <= usage)
			return err_set(e, ERR_STATE, -EBUSY,
				"linux.resources.memory.limit: %" PRId64
				" bytes are not more than the %" PRId64
				" in use, and checkBeforeUpdate is set",
				m->limit, usage);
	}
	return 0;
}

/* The rules of before, for a failure after the program was replaced. */
static void restore_devices(struct update *u, int dir)
{
	const struct plan_update_target target = { .hierarchies = u->hierarchies,
		.n_hierarchies = u->o.state.rec.n_hierarchies,
		.stored = &u->now,
		.devices = true };
	auto_error struct error e = ERROR_INIT;
	struct plan_cgroup *cg;
	int r = plan_update(&target, &u->stored, &u->host, &u->arena, &cg, &e);

	if (r == 0)
		r = step_cgroup_devices(cg, dir, &e);
	if (r < 0)
		log_ignored(&e, "the device rules could not be put back");
}

/* The limits of before, for a failure after the unit was told the new ones. */
static void restore_unit(struct update *u)
{
	const struct plan_update_target target = { .hierarchies = u->hierarchies,
		.n_hierarchies = u->o.state.rec.n_hierarchies,
		.stored = &u->now,
		.update = u->given.doc.root,
		.unit = u->cg->unit->name,
		.user_manager = u->cg->unit->user };
	auto_error struct error e = ERROR_INIT;
	struct plan_cgroup *cg;
	int r = plan_update(&target, &u->stored, &u->host, &u->arena, &cg, &e);

	if (r == 0)
		r = plan_unit_reset(&u->arena, u->cg->unit, cg->unit, &e);
	if (r == 0)
		r = cgroup_unit_set(cg->unit, &e);
	if (r < 0)
		log_ignored(&e, "the limits of the unit could not be put back");
}

static int store(struct update *u, struct error *e)
{
	return state_put(&u->o.state, "config.json", u->text.p, u->text.len, e);
}

/*
 * The unit, then the files, which systemd writes too, but in its own units of measure, then the
 * program of v2, then the record of it; undone in reverse.
 */
static int apply(struct update *u, struct error *e)
{
	int dir = u->cg->n_hierarchies ? u->dirs[u->cg->n_hierarchies - 1] : -EBADF;
	auto_error struct error ignored = ERROR_INIT;
	struct resfile f;
	int r = resfile_begin(u->cg, u->dirs, &u->arena, &f, e);

	if (r == 0 && u->cg->unit)
		r = cgroup_unit_set(u->cg->unit, e);
	if (r < 0)
		return r;
	r = resfile_apply(&f, e);
	if (r < 0) {
		/* In its own units of measure again. */
		if (u->cg->unit) {
			restore_unit(u);
			resfile_restore(&f, &ignored);
		}
		return r;
	}
	if (u->cg->devices_v2)
		r = dir < 0 ? err_set(e, ERR_STATE, -ENODEV,
				      "there is no v2 cgroup for the device rules")
			    : step_cgroup_devices(u->cg, dir, e);
	if (r == 0) {
		r = store(u, e);
		if (r < 0 && u->cg->devices_v2)
			restore_devices(u, dir);
	}
	if (r < 0) {
		if (u->cg->unit)
			restore_unit(u);
		if (resfile_restore(&f, &ignored) < 0)
			log_ignored(&ignored, "not everything could be put back");
		return r;
	}
	resfile_compare(&f);
	return 0;
}

static int update(struct update *u, struct error *e)
{
	struct plan_update_target target = { .hierarchies = u->hierarchies,
		.stored = &u->stored };
	int r = describe_hierarchies(u, e);

	if (r < 0)
		return r;
	target.n_hierarchies = u->o.state.rec.n_hierarchies;
	target.update = u->has_given ? u->given.doc.root : NULL;
	target.devices = u->n_rules > 0;
	target.unit = u->o.state.rec.unit;
	target.user_manager = u->o.state.rec.user_manager;
	r = plan_update(&target, &u->now, &u->host, &u->arena, &u->cg, e);
	if (r < 0)
		return r;
	/* Nothing that needs a cgroup, in a container that has none. */
	if (!u->cg)
		return store(u, e);
	r = open_hierarchies(u, e);
	if (r == 0)
		r = check_usage(u, e);
	if (r == 0)
		r = enable_controllers(u, e);
	return r < 0 ? r : apply(u, e);
}

int run_update(
	const struct run_env *env, const struct run_update_req *req, struct error *e)
{
	struct update u = { .req = req, .arena = ARENA_INIT, .text = BUF_INIT };
	auto_buf struct buf schemata = BUF_INIT;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(u.dirs); i++)
		u.dirs[i] = -EBADF;
	r = update_read(req, &u.arena, &u.given, &u.has_given, &u.rules, &u.n_rules, e);
	if (r < 0) {
		arena_done(&u.arena);
		return r;
	}
	r = find_container(&u, env, e);
	if (r == 0 && update_rdt_given(req))
		r = update_rdt_apply(req, &u.o.state.rec, &schemata, e);
	if (r == 0 && (u.has_given || u.n_rules)) {
		r = read_all(&u, e);
		if (r == 0)
			r = update(&u, e);
		if (r < 0)
			update_rdt_restore(&u.o.state.rec, &schemata);
	}
	if (r < 0 && u.found)
		r = opened_died(&u.o, r, e);
	for (size_t i = 0; i < ARRAY_SIZE(u.dirs); i++)
		cleanup_fd(&u.dirs[i]);
	opened_done(&u.o);
	arena_done(&u.arena);
	buf_done(&u.text);
	return r;
}
