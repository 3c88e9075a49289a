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
	uint64_t bits;	 /* or the offset of the bool */
	bool unfinished; /* recognised, but not applied yet: not in features */
	const char *doc;
};

#define BIT(b) MOUNTOPT_ATTR_##b
#define MS(b) MOUNTOPT_MS_##b
#define MEMBER(m) offsetof(struct mountopt, m)

static const struct word words[] = {
	{ "defaults", NOTHING, 0, false, "no effect" },
	{ "ro", SET, BIT(RDONLY), false, "read-only" },
	{ "rw", CLEAR, BIT(RDONLY), false, "writable" },
	{ "suid", CLEAR, BIT(NOSUID), false, "honour set-user-id bits" },
	{ "nosuid", SET, BIT(NOSUID), false, "ignore set-user-id bits" },
	{ "dev", CLEAR, BIT(NODEV), false, "device nodes work" },
	{ "nodev", SET, BIT(NODEV), false, "device nodes do not work" },
	{ "exec", CLEAR, BIT(NOEXEC), false, "programs may be run" },
	{ "noexec", SET, BIT(NOEXEC), false, "programs may not be run" },
	{ "sync", SB_SET, MS(SYNCHRONOUS), false, "write synchronously" },
	{ "async", SB_CLEAR, MS(SYNCHRONOUS), false, "write asynchronously" },
	{ "dirsync", SB_SET, MS(DIRSYNC), false, "write folders synchronously" },
	{ "lazytime", SB_SET, MS(LAZYTIME), false, "keep new times in memory" },
	{ "nolazytime", SB_CLEAR, MS(LAZYTIME), false, "write times at once" },
	{ "iversion", SB_SET, MS(I_VERSION), false, "count changes of inodes" },
	{ "noiversion", SB_CLEAR, MS(I_VERSION), false, "do not count them" },
	{ "silent", SB_SET, MS(SILENT), false, "no kernel messages at mount" },
	{ "loud", SB_CLEAR, MS(SILENT), false, "kernel messages at mount" },
	{ "mand", SB_SET, MS(MANDLOCK), false, "mandatory locks (gone in 5.15)" },
	{ "nomand", SB_CLEAR, MS(MANDLOCK), false, "no mandatory locks" },
	{ "nosymfollow", SET, BIT(NOSYMFOLLOW), false, "do not follow symbolic links" },
	{ "symfollow", CLEAR, BIT(NOSYMFOLLOW), false, "follow symbolic links" },
	{ "atime", NOT_ATIME, BIT(NOATIME), false, "not noatime" },
	{ "noatime", ATIME, BIT(NOATIME), false, "never update access times" },
	{ "relatime", ATIME, BIT(RELATIME), false, "update them when older" },
	{ "norelatime", NOT_ATIME, BIT(RELATIME), false, "not relatime" },
	{ "strictatime", ATIME, BIT(STRICTATIME), false, "always update them" },
	{ "nostrictatime", NOT_ATIME, BIT(STRICTATIME), false, "not strictatime" },
	{ "diratime", CLEAR, BIT(NODIRATIME), false, "update those of folders" },
	{ "nodiratime", SET, BIT(NODIRATIME), false, "do not update those of folders" },
	{ "bind", FLAG, MEMBER(bind), false, "bind one mount" },
	{ "rbind", FLAG, MEMBER(rbind), false, "bind a whole tree" },
	{ "remount", FLAG, MEMBER(remount), false, "change the mount that is there" },
	{ "private", PROPAGATION, MS(PRIVATE), false, "no propagation" },
	{ "shared", PROPAGATION, MS(SHARED), false, "propagation both ways" },
	{ "slave", PROPAGATION, MS(SLAVE), false, "propagation to here" },
	{ "unbindable", PROPAGATION, MS(UNBINDABLE), false, "private, cannot be bound" },
	{ "rprivate", PROPAGATION, MS(PRIVATE) | MS(REC), false, "private, the tree" },
	{ "rshared", PROPAGATION, MS(SHARED) | MS(REC), false, "shared, the tree" },
	{ "rslave", PROPAGATION, MS(SLAVE) | MS(REC), false, "slave, the tree" },
	{ "runbindable", PROPAGATION, MS(UNBINDABLE) | MS(REC), false,
		"unbindable, the tree" },
	{ "rro", RSET, BIT(RDONLY), false, "ro, the tree" },
	{ "rrw", RCLEAR, BIT(RDONLY), false, "rw, the tree" },
	{ "rsuid", RCLEAR, BIT(NOSUID), false, "suid, the tree" },
	{ "rnosuid", RSET, BIT(NOSUID), false, "nosuid, the tree" },
	{ "rdev", RCLEAR, BIT(NODEV), false, "dev, the tree" },
	{ "rnodev", RSET, BIT(NODEV), false, "nodev, the tree" },
	{ "rexec", RCLEAR, BIT(NOEXEC), false, "exec, the tree" },
	{ "rnoexec", RSET, BIT(NOEXEC), false, "noexec, the tree" },
	{ "rdiratime", RCLEAR, BIT(NODIRATIME), false, "diratime, the tree" },
	{ "rnodiratime", RSET, BIT(NODIRATIME), false, "nodiratime, the tree" },
	{ "ratime", NOT_RATIME, BIT(NOATIME), false, "atime, the tree" },
	{ "rnoatime", RATIME, BIT(NOATIME), false, "noatime, the tree" },
	{ "rrelatime", RATIME, BIT(RELATIME), false, "relatime, the tree" },
	{ "rnorelatime", NOT_RATIME, BIT(RELATIME), false, "norelatime, the tree" },
	{ "rstrictatime", RATIME, BIT(STRICTATIME), false, "strictatime, the tree" },
	{ "rnostrictatime", NOT_RATIME, BIT(STRICTATIME), false,
		"nostrictatime, the tree" },
	{ "rsymfollow", RCLEAR, BIT(NOSYMFOLLOW), false, "symfollow, the tree" },
	{ "rnosymfollow", RSET, BIT(NOSYMFOLLOW), false, "nosymfollow, the tree" },
	{ "tmpcopyup", FLAG, MEMBER(tmpcopyup), false,
		"a tmpfs begins with a copy of the folder it covers" },
	{ "idmap", FLAG, MEMBER(idmap), false, "shift owners" },
	{ "ridmap", FLAG, MEMBER(ridmap), false, "shift owners, the tree" },
	/* crun's; Podman sends them. */
	{ "copy-symlink", FLAG, MEMBER(copy_symlink), true, "copy a link, do not mount" },
	{ "src-nofollow", FLAG, MEMBER(src_nofollow), true, "do not follow the source" },
	{ "dest-nofollow", FLAG, MEMBER(dest_nofollow), true,
		"do not follow the target" },
	/* crun's; a superblock flag has no recursive form, so there is nothing to do. */
	{ "rsync", NOTHING, 0, true, "no effect" },
	{ "rasync", NOTHING, 0, true, "no effect" },
	{ "rdirsync", NOTHING, 0, true, "no effect" },
	{ "rmand", NOTHING, 0, true, "no effect" },
	{ "rnomand", NOTHING, 0, true, "no effect" },
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
		put(&o->rset, &o->rclear, b, 0);
		break;
	case RCLEAR:
		put(&o->rset, &o->rclear, 0, b);
		break;
	case RATIME:
		choose_atime(&o->rset, &o->rclear, b);
		break;
	case NOT_RATIME:
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
			.supported = !words[i].unfinished,
			.doc = words[i].doc,
		};
		int r = fn(arg, &info);

		if (r)
			return r;
	}
	return 0;
}
