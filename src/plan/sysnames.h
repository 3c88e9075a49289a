/* SPDX-License-Identifier: Apache-2.0 */
/* System calls that libseccomp may not know, and the calls behind socketcall(2) and ipc(2). */
#ifndef DAVIT_PLAN_SYSNAMES_H
#define DAVIT_PLAN_SYSNAMES_H

#include <stdbool.h>

#include "plan/secarch.h"

/*
 * The number of a newer system call (Linux 5.1 to the kernel of gen-sysnames), with the base of
 * the architecture in it. -ENOENT for a name that the table lacks, -EDOM for one that this
 * architecture lacks.
 */
int sysnames_number(const struct sec_arch *arch, const char *name);

enum sysnames_multiplexer { SYSNAMES_SOCKETCALL = 102, SYSNAMES_IPC = 117 };

/* How an architecture with socketcall and ipc reaches one call. */
struct sysnames_mux {
	int number;	 /* of its own, or -1 */
	int multiplexer; /* number of socketcall or ipc */
	int sub;	 /* the multiplexer's first argument */
};

/* False where name is an ordinary call on arch. */
bool sysnames_multiplexed(
	const struct sec_arch *arch, const char *name, struct sysnames_mux *out);

#endif
