/* SPDX-License-Identifier: Apache-2.0 */
/* argv to an option struct, by rows. */
#include "config.h"

#include "cli/optparse.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/grow.h"
#include "base/num.h"
#include "base/table.h"

#define SHOWN 64 /* bytes of a wrong word in a message */

static const struct opt opt_help = { .letter = 'h', .name = "help", .type = OPT_FLAG };

struct parser {
	const struct opt_set *set;
	void *out;
	struct opt_words *words;
};

static bool usable(const struct opt *row)
{
	return DAVIT_TEST_HOOKS || !(row->flags & OPT_TEST);
}

static const struct opt *by_name(const struct opt_set *set, const char *name, size_t len)
{
	if (len == strlen(opt_help.name) && memcmp(name, opt_help.name, len) == 0)
		return &opt_help;
	for (size_t i = 0; i < set->n; i++) {
		const struct opt *row = &set->rows[i];

		if (usable(row) && row->name && strlen(row->name) == len &&
			memcmp(row->name, name, len) == 0)
			return row;
	}
	return NULL;
}

static const struct opt *by_letter(const struct opt_set *set, char letter)
{
	if (letter == opt_help.letter)
		return &opt_help;
	for (size_t i = 0; i < set->n; i++) {
		const struct opt *row = &set->rows[i];

		if (usable(row) && letter && row->letter == letter)
			return row;
	}
	return NULL;
}

static int set_flag(bool *out, const struct opt *row, const char *value, struct error *e)
{
	static const struct table_entry entries[] = { { "false", 0 }, { "true", 1 },
		{ "0", 0 }, { "1", 1 } };
	static const struct table truth = TABLE("truth value", entries);
	int r = value ? table_id(&truth, value) : 1;

	if (r < 0)
		return err_set(e, ERR_USAGE, -EINVAL,
			"option --%s takes true or false, not \"%.*s\"", row->name, SHOWN,
			value);
	*out = r != 0;
	return 0;
}

static int set_choice(int *out, const struct opt *row, const char *value, struct error *e)
{
	const char *word = row->metavar;
	size_t len = strlen(value);

	for (int i = 0; word; i++) {
		size_t n = strcspn(word, "|");

		if (n == len && memcmp(word, value, n) == 0) {
			*out = i;
			return 0;
		}
		word = word[n] ? word + n + 1 : NULL;
	}
	return err_set(e, ERR_USAGE, -EINVAL, "option --%s takes %s, not \"%.*s\"",
		row->name, row->metavar, SHOWN, value);
}

static int set_number(
	uint32_t *out, const struct opt *row, const char *value, struct error *e)
{
	uint64_t n;

	if (num_u64(value, UINT32_MAX, &n) < 0)
		return err_set(e, ERR_USAGE, -EINVAL,
			"option --%s takes a number from 0 to %u, not \"%.*s\"",
			row->name, UINT32_MAX, SHOWN, value);
	*out = (uint32_t)n;
	return 0;
}

static int add_item(
	struct opt_list *out, const struct opt *row, const char *value, struct error *e)
{
	const char **grown = grow(out->items, out->n, sizeof(*grown));

	if (!grown)
		return err_sys(e, ENOMEM, "malloc", "cannot keep option --%s", row->name);
	out->items = grown;
	out->items[out->n++] = value;
	return 0;
}

/* value is NULL for a flag without "=". */
static int store(
	struct parser *p, const struct opt *row, const char *value, struct error *e)
{
	char *at = (char *)p->out + row->offset;

	if (row == &opt_help)
		return set_flag(&p->words->help, row, value, e);
	switch (row->type) {
	case OPT_FLAG:
		return set_flag((bool *)at, row, value, e);
	case OPT_FILE:
	case OPT_DIR:
		if (value[0] == '\0')
			return err_set(e, ERR_USAGE, -EINVAL,
				"option --%s needs a %s, not an empty word", row->name,
				row->type == OPT_DIR ? "folder" : "file");
		memcpy(at, &value, sizeof(value));
		return 0;
	case OPT_TEXT:
		memcpy(at, &value, sizeof(value));
		return 0;
	case OPT_NUMBER:
		return set_number((uint32_t *)(void *)at, row, value, e);
	case OPT_CHOICE:
		return set_choice((int *)(void *)at, row, value, e);
	case OPT_LIST:
		return add_item((struct opt_list *)(void *)at, row, value, e);
	}
	return -EINVAL;
}

static int unknown(
	const struct opt_set *set, const char *word, const char *name, struct error *e)
{
	const char *names[64], *near;
	char bare[SHOWN];
	size_t n = 0, len = strcspn(name, "=");

	err_set(e, ERR_USAGE, -EINVAL, "unknown option %.*s", SHOWN, word);
	if (set->command)
		err_wrap(e, "%s", set->command);
	if (len >= sizeof(bare))
		return -EINVAL;
	memcpy(bare, name, len);
	bare[len] = '\0';
	if (set->elsewhere && by_name(set->elsewhere, bare, len)) {
		err_hint(e, "--%s is a global option: put it before the command", bare);
		return -EINVAL;
	}
	for (size_t i = 0; i < set->n && n < ARRAY_SIZE(names); i++) {
		if (!(set->rows[i].flags & (OPT_HIDDEN | OPT_TEST)))
			names[n++] = set->rows[i].name;
	}
	near = table_nearest(names, n, bare);
	/* In the text itself: engines and logs show one line. */
	if (near) {
		err_set(e, ERR_USAGE, -EINVAL, "unknown option %.*s; the nearest is --%s",
			SHOWN, word, near);
		if (set->command)
			err_wrap(e, "%s", set->command);
	}
	return -EINVAL;
}

/* The exact words that podman looks for (docs/engines.md, "Command line"). */
static int no_argument(const struct opt_set *set, const struct opt *row, struct error *e)
{
	err_set(e, ERR_USAGE, -EINVAL, "flag needs an argument: --%s", row->name);
	if (set->command)
		err_wrap(e, "%s", set->command);
	return -EINVAL;
}

/*
 * "-fq", "-bDIR": letters of flags, the last of which may take a value. Only after the word was
 * not the name of an option.
 */
static int letters(struct parser *p, const char *word, const char *next, struct error *e)
{
	const char *at = word + 1;
	const struct opt *row;
	int r;

	for (const char *c = at; *c; c++) {
		row = by_letter(p->set, *c);
		if (!row)
			return unknown(p->set, word, word + strspn(word, "-"), e);
		if (row->type != OPT_FLAG || c[1] == '=')
			break;
	}
	for (; *at; at++) {
		row = by_letter(p->set, *at);
		if (row->type == OPT_FLAG && at[1] != '=') {
			r = store(p, row, NULL, e);
			if (r < 0)
				return r;
			continue;
		}
		if (at[1])
			next = at + (at[1] == '=' ? 2 : 1);
		else if (!next)
			return no_argument(p->set, row, e);
		r = store(p, row, next, e);
		return r < 0 ? r : at[1] ? 1 : 2;
	}
	return 1;
}

/* One option at argv[0]; next is the word behind it or NULL. Returns how many were used. */
static int option(struct parser *p, const char *word, const char *next, struct error *e)
{
	const char *name = word + (word[1] == '-' ? 2 : 1);
	size_t len = strcspn(name, "=");
	const struct opt *row = by_name(p->set, name, len);
	int r;

	if (!row && word[1] != '-')
		return letters(p, word, next, e);
	if (!row)
		return unknown(p->set, word, name, e);
	if (name[len] == '=') {
		r = store(p, row, name + len + 1, e);
		return r < 0 ? r : 1;
	}
	if (row->type == OPT_FLAG) {
		r = store(p, row, NULL, e);
		return r < 0 ? r : 1;
	}
	if (!next)
		return no_argument(p->set, row, e);
	r = store(p, row, next, e);
	return r < 0 ? r : 2;
}

/* "-" is a file name for some, "-9" the signal of kill. */
static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0' && !(word[1] >= '0' && word[1] <= '9');
}

static void add_word(struct opt_words *words, const char *word)
{
	if (words->n < OPT_WORDS_MAX)
		words->words[words->n] = word;
	words->n++;
}

int opt_parse(const struct opt_set *set, int argc, char *const *argv, bool one_word,
	void *out, struct opt_words *words, struct error *e)
{
	struct parser p = { .set = set, .out = out, .words = words };
	bool only_words = false;
	int i = 0, used;

	*words = (struct opt_words){ .n = 0 };
	while (i < argc && !(one_word && words->n)) {
		const char *word = argv[i];

		if (set->rest_after && words->n == set->rest_after) {
			i += !only_words && strcmp(word, "--") == 0;
			words->rest = argv + i;
			words->n_rest = (size_t)(argc - i);
			return argc;
		}

		if (!only_words && strcmp(word, "--") == 0) {
			only_words = true;
			i++;
			continue;
		}
		if (only_words || !is_option(word)) {
			add_word(words, word);
			i++;
			continue;
		}
		used = option(&p, word, i + 1 < argc ? argv[i + 1] : NULL, e);
		if (used < 0)
			return used;
		i += used;
	}
	return i;
}

void opt_done(const struct opt_set *set, void *out)
{
	for (size_t i = 0; i < set->n; i++) {
		struct opt_list *list;

		if (set->rows[i].type != OPT_LIST)
			continue;
		list = (struct opt_list *)(void *)((char *)out + set->rows[i].offset);
		free(list->items);
		*list = (struct opt_list){ .items = NULL };
	}
}
