/* SPDX-License-Identifier: Apache-2.0 */
/* A bus that does what a test says: a child process with a listening socket. */
#ifndef DAVIT_TESTS_UNIT_DBUS_FAKEBUS_H
#define DAVIT_TESTS_UNIT_DBUS_FAKEBUS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "dbus/wire.h"

struct fakebus {
	pid_t pid;
	char address[160];
	char path[256]; /* of the socket, "" for an abstract one */
};

/*
 * Listen at path (NULL: in the abstract namespace), and let a child accept one connection and run
 * fn with it. The child ends with fn.
 */
void fakebus_start(struct fakebus *b, const char *path, void (*fn)(int fd));
/* A listener at path with room for one; a client without waiting, or a negative number. */
int fakebus_listen(const char *path);
int fakebus_connect(const char *path);
/* Wait for the child, which must have ended well: its checks held. */
void fakebus_end(struct fakebus *b);

/* --- for fn --- */

/* The authentication as a server sees it. asks: by DATA, as current servers do; older ones are
 * content after AUTH. */
void bus_authenticate(int fd, bool asks);
/* One whole call of the client; bytes are kept until the next. */
struct dbus_msg bus_call(int fd);
/* Write bytes, all at once or one by one. */
void bus_send(int fd, const void *p, size_t n, bool bytewise);
/* Answers, in the byte order asked for. */
void bus_reply(int fd, uint32_t to, const char *signature, const char *text, bool big,
	bool bytewise);
void bus_error(int fd, uint32_t to, const char *name, const char *text);
/* JobRemoved. */
void bus_job(int fd, const char *sender, const char *job, const char *result);
/* A check in the child. */
#define bus_check(what) bus_checked((what), #what, __LINE__)
void bus_checked(bool good, const char *what, int line);

#endif
