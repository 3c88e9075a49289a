/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of D-Bus servers. */
#include "config.h"

#include "dbus/addr.h"

#include <errno.h>
#include <string.h>

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The n bytes at text without their %-escapes. A NUL is in no name of ours. */
static int unescape(const char *text, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (c == '%') {
			int high = i + 2 < n ? hex(text[i + 1]) : -1;
			int low = high >= 0 ? hex(text[i + 2]) : -1;

			if (low < 0 || (high == 0 && low == 0))
				return -EINVAL;
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (buf_add(out, &c, 1) < 0)
			return -ENOMEM;
	}
	return 0;
}

static bool is_key(const char *pair, size_t n, const char *key)
{
	return n == strlen(key) && memcmp(pair, key, n) == 0;
}

/* "path=/run/x" and the like, up to the end of the entry. */
static int read_pairs(const char *at, const char *end, struct dbus_addr *out)
{
	while (at < end) {
		size_t n = strcspn(at, ",;"), key = strcspn(at, "=,;");
		bool abstract = is_key(at, key, "abstract");
		int r;

		if (key >= n)
			return -EINVAL;
		if (abstract || is_key(at, key, "path")) {
			if (out->name.len > 0)
				return -EINVAL;
			out->abstract = abstract;
			r = unescape(at + key + 1, n - key - 1, &out->name);
			if (r < 0)
				return r;
		}
		at += n;
		at += at < end;
	}
	return out->name.len > 0;
}

int dbus_addr_next(const char **list, struct dbus_addr *out)
{
	static const char unix_transport[] = "unix:";
	const char *at = *list, *end;
	int r;

	*out = (struct dbus_addr){ .name = BUF_INIT };
	at += strspn(at, ";");
	if (!*at) {
		*list = at;
		return -ENOENT;
	}
	end = at + strcspn(at, ";");
	*list = end;
	if (strncmp(at, unix_transport, sizeof(unix_transport) - 1) != 0)
		return memchr(at, ':', (size_t)(end - at)) ? 0 : -EINVAL;
	r = read_pairs(at + sizeof(unix_transport) - 1, end, out);
	if (r <= 0)
		buf_done(&out->name);
	return r;
}
