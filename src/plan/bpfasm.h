/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classic BPF from a graph of decisions: equal decisions are made once, jumps that are too
 * long for a conditional instruction get a stop on the way.
 */
#ifndef DAVIT_PLAN_BPFASM_H
#define DAVIT_PLAN_BPFASM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct error;
struct sock_filter;

/* The kernel's limit, BPF_MAXINSNS. */
#define BPFASM_MAX 4096
/* A decision that loads nothing: it compares what the decision before it left. */
#define BPFASM_KEEP UINT32_MAX

enum bpfasm_op { BPFASM_RET, BPFASM_EQ, BPFASM_GT, BPFASM_GE };

struct bpfasm_node {
	enum bpfasm_op op;
	uint32_t load, mask, k;
	int yes, no;
	int at;	     /* place in the program, counted from its end; -1: not there yet */
	bool wanted; /* reached from the root */
};

struct bpfasm {
	struct arena *arena;
	struct bpfasm_node *nodes;
	int n;
	uint32_t *slots; /* hash of equal nodes: id + 1 */
	uint32_t n_slots;
	int failed; /* first -ENOMEM or -E2BIG; sticks */
};

/* Begin; memory from arena. Failures stick and bpfasm_finish() reports them. */
void bpfasm_init(struct bpfasm *as, struct arena *arena);
/* The end of a decision: return k. */
int bpfasm_ret(struct bpfasm *as, uint32_t k);
/*
 * Load the word at offset load of struct seccomp_data (or BPFASM_KEEP), keep the bits of mask,
 * compare with k unsigned, go on with yes or no, which come from these functions.
 */
int bpfasm_test(struct bpfasm *as, enum bpfasm_op op, uint32_t load, uint32_t mask,
	uint32_t k, int yes, int no);
/* The program that begins at root. -ENOMEM, -E2BIG over BPFASM_MAX instructions. */
int bpfasm_finish(struct bpfasm *as, int root, struct sock_filter **prog, size_t *n,
	struct error *e);

#endif
