/* SPDX-License-Identifier: Apache-2.0 */
/* Lists on the heap that grow by one. */
#include "config.h"

#include "base/grow.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

void *grow(void *list, size_t n, size_t size)
{
	if (n >= SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(list, (n + 1) * size);
}
