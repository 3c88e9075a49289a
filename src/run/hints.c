/* SPDX-License-Identifier: Apache-2.0 */
/* Advice: (step, call, errno, a fact about the host) to one line. Decided in the parent.
 */
#include "config.h"

#include "run/hints.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"

static bool in_userns(const struct host *h)
{
	return h->in_userns;
}

static bool no_sys_resource(const struct host *h)
{
	return !host_can(h, CAP_SYS_RESOURCE);
}

static bool userns_none(const struct host *h)
{
	return h->userns_none;
}

static bool userns_root_only(const struct host *h)
{
	return h->userns_root_only;
}

static bool userns_apparmor(const struct host *h)
{
	return h->userns_apparmor;
}

#define USERNS_NONE \
	"user.max_user_namespaces is 0 on this host: no user namespace can be made"
#define USERNS_ROOT_ONLY                                                               \
	"kernel.unprivileged_userns_clone is 0 on this host: only root may make user " \
	"namespaces"
#define USERNS_APPARMOR                                                                   \
	"kernel.apparmor_restrict_unprivileged_userns is 1 on this host, and davit runs " \
	"without an AppArmor profile that allows userns: load the one that comes with "   \
	"davit, or set the parameter to 0"
#define USERNS_DENIED                                                                  \
	"this host forbids user namespaces to ordinary users: a security module or a " \
	"seccomp filter around us refuses them"
#define NOT_DELEGATED                                                                    \
	"no cgroup is delegated to us here: begin with systemd-run --user --scope "      \
	"--property=Delegate=yes where systemd delegates, or leave linux.resources and " \
	"linux.cgroupsPath out"
#define NAMESPACES_FULL                                                  \
	"the limit of nested or of existing namespaces is reached: see " \
	"/proc/sys/user/max_*_namespaces"

static bool not_root(const struct host *h)
{
	return h->euid != 0;
}

/* NULL or 0 matches anything. The first row that matches is taken. */
static const struct hint {
	const char *step, *call;
	int errnum;
	bool (*when)(const struct host *h);
	const char *text;
} rows[] = {
	/* The namespace is made there, but nothing in it is allowed (Ubuntu 24.04). */
	{ NULL, "clone3", EPERM, userns_apparmor, USERNS_APPARMOR },
	{ NULL, "clone3", EACCES, userns_apparmor, USERNS_APPARMOR },
	{ NULL, "clone", EPERM, userns_apparmor, USERNS_APPARMOR },
	{ NULL, "clone", EACCES, userns_apparmor, USERNS_APPARMOR },
	{ NULL, "setgroups", EPERM, userns_apparmor, USERNS_APPARMOR },
	{ NULL, "setresgid", EPERM, userns_apparmor, USERNS_APPARMOR },
	{ NULL, "setresuid", EPERM, userns_apparmor, USERNS_APPARMOR },
	{ NULL, "unshare", EPERM, userns_apparmor, USERNS_APPARMOR },
	{ "root", NULL, EPERM, userns_apparmor, USERNS_APPARMOR },
	{ "root", NULL, EACCES, userns_apparmor, USERNS_APPARMOR },
	{ "limits", NULL, EPERM, no_sys_resource,
		"we have no CAP_SYS_RESOURCE: limits can only be lowered here" },
	{ "limits", NULL, EACCES, no_sys_resource,
		"we have no CAP_SYS_RESOURCE: the OOM score cannot be lowered here" },
	{ "root", "open", ENOENT, NULL,
		"root.path is taken from the folder of the bundle, and must be a folder" },
	{ "root", "open", ENOTDIR, NULL,
		"root.path is taken from the folder of the bundle, and must be a folder" },
	{ "cgroup", NULL, EROFS, NULL,
		"the cgroup file system is mounted read-only here: run with "
		"--cgroup-manager=disabled, or make it writable" },
	{ "cgroup", NULL, EACCES, not_root, NOT_DELEGATED },
	{ "cgroup", NULL, EPERM, not_root, NOT_DELEGATED },
	{ "cgroup", NULL, EACCES, NULL,
		"the cgroup is not ours to write: delegate it, or set linux.cgroupsPath "
		"to one that is" },
	{ "cgroup", NULL, EPERM, NULL,
		"the cgroup is not ours to write: delegate it, or set linux.cgroupsPath "
		"to one that is" },
	{ "mounts", NULL, EPERM, in_userns,
		"a new proc or sysfs needs an unmasked one in the outer user namespace; "
		"bind-mount it instead, or run outside of a container" },
	{ "mounts", NULL, ENODEV, NULL,
		"the kernel does not know this file system type: see /proc/filesystems, "
		"or load its module" },
	{ "devices", NULL, EPERM, NULL,
		"device nodes cannot be made here: the file system is mounted nodev, or "
		"we are in a user namespace" },
	{ "sysctl", NULL, ENOENT, NULL, "this kernel does not have the parameter" },
	{ "seccomp", NULL, EINVAL, NULL,
		"this kernel may lack a flag or an action that the profile uses" },
	{ "labels-ask", "write", ENOENT, NULL,
		"load it with apparmor_parser -r; one of a policy namespace is called "
		":NAMESPACE:PROFILE" },
	{ "labels-ask", "write", EINVAL, NULL,
		"user, role, type and level of the label must be in the policy that is "
		"loaded" },
	{ NULL, "clone3", EOPNOTSUPP, NULL,
		"a cgroup above has processes of its own, and hands controllers down all the "
		"same: nothing can enter the cgroups below it (cgroups(7))" },
	{ NULL, "clone3", EPERM, userns_root_only, USERNS_ROOT_ONLY },
	{ NULL, "clone", EPERM, userns_root_only, USERNS_ROOT_ONLY },
	{ NULL, "clone3", ENOSPC, userns_none, USERNS_NONE },
	{ NULL, "clone", ENOSPC, userns_none, USERNS_NONE },
	{ NULL, "clone3", ENOSPC, NULL, NAMESPACES_FULL },
	{ NULL, "clone", ENOSPC, NULL, NAMESPACES_FULL },
	{ NULL, "unshare", ENOSPC, NULL, NAMESPACES_FULL },
	{ NULL, "clone3", EUSERS, NULL, NAMESPACES_FULL },
	{ NULL, "clone", EUSERS, NULL, NAMESPACES_FULL },
	{ NULL, "clone3", EPERM, not_root, USERNS_DENIED },
	{ NULL, "clone", EPERM, not_root, USERNS_DENIED },
};

void hint_for(struct error *e, const struct host *host)
{
	if (!e || e->hint || e->code == 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct hint *h = &rows[i];

		if (h->step &&
			(!e->step || strncmp(e->step, h->step, strlen(h->step)) != 0))
			continue;
		if (h->call && (!e->call || strcmp(e->call, h->call) != 0))
			continue;
		if (h->errnum && e->code != -h->errnum)
			continue;
		if (h->when && !h->when(host))
			continue;
		err_hint(e, "%s", h->text);
		return;
	}
}
