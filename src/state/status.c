/* SPDX-License-Identifier: Apache-2.0 */
/* What is true now, from what is recorded and what is running. */
#include "config.h"

#include "state/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "json/json.h"
#include "spec/spec.h"
#include "state/internal.h"
#include "sys/ns.h"
#include "sys/clock.h"
#include "sys/proc.h"

#define ARMED_FILE "armed"
#define BOOT_ID_SIZE 64

const char *status_name(enum status s)
{
	static const char *const names[] = {
		[STATUS_CREATING] = "creating",
		[STATUS_CREATED] = "created",
		[STATUS_RUNNING] = "running",
		[STATUS_PAUSED] = "paused",
		[STATUS_STOPPED] = "stopped",
	};

	return names[s];
}

/* The file is one line of fixed length: one read tells it. */
/* Read once: no process lives through a boot, and list asks for each container. */
static int read_boot_id(char out[BOOT_ID_SIZE], struct error *e)
{
	static char known[BOOT_ID_SIZE];
	auto_fd int fd = -EBADF;
	ssize_t n;

	if (known[0]) {
		memcpy(out, known, sizeof(known));
		return 0;
	}
	fd = sys_proc_open_fact("sys/kernel/random/boot_id", e);
	if (fd < 0)
		return fd;
	n = read(fd, out, BOOT_ID_SIZE - 1);
	if (n <= 0)
		return err_sys(e, n < 0 ? errno : EIO, "read",
			"cannot read the id of this boot");
	out[n] = '\0';
	out[strcspn(out, "\n")] = '\0';
	memcpy(known, out, strlen(out) + 1);
	return 0;
}

/* Our own namespace. A process never changes its pid namespace (setns and unshare are about
 * its children), and list asks once for each container. */
static int own_namespace(enum ns_type type, uint64_t *out, struct error *e)
{
	static pid_t known_of;
	static uint64_t known;
	int r;

	if (type == NS_PID && known_of == getpid()) {
		*out = known;
		return 0;
	}
	r = ns_inode(type, out, e);
	if (r == 0 && type == NS_PID) {
		known = *out;
		known_of = getpid();
	}
	return r;
}

/* Numbers of processes mean something in the namespace that they were written in. */
static int check_namespace(
	const struct state_record *rec, enum ns_type type, uint64_t then, struct error *e)
{
	uint64_t now;
	int r;

	if (then == 0)
		return 0;
	r = own_namespace(type, &now, e);
	/* Time namespaces are younger than records may be. */
	if (r == -ENOENT && type == NS_TIME) {
		err_done(e);
		return 0;
	}
	if (r < 0)
		return r;
	if (now != then)
		return err_set(e, ERR_STATE, -EXDEV,
			"container %s was created from another %s namespace", rec->id,
			ns_table[type].oci);
	return 0;
}

/*
 * Is init alive? A recycled pid has another start time (F3); start times differ between time
 * namespaces, so that only a mismatch makes that question worth a call.
 */
static int find_init(const struct state_record *rec, bool *alive, struct error *e)
{
	uint64_t starttime;
	char letter;
	int r;

	*alive = false;
	if (rec->pid <= 0 || rec->pid > INT_MAX)
		return 0;
	r = check_namespace(rec, NS_PID, rec->pid_ns, e);
	if (r < 0)
		return r;
	r = sys_proc_stat((pid_t)rec->pid, &starttime, &letter);
	if (r == 0 && starttime == rec->starttime) {
		*alive = letter != 'Z' && letter != 'X' && letter != 'x';
		return 0;
	}
	if (r < 0 && r != -ESRCH)
		return err_sys(e, -r, "read", "cannot look for init of %s", rec->id);
	return r < 0 ? 0 : check_namespace(rec, NS_TIME, rec->time_ns, e);
}

/* Init holds the lock of this file until its execve (close-on-exec lets it go). */
int state_armed(const struct state *s, bool *armed, struct error *e)
{
	auto_fd int fd = -EBADF;

	*armed = false;
	/* Read-only: a writer would keep the file system of the root from becoming read-only. */
	fd = openat(s->dirfd, ARMED_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_sys(e, errno, "openat", "cannot open %s of %s", ARMED_FILE,
			s->rec.id);
	if (flock(fd, LOCK_SH | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return err_sys(e, errno, "flock", "cannot ask the lock %s of %s",
			ARMED_FILE, s->rec.id);
	*armed = true;
	return 0;
}

int state_disarm(const struct state *s, int timeout_ms, struct error *e)
{
	int64_t deadline = sys_now_ms() + timeout_ms;
	long nap = 50000;
	bool armed;
	int r;

	if (unlinkat(s->dirfd, ARMED_FILE, 0) == 0 || errno == ENOENT)
		return 0;
	/* The root has become read-only, perhaps; then init's execve alone lets it go. */
	while ((r = state_armed(s, &armed, e)) == 0 && armed) {
		if (sys_now_ms() >= deadline)
			return err_set(e, ERR_STATE, -ETIMEDOUT,
				"init has not let go of %s of %s", ARMED_FILE, s->rec.id);
		sys_nap(&nap);
	}
	return r;
}

/* v2 tells in cgroup.events whether the group is frozen, by itself or from above; v1 in
 * freezer.state, where FREEZING is on the way. */
bool status_frozen_in(const struct state_hierarchy *h)
{
	char path[PATH_MAX], text[512];
	auto_fd int fd = -EBADF;
	ssize_t len;
	int n = snprintf(path, sizeof(path), "%s/%s/%s", h->mountpoint, h->path,
		h->v2 ? "cgroup.events" : "freezer.state");

	if (n < 0 || (size_t)n >= sizeof(path))
		return false;
	fd = openat(AT_FDCWD, path,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text) - 1);
	if (len <= 0)
		return false;
	text[len] = '\0';
	if (h->v2)
		return strstr(text, "frozen 1") != NULL;
	return strncmp(text, "THAWED", 6) != 0;
}

static bool is_frozen(const struct state_record *rec)
{
	for (size_t i = 0; i < rec->n_hierarchies; i++) {
		const struct state_hierarchy *h = &rec->hierarchies[i];

		if ((h->v2 || h->freezer) && status_frozen_in(h))
			return true;
	}
	return false;
}

static bool is_creating(const struct state_record *rec)
{
	return rec->status && strcmp(rec->status, "creating") == 0;
}

static int other_boot(const struct state_record *rec, bool *other, struct error *e)
{
	char boot_id[BOOT_ID_SIZE];
	int r;

	*other = false;
	if (!rec->boot_id)
		return 0;
	r = read_boot_id(boot_id, e);
	if (r == 0)
		*other = strcmp(boot_id, rec->boot_id) != 0;
	return r;
}

/*
 * "creating" with nobody at work: the creator died, or it has just finished, after the record
 * was read.
 */
static int creator_gone(struct state *s, bool *gone, struct error *e)
{
	enum record_kind kind;
	int r;

	*gone = false;
	if (!s->locked) {
		if (!state_lock_free(s))
			return 0;
		r = record_read(s, s->rec.id, &kind, e);
		if (r == -ENOENT)
			return state_absent(e);
		if (r < 0)
			return r;
		/* A text that tells what is broken is no failure of ours. */
		if (kind != RECORD_GOOD)
			err_done(e);
	}
	*gone = is_creating(&s->rec);
	return 0;
}

int status_alive(struct state *s, struct status_live *out, struct error *e)
{
	struct status_live live = { .status = STATUS_STOPPED };
	bool alive = false;
	int r;

	r = other_boot(&s->rec, &live.other_boot, e);
	if (r == 0 && !live.other_boot)
		r = find_init(&s->rec, &alive, e);
	if (r < 0)
		return r;
	if (alive) {
		live.status = STATUS_RUNNING;
		live.pid = s->rec.pid;
	}
	*out = live;
	return 0;
}

/* What a living init is at: waiting, at work, or frozen. */
static int at_work(struct state *s, enum status *out, struct error *e)
{
	bool armed;
	int r = state_armed(s, &armed, e);

	if (r < 0)
		return r;
	*out = armed ? STATUS_CREATED : STATUS_RUNNING;
	if (is_frozen(&s->rec))
		*out = STATUS_PAUSED;
	return 0;
}

int status_live(struct state *s, struct status_live *out, struct error *e)
{
	struct status_live live;
	bool gone = false;
	int r = status_alive(s, &live, e);

	if (r == 0 && !live.other_boot && is_creating(&s->rec)) {
		/* There may be no init yet; and the record may be another afterwards. */
		r = creator_gone(s, &gone, e);
		if (r == 0 && !is_creating(&s->rec))
			r = status_alive(s, &live, e);
	}
	if (r < 0)
		return r;
	if (is_creating(&s->rec) && !live.other_boot) {
		live.status = gone ? STATUS_STOPPED : STATUS_CREATING;
		if (gone)
			live.pid = 0;
	} else if (live.status == STATUS_RUNNING) {
		r = at_work(s, &live.status, e);
		if (r < 0)
			return r;
	}
	*out = live;
	return 0;
}

/* ST-01 to ST-07. The status stands before the pid: the state for hooks is cut there. */
static void dump(
	const struct state_record *rec, const char *status, int64_t pid, struct json_w *w)
{
	json_w_kstr(w, "ociVersion", SPEC_VERSION);
	json_w_kstr(w, "id", rec->id);
	json_w_kstr(w, "status", status);
	json_w_ki64(w, "pid", pid);
	json_w_kstr(w, "bundle", rec->bundle ? rec->bundle : "");
}

static void dump_annotations(const struct state_record *rec, struct json_w *w)
{
	if (rec->n_annotations == 0)
		return;
	json_w_key(w, "annotations");
	json_w_object(w);
	for (size_t i = 0; i < rec->n_annotations; i++)
		json_w_kstr(w, rec->annotations[i].key, rec->annotations[i].value);
	json_w_end_object(w);
}

void status_dump_oci(const struct state *s, const struct status_live *live,
	const char *owner, struct json_w *w)
{
	json_w_object(w);
	dump(&s->rec, status_name(live->status), live->pid, w);
	json_w_kstr(w, "rootfs", s->rec.rootfs ? s->rec.rootfs : "");
	/* go-runc decodes it into a time: a text that is no time fails the whole document. */
	if (s->rec.created)
		json_w_kstr(w, "created", s->rec.created);
	dump_annotations(&s->rec, w);
	json_w_kstr(w, "owner", owner ? owner : "");
	json_w_end_object(w);
}

void status_dump_for_hook(
	const struct state_record *rec, const char *status, int64_t pid, struct json_w *w)
{
	json_w_object(w);
	dump(rec, status, pid, w);
	dump_annotations(rec, w);
	json_w_end_object(w);
}

/* RFC 3339 in UTC. */
static char *timestamp(struct arena *a)
{
	struct timespec now;
	struct tm t;

	if (clock_gettime(CLOCK_REALTIME, &now) < 0 || !gmtime_r(&now.tv_sec, &t))
		return NULL;
	return arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ", t.tm_year + 1900,
		t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, now.tv_nsec);
}

int state_record_stamp(struct arena *a, struct state_record *rec, struct error *e)
{
	char boot_id[BOOT_ID_SIZE];
	int r = read_boot_id(boot_id, e);

	if (r == 0)
		r = ns_inode(NS_PID, &rec->pid_ns, e);
	if (r < 0)
		return r;
	r = ns_inode(NS_TIME, &rec->time_ns, e);
	if (r == -ENOENT)
		rec->time_ns = 0;
	else if (r < 0)
		return r;
	err_done(e);
	rec->boot_id = arena_strdup(a, boot_id);
	rec->created = timestamp(a);
	rec->release = PACKAGE_VERSION;
	rec->uid = (uint32_t)geteuid();
	if (!rec->boot_id || !rec->created)
		return err_sys(e, ENOMEM, "malloc", "cannot fill the record");
	return 0;
}

int state_arm(struct state *s, struct error *e)
{
	auto_fd int fd = -EBADF;

	/* Read-only: a writer would keep the file system of the root from becoming read-only. */
	fd = openat(s->dirfd, ARMED_FILE,
		O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, errno, "openat", "cannot create %s of %s", ARMED_FILE,
			s->rec.id);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return err_sys(
			e, errno, "flock", "cannot lock %s of %s", ARMED_FILE, s->rec.id);
	return take_fd(&fd);
}
