/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors from 3 on that are the program's. */
#ifndef DAVIT_RUN_PASSED_H
#define DAVIT_RUN_PASSED_H

#include <stdint.h>

struct error;
struct plan;

struct passed {
	uint32_t n;		  /* 3 .. 2+n */
	uint32_t listen_fds;	  /* the first of them are a service manager's sockets */
	const char *listen_names; /* LISTEN_FDNAMES, or NULL */
};
/* From --preserve-fds and the environment: LISTEN_FDS counts when LISTEN_PID is ours
 * (sd_listen_fds(3)); the two overlap. -EINVAL for a LISTEN_FDS that is no number. */
int passed_read(uint32_t preserve, struct passed *out, struct error *e);
/*
 * What is passed on must be the caller's: ours are close-on-exec, so that a gap that one of them
 * has filled is noticed (-EBADF). The rest of what the caller has open goes no further (E2).
 */
int passed_check(const struct passed *p, struct error *e);
/* The program has them: whoever reads from the other end shall see when it closes them. */
void passed_close(const struct passed *p);
/* D4: a terminal of ours among the standard descriptors of a program that may feed it. */
void passed_warn(const struct plan *plan);

#endif
