/* SPDX-License-Identifier: Apache-2.0 */
/* The filter that libseccomp makes of a profile. */
#include "config.h"

#include "oracle.h"

#include <endian.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "spec/names.h"
#include "spec/spec.h"

#if HAVE_SECCOMP
#include <seccomp.h>

/* libseccomp forgets memory where it combines rules; a leak of ours is still told. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libseccomp.so\n";
}

static const uint32_t actions[] = {
	[SPEC_ACT_KILL_THREAD] = SCMP_ACT_KILL_THREAD,
	[SPEC_ACT_KILL_PROCESS] = SCMP_ACT_KILL_PROCESS,
	[SPEC_ACT_TRAP] = SCMP_ACT_TRAP,
	[SPEC_ACT_ALLOW] = SCMP_ACT_ALLOW,
	[SPEC_ACT_LOG] = SCMP_ACT_LOG,
	[SPEC_ACT_NOTIFY] = SCMP_ACT_NOTIFY,
};
static const enum scmp_compare ops[] = {
	[SPEC_CMP_NE] = SCMP_CMP_NE,
	[SPEC_CMP_LT] = SCMP_CMP_LT,
	[SPEC_CMP_LE] = SCMP_CMP_LE,
	[SPEC_CMP_EQ] = SCMP_CMP_EQ,
	[SPEC_CMP_GE] = SCMP_CMP_GE,
	[SPEC_CMP_GT] = SCMP_CMP_GT,
	[SPEC_CMP_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
};

static uint32_t action(int id, bool has, uint32_t data)
{
	if (!has)
		data = EPERM;
	if (id == SPEC_ACT_ERRNO)
		return SCMP_ACT_ERRNO(data);
	if (id == SPEC_ACT_TRACE)
		return SCMP_ACT_TRACE(data);
	return actions[id];
}

static int add_call(scmp_filter_ctx f, const struct spec_syscall *y, uint32_t act, int nr)
{
	struct scmp_arg_cmp cmp[64];
	unsigned seen = 0;
	bool twice = false;
	int r = 0;

	for (size_t i = 0; i < y->n_args; i++) {
		const struct spec_seccomp_arg *arg = &y->args[i];

		cmp[i] = (struct scmp_arg_cmp){ arg->index, ops[arg->op], arg->value,
			arg->value_two };
		twice = twice || (seen & 1u << arg->index);
		seen |= 1u << arg->index;
	}
	if (!twice)
		return seccomp_rule_add_array(f, act, nr, (unsigned)y->n_args, cmp);
	for (size_t i = 0; i < y->n_args && r == 0; i++)
		r = seccomp_rule_add_array(f, act, nr, 1, &cmp[i]);
	return r;
}

static int add_rules(scmp_filter_ctx f, const struct spec_seccomp *s)
{
	uint32_t other =
		action(s->default_action, s->has_default_errno_ret, s->default_errno_ret);

	for (size_t i = 0; i < s->n_syscalls; i++) {
		const struct spec_syscall *y = &s->syscalls[i];
		uint32_t act = action(y->action, y->has_errno_ret, y->errno_ret);

		for (size_t j = 0; j < y->n_names && act != other; j++) {
			int nr = seccomp_syscall_resolve_name(y->names[j]);
			int r = nr == __NR_SCMP_ERROR ? 0 : add_call(f, y, act, nr);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* A filter of the other byte order can only be had without the native architecture. */
static int set_archs(
	scmp_filter_ctx f, const struct spec_seccomp *s, const struct sec_arch *native)
{
	int r = 0;

	if (native->token != seccomp_arch_native()) {
		r = seccomp_arch_remove(f, seccomp_arch_native());
		if (r == 0)
			r = seccomp_arch_add(f, native->token);
	}
	for (size_t i = 0; i < s->n_architectures && r == 0; i++) {
		const struct sec_arch *arch = sec_arch_find(s->architectures[i]);

		if (arch->family == native->family &&
			seccomp_arch_exist(f, arch->token) == -EEXIST)
			r = seccomp_arch_add(f, arch->token);
	}
	return r;
}

/*
 * For a machine of the other byte order libseccomp writes some returns in its order and others in
 * ours. Verdicts are recognised: those that kill have no data, no other byte order looks so.
 */
static bool is_verdict(uint32_t k)
{
	switch (k & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_TRAP:
	case SECCOMP_RET_ERRNO:
	case SECCOMP_RET_TRACE:
	case SECCOMP_RET_LOG:
	case SEC_RET_NOTIFY:
	case SECCOMP_RET_ALLOW:
		return true;
	default:
		return k == SECCOMP_RET_KILL_THREAD || k == SECCOMP_RET_KILL_PROCESS;
	}
}

static int export(scmp_filter_ctx f, bool big_endian, struct arena *a,
	struct sock_filter **prog, size_t *n)
{
	auto_fd int fd = memfd_create("oracle", MFD_CLOEXEC);
	struct sock_filter *p;
	off_t size;
	int r;

	if (fd < 0)
		return -errno;
	r = seccomp_export_bpf(f, fd);
	if (r < 0)
		return r;
	size = lseek(fd, 0, SEEK_END);
	p = arena_alloc(a, (size_t)size);
	if (!p || pread(fd, p, (size_t)size, 0) != size)
		return -EIO;
	*n = (size_t)size / sizeof(*p);
	for (size_t i = 0; i < *n; i++) {
		p[i].code = big_endian ? be16toh(p[i].code) : le16toh(p[i].code);
		if (p[i].code == (BPF_RET | BPF_K) && is_verdict(p[i].k))
			continue;
		p[i].k = big_endian ? be32toh(p[i].k) : le32toh(p[i].k);
	}
	*prog = p;
	return 0;
}

int oracle_build(const struct spec_seccomp *s, const struct sec_arch *native,
	struct arena *a, struct sock_filter **prog, size_t *n)
{
	scmp_filter_ctx f = seccomp_init(action(
		s->default_action, s->has_default_errno_ret, s->default_errno_ret));
	int r;

	if (!f)
		return -ENOMEM;
	r = set_archs(f, s, native);
	if (r == 0)
		r = add_rules(f, s);
	if (r == 0)
		r = export(f, native->big_endian, a, prog, n);
	seccomp_release(f);
	return r;
}

bool oracle_notifies(void)
{
	/* Asks the kernel; an emulator may not know. */
	return seccomp_api_get() >= 5;
}

int oracle_number(const struct sec_arch *arch, const char *name)
{
	return seccomp_syscall_resolve_name_arch(arch->token, name);
}
#endif
