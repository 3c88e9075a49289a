/* SPDX-License-Identifier: Apache-2.0 */
/* What an ordinary user may do with user namespaces on this machine, and what forbids it. */
#include "config.h"

#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"
#include "base/num.h"
#include "sys/proc.h"
#include "host/internal.h"

/* Fixed: whoever could choose the program would choose what runs with an empty map (G9). */
#define NEWUIDMAP "/usr/bin/newuidmap"
#define NEWGIDMAP "/usr/bin/newgidmap"

#define TEXT_MAX (1u << 20)

static int no_memory(struct error *e)
{
	return err_sys(e, ENOMEM, "malloc", "cannot read what users may map");
}

static int read_text(const char *path, struct buf *out)
{
	auto_fd int fd =
		openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return 0; /* no file: it says nothing */
	r = io_read_fd(fd, TEXT_MAX, out);
	return r == -ENOMEM ? r : 0;
}

/* The same of what the kernel says; none where it has no such file. */
static int read_proc(const char *name, struct buf *out)
{
	auto_fd int fd = sys_proc_open_fact(name, NULL);
	int r;

	if (fd < 0)
		return 0;
	r = io_read_fd(fd, TEXT_MAX, out);
	return r == -ENOMEM ? r : 0;
}

/* "USER:FIRST:COUNT"; the user by name or number. Changes line. */
static bool parse_range(
	char *line, const char *user, uint32_t uid, struct host_range *out)
{
	char *first = strchr(line, ':');
	char *count = first ? strchr(first + 1, ':') : NULL;
	uint64_t id, from, n;

	if (!count)
		return false;
	*first++ = *count++ = '\0';
	if (!(user[0] && strcmp(line, user) == 0) &&
		!(num_u64(line, UINT32_MAX, &id) == 0 && id == uid))
		return false;
	if (num_u64(first, UINT32_MAX, &from) < 0 || num_u64(count, UINT32_MAX, &n) < 0 ||
		n == 0)
		return false;
	*out = (struct host_range){ .first = (uint32_t)from, .count = (uint32_t)n };
	return true;
}

int host_subid_parse(struct arena *a, char *text, const char *user, uint32_t uid,
	struct host_range **out, size_t *n)
{
	for (char *next, *line = text; line && *line; line = next) {
		struct host_range range, *grown;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (!parse_range(line, user, uid, &range))
			continue;
		grown = arena_grow(a, *out, *n, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		*out = grown;
		(*out)[(*n)++] = range;
	}
	return 0;
}

bool host_subid_service(char *text)
{
	static const char key[] = "subid:";

	for (char *next, *line = text; line && *line; line = next) {
		char *save = NULL;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		line += strspn(line, " \t");
		line[strcspn(line, "#")] = '\0';
		if (strncmp(line, key, sizeof(key) - 1) != 0)
			continue;
		for (char *w = strtok_r(line + sizeof(key) - 1, " \t", &save); w;
			w = strtok_r(NULL, " \t", &save))
			if (strcmp(w, "files") != 0)
				return true;
	}
	return false;
}

int host_own_parse(struct arena *a, char *text, struct host_range **out, size_t *n)
{
	for (char *next, *line = text; line && *line; line = next) {
		char *save = NULL, *first, *outside, *count;
		struct host_range *grown;
		uint64_t from, to, size;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		first = strtok_r(line, " ", &save);
		outside = strtok_r(NULL, " ", &save);
		count = strtok_r(NULL, " ", &save);
		if (!first || !outside || !count ||
			num_u64(first, UINT32_MAX, &from) < 0 ||
			num_u64(outside, UINT32_MAX, &to) < 0 ||
			num_u64(count, UINT32_MAX, &size) < 0)
			continue;
		grown = arena_grow(a, *out, *n, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		*out = grown;
		(*out)[(*n)++] = (struct host_range){
			.first = (uint32_t)from,
			.count = (uint32_t)size,
		};
	}
	return 0;
}

/* What somebody else made of the user namespace that we are in. */
static int read_own(struct arena *a, struct host *h)
{
	auto_buf struct buf users = BUF_INIT, groups = BUF_INIT, text = BUF_INIT;
	int r = read_proc("self/uid_map", &users);

	if (r == 0 && users.p)
		r = host_own_parse(a, users.p, &h->own_uids, &h->n_own_uids);
	if (r == 0)
		r = read_proc("self/gid_map", &groups);
	if (r == 0 && groups.p)
		r = host_own_parse(a, groups.p, &h->own_gids, &h->n_own_gids);
	if (r == 0)
		r = read_proc("self/setgroups", &text);
	if (r == 0)
		h->setgroups_denied = text.p && strncmp(text.p, "deny", 4) == 0;
	return r;
}

static int read_ranges(struct arena *a, struct host *h, const char *path,
	struct host_range **out, size_t *n)
{
	auto_buf struct buf text = BUF_INIT;
	int r = read_text(path, &text);

	return r < 0 || !text.p ? r
				: host_subid_parse(a, text.p, h->user, h->euid, out, n);
}

/* Is the kernel parameter there, with this value? */
static bool sysctl_is(const char *name, char value)
{
	auto_fd int fd = sys_proc_open_fact(name, NULL);
	char text[16];
	ssize_t n;

	n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	return n >= 1 && text[0] == value && (n == 1 || text[1] == '\n');
}

/* No AppArmor profile is ours: one that we run under would allow user namespaces. */
static bool is_unconfined(void)
{
	static const char word[] = "unconfined";
	auto_fd int fd = sys_proc_open_fact("self/attr/current", NULL);
	char text[32];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));

	return n >= (ssize_t)sizeof(word) - 1 &&
	       memcmp(text, word, sizeof(word) - 1) == 0;
}

int host_rootless(struct arena *a, struct host *h, struct error *e)
{
	auto_buf struct buf text = BUF_INIT;
	int r;

	h->user = host_user_name(a, h->euid);
	if (!h->user)
		return no_memory(e);
	if (faccessat(AT_FDCWD, NEWUIDMAP, X_OK, 0) == 0)
		h->newuidmap = NEWUIDMAP;
	if (faccessat(AT_FDCWD, NEWGIDMAP, X_OK, 0) == 0)
		h->newgidmap = NEWGIDMAP;
	r = read_ranges(a, h, "/etc/subuid", &h->subuids, &h->n_subuids);
	if (r == 0)
		r = read_ranges(a, h, "/etc/subgid", &h->subgids, &h->n_subgids);
	if (r == 0)
		r = read_text("/etc/nsswitch.conf", &text);
	if (r == 0 && h->in_userns)
		r = read_own(a, h);
	if (r < 0)
		return no_memory(e);
	h->subid_service = text.p && host_subid_service(text.p);
	h->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
	h->userns_none = sysctl_is("sys/user/max_user_namespaces", '0');
	h->userns_root_only = sysctl_is("sys/kernel/unprivileged_userns_clone", '0');
	h->userns_apparmor =
		sysctl_is("sys/kernel/apparmor_restrict_unprivileged_userns", '1') &&
		is_unconfined();
	return 0;
}
