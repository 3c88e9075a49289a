/* SPDX-License-Identifier: Apache-2.0 */
/* One direction of a terminal: from a descriptor by a bounded buffer to another. */
#ifndef DAVIT_RUN_FLOW_H
#define DAVIT_RUN_FLOW_H

#include <stdbool.h>
#include <stddef.h>

#define FLOW_SIZE 16384

/* A descriptor that is read from or written to, without ever waiting for it. */
struct flow_end {
	int fd;
	int opened;  /* ours to close, or -EBADF */
	bool socket; /* asked not to wait with each call */
	bool waits; /* could not be made so: small pieces, when it says that it is ready */
	bool hung_up; /* a terminal that nobody has open: EIO */
};

struct flow {
	struct flow_end from, to;
	size_t begin, end; /* what lies in buf */
	bool eof;	   /* from has ended or failed */
	bool broken; /* to has failed: what comes is dropped, so that nobody waits */
	unsigned char buf[FLOW_SIZE];
};

/*
 * Use fd (not owned) for an end. The flags of a descriptor that others share, as a shell shares
 * its terminal, are left alone: where it can be opened anew, that one is used. Never fails.
 */
void flow_end_init(struct flow_end *end, int fd);
void flow_end_done(struct flow_end *end);

/* Both to be zero but for from and to. */
static inline bool flow_has_room(const struct flow *f)
{
	return !f->eof && (f->end - f->begin) < FLOW_SIZE;
}
static inline bool flow_has_data(const struct flow *f)
{
	return f->end > f->begin;
}
/*
 * Read once, what fits. Bytes, 0 at the end (eof is set), -EAGAIN when there is nothing now; other
 * errors set eof too, but EIO, which sets from.hung_up: a terminal can be opened again.
 */
int flow_fill(struct flow *f);
/* Write what is there, as far as it goes at once. 0, or -EAGAIN when something is left; other
 * errors set broken, and what was there is dropped. */
int flow_drain(struct flow *f);

#endif
