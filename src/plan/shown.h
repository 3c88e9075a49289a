/* SPDX-License-Identifier: Apache-2.0 */
/* Names under which a printed plan shows the kernel's numbers and ours. For objects.c. */
#ifndef DAVIT_PLAN_SHOWN_H
#define DAVIT_PLAN_SHOWN_H

#include "base/table.h"

extern const struct table shown_mount_kind; /* enum plan_mount_kind */
extern const struct table shown_idmap;	    /* enum plan_mount_idmap; no name for none */
extern const struct table shown_cgroup_driver; /* enum plan_cgroup_driver */
extern const struct table shown_clone_flag; /* CLONE_NEW*, as linux.namespaces has them */
extern const struct table shown_mount_attr; /* MOUNT_ATTR_*, as mount options set them */
extern const struct table shown_superblock_flag; /* MS_* of new mounts, likewise */
extern const struct table shown_seccomp_flag;	 /* SECCOMP_FILTER_FLAG_*, ours too */
extern const struct table shown_node_type;    /* S_IFCHR ..., as linux.devices[].type */
extern const struct table shown_devrule_type; /* 'a', 'b', 'c' */
extern const struct table
	shown_device_access; /* "rwm" for 7, as the configuration has it */

#endif
