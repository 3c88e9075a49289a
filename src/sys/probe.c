/* SPDX-License-Identifier: Apache-2.0 */
/* One table of kernel features that Linux 4.18 or a sandbox may lack: name, since, how to ask. */
#include "config.h"

#include "sys/probe.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

/* Ask with arguments that every kernel with the call refuses before it looks at
 * privileges. */
static bool ask_openat2(void)
{
	return sys_ret(syscall(SYS_openat2, -1, NULL, NULL, (size_t)0)) == -EINVAL;
}

static bool ask_clone3(void)
{
	return sys_ret(syscall(SYS_clone3, NULL, (size_t)0)) == -EINVAL;
}

/* A kernel that does not know the member says E2BIG, one that does dislikes the
 * number. */
static bool ask_into_cgroup(void)
{
	struct sys_clone_args args = { .flags = CLONE_INTO_CGROUP, .cgroup = UINT64_MAX };

	return sys_raw_clone3(&args) == -EINVAL;
}

static bool ask_pidfd_open(void)
{
	return sys_raw_pidfd_open(-1, ~0U) == -EINVAL;
}

static bool ask_pidfd_signal(void)
{
	return sys_raw_pidfd_send_signal(-EBADF, 0, ~0U) == -EINVAL;
}

static bool ask_pidfd_getfd(void)
{
	return sys_raw_pidfd_getfd(-EBADF, -EBADF, ~0U) == -EINVAL;
}

/* Joining the UTS namespace that we are in changes nothing; EPERM comes after the type
 * check. */
static bool ask_setns_pidfd(void)
{
	auto_fd int fd = sys_raw_pidfd_open(getpid(), 0);
	int r;

	if (fd < 0)
		return false;
	r = sys_raw_setns(fd, CLONE_NEWUTS);
	return r == 0 || r == -EPERM;
}

static bool ask_mount_api(void)
{
	return sys_raw_open_tree(-EBADF, NULL, ~0U) == -EINVAL;
}

static bool ask_mount_setattr(void)
{
	return sys_raw_mount_setattr(-EBADF, NULL, ~0U, NULL) == -EINVAL;
}

static bool ask_close_range(void)
{
	return sys_raw_close_range(~0U, ~0U, 0) == 0;
}

static bool ask_time_ns(void)
{
	auto_fd int fd = sys_proc_open("self/timens_offsets", O_PATH, NULL);

	return fd >= 0;
}

/* The file exists in every cgroup but the root, so there is nothing to ask but the
 * version. */
static bool ask_cgroup_kill(void)
{
	struct utsname u;
	unsigned major;
	unsigned minor;

	if (uname(&u) < 0 || sscanf(u.release, "%u.%u", &major, &minor) != 2)
		return false;
	return major > 5 || (major == 5 && minor >= 14);
}

#define BPF_PROG_ATTACH_CMD 8
#define BPF_CGROUP_DEVICE_TYPE 6
#define BPF_F_REPLACE_FLAG (1U << 2)

/* The flags are checked before the descriptors. */
static bool ask_bpf_replace(void)
{
	struct {
		uint32_t target_fd, attach_bpf_fd, attach_type, attach_flags,
			replace_bpf_fd;
	} attr = {
		.target_fd = (uint32_t)-1,
		.attach_bpf_fd = (uint32_t)-1,
		.attach_type = BPF_CGROUP_DEVICE_TYPE,
		.attach_flags = BPF_F_REPLACE_FLAG,
	};

	return sys_raw_bpf(BPF_PROG_ATTACH_CMD, &attr, sizeof(attr)) == -EBADF;
}

static bool ask_statx_mnt_id(void)
{
	struct sys_statx stx;

	return sys_raw_statx(AT_FDCWD, "/", 0, STX_MNT_ID, &stx) == 0 &&
	       (stx.mask & STX_MNT_ID);
}

static bool ask_execveat(void)
{
	static char *const none[] = { NULL };
	int r = sys_raw_execveat(-EBADF, "", none, none, AT_EMPTY_PATH);

	return r != -ENOSYS && r != -EPERM;
}

static bool ask_pty_peer(void)
{
	auto_fd int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	const int unlocked = 0;
	auto_fd int peer = -EBADF;

	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlocked) < 0)
		return false;
	peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return peer >= 0;
}

enum answer { UNKNOWN, PRESENT, ABSENT };

static struct feature {
	const char *name, *since;
	bool (*ask)(void);
	enum answer answer;
} features[SYS_FEATURES] = {
	[SYS_OPENAT2] = { "openat2", "5.6", ask_openat2, UNKNOWN },
	[SYS_CLONE3] = { "clone3", "5.3", ask_clone3, UNKNOWN },
	[SYS_CLONE_INTO_CGROUP] = { "clone-into-cgroup", "5.7", ask_into_cgroup,
		UNKNOWN },
	[SYS_PIDFD_OPEN] = { "pidfd-open", "5.3", ask_pidfd_open, UNKNOWN },
	[SYS_PIDFD_SIGNAL] = { "pidfd-send-signal", "5.1", ask_pidfd_signal, UNKNOWN },
	[SYS_PIDFD_GETFD] = { "pidfd-getfd", "5.6", ask_pidfd_getfd, UNKNOWN },
	[SYS_SETNS_PIDFD] = { "setns-pidfd", "5.8", ask_setns_pidfd, UNKNOWN },
	[SYS_MOUNT_API] = { "mount-api", "5.2", ask_mount_api, UNKNOWN },
	[SYS_MOUNT_SETATTR] = { "mount-setattr", "5.12", ask_mount_setattr, UNKNOWN },
	[SYS_CLOSE_RANGE] = { "close-range", "5.9", ask_close_range, UNKNOWN },
	[SYS_TIME_NS] = { "time-ns", "5.6", ask_time_ns, UNKNOWN },
	[SYS_CGROUP_KILL] = { "cgroup-kill", "5.14", ask_cgroup_kill, UNKNOWN },
	[SYS_BPF_REPLACE] = { "bpf-replace", "5.6", ask_bpf_replace, UNKNOWN },
	[SYS_STATX_MNT_ID] = { "statx-mnt-id", "5.8", ask_statx_mnt_id, UNKNOWN },
	[SYS_EXECVEAT] = { "execveat", "3.19", ask_execveat, UNKNOWN },
	[SYS_PTY_PEER] = { "pty-peer", "4.13", ask_pty_peer, UNKNOWN },
};

bool sys_has(enum sys_feature f)
{
	struct feature *row = &features[f];

	if (row->answer == UNKNOWN)
		row->answer = row->ask() ? PRESENT : ABSENT;
	return row->answer == PRESENT;
}

bool sys_maybe(enum sys_feature f)
{
	return features[f].answer != ABSENT;
}

void sys_works(enum sys_feature f)
{
	features[f].answer = PRESENT;
}

void sys_lacks(enum sys_feature f)
{
	features[f].answer = ABSENT;
}

const char *sys_feature_name(enum sys_feature f)
{
	return features[f].name;
}

const char *sys_feature_since(enum sys_feature f)
{
	return features[f].since;
}

#if DAVIT_TEST_HOOKS
static int forget_one(const char *name, size_t n)
{
	bool all = n == 3 && memcmp(name, "all", 3) == 0;
	int r = all ? 0 : -EINVAL;

	for (size_t i = 0; i < SYS_FEATURES; i++) {
		if (!all && (strlen(features[i].name) != n ||
				    memcmp(features[i].name, name, n) != 0))
			continue;
		features[i].answer = ABSENT;
		r = 0;
	}
	return r;
}

int sys_forget(const char *list)
{
	while (*list) {
		size_t n = strcspn(list, ",");
		int r = forget_one(list, n);

		if (r < 0)
			return r;
		list += n + (list[n] == ',');
	}
	return 0;
}
#else
int sys_forget(const char *list)
{
	(void)list;
	return -EOPNOTSUPP;
}
#endif
