/* SPDX-License-Identifier: Apache-2.0 */
/* The process object of exec: from a file, or the container's with the command line over it. */
#ifndef DAVIT_SPEC_OVERLAY_H
#define DAVIT_SPEC_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec/spec.h"

/* What the command line says of the process; NULL and 0: nothing. */
struct spec_overlay {
	const char *const *args;
	size_t n_args;
	const char *cwd;
	const char *const *env; /* NAME=VALUE, added */
	size_t n_env;
	const char *user;	 /* UID[:GID] */
	const char *const *gids; /* added to the supplementary groups */
	size_t n_gids;
	const char *const *caps; /* CAP_*, added */
	size_t n_caps;
	bool no_new_privs, terminal;
	const char *selinux_label, *apparmor_profile;
};

/* Does it say anything? (Then --process cannot be given as well.) */
bool spec_overlay_any(const struct spec_overlay *o);

/*
 * "UID" or "UID:GID" in decimal without signs, blanks or leading zeros, each at most
 * 2^32 - 2 (G2: CVE-2026-30892; G3: never a name). *has_gid tells whether there was a second
 * number; without one *gid is left alone. -EINVAL, and nothing is stored.
 */
int spec_user_parse(const char *text, uint32_t *uid, uint32_t *gid, bool *has_gid);

/*
 * *out is base with o laid over it: the program, variables, groups and capabilities added, the
 * terminal as o says. A capability is added to the bounding, effective and permitted sets,
 * never to the inheritable one (G1), and to the ambient one where the container's is inheritable.
 * Memory from arena and of base and o. ERR_USAGE -EINVAL naming the option.
 */
int spec_overlay_apply(const struct spec_process *base, const struct spec_overlay *o,
	struct arena *a, struct spec_process *out, struct error *e);

/*
 * Read a process object (config.md#process) from file below dirfd, which must be a regular one,
 * and check it by the rules of the process. What it leaves out of capabilities, limits, oom
 * score, noNewPrivileges, scheduling, labels and umask is config's, where that has a process.
 * out->config is a copy of config with this process. Errors as spec_open().
 */
int spec_process_open(int dirfd, const char *file, const struct spec_config *config,
	const struct spec_warnings *warnings, struct arena *a, struct spec *out,
	struct error *e);

#endif
