/* SPDX-License-Identifier: Apache-2.0 */
/* What the program gets and what of the caller's it never gets: limits, signals, descriptors,
 * stdio, umask, scheduling, the filter. */
#include "config.h"

#include "world.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sync/message.h"
#include "sys/proc.h"

static void run_child(int (*fn)(void *arg))
{
	int r = in_child(fn, NULL);

	if (r == 77) {
		fprintf(stderr, "SKIP: needs root\n");
		skip();
	}
	assert_int_equal(r, 0);
}

/* --- limits --- */

static int try_limits(void *arg)
{
	struct plan_rlimit l[] = {
		{ .type = RLIMIT_NOFILE, .soft = 100, .hard = 200 },
		{ .type = RLIMIT_CORE, .soft = 0, .hard = UINT64_MAX },
		{ .type = RLIMIT_FSIZE, .soft = 0x123456789ull, .hard = UINT64_MAX },
	};
	struct plan_process p = { .rlimits = l,
		.n_rlimits = 3,
		.has_oom_score_adj = true,
		.oom_score_adj = 321 };
	struct plan plan = { .process = &p };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	uint64_t is[2];

	(void)arg;
	if (geteuid() != 0)
		return 77;
	step_ctx_init(&ctx, &plan);
	CHECK(step_limits.wanted(&plan));
	CHECK_OK(step_limits.apply(&ctx, &e), &e);
	CHECK(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, is) == 0);
	CHECK(is[0] == 100 && is[1] == 200);
	CHECK(syscall(SYS_prlimit64, 0, RLIMIT_CORE, NULL, is) == 0);
	CHECK(is[0] == 0 && is[1] == UINT64_MAX);
	CHECK(syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, is) == 0);
	CHECK(is[0] == 0x123456789ull && is[1] == UINT64_MAX);
	CHECK(has_text("/proc/self/oom_score_adj", "321\n"));
	return 0;
}

static void test_limits(void **state)
{
	(void)state;
	run_child(try_limits);
}

/* Files: 3 and less leave no room for opening anything, so the score goes first. */
static int try_tiny_limits(void *arg)
{
	struct plan_rlimit l = { .type = RLIMIT_NOFILE, .soft = 0, .hard = 0 };
	struct plan_process p = { .rlimits = &l,
		.n_rlimits = 1,
		.has_oom_score_adj = true,
		.oom_score_adj = 7 };
	struct plan plan = { .process = &p };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;

	(void)arg;
	if (geteuid() != 0)
		return 77;
	step_ctx_init(&ctx, &plan);
	CHECK_OK(step_limits.apply(&ctx, &e), &e);
	CHECK(dup(0) < 0 && errno == EMFILE);
	return 0;
}

static void test_tiny_limits(void **state)
{
	(void)state;
	run_child(try_tiny_limits);
}

static int try_refused_limit(void *arg)
{
	struct plan_rlimit l = { .type = RLIMIT_NOFILE,
		.name = "RLIMIT_NOFILE",
		.soft = UINT64_MAX,
		.hard = UINT64_MAX,
		.at_line = 9,
		.at_path = "process.rlimits[0]" };
	struct plan_process p = { .rlimits = &l, .n_rlimits = 1 };
	struct plan plan = { .process = &p };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;

	(void)arg;
	step_ctx_init(&ctx, &plan);
	CHECK_FAILS(step_limits.apply(&ctx, &e), EPERM, &e);
	CHECK(strcmp(e.text, "cannot set RLIMIT_NOFILE to 18446744073709551615:"
			     "18446744073709551615") == 0);
	CHECK(e.hint && strstr(e.hint, "fs.nr_open"));
	CHECK(strcmp(e.path, "process.rlimits[0]") == 0);
	p.n_rlimits = 0;
	CHECK(!step_limits.wanted(&plan));
	return 0;
}

static void test_refused_limit(void **state)
{
	(void)state;
	run_child(try_refused_limit);
}

static pid_t other;

static int ask_limits(
	struct step_ctx *ctx, int kind, uint32_t arg, int *fd, struct error *e)
{
	(void)arg;
	(void)fd;
	CHECK(kind == MSG_NEED_LIMITS);
	return step_limits_set(ctx->plan, other, e);
}

/* By the parent, on another process, and nothing on ourselves. */
static int try_limits_by_parent(void *arg)
{
	struct plan_rlimit l = { .type = RLIMIT_NOFILE, .soft = 50, .hard = 60 };
	struct plan_process p = { .rlimits = &l,
		.n_rlimits = 1,
		.has_oom_score_adj = true,
		.oom_score_adj = 11,
		.limits_by_parent = true };
	struct plan plan = { .process = &p };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	char name[64];
	uint64_t is[2];
	int status;

	(void)arg;
	if (geteuid() != 0)
		return 77;
	other = fork();
	CHECK(other >= 0);
	if (other == 0) {
		pause();
		_exit(0);
	}
	step_ctx_init(&ctx, &plan);
	ctx.ask = ask_limits;
	CHECK_OK(step_limits.apply(&ctx, &e), &e);
	CHECK(syscall(SYS_prlimit64, other, RLIMIT_NOFILE, NULL, is) == 0 && is[1] == 60);
	snprintf(name, sizeof(name), "/proc/%d/oom_score_adj", (int)other);
	CHECK(has_text(name, "11\n"));
	CHECK(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, is) == 0 && is[1] != 60);
	CHECK(kill(other, SIGKILL) == 0 && waitpid(other, &status, 0) == other);
	return 0;
}

static void test_limits_by_parent(void **state)
{
	(void)state;
	run_child(try_limits_by_parent);
}

/* --- signals --- */

static int signals_of(const char *field, unsigned long long *out)
{
	auto_file FILE *f = fopen("/proc/self/status", "re");
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, field, strlen(field)) == 0)
			return sscanf(line + strlen(field), ": %llx", out) == 1 ? 0 : -1;
	return -1;
}

static int try_signals(void *arg)
{
	struct plan_process p = { .uid = 0 };
	struct plan plan = { .process = &p };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	unsigned long long set;
	sigset_t all;

	(void)arg;
	sigfillset(&all);
	CHECK(sigprocmask(SIG_SETMASK, &all, NULL) == 0);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGRTMAX, SIG_IGN);
	step_ctx_init(&ctx, &plan);
	CHECK_OK(step_signals.apply(&ctx, &e), &e);
	CHECK(signals_of("SigIgn", &set) == 0 && set == 1ull << (SIGPIPE - 1));
	CHECK(signals_of("SigBlk", &set) == 0 && set == 0);
	CHECK_OK(step_signals_last.apply(&ctx, &e), &e);
	CHECK(signals_of("SigIgn", &set) == 0 && set == 0);
	return 0;
}

static void test_signals(void **state)
{
	(void)state;
	run_child(try_signals);
}

/* --- descriptors --- */

static bool is_cloexec(int fd)
{
	return fcntl(fd, F_GETFD) == FD_CLOEXEC;
}

static int try_fds(void *arg)
{
	struct plan_process p = { .preserve_fds = 2 };
	struct plan plan = { .process = &p };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;

	(void)arg;
	for (int fd = 3; fd < 200; fd++)
		CHECK(dup2(0, fd) == fd);
	step_ctx_init(&ctx, &plan);
	CHECK(step_fds.wanted(&plan));
	CHECK_OK(step_fds.apply(&ctx, &e), &e);
	CHECK(!is_cloexec(0) && !is_cloexec(3) && !is_cloexec(4));
	for (int fd = 5; fd < 200; fd++)
		CHECK(is_cloexec(fd));
	return 0;
}

/* E1: neither the host's /proc nor a folder is left for names of the image to lead through. */
static int try_handles(void *arg)
{
	struct plan_process p = { .umask = 0 };
	struct plan plan = { .process = &p };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	int proc = sys_proc_fd(&e), root;

	(void)arg;
	CHECK(proc >= 0);
	step_ctx_init(&ctx, &plan);
	root = ctx.rootfs_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(root >= 0);
	CHECK_OK(step_handles.apply(&ctx, &e), &e);
	CHECK(fcntl(proc, F_GETFD) < 0 && fcntl(root, F_GETFD) < 0);
	CHECK(sys_proc_fd(NULL) == -EBADF && ctx.rootfs_fd == -EBADF);
	return 0;
}

static void test_handles(void **state)
{
	(void)state;
	run_child(try_handles);
}

static void test_fds(void **state)
{
	(void)state;
	run_child(try_fds);
}

/* --- stdio --- */

static int try_stdio(void *arg)
{
	struct plan_process p = { .uid = 1000, .gid = 2000 };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	struct plan plan;
	struct stat host;
	struct stat st;
	int out[2];

	(void)arg;
	CHECK(mknod("root/dev/null", S_IFCHR | 0666, makedev(1, 3)) == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	plan.process = &p;
	CHECK(pipe(out) == 0);
	CHECK(dup2(open("/dev/null", O_RDWR), 0) == 0 && dup2(out[1], 1) == 1 &&
		dup2(0, 2) == 2);
	CHECK(stat("/dev/null", &host) == 0);
	CHECK_OK(step_stdio.apply(&ctx, &e), &e);
	/* FD-03: another inode, the container's. */
	CHECK(fstat(0, &st) == 0 && st.st_rdev == makedev(1, 3) &&
		st.st_dev != host.st_dev);
	CHECK(!is_cloexec(0));
	CHECK(fstat(2, &st) == 0 && st.st_rdev == makedev(1, 3) &&
		st.st_dev != host.st_dev);
	/* FD-04: the pipe is the user's, the group is left. */
	CHECK(fstat(1, &st) == 0 && st.st_uid == 1000 && st.st_gid == 0);
	CHECK(stat("/dev/null", &st) == 0 && st.st_uid == host.st_uid);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(stdio)

/* D6: nobody else's things change their owner. */
static int try_stdio_of_the_host(void *arg)
{
	struct plan_process p = { .uid = 1000, .gid = 1000 };
	auto_error struct error e = ERROR_INIT;
	auto_free char *before = NULL;
	auto_free char *after = NULL;
	struct step_ctx ctx;
	struct plan plan;
	struct stat st;
	int fds[3];
	int pair[2];

	(void)arg;
	CHECK(mkfifo("host/fifo", 0600) == 0);
	CHECK(mknod("host/null", S_IFCHR | 0600, makedev(1, 3)) == 0);
	CHECK(world_begin(&ctx, &plan, &e) == 0);
	plan.process = &p;
	fds[0] = open("host/null", O_RDWR);
	fds[1] = open("host/secret", O_WRONLY);
	fds[2] = open("host/fifo", O_RDWR);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	before = canary();
	for (int i = 0; i < 3; i++)
		CHECK(fds[i] >= 0 && dup2(fds[i], 0) == 0);
	CHECK(dup2(fds[0], 0) == 0 && dup2(fds[1], 1) == 1 && dup2(fds[2], 2) == 2);
	/* No /dev/null inside: the host's stays (D2). */
	CHECK(step_stdio.apply(&ctx, &e) == 0);
	CHECK(fstat(0, &st) == 0 && st.st_rdev == makedev(1, 3));
	/* A link to a null device elsewhere is not the container's. */
	CHECK(symlink("/tmp/host/null", "root/dev/null") == 0);
	CHECK(step_stdio.apply(&ctx, &e) == 0);
	CHECK(dup2(pair[0], 0) == 0);
	CHECK(step_stdio.apply(&ctx, &e) == 0);
	after = canary();
	CHECK(strcmp(before, after) == 0);
	step_ctx_done(&ctx);
	return 0;
}
BOTH(stdio_of_the_host)

/* --- small ones --- */

static int try_umask_and_session(void *arg)
{
	struct plan_process p = { .uid = 0 };
	struct plan plan = { .process = &p };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;

	(void)arg;
	step_ctx_init(&ctx, &plan);
	umask(0777);
	CHECK_OK(step_umask.apply(&ctx, &e), &e);
	CHECK(umask(0) == 022);
	p.has_umask = true;
	CHECK_OK(step_umask.apply(&ctx, &e), &e);
	CHECK(umask(0) == 0);
	p.umask = 0127;
	CHECK_OK(step_umask.apply(&ctx, &e), &e);
	CHECK(umask(0) == 0127);
	CHECK_OK(step_session.apply(&ctx, &e), &e);
	CHECK(getsid(0) == getpid() && getpgrp() == getpid());
	CHECK_FAILS(step_session.apply(&ctx, &e), EPERM, &e);
	return 0;
}

/* fs.suid_dumpable cannot be set for one test: where the ids stay, we stay what we were. */
static int try_dumpable(void *arg)
{
	struct plan_process p = { .uid = getuid(), .gid = getgid() };
	struct plan plan = { .process = &p };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;

	(void)arg;
	/* In a user namespace that has no number for our group. */
	if (setresgid(p.gid, p.gid, p.gid) < 0)
		return 77;
	step_ctx_init(&ctx, &plan);
	CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);
	CHECK_OK(step_ids.apply(&ctx, &e), &e);
	CHECK(prctl(PR_GET_DUMPABLE) == 0);
	return 0;
}

static void test_dumpable(void **state)
{
	(void)state;
	run_child(try_dumpable);
}

static void test_umask_and_session(void **state)
{
	(void)state;
	run_child(try_umask_and_session);
}

static int try_namespaces(void *arg)
{
	struct plan_sysctl sysctls[] = {
		{ .name = "kernel/msgmax", .value = "12345" },
		{ .name = "net/ipv4/ip_forward", .value = "1" },
		{ .name = "kernel/no_such_thing",
			.value = "1",
			.at_line = 8,
			.at_path = "linux.sysctl.x" },
	};
	struct plan plan = { .hostname = "box",
		.domainname = "example",
		.loopback = true,
		.sysctls = sysctls,
		.n_sysctls = 2 };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	char name[64];

	(void)arg;
	if (unshare(CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWNS) < 0)
		return 77;
	/* Where the machine's mounts are shared, a sysfs on /sys would lie there too. */
	CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	step_ctx_init(&ctx, &plan);
	CHECK_OK(step_names.apply(&ctx, &e), &e);
	CHECK(gethostname(name, sizeof(name)) == 0 && strcmp(name, "box") == 0);
	CHECK(getdomainname(name, sizeof(name)) == 0 && strcmp(name, "example") == 0);
	CHECK_OK(step_loopback.apply(&ctx, &e), &e);
	CHECK(mount("sysfs", "/sys", "sysfs", 0, NULL) == 0);
	CHECK(has_text("/sys/class/net/lo/flags", "0x9"));
	CHECK_OK(step_sysctl.apply(&ctx, &e), &e);
	CHECK(has_text("/proc/sys/kernel/msgmax", "12345\n"));
	CHECK(has_text("/proc/sys/net/ipv4/ip_forward", "1\n"));
	plan.n_sysctls = 3;
	CHECK_FAILS(step_sysctl.apply(&ctx, &e), ENOENT, &e);
	CHECK(strstr(e.doing, "kernel/no_such_thing") && e.line == 8 && e.hint);
	return 0;
}

static void test_namespaces(void **state)
{
	(void)state;
	run_child(try_namespaces);
}

static int try_scheduling(void *arg)
{
	struct plan_sched s = {
		.policy = SCHED_BATCH, .nice = 7, .at_path = "process.scheduler"
	};
	struct plan_ioprio io = { .class_ = 3, .priority = 0 };
	struct plan_process p = { .sched = &s, .ioprio = &io };
	struct plan plan = { .process = &p };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	cpu_set_t one;
	cpu_set_t now;

	(void)arg;
	if (geteuid() != 0)
		return 77;
	step_ctx_init(&ctx, &plan);
	CHECK_OK(step_scheduler.apply(&ctx, &e), &e);
	CHECK(syscall(SYS_sched_getscheduler, 0) == SCHED_BATCH &&
		getpriority(PRIO_PROCESS, 0) == 7);
	CHECK_OK(step_io_priority.apply(&ctx, &e), &e);
	CHECK(syscall(SYS_ioprio_get, 1, 0) >> 13 == 3);
	s.policy = SCHED_FIFO;
	s.nice = 0;
	CHECK_FAILS(step_scheduler.apply(&ctx, &e), EINVAL, &e);
	CHECK(e.hint && strcmp(e.path, "process.scheduler") == 0);
	/* The caller's real-time policy and affinity never reach the container. */
	s.priority = 5;
	CHECK_OK(step_scheduler.apply(&ctx, &e), &e);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	CHECK(sched_setaffinity(0, sizeof(one), &one) == 0);
	p.sched = NULL;
	CHECK_OK(step_scheduler.apply(&ctx, &e), &e);
	CHECK(syscall(SYS_sched_getscheduler, 0) == SCHED_OTHER);
	CHECK(getpriority(PRIO_PROCESS, 0) == 0);
	CHECK_OK(step_affinity.apply(&ctx, &e), &e);
	CHECK(sched_getaffinity(0, sizeof(now), &now) == 0);
	CHECK(CPU_COUNT(&now) == sysconf(_SC_NPROCESSORS_ONLN));
	return 0;
}

static void test_scheduling(void **state)
{
	(void)state;
	run_child(try_scheduling);
}

static int try_personality(void *arg)
{
	struct plan_process p = { .has_personality = true, .personality = 8 };
	struct plan plan = { .process = &p };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;

	(void)arg;
	step_ctx_init(&ctx, &plan);
	CHECK(step_personality.wanted(&plan));
	CHECK_OK(step_personality.apply(&ctx, &e), &e);
	CHECK(syscall(SYS_personality, 0xffffffff) == 8);
	p.has_personality = false;
	CHECK(!step_personality.wanted(&plan));
	return 0;
}

static void test_personality(void **state)
{
	(void)state;
	run_child(try_personality);
}

static int try_keyring(void *arg)
{
	struct plan_process p = { .new_keyring = true };
	struct plan plan = { .process = &p };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	long before = syscall(SYS_keyctl, 0, -3, 0, 0, 0);

	(void)arg;
	if (before < 0)
		return 77;
	step_ctx_init(&ctx, &plan);
	CHECK_OK(step_keyring.apply(&ctx, &e), &e);
	CHECK(syscall(SYS_keyctl, 0, -3, 0, 0, 0) > 0);
	CHECK(syscall(SYS_keyctl, 0, -3, 0, 0, 0) != before);
	p.new_keyring = false;
	CHECK(!step_keyring.wanted(&plan));
	return 0;
}

static void test_keyring(void **state)
{
	(void)state;
	run_child(try_keyring);
}

/* --- the filter --- */

static int try_filter(void *arg)
{
	/* sethostname gives ENOTTY, everything else goes. */
	struct sock_filter prog[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sethostname, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOTTY),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct plan_seccomp s = {
		.prog = prog, .n_prog = sizeof(prog), .early = arg == NULL
	};
	struct plan_process p = { .seccomp = &s, .no_new_privileges = !s.early };
	struct plan plan = { .process = &p };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;

	step_ctx_init(&ctx, &plan);
	CHECK(step_seccomp_early.wanted(&plan) == s.early);
	CHECK(step_seccomp.wanted(&plan) == !s.early);
	CHECK(step_nnp.wanted(&plan) == !s.early);
	if (!s.early) {
		/* With no_new_privs nobody needs to be privileged. */
		CHECK(setresuid(1000, 1000, 1000) == 0);
		CHECK_OK(step_nnp.apply(&ctx, &e), &e);
		CHECK_OK(step_seccomp.apply(&ctx, &e), &e);
	} else {
		if (geteuid() != 0)
			return 77;
		CHECK_OK(step_seccomp_early.apply(&ctx, &e), &e);
		CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
	}
	CHECK(sethostname("x", 1) < 0 && errno == ENOTTY);
	/* Rubbish is refused, with its place. */
	prog[3].code = 0xffff;
	s.at_path = "linux.seccomp";
	CHECK_FAILS(step_seccomp.apply(&ctx, &e), EINVAL, &e);
	CHECK(strcmp(e.path, "linux.seccomp") == 0);
	return 0;
}

static void test_filter_early(void **state)
{
	(void)state;
	run_child(try_filter);
}

static int try_filter_late(void *arg)
{
	(void)arg;
	return geteuid() == 0 ? try_filter(&errno) : 77;
}

static void test_filter_late(void **state)
{
	(void)state;
	run_child(try_filter_late);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_tiny_limits),
		cmocka_unit_test(test_refused_limit),
		cmocka_unit_test(test_limits_by_parent),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_fds),
		cmocka_unit_test(test_handles),
		BOTH_TESTS(stdio),
		BOTH_TESTS(stdio_of_the_host),
		cmocka_unit_test(test_umask_and_session),
		cmocka_unit_test(test_dumpable),
		cmocka_unit_test(test_namespaces),
		cmocka_unit_test(test_scheduling),
		cmocka_unit_test(test_personality),
		cmocka_unit_test(test_keyring),
		cmocka_unit_test(test_filter_early),
		cmocka_unit_test(test_filter_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
