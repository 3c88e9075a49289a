/* SPDX-License-Identifier: Apache-2.0 */
/* The mounts below a mount, one by one: what mount_setattr(AT_RECURSIVE) does in one call. */
#include "config.h"

#include "sys/mount.h"

#include <fcntl.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/grow.h"
#include "sys/mountinfo.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

#define LOOK_TRIES 64

struct below {
	uint64_t id, parent;
	char *target;
};

struct tree {
	uint64_t root;
	struct below *list;
	size_t n;
	bool grown;
	struct arena arena; /* the texts */
};

static bool has(const struct tree *t, uint64_t id)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->list[i].id == id)
			return true;
	return false;
}

static int note(void *arg, const struct mountinfo *m)
{
	struct tree *t = arg;
	uint64_t id = (uint64_t)(unsigned)m->id;
	uint64_t parent = (uint64_t)(unsigned)m->parent;
	struct below *list;

	if (id == t->root || has(t, id) || (parent != t->root && !has(t, parent)))
		return 0;
	list = grow(t->list, t->n, sizeof(*list));
	if (!list)
		return -ENOMEM;
	t->list = list;
	list[t->n] = (struct below){ id, parent, arena_strdup(&t->arena, m->target) };
	if (!list[t->n].target)
		return -ENOMEM;
	t->n++;
	t->grown = true;
	return 0;
}

static void done(struct tree *t)
{
	arena_done(&t->arena);
	free(t->list);
}

/* Does another mount of the tree lie on top of this one's root? Then nobody gets to it. */
static bool is_covered(const struct tree *t, const struct below *b)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->list[i].parent == b->id &&
			strcmp(t->list[i].target, b->target) == 0)
			return true;
	return false;
}

/* Names may be exchanged by whoever shares the folders; the number says what was reached. */
static int open_below(const struct below *b, struct error *e)
{
	for (int i = 0; i < LOOK_TRIES; i++) {
		auto_fd int fd =
			openat(AT_FDCWD, b->target, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		uint64_t id;

		if (fd >= 0 && sys_mount_id(fd, &id, NULL) == 0 && id == b->id)
			return take_fd(&fd);
	}
	return err_set(e, ERR_SYSTEM, -ESTALE,
		"the mount at %s cannot be reached by its name", b->target);
}

static int find(struct tree *t, struct error *e)
{
	/* Lists are in the order of mounting, in which a moved mount may come before its parent. */
	do {
		int r;

		t->grown = false;
		r = mountinfo_each(note, t, e);
		if (r == -ENOMEM)
			return err_set(
				e, ERR_SYSTEM, r, "no memory for a list of mounts");
		if (r < 0)
			return r;
	} while (t->grown);
	return 0;
}

static bool any_covered(const struct tree *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (is_covered(t, &t->list[i]))
			return true;
	return false;
}

/*
 * The mounts that are to be changed. What covers one of them could be taken away by a peer outside,
 * and would bare it as it is: where there is such a thing, the tree has no peers any more first.
 */
static int list_for_good(int fd, struct tree *t, struct error *e)
{
	int r = find(t, e);

	if (r < 0 || !any_covered(t))
		return r;
	r = sys_mount_propagation(fd, MS_PRIVATE | MS_REC, e);
	if (r < 0)
		return r;
	free(t->list);
	t->list = NULL;
	t->n = 0;
	return find(t, e);
}

int sys_mount_readonly_below(int fd, struct error *e)
{
	static const struct sys_mount_attr readonly = { .set = MOUNT_ATTR_RDONLY };
	struct tree t = { .arena = ARENA_INIT };
	int r = sys_mount_id(fd, &t.root, e);

	if (r == 0)
		r = list_for_good(fd, &t, e);
	for (size_t i = 0; r == 0 && i < t.n; i++) {
		auto_fd int at = -EBADF;

		if (is_covered(&t, &t.list[i]))
			continue;
		at = open_below(&t.list[i], e);
		r = at < 0 ? at : sys_mount_ops()->change(at, &readonly, e);
	}
	done(&t);
	return r;
}
