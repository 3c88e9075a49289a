/* SPDX-License-Identifier: Apache-2.0 */
/* Lists on the heap that grow by one. */
#ifndef DAVIT_BASE_GROW_H
#define DAVIT_BASE_GROW_H

#include <stddef.h>

/*
 * The list of n elements of size bytes with room for one more, in place of list, which may be NULL
 * when n is 0; free(3) it. Without memory: NULL, and list is as it was.
 */
void *grow(void *list, size_t n, size_t size);

#endif
