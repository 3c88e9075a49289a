/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks that the parent runs, and the state documents that hooks get. */
#include "config.h"

#include "run/hooks.h"

#include <fcntl.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/log.h"
#include "json/json.h"
#include "plan/planner.h"
#include "setup/step.h"
#include "spec/names.h"
#include "spec/spec.h"

static int document(
	const struct state_record *rec, const char *status, int64_t pid, struct buf *out)
{
	struct json_w *w = json_w_open(0);

	if (!w)
		return -ENOMEM;
	status_dump_for_hook(rec, status, pid, w);
	return json_w_close(w, out);
}

int hooks_run(const struct plan *plan, uint32_t kind, const struct state_record *rec,
	const char *status, int64_t pid, bool stop_at_first, struct error *e)
{
	auto_buf struct buf state = BUF_INIT;
	auto_fd int bundle = -EBADF;
	int r;

	if (!step_hooks_any(plan, kind))
		return 0;
	r = document(rec, status, pid, &state);
	if (r < 0)
		return err_set(e, ERR_SYSTEM, r, "cannot write the state for hooks");
	/* HOOK-08: the bundle is the working folder; it may be gone by now, then ours stays. */
	bundle = openat(AT_FDCWD, rec->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return step_hooks_run(
		plan, kind, state.p, state.len, bundle, NULL, stop_at_first, e);
}

void hooks_poststop(const struct plan *plan, const struct state_record *rec)
{
	auto_error struct error e = ERROR_INIT;

	if (hooks_run(plan, HOOK_POSTSTOP, rec, "stopped", 0, false, &e) < 0)
		log_ignored(&e, "a poststop hook failed");
}

/* The parts are cut here. An id has neither quotation marks nor blanks; one that looks like the
 * number stands before the status. */
#define MARK_STATUS "davit status mark"
#define MARK_PID 1234567890123456789

int hooks_state_parts(struct plan *plan, const struct state_record *rec, struct arena *a,
	struct error *e)
{
	static const char status_mark[] = "\"" MARK_STATUS "\"",
			  pid_mark[] = "1234567890123456789";
	auto_buf struct buf text = BUF_INIT;
	const char **parts;
	char *status, *pid;
	int r;

	if (!step_hooks_any(plan, HOOK_CREATE_CONTAINER) &&
		!step_hooks_any(plan, HOOK_START_CONTAINER))
		return 0;
	r = document(rec, MARK_STATUS, MARK_PID, &text);
	if (r < 0)
		return err_set(e, ERR_SYSTEM, r, "cannot write the state for hooks");
	status = strstr(text.p, status_mark);
	pid = status ? strstr(status, pid_mark) : NULL;
	parts = arena_array(a, 4, sizeof(*parts));
	if (!parts)
		return err_set(
			e, ERR_SYSTEM, -ENOMEM, "cannot write the state for hooks");
	if (!pid)
		return err_set(e, ERR_BUG, -EINVAL,
			"the state document has no status, or no pid behind it");
	status++; /* the quotation marks stay */
	parts[0] = arena_strndup(a, text.p, (size_t)(status - text.p));
	status += sizeof(status_mark) - 3;
	parts[1] = arena_strndup(a, status, (size_t)(pid - status));
	parts[2] = arena_strdup(a, pid + sizeof(pid_mark) - 1);
	if (!parts[0] || !parts[1] || !parts[2])
		return err_set(
			e, ERR_SYSTEM, -ENOMEM, "cannot write the state for hooks");
	plan->state_parts = parts;
	plan->n_state_parts = 3;
	return 0;
}

int hooks_of_stored(struct state *s, struct arena *a, struct plan **out, struct error *e)
{
	struct spec spec;
	struct plan_opts opts = { .id = s->rec.id, .bundle = s->rec.bundle };
	struct plan *plan = arena_alloc(a, sizeof(*plan));
	struct plan_ctx ctx = { .spec = &spec, .opts = &opts, .arena = a, .plan = plan };
	int r;

	if (!plan)
		return err_set(e, ERR_SYSTEM, -ENOMEM, "cannot read the stored hooks");
	r = spec_load_stored(s->dirfd, "config.json", a, &spec, e);
	if (r == 0)
		r = plan_hooks(&ctx, e);
	if (r == 0)
		*out = plan;
	return r;
}
