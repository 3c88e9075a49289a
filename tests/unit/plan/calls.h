/* SPDX-License-Identifier: Apache-2.0 */
/* System calls that are worth trying against a seccomp policy. */
#ifndef DAVIT_TESTS_CALLS_H
#define DAVIT_TESTS_CALLS_H

#include <stddef.h>
#include <stdint.h>

#include "bpfsim.h"
#include "plan/planner.h"

/* A fixed sequence, so that a failure can be repeated: a number below below. */
uint32_t calls_random(uint64_t *seed, uint32_t below);

/*
 * Try calls of p->archs[arch]: numbers 0 to last, of x32 too, the numbers of all rules and their
 * neighbours, the borders of the number space; for numbers whose rules have conditions many
 * arguments around the values that these compare with.
 */
void calls_each(const struct seccomp_policy *p, size_t arch, uint32_t last,
	uint64_t *seed, void (*fn)(void *arg, const struct bpfsim_call *call), void *arg);

#endif
