/* SPDX-License-Identifier: Apache-2.0 */
/* Device programs: in force, replaced without a gap, refused with the verifier's
 * words. */
#include "config.h"

#include "sandbox.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/bpf.h"
#include "sys/cgroupfs.h"
#include "sys/probe.h"

#define RETURN(n)                                                    \
	{                                                            \
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = (n) }, \
		{                                                    \
			.code = BPF_JMP | BPF_EXIT                   \
		}                                                    \
	}
static const struct bpf_insn allow[] = RETURN(1);
static const struct bpf_insn deny[] = RETURN(0);
static const struct bpf_insn broken[] = { { .code = BPF_JMP | BPF_EXIT } };

/* In the cgroup: 0 when a device can be opened. */
static int open_null(void *arg)
{
	int dir = *(int *)arg;

	CHECK(cgfs_write(dir, "cgroup.procs", "0", NULL) == 0);
	return open("/dev/null", O_RDONLY | O_CLOEXEC) < 0 ? 10 : 20;
}

static int programs(void *arg)
{
	auto_error struct error e = ERROR_INIT;
	char name[64];
	int root;

	CHECK(!arg || forget(arg));
	if (!find_cgroup(true, &root, name))
		return 0;
	int dir = cgfs_open(root, name, &e);
	auto_fd int yes = bpf_load_device(allow, 2, &e);
	if (yes == -EPERM || yes == -ENOSYS || yes == -EINVAL) {
		fprintf(stderr, "SKIP: no device programs on this kernel\n");
		return cgfs_rmtree(root, name, 1000, NULL);
	}
	CHECK_OK(yes, &e);
	auto_fd int no = bpf_load_device(deny, 2, &e);
	CHECK_OK(no, &e);
	CHECK(fcntl(no, F_GETFD) & FD_CLOEXEC);
	/* None there: the first. */
	CHECK_OK(bpf_replace_device(yes, dir, &e), &e);
	CHECK(in_child(open_null, &dir) == 20);
	CHECK_OK(bpf_replace_device(no, dir, &e), &e);
	CHECK(in_child(open_null, &dir) == 10);
	/* If the old one were there still, nothing could be opened. */
	CHECK_OK(bpf_replace_device(yes, dir, &e), &e);
	CHECK(in_child(open_null, &dir) == 20);
	/* Two attached: both count, and both are replaced. */
	CHECK_OK(bpf_attach_device(no, dir, &e), &e);
	CHECK(in_child(open_null, &dir) == 10);
	auto_fd int other = bpf_load_device(allow, 2, &e);
	CHECK_OK(bpf_replace_device(other, dir, &e), &e);
	CHECK(in_child(open_null, &dir) == 20);
	CHECK(bpf_attach_device(yes, 0, &e) < 0 && e.call);
	CHECK(bpf_replace_device(yes, 0, &e) < 0);
	/* What the verifier says is told. */
	CHECK(bpf_load_device(broken, 1, &e) == -EACCES && strstr(e.text, "R0"));
	CHECK(bpf_load_device(broken, 0, &e) < 0);
	close(dir);
	CHECK_OK(cgfs_rmtree(root, name, 5000, &e), &e);
	close(root);
	return 0;
}

static void test_programs(void **state)
{
	(void)state;
	assert_int_equal(in_child(programs, NULL), 0);
}

static void test_without_replace(void **state)
{
	static char list[] = "bpf-replace";

	(void)state;
	if (sys_forget("") < 0) {
		fprintf(stderr, "SKIP: no test hooks\n");
		skip();
	}
	assert_int_equal(in_child(programs, list), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_without_replace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
