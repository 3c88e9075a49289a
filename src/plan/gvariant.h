/* SPDX-License-Identifier: Apache-2.0 */
/* Values in GVariant's text form, as annotations have them. */
#ifndef DAVIT_PLAN_GVARIANT_H
#define DAVIT_PLAN_GVARIANT_H

#include <stddef.h>

struct arena;

struct gvariant {
	const char *type;    /* "b", "i", "u", "x", "t", "s" or "as" */
	const char **values; /* one, or the elements of "as"; numbers in decimal */
	size_t n;
};

/*
 * "uint64 10000000", "15", "true", "'text'", "['a', 'b']", "@as []". Only the types above: no other
 * property of a unit is worth the risk (security: a parser of everything was a way to crash
 * runtimes). Memory from arena. -EINVAL, -ERANGE for a number out of its type's range,
 * -EPROTONOSUPPORT for a type that is not accepted, -ENOMEM.
 */
int gvariant_parse(struct arena *a, const char *text, struct gvariant *out);

#endif
