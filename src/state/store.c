/* SPDX-License-Identifier: Apache-2.0 */
/* A container's folder: made whole or not at all, opened, written, listed. */
#include "config.h"

#include "state/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"
#include "state/internal.h"
#include "state/remnants.h"
#include "sys/syscalls.h"

#define TRIES 50
#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

void state_close(struct state *s)
{
	cleanup_fd(&s->dirfd);
	s->locked = false;
}

static int exists(struct error *e)
{
	return err_verbatim(
		e, ERR_STATE, -EEXIST, "container with given ID already exists");
}

int state_absent(struct error *e)
{
	return err_verbatim(e, ERR_STATE, -ENOENT, "container does not exist");
}

/*
 * The folder for a container that is being made, under a name of its own, locked. A killed
 * create leaves it, and whoever meets it without a lock removes it: so the one that we made and
 * locked must still be in place. -EAGAIN when it is not.
 */
static int make_new(
	int rootfd, const char *fresh, const char *id, int *out, struct error *e)
{
	auto_fd int fd = -EBADF;

	if (mkdirat(rootfd, fresh, 0700) < 0 && errno == EEXIST)
		return remnant_sweep(rootfd, fresh) < 0 ? exists(e) : -EAGAIN;
	fd = openat(rootfd, fresh, FOLDER_FLAGS);
	if (fd < 0 && errno == ENOENT) {
		/* Swept already, or it could not be made in the first place. */
		if (mkdirat(rootfd, fresh, 0700) == 0 || errno == EEXIST)
			return -EAGAIN;
		return err_sys(
			e, errno, "mkdir", "cannot create the state folder of %s", id);
	}
	if (fd < 0)
		return err_sys(
			e, errno, "openat", "cannot open the state folder of %s", id);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return -EAGAIN;
	if (!remnant_in_place(rootfd, fresh, fd))
		return -EAGAIN;
	*out = take_fd(&fd);
	return 0;
}

static int write_record(const struct state *s,
	int (*put)(int dirfd, const char *name, const void *p, size_t n, mode_t mode,
		struct error *e),
	struct error *e)
{
	auto_buf struct buf text = BUF_INIT;
	int r = record_write(s, &text);

	if (r < 0)
		return err_set(e, ERR_SYSTEM, r, "cannot put the record of %s in words",
			s->rec.id);
	r = put(s->dirfd, STATE_FILE, text.p, text.len, 0600, e);
	return r < 0 ? err_wrap(e, "the record of %s", s->rec.id) : 0;
}

/*
 * A folder under the container's own name always holds a record, so that what a killed create
 * leaves can be told from what other runtimes make there.
 */
static int publish(
	int rootfd, const char *fresh, const char *id, struct state *s, struct error *e)
{
	struct stat st;
	int r;

	if (fstatat(rootfd, id, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return exists(e);
	if (errno != ENOENT)
		return err_sys(e, errno, "fstatat", "cannot look for %s", id);
	/* In place: the folder has not its name yet, and half a record is known as ours too. */
	r = write_record(s, io_create_at, e);
	if (r < 0)
		return r;
	if (renameat(rootfd, fresh, rootfd, id) == 0)
		return 0;
	if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR)
		return exists(e);
	return err_sys(e, errno, "renameat", "cannot name the state folder of %s", id);
}

int state_reserve(int rootfd, const char *id, struct arena *a,
	const struct state_record *rec, struct state *out, struct error *e)
{
	struct state s = { .dirfd = -EBADF, .rec = *rec, .arena = a };
	char fresh[REMNANT_NAME_MAX];
	int r = state_id_check(id, e);

	if (r < 0)
		return r;
	remnant_name(fresh, id, REMNANT_NEW);
	s.rec.format = STATE_FORMAT;
	s.rec.id = id;
	s.rec.status = "creating";
	for (int i = 0; i < TRIES; i++) {
		r = make_new(rootfd, fresh, id, &s.dirfd, e);
		if (r != -EAGAIN)
			break;
	}
	if (r < 0)
		return r == -EAGAIN ? exists(e) : r;
	s.locked = true;
	r = publish(rootfd, fresh, id, &s, e);
	if (r < 0) {
		remnant_clear(rootfd, fresh, s.dirfd);
		state_close(&s);
		return r;
	}
	*out = s;
	return 0;
}

int state_commit(struct state *s, struct error *e)
{
	return write_record(s, io_replace_at, e);
}

int state_put(struct state *s, const char *file, const void *p, size_t n, struct error *e)
{
	/* While the container is being made nobody reads these files. */
	bool fresh = s->rec.status && strcmp(s->rec.status, "creating") == 0;
	int r = (fresh ? io_create_at : io_replace_at)(s->dirfd, file, p, n, 0600, e);

	return r < 0 ? err_wrap(e, "the state folder of %s", s->rec.id) : 0;
}

static int open_folder(int rootfd, const char *id, struct arena *a, struct state *s,
	enum record_kind *kind, struct error *e)
{
	int r = state_id_check(id, e);

	if (r < 0)
		return r;
	*s = (struct state){ .dirfd = -EBADF, .arena = a };
	s->dirfd = openat(rootfd, id, FOLDER_FLAGS);
	/* A file or a link of that name is not ours. */
	if (s->dirfd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return state_absent(e);
	if (s->dirfd < 0)
		return err_sys(
			e, errno, "openat", "cannot open the state folder of %s", id);
	r = record_read(s, id, kind, e);
	if (r == 0 && *kind != RECORD_FOREIGN)
		return 0;
	state_close(s);
	return r < 0 && r != -ENOENT ? r : state_absent(e);
}

int state_open(
	int rootfd, const char *id, struct arena *a, struct state *out, struct error *e)
{
	auto_error struct error why = ERROR_INIT;
	enum record_kind kind;
	struct state s;
	int r = open_folder(rootfd, id, a, &s, &kind, &why);

	if (r == 0 && kind == RECORD_GOOD) {
		*out = s;
		return 0;
	}
	if (r == 0) {
		state_close(&s);
		r = kind == RECORD_NEWER ? -EPROTONOSUPPORT : -EBADMSG;
		err_hint(&why, "davit delete --force %s removes it", id);
	}
	err_move(e, &why);
	return r;
}

int state_open_any(int rootfd, const char *id, struct arena *a, struct state *out,
	bool *broken, struct error *e)
{
	auto_error struct error why = ERROR_INIT;
	enum record_kind kind;
	struct state s;
	int r = open_folder(rootfd, id, a, &s, &kind, &why);

	/* Only commands that kill and remove come here: the time to sweep. */
	if (r == -ENOENT)
		state_sweep(rootfd, id);
	if (r < 0) {
		err_move(e, &why);
		return r;
	}
	*out = s;
	*broken = kind != RECORD_GOOD;
	return 0;
}

int state_discard(int rootfd, const char *id, struct state *s, struct error *e)
{
	char old[REMNANT_NAME_MAX];
	int r;

	/*
	 * Out of the way first: in one call the container is gone for everybody, and a delete
	 * that is killed half way leaves nothing under its name.
	 */
	r = remnant_put_aside(rootfd, id, old);
	if (r < 0)
		snprintf(old, sizeof(old), "%s", id);
	r = remnant_clear(rootfd, old, s->dirfd);
	if (r == -ENOTEMPTY)
		r = err_set(e, ERR_STATE, r,
			"the state folder of %s holds files that are not davit's; "
			"it was left as %s",
			id, old);
	else if (r < 0)
		r = err_sys(
			e, -r, "unlinkat", "cannot remove the state folder of %s", id);
	state_close(s);
	return r;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names that may be containers, without opening anything but what holds a record. */
struct names {
	struct arena *arena;
	char **list;
	size_t n;
};

static int add_name(struct names *all, int rootfd, const char *name, bool sure)
{
	char path[REMNANT_NAME_MAX + sizeof("/" STATE_FILE)];
	char *copy;

	if (state_id_check(name, NULL) < 0)
		return 0;
	snprintf(path, sizeof(path), "%s/" STATE_FILE, name);
	if (sure && !record_is_ours(rootfd, path))
		return 0;
	copy = arena_strdup(all->arena, name);
	all->list = arena_grow(all->arena, all->list, all->n, sizeof(*all->list));
	if (!all->list || !copy)
		return -ENOMEM;
	all->list[all->n++] = copy;
	return 0;
}

static int collect(int rootfd, bool sure, struct names *all)
{
	auto_fd int fd = openat(rootfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_Alignas(8) char buf[8192];
	int len, r = 0;

	if (fd < 0)
		return -errno;
	while ((len = sys_raw_getdents(fd, buf, sizeof(buf))) > 0) {
		const struct sys_dirent *d;

		for (int at = 0; at < len; at += d->reclen) {
			d = (const void *)(buf + at);
			if (d->type == DT_DIR || d->type == DT_UNKNOWN)
				r = add_name(all, rootfd, d->name, sure);
			if (r < 0)
				return r;
		}
	}
	return len;
}

int state_each(int rootfd, bool sure, int (*fn)(void *arg, const char *id), void *arg,
	struct error *e)
{
	auto_arena struct arena a = ARENA_INIT;
	_Alignas(16) char first[1024];
	struct names all = { .arena = &a };
	int r;

	arena_use(&a, first, sizeof(first));
	r = collect(rootfd, sure, &all);
	if (r < 0)
		return err_sys(e, -r, "getdents64", "cannot list the state folder");
	if (all.n)
		qsort(all.list, all.n, sizeof(*all.list), compare);
	for (size_t i = 0; i < all.n; i++) {
		r = fn(arg, all.list[i]);
		if (r != 0)
			return r;
	}
	return 0;
}
