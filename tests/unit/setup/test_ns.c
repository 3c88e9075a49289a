/* SPDX-License-Identifier: Apache-2.0 */
/* Joining, in the order that a user namespace needs, and what is unshared late. */
#include "config.h"

#include "world.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/ns.h"

/* A process that holds new namespaces open until the channel is closed. */
static pid_t holder(int flags, int *keep)
{
	int ready[2];
	pid_t pid;
	char c;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ready) < 0)
		return -1;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(ready[0]);
		if (unshare(flags) < 0 || write(ready[1], "r", 1) != 1)
			_exit(1);
		while (read(ready[1], &c, 1) > 0)
			;
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		return -1;
	*keep = ready[0];
	return pid;
}

static void release(pid_t pid, int keep)
{
	int status;

	/* Another holder may have inherited our end. */
	kill(pid, SIGKILL);
	close(keep);
	waitpid(pid, &status, 0);
}

static ino_t inode(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_ino : 0;
}

static char *ns_path(pid_t pid, const char *name)
{
	static char path[8][64];
	static unsigned next;
	char *p = path[next++ % 8];

	snprintf(p, 64, "/proc/%d/ns/%s", (int)pid, name);
	return p;
}

static int try_join(void *arg)
{
	struct plan_ns j[] = { { .type = NS_NET }, { .type = NS_UTS }, { .type = NS_IPC },
		{ .type = NS_MOUNT } };
	struct plan plan = { .joins = j, .n_joins = 4 };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	int keep;
	pid_t pid =
		holder(CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS, &keep);

	(void)arg;
	if (pid < 0)
		return 77;
	for (size_t i = 0; i < 4; i++)
		j[i].path = ns_path(pid, ns_table[j[i].type].proc);
	step_ctx_init(&ctx, &plan);
	CHECK(step_join.wanted(&plan));
	CHECK_OK(step_ns_join(&ctx, &e), &e);
	for (size_t i = 0; i < 4; i++)
		CHECK(inode(j[i].path) ==
			inode(ns_path(getpid(), ns_table[j[i].type].proc)));
	release(pid, keep);
	plan.relay = true;
	CHECK(!step_join.wanted(&plan));
	return 0;
}

static void run_child(int (*fn)(void *arg))
{
	int r = in_child(fn, NULL);

	if (r == 77) {
		fprintf(stderr, "SKIP: namespaces are not allowed here\n");
		skip();
	}
	assert_int_equal(r, 0);
}

static void test_join(void **state)
{
	(void)state;
	run_child(try_join);
}

/* NS-10: the network namespace belongs to us, the uts namespace to the user namespace. */
static int try_two_passes(void *arg)
{
	struct plan_ns j[] = { { .type = NS_USER }, { .type = NS_NET },
		{ .type = NS_UTS } };
	struct plan plan = { .joins = j, .n_joins = 3 };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	ino_t want[3];
	int keep[2];
	pid_t net = holder(CLONE_NEWNET, &keep[0]);
	pid_t user = holder(CLONE_NEWUSER | CLONE_NEWUTS, &keep[1]);

	(void)arg;
	if (net < 0 || user < 0)
		return 77;
	j[0].path = ns_path(user, "user");
	j[1].path = ns_path(net, "net");
	j[2].path = ns_path(user, "uts");
	/* Asked before: afterwards the processes are not ours to look at. */
	for (size_t i = 0; i < 3; i++)
		want[i] = inode(j[i].path);
	step_ctx_init(&ctx, &plan);
	CHECK_OK(step_ns_join(&ctx, &e), &e);
	CHECK(want[0] == inode("/proc/self/ns/user"));
	CHECK(want[1] == inode("/proc/self/ns/net"));
	CHECK(want[2] == inode("/proc/self/ns/uts"));
	release(net, keep[0]);
	release(user, keep[1]);
	return 0;
}

static void test_two_passes(void **state)
{
	(void)state;
	run_child(try_two_passes);
}

/* F2, NS-09: a wrong type, no namespace, a fifo; and nothing is joined before all are open. */
static int try_bad_paths(void *arg)
{
	struct plan_ns j[] = { { .type = NS_UTS },
		{ .type = NS_NET, .at_line = 4, .at_path = "linux.namespaces[1]" } };
	struct plan plan = { .joins = j, .n_joins = 2 };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	int keep;
	pid_t pid = holder(CLONE_NEWUTS, &keep);
	ino_t before = inode("/proc/self/ns/uts");
	char fifo[64];
	const char *paths[] = { "/proc/self/ns/uts", "/etc/passwd", "/nowhere", fifo };

	(void)arg;
	if (pid < 0)
		return 77;
	snprintf(fifo, sizeof(fifo), "/tmp/davit-ns-%d", (int)getpid());
	CHECK(mkfifo(fifo, 0600) == 0);
	j[0].path = ns_path(pid, "uts");
	step_ctx_init(&ctx, &plan);
	alarm(20);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		j[1].path = paths[i];
		err_done(&e);
		CHECK(step_ns_join(&ctx, &e) < 0);
		CHECK(strstr(e.doing, paths[i]) &&
			strcmp(e.path, "linux.namespaces[1]") == 0);
		CHECK(inode("/proc/self/ns/uts") == before);
	}
	CHECK(unlink(fifo) == 0);
	release(pid, keep);
	return 0;
}

static void test_bad_paths(void **state)
{
	(void)state;
	run_child(try_bad_paths);
}

static int try_time(void *arg)
{
	struct plan_offset o[] = { { .clock = "monotonic", .secs = 86400 },
		{ .clock = "boottime", .secs = -1, .nanosecs = 500000000 } };
	struct plan plan = { .time_offsets = o, .n_time_offsets = 2 };
	auto_error struct error e = ERROR_INIT;

	(void)arg;
	if (access("/proc/self/ns/time", F_OK) < 0 || geteuid() != 0)
		return 77;
	CHECK_OK(step_time_ns(&plan, &e), &e);
	CHECK(has_text("/proc/self/timens_offsets", "monotonic       86400         0\n"
						    "boottime           -1 500000000\n"));
	o[0].clock = "sundial";
	err_done(&e);
	CHECK(step_time_ns(&plan, &e) < 0);
	return 0;
}

static void test_time(void **state)
{
	(void)state;
	run_child(try_time);
}

static int try_cgroup_ns(void *arg)
{
	struct plan plan = { .new_cgroup_ns = true };
	auto_error struct error e = ERROR_INIT;
	struct step_ctx ctx;
	ino_t before = inode("/proc/self/ns/cgroup");

	(void)arg;
	if (geteuid() != 0)
		return 77;
	step_ctx_init(&ctx, &plan);
	CHECK(step_cgroup_ns.wanted(&plan));
	CHECK_OK(step_cgroup_ns.apply(&ctx, &e), &e);
	CHECK(inode("/proc/self/ns/cgroup") != before);
	plan.new_cgroup_ns = false;
	CHECK(!step_cgroup_ns.wanted(&plan));
	return 0;
}

static void test_cgroup_ns(void **state)
{
	(void)state;
	run_child(try_cgroup_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_two_passes),
		cmocka_unit_test(test_bad_paths),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_cgroup_ns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
