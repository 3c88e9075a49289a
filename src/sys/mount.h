/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts by descriptor: the new mount API, and the same contracts by mount(2) on older
 * kernels (mountfd.c, mountcompat.c; chosen once by sys_mount_ops()).
 */
#ifndef DAVIT_SYS_MOUNT_H
#define DAVIT_SYS_MOUNT_H

/* -I src makes this file hide libc's header of the same name; whoever asks for one
 * gets both. */
#include_next <sys/mount.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

/* What is asked of a mount, in terms of mount_setattr(2). */
struct sys_mount_attr {
	/* MOUNT_ATTR_*. The atime kinds are an enumeration inside: clear MOUNT_ATTR__ATIME
	 * along with setting one. */
	uint64_t set, clear;
	/* The same, for all mounts below too (no fallback: -EOPNOTSUPP naming the call). */
	uint64_t rset, rclear;
	/* MS_SYNCHRONOUS, MS_DIRSYNC, MS_LAZYTIME, MS_MANDLOCK, MS_RDONLY of the superblock;
	 * MS_I_VERSION and MS_SILENT are consumed. */
	uint64_t sb_flags;
	/* MS_SHARED.. with or without MS_REC, applied in order after attach. */
	uint64_t propagation[4];
	unsigned n_propagation;
};

/* A mount that is not yet in place. Zero-initialise; sys_mount_drop() frees an
 * unattached one. */
struct sys_mount {
	int fd; /* detached mount, or -EBADF with the compat operations */
	char *source, *fs, *data; /* compat: what mount(2) will be told */
	int source_fd;		  /* compat binds: O_PATH of the source */
	bool bind, recursive;
	struct sys_mount_attr attr;
};
#define SYS_MOUNT_INIT ((struct sys_mount){ .fd = -EBADF, .source_fd = -EBADF })

struct sys_mount_ops {
	/*
	 * A new file system of type fs. data: option words for the file system,
	 * "key=value" or "flag", n of them (empty words skipped). source: what
	 * /proc/mounts shows. -ENODEV unknown type, kernel messages of the fs context
	 * are appended to the error text.
	 */
	int (*create)(const char *fs, const char *source, const char *const *data,
		size_t n, const struct sys_mount_attr *attr, struct sys_mount *out,
		struct error *e);
	/* A bind of what source_fd (O_PATH) stands for; recursive takes the tree. */
	int (*clone)(int source_fd, bool recursive, const struct sys_mount_attr *attr,
		struct sys_mount *out, struct error *e);
	/* Put in place on target_fd (O_PATH); afterwards apply propagation. Consumes
	 * m. Returns a descriptor (O_PATH) of the root of the mount in place. */
	int (*attach)(struct sys_mount *m, int target_fd, struct error *e);
	/* Change attributes and propagation of the mount in place that fd is the root
	 * of ("remount" of a bind, read-only root, read-only paths). Locked flags that
	 * cannot be cleared are kept when they are not named in clear (B8). */
	int (*change)(int fd, const struct sys_mount_attr *attr, struct error *e);
	/* Remount the file system (superblock) with data words. */
	int (*reconfigure)(int fd, const char *const *data, size_t n,
		const struct sys_mount_attr *attr, struct error *e);
};

/* The operations of this kernel: by descriptors, or by mount(2) before Linux 5.12. Static. */
const struct sys_mount_ops *sys_mount_ops(void);
extern const struct sys_mount_ops sys_mount_fd_ops, sys_mount_compat_ops;
/* Close and free what was not attached; m is empty then. */
void sys_mount_drop(struct sys_mount *m);

/*
 * Bind the folder source of the host on the folder name right below dir (O_PATH). For folders
 * that only the caller knows: name is one component and no link, and is not resolved further.
 * -ENOENT when there is no source.
 */
int sys_mount_bind_below(const char *source, int dir, const char *name,
	const struct sys_mount_attr *attr, struct error *e);

/* Set the propagation (MS_* with MS_REC) of the mount at path ("/" before the pivot). */
int sys_mount_propagation(int fd, uint64_t flags, struct error *e);
/* The same for all mounts of the mount namespace that we are in, from "/" down. */
int sys_mount_propagation_all(uint64_t flags, struct error *e);
/*
 * pivot_root(".", ".") with rootfd as new root, then detach the old one and chdir("/").
 * shared: mounts of the old root may have peers outside; it is made slave first, so that the
 * unmount does not propagate.
 */
int sys_pivot_root(int rootfd, bool shared, struct error *e);
/*
 * Without pivot_root, which a root on initramfs does not have: move the mount rootfd onto "/",
 * chroot and chdir there, and take the mounts away that lay on the old root, proc and sysfs
 * foremost. What the old root itself holds stays below, out of reach but for who may unmount the
 * container's root (CAP_SYS_ADMIN over its mount namespace). shared: as above.
 */
int sys_move_root(int rootfd, bool shared, struct error *e);
/* Is "/" the first mount of all, which cannot be replaced (initramfs)? */
bool sys_root_is_first(void);
/* Map the owners of a detached mount by a user namespace; -EOPNOTSUPP before Linux
 * 5.12. */
int sys_mount_idmap(int fd, int userns_fd, bool recursive, struct error *e);
/*
 * Make the mounts below the mount in place that fd is the root of read-only, one by one: for
 * kernels without mount_setattr. They are found by their numbers, and reached by their names
 * below our root; a name that leads to another mount is -ESTALE, unless that mount covers the one
 * that is meant: then the tree becomes private, so that it does so for good.
 */
int sys_mount_readonly_below(int fd, struct error *e);
/* MNT_DETACH of the mount that fd is the root of. */
int sys_umount_fd(int fd, struct error *e);
/* A detached empty read-only tmpfs folder, for masked folders: attach it to the first
 * path, then clone() the descriptor that attach() returned for each other (kernels
 * before 6.15 cannot clone what is detached, and with the compat operations there is
 * nothing before it is attached). */
int sys_mount_empty_dir(const char *label_word, struct sys_mount *out, struct error *e);

#endif
