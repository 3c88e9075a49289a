/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a new container, and what is stored beside it. */
#include "config.h"

#include "run/record.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "sys/syscalls.h"

static int fill_hierarchies(
	const struct plan *plan, struct state_record *rec, struct arena *a)
{
	const struct plan_cgroup *cg = plan->cgroup;

	if (!cg)
		return 0;
	rec->hierarchies = arena_array(a, cg->n_hierarchies, sizeof(*rec->hierarchies));
	if (!rec->hierarchies)
		return -ENOMEM;
	rec->n_hierarchies = cg->n_hierarchies;
	for (size_t i = 0; i < cg->n_hierarchies; i++) {
		const struct plan_hierarchy *h = &cg->hierarchies[i];
		struct state_hierarchy *out = &rec->hierarchies[i];

		out->mountpoint = h->mountpoint;
		out->path = h->path;
		out->v2 = h->v2;
		for (size_t k = 0; k < h->n_controllers && !h->v2; k++) {
			if (strcmp(h->controllers[k], "freezer") == 0)
				out->freezer = true;
		}
	}
	return 0;
}

static const char *driver_name(const struct plan *plan)
{
	if (!plan->cgroup)
		return "disabled";
	return step_has_unit(plan) ? "systemd" : "cgroupfs";
}

void record_places(struct state_record *rec, const struct step_ctx *ctx)
{
	for (size_t i = 0; i < rec->n_hierarchies && i < STEP_MAX_HIERARCHIES; i++) {
		if (ctx->cgroup_paths[i])
			rec->hierarchies[i].path = ctx->cgroup_paths[i];
	}
}

int record_of_plan(const struct prepared *p, const struct run_create_req *req,
	struct state_record *rec, struct arena *a, struct error *e)
{
	const struct plan *plan = p->plan;
	int r;

	*rec = (struct state_record){
		.format = STATE_FORMAT,
		.id = plan->id,
		.oci_version = p->spec.config->oci_version,
		.status = "creating",
		.own_pid_ns = plan->new_flags & CLONE_NEWPID,
		.bundle = plan->bundle,
		.rootfs = plan->rootfs,
		.cgroup_driver = driver_name(plan),
		.no_process = plan->process->absent,
		.no_new_keyring = req->no_new_keyring,
		.annotations = plan->annotations,
		.n_annotations = plan->n_annotations,
	};
	if (plan->rdt) {
		rec->rdt_group = *plan->rdt->group ? plan->rdt->group : "/";
		rec->rdt_own = plan->rdt->own;
		rec->rdt_monitoring = plan->rdt->monitoring;
	}
	if (step_has_unit(plan)) {
		rec->unit = plan->cgroup->unit->name;
		rec->user_manager = plan->cgroup->unit->user;
	}
	if (plan->process->seccomp) {
		rec->seccomp_size = (uint32_t)plan->process->seccomp->n_prog;
		rec->seccomp_flags = plan->process->seccomp->flags;
		rec->seccomp_by_number = plan->process->seccomp->by_number;
	}
	/* Absolute: delete and a failed create are called from other folders. */
	if (req->pid_file)
		rec->pid_file = req->pid_file;
	for (size_t i = 0; i < plan->n_hooks; i++)
		rec->hooks |= 1u << plan->hooks[i].kind;
	r = fill_hierarchies(plan, rec, a);
	if (r < 0)
		return err_set(e, ERR_SYSTEM, r, "cannot fill the record");
	return state_record_stamp(a, rec, e);
}

bool record_owns_cgroups(const struct state_record *rec)
{
	return rec->status && strcmp(rec->status, "created") == 0;
}

bool record_rdt(const struct state_record *rec, struct step_rdt *out)
{
	if (!rec->rdt_group)
		return false;
	*out = (struct step_rdt){
		.group = strcmp(rec->rdt_group, "/") == 0 ? "" : rec->rdt_group,
		.id = rec->id,
		.own = rec->rdt_own,
		.monitoring = rec->rdt_monitoring,
	};
	return true;
}

/* LC-14: later edits of the bundle's file must not matter. The filter is stored compiled. */
int record_store_config(const struct prepared *p, struct state *s, struct error *e)
{
	const struct plan_seccomp *filter = p->plan->process->seccomp;
	struct spec_config config = *p->spec.config;
	auto_buf struct buf text = BUF_INIT;
	struct spec_linux lin;
	struct spec_seccomp agent;
	struct json_w *w;
	int r;

	if (config.linux) {
		lin = *config.linux;
		lin.seccomp = NULL;
		/* start and exec have to tell the agent. */
		if (filter && filter->listener) {
			agent = *config.linux->seccomp;
			agent.n_syscalls = 0;
			agent.n_architectures = 0;
			agent.n_flags = 0;
			lin.seccomp = &agent;
		}
		config.linux = &lin;
	}
	w = json_w_open(0);
	if (!w)
		return err_set(e, ERR_SYSTEM, -ENOMEM, "cannot write the configuration");
	schema_dump(&object_spec_config, &config, w);
	r = json_w_close(w, &text);
	if (r < 0)
		return err_set(e, ERR_SYSTEM, r, "cannot write the configuration");
	r = state_put(s, "config.json", text.p, text.len, e);
	if (r == 0 && filter)
		r = state_put(s, "seccomp.bpf", filter->prog, filter->n_prog, e);
	return r;
}
