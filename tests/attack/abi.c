/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes system calls by each way into the kernel, from inside a filter (H1, H2):
 *
 *   abi (native|x32|i386) NUMBER...
 *
 * Each number is called with arguments that do no harm, in a child: "native 83 errno 1",
 * "i386 39 signal 31", "native 39 value 12". Status 2 where this processor has no such way.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define X32_BIT 0x40000000L

/* Everything but zero would be a pointer or a descriptor. */
static long native(long nr)
{
	long r = syscall(nr, 0, 0, 0, 0, 0, 0);

	return r < 0 ? -errno : r;
}

#if defined(__x86_64__) && !defined(__ILP32__)
static long x32(long nr)
{
	return native(nr | X32_BIT);
}

/* The 32-bit table of the kernel is reachable from 64-bit code too. */
static long i386(long nr)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(nr), "b"(0), "c"(0), "d"(0), "S"(0), "D"(0)
			 : "memory", "cc", "r8", "r9", "r10", "r11");
	return (int)r;
}
#else
#define x32 NULL
#define i386 NULL
#endif

static const struct {
	const char *name;
	long (*call)(long nr);
} ways[] = {
	{ "native", native },
	{ "x32", x32 },
	{ "i386", i386 },
};

static int one(const char *name, long (*call)(long nr), long nr)
{
	pid_t pid;
	int status;

	printf("%s %ld ", name, nr);
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return 125;
	if (pid == 0) {
		long r = call(nr);
		char line[64];
		int n = r < 0 ? snprintf(line, sizeof(line), "errno %ld\n", -r)
			      : snprintf(line, sizeof(line), "value %ld\n", r);

		if (write(1, line, (size_t)n) != n)
			_exit(1);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		return 125;
	if (WIFSIGNALED(status))
		printf("signal %d\n", WTERMSIG(status));
	return 0;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 2 && i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(argv[1], ways[i].name) != 0)
			continue;
		if (!ways[i].call)
			return 2;
		for (int k = 2; k < argc; k++) {
			int r = one(argv[1], ways[i].call, strtol(argv[k], NULL, 0));

			if (r != 0)
				return r;
		}
		return 0;
	}
	fprintf(stderr, "usage: abi (native|x32|i386) NUMBER...\n");
	return 125;
}
