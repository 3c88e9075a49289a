/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device rules to an eBPF program. The kernel numbers devices with 12 bits of major and 20 of minor,
 * so one 32-bit register names a device, and a rule for one device is one comparison with a jump to a
 * common exit. Rules are walked from the last to the first: what decides first is final.
 */
#include "config.h"

#include "plan/devprog.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "plan/plan.h"

enum {
	R_RESULT = 0,
	R_CTX = 1,
	R_ACCESS = 2,
	R_DEVICE = 3,
	R_MAJOR = 4,
	R_MINOR = 5,
	R_TYPE = 6
};
/* Opcodes, from linux/bpf.h and linux/bpf_common.h. */
enum {
	LDX_W = 0x61,
	MOV_K = 0xb7,
	MOV_X = 0xbf,
	AND_K = 0x57,
	OR_X = 0x4f,
	LSH_K = 0x67,
	RSH_K = 0x77,
	ARSH_K = 0xc7,
	JA = 0x05,
	JEQ_K = 0x15,
	JNE_K = 0x55,
	JSET_K = 0x45,
	EXIT = 0x95
};
/* BPF_DEVCG_ACC_* and BPF_DEVCG_DEV_* */
enum { ACC_MKNOD = 1, ACC_READ = 2, ACC_WRITE = 4, DEV_BLOCK = 1, DEV_CHAR = 2 };

#define MAX_INSNS 32000
#define MAX_MAJOR 0xfff
#define MAX_MINOR 0xfffff
#define ALL_ACCESS 7
/* In off until the exits are placed. */
#define TO_ALLOW INT16_MAX
#define TO_DENY (INT16_MAX - 1)
#define TO_BLOCK (INT16_MAX - 2)

struct program {
	struct arena *arena;
	struct bpf_insn_davit *insns;
	size_t n;
	bool failed;
};

static void emit(struct program *p, uint8_t code, unsigned dst, unsigned src, int16_t off,
	int32_t imm)
{
	struct bpf_insn_davit *grown;

	if (p->failed)
		return;
	grown = arena_grow(p->arena, p->insns, p->n, sizeof(*p->insns));
	if (!grown) {
		p->failed = true;
		return;
	}
	p->insns = grown;
	p->insns[p->n++] = (struct bpf_insn_davit){ .code = code,
		.dst_reg = dst & 15,
		.src_reg = src & 15,
		.off = off,
		.imm = imm };
}

static int32_t kernel_access(uint32_t access)
{
	return (access & 1 ? ACC_READ : 0) | (access & 2 ? ACC_WRITE : 0) |
	       (access & 4 ? ACC_MKNOD : 0);
}

/* Can the rule match any device of the kernel? */
static bool is_possible(const struct plan_devrule *r)
{
	return r->major <= MAX_MAJOR && r->minor <= MAX_MINOR;
}

/* Sign-extended as the comparison's immediate is. */
static int32_t device_key(const struct plan_devrule *r)
{
	return (int32_t)((uint32_t)r->major << 20 | (uint32_t)r->minor);
}

/* code compares and jumps to off; false when the rule matches every device. */
static bool compare(
	struct program *p, const struct plan_devrule *r, uint8_t code, int16_t off)
{
	if (r->major >= 0 && r->minor >= 0)
		emit(p, code, R_DEVICE, 0, off, device_key(r));
	else if (r->major >= 0)
		emit(p, code, R_MAJOR, 0, off, (int32_t)r->major);
	else if (r->minor >= 0)
		emit(p, code, R_MINOR, 0, off, (int32_t)r->minor);
	else
		return false;
	return true;
}

/* True when nothing behind this rule can be reached: the verifier refuses dead code. */
static bool emit_rule(struct program *p, const struct plan_devrule *r)
{
	int16_t verdict = r->allow ? TO_ALLOW : TO_DENY;
	int32_t access = kernel_access(r->access);

	if ((r->access & ALL_ACCESS) == ALL_ACCESS) {
		if (compare(p, r, JEQ_K, verdict))
			return false;
		emit(p, JA, 0, 0, verdict, 0);
		return true;
	}
	/* Not this device: over the one or two instructions that look at the access. */
	compare(p, r, JNE_K, r->allow ? 2 : 1);
	if (r->allow) {
		emit(p, AND_K, R_ACCESS, 0, 0, ~access);
		emit(p, JEQ_K, R_ACCESS, 0, TO_ALLOW, 0);
	} else {
		emit(p, JSET_K, R_ACCESS, 0, TO_DENY, access);
	}
	return false;
}

static void emit_section(
	struct program *p, const struct plan_devrule *rules, size_t n, uint32_t type)
{
	for (size_t i = n; i-- > 0;) {
		const struct plan_devrule *r = &rules[i];

		if ((r->type != 'a' && r->type != type) || !is_possible(r) ||
			r->access == 0)
			continue;
		if (emit_rule(p, r))
			return;
	}
	emit(p, JA, 0, 0, TO_DENY, 0);
}

static void emit_head(struct program *p)
{
	emit(p, LDX_W, R_ACCESS, R_CTX, 0, 0); /* access << 16 | type */
	emit(p, LDX_W, R_MAJOR, R_CTX, 4, 0);
	emit(p, LDX_W, R_MINOR, R_CTX, 8, 0);
	emit(p, MOV_X, R_TYPE, R_ACCESS, 0, 0);
	emit(p, AND_K, R_TYPE, 0, 0, 0xffff);
	emit(p, RSH_K, R_ACCESS, 0, 0, 16);
	emit(p, MOV_X, R_DEVICE, R_MAJOR, 0, 0);
	emit(p, LSH_K, R_DEVICE, 0, 0, 20);
	emit(p, OR_X, R_DEVICE, R_MINOR, 0, 0);
	/* Immediates are sign-extended to 64 bits: so is the key. */
	emit(p, LSH_K, R_DEVICE, 0, 0, 32);
	emit(p, ARSH_K, R_DEVICE, 0, 0, 32);
	emit(p, JNE_K, R_TYPE, 0, TO_BLOCK, DEV_CHAR);
}

/* Place an exit, only when somebody jumps there. */
static void emit_exit(struct program *p, int16_t to, int32_t result)
{
	size_t at = p->n;
	bool used = false;

	for (size_t i = 0; i < at; i++) {
		if (p->insns[i].off == to) {
			p->insns[i].off = (int16_t)(at - i - 1);
			used = true;
		}
	}
	if (!used)
		return;
	emit(p, MOV_K, R_RESULT, 0, 0, result);
	emit(p, EXIT, 0, 0, 0, 0);
}

int devprog_build(struct arena *a, const struct plan_devrule *rules, size_t n,
	struct bpf_insn_davit **insns, size_t *n_insns, struct error *e)
{
	struct program p = { .arena = a };
	size_t block;

	/* At most three instructions a rule and section. */
	if (n > MAX_INSNS / 6 - 8)
		return err_set(e, ERR_CONFIG, -E2BIG,
			"%zu device rules are more than a program can hold", n);
	emit_head(&p);
	emit_section(&p, rules, n, 'c');
	block = p.n;
	emit_section(&p, rules, n, 'b');
	for (size_t i = 0; i < block && !p.failed; i++) {
		if (p.insns[i].off == TO_BLOCK)
			p.insns[i].off = (int16_t)(block - i - 1);
	}
	if (!p.failed)
		emit_exit(&p, TO_DENY, 0);
	if (!p.failed)
		emit_exit(&p, TO_ALLOW, 1);
	if (p.failed)
		return err_set(e, ERR_SYSTEM, -ENOMEM, "cannot build the device program");
	*insns = p.insns;
	*n_insns = p.n;
	return 0;
}

bool devprog_eval(const struct plan_devrule *rules, size_t n, uint32_t type,
	uint32_t major, uint32_t minor, uint32_t access)
{
	for (size_t i = n; i-- > 0 && access;) {
		const struct plan_devrule *r = &rules[i];

		if ((r->type != 'a' && r->type != type) ||
			(r->major >= 0 && r->major != (int64_t)major) ||
			(r->minor >= 0 && r->minor != (int64_t)minor))
			continue;
		if (!r->allow && (r->access & access))
			return false;
		if (r->allow)
			access &= ~r->access;
	}
	return access == 0;
}
