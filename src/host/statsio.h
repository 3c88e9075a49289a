/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the statistics share. */
#ifndef DAVIT_HOST_STATSIO_H
#define DAVIT_HOST_STATSIO_H

#include <stddef.h>

#include "host/stats.h"

/* A small file of a controller's cgroup, in text; NULL when there is none. */
const char *stats_read(const struct stats_source *s, enum stats_controller c,
	const char *file, char *text, size_t size);
/* The member "blkio". */
void stats_write_io(const struct stats_source *s, struct json_w *w);

#endif
