/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel tells of a cgroup without being asked again and again. */
#include "config.h"

#include "run/events.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/log.h"
#include "sys/cgroupfs.h"

/*
 * A tenth of two seconds without progress. Windows that are no multiple of two seconds need
 * CAP_SYS_RESOURCE (Documentation/accounting/psi.rst of the kernel).
 */
#define PRESSURE_TRIGGER "some 200000 2000000"

static const char *const files[WATCH_FILES] = {
	[WATCH_EVENTS] = "cgroup.events",
	[WATCH_MEMORY] = "memory.events",
	[WATCH_PIDS] = "pids.events",
};

static const struct {
	const char *file, *resource;
} pressures[PRESSURES] = {
	[PRESSURE_CPU] = { "cpu.pressure", "cpu" },
	[PRESSURE_MEMORY] = { "memory.pressure", "memory" },
	[PRESSURE_IO] = { "io.pressure", "io" },
};

void watch_init(struct events *ev)
{
	struct watch *w = &ev->watch;

	*w = (struct watch){ .inotify = -EBADF, .oom_v1 = -EBADF };
	for (int i = 0; i < WATCH_FILES; i++)
		w->files[i] = -1;
	for (int i = 0; i < PRESSURES; i++)
		w->pressure[i] = -EBADF;
}

void watch_done(struct events *ev)
{
	struct watch *w = &ev->watch;

	cleanup_fd(&w->inotify);
	cleanup_fd(&w->oom_v1);
	for (int i = 0; i < PRESSURES; i++)
		cleanup_fd(&w->pressure[i]);
}

/* "NAME NUMBER" lines; -1 when there is none. */
static int64_t field(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = text; p && *p;) {
		if (strncmp(p, name, n) == 0 && p[n] == ' ')
			return strtoll(p + n + 1, NULL, 10);
		p = strchr(p, '\n');
		p = p ? p + 1 : NULL;
	}
	return -1;
}

static int begin_v2(struct events *ev, struct error *e)
{
	const struct state_hierarchy *h = &ev->rec->hierarchies[ev->v2];
	struct watch *w = &ev->watch;
	char path[PATH_MAX];

	w->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->inotify < 0)
		return err_sys(e, errno, "inotify_init1", "cannot watch the cgroup");
	for (int i = 0; i < WATCH_FILES; i++) {
		int n = snprintf(
			path, sizeof(path), "%s/%s/%s", h->mountpoint, h->path, files[i]);

		if (n < 0 || (size_t)n >= sizeof(path))
			return err_set(e, ERR_STATE, -ENAMETOOLONG,
				"the path of the cgroup is too long");
		w->files[i] = inotify_add_watch(w->inotify, path, IN_MODIFY);
		/* A controller that is not handed down to the container. */
		if (w->files[i] < 0 && errno != ENOENT)
			return err_sys(e, errno, "inotify_add_watch", "cannot watch %s",
				files[i]);
	}
	for (int i = 0; i < PRESSURES; i++) {
		int fd = openat(ev->dirs[ev->v2], pressures[i].file,
			O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

		if (fd >= 0 && write(fd, PRESSURE_TRIGGER, sizeof(PRESSURE_TRIGGER)) > 0)
			w->pressure[i] = take_fd(&fd);
		else
			log_debug("this kernel does not tell of %s", pressures[i].file);
		cleanup_fd(&fd);
	}
	return 0;
}

/* Documentation/admin-guide/cgroup-v1/memory.rst, 9.: "<eventfd> <oom_control>". */
static int begin_v1(struct events *ev, struct error *e)
{
	int dir = ev->stats.dirs[STATS_MEMORY];
	auto_fd int control = -EBADF, event = -EBADF;
	char text[32];
	int r;

	if (dir < 0 || ev->stats.v2[STATS_MEMORY])
		return 0;
	control = openat(dir, "memory.oom_control", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (control < 0 || event < 0)
		return err_sys(e, errno, "eventfd", "cannot watch memory.oom_control");
	snprintf(text, sizeof(text), "%d %d", event, control);
	r = cgfs_write(dir, "cgroup.event_control", text, e);
	if (r == 0)
		ev->watch.oom_v1 = take_fd(&event);
	return r;
}

static void read_file(const struct events *ev, enum watch_file f, char *text, size_t size)
{
	if (cgfs_read(ev->dirs[ev->v2], files[f], text, size, NULL) < 0)
		text[0] = '\0';
}

static int tell_count(
	const struct events *ev, const char *type, uint64_t count, struct error *e)
{
	struct json_w *w = events_begin(ev, type);

	if (w) {
		json_w_key(w, "data");
		json_w_object(w);
		json_w_ku64(w, "count", count);
		json_w_end_object(w);
	}
	return events_end(ev, w, e);
}

static int tell_flag(
	const struct events *ev, const char *type, bool value, struct error *e)
{
	struct json_w *w = events_begin(ev, type);

	if (w) {
		json_w_key(w, "data");
		json_w_object(w);
		json_w_kbool(w, type, value);
		json_w_end_object(w);
	}
	return events_end(ev, w, e);
}

/* A counter that has grown; what is told goes into *last. silent: only learn it. */
static int look_count(struct events *ev, const char *text, const char *name,
	const char *type, uint64_t *last, bool silent, struct error *e)
{
	int64_t now = field(text, name);

	if (now < 0 || (uint64_t)now == *last)
		return 0;
	*last = (uint64_t)now;
	return silent ? 0 : tell_count(ev, type, (uint64_t)now, e);
}

static int look_flag(struct events *ev, const char *text, const char *name, int *last,
	bool silent, struct error *e)
{
	int now = (int)field(text, name);

	if (now < 0 || now == *last)
		return 0;
	*last = now;
	return silent ? 0 : tell_flag(ev, name, now, e);
}

/* An engine knows "oom" as the type; oom_kill says that somebody died of it. */
static int look_at_files(struct events *ev, bool silent, struct error *e)
{
	struct watch *w = &ev->watch;
	char text[1024];
	int r;

	read_file(ev, WATCH_MEMORY, text, sizeof(text));
	r = look_count(ev, text, "oom", "oom", &w->oom, silent, e);
	if (r == 0)
		r = look_count(ev, text, "oom_kill", "oom_kill", &w->oom_kill, silent, e);
	read_file(ev, WATCH_PIDS, text, sizeof(text));
	if (r == 0)
		r = look_count(ev, text, "max", "pids_max", &w->pids_max, silent, e);
	read_file(ev, WATCH_EVENTS, text, sizeof(text));
	/* Whoever removes what is empty, as systemd does, may have been quicker than we are. */
	if (!text[0])
		snprintf(text, sizeof(text), "populated 0\n");
	if (r == 0)
		r = look_flag(ev, text, "frozen", &w->frozen, silent, e);
	return r < 0 ? r : look_flag(ev, text, "populated", &w->populated, silent, e);
}

int watch_begin(struct events *ev, struct error *e)
{
	int r = begin_v1(ev, e);

	if (r == 0 && ev->v2 >= 0) {
		r = begin_v2(ev, e);
		if (r == 0)
			r = look_at_files(ev, true, e);
	}
	return r;
}

size_t watch_poll(const struct events *ev, struct pollfd *fds)
{
	const struct watch *w = &ev->watch;

	/* Negative descriptors are passed over by poll(2). */
	fds[0] = (struct pollfd){ .fd = w->inotify, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = w->oom_v1, .events = POLLIN };
	for (int i = 0; i < PRESSURES; i++)
		fds[2 + i] = (struct pollfd){ .fd = w->pressure[i], .events = POLLPRI };
	return WATCH_MAX;
}

/* "some avg10=0.12 avg60=0.00 avg300=0.00 total=4711" */
static void put_pressure(struct json_w *w, char *line)
{
	char *save = NULL;
	char *word = strtok_r(line, " ", &save);

	if (!word)
		return;
	json_w_key(w, word);
	json_w_object(w);
	while ((word = strtok_r(NULL, " ", &save))) {
		struct json_value number = { .type = JSON_NUMBER };
		char *sign = strchr(word, '=');

		if (!sign)
			continue;
		*sign = '\0';
		number.text = sign + 1;
		number.len = strlen(number.text);
		json_w_key(w, word);
		json_w_value(w, &number);
	}
	json_w_end_object(w);
}

static int tell_pressure(const struct events *ev, int i, struct error *e)
{
	char text[512], *save = NULL;
	struct json_w *w;

	if (cgfs_read(ev->dirs[ev->v2], pressures[i].file, text, sizeof(text), NULL) < 0)
		return 0;
	w = events_begin(ev, "pressure");
	if (w) {
		json_w_key(w, "data");
		json_w_object(w);
		json_w_kstr(w, "resource", pressures[i].resource);
		for (char *line = strtok_r(text, "\n", &save); line;
			line = strtok_r(NULL, "\n", &save))
			put_pressure(w, line);
		json_w_end_object(w);
	}
	return events_end(ev, w, e);
}

/* The eventfd is also written when the cgroup is removed: then its file is gone. */
static int tell_oom_v1(struct events *ev, struct error *e)
{
	uint64_t n;
	char text[128];
	struct json_w *w;

	if (read(ev->watch.oom_v1, &n, sizeof(n)) != sizeof(n))
		return 0;
	if (cgfs_read(ev->stats.dirs[STATS_MEMORY], "memory.oom_control", text,
		    sizeof(text), NULL) < 0) {
		cleanup_fd(&ev->watch.oom_v1);
		return 0;
	}
	w = events_begin(ev, "oom");
	return events_end(ev, w, e);
}

static void drain(int fd)
{
	_Alignas(struct inotify_event) char buf[4096];

	while (read(fd, buf, sizeof(buf)) > 0)
		continue;
}

int watch_tell(struct events *ev, const struct pollfd *fds, bool all, struct error *e)
{
	struct watch *w = &ev->watch;
	int r = 0;

	if (w->oom_v1 >= 0 && (all || (fds[1].revents & POLLIN)))
		r = tell_oom_v1(ev, e);
	if (r == 0 && ev->v2 >= 0 && (all || fds[0].revents)) {
		drain(w->inotify);
		r = look_at_files(ev, false, e);
	}
	for (int i = 0; r == 0 && i < PRESSURES; i++) {
		/* An error stands for a cgroup that is gone: it would be told for ever. */
		if (fds[2 + i].revents & (POLLERR | POLLNVAL))
			cleanup_fd(&w->pressure[i]);
		else if (fds[2 + i].revents & POLLPRI)
			r = tell_pressure(ev, i, e);
	}
	return r;
}
