/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command under ptrace, counts the system calls that it and its children make, and kills the
 * one that makes the K-th, at its entry. Turns "killed at any moment" into a finite list.
 *
 *   stepper [--kill K [--signal SEGV]] [--only first|others] [--call NAME] [--look PID]
 *           --out FILE -- COMMAND [ARG...]
 *
 * FILE gets "calls N" and, when something was killed, "killed NR PID COMMAND-OR-CHILD". Without
 * --kill (or with K over N) the command runs to its end. Exit status: the command's, 137 when it
 * was killed. Whoever lives when the command has ended is let go. --call: only these calls count
 * (getppid, which of all processes of a start one alone makes).
 *
 * --look: a helper enters the user namespace of PID (where that is ours, it keeps what root of a
 * container has) and at each call tries to look into the child that stands there. FILE gets
 * "looks N" and for each success, unless the child is "sleep" by then, "got NAME NR" (A3, A4).
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define OP_SYSCALL_INFO 0x420e /* PTRACE_GET_SYSCALL_INFO */
#define MAX_TRACEES 256

/* The head of struct ptrace_syscall_info. */
struct call_info {
	uint8_t op; /* 1 entry, 2 exit */
	uint8_t pad[3];
	uint32_t arch;
	uint64_t ip, sp, nr;
	uint64_t args[6];
};

static pid_t tracees[MAX_TRACEES];
static size_t n_tracees;
static pid_t first;
static long calls, kill_at;
static bool only_first, only_others;
static long only_call = -1;
static int signal_sent = SIGKILL;
static FILE *out;
static int looker = -1; /* socket of the helper */
static long looks;

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "stepper: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void add(pid_t pid)
{
	for (size_t i = 0; i < n_tracees; i++) {
		if (tracees[i] == pid)
			return;
	}
	if (n_tracees == MAX_TRACEES)
		die("too many processes");
	tracees[n_tracees++] = pid;
}

static void drop(pid_t pid)
{
	for (size_t i = 0; i < n_tracees; i++) {
		if (tracees[i] == pid)
			tracees[i] = tracees[--n_tracees];
	}
}

static const char *const targets[] = { "root", "cwd", "exe", "mem", "environ", "maps",
	"fd/0", "fd/1" };
#define N_TARGETS (sizeof(targets) / sizeof(targets[0]))

/* What engines leave to root of a container; CAP_PERFMON and CAP_SYS_ADMIN would see maps. */
#define CONTAINER_CAPS 0xa80425fbu

static int drop_caps(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = CONTAINER_CAPS, .permitted = CONTAINER_CAPS }, { 0 }
	};

	return (int)syscall(SYS_capset, &head, data);
}

/* The helper: a process number comes, a bit for each thing that could be opened goes back. */
static void __attribute__((noreturn)) look(int sock, pid_t ns)
{
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC), fd;
	struct stat ours, theirs;
	char name[64];
	pid_t pid;

	snprintf(name, sizeof(name), "/proc/%d/ns/user", (int)ns);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (proc < 0 || fd < 0 || fstat(fd, &theirs) < 0 ||
		stat("/proc/self/ns/user", &ours) < 0)
		_exit(1);
	if (ours.st_ino == theirs.st_ino ? drop_caps() < 0 : setns(fd, CLONE_NEWUSER) < 0)
		_exit(1);
	while (recv(sock, &pid, sizeof(pid), 0) == sizeof(pid)) {
		uint32_t bits = 0;

		for (size_t i = 0; i < N_TARGETS; i++) {
			snprintf(name, sizeof(name), "%d/%s", (int)pid, targets[i]);
			fd = openat(proc, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
			if (fd < 0)
				continue;
			bits |= 1u << i;
			close(fd);
		}
		if (send(sock, &bits, sizeof(bits), 0) != sizeof(bits))
			break;
	}
	_exit(0);
}

static void start_looker(pid_t ns)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		die("socketpair");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		look(ends[1], ns);
	}
	close(ends[1]);
	looker = ends[0];
}

static bool is_program(pid_t pid)
{
	char name[64], comm[32] = "";
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/comm", (int)pid);
	f = fopen(name, "re");
	if (!f)
		return true; /* it has ended */
	if (!fgets(comm, sizeof(comm), f))
		comm[0] = '\0';
	fclose(f);
	return strcmp(comm, "sleep\n") == 0;
}

static void look_at(pid_t pid, uint64_t nr)
{
	uint32_t bits;

	if (looker < 0 || pid == first || is_program(pid))
		return;
	if (send(looker, &pid, sizeof(pid), 0) != sizeof(pid) ||
		recv(looker, &bits, sizeof(bits), 0) != sizeof(bits))
		die("the looker");
	looks++;
	for (size_t i = 0; i < N_TARGETS; i++) {
		if (bits & (1u << i))
			fprintf(out, "got %s %" PRIu64 "\n", targets[i], nr);
	}
}

/* At a system call stop: count an entry; true when this process has just been killed. */
static bool count(pid_t pid)
{
	struct call_info info = { 0 };

	if (ptrace(OP_SYSCALL_INFO, pid, sizeof(info), &info) < 0 || info.op != 1)
		return false;
	look_at(pid, info.nr);
	if ((only_first && pid != first) || (only_others && pid == first))
		return false;
	if (only_call >= 0 && info.nr != (uint64_t)only_call)
		return false;
	if (++calls != kill_at)
		return false;
	fprintf(out, "killed %" PRIu64 " %d %s\n", info.nr, (int)pid,
		pid == first ? "command" : "child");
	kill(pid, signal_sent);
	/* Only who is killed makes no further stop. */
	return signal_sent == SIGKILL;
}

static void go_on(pid_t pid, int status)
{
	int event = status >> 16, sig = WSTOPSIG(status);

	if (event == PTRACE_EVENT_STOP &&
		(sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU)) {
		ptrace(PTRACE_LISTEN, pid, 0, 0);
		return;
	}
	if (event || sig == (SIGTRAP | 0x80))
		sig = 0;
	ptrace(PTRACE_SYSCALL, pid, 0, (void *)(long)sig);
}

/* Let whoever still lives run free. */
static void detach_all(void)
{
	for (size_t i = 0; i < n_tracees; i++) {
		int status;

		if (ptrace(PTRACE_INTERRUPT, tracees[i], 0, 0) < 0)
			continue;
		if (waitpid(tracees[i], &status, __WALL) == tracees[i] &&
			WIFSTOPPED(status))
			ptrace(PTRACE_DETACH, tracees[i], 0, 0);
	}
}

static int trace(void)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			die("waitpid");
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			drop(pid);
			if (pid == first)
				return status;
			continue;
		}
		add(pid);
		if (WSTOPSIG(status) == (SIGTRAP | 0x80) && count(pid))
			continue;
		go_on(pid, status);
	}
}

static void launch(char **argv)
{
	int gate[2];
	char c = 0;

	if (pipe(gate) < 0)
		die("pipe");
	first = fork();
	if (first < 0)
		die("fork");
	if (first == 0) {
		close(gate[1]);
		if (read(gate[0], &c, 1) != 1)
			_exit(125);
		close(gate[0]);
		execvp(argv[0], argv);
		_exit(125);
	}
	if (ptrace(PTRACE_SEIZE, first, 0,
		    (void *)(long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
				   PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
				   PTRACE_O_TRACEEXEC)) < 0)
		die("ptrace");
	if (ptrace(PTRACE_INTERRUPT, first, 0, 0) < 0)
		die("ptrace");
	add(first);
	close(gate[0]);
	if (write(gate[1], &c, 1) != 1)
		die("write");
	close(gate[1]);
}

int main(int argc, char **argv)
{
	int i, status;

	for (i = 1; i + 1 < argc && strcmp(argv[i], "--") != 0; i += 2) {
		if (strcmp(argv[i], "--kill") == 0)
			kill_at = strtol(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--signal") == 0 &&
			 strcmp(argv[i + 1], "SEGV") == 0)
			signal_sent = SIGSEGV;
		else if (strcmp(argv[i], "--look") == 0)
			start_looker((pid_t)strtol(argv[i + 1], NULL, 10));
		else if (strcmp(argv[i], "--out") == 0)
			out = fopen(argv[i + 1], "we");
		else if (strcmp(argv[i], "--call") == 0 &&
			 strcmp(argv[i + 1], "getppid") == 0)
			only_call = SYS_getppid;
		else if (strcmp(argv[i], "--only") == 0)
			*(strcmp(argv[i + 1], "first") == 0 ? &only_first
							    : &only_others) = true;
	}
	if (i + 1 >= argc || !out) {
		fprintf(stderr,
			"usage: stepper [--kill K [--signal SEGV]] [--only first|others] "
			"--out FILE -- "
			"COMMAND...\n");
		return 125;
	}
	launch(argv + i + 1);
	status = trace();
	detach_all();
	fprintf(out, "calls %ld\n", calls);
	if (looker >= 0)
		fprintf(out, "looks %ld\n", looks);
	fclose(out);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
