/* SPDX-License-Identifier: Apache-2.0 */
/* The container's cgroup by systemd's manager. Runs in the parent. */
#ifndef DAVIT_SETUP_CGROUP_UNIT_H
#define DAVIT_SETUP_CGROUP_UNIT_H

#include <stdbool.h>

struct error;
struct plan_unit;

/*
 * Set the unit's limits anew at run time (SetUnitProperties): for update. Only the properties that
 * are limits, the late ones in place of the early; one message. A property that this systemd does
 * not know is left to the file.
 */
int cgroup_unit_set(const struct plan_unit *unit, struct error *e);
/* Stop the unit and wait for it; that there is none is fine. At most two messages. */
int cgroup_unit_stop(const char *name, bool user, int timeout_ms, struct error *e);

#endif
