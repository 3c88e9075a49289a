/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The architectures of linux.seccomp. The values are AUDIT_ARCH_* of linux/audit.h, written
 * out because the headers of an older libseccomp lack four of them.
 */
#include "config.h"

#include "plan/secarch.h"

#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"

#define BE true
#define LE false
#define WIDE true
#define NARROW false
#define ARCH(n, token, audit, base, abi, family, be, wide)                               \
	{                                                                                \
		"SCMP_ARCH_" #n, token, audit, base, SEC_ABI_##abi, SEC_FAMILY_##family, \
			be, wide                                                         \
	}

/* clang-format off */
static const struct sec_arch archs[] = {
	ARCH(X86, 0x40000003, 0x40000003, 0, X86, X86, LE, NARROW),
	ARCH(X86_64, 0xc000003e, 0xc000003e, 0, X86_64, X86, LE, WIDE),
	ARCH(X32, 0x4000003e, 0xc000003e, SEC_X32_BIT, X32, X86, LE, NARROW),
	ARCH(ARM, 0x40000028, 0x40000028, 0, ARM, ARM, LE, NARROW),
	ARCH(AARCH64, 0xc00000b7, 0xc00000b7, 0, AARCH64, ARM, LE, WIDE),
	ARCH(MIPS, 0x00000008, 0x00000008, 4000, MIPS, MIPS, BE, NARROW),
	ARCH(MIPS64, 0x80000008, 0x80000008, 5000, MIPS64, MIPS, BE, WIDE),
	ARCH(MIPS64N32, 0xa0000008, 0xa0000008, 6000, MIPS64N32, MIPS, BE, NARROW),
	ARCH(MIPSEL, 0x40000008, 0x40000008, 4000, MIPS, MIPSEL, LE, NARROW),
	ARCH(MIPSEL64, 0xc0000008, 0xc0000008, 5000, MIPS64, MIPSEL, LE, WIDE),
	ARCH(MIPSEL64N32, 0xe0000008, 0xe0000008, 6000, MIPS64N32, MIPSEL, LE, NARROW),
	ARCH(PPC, 0x00000014, 0x00000014, 0, PPC, PPC, BE, NARROW),
	ARCH(PPC64, 0x80000015, 0x80000015, 0, PPC64, PPC, BE, WIDE),
	ARCH(PPC64LE, 0xc0000015, 0xc0000015, 0, PPC64, PPCLE, LE, WIDE),
	ARCH(S390, 0x00000016, 0x00000016, 0, S390, S390, BE, NARROW),
	ARCH(S390X, 0x80000016, 0x80000016, 0, S390X, S390, BE, WIDE),
	ARCH(PARISC, 0x0000000f, 0x0000000f, 0, PARISC, PARISC, BE, NARROW),
	ARCH(PARISC64, 0x8000000f, 0x8000000f, 0, PARISC64, PARISC, BE, WIDE),
	ARCH(RISCV64, 0xc00000f3, 0xc00000f3, 0, RISCV64, RISCV, LE, WIDE),
	ARCH(LOONGARCH64, 0xc0000102, 0xc0000102, 0, LOONGARCH64, LOONGARCH, LE, WIDE),
	ARCH(M68K, 0x00000004, 0x00000004, 0, M68K, M68K, BE, NARROW),
	ARCH(SH, 0x4000002a, 0x4000002a, 0, SH, SH, LE, NARROW),
	ARCH(SHEB, 0x0000002a, 0x0000002a, 0, SH, SHEB, BE, NARROW),
};
/* clang-format on */

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define HERE_BE 1
#else
#define HERE_BE 0
#endif

#if defined(__x86_64__) && defined(__ILP32__)
#define NATIVE 0x4000003e
#elif defined(__x86_64__)
#define NATIVE 0xc000003e
#elif defined(__i386__)
#define NATIVE 0x40000003
#elif defined(__aarch64__)
#define NATIVE 0xc00000b7
#elif defined(__arm__)
#define NATIVE 0x40000028
#elif defined(__mips__) && defined(_ABI64) && _MIPS_SIM == _ABI64
#define NATIVE (HERE_BE ? 0x80000008 : 0xc0000008)
#elif defined(__mips__) && defined(_ABIN32) && _MIPS_SIM == _ABIN32
#define NATIVE (HERE_BE ? 0xa0000008 : 0xe0000008)
#elif defined(__mips__)
#define NATIVE (HERE_BE ? 0x00000008 : 0x40000008)
#elif defined(__powerpc64__)
#define NATIVE (HERE_BE ? 0x80000015 : 0xc0000015)
#elif defined(__powerpc__)
#define NATIVE 0x00000014
#elif defined(__s390x__)
#define NATIVE 0x80000016
#elif defined(__s390__)
#define NATIVE 0x00000016
#elif defined(__hppa64__)
#define NATIVE 0x8000000f
#elif defined(__hppa__)
#define NATIVE 0x0000000f
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE 0xc00000f3
#elif defined(__loongarch64)
#define NATIVE 0xc0000102
#elif defined(__m68k__)
#define NATIVE 0x00000004
#elif defined(__sh__)
#define NATIVE (HERE_BE ? 0x0000002a : 0x4000002a)
#else
#define NATIVE 0xffffffff
#endif

const struct sec_arch *sec_arch_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (strcmp(archs[i].name, name) == 0)
			return &archs[i];
	return NULL;
}

const struct sec_arch *sec_arch_token(uint32_t token)
{
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (archs[i].token == token)
			return &archs[i];
	return NULL;
}

const struct sec_arch *sec_arch_native(void)
{
	return sec_arch_token(NATIVE);
}
