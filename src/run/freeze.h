/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup's freezer. */
#ifndef DAVIT_RUN_FREEZE_H
#define DAVIT_RUN_FREEZE_H

#include "state/state.h"

struct error;

/* Thaw the container's cgroup if it is frozen, so that SIGKILL takes effect (v1). */
int freeze_thaw(const struct state_record *rec, struct error *e);
/*
 * Stop every process of the container's cgroup: freezer.state of v1, else cgroup.freeze of v2.
 * Returns when they stand. -ETIMEDOUT: some did not within the time, all go on again; -ENOTSUP: no
 * cgroup that could be frozen; -ENOENT: it is gone.
 */
int freeze_on(const struct state_record *rec, int timeout_ms, struct error *e);
/* Let them go on, in each hierarchy where they are frozen. -ETIMEDOUT: a cgroup above is frozen. */
int freeze_off(const struct state_record *rec, int timeout_ms, struct error *e);

#endif
