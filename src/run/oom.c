/* SPDX-License-Identifier: Apache-2.0 */
/* A start that failed for want of memory is told as that (I6). Runs in the parent. */
#include "config.h"

#include "run/oom.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "run/exec.h"
#include "run/kill.h"
#include "sys/cgroupfs.h"

/* Where the kernel counts what a limit did: kills, and charges that were refused. */
static const struct {
	const char *limit, *file, *kills, *refusals_file, *refusals;
} counters[] = {
	{ "memory.limit_in_bytes", "memory.oom_control", "oom_kill ", "memory.failcnt",
		"" },
	{ "memory.max", "memory.events", "oom_kill ", "memory.events", "max " },
};

/* The number behind the word at the begin of a line; an empty word is the whole file. */
static uint64_t count(int dir, const char *file, const char *word)
{
	char text[512];
	const char *p = text;

	if (cgfs_read(dir, file, text, sizeof(text), NULL) < 0)
		return 0;
	while (p && strncmp(p, word, strlen(word)) != 0) {
		p = strchr(p, '\n');
		p = p ? p + 1 : NULL;
	}
	return p ? strtoull(p + strlen(word), NULL, 10) : 0;
}

static bool did_it(const struct step_ctx *ctx, const struct plan_write *w, int code)
{
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
		int dir = ctx->cgroup_fds[w->hierarchy];

		if (strcmp(counters[i].limit, w->file) != 0 || dir < 0)
			continue;
		/* Killed, or a call of ours that got no memory. */
		if (code == -ECHILD)
			return count(dir, counters[i].file, counters[i].kills) > 0;
		return count(dir, counters[i].refusals_file, counters[i].refusals) > 0;
	}
	return false;
}

void oom_explain(const struct plan *plan, const struct step_ctx *ctx, struct error *e)
{
	const struct plan_cgroup *cg = plan->cgroup;

	if (!e || (e->code != -ECHILD && e->code != -ENOMEM))
		return;
	for (size_t i = 0; cg && i < cg->n_writes; i++) {
		const struct plan_write *w = &cg->writes[i];

		if (w->hierarchy < STEP_MAX_HIERARCHIES && did_it(ctx, w, e->code)) {
			err_wrap(e,
				"the memory limit of %s bytes is too small to start in",
				w->value);
			return;
		}
	}
}

void oom_explain_start(const struct state_record *rec, struct error *e)
{
	char limit[64];

	if (!e || e->verbatim || (e->code != -ESRCH && e->code != -ENOMEM))
		return;
	for (size_t i = 0; i < rec->n_hierarchies; i++) {
		const struct state_hierarchy *h = &rec->hierarchies[i];
		size_t at = h->v2 ? 1 : 0;
		auto_fd int dir = -EBADF;

		if (!h->v2 && !hierarchy_has(h, "memory", strlen("memory")))
			continue;
		dir = cgroup_open(h, NULL);
		if (dir < 0 || count(dir, counters[at].file, counters[at].kills) == 0 ||
			cgfs_read(dir, counters[at].limit, limit, sizeof(limit), NULL) <
				0)
			continue;
		err_wrap(e, "the memory limit of %s bytes is too small to start in",
			limit);
		return;
	}
}
