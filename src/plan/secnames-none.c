/* SPDX-License-Identifier: Apache-2.0 */
/* Names of system calls in a build --without-seccomp: none. */
#include "config.h"

#include <errno.h>

#include "base/err.h"
#include "plan/secnames.h"

int secnames_load(struct error *e)
{
	return err_set(
		e, ERR_HOST, -EOPNOTSUPP, "this davit was built without libseccomp");
}

bool secnames_has_arch(const struct sec_arch *arch)
{
	(void)arch;
	return false;
}

int secnames_number(const struct sec_arch *arch, const char *name)
{
	(void)arch;
	(void)name;
	return -ENOENT;
}
