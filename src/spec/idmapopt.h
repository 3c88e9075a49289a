/* SPDX-License-Identifier: Apache-2.0 */
/* The mappings that crun's mount option "idmap=uids=...;gids=..." carries (MNT-14). */
#ifndef DAVIT_SPEC_IDMAPOPT_H
#define DAVIT_SPEC_IDMAPOPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;

struct idmapopt_line {
	uint32_t from; /* id on the file system */
	uint32_t to; /* id on the host; relative: id in the container's user namespace */
	uint32_t size; /* 1 or more; neither range reaches 2^32 - 1 */
	bool relative; /* written with "@" */
};

struct idmapopt {
	struct idmapopt_line *uids, *gids; /* in the arena; at least one each */
	size_t n_uids, n_gids;
};

/*
 * text is what stands behind "idmap=" or "ridmap=": "uids=" and "gids=", each once and in either
 * order, with ";" between; each a list of FROM-TO-SIZE or @FROM-TO-SIZE with "#" between, as
 * crun(1) has it. -EINVAL (kind ERR_CONFIG, no place), -ENOMEM.
 */
int idmapopt_parse(
	struct arena *a, const char *text, struct idmapopt *out, struct error *e);

#endif
