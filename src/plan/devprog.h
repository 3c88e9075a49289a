/* SPDX-License-Identifier: Apache-2.0 */
/* Device rules to the eBPF program of a v2 cgroup. Pure: no system call. */
#ifndef DAVIT_PLAN_DEVPROG_H
#define DAVIT_PLAN_DEVPROG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;
struct plan_devrule;

/* struct bpf_insn of linux/bpf.h; own copy, so that it is there on every host that builds. */
struct bpf_insn_davit {
	uint8_t code;
	uint8_t dst_reg : 4, src_reg : 4;
	int16_t off;
	int32_t imm;
};

/*
 * The program (BPF_PROG_TYPE_CGROUP_DEVICE) for n rules in order, later override, the default is
 * deny (config-linux.md, allowed device list). One comparison for a rule that names one device with
 * all accesses. Instructions in arena. -E2BIG over 32,000 of them, -ENOMEM.
 */
int devprog_build(struct arena *a, const struct plan_devrule *rules, size_t n,
	struct bpf_insn_davit **insns, size_t *n_insns, struct error *e);

/*
 * The reference: may a device be used? type 'b' or 'c'; access bits as in plan_devrule (1 read,
 * 2 write, 4 mknod), every one of which must be allowed; the last rule that matches the device and
 * has the bit decides about it.
 */
bool devprog_eval(const struct plan_devrule *rules, size_t n, uint32_t type,
	uint32_t major, uint32_t minor, uint32_t access);

#endif
