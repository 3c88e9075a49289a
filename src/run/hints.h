/* SPDX-License-Identifier: Apache-2.0 */
/* Advice for errors whose reason a fact about the host tells. */
#ifndef DAVIT_RUN_HINTS_H
#define DAVIT_RUN_HINTS_H

#include "host/host.h"

struct error;

/* Fill in the advice if a row matches. */
void hint_for(struct error *e, const struct host *host);

#endif
