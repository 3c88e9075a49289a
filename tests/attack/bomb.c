/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fork bomb: every process makes more, for ever, and none of them gives up.
 *
 *   bomb [N]    N: a crowd in its place, N processes that do nothing
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int crowd(int n)
{
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return 1;
		if (pid == 0)
			for (;;)
				pause();
	}
	signal(SIGCHLD, SIG_IGN);
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	const struct timespec nap = { .tv_nsec = 1000000 };

	if (argc > 1)
		return crowd((int)strtol(argv[1], NULL, 10));
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (fork() < 0)
			nanosleep(&nap, NULL);
	}
}
