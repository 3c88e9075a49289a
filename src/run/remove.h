/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a container. */
#ifndef DAVIT_RUN_REMOVE_H
#define DAVIT_RUN_REMOVE_H

#include <stdbool.h>

#include "state/state.h"

struct error;

/* Destroy: kill, remove, discard the folder, poststop hooks (failures are warnings). s is closed
 * by the caller. */
int remove_container(int rootfd, struct state *s, bool alive, struct error *e);

#endif
