/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan: the contract between deciding and doing. Pure values, expanded from
 * plan/def.
 */
#ifndef DAVIT_PLAN_PLAN_H
#define DAVIT_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/schema.h"

enum plan_mount_kind {
	PLAN_MOUNT_NEW,	    /* a new file system */
	PLAN_MOUNT_BIND,    /* a bind of source */
	PLAN_MOUNT_REMOUNT, /* change what is mounted at target */
	PLAN_MOUNT_CGROUP1, /* a tmpfs with a bind of each v1 hierarchy's cgroup of ours */
};
enum plan_mount_idmap {
	PLAN_IDMAP_NONE,
	PLAN_IDMAP_OWN,	      /* by uid_map and gid_map of the mount */
	PLAN_IDMAP_CONTAINER, /* by the container's user namespace */
};
enum plan_cgroup_driver { PLAN_CGROUP_FS, PLAN_CGROUP_DISABLED, PLAN_CGROUP_UNIT };

#include "schema/rows_struct.h"
/* clang-format off */
#include "plan/def/all.def"
/* clang-format on */
#include "schema/rows_end.h"

#endif
