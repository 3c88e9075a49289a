/* SPDX-License-Identifier: Apache-2.0 */
/* Look-ups in the tables of build-aux/gen-sysnames. */
#include "config.h"

#include "plan/sysnames.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"

/* Names of calls, without pointers: nothing for the loader to write to. */
#define CALL_NAME 28

struct newer {
	char name[CALL_NAME];
	uint16_t number;
	uint32_t abis;
};

/* The columns of MUX. */
enum mux_abi {
	MUX_X86,
	MUX_MIPS,
	MUX_PPC,
	MUX_PPC64,
	MUX_S390,
	MUX_S390X,
	MUX_M68K,
	MUX_SH,
	MUX_ABIS
};

struct mux {
	char name[CALL_NAME];
	uint8_t multiplexer, sub;
	uint16_t own[MUX_ABIS];
};

static const struct newer newer[] = {
#define SYS(name, number, abis) { name, number, abis },
#define MUX(name, mux, sub, ...)
#include "plan/def/sysnames.def"
#undef SYS
#undef MUX
};

static const struct mux muxes[] = {
#define SYS(name, number, abis)
#define MUX(name, mux, sub, ...) { name, SYSNAMES_##mux, sub, { __VA_ARGS__ } },
#include "plan/def/sysnames.def"
#undef SYS
#undef MUX
};

int sysnames_number(const struct sec_arch *arch, const char *name)
{
	size_t low = 0;
	size_t high = ARRAY_SIZE(newer);
	int r = -ENOENT;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(newer[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	/* A name has a line for each number that it has somewhere. */
	for (; low < ARRAY_SIZE(newer) && strcmp(newer[low].name, name) == 0; low++) {
		if (newer[low].abis & (UINT32_C(1) << arch->abi))
			return (int)(newer[low].number + arch->base);
		r = -EDOM;
	}
	return r;
}

static int mux_column(enum sec_abi abi)
{
	switch (abi) {
	case SEC_ABI_X86:
		return MUX_X86;
	case SEC_ABI_MIPS:
		return MUX_MIPS;
	case SEC_ABI_PPC:
		return MUX_PPC;
	case SEC_ABI_PPC64:
		return MUX_PPC64;
	case SEC_ABI_S390:
		return MUX_S390;
	case SEC_ABI_S390X:
		return MUX_S390X;
	case SEC_ABI_M68K:
		return MUX_M68K;
	case SEC_ABI_SH:
		return MUX_SH;
	case SEC_ABI_X86_64:
	case SEC_ABI_X32:
	case SEC_ABI_ARM:
	case SEC_ABI_AARCH64:
	case SEC_ABI_MIPS64:
	case SEC_ABI_MIPS64N32:
	case SEC_ABI_PARISC:
	case SEC_ABI_PARISC64:
	case SEC_ABI_RISCV64:
	case SEC_ABI_LOONGARCH64:
		break;
	}
	return -1;
}

bool sysnames_multiplexed(
	const struct sec_arch *arch, const char *name, struct sysnames_mux *out)
{
	int column = mux_column(arch->abi);
	size_t low = 0;
	size_t high = ARRAY_SIZE(muxes);

	if (column < 0)
		return false;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(muxes[mid].name, name);

		if (c == 0) {
			const struct mux *m = &muxes[mid];

			out->number =
				m->own[column] ? (int)(m->own[column] + arch->base) : -1;
			out->multiplexer = (int)(m->multiplexer + arch->base);
			out->sub = m->sub;
			return true;
		}
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}
