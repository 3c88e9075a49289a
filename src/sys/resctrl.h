/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of the resctrl file system (Documentation/filesystems/resctrl.rst of the kernel). */
#ifndef DAVIT_SYS_RESCTRL_H
#define DAVIT_SYS_RESCTRL_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct error;

/*
 * The root of resctrl as O_PATH descriptor: /sys/fs/resctrl, else where mountinfo has one of that
 * type. -ENODEV with text and hint when it is mounted nowhere. Builds for tests take the folder
 * that DAVIT_TEST_RESCTRL names, whatever its file system, and make the files and remove the
 * content that the kernel would have made and removed.
 */
int resctrl_root(struct error *e);
/* An existing group below dirfd (the root, or the mon_groups of a group); "" is dirfd itself.
 * O_PATH. -ENOENT without text. */
int resctrl_open(int dirfd, const char *name, struct error *e);
/* A new group. -EEXIST without text; -ENOSPC, ... with text. */
int resctrl_make(int dirfd, const char *name, struct error *e);
/* The tasks file of a group, for writing: "0" moves the writer, what it forks follows. */
int resctrl_open_tasks(int groupfd, struct error *e);
/* Is a process in the group? */
int resctrl_has_tasks(int groupfd, struct error *e);
/* The schemata of a group, added to out. */
int resctrl_read_schemata(int groupfd, struct buf *out, struct error *e);
/* One write of all lines. The error has the kernel's own words (info/last_cmd_status). */
int resctrl_write_schemata(int rootfd, int groupfd, const char *text, struct error *e);
/* Remove a group with its monitoring groups; its processes fall back to the one above. Absent is
 * fine. */
int resctrl_remove(int dirfd, const char *name, struct error *e);

#endif
