/* SPDX-License-Identifier: Apache-2.0 */
/* update, events, pause, resume: what a container that runs may use. */
#include "config.h"

#include "cli/command.h"

#include <errno.h>

#include "base/err.h"

int cmd_pause(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	struct davit_error *err = NULL;

	(void)options;
	(void)e;
	if (cli_store(cli) < 0)
		return davit_error_code(cli->err);
	if (davit_pause(cli->store, words->words[0], &err) < 0)
		return cli_failed(cli, err);
	return 0;
}

int cmd_resume(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	struct davit_error *err = NULL;

	(void)options;
	(void)e;
	if (cli_store(cli) < 0)
		return davit_error_code(cli->err);
	if (davit_resume(cli->store, words->words[0], &err) < 0)
		return cli_failed(cli, err);
	return 0;
}

int cmd_update(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	const struct update_opts *opts = options;
	struct davit_update_options o = opts->o;
	struct davit_error *err = NULL;

	(void)e;
	o.size = sizeof(o);
	o.device_allow = opts->device_allow.items;
	o.n_device_allow = opts->device_allow.n;
	o.device_deny = opts->device_deny.items;
	o.n_device_deny = opts->device_deny.n;
	if (cli_store(cli) < 0)
		return davit_error_code(cli->err);
	if (davit_update(cli->store, words->words[0], &o, &err) < 0)
		return cli_failed(cli, err);
	return 0;
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
	struct davit_error *err = NULL;
	int r;

	o.size = sizeof(o);
	if (cli_store(cli) < 0)
		return davit_error_code(cli->err);
	r = davit_events(cli->store, words->words[0], &o, print_event, e, &err);
	if (r < 0 && err)
		return cli_failed(cli, err);
	return r;
}
