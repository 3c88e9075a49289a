/* SPDX-License-Identifier: Apache-2.0 */
/* check: every rule that needs no kernel, nothing else. */
#include "config.h"

#include "run/run.h"

#include <fcntl.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "plan/planner.h"
#include "sys/open.h"

/* What the planners find without asking the host: system calls that nobody knows by name
 * (SEC-06). */
static int check_plan(const struct spec *spec, struct arena *arena,
	const struct spec_warnings *warnings, struct error *e)
{
	const struct err_place nowhere = { .file = NULL };
	const char *const *texts;
	size_t n;
	int r = plan_check(spec, arena, &texts, &n, e);

	for (size_t i = 0; r == 0 && warnings && i < n; i++)
		warnings->fn(warnings->arg, &nowhere, texts[i]);
	return r;
}

int run_check(const char *bundle, const char *config,
	const struct spec_warnings *warnings, struct error *e)
{
	auto_arena struct arena arena = ARENA_INIT;
	auto_fd int dir = -EBADF;
	char path[4096];
	struct spec spec;
	int r;

	if (config) {
		r = spec_open(AT_FDCWD, config, config, warnings, &arena, &spec, e);
	} else {
		dir = sys_open_real(bundle ? bundle : ".", O_PATH | O_DIRECTORY, path, e);
		if (dir < 0)
			return err_wrap(e, "bundle");
		r = spec_open(
			dir, "config.json", "config.json", warnings, &arena, &spec, e);
	}
	return r < 0 ? r : check_plan(&spec, &arena, warnings, e);
}
