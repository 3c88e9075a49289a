/* SPDX-License-Identifier: Apache-2.0 */
/* Cgroup files: what puts a value back, and whether a value is in force. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "run/resfile.h"

/* old: what puts the text back that value is going to change. */
static const struct {
	const char *file, *text, *value, *old;
} olds[] = {
	{ "pids.max", "max", "5", "max" },
	{ "cpu.max", "max 100000", "5000 20000", "max 100000" },
	{ "memory.limit_in_bytes", "9223372036854771712", "4096", "9223372036854771712" },
	{ "cpuset.cpus", "", "0-1", "\n" },
	{ "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0", "1", "0" },
	{ "io.weight", "default 100\n8:0 50", "default 200", "default 100" },
	{ "io.bfq.weight", "default 100\n8:0 50", "200", "100" },
	{ "io.bfq.weight", "default 100\n8:0 50", "8:0 200", "8:0 50" },
	{ "io.bfq.weight", "default 100", "8:16 200", "8:16 0" },
	{ "blkio.bfq.weight", "100", "200", "100" },
	{ "blkio.throttle.read_bps_device", "8:0 1000\n8:16 5", "8:16 7", "8:16 5" },
	{ "blkio.throttle.read_bps_device", "8:160 5", "8:16 7", "8:16 0" },
	{ "io.max", "8:0 rbps=5 wbps=max riops=max wiops=6", "8:0 rbps=9 wiops=max",
		"8:0 rbps=5 wiops=6" },
	{ "io.max", "", "8:0 rbps=9", "8:0 rbps=max" },
	{ "rdma.max", "mlx5_1 hca_handle=3 hca_object=max", "mlx5_1 hca_object=10",
		"mlx5_1 hca_object=max" },
	{ "rdma.max", "mlx4_0 hca_handle=3 hca_object=max", "mlx5_1 hca_handle=10",
		"mlx5_1 hca_handle=max" },
	{ "net_prio.ifpriomap", "lo 0\neth0 4", "eth0 9", "eth0 4" },
	{ "devices.allow", "", "c 1:11 r", "c 1:11 r" },
};

static void a_value_is_put_back_by_what_stood_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(olds); i++) {
		auto_arena struct arena a = ARENA_INIT;

		assert_string_equal(
			resfile_old(&a, olds[i].file, olds[i].text, olds[i].value),
			olds[i].old);
	}
	assert_string_equal(resfile_undo_file("devices.allow"), "devices.deny");
	assert_string_equal(resfile_undo_file("devices.deny"), "devices.allow");
	assert_string_equal(resfile_undo_file("pids.max"), "pids.max");
}

static const struct {
	const char *file, *text, *value;
	bool has;
} comparisons[] = {
	{ "pids.max", "5", "5", true },
	{ "pids.max", "6", "5", false },
	{ "pids.max", "max", "max", true },
	{ "memory.max", "4096", "5000", true },
	{ "memory.max", "8192", "5000", false },
	{ "memory.limit_in_bytes", "9223372036854771712", "-1", true },
	{ "memory.memsw.limit_in_bytes", "9223372036854771712", "9223372036854775807",
		true },
	{ "memory.max", "max", "4096", false },
	{ "hugetlb.1GB.limit_in_bytes", "9223372035781033984", "-1", true },
	{ "hugetlb.2MB.max", "2097152", "2097153", false },
	{ "cpu.max", "max 100000", "max 100000", true },
	{ "cpu.max", "5000 100000", "5000 100001", false },
	{ "cpu.max", "5000", "5000 100000", false },
	{ "cpu.cfs_quota_us", "-1", "-1", true },
	{ "cpu.weight", "59", "60", false },
	{ "cpuset.cpus", "0-3,7", "0,1,2,3,7", true },
	{ "cpuset.cpus", "0-3,7", "0-4", false },
	{ "cpuset.cpus", "", "\n", true },
	{ "cpuset.cpus", "0", "\n", false },
	{ "memory.oom_control", "oom_kill_disable 1\nunder_oom 0", "1", true },
	{ "memory.oom_control", "oom_kill_disable 0\nunder_oom 1", "1", false },
	{ "io.weight", "default 100\n8:0 5", "default 100", true },
	{ "io.weight", "default 100\n8:0 5", "default 200", false },
	{ "io.bfq.weight", "default 100\n8:0 5", "100", true },
	{ "io.bfq.weight", "default 100\n8:0 5", "8:0 6", false },
	{ "blkio.throttle.write_iops_device", "8:0 5", "8:0 5", true },
	{ "blkio.throttle.write_iops_device", "", "8:0 0", true },
	{ "blkio.throttle.write_iops_device", "", "8:0 1", false },
	{ "io.max", "8:0 rbps=5 wbps=max riops=max wiops=6", "8:0 wiops=6", true },
	{ "io.max", "8:0 rbps=5 wbps=max riops=max wiops=6", "8:0 rbps=6", false },
	{ "io.max", "", "8:0 rbps=max", true },
	{ "io.max", "", "8:0 rbps=1", false },
	{ "rdma.max", "mlx5_1 hca_handle=3 hca_object=max",
		"mlx5_1 hca_handle=3 hca_object=max", true },
	{ "net_prio.ifpriomap", "lo 0\neth0 4", "eth0 4", true },
	{ "net_prio.ifpriomap", "lo 0\neth0 4", "eth0 5", false },
	{ "devices.allow", "a *:* rwm", "c 1:11 r", true },
};

static void a_value_is_found_in_the_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(comparisons); i++) {
		bool has = resfile_has(
			comparisons[i].file, comparisons[i].text, comparisons[i].value);

		if (has != comparisons[i].has)
			fail_msg("%s: \"%s\" against \"%s\"", comparisons[i].file,
				comparisons[i].text, comparisons[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_put_back_by_what_stood_there),
		cmocka_unit_test(a_value_is_found_in_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
