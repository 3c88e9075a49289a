/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classic BPF from a graph of decisions. A decision is made after those it leads to, so ids are
 * in topological order, and the program is written from its end to its begin in one pass
 * without recursion: every jump goes forward to what is already there.
 */
#include "config.h"

#include "plan/bpfasm.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"

/* A graph that is not a program of BPFASM_MAX instructions any more; bounds memory. */
#define NODES_MAX (4 * BPFASM_MAX)
/* Reach of a conditional jump: an 8-bit offset. */
#define REACH 255

void bpfasm_init(struct bpfasm *as, struct arena *arena)
{
	memset(as, 0, sizeof(*as));
	as->arena = arena;
}

static int fail(struct bpfasm *as, int r)
{
	if (!as->failed)
		as->failed = r;
	return 0;
}

static uint32_t hash(const struct bpfasm_node *n)
{
	uint32_t h = (uint32_t)n->op;
	const uint32_t words[] = { n->load, n->mask, n->k, (uint32_t)n->yes,
		(uint32_t)n->no };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		h = (h ^ words[i]) * 0x9e3779b1u ^ h >> 15;
	return h ^ h >> 16;
}

static bool equal(const struct bpfasm_node *a, const struct bpfasm_node *b)
{
	return a->op == b->op && a->load == b->load && a->mask == b->mask &&
	       a->k == b->k && a->yes == b->yes && a->no == b->no;
}

static uint32_t *slot(const struct bpfasm *as, const struct bpfasm_node *n)
{
	uint32_t i = hash(n) & (as->n_slots - 1);

	while (as->slots[i] && !equal(&as->nodes[as->slots[i] - 1], n))
		i = (i + 1) & (as->n_slots - 1);
	return &as->slots[i];
}

/* Keep the table at most half full. */
static int grow(struct bpfasm *as)
{
	uint32_t want = as->n_slots ? 2 * as->n_slots : 1024;

	if (as->n_slots > 2 * (uint32_t)as->n)
		return 0;
	as->slots = arena_array(as->arena, want, sizeof(*as->slots));
	if (!as->slots)
		return -ENOMEM;
	as->n_slots = want;
	for (int i = 0; i < as->n; i++)
		*slot(as, &as->nodes[i]) = (uint32_t)i + 1;
	return 0;
}

static int intern(struct bpfasm *as, const struct bpfasm_node *node)
{
	struct bpfasm_node *nodes;
	uint32_t *s;

	if (as->failed)
		return 0;
	if (as->n >= NODES_MAX)
		return fail(as, -E2BIG);
	if (grow(as) < 0)
		return fail(as, -ENOMEM);
	s = slot(as, node);
	if (*s)
		return (int)*s - 1;
	nodes = arena_grow(as->arena, as->nodes, (size_t)as->n, sizeof(*nodes));
	if (!nodes)
		return fail(as, -ENOMEM);
	as->nodes = nodes;
	nodes[as->n] = *node;
	*s = (uint32_t)as->n + 1;
	return as->n++;
}

int bpfasm_ret(struct bpfasm *as, uint32_t k)
{
	struct bpfasm_node node = { .op = BPFASM_RET, .k = k, .at = -1 };

	return intern(as, &node);
}

int bpfasm_test(struct bpfasm *as, enum bpfasm_op op, uint32_t load, uint32_t mask,
	uint32_t k, int yes, int no)
{
	struct bpfasm_node node = { .op = op,
		.load = load,
		.mask = mask,
		.k = k,
		.yes = yes,
		.no = no,
		.at = -1 };

	return yes == no ? yes : intern(as, &node);
}

/* The program being written: insns[at] is at + 1 instructions before the end. */
struct writer {
	struct sock_filter *insns;
	int n;
};

static void put(struct writer *w, uint16_t code, uint32_t k, int yes, int no)
{
	if (w->n < BPFASM_MAX)
		w->insns[w->n] = (struct sock_filter){
			.code = code, .jt = (uint8_t)yes, .jf = (uint8_t)no, .k = k
		};
	w->n++;
}

/* The offset of a jump, written next, to where the node is. */
static int distance(const struct writer *w, const struct bpfasm_node *node)
{
	return w->n - node->at - 1;
}

/*
 * Bring the node within reach: a return is simply written again, anything else gets a jump
 * that later decisions use too.
 */
static bool bring(struct writer *w, struct bpfasm_node *node)
{
	if (node->at >= 0 && distance(w, node) <= REACH)
		return false;
	if (node->op == BPFASM_RET)
		put(w, BPF_RET | BPF_K, node->k, 0, 0);
	else
		put(w, BPF_JMP | BPF_JA, (uint32_t)distance(w, node), 0, 0);
	node->at = w->n - 1;
	return true;
}

static const uint16_t jumps[] = {
	[BPFASM_EQ] = BPF_JMP | BPF_JEQ | BPF_K,
	[BPFASM_GT] = BPF_JMP | BPF_JGT | BPF_K,
	[BPFASM_GE] = BPF_JMP | BPF_JGE | BPF_K,
};

static void put_test(struct bpfasm *as, struct writer *w, struct bpfasm_node *node)
{
	struct bpfasm_node *yes = &as->nodes[node->yes];
	struct bpfasm_node *no = &as->nodes[node->no];

	/* Bringing the one can push the other out of reach, once. */
	while (bring(w, yes) || bring(w, no))
		;
	put(w, jumps[node->op], node->k, distance(w, yes), distance(w, no));
	if (node->load != BPFASM_KEEP) {
		if (node->mask != UINT32_MAX)
			put(w, BPF_ALU | BPF_AND | BPF_K, node->mask, 0, 0);
		put(w, BPF_LD | BPF_W | BPF_ABS, node->load, 0, 0);
	}
	node->at = w->n - 1;
}

/* How many instructions the wanted decisions need at most, each with stops for both jumps. */
static size_t mark(struct bpfasm *as, int root)
{
	size_t room = 1;

	as->nodes[root].wanted = true;
	for (int i = root; i >= 0; i--) {
		struct bpfasm_node *node = &as->nodes[i];

		if (!node->wanted || node->op == BPFASM_RET)
			continue;
		as->nodes[node->yes].wanted = true;
		as->nodes[node->no].wanted = true;
		room += 5;
	}
	return room < BPFASM_MAX ? room : BPFASM_MAX;
}

int bpfasm_finish(struct bpfasm *as, int root, struct sock_filter **prog, size_t *n,
	struct error *e)
{
	struct writer w = { .n = 0 };

	if (as->failed == -ENOMEM)
		return err_set(
			e, ERR_SYSTEM, -ENOMEM, "no memory for the system call filter");
	if (!as->failed) {
		w.insns = arena_array(as->arena, mark(as, root), sizeof(*w.insns));
		if (!w.insns)
			return err_set(e, ERR_SYSTEM, -ENOMEM,
				"no memory for the system call filter");
		for (int i = 0; i < root && w.n <= BPFASM_MAX; i++)
			if (as->nodes[i].wanted && as->nodes[i].op != BPFASM_RET)
				put_test(as, &w, &as->nodes[i]);
		if (as->nodes[root].op == BPFASM_RET)
			put(&w, BPF_RET | BPF_K, as->nodes[root].k, 0, 0);
		else
			put_test(as, &w, &as->nodes[root]);
	}
	if (as->failed || w.n > BPFASM_MAX)
		return err_set(e, ERR_CONFIG, -E2BIG,
			"the system call filter has more than %d instructions, which is "
			"the kernel's limit",
			BPFASM_MAX);
	for (int i = 0; i < w.n / 2; i++) {
		struct sock_filter insn = w.insns[i];

		w.insns[i] = w.insns[w.n - 1 - i];
		w.insns[w.n - 1 - i] = insn;
	}
	*prog = w.insns;
	*n = (size_t)w.n;
	return 0;
}
