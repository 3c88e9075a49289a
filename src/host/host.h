/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about this machine, as a value that planners read. */
#ifndef DAVIT_HOST_HOST_H
#define DAVIT_HOST_HOST_H

#include <linux/capability.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strv.h"
#include "base/table.h"
#include "schema/schema.h"

enum host_cgroup_mode {
	HOST_CGROUP_NONE,
	HOST_CGROUP_V1,
	HOST_CGROUP_HYBRID,
	HOST_CGROUP_V2
};
extern const struct table names_cgroup_mode;

#include "schema/rows_struct.h"
/* clang-format off */
#include "host/host.def"
/* clang-format on */
#include "schema/rows_end.h"

struct arena;
struct error;

/*
 * Ask the machine; memory from arena. About thirty system calls with nine v1
 * hierarchies, fifteen on v2. Errors of /proc and of capget(2); a cgroup hierarchy that
 * cannot be read is left out.
 */
int host_read(struct arena *a, struct host *out, struct error *e);
/* What host_read() leaves out, because few configurations ask for it: which security modules are
 * there. Files that cannot be read mean none. */
void host_read_lsm(struct host *h);
/*
 * What host_read() reads in a user namespace, and without CAP_SETUID or CAP_SETGID: login name,
 * helpers, ranges, and the sysctls that forbid user namespaces. Files that cannot be read say
 * nothing. -ENOMEM.
 */
int host_rootless(struct arena *a, struct host *h, struct error *e);
/* Only what concerns a process: ids and capabilities, without the security modules. Five calls,
 * no memory. */
int host_read_process(struct host *out, struct error *e);
/*
 * A pretended host from JSON (golden tests, create --dry-run --host FILE in test
 * builds). name is for messages. Errors of json_parse() and schema_load().
 */
int host_load(struct arena *a, const char *name, const char *text, size_t len,
	struct host *out, struct error *e);
/* Have we this capability (CAP_* of capabilities(7)) in our user namespace? */
static inline bool host_can(const struct host *h, unsigned capability)
{
	return h->caps >> capability & 1;
}
/* Is the kernel feature (names of sys/probe.h) not known to be absent? */
static inline bool host_has(const struct host *h, const char *feature)
{
	return !strv_has(h->without, h->n_without, feature);
}
/*
 * The user's login name of euid for "owner" in list, "" when unknown (no NSS:
 * /etc/passwd).
 */
const char *host_user_name(struct arena *a, uint32_t uid);

#endif
