/* SPDX-License-Identifier: Apache-2.0 */
/* The only file that calls dlopen(3). */
#include "config.h"

#include "base/library.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"

static bool sealed;

void library_seal(void)
{
	sealed = true;
}

#if DAVIT_DLOPEN
#include <dlfcn.h>

#include "base/log.h"

/* The loader's own words are for the log: engines would take "No such file" for the user's. */
static int cannot(const struct library *l, const char *symbol, struct error *e)
{
	log_debug("%s", dlerror());
	if (symbol)
		return err_set(e, ERR_HOST, -ELIBACC,
			"cannot use %s, which has no function %s", l->soname, symbol);
	return err_set(e, ERR_HOST, -ELIBACC,
		"cannot load %s: its package is to be installed", l->soname);
}

static int load(struct library *l, struct error *e)
{
	/* It is never unloaded: another handle of it would only be counted. */
	void *handle = dlopen(l->soname, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	const char *symbol = l->symbols;

	if (!handle)
		return cannot(l, NULL, e);
	for (size_t i = 0; *symbol; i++, symbol += strlen(symbol) + 1) {
		l->to[i] = dlsym(handle, symbol);
		if (!l->to[i])
			return cannot(l, symbol, e);
	}
	l->loaded = true;
	return 0;
}
#else
static int load(struct library *l, struct error *e)
{
	return err_set(e, ERR_BUG, -ELIBACC, "%s is linked", l->soname);
}
#endif

int library_load(struct library *l, struct error *e)
{
	if (l->loaded)
		return 0;
	if (sealed)
		return err_set(e, ERR_BUG, -ELIBACC,
			"%s would be loaded inside of the container", l->soname);
	return load(l, e);
}
