/* SPDX-License-Identifier: Apache-2.0 */
/* What a cgroup has used, as engines read it (docs/engines.md, "Output"). */
#ifndef DAVIT_HOST_STATS_H
#define DAVIT_HOST_STATS_H

#include <stdbool.h>

struct json_w;

/* Where the controllers of one cgroup are: descriptors, negative when there is none. */
enum stats_controller {
	STATS_CPU,
	STATS_CPUACCT,
	STATS_CPUSET,
	STATS_MEMORY,
	STATS_PIDS,
	STATS_BLKIO,
	STATS_HUGETLB,
	STATS_CONTROLLERS
};
struct stats_source {
	int dirs[STATS_CONTROLLERS];
	bool v2[STATS_CONTROLLERS];
};

/* The v1 name of a controller, "cpuacct"; that of v2 is the same, but io and cpu. */
const char *stats_controller_name(enum stats_controller c);
/*
 * The object that go-runc calls Stats: unsigned integers, CPU time in nanoseconds, with the names
 * of v1 on both. What this kernel does not count is 0, or not there.
 */
void stats_write(const struct stats_source *s, struct json_w *w);

#endif
