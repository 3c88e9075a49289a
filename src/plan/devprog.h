/* SPDX-License-Identifier: Apache-2.0 */
/* Device rules as a program for a cgroup of v2: config-linux.md#allowed-device-list. */
#ifndef DAVIT_PLAN_DEVPROG_H
#define DAVIT_PLAN_DEVPROG_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;
struct plan_devrule;

/* struct bpf_insn of linux/bpf.h: a kernel ABI, written out for hosts without that header. */
struct devprog_insn {
	uint8_t code;
	uint8_t dst : 4;
	uint8_t src : 4;
	int16_t off;
	int32_t imm;
};

/* The limit of kernels before 5.2, BPF_MAXINSNS. */
#define DEVPROG_MAX 4096

/*
 * A BPF_PROG_TYPE_CGROUP_DEVICE program that says what the rules mean: for each kind of access
 * that is asked for (bits as in plan_devrule.access) the last rule that covers the device and this
 * kind decides, and without one it is denied. Instructions in arena. -E2BIG over DEVPROG_MAX
 * instructions, -EINVAL for a type that is not a, b or c, -ENOMEM.
 */
int devprog_build(struct arena *a, const struct plan_devrule *rules, size_t n,
	struct devprog_insn **insns, size_t *n_insns, struct error *e);

#endif
