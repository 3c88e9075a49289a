/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of system calls to numbers. Only seccomp_syscall_resolve_*: everything of libseccomp
 * that takes a filter begins with calls that probe the kernel, and planners make none. That the
 * library is loaded here, when a profile is planned, is the one exception; it is the loader's.
 */
#include "config.h"

#include "plan/secnames.h"

#include <errno.h>
#include <seccomp.h>

#include "base/library.h"
#include "plan/sysnames.h"

#define SONAME "libseccomp.so.2"
#define FUNCTIONS(X) X(seccomp_syscall_resolve_name_arch)
LIBRARY(lib, SONAME, FUNCTIONS);
LIBRARY_NOTE(lib, "seccomp", "names of system calls, for linux.seccomp", "recommended",
	SONAME);

int secnames_load(struct error *e)
{
	return library_load(&library_lib, e);
}

static int resolve(const struct sec_arch *arch, const char *name)
{
	return secnames_load(NULL) < 0
		       ? __NR_SCMP_ERROR
		       : lib.seccomp_syscall_resolve_name_arch(arch->token, name);
}

bool secnames_has_arch(const struct sec_arch *arch)
{
	return resolve(arch, "exit_group") >= 0;
}

int secnames_number(const struct sec_arch *arch, const char *name)
{
	/* Negative but for the error: a pseudo number of a call that is absent here. */
	int nr = resolve(arch, name);
	int newer;

	if (nr >= 0)
		return nr;
	newer = sysnames_number(arch, name);
	if (newer >= 0)
		return newer;
	return nr == __NR_SCMP_ERROR && newer == -ENOENT ? -ENOENT : -EDOM;
}
