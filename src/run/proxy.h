/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal of a child in the foreground. */
#ifndef DAVIT_RUN_PROXY_H
#define DAVIT_RUN_PROXY_H

#include "run/spawn.h"

/*
 * The part of attend() for a child with a terminal (c->tty, which is closed): bytes both ways,
 * window size, raw mode of our own terminal until it returns. 0 when the child has ended and
 * what it wrote last is out.
 */
int proxy(struct child *c, int signals, struct error *e);
/* Give the terminal the size of ours, where one of our standard descriptors is one. */
void proxy_size(int master);

#endif
