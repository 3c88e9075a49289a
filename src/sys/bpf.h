/* SPDX-License-Identifier: Apache-2.0 */
/* Device programs of cgroup v2: load, attach, replace, query. */
#ifndef DAVIT_SYS_BPF_H
#define DAVIT_SYS_BPF_H

#include <stddef.h>

struct error;

/* insns: n struct bpf_insn. Program descriptor; on failure the verifier's last line is
 * in the text. */
int bpf_load_device(const void *insns, size_t n, struct error *e);
/* Attach to the cgroup (BPF_F_ALLOW_MULTI). */
int bpf_attach_device(int prog_fd, int cgroup_fd, struct error *e);
/* Swap every program attached to this cgroup for prog_fd without a moment of more access:
 * BPF_F_REPLACE for one, else attach the new first, then detach the others. */
int bpf_replace_device(int prog_fd, int cgroup_fd, struct error *e);

#endif
