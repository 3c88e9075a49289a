/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One inline per system call that a libc may lack, and the constants that its headers
 * may lack, with the kernel version that brought each. Each returns the result or
 * -errno; nothing here is clever. Structures have names of our own, because
 * linux/mount.h and sys/mount.h cannot be included together and musl's headers know
 * none of them.
 */
#ifndef DAVIT_SYS_SYSCALLS_H
#define DAVIT_SYS_SYSCALLS_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* Numbers since 424 are the same on every architecture that we build for. */
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424 /* 5.1 */
#endif
#ifndef SYS_open_tree
#define SYS_open_tree 428 /* 5.2 */
#endif
#ifndef SYS_move_mount
#define SYS_move_mount 429 /* 5.2 */
#endif
#ifndef SYS_fsopen
#define SYS_fsopen 430 /* 5.2 */
#endif
#ifndef SYS_fsconfig
#define SYS_fsconfig 431 /* 5.2 */
#endif
#ifndef SYS_fsmount
#define SYS_fsmount 432 /* 5.2 */
#endif
#ifndef SYS_fspick
#define SYS_fspick 433 /* 5.2 */
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434 /* 5.3 */
#endif
#ifndef SYS_clone3
#define SYS_clone3 435 /* 5.3 */
#endif
#ifndef SYS_close_range
#define SYS_close_range 436 /* 5.9 */
#endif
#ifndef SYS_openat2
#define SYS_openat2 437 /* 5.6 */
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438 /* 5.6 */
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442 /* 5.12 */
#endif

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080 /* 5.6 */
#endif
#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000 /* 4.6 */
#endif
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000 /* 5.2 */
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL /* 5.7 */
#endif

#ifndef RESOLVE_NO_XDEV /* 5.6 */
#define RESOLVE_NO_XDEV 0x01
#define RESOLVE_NO_MAGICLINKS 0x02
#define RESOLVE_NO_SYMLINKS 0x04
#define RESOLVE_BENEATH 0x08
#define RESOLVE_IN_ROOT 0x10
#endif

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000 /* 2.6.39 */
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000 /* 5.2 */
#endif
#ifndef O_LARGEFILE
#define O_LARGEFILE 0
#endif

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1 /* 5.2 */
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC O_CLOEXEC /* 5.2 */
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004 /* 5.2 */
#endif
#ifndef MOVE_MOUNT_T_EMPTY_PATH
#define MOVE_MOUNT_T_EMPTY_PATH 0x00000040 /* 5.2 */
#endif
#ifndef FSOPEN_CLOEXEC
#define FSOPEN_CLOEXEC 0x00000001 /* 5.2 */
#endif
#ifndef FSMOUNT_CLOEXEC
#define FSMOUNT_CLOEXEC 0x00000001 /* 5.2 */
#endif
#ifndef FSPICK_CLOEXEC
#define FSPICK_CLOEXEC 0x00000001 /* 5.2 */
#endif
#ifndef FSPICK_EMPTY_PATH
#define FSPICK_EMPTY_PATH 0x00000008 /* 5.2 */
#endif
/* An enumeration in linux/mount.h and glibc, each with a macro of its own name or
 * without. */
#define SYS_FSCONFIG_SET_FLAG 0U
#define SYS_FSCONFIG_SET_STRING 1U
#define SYS_FSCONFIG_CMD_CREATE 6U
#define SYS_FSCONFIG_CMD_RECONFIGURE 7U

#ifndef MOUNT_ATTR_RDONLY /* 5.2 */
#define MOUNT_ATTR_RDONLY 0x00000001
#define MOUNT_ATTR_NOSUID 0x00000002
#define MOUNT_ATTR_NODEV 0x00000004
#define MOUNT_ATTR_NOEXEC 0x00000008
#define MOUNT_ATTR__ATIME 0x00000070
#define MOUNT_ATTR_RELATIME 0x00000000
#define MOUNT_ATTR_NOATIME 0x00000010
#define MOUNT_ATTR_STRICTATIME 0x00000020
#define MOUNT_ATTR_NODIRATIME 0x00000080
#endif
#ifndef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_IDMAP 0x00100000 /* 5.12 */
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000 /* 5.14 */
#endif

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256 /* 5.10 */
#endif
#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25) /* 4.0 */
#endif
#ifndef MS_SILENT
#define MS_SILENT (1 << 15)
#endif

/* What statfs(2) says in f_flags. */
#define SYS_ST_RDONLY 0x0001
#define SYS_ST_NOSUID 0x0002
#define SYS_ST_NODEV 0x0004
#define SYS_ST_NOEXEC 0x0008
#define SYS_ST_NOATIME 0x0400
#define SYS_ST_NODIRATIME 0x0800
#define SYS_ST_RELATIME 0x1000
#define SYS_ST_NOSYMFOLLOW 0x2000 /* 5.10 */

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2) /* 5.11 */
#endif

#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 0x0001U /* 3.17 */
#endif
#ifndef MFD_ALLOW_SEALING
#define MFD_ALLOW_SEALING 0x0002U /* 3.17 */
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* 6.3 */
#endif

#ifndef NS_GET_NSTYPE
#define NS_GET_NSTYPE 0xb703 /* 4.11: _IO(0xb7, 3) */
#endif

/* f_type of the file systems that we ask about; statfs's member is signed on some. */
#define SYS_MAGIC_PROC 0x9fa0U
#define SYS_MAGIC_SYSFS 0x62656572U
#define SYS_MAGIC_NSFS 0x6e736673U
#define SYS_MAGIC_CGROUP 0x27e0ebU
#define SYS_MAGIC_CGROUP2 0x63677270U
#define SYS_MAGIC_SECURITYFS 0x73636673U
#define SYS_MAGIC_RESCTRL 0x7655821U

struct sys_open_how {
	uint64_t flags, mode, resolve;
};

struct sys_clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	uint64_t set_tid, set_tid_size; /* 5.5 */
	uint64_t cgroup;		/* 5.7 */
};

struct sys_mount_attr_args {
	uint64_t attr_set, attr_clr, propagation, userns_fd;
};

struct sys_statx_time {
	int64_t sec;
	uint32_t nsec;
	int32_t reserved;
};

struct sys_statx {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, spare0;
	uint64_t ino, size, blocks, attributes_mask;
	struct sys_statx_time atime, btime, ctime, mtime;
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t mnt_id;
	uint64_t spare[13];
};
_Static_assert(sizeof(struct sys_statx) == 256, "the kernel writes 256 bytes");
#define STX_BASIC 0x07ffU
#define STX_MNT_ID 0x1000U	    /* 5.8 */
#define STX_ATTR_VERITY 0x00100000U /* 5.5 */

struct sys_sched_attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max; /* 5.3; a kernel before it takes zeros */
};

struct sys_dirent {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

static inline int sys_ret(long r)
{
	return r < 0 ? -errno : (int)r;
}

static inline int sys_raw_openat2(
	int dirfd, const char *path, const struct sys_open_how *how)
{
	return sys_ret(syscall(SYS_openat2, dirfd, path, how, sizeof(*how)));
}

/* A fork: 0 in the child. */
static inline int sys_raw_clone3(const struct sys_clone_args *args)
{
	return sys_ret(syscall(SYS_clone3, args, sizeof(*args)));
}

static inline int sys_raw_clone(unsigned long flags)
{
#if defined(__s390__) || defined(__CRIS__)
	return sys_ret(syscall(SYS_clone, 0L, flags, 0L, 0L, 0L));
#else
	return sys_ret(syscall(SYS_clone, flags, 0L, 0L, 0L, 0L));
#endif
}

static inline int sys_raw_pidfd_open(pid_t pid, unsigned flags)
{
	return sys_ret(syscall(SYS_pidfd_open, pid, flags));
}

static inline int sys_raw_pidfd_send_signal(int pidfd, int sig, unsigned flags)
{
	return sys_ret(syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, flags));
}

static inline int sys_raw_pidfd_getfd(int pidfd, int fd, unsigned flags)
{
	return sys_ret(syscall(SYS_pidfd_getfd, pidfd, fd, flags));
}

static inline int sys_raw_close_range(unsigned first, unsigned last, unsigned flags)
{
	return sys_ret(syscall(SYS_close_range, first, last, flags));
}

static inline int sys_raw_fsopen(const char *fs, unsigned flags)
{
	return sys_ret(syscall(SYS_fsopen, fs, flags));
}

static inline int sys_raw_fsconfig(
	int fd, unsigned cmd, const char *key, const void *value)
{
	return sys_ret(syscall(SYS_fsconfig, fd, cmd, key, value, 0));
}

static inline int sys_raw_fsmount(int fd, unsigned flags, unsigned attrs)
{
	return sys_ret(syscall(SYS_fsmount, fd, flags, attrs));
}

static inline int sys_raw_fspick(int dirfd, const char *path, unsigned flags)
{
	return sys_ret(syscall(SYS_fspick, dirfd, path, flags));
}

static inline int sys_raw_open_tree(int dirfd, const char *path, unsigned flags)
{
	return sys_ret(syscall(SYS_open_tree, dirfd, path, flags));
}

static inline int sys_raw_move_mount(
	int from, const char *from_path, int to, const char *to_path, unsigned flags)
{
	return sys_ret(syscall(SYS_move_mount, from, from_path, to, to_path, flags));
}

static inline int sys_raw_mount_setattr(int dirfd, const char *path, unsigned flags,
	const struct sys_mount_attr_args *attr)
{
	return sys_ret(
		syscall(SYS_mount_setattr, dirfd, path, flags, attr, sizeof(*attr)));
}

static inline int sys_raw_pivot_root(const char *new_root, const char *put_old)
{
	return sys_ret(syscall(SYS_pivot_root, new_root, put_old));
}

static inline int sys_raw_statx(
	int dirfd, const char *path, int flags, unsigned mask, struct sys_statx *out)
{
	return sys_ret(syscall(SYS_statx, dirfd, path, flags, mask, out));
}

static inline int sys_raw_execveat(
	int dirfd, const char *path, char *const argv[], char *const envp[], int flags)
{
	return sys_ret(syscall(SYS_execveat, dirfd, path, argv, envp, flags));
}

static inline int sys_raw_memfd_create(const char *name, unsigned flags)
{
	return sys_ret(syscall(SYS_memfd_create, name, flags));
}

static inline int sys_raw_getdents(int fd, void *buf, unsigned size)
{
	return sys_ret(syscall(SYS_getdents64, fd, buf, size));
}

static inline int sys_raw_setns(int fd, int flags)
{
	return sys_ret(syscall(SYS_setns, fd, flags));
}

static inline int sys_raw_sched_setattr(pid_t pid, const struct sys_sched_attr *attr)
{
	return sys_ret(syscall(SYS_sched_setattr, pid, attr, 0));
}

/* musl's own answers ENOSYS without asking. */
static inline int sys_raw_sched_getscheduler(pid_t pid)
{
	return sys_ret(syscall(SYS_sched_getscheduler, pid));
}

static inline int sys_raw_sched_setaffinity(pid_t pid, size_t size, const void *mask)
{
	return sys_ret(syscall(SYS_sched_setaffinity, pid, size, mask));
}

static inline int sys_raw_ioprio_set(int which, int who, int value)
{
	return sys_ret(syscall(SYS_ioprio_set, which, who, value));
}

static inline int sys_raw_set_mempolicy(
	int mode, const unsigned long *nodes, unsigned long maxnode)
{
	return sys_ret(syscall(SYS_set_mempolicy, mode, nodes, maxnode));
}

static inline int sys_raw_keyctl(int cmd, const char *arg)
{
	return sys_ret(syscall(SYS_keyctl, cmd, arg, 0L, 0L, 0L));
}

/* SIG_DFL for any signal: libc refuses those that it keeps for itself, which a caller may have
 * ignored all the same. All members of the kernel's structure are 0 then, in whatever order. */
static inline int sys_raw_signal_default(int sig)
{
	static const uint64_t zero[8];

	return sys_ret(syscall(SYS_rt_sigaction, sig, zero, NULL, (size_t)8));
}

/*
 * libc's wrappers change the ids of every thread and block all signals for that; a child of
 * ours has one thread. The calls with ids of 32 bits have names of their own where there were
 * others before.
 */
#ifdef SYS_setresuid32
#define SYS_DAVIT_SETRESUID SYS_setresuid32
#define SYS_DAVIT_SETRESGID SYS_setresgid32
#define SYS_DAVIT_SETGROUPS SYS_setgroups32
#else
#define SYS_DAVIT_SETRESUID SYS_setresuid
#define SYS_DAVIT_SETRESGID SYS_setresgid
#define SYS_DAVIT_SETGROUPS SYS_setgroups
#endif

static inline int sys_raw_setresuid(uid_t real, uid_t effective, uid_t saved)
{
	return sys_ret(syscall(SYS_DAVIT_SETRESUID, real, effective, saved));
}

static inline int sys_raw_setresgid(gid_t real, gid_t effective, gid_t saved)
{
	return sys_ret(syscall(SYS_DAVIT_SETRESGID, real, effective, saved));
}

static inline int sys_raw_setgroups(size_t n, const gid_t *list)
{
	return sys_ret(syscall(SYS_DAVIT_SETGROUPS, n, list));
}

static inline int sys_raw_bpf(int cmd, const void *attr, unsigned size)
{
	return sys_ret(syscall(SYS_bpf, cmd, attr, size));
}

#endif
