/* SPDX-License-Identifier: Apache-2.0 */
/* A channel end: the child asks, the parent serves. One direction of initiative, no deadlock. */
#ifndef DAVIT_SYNC_CHANNEL_H
#define DAVIT_SYNC_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sync/message.h"

struct error;

struct chan {
	int fd;
	uint32_t phase;	  /* child: its phase, sent with each message */
	uint32_t seen;	  /* parent: kinds that came once */
	unsigned senders; /* parent: who may speak (relay, init) */
};

/* Two ends, close-on-exec; out[0] parent, out[1] child. */
int chan_pair(struct chan out[2], struct error *e);
/* One message with at most MSG_MAX_FDS descriptors (not consumed). */
int chan_send(struct chan *c, const struct msg *m, const int *fds, size_t n_fds);
/* Send kind/arg and wait for MSG_DONE (a MSG_ERROR answer is unpacked into e). fd not NULL: the
 * answer must carry one descriptor, which goes to *fd (owned). -EPIPE when the parent is gone. */
int chan_ask(struct chan *c, uint32_t kind, uint32_t arg, int *fd, struct error *e);
/* The same with a descriptor for the parent, which stays open here. */
int chan_give(struct chan *c, uint32_t kind, int fd, struct error *e);
/* Child: send the packed error (cut to fit). */
int chan_fail(struct chan *c, const struct error *failure);

struct chan_event {
	struct msg msg;
	unsigned char bytes[MSG_MAX]; /* storage of msg.payload */
	int fds[MSG_MAX_FDS];	      /* owned by the caller */
	size_t n_fds;
};
/*
 * Parent: receive one message, checked against the table (sender, phase, once, sizes, descriptors).
 * 1 a message, 0 end-of-file, -ETIMEDOUT after timeout_ms (-1 for ever), -EPROTO with text.
 */
int chan_recv(struct chan *c, struct chan_event *ev, int timeout_ms, struct error *e);
/* Parent: answer the last request. failure NULL or empty: done. fd -EBADF: none. */
int chan_answer(struct chan *c, const struct error *failure, int fd);
void chan_close(struct chan *c);

#endif
