/* SPDX-License-Identifier: Apache-2.0 */
/* A fork bomb: every process makes more, for ever, and none of them gives up. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	const struct timespec nap = { .tv_nsec = 1000000 };

	puts("ready");
	fflush(stdout);
	for (;;) {
		if (fork() < 0)
			nanosleep(&nap, NULL);
	}
}
