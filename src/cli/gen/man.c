/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of man pages: synopsis, options, the list of commands. */
#include "config.h"

#include "cli/gen/gen.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "cli/command.h"

/* Text for a line of mdoc: no macro at its begin, no backslash. */
static int put_text(struct buf *out, const char *s)
{
	int r = *s == '.' || *s == '\'' ? buf_adds(out, "\\&") : 0;

	for (; r == 0 && *s; s++)
		r = *s == '\\' ? buf_adds(out, "\\e") : buf_add(out, s, 1);
	return r;
}

int gen_sentence(struct buf *out, const char *s)
{
	size_t n = strlen(s);
	auto_buf struct buf text = BUF_INIT;
	int r = buf_adds(&text, s);

	if (r == 0 && n && s[0] >= 'a' && s[0] <= 'z')
		text.p[0] = (char)(s[0] - 'a' + 'A');
	if (r == 0)
		r = put_text(out, text.p);
	return r < 0 ? r : buf_adds(out, n && s[n - 1] == '.' ? "\n" : ".\n");
}

/* The words between brackets are optional: "ID [SIGNAL]". */
static int words(const char *text, struct buf *out)
{
	int r = 0;

	while (r == 0 && *text) {
		bool optional = *text == '[';
		size_t n;

		text += optional;
		n = strcspn(text, " ]");
		r = buf_addf(out, ".%sAr %.*s\n", optional ? "Op " : "", (int)n, text);
		text += n;
		text += strspn(text, " ]");
	}
	return r;
}

int gen_synopsis(const char *command, struct buf *out)
{
	const struct command *c = command ? cli_command(command) : NULL;
	int r;

	if (command && !c)
		return -EINVAL;
	r = buf_adds(out, ".Nm davit\n.Op Ar global options\n");
	if (r < 0)
		return r;
	if (!c)
		return buf_adds(out, ".Ar command\n.Op Ar options\n.Op Ar ID\n");
	r = buf_addf(out, ".Cm %s\n", c->name);
	if (r == 0 && c->options.n)
		r = buf_adds(out, ".Op Ar options\n");
	return r < 0 ? r : words(c->words, out);
}

/* ".It Fl b , Fl -bundle Ar DIR" and the sentence. */
static int item(const struct opt *row, struct buf *out)
{
	int r = buf_adds(out, ".It ");

	if (r == 0 && row->letter)
		r = buf_addf(out, "Fl %c , ", row->letter);
	if (r == 0)
		r = buf_addf(out, "Fl -%s", row->name);
	if (r == 0 && row->metavar)
		r = buf_addf(out, " Ar %s", row->metavar);
	if (r == 0)
		r = buf_adds(out, "\n");
	return r < 0 ? r : gen_sentence(out, row->help);
}

int gen_options(const char *command, struct buf *out)
{
	const struct command *c = command ? cli_command(command) : NULL;
	const struct opt_set *set = c ? &c->options : &cli_global_options;
	int r;

	if (command && !c)
		return -EINVAL;
	r = buf_adds(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; r == 0 && i < set->n; i++) {
		if (!(set->rows[i].flags & OPT_TEST))
			r = item(&set->rows[i], out);
	}
	if (r == 0)
		r = item(&cli_help_option, out);
	return r < 0 ? r : buf_adds(out, ".El\n");
}

int gen_commands(struct buf *out)
{
	int r = 0;

	for (int g = 0; r == 0 && g < COMMAND_GROUPS; g++) {
		r = buf_addf(out, ".Ss %s\n.Bl -tag -width Ds\n", cli_group_titles[g]);
		for (size_t i = 0; r == 0 && i < cli_n_commands; i++) {
			const struct command *c = &cli_commands[i];

			if ((int)c->group != g)
				continue;
			r = buf_addf(out, ".It Xr davit-%s 8\n", c->name);
			if (r == 0)
				r = gen_sentence(out, c->summary);
		}
		if (r == 0)
			r = buf_adds(out, ".El\n");
	}
	return r;
}
