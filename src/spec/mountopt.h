/* SPDX-License-Identifier: Apache-2.0 */
/* THE mount option table (config.md, "Linux mount options"; docs/conformance.md, MOPT-*). */
#ifndef DAVIT_SPEC_MOUNTOPT_H
#define DAVIT_SPEC_MOUNTOPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

/* MOUNT_ATTR_* of linux/mount.h, by our own names: that header may be missing or too old. */
enum {
	MOUNTOPT_ATTR_RDONLY = 0x1,
	MOUNTOPT_ATTR_NOSUID = 0x2,
	MOUNTOPT_ATTR_NODEV = 0x4,
	MOUNTOPT_ATTR_NOEXEC = 0x8,
	MOUNTOPT_ATTR_ATIME = 0x70, /* the mask of the next three */
	MOUNTOPT_ATTR_RELATIME = 0x00,
	MOUNTOPT_ATTR_NOATIME = 0x10,
	MOUNTOPT_ATTR_STRICTATIME = 0x20,
	MOUNTOPT_ATTR_NODIRATIME = 0x80,
	MOUNTOPT_ATTR_NOSYMFOLLOW = 0x200000,
};

/* MS_* of linux/fs.h that stand in sb_set, sb_clear and propagation; RDONLY in plans only. */
enum {
	MOUNTOPT_MS_RDONLY = 1 << 0,
	MOUNTOPT_MS_SYNCHRONOUS = 1 << 4,
	MOUNTOPT_MS_MANDLOCK = 1 << 6,
	MOUNTOPT_MS_DIRSYNC = 1 << 7,
	MOUNTOPT_MS_REC = 1 << 14,
	MOUNTOPT_MS_SILENT = 1 << 15,
	MOUNTOPT_MS_UNBINDABLE = 1 << 17,
	MOUNTOPT_MS_PRIVATE = 1 << 18,
	MOUNTOPT_MS_SLAVE = 1 << 19,
	MOUNTOPT_MS_SHARED = 1 << 20,
	MOUNTOPT_MS_I_VERSION = 1 << 23,
	MOUNTOPT_MS_LAZYTIME = 1 << 25,
};

/*
 * Words of one mount, as masks. Numbers are the kernel's (MOUNT_ATTR_*, MS_*).
 * set and clear never share a bit but in the atime field, where clear holds the whole mask as
 * mount_setattr(2) wants it. ro and rw stand only in set and clear: whoever makes a new
 * superblock takes its flag from there. rbind sets bind too.
 */
struct mountopt {
	uint64_t set, clear;	   /* MOUNT_ATTR_* of the mount */
	uint64_t rset, rclear;	   /* recursively */
	uint64_t sb_set, sb_clear; /* MS_* of the superblock */
	uint64_t propagation[4];
	unsigned n_propagation;
	bool bind, rbind, remount;
	bool idmap, ridmap, tmpcopyup, copy_symlink, src_nofollow, dest_nofollow;
	bool named_attr;       /* a not recursive attribute word was given (MNT-11) */
	const char *idmap_map; /* what stands behind "idmap=" or "ridmap=", or NULL */
	const char **data;     /* words for the file system, in arena */
	size_t n_data;
};

struct mountopt_info {
	const char *name;
	const char *doc;
};

/*
 * Words to masks: last one wins for opposites (MOPT, MNT-10). "" is skipped. Unknown words are
 * the file system's (MNT-09). -ENOMEM; -EINVAL (kind ERR_CONFIG, no place) for more than four
 * propagation words.
 */
int mountopt_parse(struct arena *a, const char *const *words, size_t n,
	struct mountopt *out, struct error *e);
/* Visit the table. */
int mountopt_each(int (*fn)(void *arg, const struct mountopt_info *info), void *arg);

#endif
