/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard [-t SECONDS] [-o SECONDS] COMMAND...: runs a command and adopts what it leaves.
 *
 * Containers outlive the command that made them and are handed to the nearest subreaper.
 * PID 1 of a test machine may be slow to reap or may not reap at all, and nobody could
 * tell whose they were; the guard reaps at once, and DAVIT_GUARD_PID lets a test see its
 * orphans. What still lives when the command has ended is named, killed, and makes the
 * exit status 99. -t limits the whole; -o the life of one orphan, which may hold a pipe
 * that the command reads to its end.
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
#include <time.h>
#include <unistd.h>

enum { STATUS_LEFT = 99, STATUS_TIMEOUT = 124, STATUS_USAGE = 125 };

static volatile sig_atomic_t stop_signal;
static int time_limit;	 /* of -t; 0: no limit */
static int orphan_limit; /* of -o; 0: no limit */

static void on_signal(int sig)
{
	stop_signal = sig;
}

/* The clock's tick ends waitpid; nothing else to do. */
static void on_tick(int sig)
{
	(void)sig;
}

struct process {
	int pid;
	int ppid;
	char state;
	char comm[64];
	unsigned long long start; /* in clock ticks since boot */
};

/* False when it is gone. */
static bool process_stat(const char *pid, struct process *out)
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
	out->pid = (pid_t)strtol(pid, NULL, 10);
	snprintf(out->comm, sizeof(out->comm), "%.*s", (int)(close - open - 1), open + 1);
	return sscanf(close + 1,
		       " %c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s"
		       " %*s %*s %*s %llu",
		       &out->state, &out->ppid, &out->start) == 3;
}

static bool too_old(const struct process *p)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	long long start =
		(long long)(p->start / (unsigned long long)sysconf(_SC_CLK_TCK));
	return (long long)now.tv_sec - start > orphan_limit;
}

enum whom { ALL, NAMED, OLD };

/*
 * Kills our children that live, but for one; NAMED: says which; OLD: says which, and only
 * those that are over the limit. Returns how many there were.
 */
static int kill_children(enum whom whom, pid_t but)
{
	DIR *d = opendir("/proc");
	struct dirent *de;
	int n = 0;

	if (!d)
		return 0;
	while ((de = readdir(d))) {
		struct process p;

		if (strtol(de->d_name, NULL, 10) <= 1 || !process_stat(de->d_name, &p))
			continue;
		if (p.ppid != getpid() || p.state == 'Z' || p.pid == but)
			continue;
		if (whom == OLD && !too_old(&p))
			continue;
		if (whom != ALL)
			fprintf(stderr, "guard: %s: %d %s\n",
				whom == OLD ? "lived too long" : "left behind", p.pid,
				p.comm);
		kill(p.pid, SIGKILL);
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
		if (kill_children(i < 5 ? NAMED : ALL, 0) == 0)
			return any;
		any = true;
		usleep(10000);
	}
	return any;
}

static int run(char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct itimerval tick = { { 2, 0 }, { 2, 0 } };
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
	sa.sa_handler = on_tick;
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &tick, NULL);
	time_t start = time(NULL);
	for (;;) {
		pid_t pid = stop_signal ? -1 : waitpid(-1, &status, 0);

		if (pid == child)
			break;
		if (pid < 0 && errno != EINTR && !stop_signal)
			return STATUS_USAGE;
		bool over = time_limit > 0 && time(NULL) - start > time_limit;
		if (stop_signal || over) {
			fprintf(stderr, "guard: %s\n",
				over ? "over the limit" : "stopped");
			sweep();
			return over ? STATUS_TIMEOUT : 128 + stop_signal;
		}
		if (pid < 0 && orphan_limit > 0)
			kill_children(OLD, child);
	}
	bool left = sweep();
	int rc = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return rc == 0 && left ? STATUS_LEFT : rc;
}

int main(int argc, char **argv)
{
	char pid[16];
	int opt;

	while ((opt = getopt(argc, argv, "+t:o:")) != -1) {
		if (opt == 't')
			time_limit = (int)strtol(optarg, NULL, 10);
		else if (opt == 'o')
			orphan_limit = (int)strtol(optarg, NULL, 10);
		else
			return STATUS_USAGE;
	}
	if (optind == argc) {
		fprintf(stderr, "usage: guard [-t SECONDS] [-o SECONDS] COMMAND...\n");
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
