/* SPDX-License-Identifier: Apache-2.0 */
/* The login name of a user, from /etc/passwd alone: a name service needs shared objects. */
#include "config.h"

#include "host/host.h"

#include <fcntl.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/num.h"
#include "host/internal.h"

#define PASSWD_MAX (4u << 20)

const char *host_user_find(struct arena *a, char *text, uint32_t uid)
{
	for (char *next, *line = text; line && *line; line = next) {
		char *colon, *field, *end;
		uint64_t id;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		colon = strchr(line, ':');
		if (!colon || colon == line)
			continue;
		field = strchr(colon + 1, ':');
		end = field ? strchr(field + 1, ':') : NULL;
		if (!end)
			continue;
		*colon = *end = '\0';
		if (num_u64(field + 1, UINT32_MAX, &id) == 0 && id == uid)
			return arena_strdup(a, line);
	}
	return NULL;
}

const char *host_user_name(struct arena *a, uint32_t uid)
{
	auto_buf struct buf text = BUF_INIT;
	const char *name;

	if (io_read_at(AT_FDCWD, "/etc/passwd", PASSWD_MAX, &text, NULL) < 0 || !text.p)
		return "";
	name = host_user_find(a, text.p, uid);
	return name ? name : "";
}
