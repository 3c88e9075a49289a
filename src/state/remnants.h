/* SPDX-License-Identifier: Apache-2.0 */
/* Folders with a dot before the id: a container being made, or one being removed. */
#ifndef DAVIT_STATE_REMNANTS_H
#define DAVIT_STATE_REMNANTS_H

#include <stdbool.h>

/* A dot, an id of at most 200 bytes, a suffix. */
#define REMNANT_NAME_MAX 256

enum remnant { REMNANT_NEW, REMNANT_OLD };

/* ".ID.new" or ".ID.old". */
void remnant_name(char out[REMNANT_NAME_MAX], const char *id, enum remnant kind);
/* Rename the container's folder to a free ".ID.old" (".ID.old.2" and so on where an older one
 * cannot be removed), whose name is put in out. Negative errno: nothing is changed. */
int remnant_put_aside(int rootfd, const char *id, char out[REMNANT_NAME_MAX]);
/*
 * Remove the files that are ours by name from the folder dirfd, the record last, then the folder
 * name below rootfd. Links are unlinked, folders never entered (J7). -ENOTEMPTY when foreign
 * files are left.
 */
int remnant_clear(int rootfd, const char *name, int dirfd);
/* Is the folder dirfd the one that stands at name below rootfd? */
bool remnant_in_place(int rootfd, const char *name, int dirfd);
/* Remove a remnant that nobody is at work on. 0 when it is gone; -EWOULDBLOCK when it is
 * locked; -ENOTEMPTY when it is not ours. */
int remnant_sweep(int rootfd, const char *name);

#endif
