/* SPDX-License-Identifier: Apache-2.0 */
/* A machine for the eBPF instructions of device programs. */
#include "config.h"

#include "devsim.h"

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"

#define ALL_KINDS 7u

_Static_assert(
	sizeof(struct devprog_insn) == sizeof(struct bpf_insn), "own copy of bpf_insn");

static bool is_jump(const struct devprog_insn *p)
{
	return BPF_CLASS(p->code) == BPF_JMP && BPF_OP(p->code) != BPF_EXIT;
}

/* Registers that an instruction reads and writes, as bits; false: not one of ours. */
static bool uses(const struct devprog_insn *p, unsigned *reads, unsigned *writes)
{
	unsigned dst = 1u << p->dst;
	unsigned src = 1u << p->src;

	*reads = 0;
	*writes = 0;
	switch (p->code) {
	case BPF_LDX | BPF_MEM | BPF_W:
		*reads = src;
		*writes = dst;
		return p->src == 1 && p->off >= 0 && p->off <= 8 && p->off % 4 == 0;
	case BPF_ALU64 | BPF_MOV | BPF_K:
		*writes = dst;
		return true;
	case BPF_ALU64 | BPF_MOV | BPF_X:
		*reads = src;
		*writes = dst;
		return true;
	case BPF_ALU64 | BPF_OR | BPF_X:
		*reads = src | dst;
		*writes = dst;
		return true;
	case BPF_ALU64 | BPF_AND | BPF_K:
		*reads = dst;
		*writes = dst;
		return true;
	case BPF_ALU64 | BPF_LSH | BPF_K:
	case BPF_ALU64 | BPF_RSH | BPF_K:
	case BPF_ALU64 | BPF_ARSH | BPF_K:
		*reads = dst;
		*writes = dst;
		return p->imm >= 0 && p->imm < 64;
	case BPF_JMP | BPF_JEQ | BPF_K:
	case BPF_JMP | BPF_JNE | BPF_K:
	case BPF_JMP | BPF_JSET | BPF_K:
		*reads = dst;
		return true;
	case BPF_JMP | BPF_JA:
		return true;
	case BPF_JMP | BPF_EXIT:
		*reads = 1;
		return true;
	default:
		return false;
	}
}

const char *devsim_check(const struct devprog_insn *prog, size_t n)
{
	/* Written registers on every path to an instruction; all ones: not reached so far. */
	unsigned *known = malloc((n + 1) * sizeof(*known));
	const char *wrong = n == 0 || n > DEVPROG_MAX ? "bad length" : NULL;

	if (!known)
		abort();
	memset(known, 0xff, (n + 1) * sizeof(*known));
	known[0] = 1u << 1;
	for (size_t i = 0; i < n && !wrong; i++) {
		const struct devprog_insn *p = &prog[i];
		unsigned reads, writes;

		if (known[i] == UINT32_MAX)
			wrong = "dead code";
		else if (!uses(p, &reads, &writes))
			wrong = "unexpected instruction";
		else if (reads & ~known[i])
			wrong = "register read before it is written";
		else if (is_jump(p) && (p->off < 0 || (size_t)p->off >= n - i - 1))
			wrong = "jump out of the program";
		if (wrong || p->code == (BPF_JMP | BPF_EXIT))
			continue;
		if (is_jump(p))
			known[i + 1 + (uint16_t)p->off] &= known[i];
		if (p->code != (BPF_JMP | BPF_JA))
			known[i + 1] &= known[i] | writes;
	}
	if (!wrong && known[n] != UINT32_MAX)
		wrong = "runs over its end";
	free(known);
	return wrong;
}

uint64_t devsim_run(const struct devprog_insn *prog, uint32_t type, uint32_t major,
	uint32_t minor, uint32_t access)
{
	uint32_t bits = (access & 1 ? BPF_DEVCG_ACC_READ : 0) |
			(access & 2 ? BPF_DEVCG_ACC_WRITE : 0) |
			(access & 4 ? BPF_DEVCG_ACC_MKNOD : 0);
	const uint32_t ctx[] = { bits << 16 | (type == 'b' ? BPF_DEVCG_DEV_BLOCK
							   : BPF_DEVCG_DEV_CHAR),
		major, minor };
	uint64_t r[16] = { 0 };

	for (const struct devprog_insn *p = prog;; p++) {
		uint64_t *dst = &r[p->dst];
		uint64_t imm = (uint64_t)(int64_t)p->imm;
		bool jump = false;

		switch (p->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
			*dst = ctx[p->off / 4];
			break;
		case BPF_ALU64 | BPF_MOV | BPF_K:
			*dst = imm;
			break;
		case BPF_ALU64 | BPF_MOV | BPF_X:
			*dst = r[p->src];
			break;
		case BPF_ALU64 | BPF_OR | BPF_X:
			*dst |= r[p->src];
			break;
		case BPF_ALU64 | BPF_AND | BPF_K:
			*dst &= imm;
			break;
		case BPF_ALU64 | BPF_LSH | BPF_K:
			*dst <<= imm;
			break;
		case BPF_ALU64 | BPF_RSH | BPF_K:
			*dst >>= imm;
			break;
		case BPF_ALU64 | BPF_ARSH | BPF_K:
			*dst = (*dst >> imm) |
			       (*dst >> 63 && imm ? ~(UINT64_MAX >> imm) : 0);
			break;
		case BPF_JMP | BPF_JA:
			jump = true;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			jump = *dst == imm;
			break;
		case BPF_JMP | BPF_JNE | BPF_K:
			jump = *dst != imm;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			jump = *dst & imm;
			break;
		case BPF_JMP | BPF_EXIT:
			return r[0];
		default:
			abort(); /* devsim_check() was not asked */
		}
		if (jump)
			p += p->off;
	}
}

bool devsim_rules(const struct plan_devrule *rules, size_t n, uint32_t type,
	uint32_t major, uint32_t minor, uint32_t access)
{
	uint32_t open = access & ALL_KINDS;

	for (size_t i = n; i > 0; i--) {
		const struct plan_devrule *r = &rules[i - 1];
		uint32_t covered = r->access & ALL_KINDS;

		if ((r->type != 'a' && r->type != type) || !covered ||
			(r->major >= 0 && (uint64_t)r->major != major) ||
			(r->minor >= 0 && (uint64_t)r->minor != minor))
			continue;
		if (!r->allow && (covered == ALL_KINDS || (open & covered)))
			return false;
		if (!r->allow)
			continue;
		open &= ~covered;
		if (!open)
			return true;
	}
	return false;
}
