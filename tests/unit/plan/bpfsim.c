/* SPDX-License-Identifier: Apache-2.0 */
/* A machine for classic BPF, with the instructions that seccomp filters use. */
#include "config.h"

#include "bpfsim.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>

#define WORDS (sizeof(struct seccomp_data) / 4)

static bool jumps_to(size_t from, uint32_t offset, size_t n)
{
	return offset < n - from - 1;
}

const char *bpfsim_check(const struct sock_filter *prog, size_t n)
{
	if (n == 0 || n > BPF_MAXINSNS)
		return "bad length";
	for (size_t i = 0; i < n; i++) {
		const struct sock_filter *p = &prog[i];

		switch (p->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (p->k % 4 || p->k / 4 >= WORDS)
				return "load outside of struct seccomp_data";
			break;
		case BPF_ALU | BPF_AND | BPF_K:
		case BPF_RET | BPF_K:
			break;
		case BPF_JMP | BPF_JA:
			if (!jumps_to(i, p->k, n))
				return "jump behind the end";
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGT | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
		case BPF_JMP | BPF_JSET | BPF_K:
			if (!jumps_to(i, p->jt, n) || !jumps_to(i, p->jf, n))
				return "jump behind the end";
			break;
		default:
			return "unexpected instruction";
		}
	}
	return BPF_CLASS(prog[n - 1].code) == BPF_RET ? NULL : "no return at the end";
}

/* struct seccomp_data as the words that loads see, whatever the order of this machine is. */
static void lay_out(const struct bpfsim_call *call, uint32_t words[WORDS])
{
	size_t high = call->big_endian ? 0 : 1;

	words[0] = (uint32_t)call->nr;
	words[1] = call->arch;
	words[2] = 0x12345678; /* the instruction pointer */
	words[3] = 0x9abcdef0;
	for (size_t i = 0; i < 6; i++) {
		words[4 + 2 * i + high] = (uint32_t)(call->args[i] >> 32);
		words[4 + 2 * i + 1 - high] = (uint32_t)call->args[i];
	}
}

uint32_t bpfsim_run(const struct sock_filter *prog, const struct bpfsim_call *call)
{
	uint32_t words[WORDS];
	uint32_t a = 0;

	lay_out(call, words);
	for (const struct sock_filter *p = prog;; p++) {
		bool yes = false;

		switch (p->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			a = words[p->k / 4];
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= p->k;
			continue;
		case BPF_RET | BPF_K:
			return p->k;
		case BPF_JMP | BPF_JA:
			p += p->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			yes = a == p->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			yes = a > p->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			yes = a >= p->k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			yes = a & p->k;
			break;
		default:
			abort(); /* bpfsim_check() was not asked */
		}
		p += yes ? p->jt : p->jf;
	}
}
