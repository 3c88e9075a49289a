/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanges pairs of names for ever, as a hostile container that shares a volume would:
 *
 *   swap A B [A B...]
 *
 * Each pair by one renameat2(RENAME_EXCHANGE), so that neither name is ever missing. On the
 * last processor, so that the one under attack has another. Ends with its parent; SIGTERM
 * prints how many exchanges there were.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE (1 << 1)
#endif

static volatile sig_atomic_t stop;

static void on_term(int sig)
{
	(void)sig;
	stop = 1;
}

static void pin(void)
{
	long last = sysconf(_SC_NPROCESSORS_ONLN) - 1;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET((size_t)last, &cpus);
	/* A machine with odd numbering: then it runs where it runs. */
	if (sched_setaffinity(0, sizeof(cpus), &cpus) < 0)
		return;
}

int main(int argc, char **argv)
{
	unsigned long n = 0;

	if (argc < 3 || argc % 2 == 0) {
		fprintf(stderr, "usage: swap A B [A B...]\n");
		return 125;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGTERM, on_term);
	pin();
	while (!stop) {
		for (int i = 1; i < argc; i += 2) {
			if (syscall(SYS_renameat2, AT_FDCWD, argv[i], AT_FDCWD,
				    argv[i + 1], RENAME_EXCHANGE) == 0) {
				n++;
				continue;
			}
			/* EBUSY: a mount lies on it just now. */
			if (errno != EBUSY && errno != ENOENT) {
				fprintf(stderr, "swap: %s: %s\n", argv[i],
					strerror(errno));
				return 1;
			}
		}
	}
	printf("%lu\n", n);
	return 0;
}
