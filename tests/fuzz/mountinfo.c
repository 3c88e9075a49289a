/* SPDX-License-Identifier: Apache-2.0 */
/* mountinfo: whatever the text, no line makes the parser read or write outside of it. */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sys/mountinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int use(void *arg, const struct mountinfo *m)
{
	size_t *sum = arg;

	/* Every text is whole and ended. */
	*sum += strlen(m->root) + strlen(m->target) + strlen(m->options) +
		strlen(m->fstype) + strlen(m->source) + strlen(m->super);
	if (m->id < 0 || m->parent < 0 || m->shared < 0 || m->master < 0)
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	size_t sum = 0;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	mountinfo_parse(text, use, &sum);
	free(text);
	/* Fields are parts of the text. */
	if (sum > size)
		abort();
	return 0;
}
