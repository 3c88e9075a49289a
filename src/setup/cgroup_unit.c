/* SPDX-License-Identifier: Apache-2.0 */
/* The container's cgroup by systemd: one unit, asked for with everything that it can say. */
#include "config.h"

#include "setup/cgroup_unit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/log.h"
#include "base/num.h"
#include "dbus/conn.h"
#include "plan/plan.h"
#include "setup/cgroup.h"
#include "setup/steps.h"
#include "sys/clock.h"

/* For connecting, the call and the job: systemd's own default for a method call. */
#define START_MS 25000
/* Undoing comes after a failure, which may have taken that long already. */
#define UNDO_MS 5000
/* A unit whose last process has just died is forgotten a moment later. */
#define TRIES 6

struct request {
	const struct plan_unit *unit;
	pid_t pid;
	uint64_t unknown; /* bit by index: properties that this systemd does not know */
	bool late;	  /* only the late ones */
};

/* Builds for tests need not wait that long for a bus that hangs. */
static int deadline(int ms)
{
	const char *given = DAVIT_TEST_HOOKS ? getenv("DAVIT_TEST_DBUS_MS") : NULL;
	uint64_t n;

	return given && num_u64(given, 1000000, &n) == 0 ? (int)n : ms;
}

static enum dbus_which which(bool user)
{
	return user ? DBUS_USER : DBUS_SYSTEM;
}

static bool is_wanted(const struct request *q, size_t i)
{
	return q->unit->properties[i].late == q->late &&
	       (i >= 64 || !(q->unknown & (UINT64_C(1) << i)));
}

static void put_properties(struct dbus_w *w, const struct request *q)
{
	size_t begin = dbus_put_array(w);
	char pid[16];

	dbus_put_align(w, 8);
	for (size_t i = 0; i < q->unit->n_properties; i++) {
		const struct plan_property *p = &q->unit->properties[i];

		if (is_wanted(q, i))
			dbus_put_property(w, p->name, p->type,
				(const char *const *)p->values, p->n_values);
	}
	if (q->pid > 0) {
		const char *const values[] = { pid };

		snprintf(pid, sizeof(pid), "%d", (int)q->pid);
		dbus_put_property(w, "PIDs", "au", values, 1);
	}
	dbus_put_array_end(w, begin, 8);
}

/*
 * Older managers lack some of the limits and name the first that they do not know. The file has it
 * as well, so it is left out of the call.
 */
static bool drop_unknown(struct request *q, const struct error *e)
{
	if (!e->text || (e->code != -ENXIO && e->code != -EINVAL))
		return false;
	for (size_t i = 0; i < q->unit->n_properties && i < 64; i++) {
		const struct plan_property *p = &q->unit->properties[i];
		const char *at = strstr(e->text, p->name);
		const char *end = at ? at + strlen(p->name) : NULL;

		if (!at || !p->limit || !is_wanted(q, i) ||
			(*end && !strchr(" ,.:=\"'", *end)))
			continue;
		log_debug("systemd does not know the property %s: %s", p->name, e->text);
		q->unknown |= UINT64_C(1) << i;
		return true;
	}
	return false;
}

/* A property of an annotation that the manager refuses is the configuration's fault. */
static void name_property(const struct request *q, struct error *e)
{
	for (size_t i = 0; e && e->text && i < q->unit->n_properties; i++) {
		const struct plan_property *p = &q->unit->properties[i];

		if (p->at_path && is_wanted(q, i) && strstr(e->text, p->name)) {
			step_origin(e, p->at_line, p->at_column, p->at_path);
			return;
		}
	}
}

static int wait_answered_job(
	struct dbus *c, const struct dbus_msg *reply, struct error *e)
{
	struct dbus_r r = dbus_read(reply);
	const char *job;

	if (strcmp(reply->signature, "o") != 0 || dbus_get_str(&r, &job) < 0)
		return err_set(e, ERR_HOST, -EPROTO, "systemd answered without a job");
	return dbus_wait_job(c, job, e);
}

static int start_once(
	struct dbus *c, const struct request *q, struct dbus_msg *reply, struct error *e)
{
	auto_dbus_w struct dbus_w w = DBUS_W_INIT;
	size_t none;

	dbus_put_str(&w, q->unit->name);
	dbus_put_str(&w, "replace");
	put_properties(&w, q);
	/* a(sa(sv)): no further units */
	none = dbus_put_array(&w);
	dbus_put_align(&w, 8);
	dbus_put_array_end(&w, none, 8);
	return dbus_manager(c, "StartTransientUnit", "ssa(sv)a(sa(sv))", &w, reply, e);
}

/* What a failed unit of a crash has left: its name. */
static int reset_failed(struct dbus *c, const char *name, struct error *e)
{
	auto_dbus_w struct dbus_w w = DBUS_W_INIT;
	struct dbus_msg reply;
	int r;

	dbus_put_str(&w, name);
	r = dbus_manager(c, "ResetFailedUnit", "s", &w, &reply, e);
	if (r == -ENOENT) {
		err_done(e);
		r = 0;
	}
	return r;
}

static int in_use(const struct plan_unit *u, struct error *e)
{
	err_set(e, ERR_STATE, -EBUSY, "systemd's unit %s exists already and is in use",
		u->name);
	err_hint(e,
		"another container has the same cgroupsPath, or one was not deleted: see "
		"\"systemctl %sstatus %s\"",
		u->user ? "--user " : "", u->name);
	return -EBUSY;
}

static int start(
	struct dbus *c, struct request *q, struct dbus_msg *reply, struct error *e)
{
	long nap = 8000000;

	for (int tries = 1;; tries++) {
		auto_error struct error one = ERROR_INIT;
		int r = start_once(c, q, reply, &one);

		while (r < 0 && drop_unknown(q, &one)) {
			err_done(&one);
			r = start_once(c, q, reply, &one);
		}
		if (r == 0)
			return 0;
		if (r == -EEXIST && !q->unit->slice && tries < TRIES) {
			r = tries == 1 ? reset_failed(c, q->unit->name, e) : 0;
			if (r < 0)
				return r;
			/* Not before the first try after the reset. */
			if (tries > 1)
				sys_nap(&nap);
			continue;
		}
		if (r == -EEXIST)
			return in_use(q->unit, e);
		name_property(q, &one);
		if (e)
			err_move(e, &one);
		return r;
	}
}

/* Before there is a child: a bus that is not there fails a command that has done nothing yet. */
static int apply_unit(struct step_ctx *ctx, struct error *e)
{
	const struct plan_unit *u = ctx->plan->cgroup->unit;
	int r;

	ctx->bus = calloc(1, sizeof(*ctx->bus));
	if (!ctx->bus)
		return err_sys(e, ENOMEM, "malloc", "cannot reach systemd");
	*ctx->bus = DBUS_INIT;
	r = dbus_open(which(u->user), deadline(START_MS), ctx->bus, e);
	if (r == 0)
		r = dbus_watch_jobs(ctx->bus, e);
	return r < 0 ? err_wrap(e, "the unit %s", u->name) : 0;
}

static void undo_unit(struct step_ctx *ctx)
{
	const struct plan_unit *u = ctx->plan->cgroup->unit;
	auto_error struct error e = ERROR_INIT;

	cgroup_place_undo(ctx);
	if (!ctx->unit_started)
		return;
	ctx->unit_started = false;
	if (cgroup_unit_stop(u->name, u->user, UNDO_MS, &e) < 0)
		log_warning("systemd's unit %s could not be stopped: %s", u->name,
			e.text ? e.text : err_name(e.code));
}

const struct step step_unit = {
	.name = "unit",
	.actor = ACTOR_PARENT,
	.phase = PHASE_BEFORE,
	.why = "the connection; the unit itself needs the pid and is asked for by NEED_CGROUP",
	.wanted = step_has_unit,
	.apply = apply_unit,
	.undo = undo_unit,
};

static int begin(struct step_ctx *ctx, pid_t pid, struct error *e)
{
	const struct plan_unit *u = ctx->plan->cgroup->unit;
	struct request q = { .unit = u, .pid = u->slice ? 0 : pid };
	struct dbus_msg reply;
	int r = start(ctx->bus, &q, &reply, e);

	/* A slice that is there already is as good as a new one, and not ours to stop. */
	if (r == -EBUSY && u->slice) {
		err_done(e);
		return 0;
	}
	if (r < 0)
		return r;
	ctx->unit_started = true;
	return wait_answered_job(ctx->bus, &reply, e);
}

int step_cgroup_unit(struct step_ctx *ctx, pid_t pid, struct error *e)
{
	int r = begin(ctx, pid, e);

	dbus_close(ctx->bus);
	if (r < 0)
		return err_wrap(e, "the unit %s", ctx->plan->cgroup->unit->name);
	r = cgroup_place(ctx, pid, e);
	return r < 0 ? r : cgroup_values(ctx, e);
}

static int set_properties(struct dbus *c, struct request *q, struct error *e)
{
	for (;;) {
		auto_dbus_w struct dbus_w w = DBUS_W_INIT;
		auto_error struct error one = ERROR_INIT;
		struct dbus_msg reply;
		int r;

		dbus_put_str(&w, q->unit->name);
		/* At run time: gone with the unit. */
		dbus_put_u32(&w, 1);
		put_properties(&w, q);
		r = dbus_manager(c, "SetUnitProperties", "sba(sv)", &w, &reply, &one);
		if (r == 0)
			return 0;
		if (drop_unknown(q, &one))
			continue;
		name_property(q, &one);
		if (e)
			err_move(e, &one);
		return r;
	}
}

static int set(struct request *q, struct error *e)
{
	auto_dbus struct dbus c = DBUS_INIT;
	int r = dbus_open(which(q->unit->user), deadline(START_MS), &c, e);

	if (r == 0)
		r = set_properties(&c, q, e);
	return r < 0 ? err_wrap(e, "the unit %s", q->unit->name) : 0;
}

int step_cgroup_unit_late(struct step_ctx *ctx, struct error *e)
{
	struct request q = { .unit = ctx->plan->cgroup->unit, .late = true };

	for (size_t i = 0; i < q.unit->n_properties; i++) {
		int r = q.unit->properties[i].late ? set(&q, e) : 0;

		if (r < 0)
			return r;
		if (q.unit->properties[i].late)
			break;
	}
	return cgroup_late_values(ctx, e);
}

int cgroup_unit_set(const struct plan_unit *unit, struct error *e)
{
	struct plan_property limits[64];
	struct plan_unit now = *unit;
	struct request q = { .unit = &now };

	now.properties = limits;
	now.n_properties = 0;
	for (size_t i = 0; i < unit->n_properties; i++) {
		const struct plan_property *p = &unit->properties[i];
		size_t at = 0;

		if (!p->limit)
			continue;
		while (at < now.n_properties && strcmp(limits[at].name, p->name) != 0)
			at++;
		if (at == sizeof(limits) / sizeof(limits[0]))
			return err_set(e, ERR_BUG, -E2BIG, "too many properties");
		limits[at] = *p;
		limits[at].late = false;
		now.n_properties += at == now.n_properties;
	}
	return now.n_properties ? set(&q, e) : 0;
}

int cgroup_unit_stop(const char *name, bool user, int timeout_ms, struct error *e)
{
	auto_dbus_w struct dbus_w w = DBUS_W_INIT;
	auto_dbus struct dbus c = DBUS_INIT;
	struct dbus_msg reply;
	int r = dbus_open(which(user), deadline(timeout_ms), &c, e);

	if (r == 0)
		r = dbus_watch_jobs(&c, e);
	if (r < 0)
		return err_wrap(e, "the unit %s", name);
	dbus_put_str(&w, name);
	dbus_put_str(&w, "replace");
	r = dbus_manager(&c, "StopUnit", "ss", &w, &reply, e);
	if (r == -ENOENT) {
		err_done(e);
		return 0;
	}
	if (r == 0)
		r = wait_answered_job(&c, &reply, e);
	return r < 0 ? err_wrap(e, "the unit %s", name) : 0;
}
