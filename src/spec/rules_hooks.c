/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of hooks. */
#include "config.h"

#include "spec/rule.h"

#include <inttypes.h>

#include "base/cleanup.h"

/* HOOK-02, HOOK-05 */
static void check_hook(struct check *c, const struct spec_hook *h)
{
	if (h->path)
		check_absolute(c, SPOT(h, "path"), NULL, h->path);
	if (h->has_timeout && h->timeout <= 0)
		check_fault(c, SPOT(h, "timeout"), "leave timeout out for no limit",
			"expected seconds, 1 or more, found %" PRId64, h->timeout);
	check_env(c, h->at, h->env, h->n_env);
}

static void check_hooks(struct check *c)
{
	const struct spec_hooks *h = c->config->hooks;
	const struct {
		const struct spec_hook *hooks;
		size_t n;
	} lists[] = {
		{ h ? h->prestart : NULL, h ? h->n_prestart : 0 },
		{ h ? h->create_runtime : NULL, h ? h->n_create_runtime : 0 },
		{ h ? h->create_container : NULL, h ? h->n_create_container : 0 },
		{ h ? h->start_container : NULL, h ? h->n_start_container : 0 },
		{ h ? h->poststart : NULL, h ? h->n_poststart : 0 },
		{ h ? h->poststop : NULL, h ? h->n_poststop : 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		for (size_t k = 0; k < lists[i].n; k++)
			check_hook(c, &lists[i].hooks[k]);
	}
	if (h && h->n_prestart)
		check_warn(c, SPOT(h, "prestart"),
			"deprecated; createRuntime, createContainer and startContainer "
			"take its place");
}

const struct rule rules_hooks[] = {
	{ "hooks", "config.md#posix-platform-hooks", check_hooks },
	{ NULL, NULL, NULL },
};
