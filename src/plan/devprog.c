/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device rules as a program for a cgroup of v2. The program is a list of the rules, the last
 * first, once for character and once for block devices; a rule for one device with all kinds of
 * access is one comparison with a common exit. What partial rules leave open stays in a register.
 */
#include "config.h"

#include "plan/devprog.h"

#include <errno.h>

#include "base/arena.h"
#include "base/err.h"
#include "plan/plan.h"

/* linux/bpf.h, linux/bpf_common.h */
#define CLASS_LDX 0x01
#define CLASS_JMP 0x05
#define CLASS_ALU64 0x07
#define LOAD_WORD (CLASS_LDX | 0x60) /* BPF_MEM | BPF_W */
#define JUMP 0x00
#define JUMP_EQ 0x10
#define JUMP_SET 0x40
#define JUMP_NE 0x50
#define EXIT 0x90
#define OR 0x40
#define AND 0x50
#define LEFT 0x60
#define RIGHT 0x70
#define MOVE 0xb0
#define RIGHT_SIGNED 0xc0
#define BY_REGISTER 0x08

/* struct bpf_cgroup_dev_ctx: type in the low half of the first word, access in the high. */
#define CTX_ACCESS_TYPE 0
#define CTX_MAJOR 4
#define CTX_MINOR 8
#define CTX_BLOCK 1
#define CTX_MKNOD 1
#define CTX_READ 2
#define CTX_WRITE 4

/* plan_devrule.access */
#define RULE_READ 1u
#define RULE_WRITE 2u
#define RULE_MKNOD 4u
#define RULE_ALL 7u

/* dev_t of the kernel: a rule for more than these bits can never match. */
#define MAJOR_MAX 0xfff
#define MINOR_MAX 0xfffff

enum reg { RESULT = 0, CTX = 1, TYPE = 2, OPEN = 3, KEY = 4, MINOR = 5, MAJOR = 6 };

/* Where a jump goes: off holds one of these until the exits have their places. */
enum exit_to { DENY = INT16_MIN, ALLOW = INT16_MIN + 1 };

struct writer {
	struct devprog_insn *insns;
	size_t n;
	bool allows, denies; /* the exits that are used: the verifier refuses dead code */
};

static void put(
	struct writer *w, unsigned code, enum reg dst, enum reg src, int off, int imm)
{
	if (w->n < DEVPROG_MAX)
		w->insns[w->n] = (struct devprog_insn){ .code = (uint8_t)code,
			.dst = (uint8_t)(dst & 15),
			.src = (uint8_t)(src & 15),
			.off = (int16_t)off,
			.imm = imm };
	w->n++;
}

static void put_jump(struct writer *w, unsigned op, enum reg reg, int imm, int off)
{
	if (off == ALLOW)
		w->allows = true;
	if (off == DENY)
		w->denies = true;
	put(w, CLASS_JMP | op, reg, RESULT, off, imm);
}

static void put_math(struct writer *w, unsigned op, enum reg reg, int imm)
{
	put(w, CLASS_ALU64 | op, reg, RESULT, 0, imm);
}

/*
 * KEY becomes major << 20 | minor as a signed 32-bit number, which is what a comparison with an
 * immediate of 32 bits compares with.
 */
static void put_begin(struct writer *w)
{
	put(w, LOAD_WORD, TYPE, CTX, CTX_ACCESS_TYPE, 0);
	put(w, CLASS_ALU64 | MOVE | BY_REGISTER, OPEN, TYPE, 0, 0);
	put_math(w, RIGHT, OPEN, 16);
	put_math(w, AND, TYPE, 0xffff);
	put(w, LOAD_WORD, MAJOR, CTX, CTX_MAJOR, 0);
	put(w, LOAD_WORD, MINOR, CTX, CTX_MINOR, 0);
	put(w, CLASS_ALU64 | MOVE | BY_REGISTER, KEY, MAJOR, 0, 0);
	put_math(w, LEFT, KEY, 52);
	put_math(w, RIGHT_SIGNED, KEY, 32);
	put(w, CLASS_ALU64 | OR | BY_REGISTER, KEY, MINOR, 0, 0);
}

static int kernel_access(uint32_t access)
{
	return (access & RULE_READ ? CTX_READ : 0) |
	       (access & RULE_WRITE ? CTX_WRITE : 0) |
	       (access & RULE_MKNOD ? CTX_MKNOD : 0);
}

/* Is there a device that the rule covers? */
static bool possible(const struct plan_devrule *r)
{
	return r->major <= MAJOR_MAX && r->minor <= MINOR_MAX && (r->access & RULE_ALL);
}

static bool any_device(const struct plan_devrule *r)
{
	return r->major < 0 && r->minor < 0;
}

/* Compare the device: jump by op (equal or not equal). */
static void put_match(
	struct writer *w, const struct plan_devrule *r, unsigned op, int off)
{
	/* The key's top bit is the sign: computed as the kernel's arithmetic does. */
	int64_t key =
		(r->major >= 2048 ? r->major - 4096 : r->major) * (1 << 20) + r->minor;

	if (r->minor < 0)
		put_jump(w, op, MAJOR, (int)r->major, off);
	else if (r->major < 0)
		put_jump(w, op, MINOR, (int)r->minor, off);
	else
		put_jump(w, op, KEY, (int)key, off);
}

static void put_rule(struct writer *w, const struct plan_devrule *r)
{
	int bits = kernel_access(r->access);

	if ((r->access & RULE_ALL) == RULE_ALL) {
		put_match(w, r, JUMP_EQ, r->allow ? ALLOW : DENY);
		return;
	}
	if (!any_device(r))
		put_match(w, r, JUMP_NE, r->allow ? 2 : 1);
	if (!r->allow) {
		put_jump(w, JUMP_SET, OPEN, bits, DENY);
		return;
	}
	put_math(w, AND, OPEN, ~bits);
	put_jump(w, JUMP_EQ, OPEN, 0, ALLOW);
}

/* All rules for one type of device. Behind one for everything nothing else can count. */
static void put_type(
	struct writer *w, const struct plan_devrule *rules, size_t n, uint32_t type)
{
	for (size_t i = n; i > 0; i--) {
		const struct plan_devrule *r = &rules[i - 1];

		if ((r->type != 'a' && r->type != type) || !possible(r))
			continue;
		if (any_device(r) && (r->access & RULE_ALL) == RULE_ALL) {
			put_jump(w, JUMP, RESULT, 0, r->allow ? ALLOW : DENY);
			return;
		}
		put_rule(w, r);
	}
	put_jump(w, JUMP, RESULT, 0, DENY);
}

static size_t put_exit(struct writer *w, bool used, int result)
{
	size_t at = w->n;

	if (used) {
		put_math(w, MOVE, RESULT, result);
		put(w, CLASS_JMP | EXIT, RESULT, RESULT, 0, 0);
	}
	return at;
}

static void resolve(struct writer *w, size_t allow, size_t deny)
{
	for (size_t i = 0; i < w->n; i++) {
		struct devprog_insn *p = &w->insns[i];

		if (p->off == ALLOW)
			p->off = (int16_t)(allow - i - 1);
		else if (p->off == DENY)
			p->off = (int16_t)(deny - i - 1);
	}
}

int devprog_build(struct arena *a, const struct plan_devrule *rules, size_t n,
	struct devprog_insn **insns, size_t *n_insns, struct error *e)
{
	/* Of each rule at most three instructions for each type, and some around them. */
	size_t room = n < DEVPROG_MAX / 6 ? 6 * n + 32 : DEVPROG_MAX;
	struct writer w = { .insns = arena_array(a, room, sizeof(*w.insns)) };
	size_t branch, allow, deny;

	if (!w.insns)
		return err_sys(e, ENOMEM, "malloc", "cannot build the device program");
	for (size_t i = 0; i < n; i++)
		if (rules[i].type != 'a' && rules[i].type != 'b' && rules[i].type != 'c')
			return err_set(e, ERR_BUG, -EINVAL, "a device rule has type %u",
				rules[i].type);
	put_begin(&w);
	branch = w.n;
	put_jump(&w, JUMP_EQ, TYPE, CTX_BLOCK, 0);
	put_type(&w, rules, n, 'c');
	w.insns[branch].off = (int16_t)(w.n - branch - 1);
	put_type(&w, rules, n, 'b');
	allow = put_exit(&w, w.allows, 1);
	deny = put_exit(&w, w.denies, 0);
	if (w.n > DEVPROG_MAX)
		return err_set(e, ERR_CONFIG, -E2BIG,
			"the device rules need more than %d instructions, which is the "
			"kernel's limit",
			DEVPROG_MAX);
	resolve(&w, allow, deny);
	*insns = w.insns;
	*n_insns = w.n;
	return 0;
}
