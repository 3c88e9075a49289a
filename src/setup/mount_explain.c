/* SPDX-License-Identifier: Apache-2.0 */
/* Known reasons of a mount's refusal, which the errno alone does not tell. */
#include "config.h"

#include "setup/mountjob.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/path.h"
#include "sys/mountinfo.h"
#include "sys/ns.h"

static bool has_private(const struct mount_job *j, enum ns_type type)
{
	return j->ctx->plan->private_flags & ns_table[type].flag;
}

/* What lies over a part of a file system of the kernel, and where. */
struct mask {
	const char *below;
	char path[256];
};

static int note_mask(void *arg, const struct mountinfo *m)
{
	/* Folders of sysfs that are made to be mounted on hide nothing. */
	static const char *const harmless[] = { "/sys/fs", "/sys/kernel",
		"/sys/firmware/efi" };
	struct mask *mask = arg;

	if (!path_is_below(m->target, mask->below) || strcmp(m->target, mask->below) == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		if (path_is_below(m->target, harmless[i]))
			return 0;
	if (strcmp(m->target, "/proc/sys/fs/binfmt_misc") == 0)
		return 0;
	snprintf(mask->path, sizeof(mask->path), "%s", m->target);
	return 1;
}

/*
 * mount_too_revealing(): who is not root of the host gets a new procfs or sysfs only where one is
 * to be seen whole, or a mask that somebody put over it could be got round (B17).
 */
static void explain_masks(const char *fs, struct error *e)
{
	struct mask mask = { .below = strcmp(fs, "proc") == 0 ? "/proc" : "/sys" };

	if (mountinfo_each(note_mask, &mask, NULL) < 0 || !mask.path[0]) {
		err_hint(e,
			"a new %s needs an unmasked one in the outer user namespace: %s is not "
			"there, or read-only",
			fs, mask.below);
		return;
	}
	err_hint(e,
		"a new %s needs an unmasked one around us, and %s is masked here, as by an outer "
		"container: start that one without masks (Podman: --security-opt "
		"unmask=ALL), or bind-mount %s",
		fs, mask.path, mask.below);
}

/* The file systems whose content belongs to a namespace, which must be the container's own. */
static const struct owner {
	const char *fs;
	enum ns_type type;
	const char *hint;
} owners[] = {
	{ "proc", NS_PID,
		"a new proc needs a pid namespace of the user namespace: add one, or bind "
		"/proc" },
	{ "sysfs", NS_NET,
		"a new sysfs needs a network namespace of the user namespace: add one, or bind "
		"/sys" },
	{ "mqueue", NS_IPC, "a new mqueue needs an ipc namespace of the user namespace" },
	{ "cgroup2", NS_CGROUP,
		"a new cgroup2 needs a cgroup namespace of the user namespace" },
};

void mount_explain(const struct mount_job *j, int r, struct error *e)
{
	bool in_userns = has_private(j, NS_USER);
	const char *fs = j->pm->fs;

	if (!fs)
		return;
	if (r == -ENODEV)
		err_hint(e,
			"the kernel does not know this file system: see /proc/filesystems");
	if (r == -EINVAL && in_userns && strcmp(fs, "devpts") == 0)
		err_hint(
			e, "gid= and uid= must be in the mappings of the user namespace");
	if (r != -EPERM)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
		const struct owner *o = &owners[i];

		if (strcmp(o->fs, fs) != 0)
			continue;
		if (in_userns && !has_private(j, o->type))
			err_hint(e, "%s", o->hint);
		else if (o->type == NS_PID || o->type == NS_NET)
			explain_masks(fs, e);
		return;
	}
}
