/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing mountinfo, line by line. */
#ifndef DAVIT_SYS_MOUNTINFO_H
#define DAVIT_SYS_MOUNTINFO_H

#include <stddef.h>

struct error;

struct mountinfo {
	int id, parent;
	unsigned major, minor;
	/* Unescaped, valid during the call. */
	char *root, *target, *options, *fstype, *source, *super;
	int shared, master; /* peer groups, 0 = none */
};

/* Parse text (modified) and call fn for each line until it returns non-zero (returned).
 * -EINVAL for a broken line. O(n). */
int mountinfo_parse(
	char *text, int (*fn)(void *arg, const struct mountinfo *m), void *arg);
/* Read and parse the caller's own mountinfo. */
int mountinfo_each(
	int (*fn)(void *arg, const struct mountinfo *m), void *arg, struct error *e);

#endif
