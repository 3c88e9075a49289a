/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard [-t SECONDS] COMMAND...: runs a command and adopts whatever it leaves.
 *
 * Containers outlive the command that made them and are handed to the nearest subreaper.
 * PID 1 of a test machine may be slow to reap or may not reap at all, and nobody could
 * tell whose they were; the guard reaps at once, and DAVIT_GUARD_PID lets a test see its
 * orphans. What still lives when the command has ended is named, killed, and makes the
 * exit status 99.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_LEFT = 99, STATUS_TIMEOUT = 124, STATUS_USAGE = 125 };

static volatile sig_atomic_t stop_signal;

static void on_signal(int sig)
{
	stop_signal = sig;
}

/* Parent and state of a process; false when it is gone. comm has room for 64 bytes. */
static bool process_stat(const char *pid, int *ppid, char *state, char *comm)
{
	char path[64];
	char text[512];

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return false;
	size_t n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	char *open = strchr(text, '(');
	char *close = strrchr(text, ')');
	if (!open || !close || close < open)
		return false;
	snprintf(comm, 64, "%.*s", (int)(close - open - 1), open + 1);
	return sscanf(close + 1, " %c %d", state, ppid) == 2;
}

/* Kills our children that live; names them if asked. Returns how many there were. */
static int kill_children(bool name_them)
{
	DIR *d = opendir("/proc");
	struct dirent *de;
	int n = 0;

	if (!d)
		return 0;
	while ((de = readdir(d))) {
		char comm[64];
		char state;
		int ppid;
		int pid = atoi(de->d_name);

		if (pid <= 1 || !process_stat(de->d_name, &ppid, &state, comm))
			continue;
		if (ppid != getpid() || state == 'Z')
			continue;
		if (name_them)
			fprintf(stderr, "guard: left behind: %d %s\n", pid, comm);
		kill(pid, SIGKILL);
		n++;
	}
	closedir(d);
	return n;
}

static void reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* Kill, reap, and again for those whose parents this has killed. True if there were any. */
static bool sweep(void)
{
	bool any = false;

	for (int i = 0; i < 500; i++) {
		reap();
		if (kill_children(!any || i < 5) == 0)
			return any;
		any = true;
		usleep(10000);
	}
	return any;
}

static int run(char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	pid_t child = fork();
	int status;

	if (child < 0)
		return STATUS_USAGE;
	if (child == 0) {
		execvp(argv[0], argv);
		fprintf(stderr, "guard: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	/* No SA_RESTART: a signal must end waitpid. */
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sigaction(SIGALRM, &sa, NULL);
	for (;;) {
		pid_t pid = stop_signal ? -1 : waitpid(-1, &status, 0);

		if (stop_signal) {
			fprintf(stderr, "guard: stopped by signal %d\n",
				(int)stop_signal);
			sweep();
			return stop_signal == SIGALRM ? STATUS_TIMEOUT
						      : 128 + stop_signal;
		}
		if (pid == child)
			break;
		if (pid < 0 && errno != EINTR)
			return STATUS_USAGE;
	}
	bool left = sweep();
	int rc = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return rc == 0 && left ? STATUS_LEFT : rc;
}

int main(int argc, char **argv)
{
	char pid[16];
	int opt;

	while ((opt = getopt(argc, argv, "+t:")) != -1) {
		if (opt != 't')
			return STATUS_USAGE;
		/* Again and again: the first may come just before waitpid. */
		struct itimerval it = { { 1, 0 }, { atoi(optarg), 0 } };
		setitimer(ITIMER_REAL, &it, NULL);
	}
	if (optind == argc) {
		fprintf(stderr, "usage: guard [-t SECONDS] COMMAND...\n");
		return STATUS_USAGE;
	}
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) {
		perror("guard: PR_SET_CHILD_SUBREAPER");
		return STATUS_USAGE;
	}
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("DAVIT_GUARD_PID", pid, 1);
	return run(argv + optind);
}
