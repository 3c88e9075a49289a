/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of events share. */
#ifndef DAVIT_RUN_EVENTS_H
#define DAVIT_RUN_EVENTS_H

#include <poll.h>
#include <stdint.h>

#include "host/stats.h"
#include "run/run.h"
#include "setup/step.h"
#include "state/state.h"

/* Files of v2 that the kernel tells changes of, and what they said last. */
enum watch_file { WATCH_EVENTS, WATCH_MEMORY, WATCH_PIDS, WATCH_FILES };
enum watch_pressure { PRESSURE_CPU, PRESSURE_MEMORY, PRESSURE_IO, PRESSURES };

struct watch {
	int inotify;
	int files[WATCH_FILES]; /* watch descriptors, negative: none */
	uint64_t oom, oom_kill, pids_max;
	int populated, frozen;
	int pressure[PRESSURES]; /* triggers */
	int oom_v1;		 /* eventfd of the v1 memory controller */
};
#define WATCH_MAX (2 + PRESSURES)

struct events {
	const char *id;
	int (*fn)(void *arg, const char *line, size_t n);
	void *arg;
	const struct state_record *rec;
	int dirs[STEP_MAX_HIERARCHIES];
	int v2; /* index of the v2 hierarchy in rec, or -1 */
	struct stats_source stats;
	struct watch watch;
};

/* An event's object, open, with type and id; NULL without memory. */
struct json_w *events_begin(const struct events *ev, const char *type);
/* Close it and hand it on, one line. -ENOMEM (also for w NULL), or what fn returned. */
int events_end(const struct events *ev, struct json_w *w, struct error *e);

/* --- watch.c --- */
void watch_init(struct events *ev);
/* Have the kernel tell what it can; what it has not (PSI, v1) is not told of. */
int watch_begin(struct events *ev, struct error *e);
/* What to wait for; at most WATCH_MAX. */
size_t watch_poll(const struct events *ev, struct pollfd *fds);
/* One line for each thing that has happened. fds as watch_poll() filled them; all: look at
 * everything, because the container has ended. */
int watch_tell(struct events *ev, const struct pollfd *fds, bool all, struct error *e);
void watch_done(struct events *ev);

#endif
