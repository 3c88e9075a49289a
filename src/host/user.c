/* SPDX-License-Identifier: Apache-2.0 */
/* The login name of a user, from /etc/passwd alone: a name service needs shared objects. */
#include "config.h"

#include "host/host.h"

#include <fcntl.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/num.h"
#include "host/internal.h"

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
	auto_fd int fd = openat(
		AT_FDCWD, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	const char *name = NULL;
	char text[4096];
	size_t len = 0;
	ssize_t n;

	/* A piece at a time, up to its last whole line; a longer line than that is nobody's. */
	while (!name && fd >= 0 &&
		(n = read(fd, text + len, sizeof(text) - 1 - len)) > 0) {
		char *end;

		len += (size_t)n;
		text[len] = '\0';
		end = strrchr(text, '\n');
		if (!end) {
			len = len < sizeof(text) - 1 ? len : 0;
			continue;
		}
		*end++ = '\0';
		name = host_user_find(a, text, uid);
		len -= (size_t)(end - text);
		memmove(text, end, len);
	}
	text[len] = '\0';
	if (!name && len > 0)
		name = host_user_find(a, text, uid);
	return name ? name : "";
}
