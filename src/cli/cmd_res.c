/* SPDX-License-Identifier: Apache-2.0 */
/* update, events, pause, resume: what a container that runs may use. */
#include "config.h"

#include "cli/command.h"

#include <errno.h>

#include "base/err.h"

int cmd_pause(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	(void)options;
	(void)e;
	return davit_pause(cli->store, words->words[0], &cli->err);
}

int cmd_resume(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	(void)options;
	(void)e;
	return davit_resume(cli->store, words->words[0], &cli->err);
}

int cmd_update(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	const struct update_opts *opts = options;
	struct davit_update_options o = opts->o;
	(void)e;
	o.size = sizeof(o);
	o.device_allow = opts->device_allow.items;
	o.n_device_allow = opts->device_allow.n;
	o.device_deny = opts->device_deny.items;
	o.n_device_deny = opts->device_deny.n;
	return davit_update(cli->store, words->words[0], &o, &cli->err);
}

static int print_event(void *arg, const char *line, size_t n)
{
	return cli_print(line, n, arg);
}

int cmd_events(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	const struct events_opts *opts = options;
	struct davit_events_options o = opts->o;

	o.size = sizeof(o);
	return davit_events(cli->store, words->words[0], &o, print_event, e, &cli->err);
}
