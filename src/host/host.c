/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about this machine: identity, capabilities, security modules; reading and writing them. */
#include "config.h"

#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "host/internal.h"
#include "json/json.h"
#include "sys/ns.h"
#include "sys/probe.h"

static const struct table_entry modes[] = {
	{ "none", HOST_CGROUP_NONE },
	{ "v1", HOST_CGROUP_V1 },
	{ "hybrid", HOST_CGROUP_HYBRID },
	{ "v2", HOST_CGROUP_V2 },
};
const struct table names_cgroup_mode = TABLE("cgroup mode", modes);

#define ROW_FILE "host/host.def"
#include "schema/rows_table.h"

/* The kernel's PROC_USER_INIT_INO: the initial user namespace has a fixed inode number. */
#define USER_NS_INIT 0xEFFFFFFDu

#if defined(__x86_64__) && defined(__ILP32__)
#define NATIVE "SCMP_ARCH_X32"
#elif defined(__x86_64__)
#define NATIVE "SCMP_ARCH_X86_64"
#elif defined(__i386__)
#define NATIVE "SCMP_ARCH_X86"
#elif defined(__aarch64__)
#define NATIVE "SCMP_ARCH_AARCH64"
#elif defined(__arm__)
#define NATIVE "SCMP_ARCH_ARM"
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE "SCMP_ARCH_RISCV64"
#elif defined(__s390x__)
#define NATIVE "SCMP_ARCH_S390X"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define NATIVE "SCMP_ARCH_PPC64LE"
#elif defined(__powerpc64__)
#define NATIVE "SCMP_ARCH_PPC64"
#elif defined(__loongarch64)
#define NATIVE "SCMP_ARCH_LOONGARCH64"
#else
#define NATIVE ""
#endif

/* capget(2), version 3: two words of 32 bits. */
static int read_caps(struct host *h, struct error *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (syscall(SYS_capget, &head, data) < 0)
		return err_sys(e, errno, "capget", "cannot read our capabilities");
	h->caps = data[0].permitted | (uint64_t)data[1].permitted << 32;
	return 0;
}

/* PR_CAPBSET_READ fails with EINVAL for a capability that the kernel does not know. Two calls on
 * kernels since 5.9, where 40 is the last. */
static void read_last_cap(struct host *h)
{
	uint32_t last = 40;

	while (last > 0 && prctl(PR_CAPBSET_READ, last, 0, 0, 0) < 0)
		last--;
	while (last < 63 && prctl(PR_CAPBSET_READ, last + 1, 0, 0, 0) >= 0)
		last++;
	h->last_cap = last;
}

static char first_byte(const char *path)
{
	auto_fd int fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	char c = 0;

	if (fd < 0 || read(fd, &c, 1) != 1)
		return 0;
	return c;
}

/* Absent files: the module is not there. */
void host_read_lsm(struct host *h)
{
	h->apparmor = first_byte("/sys/module/apparmor/parameters/enabled") == 'Y';
	h->selinux = first_byte("/sys/fs/selinux/enforce") != 0;
}

/* Planners refuse what needs these before anything happens; other features have fallbacks. */
static int read_features(struct arena *a, struct host *h, struct error *e)
{
	static const enum sys_feature asked[] = { SYS_MOUNT_SETATTR };

	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		const char **grown;

		if (sys_has(asked[i]))
			continue;
		grown = arena_grow(a, h->without, h->n_without, sizeof(*grown));
		if (!grown)
			return err_sys(
				e, ENOMEM, "malloc", "cannot read the host's facts");
		h->without = grown;
		h->without[h->n_without++] = sys_feature_name(asked[i]);
	}
	return 0;
}

/*
 * Who is not root has a manager of his own; so has who is root only in a user namespace that an
 * engine made for him (rootless Podman), as his runtime folder tells. A whole system in a user
 * namespace has its system manager.
 */
static bool has_user_manager(const struct host *h)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");

	if (h->euid != 0)
		return true;
	return h->in_userns && dir && dir[0] && strcmp(dir, "/run/user/0") != 0;
}

int host_read(struct arena *a, struct host *out, struct error *e)
{
	struct host h = { .euid = geteuid(), .egid = getegid(), .arch = NATIVE };
	uint64_t user_ns;
	int r = host_cgroup(a, &h, e);

	if (r == 0)
		r = read_caps(&h, e);
	if (r == 0)
		r = ns_inode(NS_USER, &user_ns, e);
	if (r < 0)
		return r;
	h.in_userns = user_ns != USER_NS_INIT;
	h.user_manager = has_user_manager(&h);
	read_last_cap(&h);
	r = read_features(a, &h, e);
	/* With both we write the maps of a user namespace ourselves. */
	if (r == 0 &&
		(h.in_userns || !host_can(&h, CAP_SETUID) || !host_can(&h, CAP_SETGID)))
		r = host_rootless(a, &h, e);
	if (r == 0)
		*out = h;
	return r;
}

int host_read_process(struct host *out, struct error *e)
{
	struct host h = { .euid = geteuid(), .egid = getegid(), .arch = NATIVE };
	int r = read_caps(&h, e);

	if (r < 0)
		return r;
	read_last_cap(&h);
	*out = h;
	return 0;
}

int host_load(struct arena *a, const char *name, const char *text, size_t len,
	struct host *out, struct error *e)
{
	struct host h = { .cgroup = HOST_CGROUP_NONE };
	struct json_doc doc;
	int r = json_parse(a, name, text, len, &doc, e);

	if (r == 0)
		r = schema_load(&object_host, &doc, doc.root, NULL, a, &h, e);
	if (r == 0)
		*out = h;
	return r;
}
