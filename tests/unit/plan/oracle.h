/* SPDX-License-Identifier: Apache-2.0 */
/* The filter that libseccomp makes of a profile, called as other runtimes call it. */
#ifndef DAVIT_TESTS_ORACLE_H
#define DAVIT_TESTS_ORACLE_H

#include <stdbool.h>
#include <stddef.h>

#include "plan/secarch.h"

struct arena;
struct sock_filter;
struct spec_seccomp;

/*
 * The program for the kernel of native, instructions in host order, in arena. Names that
 * libseccomp does not know are skipped. Negative errno of libseccomp: -EEXIST where two rules
 * with different actions overlap in a way that it refuses.
 */
int oracle_build(const struct spec_seccomp *s, const struct sec_arch *native,
	struct arena *a, struct sock_filter **prog, size_t *n);

/* Does libseccomp know this name on this architecture by itself? */
int oracle_number(const struct sec_arch *arch, const char *name);

/* Does it take SCMP_ACT_NOTIFY here? */
bool oracle_notifies(void);

#endif
