/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of CPUs and memory nodes, "0-3,7". */
#ifndef DAVIT_SPEC_LIST_H
#define DAVIT_SPEC_LIST_H

#include <stddef.h>

/* No kernel has more CPUs (NR_CPUS) or nodes (MAX_NUMNODES, 1024). */
#define LIST_CPU_MAX 8191u
#define LIST_NODE_MAX 1023u

/*
 * Call fn (unless NULL) for each range of a list, in its order. Blanks around items and empty
 * items are skipped, so "" and "," are empty lists (config.md: ^[0-9, -]*$). Returns the number
 * of ranges; -EINVAL for anything else, also "3-1"; -ERANGE for a number over max.
 */
int spec_list_each(const char *text, unsigned max,
	void (*fn)(void *arg, unsigned first, unsigned last), void *arg);

#endif
