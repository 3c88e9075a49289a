/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals that end what this process waits for: run and exec in the foreground block every signal,
 * to hand them on to the program, and until that runs these are for themselves. Process-wide, so
 * that whatever waits can ask; without sys_interrupt_begin() there is nothing to be asked.
 */
#ifndef DAVIT_SYS_INTERRUPT_H
#define DAVIT_SYS_INTERRUPT_H

struct error;

/* SIGHUP, SIGINT, SIGQUIT and SIGTERM, which the caller has blocked, interrupt from here on, but
 * for those that are ignored. */
int sys_interrupt_begin(struct error *e);
/* Not any more; those that nobody took stay pending. */
void sys_interrupt_end(void);
/* For poll(2), which passes by the -EBADF that it is when nothing interrupts. */
int sys_interrupt_fd(void);
/* Take one that is pending: -EINTR with a text, else 0. */
int sys_interrupt_check(struct error *e);
/* The one that was taken first, 0: none. */
int sys_interrupt_signal(void);
/* Until fd has something to read or is at its end: 1; 0 after timeout_ms (negative: never);
 * -EINTR as above. */
int sys_interrupt_wait(int fd, int timeout_ms, struct error *e);

#endif
