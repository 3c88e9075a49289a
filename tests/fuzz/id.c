/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: what is taken as an id is one harmless component of a path. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "state/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *id = malloc(size + 1);
	auto_error struct error e = ERROR_INIT;
	size_t len;
	int r;

	if (!id)
		return 0;
	if (size)
		memcpy(id, data, size);
	id[size] = '\0';
	len = strlen(id);
	r = state_id_check(id, &e);
	if (r < 0) {
		if (e.code != r || !e.text || strlen(e.text) > 512)
			abort();
		return 0;
	}
	if (len == 0 || len > 200 || id[0] == '.' || id[0] == '-' ||
		strpbrk(id, "/\\ \n\t*?:;'\"`$&|<>(){}[]"))
		abort();
	return 0;
}
