/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of a container's cgroup, and their end. */
#ifndef DAVIT_RUN_KILL_H
#define DAVIT_RUN_KILL_H

#include <stdbool.h>

#include "state/state.h"

struct error;

/* Open the container's cgroup in one hierarchy (O_PATH). -ENOENT without a text when it is gone. */
int cgroup_open(const struct state_hierarchy *h, struct error *e);
/* The cgroup whose list of processes is asked: of v2, else of the freezer, else any, and whether
 * it is v2's. -ENOTSUP when the container has none, -ENOENT (without a text) when it is gone. */
int members_open(const struct state_record *rec, bool *v2, struct error *e);
/* End every process of the container's cgroup, thawing it where it is frozen. 0 also when there
 * is none; -ENOTSUP as members_open(), -ETIMEDOUT. */
int members_kill(const struct state_record *rec, int timeout_ms, struct error *e);
/* Compares two pid_t, for qsort() and bsearch(). */
int members_by_number(const void *a, const void *b);

#endif
