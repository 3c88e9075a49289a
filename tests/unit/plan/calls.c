/* SPDX-License-Identifier: Apache-2.0 */
/* System calls that are worth trying against a seccomp policy. */
#include "config.h"

#include "calls.h"

#include <stdbool.h>
#include <string.h>

#include "plan/secarch.h"

#define VALUES 64
#define MIXTURES 96

struct values {
	uint64_t list[VALUES];
	size_t n;
};

struct trial {
	const struct seccomp_arch *arch;
	uint64_t *seed;
	void (*fn)(void *arg, const struct bpfsim_call *call);
	void *arg;
};

uint32_t calls_random(uint64_t *seed, uint32_t below)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % below;
}

static void add(struct values *v, uint64_t value)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->list[i] == value)
			return;
	if (v->n < VALUES)
		v->list[v->n++] = value;
}

/* The value, its neighbours, and the same in one half alone. */
static void add_around(struct values *v, uint64_t value)
{
	const uint64_t high = UINT64_C(1) << 32;

	add(v, value);
	add(v, value + 1);
	add(v, value - 1);
	add(v, value + high);
	add(v, value - high);
	add(v, value & UINT32_MAX);
	add(v, value | (high - 1) << 32);
	add(v, value << 32 | value >> 32);
}

static void add_cond(struct values *v, const struct seccomp_cond *c)
{
	uint64_t hit = c->value_two & c->value;

	add_around(v, c->value);
	add(v, hit);
	add(v, hit | ~c->value);
	add(v, hit ^ (c->value & -c->value));
	add(v, c->value_two);
}

/* All values of one argument with the others at random, then mixtures. */
static void try_number(const struct trial *t, int nr)
{
	struct values v[6];
	struct bpfsim_call call = {
		.arch = t->arch->audit_arch, .nr = nr, .big_endian = t->arch->big_endian
	};
	bool plain = true;

	memset(v, 0, sizeof(v));
	for (size_t i = 0; i < t->arch->n_rules; i++) {
		const struct seccomp_rule *r = &t->arch->rules[i];

		for (uint32_t c = 0; r->nr == nr && c < r->n_conds; c++) {
			add_cond(&v[r->conds[c].index], &r->conds[c]);
			plain = false;
		}
	}
	for (size_t i = 0; i < 6; i++) {
		add(&v[i], 0);
		add(&v[i], UINT64_MAX);
		add(&v[i], (uint64_t)calls_random(t->seed, 1 << 30) << 20);
	}
	for (size_t i = 0; i < 6 && !plain; i++)
		for (size_t j = 0; j < v[i].n; j++) {
			for (size_t k = 0; k < 6; k++)
				call.args[k] = v[k].list[calls_random(
					t->seed, (uint32_t)v[k].n)];
			call.args[i] = v[i].list[j];
			t->fn(t->arg, &call);
		}
	for (int m = 0; m < (plain ? 2 : MIXTURES); m++) {
		for (size_t k = 0; k < 6; k++)
			call.args[k] = v[k].list[calls_random(t->seed, (uint32_t)v[k].n)];
		t->fn(t->arg, &call);
	}
}

void calls_each(const struct seccomp_policy *p, size_t arch, uint32_t last,
	uint64_t *seed, void (*fn)(void *arg, const struct bpfsim_call *call), void *arg)
{
	static const uint32_t borders[] = { 0x3fffffff, 0x40000000, 0x7fffffff,
		0x80000000, 0xfffffffe, 0xffffffff, 0x0f0000, 0x0f0006 };
	struct trial t = { .arch = &p->archs[arch], .seed = seed, .fn = fn, .arg = arg };

	for (uint32_t i = 0; i <= last; i++) {
		try_number(&t, (int)i);
		if (t.arch->audit_arch == SEC_AUDIT_X86_64)
			try_number(&t, (int)(i | SEC_X32_BIT));
	}
	for (size_t i = 0; i < sizeof(borders) / sizeof(borders[0]); i++)
		try_number(&t, (int)borders[i]);
	for (size_t i = 0; i < t.arch->n_rules; i++) {
		uint32_t nr = (uint32_t)t.arch->rules[i].nr;

		if ((nr & ~SEC_X32_BIT) <= last)
			continue;
		try_number(&t, (int)nr);
		try_number(&t, (int)(nr + 1));
		try_number(&t, (int)(nr - 1));
	}
}
