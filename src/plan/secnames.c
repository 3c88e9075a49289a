/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of system calls to numbers. Only seccomp_syscall_resolve_*: everything of libseccomp
 * that takes a filter begins with calls that probe the kernel, and planners make none.
 */
#include "config.h"

#include "plan/secnames.h"

#include <errno.h>
#include <seccomp.h>

#include "plan/sysnames.h"

bool secnames_available(void)
{
	return true;
}

bool secnames_has_arch(const struct sec_arch *arch)
{
	return seccomp_syscall_resolve_name_arch(arch->token, "exit_group") >= 0;
}

int secnames_number(const struct sec_arch *arch, const char *name)
{
	/* Negative but for the error: a pseudo number of a call that is absent here. */
	int nr = seccomp_syscall_resolve_name_arch(arch->token, name);
	int newer;

	if (nr >= 0)
		return nr;
	newer = sysnames_number(arch, name);
	if (newer >= 0)
		return newer;
	return nr == __NR_SCMP_ERROR && newer == -ENOENT ? -ENOENT : -EDOM;
}
