/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store on disk: a folder (0700) for each container below the root, holding
 *   state.json   the record (0600)
 *   config.json  the checked configuration without the filter
 *   seccomp.bpf  the compiled filter
 *   armed        flock'ed by the waiting init, let go by its execve: created or running?
 *   start.sock   where init waits
 * The lock of a container is a flock on its folder. A folder that is being made is ".ID.new", one
 * that is being removed ".ID.old". Entries that are not ours are never touched.
 */
#ifndef DAVIT_STATE_STATE_H
#define DAVIT_STATE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/schema.h"

#include "schema/rows_struct.h"
/* clang-format off */
#include "state/def/state.def"
/* clang-format on */
#include "schema/rows_end.h"

struct arena;
struct buf;
struct error;
struct json_w;

#define STATE_FORMAT 1
#define STATE_LOCK_TIMEOUT_MS 10000

/* --- where the store is, and names (state/root.c) --- */

/* The root's path: opt (--root), else /run/davit for root outside of foreign user namespaces,
 * else $XDG_RUNTIME_DIR/davit (empty counts as unset). In arena. -ENOENT when none is known. */
int state_root_path(struct arena *a, const char *opt, char **out, struct error *e);
/*
 * Open the root folder (O_PATH|O_DIRECTORY). create: make it and missing parents 0700. Its last
 * component must not be a link; it must be owned by us and not writable by others (J2), else
 * refused. Without create an absent root is -ENOENT.
 */
int state_root_open(const char *path, bool create, struct error *e);
/* LIFE-03, J1: [A-Za-z0-9_+.-]{1,200}, no leading '-' or '.'. -EINVAL. */
int state_id_check(const char *id, struct error *e);

/* --- one container (state/store.c) --- */

struct state {
	int dirfd; /* the container's folder, O_RDONLY|O_DIRECTORY; carries the lock; -EBADF */
	bool locked;
	struct state_record rec; /* strings in arena */
	const struct json_value
		*unknown; /* the tree that rec was read from: writers keep members */
	struct arena *arena;
};
/* Close the folder, which lets the lock go. rec stays valid with its arena. */
void state_close(struct state *s);

/* A new folder, locked, record written with status "creating". -EEXIST: the text that
 * engines look for. Failure leaves nothing. rec is filled by the caller but for format, id
 * and status; id must live as long as out. */
int state_reserve(int rootfd, const char *id, struct arena *a,
	const struct state_record *rec, struct state *out, struct error *e);
/* Write s->rec atomically. */
int state_commit(struct state *s, struct error *e);
/* Store a further file of the container (config.json, seccomp.bpf), 0600, atomically. */
int state_put(
	struct state *s, const char *file, const void *p, size_t n, struct error *e);
/* Read the record. -ENOENT: verbatim "container does not exist", also for a folder that is not
 * ours (no state.json, or another runtime's). -EBADMSG for a broken record or one that others may
 * have written, -EPROTONOSUPPORT naming the format when it is newer. */
int state_open(
	int rootfd, const char *id, struct arena *a, struct state *out, struct error *e);
/* As state_open, but a broken or newer record is no error: *broken says so and rec holds what
 * could be read (id at least; pid with starttime, boot_id, pid_ns, hierarchies where they could).
 * Where there is no such container, what killed commands left of it is swept. */
int state_open_any(int rootfd, const char *id, struct arena *a, struct state *out,
	bool *broken, struct error *e);
/* Take the lock with a deadline; -ETIMEDOUT names the holder (pid and command where known).
 * timeout 0: try once, -EWOULDBLOCK. Where others may have changed the record meanwhile it is read
 * again; -ENOENT when the container is gone. */
int state_lock(struct state *s, int timeout_ms, struct error *e);
void state_unlock(struct state *s);
/* Is the lock free (tested without taking it for longer than an instant)? */
bool state_lock_free(struct state *s);
/* Rename the folder aside, remove the files that are ours by name, then the folder; s is closed.
 * Unknown files inside make the folder stay as ".ID.old": -ENOTEMPTY, but the container is gone.
 * Links are never followed (J7). */
int state_discard(int rootfd, const char *id, struct state *s, struct error *e);
/* Remove what a killed create or delete of this id has left (".ID.new", ".ID.old"), unless
 * somebody is at work on it. For `delete --force`; what cannot be removed stays. */
void state_sweep(int rootfd, const char *id);
/* The ids of our containers, sorted: folders that hold a state.json. Others are skipped, but only
 * when sure is true: who opens each of them anyway learns it from state_open's -ENOENT. */
int state_each(int rootfd, bool sure, int (*fn)(void *arg, const char *id), void *arg,
	struct error *e);

/* --- status (state/status.c) --- */

enum status {
	STATUS_CREATING,
	STATUS_CREATED,
	STATUS_RUNNING,
	STATUS_PAUSED,
	STATUS_STOPPED
};
/* As the state document has it: "creating" to "stopped" (runtime.md#state). Static. */
const char *status_name(enum status s);

struct status_live {
	enum status status;
	int64_t pid;	 /* 0 when stopped */
	bool other_boot; /* the record is of another boot: stopped, nothing of it is alive */
};
/*
 * What is true now: boot id, pid and start time (a zombie is stopped), the flock of "armed", the
 * freezer. "creating" without a creator is stopped. -EXDEV with text when the record is of another
 * pid or time namespace.
 */
int status_live(struct state *s, struct status_live *out, struct error *e);
/* The same where it only matters whether init lives: status is running or stopped, whatever the
 * locks and the freezer say. For kill: nine calls less. */
int status_alive(struct state *s, struct status_live *out, struct error *e);
/* Is the container's cgroup of a v1 freezer or of v2 frozen, or about to be? */
bool status_frozen_in(const struct state_hierarchy *h);
/* The state document (ST-*), with runc's further members (rootfs, created, owner ""). */
void status_dump_oci(const struct state *s, const struct status_live *live,
	const char *owner, struct json_w *w);
/* The same for hooks, before a live status exists: status text and pid given. */
void status_dump_for_hook(const struct state_record *rec, const char *status, int64_t pid,
	struct json_w *w);
/* Facts for a new record: boot id, namespaces, created, release, uid. */
int state_record_stamp(struct arena *a, struct state_record *rec, struct error *e);
/*
 * The program runs (start, run): remove the "armed" file, so that no later look takes the container
 * for a created one. The kernel lets go of init's lock some time after the execve, in no order that
 * one could wait for otherwise. Where the file cannot be removed the lock is awaited (-ETIMEDOUT).
 */
int state_disarm(const struct state *s, int timeout_ms, struct error *e);
/* The "armed" file: make and lock it (create; the descriptor is handed to init). */
int state_arm(struct state *s, struct error *e);
/* Does an init hold its lock? */
int state_armed(const struct state *s, bool *armed, struct error *e);

#endif
