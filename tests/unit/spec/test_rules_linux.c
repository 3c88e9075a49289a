/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of devices, Intel RDT, personality and memory policy. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"

#include "parse.h"

/* DEV-02 to DEV-07 */
static const struct spec_case devices_cases[] = {
	{ LINUX,
		"\"devices\": [{\"type\": \"c\", \"path\": \"/dev/x\", \"major\": "
		"10, \"minor\": 229, \"fileMode\": 438, \"uid\": 0, "
		"\"gid\": 4294967294}]",
		NULL, NULL, 0 },
	{ LINUX,
		"\"devices\": [{\"type\": \"b\", \"path\": \"/x\", \"major\": 4095, "
		"\"minor\": 1048575}, {\"type\": \"u\", \"path\": \"/y\", "
		"\"major\": 0, \"minor\": 0}]",
		NULL, NULL, 0 },
	{ LINUX, "\"devices\": [{\"type\": \"p\", \"path\": \"/fifo\"}]", NULL, NULL, 0 },
	{ LINUX,
		"\"devices\": [{\"type\": \"c\", \"path\": \"/x\", \"major\": 1, "
		"\"minor\": 3, \"fileMode\": 8630}]",
		NULL, NULL, 0 },
	{ LINUX,
		"\"devices\": [{\"type\": ^\"\", \"path\": \"/x\", \"major\": 1, "
		"\"minor\": 3}]",
		"linux.devices[0].type",
		"expected \"c\", \"b\", \"u\" or \"p\", found \"\"", 0 },
	{ LINUX,
		"\"devices\": [{\"type\": ^\"a\", \"path\": \"/x\", \"major\": 1, "
		"\"minor\": 3}]",
		"linux.devices[0].type",
		"expected \"c\", \"b\", \"u\" or \"p\", found \"a\"", 0 },
	{ LINUX,
		"\"devices\": [{\"type\": ^\"cc\", \"path\": \"/x\", \"major\": 1, "
		"\"minor\": 3}]",
		"linux.devices[0].type",
		"expected \"c\", \"b\", \"u\" or \"p\", found \"cc\"", 0 },
	{ LINUX,
		"\"devices\": [{\"type\": ^\"C\", \"path\": \"/x\", \"major\": 1, "
		"\"minor\": 3}]",
		"linux.devices[0].type",
		"expected \"c\", \"b\", \"u\" or \"p\", found \"C\"", 0 },
	{ LINUX, "\"devices\": [^{\"type\": \"c\", \"path\": \"/x\", \"minor\": 3}]",
		"linux.devices[0].major",
		"a device of type \"c\" needs major, found none", 0 },
	{ LINUX, "\"devices\": [^{\"type\": \"b\", \"path\": \"/x\", \"major\": 3}]",
		"linux.devices[0].minor",
		"a device of type \"b\" needs minor, found none", 0 },
	{ LINUX,
		"\"devices\": [{\"type\": \"c\", \"path\": \"/x\", \"major\": ^4096,"
		" \"minor\": 3}]",
		"linux.devices[0].major", "expected 0 to 4095, found 4096", 0 },
	{ LINUX,
		"\"devices\": [{\"type\": \"c\", \"path\": \"/x\", \"major\": 1, "
		"\"minor\": ^-1}]",
		"linux.devices[0].minor", "expected 0 to 1048575, found -1", 0 },
	{ LINUX, "\"devices\": [{\"type\": \"p\", \"path\": ^\"x\"}]",
		"linux.devices[0].path", "expected an absolute path, found \"x\"", 0 },
	{ LINUX, "\"devices\": [{\"type\": \"p\", \"path\": ^\"\"}]",
		"linux.devices[0].path", "expected an absolute path", 0 },
	{ LINUX, "\"devices\": [{\"type\": \"p\", \"path\": ^\"/dev/..\"}]",
		"linux.devices[0].path", "expected the path of a device", 0 },
	{ LINUX,
		"\"devices\": [{\"type\": \"p\", \"path\": \"/x\", \"fileMode\": "
		"^512}]",
		"linux.devices[0].fileMode", "at most 511 (0777), found 512", 0 },
	{ LINUX,
		"\"devices\": [{\"type\": \"p\", \"path\": \"/x\", \"fileMode\": "
		"^2559}]",
		"linux.devices[0].fileMode", "found 2559", 0 },
	{ LINUX,
		"\"devices\": [{\"type\": \"p\", \"path\": \"/x\", \"fileMode\": "
		"^65536}]",
		"linux.devices[0].fileMode", "found 65536", 0 },
	{ LINUX,
		"\"devices\": [{\"type\": \"p\", \"path\": \"/x\", \"uid\": "
		"^4294967295}]",
		"linux.devices[0].uid", "expected at most 4294967294", 0 },
	{ LINUX,
		"\"devices\": [{\"type\": \"p\", \"path\": \"/x\", \"gid\": "
		"^4294967295}]",
		"linux.devices[0].gid", "expected at most 4294967294", 0 },
};

/* RDT-02 to RDT-06 */
static const struct spec_case rdt_cases[] = {
	{ LINUX, "\"intelRdt\": {}", NULL, NULL, 0 },
	{ LINUX,
		"\"intelRdt\": {\"closID\": \"/\", \"l3CacheSchema\": \"L3:0=f\", "
		"\"memBwSchema\": \"MB:0=50\", \"schemata\": [\"L2:0=f\"], "
		"\"enableMonitoring\": true}",
		NULL, NULL, 0 },
	{ LINUX, "\"intelRdt\": {\"closID\": \"group..1\"}", NULL, NULL, 0 },
	{ LINUX, "\"intelRdt\": {\"l3CacheSchema\": \"0=f\"}", NULL, NULL, 0 },
	{ LINUX, "\"intelRdt\": {\"closID\": ^\".\"}", "linux.intelRdt.closID",
		"expected a name without", 0 },
	{ LINUX, "\"intelRdt\": {\"closID\": ^\"..\"}", "linux.intelRdt.closID",
		"expected a name without", 0 },
	{ LINUX, "\"intelRdt\": {\"closID\": ^\"a/b\"}", "linux.intelRdt.closID",
		"expected a name without", 0 },
	{ LINUX, "\"intelRdt\": {\"closID\": ^\"/a\"}", "linux.intelRdt.closID",
		"expected a name without", 0 },
	{ LINUX, "\"intelRdt\": {\"closID\": ^\"//\"}", "linux.intelRdt.closID",
		"expected a name without", 0 },
	{ LINUX, "\"intelRdt\": {\"closID\": ^\"a\\nb\"}", "linux.intelRdt.closID",
		"expected a name without", 0 },
	{ LINUX, "\"intelRdt\": {\"l3CacheSchema\": \"L3:0=f\\nMB:0=1\"}", NULL, NULL,
		0 },
	{ LINUX, "\"intelRdt\": {\"memBwSchema\": ^\"0=50\"}",
		"linux.intelRdt.memBwSchema", "begins with \"MB:\"", 0 },
	{ LINUX, "\"intelRdt\": {\"memBwSchema\": ^\"MB:0=50\\n\"}",
		"linux.intelRdt.memBwSchema", "expected one line", 0 },
	{ LINUX, "\"intelRdt\": {\"schemata\": [\"L2:0=f\", ^\"a\\nb\"]}",
		"linux.intelRdt.schemata[1]", "expected one line", 0 },
};

/* PERS-01, PERS-02 */
static const struct spec_case personality_cases[] = {
	{ LINUX, "\"personality\": {\"domain\": \"LINUX\"}", NULL, NULL, 0 },
	{ LINUX, "\"personality\": {\"domain\": \"LINUX32\", \"flags\": []}", NULL, NULL,
		0 },
	{ LINUX, "\"personality\": ^{}", "linux.personality",
		"the required member \"domain\" is missing", 0 },
	{ LINUX, "\"personality\": {\"domain\": ^\"LINUX64\"}",
		"linux.personality.domain", "LINUX64", 0 },
	{ LINUX,
		"\"personality\": {\"domain\": \"LINUX\", \"flags\": "
		"[^\"ADDR_NO_RANDOMIZE\"]}",
		"linux.personality.flags[0]",
		"expected no flags, found \"ADDR_NO_RANDOMIZE\"", 0 },
};

/* MPOL-01 to MPOL-03 */
static const struct spec_case memory_policy_cases[] = {
	{ LINUX, "\"memoryPolicy\": {\"mode\": \"MPOL_DEFAULT\"}", NULL, NULL, 0 },
	{ LINUX, "\"memoryPolicy\": {\"mode\": \"MPOL_DEFAULT\", \"nodes\": \"\"}", NULL,
		NULL, 0 },
	{ LINUX, "\"memoryPolicy\": {\"mode\": \"MPOL_LOCAL\"}", NULL, NULL, 0 },
	{ LINUX, "\"memoryPolicy\": {\"mode\": \"MPOL_PREFERRED\"}", NULL, NULL, 0 },
	{ LINUX, "\"memoryPolicy\": {\"mode\": \"MPOL_PREFERRED\", \"nodes\": \"0\"}",
		NULL, NULL, 0 },
	{ LINUX,
		"\"memoryPolicy\": {\"mode\": \"MPOL_BIND\", \"nodes\": \"0-1,3\", "
		"\"flags\": [\"MPOL_F_NUMA_BALANCING\", "
		"\"MPOL_F_STATIC_NODES\"]}",
		NULL, NULL, 0 },
	{ LINUX, "\"memoryPolicy\": ^{\"nodes\": \"0\"}", "linux.memoryPolicy",
		"the required member \"mode\" is missing", 0 },
	{ LINUX, "\"memoryPolicy\": {\"mode\": ^\"MPOL_BINDS\", \"nodes\": \"0\"}",
		"linux.memoryPolicy.mode", "MPOL_BINDS", 0 },
	{ LINUX, "\"memoryPolicy\": {\"mode\": \"MPOL_DEFAULT\", \"nodes\": ^\"0\"}",
		"linux.memoryPolicy.nodes", "MPOL_DEFAULT takes no nodes, found \"0\"",
		0 },
	{ LINUX, "\"memoryPolicy\": {\"mode\": \"MPOL_LOCAL\", \"nodes\": ^\"0\"}",
		"linux.memoryPolicy.nodes", "MPOL_LOCAL takes no nodes", 0 },
	{ LINUX, "\"memoryPolicy\": ^{\"mode\": \"MPOL_BIND\"}",
		"linux.memoryPolicy.nodes", "MPOL_BIND needs a list of memory nodes", 0 },
	{ LINUX, "\"memoryPolicy\": ^{\"mode\": \"MPOL_INTERLEAVE\"}",
		"linux.memoryPolicy.nodes",
		"MPOL_INTERLEAVE needs a list of memory nodes", 0 },
	{ LINUX, "\"memoryPolicy\": ^{\"mode\": \"MPOL_WEIGHTED_INTERLEAVE\"}",
		"linux.memoryPolicy.nodes",
		"MPOL_WEIGHTED_INTERLEAVE needs a list of memory nodes", 0 },
	{ LINUX, "\"memoryPolicy\": ^{\"mode\": \"MPOL_PREFERRED_MANY\"}",
		"linux.memoryPolicy.nodes",
		"MPOL_PREFERRED_MANY needs a list of memory nodes", 0 },
	{ LINUX, "\"memoryPolicy\": {\"mode\": \"MPOL_BIND\", \"nodes\": ^\", \"}",
		"linux.memoryPolicy.nodes", "needs a list", 0 },
	{ LINUX, "\"memoryPolicy\": {\"mode\": \"MPOL_BIND\", \"nodes\": ^\"1-0\"}",
		"linux.memoryPolicy.nodes", "found \"1-0\"", 0 },
	{ LINUX, "\"memoryPolicy\": {\"mode\": \"MPOL_BIND\", \"nodes\": ^\"1024\"}",
		"linux.memoryPolicy.nodes", "found \"1024\"", 0 },
	{ LINUX,
		"\"memoryPolicy\": {\"mode\": \"MPOL_BIND\", \"nodes\": \"0\", "
		"\"flags\": [^\"MPOL_F_STATIC\"]}",
		"linux.memoryPolicy.flags[0]", "found \"MPOL_F_STATIC\"", 0 },
	{ LINUX,
		"\"memoryPolicy\": {\"mode\": \"MPOL_BIND\", \"nodes\": \"0\", "
		"\"flags\": ^[\"MPOL_F_RELATIVE_NODES\", "
		"\"MPOL_F_STATIC_NODES\"]}",
		"linux.memoryPolicy.flags", "exclude each other", 0 },
};

static void devices(void **state)
{
	(void)state;
	cases_check(devices_cases, ARRAY_SIZE(devices_cases));
}

static void rdt(void **state)
{
	(void)state;
	cases_check(rdt_cases, ARRAY_SIZE(rdt_cases));
}

static void personality(void **state)
{
	(void)state;
	cases_check(personality_cases, ARRAY_SIZE(personality_cases));
}

static void memory_policy(void **state)
{
	(void)state;
	cases_check(memory_policy_cases, ARRAY_SIZE(memory_policy_cases));
}

static void warnings(void **state)
{
	static const struct {
		enum part part;
		const char *fragment, *text;
	} cases[] = {
		{ LINUX, "\"intelRdt\": {\"l3CacheSchema\": \"0=f\"}",
			"linux.intelRdt.l3CacheSchema: should begin with \"L3:\"" },
		{ LINUX, "\"intelRdt\": {\"l3CacheSchema\": \"L3:0=f\\nL3:1=f\"}",
			"linux.intelRdt.l3CacheSchema: should be one line" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		case_warns(cases[i].part, cases[i].fragment, cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices),
		cmocka_unit_test(rdt),
		cmocka_unit_test(personality),
		cmocka_unit_test(memory_policy),
		cmocka_unit_test(warnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
