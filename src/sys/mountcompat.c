/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contracts of mountfd.c by mount(2), for kernels before 5.12 and sandboxes.
 * Nothing exists before attach(); targets and sources are descriptors that mount(2) is
 * given through the trusted /proc, so that no path of the container is resolved here
 * either. What is new on the target is recognised by its mount's number, because a
 * name could lead elsewhere by then (B2).
 */
#include "config.h"

#include "sys/mount.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "sys/mountinfo.h"
#include "sys/mount_internal.h"
#include "sys/probe.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

#define LOOK_TRIES 64
#define SB_FLAGS                                                               \
	(MS_RDONLY | MS_SYNCHRONOUS | MS_DIRSYNC | MS_LAZYTIME | MS_MANDLOCK | \
		MS_I_VERSION | MS_SILENT)

static const struct sys_mount_attr no_attr;

static int no_recursion(struct error *e)
{
	return err_set(e, ERR_HOST, -EOPNOTSUPP,
		"recursive mount attributes need mount_setattr (Linux %s)",
		sys_feature_since(SYS_MOUNT_SETATTR));
}

static int add_word(struct buf *text, const char *word)
{
	const char *value = strchr(word, '=');

	if (!value || !mount_is_label(word) || value[1] == '"' || !strchr(value, ','))
		return buf_adds(text, word);
	return buf_addf(text, "%.*s=\"%s\"", (int)(value - word), word, value + 1);
}

static int join_words(const char *const *data, size_t n, char **out)
{
	auto_buf struct buf text = BUF_INIT;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		if (data[i][0] == '\0')
			continue;
		if (text.len > 0)
			r = buf_adds(&text, ",");
		if (r == 0)
			r = add_word(&text, data[i]);
	}
	/* mount(2) takes a page and forgets the rest: that would be other options. */
	if (r == 0 && text.len >= (size_t)sysconf(_SC_PAGESIZE))
		r = -E2BIG;
	if (r == 0 && text.len > 0)
		*out = buf_steal(&text);
	return r;
}

static int fail_note(int r, const struct sys_mount *m, struct error *e)
{
	if (r == -E2BIG)
		return err_set(e, ERR_CONFIG, r,
			"the options of %s are longer than the kernel takes (%ld bytes)",
			m->fs ? m->fs : "a remount", sysconf(_SC_PAGESIZE) - 1);
	return err_sys(e, -r, "malloc", "cannot note a mount");
}

static int copy_text(const char *in, char **out)
{
	*out = in ? strdup(in) : NULL;
	return in && !*out ? -ENOMEM : 0;
}

/* A mount without anything below: what is asked of the tree is asked of it. */
static void fold(struct sys_mount_attr *attr)
{
	uint64_t set = (attr->rset & ~attr->clear) | attr->set;

	if ((attr->set | attr->clear) & MOUNT_ATTR__ATIME)
		set = (set & ~(uint64_t)MOUNT_ATTR__ATIME) |
		      (attr->set & MOUNT_ATTR__ATIME);
	attr->clear |= attr->rclear & ~attr->set;
	attr->set = set;
	attr->rset = attr->rclear = 0;
}

static int compat_create(const char *fs, const char *source, const char *const *data,
	size_t n, const struct sys_mount_attr *attr, struct sys_mount *out,
	struct error *e)
{
	struct sys_mount m = SYS_MOUNT_INIT;
	int r;

	m.attr = attr ? *attr : no_attr;
	fold(&m.attr);
	r = copy_text(fs, &m.fs);
	if (r == 0)
		r = copy_text(source ? source : "none", &m.source);
	if (r == 0)
		r = join_words(data, n, &m.data);
	if (r < 0) {
		r = fail_note(r, &m, e);
		sys_mount_drop(&m);
		return r;
	}
	*out = m;
	return 0;
}

static int compat_clone(int source_fd, bool recursive, const struct sys_mount_attr *attr,
	struct sys_mount *out, struct error *e)
{
	struct sys_mount m = SYS_MOUNT_INIT;

	m.attr = attr ? *attr : no_attr;
	if (recursive && (m.attr.rset | m.attr.rclear))
		return no_recursion(e);
	fold(&m.attr);
	m.source_fd = fcntl(source_fd, F_DUPFD_CLOEXEC, 0);
	if (m.source_fd < 0)
		return err_sys(
			e, errno, "fcntl", "cannot keep the source of a bind mount");
	m.bind = true;
	m.recursive = recursive;
	*out = m;
	return 0;
}

/* mount(2) on a descriptor; source_fd is used in place of source when it is valid. */
static int mount_on(int fd, int source_fd, const char *source, const char *fs,
	unsigned long flags, const char *data, struct error *e)
{
	struct mount_at at;
	char target[32];
	char from[32];
	int r = mount_at_enter(&at, e);

	if (r < 0)
		return r;
	mount_fd_name(fd, target);
	if (source_fd >= 0) {
		mount_fd_name(source_fd, from);
		source = from;
	}
	if (mount(source, target, fs, flags, data) < 0)
		r = fs ? err_sys(e, errno, "mount",
				 "cannot mount a file system of type %s", fs)
		       : err_sys(e, errno, "mount",
				 "cannot bind, remount or share a mount");
	mount_at_leave(&at);
	return r;
}

struct newest {
	uint64_t parent;
	uint64_t id; /* 0: none seen */
};

/* Lines are in the order of mounting: the last child is the newest. */
static int note_child(void *arg, const struct mountinfo *m)
{
	struct newest *n = arg;

	if ((uint64_t)(unsigned)m->parent == n->parent)
		n->id = (uint64_t)(unsigned)m->id;
	return 0;
}

/*
 * A descriptor of the root of the mount that was just put on target_fd. The target's
 * name is only a hint: whoever can write to the folders above may have moved it, so
 * what is opened must be the mount with the newest number that the kernel lists below
 * the target's own mount. Nobody else mounts in this namespace.
 */
static int open_new(int target_fd, struct error *e)
{
	int procfd = sys_proc_fd(e);
	struct newest newest = { .id = 0 };
	char path[PATH_MAX];
	char link[32];
	int r;

	if (procfd < 0)
		return procfd;
	r = sys_mount_id(target_fd, &newest.parent, e);
	if (r == 0)
		r = mountinfo_each(note_child, &newest, e);
	if (r < 0)
		return r;
	mount_fd_name(target_fd, link);
	for (int i = 0; newest.id != 0 && i < LOOK_TRIES; i++) {
		ssize_t n = readlinkat(procfd, link, path, sizeof(path) - 1);
		auto_fd int fd = -EBADF;
		uint64_t id;

		if (n < 0)
			return err_sys(
				e, errno, "readlinkat", "cannot learn a target's name");
		path[n] = '\0';
		if (path[0] != '/')
			break;
		/* What lies on top of "/" is reached by ".." alone: only that looks
		 * for mounts. */
		fd = openat(AT_FDCWD, path[1] ? path : "/..",
			O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 || sys_mount_id(fd, &id, NULL) < 0)
			continue;
		if (id == newest.id)
			return take_fd(&fd);
	}
	return err_set(e, ERR_SYSTEM, -ESTALE,
		"a new mount cannot be reached by its target's name");
}

static int apply_propagation(int fd, const struct sys_mount_attr *attr, struct error *e)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < attr->n_propagation; i++)
		r = mount_on(fd, -EBADF, NULL, NULL, (unsigned long)attr->propagation[i],
			NULL, e);
	return r;
}

static int apply_attr(int fd, const struct sys_mount_attr *attr, struct error *e)
{
	unsigned long flags;
	int r;

	if (!(attr->set | attr->clear))
		return 0;
	/* A remount states all flags; what it leaves out is cleared, and locked flags
	 * may not be (EPERM in a user namespace), so it begins with what is there
	 * (B8). */
	r = mount_flags_of(fd, &flags, e);
	if (r < 0)
		return r;
	flags = mount_merge_flags(flags, attr->set, attr->clear);
	return mount_on(fd, -EBADF, NULL, NULL, MS_REMOUNT | MS_BIND | flags, NULL, e);
}

static int put(struct sys_mount *m, int target_fd, struct error *e)
{
	unsigned long flags;

	if (m->bind)
		return mount_on(target_fd, m->source_fd, NULL, NULL,
			MS_BIND | (m->recursive ? MS_REC : 0UL), NULL, e);
	/* MS_RDONLY means the superblock too; where only the mount is meant, a remount
	 * follows. */
	flags = mount_attr_flags(m->attr.set & ~(uint64_t)MOUNT_ATTR_RDONLY);
	flags |= (unsigned long)(m->attr.sb_flags & SB_FLAGS);
	return mount_on(target_fd, -EBADF, m->source, m->fs, flags, m->data, e);
}

/*
 * mount(2), unlike move_mount(2), refuses the file system that is on the target already
 * (EBUSY): cgroup2 over that of a bound /sys, say, which in a user namespace cannot be taken
 * away. Another one goes between.
 */
static int put_between(struct sys_mount *m, int target_fd, struct error *e)
{
	auto_fd int between = -EBADF;
	int r = mount_on(target_fd, -EBADF, "none", "tmpfs",
		MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k", e);

	if (r < 0)
		return r;
	between = open_new(target_fd, e);
	if (between < 0)
		return between;
	r = put(m, between, e);
	if (r == 0)
		return open_new(between, e);
	sys_umount_fd(between, NULL);
	return r;
}

static int put_new(struct sys_mount *m, int target_fd, struct error *e)
{
	int r = put(m, target_fd, e);

	if (r == -EBUSY && !m->bind) {
		err_done(e);
		return put_between(m, target_fd, e);
	}
	return r < 0 ? r : open_new(target_fd, e);
}

static int compat_attach(struct sys_mount *m, int target_fd, struct error *e)
{
	auto_fd int fd = put_new(m, target_fd, e);
	int r = fd < 0 ? fd : 0;

	/* A bind ignores all flags of its call. */
	if (r == 0 && (m->bind || (m->attr.set & MOUNT_ATTR_RDONLY)))
		r = apply_attr(fd, &m->attr, e);
	if (r == 0)
		r = apply_propagation(fd, &m->attr, e);
	sys_mount_drop(m);
	return r < 0 ? r : take_fd(&fd);
}

static int compat_change(int fd, const struct sys_mount_attr *attr, struct error *e)
{
	int r;

	if (attr->rset | attr->rclear)
		return no_recursion(e);
	r = apply_attr(fd, attr, e);
	return r < 0 ? r : apply_propagation(fd, attr, e);
}

static int compat_reconfigure(int fd, const char *const *data, size_t n,
	const struct sys_mount_attr *attr, struct error *e)
{
	auto_free char *text = NULL;
	unsigned long flags;
	int r;

	if (!attr)
		attr = &no_attr;
	if (attr->rset | attr->rclear)
		return no_recursion(e);
	r = join_words(data, n, &text);
	if (r < 0)
		return fail_note(r, &SYS_MOUNT_INIT, e);
	r = mount_flags_of(fd, &flags, e);
	if (r < 0)
		return r;
	/* MS_RDONLY means the superblock here, not what the mount was. */
	flags = mount_merge_flags(
		flags & ~(unsigned long)MS_RDONLY, attr->set, attr->clear);
	flags |= (unsigned long)(attr->sb_flags & SB_FLAGS);
	r = mount_on(fd, -EBADF, NULL, NULL, MS_REMOUNT | flags, text, e);
	return r < 0 ? r : apply_propagation(fd, attr, e);
}

const struct sys_mount_ops sys_mount_compat_ops = {
	.create = compat_create,
	.clone = compat_clone,
	.attach = compat_attach,
	.change = compat_change,
	.reconfigure = compat_reconfigure,
};
