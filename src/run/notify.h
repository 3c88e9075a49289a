/* SPDX-License-Identifier: Apache-2.0 */
/* sd_notify(3): the program says that it is ready, we tell the service manager. */
#ifndef DAVIT_RUN_NOTIFY_H
#define DAVIT_RUN_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;
struct error;

/* Between the container's socket and that of whoever started us (NOTIFY_SOCKET). */
struct notify {
	int sock;   /* in the container's folder, bound; -EBADF: nothing to do */
	int host;   /* connected */
	pid_t pid;  /* told as MAINPID, for we do not stay; 0: we stay */
	bool ready; /* passed on */
};
#define NOTIFY_INIT ((struct notify){ .sock = -EBADF, .host = -EBADF })

/*
 * The folder that is bound into the container, when NOTIFY_SOCKET is set: below the state root
 * (--root or NULL), absolute, in a. *out is NULL without the variable.
 */
int notify_folder(const char *root, const char *id, struct arena *a, const char **out,
	struct error *e);
/* Make that folder in the container's own. */
int notify_make(int dirfd, struct error *e);
/*
 * Bind the socket in the folder below dirfd, if there is one, and connect to NOTIFY_SOCKET, if it
 * is set; else, and with a warning where nobody is there, *out stays NOTIFY_INIT. Every user of the
 * container may write to the socket.
 */
int notify_open(int dirfd, struct notify *out, struct error *e);
/*
 * Read one message, which a hostile program may have sent: READY=1 alone is passed on, and of
 * that only the first. Descriptors are closed, which is what a barrier waits for.
 */
void notify_take(struct notify *n);
/* Until READY=1 was passed on or the process has ended; then until the manager has seen it. */
int notify_wait(
	struct notify *n, pid_t pid, int pidfd, uint64_t starttime, struct error *e);
void notify_done(struct notify *n);

#endif
