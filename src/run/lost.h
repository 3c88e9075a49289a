/* SPDX-License-Identifier: Apache-2.0 */
/* A container whose record cannot be read: what the rest of its folder tells. */
#ifndef DAVIT_RUN_LOST_H
#define DAVIT_RUN_LOST_H

#include "run/open.h"

/* Does the record, which is broken, not even tell which process is init? */
bool lost_is(const struct opened *o);
/* What is wrong with the record, as an error. */
int lost_refused(struct opened *o, const char *id, struct error *e);
/*
 * Before such a container is removed, with its lock. Its cgroups are put into the record, from the
 * stored configuration where the record has none. Init that waits for start is killed: it has
 * the lock of a file of the folder. Whoever else is in the cgroups may be a stranger and is not
 * touched: -EBUSY with places and numbers.
 */
int lost_end(const struct run_env *env, struct opened *o, struct error *e);

#endif
