/* SPDX-License-Identifier: Apache-2.0 */
/* The foreground: signals both ways, until the child has ended. */
#ifndef DAVIT_RUN_ATTEND_H
#define DAVIT_RUN_ATTEND_H

#include <signal.h>

#include "run/spawn.h"

struct signalfd_siginfo;

/*
 * Take in every signal that is not about ourselves, from before the clone on, so that none is
 * lost. A signalfd; *old for sigprocmask() at the end.
 */
int attend_signals(sigset_t *old, struct error *e);
/* r, of a command in the foreground that has ended, but for one that a signal ended before the
 * program ran: then *exit_code is 128+n, the log has a line about it, and 0. */
int attend_interrupted(int r, int *exit_code, struct error *e);
/* Forward signals, reap, until the child has ended: its exit code, 128 + n for a signal. */
int attend(struct child *c, int signals, struct error *e);
/* Reap whatever has ended; true when the child is among it, or was. */
bool attend_reap(struct child *c);
/* Pass on one signal, but those about ourselves. */
void attend_forward(struct child *c, const struct signalfd_siginfo *si);

#endif
