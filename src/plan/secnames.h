/* SPDX-License-Identifier: Apache-2.0 */
/* Names of system calls to numbers: the one place that asks libseccomp. */
#ifndef DAVIT_PLAN_SECNAMES_H
#define DAVIT_PLAN_SECNAMES_H

#include <stdbool.h>

#include "plan/secarch.h"

struct error;

/*
 * Load libseccomp, which the other functions do as well; without it they know no names. -ELIBACC
 * where it is not, -EOPNOTSUPP in a build --without-seccomp; ERR_HOST.
 */
int secnames_load(struct error *e);

/* Does the libseccomp that is loaded know this architecture? */
bool secnames_has_arch(const struct sec_arch *arch);

/*
 * The number of a call as the filter sees it (base and x32 bit in it): libseccomp's, else ours
 * of sysnames.h. -EDOM where this architecture has no such call of its own, -ENOENT for a name
 * that neither knows on any architecture.
 */
int secnames_number(const struct sec_arch *arch, const char *name);

#endif
