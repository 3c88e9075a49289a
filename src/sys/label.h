/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of security modules for what the calling thread does next: /proc/thread-self/attr. */
#ifndef DAVIT_SYS_LABEL_H
#define DAVIT_SYS_LABEL_H

#include <stdbool.h>
#include <stddef.h>

struct error;

/* Longer names than this no module has; it is one write of a page at most. */
#define LABEL_MAX 4096

/*
 * Everywhere: attr is -EBADF for the thread's own folder below the trusted /proc (C1), or a
 * descriptor of a folder that stands for it in tests.
 */

/*
 * AppArmor's file of that name ("exec", "current"), in its own folder since Linux 5.1, else the one
 * that modules share. A descriptor, close-on-exec. -ENOENT where there is neither.
 */
int label_apparmor_open(int attr, const char *name, int flags, struct error *e);
/*
 * Is the profile there, in this policy namespace? Asked by "permprofile", which changes nothing;
 * a kernel that does not know the question answers yes, as does one that would not let us change:
 * what it says then comes with the change. -ENOENT, with text.
 */
int label_apparmor_check(int attr, const char *profile, struct error *e);
/*
 * How the profile will be entered: "exec", or "stack" where no_new_privs will be set and we are
 * confined, which then may only add a profile to our own (apparmor(7)). The errno of reading our
 * own label.
 */
int label_apparmor_verb(int attr, bool nnp, const char **out, struct error *e);
/* Enter the profile with the next execve: one write to fd, which label_apparmor_open() gave for
 * "exec". -errno. */
int label_apparmor_enter(int fd, const char *verb, const char *profile);

/* SELinux's file of that name ("exec", "keycreate"), as above. */
int label_selinux_open(int attr, const char *name, int flags, struct error *e);
/* Does SELinux take this label for the next execve? Asked by setting and clearing it through fd,
 * which label_selinux_open() gave for "exec". -EINVAL: no valid label; -EACCES. */
int label_selinux_check(int fd, const char *label, struct error *e);
/* The label of keys that are made from now on; NULL: that of the process again. -EOPNOTSUPP where
 * the kernel has no such labels. */
int label_selinux_keys(int attr, const char *label, struct error *e);
/* The label of the file or folder that fd (not O_PATH) stands for. */
int label_selinux_file(int fd, const char *label, struct error *e);

/* One write of the whole text. -errno. */
int label_write(int fd, const char *text);

#endif
