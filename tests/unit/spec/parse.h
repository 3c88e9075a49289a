/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations made of one fragment, and what is to be found in it. */
#ifndef DAVIT_TESTS_SPEC_PARSE_H
#define DAVIT_TESTS_SPEC_PARSE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

/* Where the fragment goes. Around it is a configuration that has no fault. */
enum part {
	TOP,	 /* a member of the top level */
	PROCESS, /* a member of process, which has cwd and args */
	LINUX,	 /* a member of linux, with all namespaces but user and time */
	BARE,	 /* a member of the top level, which has no linux */
	WHOLE,	 /* the whole text */
};

/*
 * The fragment stands on line 2. A '^' in it marks the place of the (first) fault: it is
 * taken out, and the byte behind it must be the line and column of the fault.
 */
struct spec_case {
	enum part part;
	const char *fragment;
	const char *path; /* of the first fault; NULL: accepted */
	const char *text; /* part of its text */
	size_t faults;	  /* 0: one */
};

/* The text of a case, without the mark; in arena. *column is 0 without a mark. */
char *case_text(struct arena *a, const struct spec_case *t, unsigned *column);
/* Parse one case and assert all that it says. */
void case_check(const struct spec_case *t);
void cases_check(const struct spec_case *cases, size_t n);

/* The warnings of a text, each "path: text\n", in arena. Asserts that there is no fault. */
char *warnings_of(struct arena *a, const char *text);
/* Assert that a case is accepted with a warning whose line contains text. */
void case_warns(enum part part, const char *fragment, const char *text);

#endif
