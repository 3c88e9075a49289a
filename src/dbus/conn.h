/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection to systemd's manager, by a message bus or by the manager's own socket: connect,
 * EXTERNAL authentication, one call at a time, wait for the end of a job. Everything that is done
 * with a connection shares one deadline.
 */
#ifndef DAVIT_DBUS_CONN_H
#define DAVIT_DBUS_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "dbus/wire.h"

struct error;

#define DBUS_JOBS 8
#define DBUS_JOB_TEXT 96

/* A job that ended before we knew that it is ours. */
struct dbus_job {
	char path[DBUS_JOB_TEXT], result[32], sender[DBUS_JOB_TEXT];
};

struct dbus {
	int fd;
	bool bus;	  /* a message bus between us and the manager */
	int64_t deadline; /* sys_now_ms() */
	uint32_t serial;
	unsigned sent; /* calls but Hello, which every connection has */
	struct buf in; /* what was received; the message last decoded lies at its begin */
	size_t used;   /* bytes of that message */
	size_t skip;   /* bytes of a message too large to be ours, still to come */
	char manager
		[DBUS_JOB_TEXT]; /* the manager's name on the bus, once it has answered */
	struct dbus_job jobs[DBUS_JOBS];
	unsigned n_jobs;
};
#define DBUS_INIT ((struct dbus){ .fd = -EBADF, .in = BUF_INIT })
#define auto_dbus __attribute__((cleanup(dbus_close)))

/* Which manager. */
enum dbus_which { DBUS_SYSTEM, DBUS_USER };

/*
 * Connect and authenticate. System: $DBUS_SYSTEM_BUS_ADDRESS, else /run/systemd/private for root
 * (which needs no bus and half of the messages), else the system bus. User:
 * $DBUS_SESSION_BUS_ADDRESS where it says something else than $XDG_RUNTIME_DIR/bus, else
 * $XDG_RUNTIME_DIR/systemd/private, else $XDG_RUNTIME_DIR/bus. timeout_ms is for everything to
 * come. ERR_HOST: -ENOTCONN there is nobody (with a hint), -ETIMEDOUT, -EACCES refused,
 * -EPROTO for what is no D-Bus.
 */
int dbus_open(enum dbus_which which, int timeout_ms, struct dbus *out, struct error *e);
/*
 * The same for an address of the specification ("unix:path=...", "unix:abstract=...", several
 * divided by ';': the first that can be connected to). bus: say Hello.
 */
int dbus_open_address(
	const char *address, bool bus, int timeout_ms, struct dbus *out, struct error *e);
void dbus_close(struct dbus *c);

/*
 * One call of the manager (interface org.freedesktop.systemd1.Manager), and its answer, which is
 * valid until the next use of c. Errors of the other side are ERR_HOST with their name and text
 * and: -EEXIST UnitExists, -ENOENT NoSuchUnit, -EACCES, -ENOTCONN nobody has the name, -ENXIO an
 * unknown property, -EINVAL, -ETIMEDOUT, else -EREMOTEIO.
 */
int dbus_manager(struct dbus *c, const char *member, const char *signature,
	const struct dbus_w *body, struct dbus_msg *reply, struct error *e);
/* Ask the bus for JobRemoved. Before the call that begins a job; nothing without a bus. */
int dbus_watch_jobs(struct dbus *c, struct error *e);
/*
 * Wait until the manager has finished the job (the object path that it answered). 0: done.
 * -EREMOTEIO with the result's name ("failed", "timeout", "canceled", "dependency"), -ETIMEDOUT.
 */
int dbus_wait_job(struct dbus *c, const char *job, struct error *e);

#endif
