/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a device program as the kernel would. */
#ifndef DAVIT_TESTS_DEVSIM_H
#define DAVIT_TESTS_DEVSIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/devprog.h"

/*
 * What the kernel's verifier would refuse of such a program: NULL, or what is wrong. Jumps go
 * forward, every instruction is reached, no register is read before it is written.
 */
const char *devsim_check(const struct devprog_insn *prog, size_t n);

/* The program's result; it must have passed devsim_check(). Arguments as of devsim_rules(). */
uint64_t devsim_run(const struct devprog_insn *prog, uint32_t type, uint32_t major,
	uint32_t minor, uint32_t access);

/*
 * What devprog_build() says that the rules mean, by plain search. type is 'b' or 'c', access has
 * the bits of plan_devrule.access.
 */
bool devsim_rules(const struct plan_devrule *rules, size_t n, uint32_t type,
	uint32_t major, uint32_t minor, uint32_t access);

#endif
