/* SPDX-License-Identifier: Apache-2.0 */
/* Names of kernel parameters (config-linux.md#sysctl, SYSC-01). */
#ifndef DAVIT_SPEC_SYSCTL_H
#define DAVIT_SPEC_SYSCTL_H

struct arena;

/*
 * The file below /proc/sys of a key, "net/ipv4/conf/eno2.100/forwarding", in arena. The first
 * of '.' and '/' in the key separates; the other one then stands for the separator's sign in a
 * name (sysctl(8)). -EINVAL when a part is empty, "." or "..", or there is only one; -ENOMEM.
 */
int spec_sysctl_path(struct arena *a, const char *key, const char **out);

#endif
