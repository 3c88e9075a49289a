/* SPDX-License-Identifier: Apache-2.0 */
/* The order of the rules of an architecture. */
#ifndef DAVIT_PLAN_SECORDER_H
#define DAVIT_PLAN_SECORDER_H

struct arena;
struct seccomp_arch;

/*
 * Sort arch->rules by number (unsigned), and the rules of one number so that the first that
 * matches is the one that counts: without conditions first, then the tightest. The conditions of
 * each rule must be in the order of their arguments. The list may move within arena. -ENOMEM.
 */
int secorder_sort(struct arena *a, struct seccomp_arch *arch);

#endif
