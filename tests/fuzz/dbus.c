/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: D-Bus messages and addresses from hostile bytes. */
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "dbus/addr.h"
#include "dbus/wire.h"

static void texts(const struct dbus_msg *m)
{
	const char *const all[] = { m->path, m->interface, m->member, m->error,
		m->destination, m->sender, m->signature };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		n += all[i] ? strlen(all[i]) : 0;
	if (n > DBUS_MESSAGE_MAX)
		abort();
}

/* Whatever the signature says: takes until nothing is left to take. */
static void body(const struct dbus_msg *m)
{
	struct dbus_r r = dbus_read(m);

	for (const char *p = m->signature; *p; p++) {
		const char *text;
		uint32_t u;
		int e = *p == 'u'   ? dbus_get_u32(&r, &u)
			: *p == 'g' ? dbus_get_sig(&r, &text)
				    : dbus_get_str(&r, &text);

		if (e < 0)
			return;
		if (r.at > r.n)
			abort();
	}
}

static void addresses(const char *text)
{
	struct dbus_addr a;
	int r;

	while ((r = dbus_addr_next(&text, &a)) != -ENOENT) {
		if (r > 0 && memchr(a.name.p, '\0', a.name.len))
			abort();
		if (r > 0)
			buf_done(&a.name);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = malloc(size + 1);
	struct dbus_msg m;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	addresses(text);
	if (dbus_decode(data, size, &m) < 0)
		return 0;
	if (m.body_len > size || m.body < data || m.body + m.body_len != data + size)
		abort();
	texts(&m);
	body(&m);
	return 0;
}
