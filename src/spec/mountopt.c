/* SPDX-License-Identifier: Apache-2.0 */
/* THE mount option table and the parser of its words. */
#include "config.h"

#include "spec/mountopt.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"

enum kind {
	SET,   /* these attribute bits */
	CLEAR, /* these attribute bits */
	/*
	 * The atime field holds one of three values. A plain word chooses its value; the
	 * opposite of a word leaves that value for the kernel's default, relatime, and says
	 * nothing about another value that an earlier word chose.
	 */
	ATIME,
	NOT_ATIME,
	RSET, /* the same four on the whole tree: mount_setattr(AT_RECURSIVE), since 5.12 */
	RCLEAR,
	RATIME,
	NOT_RATIME,
	SB_SET, /* superblock flags */
	SB_CLEAR,
	PROPAGATION,
	FLAG, /* a bool of struct mountopt */
	NOTHING,
};

struct word {
	const char *name;
	enum kind kind;
	uint64_t bits; /* or the offset of the bool */
	const char *doc;
};

#define BIT(b) MOUNTOPT_ATTR_##b
#define MS(b) MOUNTOPT_MS_##b
#define MEMBER(m) offsetof(struct mountopt, m)

static const struct word words[] = {
	{ "defaults", NOTHING, 0, "no effect" },
	{ "ro", SET, BIT(RDONLY), "read-only" },
	{ "rw", CLEAR, BIT(RDONLY), "writable" },
	{ "suid", CLEAR, BIT(NOSUID), "honour set-user-id bits" },
	{ "nosuid", SET, BIT(NOSUID), "ignore set-user-id bits" },
	{ "dev", CLEAR, BIT(NODEV), "device nodes work" },
	{ "nodev", SET, BIT(NODEV), "device nodes do not work" },
	{ "exec", CLEAR, BIT(NOEXEC), "programs may be run" },
	{ "noexec", SET, BIT(NOEXEC), "programs may not be run" },
	{ "sync", SB_SET, MS(SYNCHRONOUS), "write synchronously" },
	{ "async", SB_CLEAR, MS(SYNCHRONOUS), "write asynchronously" },
	{ "dirsync", SB_SET, MS(DIRSYNC), "write folders synchronously" },
	{ "lazytime", SB_SET, MS(LAZYTIME), "keep new times in memory" },
	{ "nolazytime", SB_CLEAR, MS(LAZYTIME), "write times at once" },
	{ "iversion", SB_SET, MS(I_VERSION), "count changes of inodes" },
	{ "noiversion", SB_CLEAR, MS(I_VERSION), "do not count them" },
	{ "silent", SB_SET, MS(SILENT), "no kernel messages at mount" },
	{ "loud", SB_CLEAR, MS(SILENT), "kernel messages at mount" },
	{ "mand", SB_SET, MS(MANDLOCK), "mandatory locks (gone in 5.15)" },
	{ "nomand", SB_CLEAR, MS(MANDLOCK), "no mandatory locks" },
	{ "nosymfollow", SET, BIT(NOSYMFOLLOW), "do not follow symbolic links" },
	{ "symfollow", CLEAR, BIT(NOSYMFOLLOW), "follow symbolic links" },
	{ "atime", NOT_ATIME, BIT(NOATIME), "not noatime" },
	{ "noatime", ATIME, BIT(NOATIME), "never update access times" },
	{ "relatime", ATIME, BIT(RELATIME), "update them when older" },
	{ "norelatime", NOT_ATIME, BIT(RELATIME), "not relatime" },
	{ "strictatime", ATIME, BIT(STRICTATIME), "always update them" },
	{ "nostrictatime", NOT_ATIME, BIT(STRICTATIME), "not strictatime" },
	{ "diratime", CLEAR, BIT(NODIRATIME), "update those of folders" },
	{ "nodiratime", SET, BIT(NODIRATIME), "do not update those of folders" },
	{ "bind", FLAG, MEMBER(bind), "bind one mount" },
	{ "rbind", FLAG, MEMBER(rbind), "bind a whole tree" },
	{ "remount", FLAG, MEMBER(remount), "change the mount that is there" },
	{ "private", PROPAGATION, MS(PRIVATE), "no propagation" },
	{ "shared", PROPAGATION, MS(SHARED), "propagation both ways" },
	{ "slave", PROPAGATION, MS(SLAVE), "propagation to here" },
	{ "unbindable", PROPAGATION, MS(UNBINDABLE), "private, cannot be bound" },
	{ "rprivate", PROPAGATION, MS(PRIVATE) | MS(REC), "private, the tree" },
	{ "rshared", PROPAGATION, MS(SHARED) | MS(REC), "shared, the tree" },
	{ "rslave", PROPAGATION, MS(SLAVE) | MS(REC), "slave, the tree" },
	{ "runbindable", PROPAGATION, MS(UNBINDABLE) | MS(REC), "unbindable, the tree" },
	{ "rro", RSET, BIT(RDONLY), "ro, the tree" },
	{ "rrw", RCLEAR, BIT(RDONLY), "rw, the tree" },
	{ "rsuid", RCLEAR, BIT(NOSUID), "suid, the tree" },
	{ "rnosuid", RSET, BIT(NOSUID), "nosuid, the tree" },
	{ "rdev", RCLEAR, BIT(NODEV), "dev, the tree" },
	{ "rnodev", RSET, BIT(NODEV), "nodev, the tree" },
	{ "rexec", RCLEAR, BIT(NOEXEC), "exec, the tree" },
	{ "rnoexec", RSET, BIT(NOEXEC), "noexec, the tree" },
	{ "rdiratime", RCLEAR, BIT(NODIRATIME), "diratime, the tree" },
	{ "rnodiratime", RSET, BIT(NODIRATIME), "nodiratime, the tree" },
	{ "ratime", NOT_RATIME, BIT(NOATIME), "atime, the tree" },
	{ "rnoatime", RATIME, BIT(NOATIME), "noatime, the tree" },
	{ "rrelatime", RATIME, BIT(RELATIME), "relatime, the tree" },
	{ "rnorelatime", NOT_RATIME, BIT(RELATIME), "norelatime, the tree" },
	{ "rstrictatime", RATIME, BIT(STRICTATIME), "strictatime, the tree" },
	{ "rnostrictatime", NOT_RATIME, BIT(STRICTATIME), "nostrictatime, the tree" },
	{ "rsymfollow", RCLEAR, BIT(NOSYMFOLLOW), "symfollow, the tree" },
	{ "rnosymfollow", RSET, BIT(NOSYMFOLLOW), "nosymfollow, the tree" },
	{ "tmpcopyup", FLAG, MEMBER(tmpcopyup),
		"a tmpfs begins with a copy of the folder it covers" },
	{ "idmap", FLAG, MEMBER(idmap), "shift owners" },
	{ "ridmap", FLAG, MEMBER(ridmap), "shift owners, the tree" },
	/* crun's; Podman sends them. */
	{ "copy-symlink", FLAG, MEMBER(copy_symlink), "copy a link, do not mount" },
	{ "src-nofollow", FLAG, MEMBER(src_nofollow), "do not follow the source" },
	{ "dest-nofollow", FLAG, MEMBER(dest_nofollow), "do not follow the target" },
	/* crun's; a superblock flag has no recursive form, so there is nothing to do. */
	{ "rsync", NOTHING, 0, "no effect" },
	{ "rasync", NOTHING, 0, "no effect" },
	{ "rdirsync", NOTHING, 0, "no effect" },
	{ "rmand", NOTHING, 0, "no effect" },
	{ "rnomand", NOTHING, 0, "no effect" },
};

static const struct word *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	}
	return NULL;
}

static void put(uint64_t *set, uint64_t *clear, uint64_t on, uint64_t off)
{
	*set = (*set & ~off) | on;
	*clear = (*clear & ~on) | off;
}

/* mount_setattr(2) refuses a part of the field in attr_clr: always the whole mask. */
static void choose_atime(uint64_t *set, uint64_t *clear, uint64_t value)
{
	*set = (*set & ~(uint64_t)BIT(ATIME)) | value;
	*clear |= BIT(ATIME);
}

static void leave_atime(uint64_t *set, uint64_t *clear, uint64_t value)
{
	bool chosen = *clear & BIT(ATIME);

	if (!chosen || (*set & BIT(ATIME)) == value)
		choose_atime(set, clear, BIT(RELATIME));
}

/*
 * A recursive word is about the top mount too: what an earlier plain word said of it there is over
 * (MNT-10). Plain words are applied after the recursive ones, so a later one still counts.
 */
static void take_over(struct mountopt *o, uint64_t bits)
{
	o->set &= ~bits;
	o->clear &= ~bits;
}

static int propagate(struct mountopt *o, uint64_t flags, struct error *e)
{
	if (o->n_propagation == ARRAY_SIZE(o->propagation))
		return err_set(e, ERR_CONFIG, -EINVAL,
			"found more than %zu propagation words in one list of options",
			ARRAY_SIZE(o->propagation));
	o->propagation[o->n_propagation++] = flags;
	return 0;
}

static int apply(struct mountopt *o, const struct word *w, struct error *e)
{
	uint64_t b = w->bits;

	if (w->kind <= NOT_ATIME)
		o->named_attr = true;
	switch (w->kind) {
	case SET:
		put(&o->set, &o->clear, b, 0);
		break;
	case CLEAR:
		put(&o->set, &o->clear, 0, b);
		break;
	case ATIME:
		choose_atime(&o->set, &o->clear, b);
		break;
	case NOT_ATIME:
		leave_atime(&o->set, &o->clear, b);
		break;
	case RSET:
		take_over(o, b);
		put(&o->rset, &o->rclear, b, 0);
		break;
	case RCLEAR:
		take_over(o, b);
		put(&o->rset, &o->rclear, 0, b);
		break;
	case RATIME:
		take_over(o, BIT(ATIME));
		choose_atime(&o->rset, &o->rclear, b);
		break;
	case NOT_RATIME:
		take_over(o, BIT(ATIME));
		leave_atime(&o->rset, &o->rclear, b);
		break;
	case SB_SET:
		put(&o->sb_set, &o->sb_clear, b, 0);
		break;
	case SB_CLEAR:
		put(&o->sb_set, &o->sb_clear, 0, b);
		break;
	case PROPAGATION:
		return propagate(o, b, e);
	case FLAG:
		*((bool *)((char *)o + b)) = true;
		break;
	case NOTHING:
		break;
	}
	return 0;
}

/* crun's "idmap=uids=...;gids=...": never for the kernel (MNT-14). */
static bool parse_idmap(struct mountopt *o, const char *word)
{
	if (strncmp(word, "idmap=", 6) == 0) {
		o->idmap = true;
		o->idmap_map = word + 6;
		return true;
	}
	if (strncmp(word, "ridmap=", 7) == 0) {
		o->ridmap = true;
		o->idmap_map = word + 7;
		return true;
	}
	return false;
}

int mountopt_parse(struct arena *a, const char *const *list, size_t n,
	struct mountopt *out, struct error *e)
{
	struct mountopt o = { .set = 0 };

	for (size_t i = 0; i < n; i++) {
		const struct word *w = find(list[i]);
		int r = 0;

		if (w) {
			r = apply(&o, w, e);
		} else if (list[i][0] && !parse_idmap(&o, list[i])) {
			const char **grown =
				arena_grow(a, o.data, o.n_data, sizeof(*o.data));

			if (!grown)
				return err_sys(
					e, ENOMEM, "malloc", "cannot read mount options");
			o.data = grown;
			o.data[o.n_data++] = list[i];
		}
		if (r < 0)
			return r;
	}
	o.bind |= o.rbind;
	*out = o;
	return 0;
}

int mountopt_each(int (*fn)(void *arg, const struct mountopt_info *info), void *arg)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct mountopt_info info = {
			.name = words[i].name,
			.doc = words[i].doc,
		};
		int r = fn(arg, &info);

		if (r)
			return r;
	}
	return 0;
}
