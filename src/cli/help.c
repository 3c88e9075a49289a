/* SPDX-License-Identifier: Apache-2.0 */
/* Usage and help, from the rows. */
#include "config.h"

#include "cli/command.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define HELP_COLUMN 30

/* "-b, --bundle DIR" */
static int option_names(const struct opt *row, struct buf *out)
{
	int r = row->letter ? buf_addf(out, "-%c, ", row->letter) : 0;

	if (r == 0)
		r = buf_addf(out, "--%s", row->name);
	if (r == 0 && row->metavar)
		r = buf_addf(out, " %s", row->metavar);
	return r;
}

/* left, blanks up to the column, or a new line where left is too long, right. */
static int two_columns(struct buf *out, const char *left, const char *right)
{
	int pad = HELP_COLUMN - (int)strlen(left) - 2;

	if (pad < 2)
		return buf_addf(out, "  %s\n%*s%s\n", left, HELP_COLUMN, "", right);
	return buf_addf(out, "  %s%*s%s\n", left, pad, "", right);
}

static int one_row(const struct opt *row, struct buf *out)
{
	auto_buf struct buf left = BUF_INIT;
	/* Long names stand below each other. */
	int r = row->letter ? 0 : buf_adds(&left, "    ");

	if (row->flags & OPT_HIDDEN)
		return 0;
	if (r == 0)
		r = option_names(row, &left);
	return r < 0 ? r : two_columns(out, left.p, row->help);
}

static int options(const struct opt_set *set, struct buf *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < set->n; i++)
		r = one_row(&set->rows[i], out);
	return r < 0 ? r : one_row(&cli_help_option, out);
}

int help_all(struct buf *out)
{
	int r = buf_adds(out, "usage: davit [GLOBAL OPTIONS] COMMAND [OPTIONS] [ID]\n\n"
			      "Runs containers as the OCI runtime specification says.\n");

	for (int g = 0; r == 0 && g < COMMAND_GROUPS; g++) {
		r = buf_addf(out, "\n%s:\n", cli_group_titles[g]);
		for (size_t i = 0; r == 0 && i < cli_n_commands; i++) {
			const struct command *c = &cli_commands[i];

			if ((int)c->group == g)
				r = two_columns(out, c->name, c->summary);
		}
	}
	if (r == 0)
		r = buf_adds(out, "\nGlobal options:\n");
	if (r == 0)
		r = options(&cli_global_options, out);
	if (r == 0)
		r = buf_adds(out, "\nMore: davit help COMMAND, davit(8)\n");
	return r;
}

int help_command(const struct command *c, struct buf *out)
{
	int r = buf_addf(out, "usage: davit [GLOBAL OPTIONS] %s%s%s%s\n\n", c->name,
		c->options.n ? " [OPTIONS]" : "", c->words[0] ? " " : "", c->words);

	/* The summary as a sentence. */
	if (r == 0)
		r = buf_addf(out, "%c%s.\n\nOptions:\n", c->summary[0] - 'a' + 'A',
			c->summary + 1);
	if (r == 0)
		r = options(&c->options, out);
	if (r == 0)
		r = buf_addf(out, "\nMore: davit-%s(8)\n", c->name);
	return r;
}
