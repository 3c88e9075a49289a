/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of newer and of multiplexed system calls; libseccomp is asked where it knows. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#if HAVE_SECCOMP
#include <seccomp.h>
#endif

#include "base/cleanup.h"
#include "plan/sysnames.h"

static const char *const newer[] = {
#define SYS(name, number, abis) name,
#define MUX(...)
#include "plan/def/sysnames.def"
#undef SYS
#undef MUX
};
static const char *const multiplexed[] = {
#define SYS(...)
#define MUX(name, ...) name,
#include "plan/def/sysnames.def"
#undef SYS
#undef MUX
};

static const char *const archs[] = {
	"SCMP_ARCH_X86",
	"SCMP_ARCH_X86_64",
	"SCMP_ARCH_X32",
	"SCMP_ARCH_ARM",
	"SCMP_ARCH_AARCH64",
	"SCMP_ARCH_MIPS",
	"SCMP_ARCH_MIPS64",
	"SCMP_ARCH_MIPS64N32",
	"SCMP_ARCH_MIPSEL",
	"SCMP_ARCH_MIPSEL64",
	"SCMP_ARCH_MIPSEL64N32",
	"SCMP_ARCH_PPC",
	"SCMP_ARCH_PPC64",
	"SCMP_ARCH_PPC64LE",
	"SCMP_ARCH_S390",
	"SCMP_ARCH_S390X",
	"SCMP_ARCH_PARISC",
	"SCMP_ARCH_PARISC64",
	"SCMP_ARCH_RISCV64",
	"SCMP_ARCH_LOONGARCH64",
	"SCMP_ARCH_M68K",
	"SCMP_ARCH_SH",
	"SCMP_ARCH_SHEB",
};

/* Look-ups are binary searches. */
static void test_sorted(void **state)
{
	(void)state;
	for (size_t i = 1; i < ARRAY_SIZE(newer); i++)
		assert_true(strcmp(newer[i - 1], newer[i]) <= 0);
	for (size_t i = 1; i < ARRAY_SIZE(multiplexed); i++)
		assert_true(strcmp(multiplexed[i - 1], multiplexed[i]) < 0);
}

static void test_numbers(void **state)
{
	static const struct {
		const char *arch, *name;
		int number;
	} cases[] = {
		{ "SCMP_ARCH_X86_64", "mseal", 462 },
		{ "SCMP_ARCH_X32", "mseal", (int)(SEC_X32_BIT | 462) },
		{ "SCMP_ARCH_MIPS", "mseal", 4462 },
		{ "SCMP_ARCH_MIPSEL64", "mseal", 5462 },
		{ "SCMP_ARCH_MIPS64N32", "mseal", 6462 },
		{ "SCMP_ARCH_LOONGARCH64", "statmount", 457 },
		{ "SCMP_ARCH_M68K", "listmount", 458 },
		{ "SCMP_ARCH_X86_64", "uretprobe", 335 },
		{ "SCMP_ARCH_RISCV64", "riscv_hwprobe", 258 },
		{ "SCMP_ARCH_AARCH64", "uretprobe", -EDOM },
		{ "SCMP_ARCH_SH", "clone3", -EDOM },
		{ "SCMP_ARCH_X86_64", "read", -ENOENT },
		{ "SCMP_ARCH_X86_64", "", -ENOENT },
		{ "SCMP_ARCH_X86_64", "zzz", -ENOENT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(
			sysnames_number(sec_arch_find(cases[i].arch), cases[i].name),
			cases[i].number);
}

static void test_multiplexed(void **state)
{
	struct sysnames_mux mux;

	(void)state;
	assert_true(sysnames_multiplexed(sec_arch_find("SCMP_ARCH_X86"), "socket", &mux));
	assert_int_equal(mux.number, 359);
	assert_int_equal(mux.multiplexer, 102);
	assert_int_equal(mux.sub, 1);
	assert_true(
		sysnames_multiplexed(sec_arch_find("SCMP_ARCH_MIPSEL"), "semop", &mux));
	assert_int_equal(mux.number, -1);
	assert_int_equal(mux.multiplexer, 4117);
	assert_int_equal(mux.sub, 1);
	assert_true(
		sysnames_multiplexed(sec_arch_find("SCMP_ARCH_PPC64LE"), "shmctl", &mux));
	assert_int_equal(mux.number, 396);
	assert_int_equal(mux.sub, 24);
	assert_false(
		sysnames_multiplexed(sec_arch_find("SCMP_ARCH_X86_64"), "socket", &mux));
	assert_false(sysnames_multiplexed(sec_arch_find("SCMP_ARCH_X86"), "read", &mux));
	assert_false(
		sysnames_multiplexed(sec_arch_find("SCMP_ARCH_PARISC"), "socket", &mux));
}

static void test_archs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		assert_string_equal(
			sec_arch_token(sec_arch_find(archs[i])->token)->name, archs[i]);
	assert_null(sec_arch_find("SCMP_ARCH_NATIVE"));
	assert_null(sec_arch_token(1));
}

#if HAVE_SECCOMP
/* Where libseccomp has a number too, it is the same; so is each call's own number. */
static void test_against_libseccomp(void **state)
{
	size_t compared = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++) {
		const struct sec_arch *arch = sec_arch_find(archs[i]);

		for (size_t j = 0; j < ARRAY_SIZE(newer); j++) {
			int theirs =
				seccomp_syscall_resolve_name_arch(arch->token, newer[j]);
			int ours = sysnames_number(arch, newer[j]);

			if (theirs < 0 || ours < 0)
				continue;
			assert_int_equal(ours, theirs);
			compared++;
		}
		for (size_t j = 0; j < ARRAY_SIZE(multiplexed); j++) {
			struct sysnames_mux mux;
			char *name;

			if (!sysnames_multiplexed(arch, multiplexed[j], &mux) ||
				mux.number < 0)
				continue;
			name = seccomp_syscall_resolve_num_arch(arch->token, mux.number);
			if (name)
				assert_string_equal(name, multiplexed[j]);
			compared += name != NULL;
			free(name);
		}
	}
	assert_true(compared > 500);
}

/* The table of architectures has libseccomp's tokens. */
static void test_tokens(void **state)
{
	static const struct {
		const char *name;
		uint32_t token;
	} tokens[] = {
		{ "SCMP_ARCH_X86", SCMP_ARCH_X86 },
		{ "SCMP_ARCH_X86_64", SCMP_ARCH_X86_64 },
		{ "SCMP_ARCH_X32", SCMP_ARCH_X32 },
		{ "SCMP_ARCH_ARM", SCMP_ARCH_ARM },
		{ "SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64 },
		{ "SCMP_ARCH_MIPS", SCMP_ARCH_MIPS },
		{ "SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64 },
		{ "SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32 },
		{ "SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL },
		{ "SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64 },
		{ "SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32 },
		{ "SCMP_ARCH_PPC", SCMP_ARCH_PPC },
		{ "SCMP_ARCH_PPC64", SCMP_ARCH_PPC64 },
		{ "SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE },
		{ "SCMP_ARCH_S390", SCMP_ARCH_S390 },
		{ "SCMP_ARCH_S390X", SCMP_ARCH_S390X },
		{ "SCMP_ARCH_PARISC", SCMP_ARCH_PARISC },
		{ "SCMP_ARCH_PARISC64", SCMP_ARCH_PARISC64 },
		{ "SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tokens); i++)
		assert_int_equal(sec_arch_find(tokens[i].name)->token, tokens[i].token);
	assert_int_equal(sec_arch_native()->token, seccomp_arch_native());
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorted),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_multiplexed),
		cmocka_unit_test(test_archs),
#if HAVE_SECCOMP
		cmocka_unit_test(test_against_libseccomp),
		cmocka_unit_test(test_tokens),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
