/* SPDX-License-Identifier: Apache-2.0 */
/* list: a table for people, JSON for programs, ids for scripts. */
#include "config.h"

#include "cli/command.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"

#define COLUMNS 6
#define COLUMN_MIN 12 /* with the gap */
#define COLUMN_GAP 3

struct listing {
	const struct list_opts *opts;
	struct arena arena;
	struct buf out; /* JSON or ids */
	const char *(*rows)[COLUMNS];
	size_t n;
};

/* Names from configurations never reach a terminal as they are (J10). */
static const char *cell(struct arena *a, const char *s)
{
	auto_buf struct buf b = BUF_INIT;

	if (!s)
		return "";
	if (buf_add_escaped(&b, s, strlen(s)) < 0)
		return NULL;
	return arena_strdup(a, b.p ? b.p : "");
}

static int add_row(struct listing *l, const struct davit_entry *entry)
{
	struct arena *a = &l->arena;
	const char **row;

	l->rows = arena_grow(a, l->rows, l->n, sizeof(*l->rows));
	if (!l->rows)
		return -ENOMEM;
	row = l->rows[l->n++];
	row[0] = cell(a, entry->id);
	row[1] = arena_printf(a, "%" PRId64, entry->pid);
	row[2] = cell(a, entry->status);
	row[3] = cell(a, entry->bundle);
	row[4] = cell(a, entry->created);
	row[5] = cell(a, entry->owner);
	for (size_t i = 0; i < COLUMNS; i++) {
		if (!row[i])
			return -ENOMEM;
	}
	return 0;
}

static int add(void *arg, const struct davit_entry *entry)
{
	struct listing *l = arg;

	if (l->opts->quiet)
		return buf_addf(&l->out, "%s\n", entry->id);
	if (l->opts->format == LIST_TABLE)
		return add_row(l, entry);
	return buf_addf(&l->out, "%s%s", l->n++ ? "," : "", entry->json);
}

static int table(struct listing *l)
{
	static const char *const titles[COLUMNS] = { "ID", "PID", "STATUS", "BUNDLE",
		"CREATED", "OWNER" };
	size_t width[COLUMNS];
	int r = 0;

	for (size_t c = 0; c < COLUMNS; c++) {
		width[c] = strlen(titles[c]);
		for (size_t i = 0; i < l->n; i++) {
			if (strlen(l->rows[i][c]) > width[c])
				width[c] = strlen(l->rows[i][c]);
		}
		width[c] += COLUMN_GAP;
		if (width[c] < COLUMN_MIN)
			width[c] = COLUMN_MIN;
	}
	for (size_t i = 0; r == 0 && i <= l->n; i++) {
		const char *const *row = i ? l->rows[i - 1] : titles;

		for (size_t c = 0; r == 0 && c < COLUMNS - 1; c++)
			r = buf_addf(&l->out, "%-*s", (int)width[c], row[c]);
		if (r == 0)
			r = buf_addf(&l->out, "%s\n", row[COLUMNS - 1]);
	}
	return r;
}

int cmd_list(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	struct listing l = { .opts = options };
	bool json = l.opts->format == LIST_JSON && !l.opts->quiet;
	enum davit_list_what what = l.opts->quiet ? DAVIT_LIST_IDS
				    : json	  ? DAVIT_LIST_JSON
						  : DAVIT_LIST_FIELDS;
	/* An empty list is [], which readers of null do not mind. */
	int r = json ? buf_adds(&l.out, "[") : 0;

	(void)words;
	if (r == 0)
		r = davit_list(cli->store, what, add, &l, &cli->err);
	if (r == 0 && json)
		r = buf_adds(&l.out, "]\n");
	else if (r == 0 && !l.opts->quiet)
		r = table(&l);
	if (r == 0)
		r = cli_print(l.out.p ? l.out.p : "", l.out.len, e);
	else if (!cli->err)
		err_sys(e, -r, "malloc", "cannot print the list");
	buf_done(&l.out);
	arena_done(&l.arena);
	return r;
}
