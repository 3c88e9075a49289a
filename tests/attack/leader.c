/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process whose first thread ends while another works on: /proc shows its leader as a zombie, and
 * nobody can reap it. Says "alive" for as long as that lasts.
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void *work(void *arg)
{
	const struct timespec nap = { .tv_nsec = 50000000 };

	(void)arg;
	for (;;) {
		puts("alive");
		fflush(stdout);
		nanosleep(&nap, NULL);
	}
	return NULL;
}

int main(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, work, NULL) != 0)
		return 1;
	syscall(SYS_exit, 0);
	return 1;
}
