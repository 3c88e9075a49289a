/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share. */
#ifndef DAVIT_HOST_INTERNAL_H
#define DAVIT_HOST_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "host/host.h"

/* Fill in mode and hierarchies with their controllers (cgroups(7)). -ENOMEM, errors of /proc. */
int host_cgroup(struct arena *a, struct host *h, struct error *e);

/*
 * The hierarchies that text, the content of /proc/self/cgroup (cgroups(7); modified),
 * names, in its order, without mount points. -EINVAL with a text for a line of another
 * form, -ENOMEM.
 */
int host_cgroup_parse(struct arena *a, char *text, struct host_hierarchy **out, size_t *n,
	struct error *e);
/*
 * Where a v1 hierarchy is mounted by convention: /sys/fs/cgroup/cpu,cpuacct. NULL: no
 * memory.
 */
char *host_cgroup_convention(struct arena *a, const struct host_hierarchy *h);
/*
 * The ranges of user, by name or number, in text of the form of subuid(5), appended to *out. Lines
 * of another form are passed over. text is changed. -ENOMEM.
 */
int host_subid_parse(struct arena *a, char *text, const char *user, uint32_t uid,
	struct host_range **out, size_t *n);
/* Does the text of nsswitch.conf(5) send "subid" elsewhere than to files? text is changed. */
bool host_subid_service(char *text);
/* The ids inside of a user namespace, from the text of its uid_map or gid_map
 * (user_namespaces(7)), appended to *out. Rubbish is passed over. text is changed. -ENOMEM. */
int host_own_parse(struct arena *a, char *text, struct host_range **out, size_t *n);
/* The name of the line of passwd(5) text whose third field is uid, or NULL. In arena. */
const char *host_user_find(struct arena *a, char *text, uint32_t uid);

#endif
