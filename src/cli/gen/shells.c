/* SPDX-License-Identifier: Apache-2.0 */
/* Completions for bash, zsh and fish. */
#include "config.h"

#include "cli/gen/gen.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "cli/command.h"

static bool shown(const struct opt *row)
{
	return !(row->flags & (OPT_HIDDEN | OPT_TEST));
}

/* Visit the rows of a set that are offered, --help among them. */
static int each_row(const struct opt_set *set,
	int (*fn)(struct buf *out, const struct command *c, const struct opt *row),
	const struct command *c, struct buf *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < set->n; i++) {
		if (shown(&set->rows[i]))
			r = fn(out, c, &set->rows[i]);
	}
	return r < 0 ? r : fn(out, c, &cli_help_option);
}

static int takes_id(const struct command *c)
{
	/* create and run want a name that is not there yet. */
	return strncmp(c->words, "ID", 2) == 0 && c->group == GROUP_LIFE &&
			       (!c->makes_files || c->options.rest_after)
		       ? 1
		       : strcmp(c->name, "state") == 0;
}

static int choices(struct buf *out, const char *metavar)
{
	int r = 0;

	for (const char *p = metavar; r == 0 && *p; p++)
		r = buf_add(out, *p == '|' ? " " : p, 1);
	return r;
}

/* --- bash --- */

static int bash_name(struct buf *out, const struct command *c, const struct opt *row)
{
	(void)c;
	return buf_addf(out, " --%s", row->name);
}

/* A case for what stands behind an option with a value. */
static int bash_value(struct buf *out, const struct command *c, const struct opt *row)
{
	int r;

	(void)c;
	if (row->type == OPT_FLAG)
		return 0;
	r = buf_addf(out, "\t%s:--%s", c ? c->name : "", row->name);
	if (r == 0 && row->letter)
		r = buf_addf(out, " | %s:-%c", c ? c->name : "", row->letter);
	if (r == 0)
		r = buf_adds(out, ")\n\t\t");
	switch (row->type) {
	case OPT_DIR:
		return r < 0 ? r : buf_adds(out, "_davit_reply -d ;;\n");
	case OPT_FILE:
		return r < 0 ? r : buf_adds(out, "_davit_reply -f ;;\n");
	case OPT_CHOICE:
		if (r == 0)
			r = buf_adds(out, "_davit_reply -W '");
		if (r == 0)
			r = choices(out, row->metavar);
		return r < 0 ? r : buf_adds(out, "' ;;\n");
	case OPT_TEXT:
	case OPT_NUMBER:
	case OPT_LIST:
	case OPT_FLAG:
		break;
	}
	return r < 0 ? r : buf_adds(out, ": ;;\n");
}

static int bash_begin(struct buf *out)
{
	return buf_adds(out,
		"# SPDX-License-Identifier: Apache-2.0\n"
		"# bash completion for davit; written by make regenerate, do not edit.\n"
		"# shellcheck shell=bash\n\n"
		"_davit_reply() { mapfile -t COMPREPLY < <(compgen \"$@\" -- \"$cur\"); }\n\n"
		"_davit_ids() {\n"
		"\tlocal root=()\n"
		"\t[ -z \"$davit_root\" ] || root=(--root \"$davit_root\")\n"
		"\tdavit \"${root[@]}\" list -q 2>/dev/null\n"
		"}\n\n"
		"_davit() {\n"
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
		"\tlocal command='' davit_root='' i\n"
		"\tCOMPREPLY=()\n"
		"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		"\t\tcase ${COMP_WORDS[i]} in\n"
		"\t\t--root) davit_root=${COMP_WORDS[++i]-} ;;\n");
}

/* Global options with a value: the word behind them is no command. */
static int bash_skips(struct buf *out)
{
	bool first = true;
	int r = 0;

	for (size_t i = 0; r == 0 && i < cli_global_options.n; i++) {
		const struct opt *row = &cli_global_options.rows[i];

		if (row->type == OPT_FLAG || strcmp(row->name, "root") == 0)
			continue;
		r = buf_addf(out, "%s--%s", first ? "\t\t" : " | ", row->name);
		first = false;
	}
	return r < 0 ? r : buf_adds(out, ") ((i++)) ;;\n");
}

static int bash_commands(struct buf *out)
{
	int r = buf_adds(out, "\tcase $command in\n\t'')\n\t\tcase $cur in\n"
			      "\t\t-*) _davit_reply -W '");

	if (r == 0)
		r = each_row(&cli_global_options, bash_name, NULL, out);
	if (r == 0)
		r = buf_adds(out, "' ;;\n\t\t*) _davit_reply -W '");
	for (size_t i = 0; r == 0 && i < cli_n_commands; i++)
		r = buf_addf(out, " %s", cli_commands[i].name);
	if (r == 0)
		r = buf_adds(out, "' ;;\n\t\tesac\n\t\t;;\n");
	for (size_t i = 0; r == 0 && i < cli_n_commands; i++) {
		const struct command *c = &cli_commands[i];

		r = buf_addf(out, "\t%s)\n\t\tcase $cur in\n\t\t-*) _davit_reply -W '",
			c->name);
		if (r == 0)
			r = each_row(&c->options, bash_name, c, out);
		if (r == 0)
			r = buf_adds(out, "' ;;\n");
		if (r == 0 && takes_id(c))
			r = buf_adds(
				out, "\t\t*) _davit_reply -W \"$(_davit_ids)\" ;;\n");
		if (r == 0)
			r = buf_adds(out, "\t\tesac\n\t\t;;\n");
	}
	return r < 0 ? r : buf_adds(out, "\tesac\n");
}

int gen_bash(struct buf *out)
{
	int r = bash_begin(out);

	if (r == 0)
		r = bash_skips(out);
	if (r == 0)
		r = buf_adds(out,
			"\t\t-*) ;;\n"
			"\t\t*)\n\t\t\tcommand=${COMP_WORDS[i]}\n\t\t\tbreak\n\t\t\t;;\n"
			"\t\tesac\n\tdone\n"
			"\tcase $command:$prev in\n");
	if (r == 0)
		r = each_row(&cli_global_options, bash_value, NULL, out);
	for (size_t i = 0; r == 0 && i < cli_n_commands; i++)
		r = each_row(&cli_commands[i].options, bash_value, &cli_commands[i], out);
	if (r == 0)
		r = buf_adds(
			out, "\t*) _davit_words ;;\n\tesac\n}\n\n_davit_words() {\n");
	if (r == 0)
		r = bash_commands(out);
	return r < 0 ? r : buf_adds(out, "}\n\ncomplete -F _davit davit\n");
}

/* --- zsh --- */

/* Inside of '...[...]': quotes, brackets and colons mean something. */
static int zsh_text(struct buf *out, const char *s)
{
	int r = 0;

	for (; r == 0 && *s; s++) {
		if (*s == '\'')
			r = buf_adds(out, "'\\''");
		else if (strchr("[]:\\", *s))
			r = buf_addf(out, "\\%c", *s);
		else
			r = buf_add(out, s, 1);
	}
	return r;
}

static int zsh_action(struct buf *out, const struct opt *row)
{
	switch (row->type) {
	case OPT_FLAG:
		return 0;
	case OPT_DIR:
		return buf_addf(out, ":%s:_files -/", row->metavar);
	case OPT_FILE:
		return buf_addf(out, ":%s:_files", row->metavar);
	case OPT_CHOICE: {
		int r = buf_adds(out, ":which:(");

		if (r == 0)
			r = choices(out, row->metavar);
		return r < 0 ? r : buf_adds(out, ")");
	}
	case OPT_TEXT:
	case OPT_NUMBER:
	case OPT_LIST: {
		int r = buf_adds(out, ":");

		if (r == 0)
			r = zsh_text(out, row->metavar);
		return r < 0 ? r : buf_adds(out, ": ");
	}
	}
	return 0;
}

static int zsh_row(struct buf *out, const struct command *c, const struct opt *row)
{
	const char *value = row->type == OPT_FLAG ? "" : "=";
	int r;

	(void)c;
	if (row->letter && row->type == OPT_LIST)
		r = buf_addf(
			out, " \\\n\t\t'*'{-%c,--%s%s}'[", row->letter, row->name, value);
	else if (row->letter)
		r = buf_addf(out, " \\\n\t\t'(-%c --%s)'{-%c,--%s%s}'[", row->letter,
			row->name, row->letter, row->name, value);
	else
		r = buf_addf(out, " \\\n\t\t'%s--%s%s[", row->type == OPT_LIST ? "*" : "",
			row->name, value);
	if (r == 0)
		r = zsh_text(out, row->help);
	if (r == 0)
		r = buf_adds(out, "]");
	if (r == 0)
		r = zsh_action(out, row);
	return r < 0 ? r : buf_adds(out, "'");
}

static int zsh_command(struct buf *out, const struct command *c)
{
	int r = buf_addf(out, "\t%s)\n\t\t_arguments -s", c->name);

	if (r == 0)
		r = each_row(&c->options, zsh_row, c, out);
	if (r == 0 && takes_id(c))
		r = buf_adds(out, " \\\n\t\t'1:container:_davit_ids'");
	else if (r == 0 && c->max_words)
		r = buf_adds(out, " \\\n\t\t'1:name: '");
	if (r == 0 && c->max_words > 1)
		r = buf_adds(out, " \\\n\t\t'2:signal:_signals'");
	return r < 0 ? r : buf_adds(out, "\n\t\t;;\n");
}

int gen_zsh(struct buf *out)
{
	int r = buf_adds(out,
		"#compdef davit\n"
		"# SPDX-License-Identifier: Apache-2.0\n"
		"# zsh completion for davit; written by make regenerate, do not edit.\n\n"
		"_davit_ids() {\n"
		"\tlocal -a ids root\n"
		"\t[[ -z ${opt_args[--root]-} ]] || root=(--root ${opt_args[--root]})\n"
		"\tids=(${(f)\"$(davit $root list -q 2>/dev/null)\"})\n"
		"\t_describe container ids\n"
		"}\n\n"
		"_davit_commands() {\n"
		"\tlocal -a commands\n"
		"\tcommands=(\n");

	for (size_t i = 0; r == 0 && i < cli_n_commands; i++) {
		r = buf_addf(out, "\t\t'%s:", cli_commands[i].name);
		if (r == 0)
			r = zsh_text(out, cli_commands[i].summary);
		if (r == 0)
			r = buf_adds(out, "'\n");
	}
	if (r == 0)
		r = buf_adds(out,
			"\t)\n\t_describe command commands\n}\n\n"
			"_davit() {\n\tlocal curcontext=$curcontext state line\n"
			"\ttypeset -A opt_args\n\n\t_arguments -C");
	if (r == 0)
		r = each_row(&cli_global_options, zsh_row, NULL, out);
	if (r == 0)
		r = buf_adds(out,
			" \\\n\t\t'1:command:_davit_commands' '*::argument:->rest'\n"
			"\t[[ $state == rest ]] || return\n\tcase $line[1] in\n");
	for (size_t i = 0; r == 0 && i < cli_n_commands; i++)
		r = zsh_command(out, &cli_commands[i]);
	return r < 0 ? r : buf_adds(out, "\tesac\n}\n\n_davit \"$@\"\n");
}

/* --- fish --- */

static int fish_text(struct buf *out, const char *s)
{
	int r = buf_adds(out, "'");

	for (; r == 0 && *s; s++)
		r = *s == '\'' || *s == '\\' ? buf_addf(out, "\\%c", *s)
					     : buf_add(out, s, 1);
	return r < 0 ? r : buf_adds(out, "'");
}

static int fish_row(struct buf *out, const struct command *c, const struct opt *row)
{
	int r = c ? buf_addf(out, "complete -c davit -n '__davit_is %s'", c->name)
		  : buf_adds(out, "complete -c davit -n __davit_no_command");

	if (r == 0 && row->letter)
		r = buf_addf(out, " -s %c", row->letter);
	if (r == 0)
		r = buf_addf(out, " -l %s", row->name);
	if (r == 0 && row->type == OPT_FILE)
		r = buf_adds(out, " -r -F");
	else if (r == 0 && row->type == OPT_DIR)
		r = buf_adds(out, " -x -a '(__fish_complete_directories)'");
	else if (r == 0 && row->type == OPT_CHOICE) {
		r = buf_adds(out, " -x -a '");
		if (r == 0)
			r = choices(out, row->metavar);
		if (r == 0)
			r = buf_adds(out, "'");
	} else if (r == 0 && row->type != OPT_FLAG)
		r = buf_adds(out, " -x");
	if (r == 0)
		r = buf_adds(out, " -d ");
	if (r == 0)
		r = fish_text(out, row->help);
	return r < 0 ? r : buf_adds(out, "\n");
}

int gen_fish(struct buf *out)
{
	int r = buf_adds(out,
		"# SPDX-License-Identifier: Apache-2.0\n"
		"# fish completion for davit; written by make regenerate, do not edit.\n\n"
		"set -g __davit_commands");

	for (size_t i = 0; r == 0 && i < cli_n_commands; i++)
		r = buf_addf(out, " %s", cli_commands[i].name);
	if (r == 0)
		r = buf_adds(out,
			"\n\nfunction __davit_no_command\n"
			"\tnot __fish_seen_subcommand_from $__davit_commands\nend\n\n"
			"function __davit_is\n"
			"\t__fish_seen_subcommand_from $argv[1]\nend\n\n"
			"complete -c davit -f\n");
	for (size_t i = 0; r == 0 && i < cli_n_commands; i++) {
		r = buf_addf(out, "complete -c davit -n __davit_no_command -a %s -d ",
			cli_commands[i].name);
		if (r == 0)
			r = fish_text(out, cli_commands[i].summary);
		if (r == 0)
			r = buf_adds(out, "\n");
	}
	if (r == 0)
		r = each_row(&cli_global_options, fish_row, NULL, out);
	for (size_t i = 0; r == 0 && i < cli_n_commands; i++) {
		const struct command *c = &cli_commands[i];

		r = each_row(&c->options, fish_row, c, out);
		if (r == 0 && takes_id(c))
			r = buf_addf(out,
				"complete -c davit -n '__davit_is %s' -a "
				"'(davit list -q 2>/dev/null)'\n",
				c->name);
	}
	return r;
}
