/* SPDX-License-Identifier: Apache-2.0 */
/* newuidmap(1) and newgidmap(1): the maps that only a set-user-id program may write for us. */
#include "config.h"

#include "setup/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/clone.h"
#include "sys/closefds.h"
#include "sys/pidfd.h"

#define NUMBER 16

/* argv and its numbers in one piece of the heap. */
static char **arguments(
	const char *program, pid_t pid, const struct plan_idmap *map, size_t n)
{
	size_t words = 2 + 3 * n;
	char **argv = calloc(1, (words + 1) * sizeof(*argv) + words * NUMBER);
	char *text = argv ? (char *)(argv + words + 1) : NULL;

	if (!argv)
		return NULL;
	argv[0] = (char *)(uintptr_t)program;
	for (size_t i = 1; i < words; i++, text += NUMBER)
		argv[i] = text;
	snprintf(argv[1], NUMBER, "%d", (int)pid);
	for (size_t i = 0; i < n; i++) {
		snprintf(argv[2 + 3 * i], NUMBER, "%" PRIu32, map[i].container_id);
		snprintf(argv[3 + 3 * i], NUMBER, "%" PRIu32, map[i].host_id);
		snprintf(argv[4 + 3 * i], NUMBER, "%" PRIu32, map[i].size);
	}
	return argv;
}

/* The child: nothing of our environment and of our descriptors reaches it (G9). */
static void __attribute__((noreturn)) child(char **argv, int out)
{
	char *const none[] = { NULL };
	int in = openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);

	signal(SIGPIPE, SIG_DFL);
	if (in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
		sys_cloexec_from(3, NULL) < 0)
		_exit(126);
	execve(argv[0], argv, none);
	_exit(127);
}

/* One line of what it said, without the words that engines take for something else
 * (docs/errors.md): they come last, after the errno's colon. */
static void tidy(char *text)
{
	static const char *const words[] = { "Operation not permitted",
		"Permission denied", "No such file or directory", "not found",
		"does not exist" };
	size_t len;

	text[strcspn(text, "\n")] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		char *at = strcasestr(text, words[i]);

		if (at)
			*at = '\0';
	}
	len = strlen(text);
	while (len > 0 && strchr(": ", text[len - 1]))
		text[--len] = '\0';
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
}

static void read_all(int fd, char *text, size_t size)
{
	char more[256];
	size_t len = 0;
	ssize_t n;

	for (;;) {
		bool full = len == size - 1;

		n = full ? read(fd, more, sizeof(more))
			 : read(fd, text + len, size - 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (!full)
			len += (size_t)n;
	}
	text[len] = '\0';
	tidy(text);
}

static int judge(const char *program, int status, const char *text, struct error *e)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		return err_set(e, ERR_HOST, -EPERM, "%s was killed by signal %d", program,
			WTERMSIG(status));
	if (WEXITSTATUS(status) >= 126 && !text[0])
		return err_set(e, ERR_HOST, -ENOEXEC, "%s could not be run", program);
	return err_set(e, ERR_HOST, -EPERM, "%s refused (exit %d)%s%s", program,
		WEXITSTATUS(status), text[0] ? ": " : "", text);
}

/* pid is a child of ours that was not waited for: its number cannot be another's (C4). */
int step_idmap_helper(const char *program, pid_t pid, const struct plan_idmap *map,
	size_t n, struct error *e)
{
	struct sys_clone c = { .cgroup_fd = -EBADF, .pidfd = -EBADF };
	auto_free char **argv = arguments(program, pid, map, n);
	auto_fd int in = -EBADF, out = -EBADF;
	int ends[2], status, r;
	char text[512];
	pid_t helper;

	if (!argv)
		return err_set(e, ERR_SYSTEM, -ENOMEM, "no memory for %s", program);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, errno, "pipe2", "cannot make a pipe for %s", program);
	in = ends[0];
	out = ends[1];
	helper = sys_clone(&c, e);
	if (helper < 0)
		return err_wrap(e, "%s", program);
	if (helper == 0)
		child(argv, out);
	cleanup_fd(&c.pidfd);
	cleanup_fd(&out);
	read_all(in, text, sizeof(text));
	r = pidfd_wait(helper, &status);
	if (r < 0)
		return err_sys(e, -r, "wait4", "cannot wait for %s", program);
	return judge(program, status, text, e);
}
