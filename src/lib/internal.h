/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of lib/ share: the public error around ours. */
#ifndef DAVIT_LIB_INTERNAL_H
#define DAVIT_LIB_INTERNAL_H

#include <stddef.h>

#include "base/err.h"
#include "davit/davit.h"

struct davit_error {
	struct error e;
	char *line, *text, *json; /* made when they are asked for */
};

/* Move e (freed in any case) into a new object for the caller. Returns e's code. */
int lib_fail(struct davit_error **err, struct error *e);
/* A wrong argument. */
int lib_usage(struct davit_error **err, const char *what);
/*
 * Copy a caller's option struct, which begins with its size, over ours (zeroed, size bytes).
 * An older caller's is shorter; what a newer one's has more must be zero. -EINVAL.
 */
int lib_options(void *to, size_t size, const void *from);

#endif
