/* SPDX-License-Identifier: Apache-2.0 */
/* Every property of linux.resources: the files and values of v1 and of v2, in order. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "planning.h"

static const char *names[] = { "memory", "cpu", "cpuset", "pids", "blkio", "net_cls",
	"net_prio", "hugetlb", "rdma", "devices" };
static struct host_hierarchy hierarchies[] = {
	{ "/c/memory", false, &names[0], 1, "/" },
	{ "/c/cpu", false, &names[1], 1, "/" },
	{ "/c/cpuset", false, &names[2], 1, "/" },
	{ "/c/pids", false, &names[3], 1, "/" },
	{ "/c/blkio", false, &names[4], 1, "/" },
	{ "/c/net_cls,net_prio", false, &names[5], 2, "/" },
	{ "/c/hugetlb", false, &names[7], 1, "/" },
	{ "/c/rdma", false, &names[8], 1, "/" },
	{ "/c/devices", false, &names[9], 1, "/" },
};
static const struct host host_full_v1 = {
	.cgroup = HOST_CGROUP_V1,
	.hierarchies = hierarchies,
	.n_hierarchies = ARRAY_SIZE(hierarchies),
	.caps = (UINT64_C(1) << 41) - 1,
	.last_cap = 40,
	.arch = "SCMP_ARCH_X86_64",
};

/* "file=value;" for each write but those of devices; "?" before optional ones, "|" before those
 * that are another's other name, "late:" before those that come late. */
static void render(const struct plan *plan, struct buf *out)
{
	const struct plan_cgroup *cg = plan->cgroup;

	for (size_t i = 0; i < cg->n_writes; i++) {
		const struct plan_write *w = &cg->writes[i];

		if (strncmp(w->file, "devices.", 8) == 0)
			continue;
		assert_int_equal(buf_addf(out, "%s%s%s=%s;", w->late ? "late:" : "",
					 w->otherwise  ? "|"
					 : w->optional ? "?"
						       : "",
					 w->file, w->value),
			0);
	}
	assert_int_equal(buf_adds(out, ""), 0);
}

#define NO_V2 "!has no counterpart on cgroup v2"
#define WEIGHTS_V1(n) "?blkio.bfq.weight=" n ";|blkio.weight=" n ";"
#define WEIGHTS_V2(n, io) "?io.bfq.weight=" n ";|io.weight=default " io ";"

/* Values of v1 and v2, or "!" and a part of the error. */
static const struct {
	const char *resources, *v1, *v2;
} rows[] = {
	/* RES-05 */
	{ "memory:{limit:4096}", "memory.limit_in_bytes=4096;", "memory.max=4096;" },
	{ "memory:{limit:0}", "", "" },
	{ "memory:{limit:-1}",
		"memory.limit_in_bytes=-1;?memory.memsw.limit_in_bytes=-1;",
		"memory.max=max;?memory.swap.max=max;" },
	{ "memory:{limit:9223372036854775807}",
		"memory.limit_in_bytes=9223372036854775807;",
		"memory.max=9223372036854775807;" },
	/* RES-06 */
	{ "memory:{reservation:8192}", "memory.soft_limit_in_bytes=8192;",
		"memory.low=8192;" },
	{ "memory:{reservation:-1}", "memory.soft_limit_in_bytes=-1;",
		"memory.low=max;" },
	{ "memory:{reservation:0}", "", "" },
	/* RES-07 */
	{ "memory:{limit:100,swap:300}",
		"memory.limit_in_bytes=100;memory.memsw.limit_in_bytes=300;",
		"memory.max=100;memory.swap.max=200;" },
	{ "memory:{limit:100,swap:100}",
		"memory.limit_in_bytes=100;memory.memsw.limit_in_bytes=100;",
		"memory.max=100;?memory.swap.max=0;" },
	{ "memory:{swap:100}", "!it needs a limit", "!it needs a limit" },
	{ "memory:{swap:-1}", "?memory.memsw.limit_in_bytes=-1;",
		"?memory.swap.max=max;" },
	/* RES-08 */
	{ "memory:{kernel:1,kernelTCP:1}", "", "" },
	/* RES-09 */
	{ "memory:{swappiness:0}", "memory.swappiness=0;", NO_V2 },
	{ "memory:{swappiness:100}", "memory.swappiness=100;", NO_V2 },
	/* RES-10, RES-11, RES-12 */
	{ "memory:{disableOOMKiller:true}", "memory.oom_control=1;", NO_V2 },
	{ "memory:{disableOOMKiller:false}", "", "" },
	{ "memory:{useHierarchy:true}", "memory.use_hierarchy=1;", "" },
	{ "memory:{useHierarchy:false}", "memory.use_hierarchy=0;", NO_V2 },
	{ "memory:{checkBeforeUpdate:true}", "", "" },
	/* RES-13 */
	{ "cpu:{shares:0}", "", "" },
	{ "cpu:{shares:2}", "cpu.shares=2;", "cpu.weight=1;" },
	{ "cpu:{shares:1024}", "cpu.shares=1024;", "cpu.weight=100;" },
	{ "cpu:{shares:262144}", "cpu.shares=262144;", "cpu.weight=10000;" },
	{ "cpu:{shares:18446744073709551615}", "cpu.shares=18446744073709551615;",
		"cpu.weight=10000;" },
	/* RES-14, RES-15 */
	{ "cpu:{quota:5000}", "cpu.cfs_quota_us=5000;", "cpu.max=5000 100000;" },
	{ "cpu:{period:20000}", "cpu.cfs_period_us=20000;", "cpu.max=max 20000;" },
	{ "cpu:{quota:-1}", "cpu.cfs_quota_us=-1;", "cpu.max=max 100000;" },
	{ "cpu:{quota:-5,period:20000}", "cpu.cfs_period_us=20000;cpu.cfs_quota_us=-1;",
		"cpu.max=max 20000;" },
	{ "cpu:{quota:5000,burst:1000}", "cpu.cfs_quota_us=5000;cpu.cfs_burst_us=1000;",
		"cpu.max=5000 100000;cpu.max.burst=1000;" },
	{ "cpu:{burst:0}", "cpu.cfs_burst_us=0;", "cpu.max.burst=0;" },
	/* RES-16 */
	{ "cpu:{realtimePeriod:1000000,realtimeRuntime:950000}",
		"cpu.rt_period_us=1000000;cpu.rt_runtime_us=950000;", NO_V2 },
	{ "cpu:{realtimePeriod:0,realtimeRuntime:0}", "", "" },
	/* RES-17 */
	{ "cpu:{cpus:'0-1,3',mems:'0'}", "cpuset.cpus=0-1,3;cpuset.mems=0;",
		"cpuset.cpus=0-1,3;cpuset.mems=0;" },
	{ "cpu:{cpus:'',mems:''}", "", "" },
	/* RES-18 */
	{ "cpu:{idle:1}", "cpu.idle=1;", "cpu.idle=1;" },
	{ "cpu:{idle:1,shares:512}", "cpu.idle=1;", "cpu.idle=1;" },
	{ "cpu:{idle:0,shares:512}", "cpu.shares=512;cpu.idle=0;",
		"cpu.weight=59;cpu.idle=0;" },
	/* RES-19, RES-20 */
	{ "blockIO:{weight:10}", WEIGHTS_V1("10"), WEIGHTS_V2("10", "1") },
	{ "blockIO:{weight:1000}", WEIGHTS_V1("1000"), WEIGHTS_V2("1000", "10000") },
	{ "blockIO:{weight:0}", "", "" },
	{ "blockIO:{leafWeight:500}", "blkio.leaf_weight=500;", NO_V2 },
	/* RES-21 */
	{ "blockIO:{weightDevice:[{major:8,minor:16,weight:300}]}",
		"blkio.bfq.weight_device=8:16 300;", "io.bfq.weight=8:16 300;" },
	{ "blockIO:{weightDevice:[{major:8,minor:16,leafWeight:300}]}",
		"blkio.leaf_weight_device=8:16 300;", NO_V2 },
	/* RES-22 */
	{ "blockIO:{throttleReadBpsDevice:[{major:8,minor:0,rate:5},{major:8,minor:1,rate:0}]}",
		"blkio.throttle.read_bps_device=8:0 5;"
		"blkio.throttle.read_bps_device=8:1 0;",
		"io.max=8:0 rbps=5;io.max=8:1 rbps=max;" },
	{ "blockIO:{throttleWriteBpsDevice:[{major:8,minor:0,rate:6}]}",
		"blkio.throttle.write_bps_device=8:0 6;", "io.max=8:0 wbps=6;" },
	{ "blockIO:{throttleReadIOPSDevice:[{major:8,minor:0,rate:7}]}",
		"blkio.throttle.read_iops_device=8:0 7;", "io.max=8:0 riops=7;" },
	{ "blockIO:{throttleWriteIOPSDevice:[{major:259,minor:1048575,"
	  "rate:18446744073709551615}]}",
		"blkio.throttle.write_iops_device=259:1048575 18446744073709551615;",
		"io.max=259:1048575 wiops=18446744073709551615;" },
	/* RES-23 */
	{ "hugepageLimits:[{pageSize:'2MB',limit:4194304},{pageSize:'1GB',limit:0}]",
		"?hugetlb.2MB.rsvd.limit_in_bytes=4194304;hugetlb.2MB.limit_in_bytes=4194304;"
		"?hugetlb.1GB.rsvd.limit_in_bytes=0;hugetlb.1GB.limit_in_bytes=0;",
		"?hugetlb.2MB.rsvd.max=4194304;hugetlb.2MB.max=4194304;"
		"?hugetlb.1GB.rsvd.max=0;hugetlb.1GB.max=0;" },
	/* RES-24 */
	{ "network:{classID:1048577}", "net_cls.classid=1048577;", NO_V2 },
	{ "network:{classID:0}", "net_cls.classid=0;", "" },
	{ "network:{classID:4294967295}", "net_cls.classid=4294967295;", NO_V2 },
	{ "network:{priorities:[{name:'lo',priority:5},{name:'eth0',priority:4294967295}]}",
		"net_prio.ifpriomap=lo 5;net_prio.ifpriomap=eth0 4294967295;", NO_V2 },
	{ "network:{}", "", "" },
	/* RES-25 */
	{ "pids:{limit:-1}", "pids.max=max;", "pids.max=max;" },
	{ "pids:{limit:-7}", "pids.max=max;", "pids.max=max;" },
	{ "pids:{limit:0}", "late:pids.max=0;", "late:pids.max=0;" },
	{ "pids:{limit:32}", "pids.max=32;", "pids.max=32;" },
	/* RES-26 */
	{ "rdma:{mlx5_1:{hcaHandles:3,hcaObjects:10000}}",
		"rdma.max=mlx5_1 hca_handle=3 hca_object=10000;",
		"rdma.max=mlx5_1 hca_handle=3 hca_object=10000;" },
	{ "rdma:{mlx4:{hcaObjects:0}}", "rdma.max=mlx4 hca_object=0;",
		"rdma.max=mlx4 hca_object=0;" },
	{ "rdma:{mlx4:{hcaHandles:0}}", "rdma.max=mlx4 hca_handle=0;",
		"rdma.max=mlx4 hca_handle=0;" },
	/* RES-27 */
	{ "unified:{'memory.high':'1000'}", "!needs a host with cgroup v2",
		"memory.high=1000;" },
	{ "memory:{limit:5},unified:{'memory.max':'6','io.max':'8:0 rbps=1\\n8:16 wbps=2\\n'}",
		"!needs a host with cgroup v2",
		"memory.max=5;memory.max=6;io.max=8:0 rbps=1;io.max=8:16 wbps=2;" },
	{ "unified:{'cpuset.cpus':''}", "!needs a host with cgroup v2",
		"cpuset.cpus=\n;" },
	{ "unified:{'cgroup.max.depth':'3'}", "!needs a host with cgroup v2",
		"cgroup.max.depth=3;" },
	{ "unified:{'zoo.max':'3'}", "!needs a host with cgroup v2",
		"!no zoo cgroup controller" },
	{ "unified:{'zoo':'3'}", "!needs a host with cgroup v2",
		"!name of a cgroup file" },
	/* RES-29 */
	{ "", "", "" },
};

/* The table's own notation: names without quotes, ' for ". */
static void quote(const char *in, struct buf *out)
{
	bool inside = false;

	for (const char *p = in; *p; p++) {
		size_t word =
			strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				  "0123456789");

		if (*p == '\'') {
			inside = !inside;
			assert_int_equal(buf_adds(out, "\""), 0);
		} else if (!inside && word && p[word] == ':') {
			assert_int_equal(buf_addf(out, "\"%.*s\"", (int)word, p), 0);
			p += word - 1;
		} else {
			assert_int_equal(buf_add(out, p, 1), 0);
		}
	}
	assert_int_equal(buf_adds(out, ""), 0);
}

static void judge(const struct host *host, const char *resources, const char *expected)
{
	auto_buf struct buf text = BUF_INIT, got = BUF_INIT;
	struct planned p;
	int r;

	quote(resources, &text);
	r = planning(&p, host, "\"linux\":{\"resources\":{%s}}", text.p);
	if (expected[0] == '!') {
		if (r >= 0 || !p.e.text || !strstr(p.e.text, expected + 1))
			fail_msg("%s: %d, %s", text.p, r,
				p.e.text ? p.e.text : "no error");
	} else {
		if (r < 0)
			fail_msg("%s: %s", text.p, p.e.text);
		render(p.plan, &got);
		assert_string_equal(got.p, expected);
	}
	planned_done(&p);
}

static void each_row_is_written_as_files_of_v1(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		judge(&host_full_v1, rows[i].resources, rows[i].v1);
}

static void each_row_is_written_as_files_of_v2(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		judge(&host_v2, rows[i].resources, rows[i].v2);
}

/* CG-11, RES-29: what is limited must be there, by the name of the controller. */
static void a_controller_that_is_absent_is_named(void **state)
{
	static const char *only_devices[] = { "devices" };
	static struct host_hierarchy one[] = { { "/c/devices", false, only_devices, 1,
		"/" } };
	struct host poor = host_full_v1;
	static const struct {
		const char *resources, *error;
	} absent[] = {
		{ "memory:{limit:1}", "!no memory cgroup controller" },
		{ "cpu:{shares:2}", "!no cpu cgroup controller" },
		{ "cpu:{cpus:'0'}", "!no cpuset cgroup controller" },
		{ "blockIO:{weight:10}", "!no blkio cgroup controller" },
		{ "hugepageLimits:[{pageSize:'2MB',limit:1}]",
			"!no hugetlb cgroup controller" },
		{ "network:{classID:1}", "!no net_cls cgroup controller" },
		{ "network:{classID:0}", "" },
		{ "network:{priorities:[{name:'lo',priority:5}]}",
			"!no net_prio cgroup controller" },
		{ "pids:{limit:1}", "!no pids cgroup controller" },
		{ "rdma:{a:{hcaHandles:1}}", "!no rdma cgroup controller" },
	};

	(void)state;
	poor.hierarchies = one;
	poor.n_hierarchies = ARRAY_SIZE(one);
	for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
		judge(&poor, absent[i].resources, absent[i].error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_is_written_as_files_of_v1),
		cmocka_unit_test(each_row_is_written_as_files_of_v2),
		cmocka_unit_test(a_controller_that_is_absent_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
