/* SPDX-License-Identifier: Apache-2.0 */
/* The architectures of linux.seccomp: config-linux.md#seccomp. */
#ifndef DAVIT_PLAN_SECARCH_H
#define DAVIT_PLAN_SECARCH_H

#include <stdbool.h>
#include <stdint.h>

/* System call tables. The order is that of build-aux/gen-sysnames. */
enum sec_abi {
	SEC_ABI_X86,
	SEC_ABI_X86_64,
	SEC_ABI_X32,
	SEC_ABI_ARM,
	SEC_ABI_AARCH64,
	SEC_ABI_MIPS,
	SEC_ABI_MIPS64,
	SEC_ABI_MIPS64N32,
	SEC_ABI_PPC,
	SEC_ABI_PPC64,
	SEC_ABI_S390,
	SEC_ABI_S390X,
	SEC_ABI_PARISC,
	SEC_ABI_PARISC64,
	SEC_ABI_RISCV64,
	SEC_ABI_LOONGARCH64,
	SEC_ABI_M68K,
	SEC_ABI_SH
};

/* Which kernels can run it: an x86 kernel never sees a call of an S390 program. */
enum sec_family {
	SEC_FAMILY_X86,
	SEC_FAMILY_ARM,
	SEC_FAMILY_MIPS,
	SEC_FAMILY_MIPSEL,
	SEC_FAMILY_PPC,
	SEC_FAMILY_PPCLE,
	SEC_FAMILY_S390,
	SEC_FAMILY_PARISC,
	SEC_FAMILY_RISCV,
	SEC_FAMILY_LOONGARCH,
	SEC_FAMILY_M68K,
	SEC_FAMILY_SH,
	SEC_FAMILY_SHEB
};

/* Set in the number of a call of the x32 ABI (__X32_SYSCALL_BIT). */
#define SEC_X32_BIT 0x40000000u
/* AUDIT_ARCH_X86_64, which x86-64 and x32 share. */
#define SEC_AUDIT_X86_64 0xc000003eu
/* SECCOMP_RET_USER_NOTIF: Linux 5.0, older headers lack it. */
#define SEC_RET_NOTIFY 0x7fc00000u

struct sec_arch {
	const char *name; /* "SCMP_ARCH_X86_64" */
	uint32_t token;	  /* libseccomp's; differs from audit for x32 alone */
	uint32_t audit;	  /* AUDIT_ARCH_*, what the filter sees */
	uint32_t base;	  /* added to the numbers of asm-generic/unistd.h */
	enum sec_abi abi;
	enum sec_family family;
	bool big_endian;
	bool wide; /* arguments are compared in all 64 bits, else in the low 32 (libseccomp) */
};

/* The architecture of this name, or NULL. */
const struct sec_arch *sec_arch_find(const char *name);
/* The architecture of libseccomp's token, or NULL. */
const struct sec_arch *sec_arch_token(uint32_t token);
/* What this program was compiled for, or NULL where the specification has no name for it. */
const struct sec_arch *sec_arch_native(void);

#endif
