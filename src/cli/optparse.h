/* SPDX-License-Identifier: Apache-2.0 */
/* Options as rows, and argv parsed by them. */
#ifndef DAVIT_CLI_OPTPARSE_H
#define DAVIT_CLI_OPTPARSE_H

#include <stdbool.h>
#include <stddef.h>

struct error;

enum opt_type {
	OPT_FLAG,   /* bool; "=true" and "=false" are understood */
	OPT_TEXT,   /* const char * */
	OPT_FILE,   /* const char *, a path; not empty */
	OPT_DIR,    /* const char *, a folder; not empty */
	OPT_NUMBER, /* uint32_t */
	OPT_CHOICE, /* int: place in metavar, whose words are divided by '|' */
	OPT_LIST,   /* struct opt_list: each time one more; opt_done() frees it */
};

struct opt_list {
	const char **items;
	size_t n;
};

#define OPT_HIDDEN \
	1u	    /* taken for the sake of callers of other runtimes; not in the help */
#define OPT_TEST 2u /* builds for tests only */

struct opt {
	char letter; /* 0: none */
	const char *name;
	enum opt_type type;
	const char *metavar; /* NULL for flags */
	size_t offset;	     /* in the option struct */
	unsigned flags;
	const char *help;
};

struct opt_set {
	const struct opt *rows;
	size_t n;
	const char *command; /* for messages; NULL: the global options */
	const struct opt_set
		*elsewhere; /* for advice: options that belong before the command */
	/* Not 0: behind so many words everything is the command line of another program,
	 * dashes and all; one "--" between the two is skipped. */
	size_t rest_after;
};

#define OPT_WORDS_MAX 4
struct opt_words {
	const char *words[OPT_WORDS_MAX]; /* what is no option, in order */
	size_t n;			  /* all of them, also those that had no place */
	bool help;			  /* --help or -h was among the options */
	char *const *rest;		  /* of sets with rest_after: in argv */
	size_t n_rest;
};

/*
 * Parse argv[0..argc) into out, the option struct of set. An option begins with one or two
 * dashes, its value follows after "=" or as next word; options stand on either side of words;
 * "--" ends them; "-" and negative numbers are words. A later option wins over an earlier one.
 * one_word: stop behind the first word. Returns how many elements were used, or -EINVAL with
 * the nearest name where there is one. Strings point into argv.
 */
int opt_parse(const struct opt_set *set, int argc, char *const *argv, bool one_word,
	void *out, struct opt_words *words, struct error *e);
/* Free the lists in out, also after a failure. */
void opt_done(const struct opt_set *set, void *out);

#endif
