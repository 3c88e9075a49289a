/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's program in tests: says what it is and has, one "key value" a line. Static,
 * so that it runs in any root file system.
 *
 *   probe [-s SECONDS]     report, then sleep
 *
 * Lines: fd N TARGET FLAGS; cwd PATH; root DEV:INO; Cap*, NoNewPrivs, Seccomp, Groups, Uid, Gid,
 * Sig* as in /proc/self/status; mount LINE of mountinfo; limit NAME SOFT HARD; keyring ID TEXT;
 * keylabel TEXT; and single values by name.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_FD 70000

/* linux/keyctl.h */
#define KEYCTL_GET_KEYRING_ID 0
#define KEYCTL_DESCRIBE 6
#define KEYCTL_GET_SECURITY 17
#define KEY_SPEC_SESSION_KEYRING (-3)

static void descriptors(void)
{
	/* By asking for each number, so that it holds without /proc as well. */
	for (int fd = 0; fd < MAX_FD; fd++) {
		int flags = fcntl(fd, F_GETFL);
		char name[32], target[4096];
		ssize_t n;

		if (flags < 0)
			continue;
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		n = readlink(name, target, sizeof(target) - 1);
		target[n < 0 ? 0 : n] = '\0';
		printf("fd %d %s %o\n", fd, target, (unsigned)flags);
	}
}

static void folders(void)
{
	char path[4096];
	struct stat st;

	/* The system call: libc would make up a path for a folder that cannot be reached. */
	if (syscall(SYS_getcwd, path, sizeof(path)) < 0)
		snprintf(path, sizeof(path), "error %s", strerror(errno));
	printf("cwd %s\n", path);
	if (stat("/", &st) == 0)
		printf("root %lu:%lu\n", (unsigned long)st.st_dev,
			(unsigned long)st.st_ino);
}

static void lines_of(const char *file, const char *prefix)
{
	FILE *f = fopen(file, "re");
	char *line = NULL;
	size_t size = 0;

	if (!f) {
		printf("missing %s %s\n", file, strerror(errno));
		return;
	}
	while (getline(&line, &size, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		for (char *p = line; *p; p++)
			*p = *p == '\t' ? ' ' : *p;
		printf("%s%s\n", prefix, line);
	}
	free(line);
	fclose(f);
}

static void keyring(void)
{
	char text[256] = "";
	long id = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);

	if (id < 0) {
		printf("keyring none %s\n", strerror(errno));
		return;
	}
	syscall(SYS_keyctl, KEYCTL_DESCRIBE, id, text, sizeof(text) - 1);
	printf("keyring %ld %s\n", id, text);
	memset(text, 0, sizeof(text));
	if (syscall(SYS_keyctl, KEYCTL_GET_SECURITY, id, text, sizeof(text) - 1) > 0)
		printf("keylabel %s\n", text);
}

static void limits(void)
{
	static const struct {
		const char *name;
		int resource;
	} rows[] = {
		{ "AS", RLIMIT_AS },
		{ "CORE", RLIMIT_CORE },
		{ "CPU", RLIMIT_CPU },
		{ "DATA", RLIMIT_DATA },
		{ "FSIZE", RLIMIT_FSIZE },
		{ "MEMLOCK", RLIMIT_MEMLOCK },
		{ "NOFILE", RLIMIT_NOFILE },
		{ "NPROC", RLIMIT_NPROC },
		{ "STACK", RLIMIT_STACK },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rlimit l;

		if (getrlimit(rows[i].resource, &l) == 0)
			printf("limit %s %llu %llu\n", rows[i].name,
				(unsigned long long)l.rlim_cur,
				(unsigned long long)l.rlim_max);
	}
}

static void values(void)
{
	int sig = -1, tty = -1;
	FILE *f = fopen("/proc/self/stat", "re");
	cpu_set_t cpus;

	if (f) {
		if (fscanf(f, "%*d (%*[^)]) %*c %*d %*d %*d %d", &tty) != 1)
			tty = -1;
		fclose(f);
	}
	prctl(PR_GET_PDEATHSIG, &sig);
	printf("tty %d\n", tty);
	printf("pid %d\n", (int)getpid());
	printf("session %d\n", (int)getsid(0));
	printf("pgrp %d\n", (int)getpgrp());
	printf("securebits %d\n", prctl(PR_GET_SECUREBITS));
	printf("keepcaps %d\n", prctl(PR_GET_KEEPCAPS));
	printf("dumpable %d\n", prctl(PR_GET_DUMPABLE));
	printf("nnp %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	printf("pdeathsig %d\n", sig);
	printf("personality %x\n", (unsigned)personality(0xffffffffu));
	printf("umask %o\n", (unsigned)umask(022));
	printf("policy %d\n", sched_getscheduler(0));
	if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0)
		printf("cpus %d\n", CPU_COUNT(&cpus));
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	descriptors();
	folders();
	lines_of("/proc/self/status", "");
	lines_of("/proc/self/mountinfo", "mount ");
	lines_of("/proc/self/oom_score_adj", "oom ");
	keyring();
	limits();
	values();
	printf("done\n");
	fflush(stdout);
	if (argc == 3 && strcmp(argv[1], "-s") == 0)
		sleep((unsigned)strtoul(argv[2], NULL, 10));
	return 0;
}
