/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: values of annotations for systemd, and what becomes of them on the bus. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "dbus/wire.h"
#include "plan/gvariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_dbus_w struct dbus_w w = DBUS_W_INIT;
	auto_arena struct arena a = ARENA_INIT;
	auto_free char *text = malloc(size + 1);
	struct gvariant v;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (gvariant_parse(&a, text, &v) < 0)
		return 0;
	/* What is accepted can be said. */
	dbus_put_property(&w, "Property", v.type, (const char *const *)v.values, v.n);
	if (dbus_w_end(&w) < 0)
		abort();
	return 0;
}
