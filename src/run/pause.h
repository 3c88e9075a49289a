/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a container is where its record says. */
#ifndef DAVIT_RUN_PAUSE_H
#define DAVIT_RUN_PAUSE_H

#include "state/state.h"

struct error;

/* Is init in the container's cgroup, or in one below it? -EXDEV when it was moved away, -ESRCH
 * when it has ended, -ENOENT when the cgroup is gone, -ENOTSUP when the container has none. */
int member_check(const struct state_record *rec, struct error *e);

#endif
