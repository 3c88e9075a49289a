/* SPDX-License-Identifier: Apache-2.0 */
/* From argv to a command and its exit code. */
#include "config.h"

#include "cli/command.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"
#include "base/log.h"
#include "base/table.h"

int cli_print(const char *text, size_t n, struct error *e)
{
	int r = io_write_fd(STDOUT_FILENO, text, n);

	return r < 0 ? err_sys(e, -r, "write", "cannot write to the standard output") : 0;
}

int cli_print_text(char *text, struct error *e)
{
	int r = cli_print(text, strlen(text), e);

	davit_free(text);
	return r;
}

static int open_store(struct cli *cli)
{
	const struct global_opts *g = cli->global;
	const struct davit_options options = {
		.size = sizeof(options),
		.root = g->root,
		.systemd_cgroup = g->systemd_cgroup || g->manager == MANAGER_SYSTEMD,
		.cgroup_disabled = g->manager == MANAGER_DISABLED,
		.strict_delete = g->strict_delete,
	};

	return davit_open(&options, &cli->store, &cli->err);
}

/* The spellings of all runtimes and engines. */
static int level_of(const char *name, enum log_level *out, struct error *e)
{
	static const struct table_entry entries[] = {
		{ "error", LOG_LEVEL_ERROR },
		{ "warning", LOG_LEVEL_WARNING },
		{ "info", LOG_LEVEL_INFO },
		{ "debug", LOG_LEVEL_DEBUG },
		{ "warn", LOG_LEVEL_WARNING },
		{ "trace", LOG_LEVEL_DEBUG },
		{ "fatal", LOG_LEVEL_ERROR },
		{ "panic", LOG_LEVEL_ERROR },
	};
	static const struct table levels = TABLE("log level", entries);
	int id = table_id(&levels, name);

	if (id < 0)
		return err_set(e, ERR_USAGE, -EINVAL,
			"option --log-level takes error, warning, info or debug, not \"%.64s\"",
			name);
	*out = (enum log_level)id;
	return 0;
}

static int open_log(const struct global_opts *g, struct error *e)
{
	struct log_opts opts = {
		.file = g->log,
		.format = (enum log_format)g->log_format,
		.level = g->debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR,
	};
	int r = 0;

	/* crun's destinations. A file of such a name would be a surprise. */
	if (g->log && (strncmp(g->log, "journald:", 9) == 0 ||
			      strncmp(g->log, "syslog:", 7) == 0))
		return err_set(e, ERR_USAGE, -EINVAL,
			"option --log takes a file, not \"%.64s\"", g->log);
	if (g->log && strncmp(g->log, "file:", 5) == 0)
		opts.file = g->log + 5;
	if (g->log_level)
		r = level_of(g->log_level, &opts.level, e);
	return r < 0 ? r : log_open(&opts, e);
}

static int unknown_command(const char *name, struct error *e)
{
	const char *names[32], *near;
	size_t n = 0;

	for (size_t i = 0; i < cli_n_commands && n < ARRAY_SIZE(names); i++)
		names[n++] = cli_commands[i].name;
	near = table_nearest(names, n, name);
	if (near)
		err_set(e, ERR_USAGE, -EINVAL,
			"unknown command \"%.64s\"; the nearest is \"%s\"", name, near);
	else
		err_set(e, ERR_USAGE, -EINVAL, "unknown command \"%.64s\"", name);
	err_hint(e, "davit --help lists the commands");
	return -EINVAL;
}

static int check_words(
	const struct command *c, const struct opt_words *w, struct error *e)
{
	if (w->n >= c->min_words && w->n <= c->max_words)
		return 0;
	if (w->n < c->min_words)
		err_set(e, ERR_USAGE, -EINVAL, "the container id is missing");
	else if (c->max_words == 0)
		err_set(e, ERR_USAGE, -EINVAL, "takes no argument, but has \"%.64s\"",
			w->words[0]);
	else
		err_set(e, ERR_USAGE, -EINVAL, "\"%.64s\" is one argument too many",
			w->words[c->max_words]);
	err_hint(e, "usage: davit %s%s %s", c->name, c->options.n ? " [OPTIONS]" : "",
		c->words);
	return -EINVAL;
}

static int print_help(const struct command *c, struct error *e)
{
	auto_buf struct buf out = BUF_INIT;

	if ((c ? help_command(c, &out) : help_all(&out)) < 0)
		return err_sys(e, ENOMEM, "malloc", "cannot print the help");
	return cli_print(out.p, out.len, e);
}

int cmd_help(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	const struct command *c = words->n ? cli_command(words->words[0]) : NULL;

	(void)cli;
	(void)options;
	if (words->n && !c)
		return unknown_command(words->words[0], e);
	return print_help(c, e);
}

static int run_parsed(
	struct cli *cli, int argc, char **argv, void *options, struct error *e)
{
	const struct command *c = cli->command;
	struct opt_words words;
	int r;

	r = opt_parse(&c->options, argc, argv, false, options, &words, e);
	if (r < 0)
		return r;
	if (words.help)
		return print_help(c, e);
	r = check_words(c, &words, e);
	if (r < 0)
		return r;
	r = open_store(cli);
	if (r < 0)
		return r;
	/* Modes of our files are ours; what the container gets is in its configuration. */
	if (c->makes_files)
		umask(022);
	return c->run(cli, options, &words, e);
}

static int run_command(struct cli *cli, int argc, char **argv, struct error *e)
{
	const struct command *c = cli->command;
	auto_free void *options = calloc(1, c->options_size ? c->options_size : 1);
	int r;

	if (!options)
		return err_sys(e, ENOMEM, "malloc", "cannot read the command line");
	r = run_parsed(cli, argc, argv, options, e);
	/* The library says it in its own errors. */
	if (r < 0 && err_is(e) && !e->doing)
		err_wrap(e, "%s", c->name);
	opt_done(&c->options, options);
	return r;
}

static int dispatch(struct cli *cli, struct global_opts *global, int argc, char **argv,
	struct error *e)
{
	struct opt_words words;
	int r, used;

	used = opt_parse(&cli_global_options, argc, argv, true, global, &words, e);
	if (used < 0)
		return used;
	/* Both work whatever else was said: engines ask before they know anything. */
	if (global->version)
		return cmd_version(cli, NULL, &words, e);
	if (words.help)
		return print_help(NULL, e);
	r = open_log(global, e);
	if (r < 0)
		return r;
	if (words.n == 0) {
		err_set(e, ERR_USAGE, -EINVAL, "a command is missing; see davit --help");
		return -EINVAL;
	}
	cli->command = cli_command(words.words[0]);
	if (!cli->command)
		return unknown_command(words.words[0], e);
	return run_command(cli, argc - used, argv + used, e);
}

/* Builds for tests can run every suite over the fallbacks for older kernels. */
static int test_hooks(struct cli *cli)
{
	const char *without = DAVIT_TEST_HOOKS ? getenv("DAVIT_TEST_WITHOUT") : NULL;

	return without && without[0] ? davit_test_without(without, &cli->err) : 0;
}

int cli_main(int argc, char **argv)
{
	struct global_opts global = { .root = NULL };
	struct cli cli = { .global = &global };
	auto_error struct error e = ERROR_INIT;
	int r;

	/* A reader that goes away is an error of write, told like any other. */
	signal(SIGPIPE, SIG_IGN);
	r = test_hooks(&cli);
	if (r == 0)
		r = dispatch(
			&cli, &global, argc > 0 ? argc - 1 : 0, argv + (argc > 0), &e);
	if (r < 0) {
		const struct error *parts = davit_error_parts(cli.err);

		/* An error without a text is one still. */
		if (!parts && !err_is(&e))
			err_set(&e, ERR_BUG, r, "failed without a reason");
		log_err(parts ? parts : &e);
	}
	davit_error_free(cli.err);
	davit_close(cli.store);
	log_close();
	if (r >= 0)
		return r;
	return cli.command && cli.command->failure ? cli.command->failure : EXIT_FAILURE;
}
