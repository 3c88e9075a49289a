/* SPDX-License-Identifier: Apache-2.0 */
/* Where the store is, and which names containers may have. */
#include "config.h"

#include "state/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/path.h"
#include "sys/proc.h"

#define ID_MAX 200
#define ID_SHOWN 64

/* The only line of uid_map in the initial user namespace: every id stands for itself. */
static bool in_initial_userns(void)
{
	char map[256], *at = map;
	unsigned long n[3];
	ssize_t len = sys_proc_read("self/uid_map", map, sizeof(map), NULL);

	if (len < 0)
		return true; /* a kernel without user namespaces */
	for (size_t i = 0; i < ARRAY_SIZE(n); i++)
		n[i] = strtoul(at, &at, 10);
	return n[0] == 0 && n[1] == 0 && n[2] == 4294967295ul;
}

/*
 * Root inside of a user namespace may have no rights on /run: engines set XDG_RUNTIME_DIR
 * there, and podman as real root sets it to nothing.
 */
int state_root_path(struct arena *a, const char *opt, char **out, struct error *e)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR");
	char *path;

	if (opt && opt[0] == '\0')
		return err_set(e, ERR_USAGE, -EINVAL, "the state folder has no name");
	if (xdg && xdg[0] == '\0')
		xdg = NULL;
	if (opt)
		path = path_clean(a, opt);
	else if (geteuid() == 0 && (!xdg || in_initial_userns()))
		path = arena_strdup(a, "/run/davit");
	else if (xdg && path_is_absolute(xdg))
		path = path_join(a, xdg, "davit");
	else
		return err_set(e, ERR_HOST, -ENOENT,
			"no place for the state folder is known: XDG_RUNTIME_DIR is %s, use --root",
			xdg ? "not absolute" : "not set");
	if (!path)
		return err_sys(e, ENOMEM, "malloc", "cannot name the state folder");
	if (strcmp(path, "/") == 0)
		return err_set(e, ERR_USAGE, -EINVAL, "the state folder cannot be /");
	*out = path;
	return 0;
}

/* The machine's folder, for one who is root only in a user namespace. */
static int not_ours(int code, struct error *e)
{
	if (!in_initial_userns())
		err_hint(e,
			"davit runs in a user namespace: set XDG_RUNTIME_DIR, or use --root");
	return code;
}

/* Make the missing folders on the way to path and path itself. */
static int make_folders(const char *path, struct error *e)
{
	auto_free char *way = strdup(path);

	if (!way)
		return err_sys(e, ENOMEM, "malloc", "cannot create %s", path);
	for (char *p = way + 1;; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(way, 0700) < 0 && errno != EEXIST) {
			int errnum = errno;
			struct stat st;

			/* A folder that exists answers so on a read-only file system too. */
			if (stat(way, &st) < 0 || !S_ISDIR(st.st_mode))
				return not_ours(err_sys(e, errnum, "mkdir",
							"cannot create %s", way),
					e);
		}
		*p = c;
		if (c == '\0')
			return 0;
	}
}

/*
 * J2: whoever can write here decides what we signal and remove. Only the last component must
 * be no link: docker passes a root below a linked folder.
 */
static int open_checked(const char *path, struct error *e)
{
	auto_fd int fd = -EBADF;
	struct stat st;

	fd = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOTDIR)
		return err_sys(e, errno, "open",
			"the state folder %s is a link or no folder", path);
	if (fd < 0)
		return err_sys(e, errno, "open", "cannot open the state folder %s", path);
	if (fstat(fd, &st) < 0)
		return err_sys(
			e, errno, "fstat", "cannot check the state folder %s", path);
	if (st.st_uid != geteuid())
		return not_ours(err_set(e, ERR_HOST, -EPERM,
					"the state folder %s belongs to user %u", path,
					(unsigned)st.st_uid),
			e);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(e, ERR_HOST, -EPERM,
			"others can write to the state folder %s (mode %04o)", path,
			(unsigned)(st.st_mode & 07777));
	return take_fd(&fd);
}

int state_root_open(const char *path, bool create, struct error *e)
{
	auto_arena struct arena a = ARENA_INIT;
	_Alignas(16) char first[512];
	char *clean;
	int fd, r;

	arena_use(&a, first, sizeof(first));
	/* A slash at the end would follow the link before it. */
	clean = path_clean(&a, path);

	if (!clean)
		return err_sys(
			e, ENOMEM, "malloc", "cannot open the state folder %s", path);
	fd = open_checked(clean, e);
	if (fd != -ENOENT || !create)
		return fd;
	r = make_folders(clean, e);
	return r < 0 ? r : open_checked(clean, e);
}

static bool id_byte(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '.' || c == '-';
}

int state_id_check(const char *id, struct error *e)
{
	size_t n = strlen(id);

	if (n == 0)
		return err_set(e, ERR_USAGE, -EINVAL, "the container id is empty");
	if (n > ID_MAX)
		return err_set(e, ERR_USAGE, -EINVAL,
			"the container id \"%.*s...\" has %zu bytes; at most %d",
			ID_SHOWN, id, n, ID_MAX);
	if (id[0] == '-' || id[0] == '.')
		return err_set(e, ERR_USAGE, -EINVAL,
			"the container id \"%s\" begins with '%c'", id, id[0]);
	for (size_t i = 0; i < n; i++) {
		if (!id_byte((unsigned char)id[i]))
			return err_set(e, ERR_USAGE, -EINVAL,
				"the container id \"%s\" has a byte other than letters, "
				"digits and _+.-",
				id);
	}
	return 0;
}
