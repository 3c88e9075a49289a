/* SPDX-License-Identifier: Apache-2.0 */
/* check: every rule that needs no kernel, nothing else. */
#include "config.h"

#include "run/internal.h"

#include <fcntl.h>

#include "base/cleanup.h"
#include "sys/open.h"

int run_check(const char *bundle, const char *config,
	const struct spec_warnings *warnings, struct error *e)
{
	auto_arena struct arena arena = ARENA_INIT;
	auto_fd int dir = -EBADF;
	char path[4096];
	struct spec spec;

	if (config)
		return spec_open(AT_FDCWD, config, config, warnings, &arena, &spec, e);
	dir = sys_open_real(bundle ? bundle : ".", O_PATH | O_DIRECTORY, path, e);
	if (dir < 0)
		return err_wrap(e, "bundle");
	return spec_open(dir, "config.json", "config.json", warnings, &arena, &spec, e);
}
