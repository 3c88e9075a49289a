/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: names of signals, and lists of CPUs by the way. */
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "spec/list.h"
#include "spec/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void range(void *arg, unsigned first, unsigned last)
{
	if (first > last || last > LIST_CPU_MAX)
		abort();
	++*(int *)arg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena a = ARENA_INIT;
	char *text = arena_strndup(&a, (const char *)data, size);
	int n, seen = 0;

	if (!text)
		abort();
	n = names_signal_parse(text);
	if (n != -EINVAL && (n < 0 || n > 64))
		abort();
	n = spec_list_each(text, LIST_CPU_MAX, range, &seen);
	if (n != -EINVAL && n != -ERANGE && n != seen)
		abort();
	return 0;
}
