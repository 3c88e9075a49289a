/* SPDX-License-Identifier: Apache-2.0 */
/* create, run, start, exec, kill, delete. */
#include "config.h"

#include "cli/command.h"

#include <errno.h>

#include "base/err.h"

int cmd_create(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	const struct create_opts *opts = options;
	struct davit_create_options o = opts->o;
	char *plan = NULL;
	int r;

	o.size = sizeof(o);
	if (!opts->dry_run)
		return davit_create(cli->store, words->words[0], &o, &cli->err);
	r = davit_plan(cli->store, words->words[0], &o, &plan, &cli->err);
	return r < 0 ? r : cli_print_text(plan, e);
}

int cmd_run(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	const struct create_opts *opts = options;
	struct davit_create_options o = opts->o;
	int exit_code = 0, r;

	(void)e;
	o.size = sizeof(o);
	r = davit_run(cli->store, words->words[0], &o, &exit_code, &cli->err);
	return r < 0 ? r : exit_code;
}

int cmd_start(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	(void)options;
	(void)e;
	return davit_start(cli->store, words->words[0], &cli->err);
}

int cmd_exec(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	const struct exec_opts *opts = options;
	struct davit_exec_options o = opts->o;
	int exit_code = 0, r;

	(void)e;
	o.size = sizeof(o);
	o.terminal = opts->tty;
	o.args = (const char *const *)words->rest;
	o.n_args = words->n_rest;
	o.env = opts->env.items;
	o.n_env = opts->env.n;
	o.additional_gids = opts->gids.items;
	o.n_additional_gids = opts->gids.n;
	o.caps = opts->caps.items;
	o.n_caps = opts->caps.n;
	o.cgroups = opts->cgroups.items;
	o.n_cgroups = opts->cgroups.n;
	r = davit_exec(cli->store, words->words[0], &o, &exit_code, &cli->err);
	return r < 0 ? r : exit_code;
}

int cmd_kill(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	const struct kill_opts *opts = options;
	const char *name = words->n > 1 ? words->words[1] : "TERM";
	int sig = davit_signal(name);

	if (sig < 0)
		return err_set(e, ERR_USAGE, -EINVAL, "unknown signal \"%.64s\"", name);
	return davit_kill(cli->store, words->words[0], sig, opts->all, &cli->err);
}

int cmd_delete(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	const struct delete_opts *opts = options;
	(void)e;
	return davit_delete(cli->store, words->words[0], opts->force, &cli->err);
}
