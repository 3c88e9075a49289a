/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A person at a terminal: run a command on a pseudo terminal of its own.
 *
 *	ptydrive [-s ROWSxCOLS] [-r ROWSxCOLS] [-o FILE] COMMAND...
 *
 * Its stdin is what is typed, its stdout what is shown. SIGUSR1 changes the size to that of -r.
 * SIGUSR2 stops reading, as a terminal that hangs; again: goes on. At the end one line on stderr:
 * "exit N" and whether the terminal's modes are what they were. -o: the pid of the command.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t resize, stalled;

static void die(const char *what)
{
	perror(what);
	exit(99);
}

static void on_signal(int sig)
{
	if (sig == SIGUSR1)
		resize = 1;
	if (sig == SIGUSR2)
		stalled = !stalled;
}

static struct winsize size(const char *text)
{
	struct winsize w = { .ws_row = 0 };

	if (sscanf(text, "%hux%hu", &w.ws_row, &w.ws_col) != 2)
		die(text);
	return w;
}

static pid_t run(int slave, char **argv)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	setsid();
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		die("TIOCSCTTY");
	for (int i = 0; i < 3; i++)
		dup2(slave, i);
	for (int i = 3; i < 64; i++)
		close(i);
	signal(SIGUSR1, SIG_DFL);
	signal(SIGUSR2, SIG_DFL);
	execvp(argv[0], argv);
	die(argv[0]);
	return -1;
}

/* Until the command has ended and its terminal has nothing more to say. */
static int talk(int master, pid_t pid, const struct winsize *other)
{
	struct pollfd p[2] = { { .fd = master, .events = POLLIN },
		{ .fd = 0, .events = POLLIN } };
	int status = 0, dead = 0;
	char buf[4096];
	ssize_t n;

	for (;;) {
		if (resize) {
			resize = 0;
			ioctl(master, TIOCSWINSZ, other);
		}
		p[0].fd = stalled ? -1 : master;
		if (poll(p, 2, 20) < 0 && errno != EINTR)
			die("poll");
		n = stalled ? -1 : read(master, buf, sizeof(buf));
		if (n > 0 && write(1, buf, (size_t)n) != n)
			die("write");
		if (n <= 0 && dead && !stalled)
			return status;
		if (p[1].revents) {
			n = read(0, buf, sizeof(buf));
			if (n <= 0)
				p[1].fd = -1;
			for (ssize_t at = 0; at < n;) {
				ssize_t w = write(master, buf + at, (size_t)(n - at));

				if (w < 0 && errno != EAGAIN && errno != EINTR)
					break;
				at += w > 0 ? w : 0;
			}
			p[1].revents = 0;
		}
		if (!dead && waitpid(pid, &status, WNOHANG) == pid)
			dead = 1;
	}
}

int main(int argc, char **argv)
{
	struct winsize first = { .ws_row = 24, .ws_col = 80 }, other = first;
	struct termios before, after; /* compared with the gaps between their members */
	const char *pid_file = NULL;
	int master, slave, o, status;
	pid_t pid;

	while ((o = getopt(argc, argv, "+s:r:o:")) != -1) {
		if (o == 's')
			first = size(optarg);
		else if (o == 'r')
			other = size(optarg);
		else if (o == 'o')
			pid_file = optarg;
		else
			return 99;
	}
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		die("posix_openpt");
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		die("the slave");
	ioctl(master, TIOCSWINSZ, &first);
	memset(&before, 0, sizeof(before));
	memset(&after, 0, sizeof(after));
	if (tcgetattr(slave, &before) < 0)
		die("tcgetattr");
	signal(SIGUSR1, on_signal);
	signal(SIGUSR2, on_signal);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pid = run(slave, argv + optind);
	if (pid_file) {
		FILE *f = fopen(pid_file, "w");

		if (!f)
			die(pid_file);
		fprintf(f, "%d\n", (int)pid);
		fclose(f);
	}
	status = talk(master, pid, &other);
	if (tcgetattr(slave, &after) < 0)
		die("tcgetattr");
	status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	fprintf(stderr, "exit %d modes %s\n", status,
		memcmp(&before, &after, sizeof(before)) == 0 ? "same" : "changed");
	return status;
}
