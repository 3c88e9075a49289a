/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines and naps. */
#ifndef DAVIT_SYS_CLOCK_H
#define DAVIT_SYS_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds of CLOCK_MONOTONIC: for deadlines, never for the time of day. */
static inline int64_t sys_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Sleep *ns and double it for the next time, up to 16 ms. Begin with some 200000. */
static inline void sys_nap(long *ns)
{
	struct timespec ts = { .tv_nsec = *ns };

	nanosleep(&ts, NULL);
	if (*ns < 8000000)
		*ns *= 2;
}

#endif
