/* SPDX-License-Identifier: Apache-2.0 */
/* The order of the steps, with its reasons, as a document. */
#include "config.h"

#include "cli/gen/gen.h"

#include <errno.h>

#include "base/buf.h"
#include "setup/step.h"

static const char *actor_name(enum step_actor actor)
{
	static const char *const names[] = {
		[ACTOR_PARENT] = "parent",
		[ACTOR_RELAY] = "relay",
		[ACTOR_INIT] = "init",
	};

	return names[actor];
}

static const char *phase_name(enum step_phase phase)
{
	static const char *const names[] = {
		[PHASE_BEFORE] = "before",
		[PHASE_NAMESPACES] = "namespaces",
		[PHASE_ROOT] = "root",
		[PHASE_INSIDE] = "inside",
		[PHASE_RESTRICTED] = "restricted",
		[PHASE_FINAL] = "final",
	};

	return names[phase];
}

static int one(void *arg, unsigned index, const struct step *s)
{
	struct buf *out = arg;
	int r = buf_addf(out, "| %u | %s | %s | %s | ", index + 1, s->name,
		actor_name(s->actor), phase_name(s->phase));

	for (size_t i = 0; r == 0 && s->after && s->after[i]; i++)
		r = buf_addf(out, "%s%s", i ? ", " : "", s->after[i]);
	return r < 0 ? r : buf_addf(out, " | %s |\n", s->why ? s->why : "");
}

int gen_steps(struct buf *out)
{
	int r = buf_adds(out,
		"# The order of the steps\n\n"
		"Written by `make regenerate` from the registry in `src/setup/steps.c`; a test\n"
		"shows that the registry obeys every \"after\".\n\n"
		"| | step | who | phase | after | why |\n"
		"| --- | --- | --- | --- | --- | --- |\n");

	return r < 0 ? r : steps_each(one, out);
}
