/* SPDX-License-Identifier: Apache-2.0 */
/* events: statistics, once or from time to time, and what the kernel tells of the cgroup. */
#include "config.h"

#include "run/events.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "host/stats.h"
#include "run/exec.h"
#include "run/kill.h"
#include "run/open.h"
#include "sys/clock.h"
#include "sys/pidfd.h"

static int emit(const struct events *ev, struct json_w *w, struct error *e)
{
	auto_buf struct buf line = BUF_INIT;
	int r;

	if (!w)
		return err_set(e, ERR_SYSTEM, -ENOMEM, "cannot write an event");
	r = json_w_close(w, &line);
	if (r == 0)
		r = buf_adds(&line, "\n");
	if (r < 0)
		return err_set(e, ERR_SYSTEM, r, "cannot write an event");
	return ev->fn(ev->arg, line.p, line.len);
}

struct json_w *events_begin(const struct events *ev, const char *type)
{
	struct json_w *w = json_w_open(0);

	if (!w)
		return NULL;
	json_w_object(w);
	json_w_kstr(w, "type", type);
	json_w_kstr(w, "id", ev->id);
	return w;
}

int events_end(const struct events *ev, struct json_w *w, struct error *e)
{
	if (w)
		json_w_end_object(w);
	return emit(ev, w, e);
}

/* On v2 everything is in one folder. */
static void find_sources(struct events *ev)
{
	for (int c = 0; c < STATS_CONTROLLERS; c++) {
		const char *name = stats_controller_name((enum stats_controller)c);

		ev->stats.dirs[c] = ev->v2 >= 0 ? ev->dirs[ev->v2] : -EBADF;
		ev->stats.v2[c] = ev->v2 >= 0;
		for (size_t i = 0; i < ev->rec->n_hierarchies; i++) {
			const struct state_hierarchy *h = &ev->rec->hierarchies[i];

			if (h->v2 || !hierarchy_has(h, name, strlen(name)))
				continue;
			ev->stats.dirs[c] = ev->dirs[i];
			ev->stats.v2[c] = false;
		}
	}
}

static int open_all(struct events *ev, struct error *e)
{
	const struct state_record *rec = ev->rec;

	if (!rec->n_hierarchies)
		return err_set(e, ERR_STATE, -ENOTSUP,
			"the container has no cgroup: nothing counts what it uses");
	if (rec->n_hierarchies > STEP_MAX_HIERARCHIES)
		return err_set(e, ERR_STATE, -E2BIG, "more than %d cgroup hierarchies",
			STEP_MAX_HIERARCHIES);
	for (size_t i = 0; i < rec->n_hierarchies; i++) {
		int r = cgroup_open(&rec->hierarchies[i], e);

		if (r < 0 && r != -ENOENT)
			return r;
		ev->dirs[i] = r;
		if (r >= 0 && rec->hierarchies[i].v2)
			ev->v2 = (int)i;
	}
	find_sources(ev);
	return 0;
}

static int write_stats(const struct events *ev, struct error *e)
{
	struct json_w *w = events_begin(ev, "stats");

	if (w) {
		json_w_key(w, "data");
		stats_write(&ev->stats, w);
	}
	return events_end(ev, w, e);
}

static int wait_some(struct pollfd *fds, size_t n, int64_t until)
{
	int64_t left = until - sys_now_ms();
	int r = poll(fds, (nfds_t)n, left < 0 ? 0 : left > 60000 ? 60000 : (int)left);

	return r < 0 && errno != EINTR ? -errno : 0;
}

/* How often init is looked for where its handle does not tell of its end (before 5.3). */
#define LOOK_MS 100

/* Until init has ended. What the kernel told before that is told before the end, too. */
static int stream(struct events *ev, int pidfd, int64_t interval_ms, struct error *e)
{
	const struct state_record *rec = ev->rec;
	struct pollfd fds[1 + WATCH_MAX];
	int64_t next = sys_now_ms() + interval_ms, look;
	bool can_poll = pidfd_can_poll(pidfd), ended;
	int r = watch_begin(ev, e);

	while (r == 0) {
		size_t n = watch_poll(ev, fds + 1);

		fds[0] = (struct pollfd){ .fd = can_poll ? pidfd : -1, .events = POLLIN };
		look = sys_now_ms() + LOOK_MS;
		r = wait_some(fds, n + 1, can_poll || next < look ? next : look);
		if (r < 0)
			return err_sys(e, -r, "poll", "cannot wait for events");
		ended = can_poll ? fds[0].revents != 0
				 : pidfd_ended(pidfd, (pid_t)rec->pid, rec->starttime, 0);
		r = watch_tell(ev, fds + 1, ended, e);
		if (r < 0 || ended)
			break;
		if (sys_now_ms() >= next) {
			r = write_stats(ev, e);
			next += interval_ms;
			/* Who was asleep does not make up for it. */
			if (next < sys_now_ms())
				next = sys_now_ms() + interval_ms;
		}
	}
	return r;
}

static int check_status(struct opened *o, int *pidfd, struct error *e)
{
	struct status_live live;
	int r = status_live(&o->state, &live, e);

	if (r < 0)
		return r;
	if (live.status == STATUS_STOPPED || live.status == STATUS_CREATING)
		return err_verbatim(e, ERR_STATE, -ESRCH, "container not running");
	*pidfd = pidfd_get((pid_t)live.pid, o->state.rec.starttime, NULL);
	if (*pidfd == -ESRCH)
		return err_verbatim(e, ERR_STATE, -ESRCH, "container not running");
	return *pidfd < 0 ? err_sys(e, -*pidfd, "pidfd_open",
				    "cannot get a handle of the container")
			  : 0;
}

int run_events(const struct run_env *env, const struct run_events_req *req,
	int (*fn)(void *arg, const char *line, size_t n), void *arg, struct error *e)
{
	auto_opened struct opened o;
	auto_fd int pidfd = -EBADF;
	struct events ev = { .id = req->id, .fn = fn, .arg = arg, .v2 = -1 };
	int r = opened_begin(env, req->id, false, &o, e);

	for (size_t i = 0; i < ARRAY_SIZE(ev.dirs); i++)
		ev.dirs[i] = -EBADF;
	watch_init(&ev);
	ev.rec = &o.state.rec;
	if (r == 0)
		r = check_status(&o, &pidfd, e);
	if (r == 0)
		r = open_all(&ev, e);
	if (r == 0)
		r = req->stats ? write_stats(&ev, e)
			       : stream(&ev, pidfd, req->interval_ms, e);
	watch_done(&ev);
	for (size_t i = 0; i < ARRAY_SIZE(ev.dirs); i++)
		cleanup_fd(&ev.dirs[i]);
	return r;
}
