/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of namespaces, id mappings, clock offsets and network devices. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"

#include "parse.h"

/* NS-09, NS-12 to NS-14 */
static const struct spec_case namespaces_cases[] = {
	{ BARE, "\"linux\": {\"namespaces\": []}", NULL, NULL, 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": "
		"\"pid\"}, {\"type\": \"network\"}, {\"type\": \"uts\"}, {\"type\": "
		"\"ipc\"}, {\"type\": \"cgroup\"}, {\"type\": \"time\"}]}",
		NULL, NULL, 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"pid\", \"path\": "
		"\"/proc/1/ns/pid\"}]}",
		NULL, NULL, 0 },
	{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"pid\", \"path\": \"\"}]}",
		NULL, NULL, 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"pid\", \"path\": "
		"^\"proc/1/ns/pid\"}]}",
		"linux.namespaces[0].path",
		"expected an absolute path, found \"proc/1/ns/pid\"", 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"pid\"}, {\"type\": "
		"\"ipc\"}, {\"type\": ^\"pid\", \"path\": \"/x\"}]}",
		"linux.namespaces[2].type", "found \"pid\" again", 0 },
	{ BARE, "\"linux\": {\"namespaces\": [{\"type\": ^\"net\"}]}",
		"linux.namespaces[0].type", "net", 0 },
	{ BARE, "\"linux\": {\"namespaces\": [^{\"path\": \"/x\"}]}",
		"linux.namespaces[0]", "the required member \"type\" is missing", 0 },
};

/* MAP-01, MAP-03, MAP-04 */
static const struct spec_case mappings_cases[] = {
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"user\"}], "
		"\"uidMappings\": [{\"containerID\": 0, \"hostID\": 1000, \"size\": "
		"1}], \"gidMappings\": [{\"containerID\": 0, \"hostID\": 0, "
		"\"size\": 1}]}",
		NULL, NULL, 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"user\"}], "
		"\"uidMappings\": [{\"containerID\": 0, \"hostID\": 1000, \"size\": "
		"10}, {\"containerID\": 10, \"hostID\": 1010, \"size\": "
		"4294966285}], \"gidMappings\": [{\"containerID\": "
		"0, \"hostID\": 0, \"size\": 1}]}",
		NULL, NULL, 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"user\"}], "
		"\"uidMappings\": [{\"containerID\": 4294967294, \"hostID\": 0, "
		"\"size\": 1}, {\"containerID\": 0, \"hostID\": 1, \"size\": 1}], "
		"\"gidMappings\": [{\"containerID\": 0, "
		"\"hostID\": 0, \"size\": 1}]}",
		NULL, NULL, 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"user\"}], "
		"\"uidMappings\": ^[{\"containerID\": 1000, \"hostID\": 0, "
		"\"size\": 1}], \"gidMappings\": [{\"containerID\": 0, "
		"\"hostID\": 0, \"size\": 1}]}",
		"linux.uidMappings", "set up by its id 0, which uidMappings does not map",
		0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"user\"}], "
		"\"uidMappings\": [{\"containerID\": 0, \"hostID\": 0, "
		"\"size\": 1}], \"gidMappings\": ^[{\"containerID\": 1000, "
		"\"hostID\": 0, \"size\": 1}]}",
		"linux.gidMappings", "set up by its id 0, which gidMappings does not map",
		0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"user\", \"path\": "
		"\"/proc/1/ns/user\"}]}",
		NULL, NULL, 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"user\", \"path\": "
		"\"/x\"}], \"uidMappings\": [{\"containerID\": 0, \"hostID\": 0, "
		"\"size\": 1}], \"gidMappings\": [{\"containerID\": 0, "
		"\"hostID\": 0, \"size\": 1}]}",
		NULL, NULL, 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"user\"}], "
		"\"uidMappings\": [{\"containerID\": 0, \"hostID\": 0, \"size\": "
		"^0}], \"gidMappings\": [{\"containerID\": 0, \"hostID\": 0,"
		" \"size\": 1}]}",
		"linux.uidMappings[0].size", "expected 1 or more, found 0", 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"user\"}], "
		"\"uidMappings\": [{\"containerID\": ^1, \"hostID\": 0, \"size\": "
		"4294967295}], \"gidMappings\": [{\"containerID\": 0, "
		"\"hostID\": 0, \"size\": 1}]}",
		"linux.uidMappings[0].containerID",
		"containerID and size go beyond 4294967294, found 1 and 4294967295", 2 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"user\"}], "
		"\"uidMappings\": [{\"containerID\": 0, \"hostID\": ^4294967295, "
		"\"size\": 1}], \"gidMappings\": [{\"containerID\": 0, "
		"\"hostID\": 0, \"size\": 1}]}",
		"linux.uidMappings[0].hostID", "hostID and size go beyond", 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"user\"}], "
		"\"uidMappings\": [{\"containerID\": 0, \"hostID\": 0, \"size\": "
		"10}, {\"containerID\": ^9, \"hostID\": 100, \"size\": 1}], "
		"\"gidMappings\": [{\"containerID\": 0, \"hostID\": "
		"0, \"size\": 1}]}",
		"linux.uidMappings[1].containerID", "found an overlap with entry 0", 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"user\"}], "
		"\"uidMappings\": [{\"containerID\": 0, \"hostID\": 0, \"size\": "
		"10}, {\"containerID\": 10, \"hostID\": ^9, \"size\": 1}], "
		"\"gidMappings\": [{\"containerID\": 0, \"hostID\": "
		"0, \"size\": 1}]}",
		"linux.uidMappings[1].hostID", "found an overlap with entry 0", 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"user\"}], "
		"\"uidMappings\": [{\"containerID\": 0, \"hostID\": 5, \"size\": 1},"
		" {\"containerID\": 1, \"hostID\": 6, \"size\": 1}, "
		"{\"containerID\": 2, \"hostID\": ^0, \"size\": 7}],"
		" \"gidMappings\": [{\"containerID\": 0, "
		"\"hostID\": 0, \"size\": 1}]}",
		"linux.uidMappings[2].hostID", "found an overlap with entry 0", 2 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"user\"}], "
		"\"uidMappings\": [{\"containerID\": 0, \"hostID\": 0, \"size\": "
		"1}], \"gidMappings\": [{\"containerID\": 0, \"hostID\": 0, "
		"\"size\": ^0}]}",
		"linux.gidMappings[0].size", "expected 1 or more", 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"user\"}], "
		"\"uidMappings\": [{\"containerID\": 0, \"hostID\": ^4294967296, "
		"\"size\": 1}], \"gidMappings\": [{\"containerID\": 0, "
		"\"hostID\": 0, \"size\": 1}]}",
		"linux.uidMappings[0].hostID", "4294967295", 0 },
	{ BARE,
		"\"linux\": {\"uidMappings\": ^[{\"containerID\": 0, \"hostID\": 0, "
		"\"size\": 1}]}",
		"linux.uidMappings", "uidMappings needs a user namespace, found none",
		0 },
	{ BARE,
		"\"linux\": {\"gidMappings\": ^[{\"containerID\": 0, \"hostID\": 0, "
		"\"size\": 1}]}",
		"linux.gidMappings", "gidMappings needs a user namespace, found none",
		0 },
	/* The planner asks whose it is. */
	{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"user\"}]}", NULL, NULL, 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"user\"}], "
		"\"uidMappings\": [{\"containerID\": 0, \"hostID\": 0, \"size\": "
		"1}], \"gidMappings\": []}",
		NULL, NULL, 0 },
};

/* TIME-01, TIME-02 */
static const struct spec_case clocks_cases[] = {
	{ LINUX, "\"timeOffsets\": {}", NULL, NULL, 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"time\"}], "
		"\"timeOffsets\": {\"monotonic\": {\"secs\": -5, \"nanosecs\": "
		"999999999}, \"boottime\": {}}}",
		NULL, NULL, 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"time\"}], "
		"\"timeOffsets\": {\"monotonic\": {\"nanosecs\": ^1000000000}}}",
		"linux.timeOffsets.monotonic.nanosecs", "expected at most 999999999", 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"time\"}], "
		"\"timeOffsets\": {\"boottime\": {\"nanosecs\": ^1000000000}}}",
		"linux.timeOffsets.boottime.nanosecs", "expected at most 999999999", 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"time\"}], "
		"\"timeOffsets\": {\"realtime\": ^{\"secs\": 1}}}",
		"linux.timeOffsets.realtime",
		"expected the clock \"monotonic\" or \"boottime\", found \"realtime\"",
		0 },
	{ LINUX, "\"timeOffsets\": ^{\"monotonic\": {\"secs\": 1}}", "linux.timeOffsets",
		"needs a new time namespace, found none", 0 },
	{ BARE,
		"\"linux\": {\"namespaces\": [{\"type\": \"time\", \"path\": "
		"\"/x\"}], \"timeOffsets\": ^{\"boottime\": {\"secs\": 1}}}",
		"linux.timeOffsets", "needs a new time namespace", 0 },
};

/* NET-01, NET-02, NET-04 */
static const struct spec_case net_devices_cases[] = {
	{ LINUX, "\"netDevices\": {}", NULL, NULL, 0 },
	{ BARE, "\"linux\": {\"netDevices\": {}}", NULL, NULL, 0 },
	{ LINUX,
		"\"netDevices\": {\"eth0\": {}, \"eth1\": {\"name\": \"\"}, "
		"\"eth2\": {\"name\": \"veth%d\"}, \"abcdefghijklmno\": {}}",
		NULL, NULL, 0 },
	{ BARE, "\"linux\": {\"netDevices\": ^{\"eth0\": {}}}", "linux.netDevices",
		"needs a network namespace", 0 },
	{ LINUX, "\"netDevices\": {\"eth0\": {\"name\": ^\"abcdefghijklmnop\"}}",
		"linux.netDevices.eth0.name",
		"expected the name of a network device, found \"abcdefghijklmnop\"", 0 },
	{ LINUX, "\"netDevices\": {\"\": ^{}}", "linux.netDevices[\"\"]",
		"expected the name of a network device, found \"\"", 0 },
	{ LINUX, "\"netDevices\": {\".\": ^{}}", "linux.netDevices[\".\"]",
		"expected the name of a network device, found \".\"", 0 },
	{ LINUX, "\"netDevices\": {\"..\": ^{}}", "linux.netDevices[\"..\"]",
		"expected the name of a network device, found \"..\"", 0 },
	{ LINUX, "\"netDevices\": {\"a/b\": ^{}}", "linux.netDevices[\"a/b\"]",
		"expected the name of a network device, found \"a/b\"", 0 },
	{ LINUX, "\"netDevices\": {\"a:b\": ^{}}", "linux.netDevices[\"a:b\"]",
		"expected the name of a network device, found \"a:b\"", 0 },
	{ LINUX, "\"netDevices\": {\"a b\": ^{}}", "linux.netDevices[\"a b\"]",
		"expected the name of a network device, found \"a b\"", 0 },
};

static void namespaces(void **state)
{
	(void)state;
	cases_check(namespaces_cases, ARRAY_SIZE(namespaces_cases));
}

static void mappings(void **state)
{
	(void)state;
	cases_check(mappings_cases, ARRAY_SIZE(mappings_cases));
}

static void clocks(void **state)
{
	(void)state;
	cases_check(clocks_cases, ARRAY_SIZE(clocks_cases));
}

static void net_devices(void **state)
{
	(void)state;
	cases_check(net_devices_cases, ARRAY_SIZE(net_devices_cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(namespaces),
		cmocka_unit_test(mappings),
		cmocka_unit_test(clocks),
		cmocka_unit_test(net_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
