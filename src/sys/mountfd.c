/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts by the new mount API (Linux 5.2, mount_setattr 5.12): made detached,
 * completed, then put in place by descriptor, so that no path is resolved twice. */
#include "config.h"

#include "sys/mount.h"

#include <fcntl.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "sys/mount_internal.h"
#include "sys/probe.h"
#include "sys/syscalls.h"

/* fsconfig copies at most so many bytes of a value, NUL included. */
#define VALUE_MAX 256

/* Flags of the superblock that fsconfig knows by a word; MS_I_VERSION and MS_SILENT it
 * has none. */
static const struct {
	uint64_t flag;
	const char *on, *off;
} sb_words[] = {
	{ MS_RDONLY, "ro", "rw" },
	{ MS_SYNCHRONOUS, "sync", "async" },
	{ MS_DIRSYNC, "dirsync", NULL },
	{ MS_LAZYTIME, "lazytime", "nolazytime" },
	{ MS_MANDLOCK, "mand", "nomand" },
};

/* The fs context has messages for people, one a read: "e text". */
static void read_messages(int fsfd, struct buf *out)
{
	char text[512];
	ssize_t n;

	while ((n = read(fsfd, text, sizeof(text))) > 0) {
		size_t skip = n > 2 && text[1] == ' ' ? 2 : 0;

		while (n > 0 && text[n - 1] == '\n')
			n--;
		if (out->len > 0)
			buf_adds(out, "; ");
		if ((size_t)n > skip)
			buf_add(out, text + skip, (size_t)n - skip);
	}
}

/* A call on the fs context failed: the error with what the kernel has to say. */
static int fail(int fsfd, int r, const char *call, const char *doing, const char *what,
	struct error *e)
{
	auto_buf struct buf text = BUF_INIT;

	if (e)
		read_messages(fsfd, &text);
	if (text.len > 0)
		return err_sys(e, -r, call, "cannot %s %s (%s)", doing, what, text.p);
	return err_sys(e, -r, call, "cannot %s %s", doing, what);
}

static int set_value(int fsfd, const char *key, const char *value, bool label)
{
	char plain[VALUE_MAX];
	size_t n = strlen(value);

	if (!label || n < 2 || n >= sizeof(plain) || value[0] != '"' ||
		value[n - 1] != '"')
		return sys_raw_fsconfig(fsfd, SYS_FSCONFIG_SET_STRING, key, value);
	memcpy(plain, value + 1, n - 2);
	plain[n - 2] = '\0';
	return sys_raw_fsconfig(fsfd, SYS_FSCONFIG_SET_STRING, key, plain);
}

static int set_word(int fsfd, const char *word, struct error *e)
{
	const char *eq = strchr(word, '=');
	char key[VALUE_MAX];
	int r;

	if (word[0] == '\0' || eq == word)
		return 0;
	if (!eq) {
		r = sys_raw_fsconfig(fsfd, SYS_FSCONFIG_SET_FLAG, word, NULL);
	} else {
		size_t n = (size_t)(eq - word);

		if (n >= sizeof(key))
			return err_set(
				e, ERR_CONFIG, -EINVAL, "a mount option of %zu bytes", n);
		memcpy(key, word, n);
		key[n] = '\0';
		r = set_value(fsfd, key, eq + 1, mount_is_label(word));
	}
	return r < 0 ? fail(fsfd, r, "fsconfig", "set the mount option", word, e) : 0;
}

static int set_words(int fsfd, const char *const *data, size_t n, uint64_t sb_flags,
	bool off, struct error *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(sb_words); i++) {
		bool on = (sb_flags & sb_words[i].flag) != 0;
		const char *word = on ? sb_words[i].on : off ? sb_words[i].off : NULL;

		if (word)
			r = set_word(fsfd, word, e);
	}
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = set_word(fsfd, data[i], e);
	return r;
}

/*
 * Does every word go through fsconfig? Long lists of overlay layers do not, nor several options in
 * one word, which only mount(2) takes apart, each file system in its way (MNT-09).
 */
static bool words_fit(const char *source, const char *const *data, size_t n)
{
	if (source && strlen(source) >= VALUE_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *eq = strchr(data[i], '=');

		if (strlen(eq ? eq + 1 : data[i]) >= VALUE_MAX)
			return false;
		if (strchr(data[i], ',') && !mount_is_label(data[i]))
			return false;
	}
	return true;
}

static int setattr(
	int fd, const struct sys_mount_attr_args *args, bool recursive, struct error *e)
{
	int r = sys_raw_mount_setattr(
		fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), args);

	if (r < 0)
		return err_sys(e, -r, "mount_setattr", "cannot change the %s of a mount",
			args->propagation ? "propagation" : "attributes");
	return 0;
}

static int apply_attr(int fd, const struct sys_mount_attr *attr, struct error *e)
{
	int r = 0;

	if (attr->rset | attr->rclear) {
		struct sys_mount_attr_args all = {
			.attr_set = attr->rset,
			.attr_clr = attr->rclear,
		};

		r = setattr(fd, &all, true, e);
	}
	/* Second, so that what is asked of the mount itself wins over what is asked of
	 * the tree. */
	if (r == 0 && (attr->set | attr->clear)) {
		struct sys_mount_attr_args one = {
			.attr_set = attr->set,
			.attr_clr = attr->clear,
		};

		r = setattr(fd, &one, false, e);
	}
	return r;
}

static int apply_propagation(int fd, const struct sys_mount_attr *attr, struct error *e)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < attr->n_propagation; i++) {
		struct sys_mount_attr_args args = {
			.propagation = attr->propagation[i] & ~(uint64_t)MS_REC,
		};

		r = setattr(fd, &args, (attr->propagation[i] & MS_REC) != 0, e);
	}
	return r;
}

/* A new mount has no attributes to clear and no tree below. */
static unsigned new_attrs(const struct sys_mount_attr *attr)
{
	uint64_t all = (attr->rset & ~attr->clear) | attr->set;

	/* The atime kinds are numbers, not bits: the mount's own counts. */
	if ((attr->set | attr->clear) & MOUNT_ATTR__ATIME)
		all = (all & ~(uint64_t)MOUNT_ATTR__ATIME) |
		      (attr->set & MOUNT_ATTR__ATIME);
	return (unsigned)all;
}

static const struct sys_mount_attr no_attr;

/* Is the call missing that r is the answer of? A refusal for want of privileges is not that. */
static bool absent(int r)
{
	if (r == -ENOSYS || (r == -EPERM && !sys_has(SYS_MOUNT_API)))
		sys_lacks(SYS_MOUNT_API);
	return !sys_maybe(SYS_MOUNT_API);
}

static int fd_create(const char *fs, const char *source, const char *const *data,
	size_t n, const struct sys_mount_attr *attr, struct sys_mount *out,
	struct error *e)
{
	auto_fd int fsfd = -EBADF;
	int r;

	if (!attr)
		attr = &no_attr;
	if (!words_fit(source, data, n))
		return sys_mount_compat_ops.create(fs, source, data, n, attr, out, e);
	fsfd = sys_raw_fsopen(fs, FSOPEN_CLOEXEC);
	if (fsfd < 0 && absent(fsfd))
		return sys_mount_compat_ops.create(fs, source, data, n, attr, out, e);
	if (fsfd < 0)
		return err_sys(
			e, -fsfd, "fsopen", "cannot mount a file system of type %s", fs);
	r = set_words(fsfd, data, n, attr->sb_flags, false, e);
	if (r < 0)
		return r;
	if (source) {
		r = sys_raw_fsconfig(fsfd, SYS_FSCONFIG_SET_STRING, "source", source);
		if (r < 0)
			return fail(
				fsfd, r, "fsconfig", "set the mount's source", source, e);
	}
	r = sys_raw_fsconfig(fsfd, SYS_FSCONFIG_CMD_CREATE, NULL, NULL);
	if (r < 0)
		return fail(fsfd, r, "fsconfig", "make a file system of type", fs, e);
	r = sys_raw_fsmount(fsfd, FSMOUNT_CLOEXEC, new_attrs(attr));
	if (r < 0)
		return fail(fsfd, r, "fsmount", "mount a file system of type", fs, e);
	*out = SYS_MOUNT_INIT;
	out->fd = r;
	out->attr = *attr;
	return 0;
}

static int fd_clone(int source_fd, bool recursive, const struct sys_mount_attr *attr,
	struct sys_mount *out, struct error *e)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
	auto_fd int fd = sys_raw_open_tree(
		source_fd, "", recursive ? flags | AT_RECURSIVE : flags);
	int r;

	if (!attr)
		attr = &no_attr;
	if (fd < 0 && absent(fd))
		return sys_mount_compat_ops.clone(source_fd, recursive, attr, out, e);
	if (fd < 0)
		return err_sys(e, -fd, "open_tree", "cannot clone a mount");
	r = apply_attr(fd, attr, e);
	if (r < 0)
		return r;
	*out = SYS_MOUNT_INIT;
	out->fd = take_fd(&fd);
	out->bind = true;
	out->recursive = recursive;
	out->attr = *attr;
	return 0;
}

static int fd_attach(struct sys_mount *m, int target_fd, struct error *e)
{
	int r;

	if (m->fd < 0)
		return sys_mount_compat_ops.attach(m, target_fd, e);
	r = sys_raw_move_mount(m->fd, "", target_fd, "",
		MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
	if (r < 0)
		r = err_sys(e, -r, "move_mount", "cannot put a mount in place");
	else
		r = apply_propagation(m->fd, &m->attr, e);
	/* The detached mount's descriptor is O_PATH, and of its root, wherever that
	 * is. */
	if (r == 0)
		r = take_fd(&m->fd);
	sys_mount_drop(m);
	return r;
}

static int fd_change(int fd, const struct sys_mount_attr *attr, struct error *e)
{
	int r = apply_attr(fd, attr, e);

	return r < 0 ? r : apply_propagation(fd, attr, e);
}

static int fd_reconfigure(int fd, const char *const *data, size_t n,
	const struct sys_mount_attr *attr, struct error *e)
{
	auto_fd int fsfd = -EBADF;
	int r;

	if (!attr)
		attr = &no_attr;
	if (!words_fit(NULL, data, n))
		return sys_mount_compat_ops.reconfigure(fd, data, n, attr, e);
	fsfd = sys_raw_fspick(fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
	if (fsfd < 0 && absent(fsfd))
		return sys_mount_compat_ops.reconfigure(fd, data, n, attr, e);
	if (fsfd < 0)
		return err_sys(e, -fsfd, "fspick", "cannot remount a file system");
	/* As with mount(2): what is not asked for is switched off. */
	r = set_words(fsfd, data, n, attr->sb_flags, true, e);
	if (r < 0)
		return r;
	r = sys_raw_fsconfig(fsfd, SYS_FSCONFIG_CMD_RECONFIGURE, NULL, NULL);
	if (r < 0)
		return fail(fsfd, r, "fsconfig", "remount", "the file system", e);
	return fd_change(fd, attr, e);
}

const struct sys_mount_ops sys_mount_fd_ops = {
	.create = fd_create,
	.clone = fd_clone,
	.attach = fd_attach,
	.change = fd_change,
	.reconfigure = fd_reconfigure,
};
