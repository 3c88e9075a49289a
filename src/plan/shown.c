/* SPDX-License-Identifier: Apache-2.0 */
/* Names under which a printed plan shows numbers (that of namespaces is in ns.c). */
#include "config.h"

#include "plan/shown.h"

#include <sys/stat.h>

#include "base/cleanup.h"
#include "plan/plan.h"
#include "spec/mountopt.h"

static const struct table_entry mount_kinds[] = {
	{ "new", PLAN_MOUNT_NEW },
	{ "bind", PLAN_MOUNT_BIND },
	{ "remount", PLAN_MOUNT_REMOUNT },
	{ "cgroup1", PLAN_MOUNT_CGROUP1 },
};
const struct table shown_mount_kind = TABLE("kind of mount", mount_kinds);

static const struct table_entry idmaps[] = {
	{ "own", PLAN_IDMAP_OWN },
	{ "container", PLAN_IDMAP_CONTAINER },
};
const struct table shown_idmap = TABLE("id mapping", idmaps);

static const struct table_entry cgroup_drivers[] = {
	{ "cgroupfs", PLAN_CGROUP_FS },
	{ "disabled", PLAN_CGROUP_DISABLED },
	{ "systemd", PLAN_CGROUP_UNIT },
};
const struct table shown_cgroup_driver = TABLE("cgroup driver", cgroup_drivers);

/* The mask of the atime field, which is cleared as a whole, before what stands in it. */
static const struct table_entry mount_attrs[] = {
	{ "ro", MOUNTOPT_ATTR_RDONLY },
	{ "nosuid", MOUNTOPT_ATTR_NOSUID },
	{ "nodev", MOUNTOPT_ATTR_NODEV },
	{ "noexec", MOUNTOPT_ATTR_NOEXEC },
	{ "nosymfollow", MOUNTOPT_ATTR_NOSYMFOLLOW },
	{ "*atime", MOUNTOPT_ATTR_ATIME },
	{ "noatime", MOUNTOPT_ATTR_NOATIME },
	{ "strictatime", MOUNTOPT_ATTR_STRICTATIME },
	{ "nodiratime", MOUNTOPT_ATTR_NODIRATIME },
};
const struct table shown_mount_attr = TABLE("mount attribute", mount_attrs);

static const struct table_entry superblock_flags[] = {
	{ "ro", MOUNTOPT_MS_RDONLY },
	{ "sync", MOUNTOPT_MS_SYNCHRONOUS },
	{ "mand", MOUNTOPT_MS_MANDLOCK },
	{ "dirsync", MOUNTOPT_MS_DIRSYNC },
	{ "silent", MOUNTOPT_MS_SILENT },
	{ "iversion", MOUNTOPT_MS_I_VERSION },
	{ "lazytime", MOUNTOPT_MS_LAZYTIME },
};
const struct table shown_superblock_flag = TABLE("superblock flag", superblock_flags);

/* The specification's and the one that no profile names. */
static const struct table_entry seccomp_flags[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC", 1 << 0 },
	{ "SECCOMP_FILTER_FLAG_LOG", 1 << 1 },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW", 1 << 2 },
	{ "SECCOMP_FILTER_FLAG_NEW_LISTENER", 1 << 3 },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 1 << 5 },
};
const struct table shown_seccomp_flag = TABLE("seccomp flag", seccomp_flags);

static const struct table_entry node_types[] = {
	{ "c", S_IFCHR },
	{ "b", S_IFBLK },
	{ "p", S_IFIFO },
};
const struct table shown_node_type = TABLE("device type", node_types);

static const struct table_entry devrule_types[] = {
	{ "a", 'a' },
	{ "b", 'b' },
	{ "c", 'c' },
};
const struct table shown_devrule_type = TABLE("type of a device rule", devrule_types);

static const struct table_entry device_access[] = {
	{ "r", 1 },
	{ "w", 2 },
	{ "rw", 3 },
	{ "m", 4 },
	{ "rm", 5 },
	{ "wm", 6 },
	{ "rwm", 7 },
};
const struct table shown_device_access = TABLE("access to a device", device_access);
