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
#include "spec/names.h" /* enum hook_kind */

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
/* CLONE_NEW* of clone(2), bits of plan.new_flags and its like: kernel numbers, because older libc
 * headers lack some (run/init.c asserts that they are right). */
enum {
	PLAN_NEWTIME = 0x00000080,
	PLAN_NEWNS = 0x00020000,
	PLAN_NEWCGROUP = 0x02000000,
	PLAN_NEWUTS = 0x04000000,
	PLAN_NEWIPC = 0x08000000,
	PLAN_NEWUSER = 0x10000000,
	PLAN_NEWPID = 0x20000000,
	PLAN_NEWNET = 0x40000000,
};
enum plan_cgroup_driver { PLAN_CGROUP_FS, PLAN_CGROUP_DISABLED, PLAN_CGROUP_UNIT };

#include "schema/rows_struct.h"
/* clang-format off */
#include "plan/def/all.def"
/* clang-format on */
#include "schema/rows_end.h"

#endif
