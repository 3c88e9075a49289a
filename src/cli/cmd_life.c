/* SPDX-License-Identifier: Apache-2.0 */
/* create, run, start, exec, kill, delete. */
#include "config.h"

#include "cli/command.h"

#include <errno.h>

#include "base/err.h"

static int prepare_create(
	struct cli *cli, const struct create_opts *in, struct davit_create_options *out)
{
	*out = in->o;
	out->size = sizeof(*out);
	return cli_store(cli);
}

int cmd_create(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	const struct create_opts *opts = options;
	struct davit_create_options o;
	struct davit_error *err = NULL;
	char *plan = NULL;

	if (prepare_create(cli, opts, &o) < 0)
		return davit_error_code(cli->err);
	if (!opts->dry_run) {
		if (davit_create(cli->store, words->words[0], &o, &err) < 0)
			return cli_failed(cli, err);
		return 0;
	}
	if (davit_plan(cli->store, words->words[0], &o, &plan, &err) < 0)
		return cli_failed(cli, err);
	return cli_print_text(plan, e);
}

int cmd_run(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	struct davit_create_options o;
	struct davit_error *err = NULL;
	int exit_code = 0;

	(void)e;
	if (prepare_create(cli, options, &o) < 0)
		return davit_error_code(cli->err);
	if (davit_run(cli->store, words->words[0], &o, &exit_code, &err) < 0)
		return cli_failed(cli, err);
	return exit_code;
}

int cmd_start(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	struct davit_error *err = NULL;

	(void)options;
	(void)e;
	if (cli_store(cli) < 0)
		return davit_error_code(cli->err);
	if (davit_start(cli->store, words->words[0], &err) < 0)
		return cli_failed(cli, err);
	return 0;
}

int cmd_exec(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	const struct exec_opts *opts = options;
	struct davit_exec_options o = opts->o;
	struct davit_error *err = NULL;
	int exit_code = 0;

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
	(void)e;
	if (cli_store(cli) < 0)
		return davit_error_code(cli->err);
	if (davit_exec(cli->store, words->words[0], &o, &exit_code, &err) < 0)
		return cli_failed(cli, err);
	return exit_code;
}

int cmd_kill(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	const struct kill_opts *opts = options;
	const char *name = words->n > 1 ? words->words[1] : "TERM";
	struct davit_error *err = NULL;
	int sig = davit_signal(name);

	if (sig < 0)
		return err_verbatim(
			e, ERR_USAGE, -EINVAL, "unknown signal \"%.64s\"", name);
	if (cli_store(cli) < 0)
		return davit_error_code(cli->err);
	if (davit_kill(cli->store, words->words[0], sig, opts->all, &err) < 0)
		return cli_failed(cli, err);
	return 0;
}

int cmd_delete(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	const struct delete_opts *opts = options;
	struct davit_error *err = NULL;

	(void)e;
	if (cli_store(cli) < 0)
		return davit_error_code(cli->err);
	if (davit_delete(cli->store, words->words[0], opts->force, &err) < 0)
		return cli_failed(cli, err);
	return 0;
}
