/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of linux.resources. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"

#include "parse.h"

/* RES-01, RES-02 */
static const struct spec_case devices_cases[] = {
	{ LINUX, "\"resources\": {}", NULL, NULL, 0 },
	{ LINUX, "\"resources\": {\"devices\": []}", NULL, NULL, 0 },
	{ LINUX,
		"\"resources\": {\"devices\": [{\"allow\": false, \"access\": "
		"\"rwm\"}]}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"resources\": {\"devices\": [{\"allow\": true, \"type\": \"c\", "
		"\"major\": 1, \"minor\": -1, \"access\": \"r\"}, "
		"{\"allow\": true, \"type\": \"\", \"access\": "
		"\"mwr\"}, {\"allow\": true, \"type\": "
		"\"a\", \"access\": \"rwm\"}]}",
		NULL, NULL, 0 },
	{ LINUX, "\"resources\": {\"devices\": [^{\"access\": \"rwm\"}]}",
		"linux.resources.devices[0]",
		"the required member \"allow\" is "
		"missing",
		0 },
	{ LINUX,
		"\"resources\": {\"devices\": [{\"allow\": true, \"type\": ^\"p\", "
		"\"access\": \"r\"}]}",
		"linux.resources.devices[0].type",
		"expected \"a\", \"c\" or \"b\", found \"p\"", 0 },
	{ LINUX,
		"\"resources\": {\"devices\": [{\"allow\": true, \"type\": ^\"u\", "
		"\"access\": \"r\"}]}",
		"linux.resources.devices[0].type",
		"expected \"a\", \"c\" or \"b\", found \"u\"", 0 },
	{ LINUX,
		"\"resources\": {\"devices\": [{\"allow\": true, \"type\": ^\"ca\", "
		"\"access\": \"r\"}]}",
		"linux.resources.devices[0].type",
		"expected \"a\", \"c\" or \"b\", found \"ca\"", 0 },
	{ LINUX,
		"\"resources\": {\"devices\": [{\"allow\": true, \"type\": ^\"A\", "
		"\"access\": \"r\"}]}",
		"linux.resources.devices[0].type",
		"expected \"a\", \"c\" or \"b\", found \"A\"", 0 },
	{ LINUX,
		"\"resources\": {\"devices\": [{\"allow\": true, \"major\": ^-2, "
		"\"access\": \"r\"}]}",
		"linux.resources.devices[0].major", "found -2", 0 },
	{ LINUX,
		"\"resources\": {\"devices\": [{\"allow\": true, \"minor\": "
		"^4294967296, \"access\": \"r\"}]}",
		"linux.resources.devices[0].minor", "found 4294967296", 0 },
	{ LINUX,
		"\"resources\": {\"devices\": [{\"allow\": true, \"access\": "
		"^\"rx\"}]}",
		"linux.resources.devices[0].access",
		"expected letters of \"rwm\", found \"rx\"", 0 },
	{ LINUX, "\"resources\": {\"devices\": [{\"allow\": true, \"access\": ^\"\"}]}",
		"linux.resources.devices[0].access", "expected letters of \"rwm\"", 0 },
	{ LINUX, "\"resources\": {\"devices\": [^{\"allow\": true}]}",
		"linux.resources.devices[0].access", "found nothing", 0 },
};

/* RES-05 to RES-11 */
static const struct spec_case memory_cases[] = {
	{ LINUX, "\"resources\": {\"memory\": {}}", NULL, NULL, 0 },
	{ LINUX,
		"\"resources\": {\"memory\": {\"limit\": -1, \"reservation\": -1, "
		"\"swap\": -1, \"swappiness\": 100, \"disableOOMKiller\": "
		"false, \"useHierarchy\": false, "
		"\"checkBeforeUpdate\": true}}",
		NULL, NULL, 0 },
	{ LINUX, "\"resources\": {\"memory\": {\"limit\": 0, \"swap\": 0}}", NULL, NULL,
		0 },
	{ LINUX, "\"resources\": {\"memory\": {\"limit\": 5, \"swap\": 5}}", NULL, NULL,
		0 },
	{ LINUX, "\"resources\": {\"memory\": {\"limit\": 5, \"swap\": 0}}", NULL, NULL,
		0 },
	{ LINUX, "\"resources\": {\"memory\": {\"limit\": 9223372036854775807}}", NULL,
		NULL, 0 },
	{ LINUX, "\"resources\": {\"memory\": {\"limit\": ^-2}}",
		"linux.resources.memory.limit",
		"expected bytes, or -1 for no limit, found -2", 0 },
	{ LINUX, "\"resources\": {\"memory\": {\"reservation\": ^-2}}",
		"linux.resources.memory.reservation", "found -2", 0 },
	{ LINUX, "\"resources\": {\"memory\": {\"swap\": ^-2}}",
		"linux.resources.memory.swap", "found -2", 0 },
	{ LINUX, "\"resources\": {\"memory\": {\"limit\": 5, \"swap\": ^4}}",
		"linux.resources.memory.swap",
		"expected at least the limit, 5, "
		"found 4",
		0 },
	{ LINUX, "\"resources\": {\"memory\": {\"swappiness\": ^101}}",
		"linux.resources.memory.swappiness", "expected 0 to 100, found 101", 0 },
};

/* RES-15, RES-17, RES-18 */
static const struct spec_case cpu_cases[] = {
	{ LINUX, "\"resources\": {\"cpu\": {}}", NULL, NULL, 0 },
	{ LINUX,
		"\"resources\": {\"cpu\": {\"shares\": 0, \"quota\": -1, \"burst\": "
		"100, \"period\": 100000, \"cpus\": \"\", \"mems\": \"0\", "
		"\"idle\": 1}}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"resources\": {\"cpu\": {\"quota\": 100, \"burst\": 100, "
		"\"cpus\": \"0-3,7\", \"realtimeRuntime\": 95000, "
		"\"realtimePeriod\": 100000}}",
		NULL, NULL, 0 },
	{ LINUX, "\"resources\": {\"cpu\": {\"cpus\": \"all\"}}", NULL, NULL, 0 },
	{ LINUX, "\"resources\": {\"cpu\": {\"cpus\": \"0-31:2/4\"}}", NULL, NULL, 0 },
	{ LINUX, "\"resources\": {\"cpu\": {\"quota\": 100, \"burst\": ^101}}",
		"linux.resources.cpu.burst",
		"expected at most the quota, 100, "
		"found 101",
		0 },
	{ LINUX, "\"resources\": {\"cpu\": {\"cpus\": ^\"3-0\"}}",
		"linux.resources.cpu.cpus",
		"expected a list such as \"0-3,7\", found \"3-0\"", 0 },
	{ LINUX, "\"resources\": {\"cpu\": {\"cpus\": ^\"0\\n1\"}}",
		"linux.resources.cpu.cpus", "expected a list", 0 },
	{ LINUX, "\"resources\": {\"cpu\": {\"cpus\": ^\"0:x\"}}",
		"linux.resources.cpu.cpus", "expected a list", 0 },
	{ LINUX, "\"resources\": {\"cpu\": {\"mems\": ^\"1024\"}}",
		"linux.resources.cpu.mems", "expected a list", 0 },
	{ LINUX, "\"resources\": {\"cpu\": {\"idle\": ^2}}", "linux.resources.cpu.idle",
		"expected 0 or 1, found 2", 0 },
	{ LINUX, "\"resources\": {\"cpu\": {\"idle\": ^-1}}", "linux.resources.cpu.idle",
		"expected 0 or 1, found -1", 0 },
};

/* RES-19 to RES-22; Docker 20.10 sends weight 0 */
static const struct spec_case block_io_cases[] = {
	{ LINUX, "\"resources\": {\"blockIO\": {}}", NULL, NULL, 0 },
	{ LINUX, "\"resources\": {\"blockIO\": {\"weight\": 0, \"leafWeight\": 0}}", NULL,
		NULL, 0 },
	{ LINUX, "\"resources\": {\"blockIO\": {\"weight\": 10, \"leafWeight\": 1000}}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"resources\": {\"blockIO\": {\"weightDevice\": [{\"major\": 8, "
		"\"minor\": 0, \"weight\": 10}, {\"major\": 8, \"minor\": 0,"
		" \"leafWeight\": 1000}]}}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"resources\": {\"blockIO\": {\"throttleReadBpsDevice\": "
		"[{\"major\": 8, \"minor\": 0, \"rate\": 0}], "
		"\"throttleWriteIOPSDevice\": [{\"major\": 8, "
		"\"minor\": 0, \"rate\": "
		"18446744073709551615}]}}",
		NULL, NULL, 0 },
	{ LINUX, "\"resources\": {\"blockIO\": {\"weight\": ^9}}",
		"linux.resources.blockIO.weight", "expected 10 to 1000, found 9", 0 },
	{ LINUX, "\"resources\": {\"blockIO\": {\"leafWeight\": ^1001}}",
		"linux.resources.blockIO.leafWeight", "found 1001", 0 },
	{ LINUX,
		"\"resources\": {\"blockIO\": {\"weightDevice\": [^{\"major\": 8, "
		"\"minor\": 0}]}}",
		"linux.resources.blockIO.weightDevice[0]",
		"expected weight or leafWeight, found neither", 0 },
	{ LINUX,
		"\"resources\": {\"blockIO\": {\"weightDevice\": [{\"major\": ^-1, "
		"\"minor\": 0, \"weight\": 10}]}}",
		"linux.resources.blockIO.weightDevice[0].major",
		"expected a device number, found -1", 0 },
	{ LINUX,
		"\"resources\": {\"blockIO\": {\"weightDevice\": [{\"major\": 0, "
		"\"minor\": 0, \"leafWeight\": ^1}]}}",
		"linux.resources.blockIO.weightDevice[0].leafWeight", "found 1", 0 },
	{ LINUX,
		"\"resources\": {\"blockIO\": {\"throttleReadBpsDevice\": "
		"[^{\"major\": 8, \"minor\": 0}]}}",
		"linux.resources.blockIO.throttleReadBpsDevice[0]",
		"the required member \"rate\" is missing", 0 },
	{ LINUX,
		"\"resources\": {\"blockIO\": {\"throttleWriteBpsDevice\": "
		"[^{\"major\": 8, \"minor\": 0}]}}",
		"linux.resources.blockIO.throttleWriteBpsDevice[0]",
		"the required member \"rate\" is missing", 0 },
	{ LINUX,
		"\"resources\": {\"blockIO\": {\"throttleReadIOPSDevice\": "
		"[^{\"major\": 8, \"minor\": 0}]}}",
		"linux.resources.blockIO.throttleReadIOPSDevice[0]",
		"the required member \"rate\" is missing", 0 },
	{ LINUX,
		"\"resources\": {\"blockIO\": {\"throttleWriteIOPSDevice\": "
		"[^{\"major\": 8, \"minor\": 0}]}}",
		"linux.resources.blockIO.throttleWriteIOPSDevice[0]",
		"the required member \"rate\" is missing", 0 },
	{ LINUX,
		"\"resources\": {\"blockIO\": {\"throttleReadBpsDevice\": "
		"[{\"major\": 8, \"minor\": ^-1, \"rate\": 1}]}}",
		"linux.resources.blockIO.throttleReadBpsDevice[0].minor",
		"expected a device number", 0 },
};

/* RES-23 */
static const struct spec_case hugepages_cases[] = {
	{ LINUX,
		"\"resources\": {\"hugepageLimits\": [{\"pageSize\": \"2MB\", "
		"\"limit\": 0}, {\"pageSize\": \"1GB\", \"limit\": "
		"18446744073709551615}, {\"pageSize\": \"64KB\", "
		"\"limit\": 1}, {\"pageSize\": \"512MB\", "
		"\"limit\": 1}]}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"resources\": {\"hugepageLimits\": [{\"pageSize\": ^\"\", "
		"\"limit\": 1}]}",
		"linux.resources.hugepageLimits[0].pageSize", "found \"\"", 0 },
	{ LINUX,
		"\"resources\": {\"hugepageLimits\": [{\"pageSize\": ^\"2\", "
		"\"limit\": 1}]}",
		"linux.resources.hugepageLimits[0].pageSize", "found \"2\"", 0 },
	{ LINUX,
		"\"resources\": {\"hugepageLimits\": [{\"pageSize\": ^\"MB\", "
		"\"limit\": 1}]}",
		"linux.resources.hugepageLimits[0].pageSize", "found \"MB\"", 0 },
	{ LINUX,
		"\"resources\": {\"hugepageLimits\": [{\"pageSize\": ^\"2mb\", "
		"\"limit\": 1}]}",
		"linux.resources.hugepageLimits[0].pageSize", "found \"2mb\"", 0 },
	{ LINUX,
		"\"resources\": {\"hugepageLimits\": [{\"pageSize\": ^\"2M\", "
		"\"limit\": 1}]}",
		"linux.resources.hugepageLimits[0].pageSize", "found \"2M\"", 0 },
	{ LINUX,
		"\"resources\": {\"hugepageLimits\": [{\"pageSize\": ^\"02MB\", "
		"\"limit\": 1}]}",
		"linux.resources.hugepageLimits[0].pageSize", "found \"02MB\"", 0 },
	{ LINUX,
		"\"resources\": {\"hugepageLimits\": [{\"pageSize\": ^\"0MB\", "
		"\"limit\": 1}]}",
		"linux.resources.hugepageLimits[0].pageSize", "found \"0MB\"", 0 },
	{ LINUX,
		"\"resources\": {\"hugepageLimits\": [{\"pageSize\": ^\"3MB\", "
		"\"limit\": 1}]}",
		"linux.resources.hugepageLimits[0].pageSize", "found \"3MB\"", 0 },
	{ LINUX,
		"\"resources\": {\"hugepageLimits\": [{\"pageSize\": ^\"2MBx\", "
		"\"limit\": 1}]}",
		"linux.resources.hugepageLimits[0].pageSize", "found \"2MBx\"", 0 },
	{ LINUX,
		"\"resources\": {\"hugepageLimits\": [{\"pageSize\": ^\"2TB\", "
		"\"limit\": 1}]}",
		"linux.resources.hugepageLimits[0].pageSize", "found \"2TB\"", 0 },
	{ LINUX,
		"\"resources\": {\"hugepageLimits\": [{\"pageSize\": ^\"-2MB\", "
		"\"limit\": 1}]}",
		"linux.resources.hugepageLimits[0].pageSize", "found \"-2MB\"", 0 },
	{ LINUX,
		"\"resources\": {\"hugepageLimits\": [{\"pageSize\": ^\"2 MB\", "
		"\"limit\": 1}]}",
		"linux.resources.hugepageLimits[0].pageSize", "found \"2 MB\"", 0 },
	{ LINUX,
		"\"resources\": {\"hugepageLimits\": [{\"pageSize\": "
		"^\"99999999MB\", \"limit\": 1}]}",
		"linux.resources.hugepageLimits[0].pageSize", "found \"99999999MB\"", 0 },
	{ LINUX,
		"\"resources\": {\"hugepageLimits\": [{\"pageSize\": ^\"2MiB\", "
		"\"limit\": 1}]}",
		"linux.resources.hugepageLimits[0].pageSize", "found \"2MiB\"", 0 },
};

/* RES-24 to RES-27 */
static const struct spec_case others_cases[] = {
	{ LINUX,
		"\"resources\": {\"network\": {\"classID\": 0, \"priorities\": "
		"[{\"name\": \"eth0\", \"priority\": 0}]}}",
		NULL, NULL, 0 },
	{ LINUX, "\"resources\": {\"pids\": {\"limit\": -1}}", NULL, NULL, 0 },
	{ LINUX, "\"resources\": {\"pids\": {\"limit\": 0}}", NULL, NULL, 0 },
	{ LINUX,
		"\"resources\": {\"rdma\": {\"mlx5_1\": {\"hcaHandles\": 0}, "
		"\"mlx4_0\": {\"hcaObjects\": 1}}}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"resources\": {\"unified\": {\"memory.max\": \"max\", \"io.max\": "
		"\"8:0 rbps=1\\n8:16 rbps=2\", \"cgroup.freeze\": \"\"}}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"resources\": {\"network\": {\"priorities\": [{\"name\": ^\"a/b\","
		" \"priority\": 0}]}}",
		"linux.resources.network.priorities[0].name",
		"expected the name of a network device, found \"a/b\"", 0 },
	{ LINUX, "\"resources\": {\"rdma\": {\"mlx5_1\": ^{}}}",
		"linux.resources.rdma.mlx5_1",
		"expected hcaHandles or hcaObjects, found neither", 0 },
	{ LINUX, "\"resources\": {\"unified\": {\"\": ^\"1\"}}",
		"linux.resources.unified[\"\"]",
		"expected the name of a cgroup file, found \"\"", 0 },
	{ LINUX, "\"resources\": {\"unified\": {\".\": ^\"1\"}}",
		"linux.resources.unified[\".\"]",
		"expected the name of a cgroup file, found \".\"", 0 },
	{ LINUX, "\"resources\": {\"unified\": {\"..\": ^\"1\"}}",
		"linux.resources.unified[\"..\"]",
		"expected the name of a cgroup file, found \"..\"", 0 },
	{ LINUX, "\"resources\": {\"unified\": {\"../memory.max\": ^\"1\"}}",
		"linux.resources.unified[\"../memory.max\"]",
		"expected the name of a cgroup file, found \"../memory.max\"", 0 },
	{ LINUX, "\"resources\": {\"unified\": {\"a/b\": ^\"1\"}}",
		"linux.resources.unified[\"a/b\"]",
		"expected the name of a cgroup file, found \"a/b\"", 0 },
	{ LINUX, "\"resources\": {\"unified\": {\"/\": ^\"1\"}}",
		"linux.resources.unified[\"/\"]",
		"expected the name of a cgroup file, found \"/\"", 0 },
};

static void devices(void **state)
{
	(void)state;
	cases_check(devices_cases, ARRAY_SIZE(devices_cases));
}

static void memory(void **state)
{
	(void)state;
	cases_check(memory_cases, ARRAY_SIZE(memory_cases));
}

static void cpu(void **state)
{
	(void)state;
	cases_check(cpu_cases, ARRAY_SIZE(cpu_cases));
}

static void block_io(void **state)
{
	(void)state;
	cases_check(block_io_cases, ARRAY_SIZE(block_io_cases));
}

static void hugepages(void **state)
{
	(void)state;
	cases_check(hugepages_cases, ARRAY_SIZE(hugepages_cases));
}

static void others(void **state)
{
	(void)state;
	cases_check(others_cases, ARRAY_SIZE(others_cases));
}

static void warnings(void **state)
{
	static const struct {
		enum part part;
		const char *fragment, *text;
	} cases[] = {
		{ LINUX, "\"resources\": {\"memory\": {\"kernel\": 1}}",
			"linux.resources.memory.kernel: is gone from kernels" },
		{ LINUX, "\"resources\": {\"memory\": {\"kernelTCP\": 1}}",
			"linux.resources.memory.kernelTCP: is gone from kernels" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		case_warns(cases[i].part, cases[i].fragment, cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices),
		cmocka_unit_test(memory),
		cmocka_unit_test(cpu),
		cmocka_unit_test(block_io),
		cmocka_unit_test(hugepages),
		cmocka_unit_test(others),
		cmocka_unit_test(warnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
