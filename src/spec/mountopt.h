/* SPDX-License-Identifier: Apache-2.0 */
/* THE mount option table (config.md, "Linux mount options"; spec-matrix rows MOPT-*). */
#ifndef DAVIT_SPEC_MOUNTOPT_H
#define DAVIT_SPEC_MOUNTOPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

/* Words of one mount, as masks. Numbers are the kernel's (MOUNT_ATTR_*, MS_*). */
struct mountopt {
	uint64_t set, clear;     /* MOUNT_ATTR_* of the mount */
	uint64_t rset, rclear;   /* recursively */
	uint64_t sb_set, sb_clear; /* MS_* of the superblock */
	uint64_t propagation[4];
	unsigned n_propagation;
	bool bind, rbind, remount;
	bool idmap, ridmap, tmpcopyup, copy_symlink, src_nofollow, dest_nofollow;
	bool named_attr;         /* an attribute word was given (MNT-11) */
	const char **data;       /* words for the file system, in arena */
	size_t n_data;
};

struct mountopt_info {
	const char *name;
	bool supported; /* davit applies it today: listed in features */
	const char *doc;
};

/* Words to masks: last one wins for opposites (MOPT, MNT-10). "" is skipped. -ENOMEM, -EINVAL. */
int mountopt_parse(struct arena *a, const char *const *words, size_t n, struct mountopt *out,
		   struct error *e);
/* Visit the table. */
int mountopt_each(int (*fn)(void *arg, const struct mountopt_info *info), void *arg);

#endif
