/* SPDX-License-Identifier: Apache-2.0 */
/* What run/ asks of the process that it lives in. */
#ifndef DAVIT_RUN_THREADS_H
#define DAVIT_RUN_THREADS_H

struct error;

/* The number in davit.h, which run/ does not see. */
#define RUN_E_THREADS 4095

/*
 * Nothing that clones runs in a process with threads: the child would be a copy of a process
 * whose locks other threads hold. -RUN_E_THREADS.
 */
int run_check_threads(struct error *e);

/* Pretend that the kernel lacks the comma separated features (sys/probe.h). In builds without
 * test hooks -EOPNOTSUPP. */
int run_test_without(const char *list, struct error *e);

#endif
