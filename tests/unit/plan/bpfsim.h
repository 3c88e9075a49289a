/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a seccomp program as the kernel would, for either byte order. */
#ifndef DAVIT_TESTS_BPFSIM_H
#define DAVIT_TESTS_BPFSIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sock_filter;

struct bpfsim_call {
	uint32_t arch;
	int nr;
	uint64_t args[6];
	bool big_endian; /* of the machine that makes the call */
};

/* What the kernel checks at installation (seccomp_check_filter): NULL, or what is wrong. */
const char *bpfsim_check(const struct sock_filter *prog, size_t n);

/* The program's verdict; the program must have passed bpfsim_check(). */
uint32_t bpfsim_run(const struct sock_filter *prog, const struct bpfsim_call *call);

#endif
