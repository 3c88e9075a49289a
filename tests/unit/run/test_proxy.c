/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of a terminal in the foreground, around a program on a terminal of this machine. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "run/attend.h"
#include "run/spawn.h"
#include "sys/pidfd.h"
#include "sys/pty.h"

#define BYTES 150000

struct scene {
	int (*program)(void);
	int typed[2], shown[2]; /* what its standard descriptors are */
	bool hold;		/* our input does not end */
};

static void be_raw(int fd)
{
	struct termios t;

	tcgetattr(fd, &t);
	cfmakeraw(&t);
	tcsetattr(fd, TCSANOW, &t);
}

static void become_program(int slave, int (*program)(void))
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	alarm(20);
	signal(SIGTERM, SIG_DFL);
	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	for (int i = 0; i < 3; i++)
		dup2(slave, i);
	for (int i = 3; i < 64; i++)
		close(i);
	_exit(program());
}

/* In a process of its own: what `run` does after START. */
static int attend_scene(const struct scene *s)
{
	struct child c = CHILD_INIT;
	auto_error struct error e = ERROR_INIT;
	auto_fd int root = open("/", O_PATH | O_DIRECTORY);
	int signals, slave, code;
	sigset_t old;

	if (sys_pty_open(root, &c.tty, &slave, &e) < 0)
		return 100;
	be_raw(slave);
	signals = attend_signals(&old, &e);
	if (signals < 0)
		return 101;
	c.pid = fork();
	if (c.pid == 0)
		become_program(slave, s->program);
	c.pidfd = pidfd_get(c.pid, 0, NULL);
	if (c.pidfd < 0)
		return 103;
	close(slave);
	dup2(s->typed[0], 0);
	dup2(s->shown[1], 1);
	for (int i = 0; i < 2; i++) {
		close(s->typed[i]);
		close(s->shown[i]);
	}
	code = attend(&c, signals, &e);
	return c.tty == -EBADF ? code : 102;
}

static pid_t play(struct scene *s)
{
	pid_t pid;

	assert_int_equal(pipe(s->typed), 0);
	assert_int_equal(pipe(s->shown), 0);
	pid = fork();
	if (pid == 0) {
		/* A test that hangs fails. */
		alarm(30);
		_exit(attend_scene(s));
	}
	close(s->typed[0]);
	close(s->shown[1]);
	if (!s->hold)
		cleanup_fd(&s->typed[1]);
	return pid;
}

static int end_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static unsigned char byte(size_t i)
{
	return (unsigned char)(i * 31 + i / 255);
}

static int much(void)
{
	static unsigned char text[BYTES];
	size_t at = 0;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = byte(i);
	while (at < sizeof(text)) {
		ssize_t n = write(1, text + at, sizeof(text) - at);

		if (n <= 0)
			return 50;
		at += (size_t)n;
	}
	return 7;
}

static bool available(void)
{
	int fd = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* A program ends right after its last word, and who reads takes a byte, and another. */
static void the_last_byte_comes_out(void **state)
{
	struct scene s = { .program = much };
	static unsigned char got[BYTES + 1];
	size_t n = 0, step = 1;
	pid_t pid;

	(void)state;
	if (!available())
		skip();
	pid = play(&s);
	for (;;) {
		ssize_t r = read(s.shown[0], got + n, step);

		if (r <= 0)
			break;
		n += (size_t)r;
		assert_true(n <= BYTES);
		step = n < 200 || BYTES - n < 200 ? 1 : 4001;
	}
	assert_int_equal(n, BYTES);
	for (size_t i = 0; i < n; i++)
		if (got[i] != byte(i))
			fail_msg("byte %zu", i);
	assert_int_equal(end_of(pid), 7);
	close(s.shown[0]);
}

static int sum(void)
{
	size_t n = 0;
	unsigned char c[100];
	ssize_t r;

	if (write(1, "!", 1) != 1)
		return 50;
	while (n < BYTES && (r = read(0, c, sizeof(c))) > 0) {
		for (ssize_t i = 0; i < r; i++)
			if (c[i] != byte(n + (size_t)i))
				return 51;
		n += (size_t)r;
	}
	return n == BYTES ? 9 : 52;
}

static void every_byte_goes_in(void **state)
{
	struct scene s = { .program = sum, .hold = true };
	unsigned char c;
	pid_t pid;

	(void)state;
	if (!available())
		skip();
	pid = play(&s);
	assert_int_equal(read(s.shown[0], &c, 1), 1);
	for (size_t at = 0; at < BYTES;) {
		unsigned char text[777];
		size_t want = BYTES - at < sizeof(text) ? BYTES - at : sizeof(text);

		for (size_t i = 0; i < want; i++)
			text[i] = byte(at + i);
		assert_int_equal(write(s.typed[1], text, want), want);
		at += want;
	}
	assert_int_equal(end_of(pid), 9);
	close(s.typed[1]);
	close(s.shown[0]);
}

static volatile sig_atomic_t told;

static void tell(int sig)
{
	told = sig;
}

static int until_told(void)
{
	signal(SIGUSR1, tell);
	if (write(1, "!", 1) != 1)
		return 50;
	while (!told)
		usleep(1000);
	return 11;
}

static uint64_t cpu_of(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	assert_int_equal(clock_getcpuclockid(pid, &clock), 0);
	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Our input has ended, nothing comes, and no time is spent on it; signals go through. */
static void it_waits_without_turning(void **state)
{
	struct scene s = { .program = until_told };
	uint64_t used;
	pid_t pid;
	char c;

	(void)state;
	if (!available())
		skip();
	pid = play(&s);
	assert_int_equal(read(s.shown[0], &c, 1), 1);
	usleep(50000);
	used = cpu_of(pid);
	usleep(300000);
	used = cpu_of(pid) - used;
	assert_true(used < 50000000);
	kill(pid, SIGUSR1);
	assert_int_equal(end_of(pid), 11);
	close(s.shown[0]);
}

static int close_and_come_back(void)
{
	int fd;

	for (int i = 0; i < 3; i++)
		close(i);
	usleep(200000);
	fd = open("/dev/tty", O_RDWR);
	return fd >= 0 && write(fd, "back", 4) == 4 ? 12 : 50;
}

static void a_terminal_that_nobody_has_open_is_not_at_its_end(void **state)
{
	struct scene s = { .program = close_and_come_back, .hold = true };
	char text[8];
	pid_t pid;

	(void)state;
	if (!available())
		skip();
	pid = play(&s);
	assert_int_equal(read(s.shown[0], text, sizeof(text)), 4);
	assert_memory_equal(text, "back", 4);
	assert_int_equal(end_of(pid), 12);
	close(s.typed[1]);
	close(s.shown[0]);
}

static void nobody_reads(void **state)
{
	struct scene s = { .program = much, .hold = true };
	pid_t pid;

	(void)state;
	if (!available())
		skip();
	/* Stuck for ever: told to end, it does, when the program has. */
	pid = play(&s);
	usleep(200000);
	kill(pid, SIGTERM);
	usleep(200000);
	kill(pid, SIGTERM);
	assert_int_equal(end_of(pid), 128 + SIGTERM);
	/* Gone: what comes is dropped. */
	close(s.shown[0]);
	close(s.typed[1]);
	pid = play(&s);
	close(s.shown[0]);
	assert_int_equal(end_of(pid), 7);
	close(s.typed[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_byte_comes_out),
		cmocka_unit_test(every_byte_goes_in),
		cmocka_unit_test(it_waits_without_turning),
		cmocka_unit_test(a_terminal_that_nobody_has_open_is_not_at_its_end),
		cmocka_unit_test(nobody_reads),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
