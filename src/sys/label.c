/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of security modules for what the calling thread does next: /proc/thread-self/attr. */
#include "config.h"

#include "sys/label.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/proc.h"

#define UNCONFINED "unconfined"
/* What means "none" to SELinux: an empty write(2) might not reach it. */
#define NO_LABEL "\n"

static int open_attr(int attr, const char *name, int flags)
{
	char path[64];
	int fd;

	if (attr >= 0) {
		fd = openat(attr, name, flags | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}
	/* thread-self: Linux 3.17. A thread of another process cannot be meant. */
	snprintf(path, sizeof(path), "thread-self/attr/%s", name);
	return sys_proc_open(path, flags | O_CLOEXEC, NULL);
}

static int cannot_open(const char *module, const char *name, int r, struct error *e)
{
	return err_sys(e, -r, "open", "cannot open %s's /proc/thread-self/attr/%s",
		module, name);
}

int label_write(int fd, const char *text)
{
	size_t n = strlen(text);
	ssize_t r;

	do
		r = write(fd, text, n);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	return (size_t)r == n ? 0 : -EIO;
}

int label_apparmor_open(int attr, const char *name, int flags, struct error *e)
{
	char own[64];
	int fd;

	snprintf(own, sizeof(own), "apparmor/%s", name);
	fd = open_attr(attr, own, flags);
	if (fd == -ENOENT || fd == -ENOTDIR)
		fd = open_attr(attr, name, flags);
	return fd < 0 ? cannot_open("AppArmor", name, fd, e) : fd;
}

int label_apparmor_check(int attr, const char *profile, struct error *e)
{
	auto_fd int fd = -EBADF;
	char text[LABEL_MAX];
	int n = snprintf(text, sizeof(text), "permprofile %s", profile);

	if (n < 0 || (size_t)n >= sizeof(text))
		return err_set(e, ERR_CONFIG, -ENAMETOOLONG,
			"the name of an AppArmor profile has %zu bytes", strlen(profile));
	fd = label_apparmor_open(attr, "current", O_WRONLY, e);
	if (fd < 0)
		return fd;
	if (label_write(fd, text) == -ENOENT)
		return err_sys(
			e, ENOENT, "write", "AppArmor has no profile \"%s\"", profile);
	return 0;
}

/* The text is the label alone, or a profile's name and its mode in parentheses. */
static int read_confined(int attr, bool *confined, struct error *e)
{
	auto_fd int fd = label_apparmor_open(attr, "current", O_RDONLY, e);
	char text[LABEL_MAX];
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return err_sys(e, errno, "read", "cannot read our own AppArmor profile");
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\0'))
		n--;
	text[n] = '\0';
	/* The whole word: a profile may be named unconfined_foo (H8). */
	*confined = strcmp(text, UNCONFINED) != 0;
	return 0;
}

int label_apparmor_verb(int attr, bool nnp, const char **out, struct error *e)
{
	bool confined = false;
	int r = nnp ? read_confined(attr, &confined, e) : 0;

	if (r == 0)
		*out = confined ? "stack" : "exec";
	return r;
}

int label_apparmor_enter(int fd, const char *verb, const char *profile)
{
	char text[LABEL_MAX];
	int n = snprintf(text, sizeof(text), "%s %s", verb, profile);

	return n < 0 || (size_t)n >= sizeof(text) ? -ENAMETOOLONG : label_write(fd, text);
}

int label_selinux_open(int attr, const char *name, int flags, struct error *e)
{
	int fd = open_attr(attr, name, flags);

	return fd < 0 ? cannot_open("SELinux", name, fd, e) : fd;
}

int label_selinux_check(int fd, const char *label, struct error *e)
{
	int r = label_write(fd, label);

	if (r < 0)
		return err_sys(
			e, -r, "write", "SELinux does not take the label \"%s\"", label);
	r = label_write(fd, NO_LABEL);
	return r < 0 ? err_sys(e, -r, "write", "cannot clear SELinux's exec label") : 0;
}

int label_selinux_keys(int attr, const char *label, struct error *e)
{
	auto_fd int fd = label_selinux_open(attr, "keycreate", O_WRONLY, e);
	int r;

	if (fd < 0)
		return fd;
	r = label_write(fd, label ? label : NO_LABEL);
	if (r < 0)
		return err_sys(e, -r, "write",
			"SELinux does not take the label \"%s\" for keys",
			label ? label : "");
	return 0;
}

int label_selinux_file(int fd, const char *label, struct error *e)
{
	/* With the NUL, as libselinux stores it. */
	if (fsetxattr(fd, "security.selinux", label, strlen(label) + 1, 0) < 0)
		return err_sys(e, errno, "fsetxattr",
			"cannot give the SELinux label \"%s\"", label);
	return 0;
}
