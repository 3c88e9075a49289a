/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of mounts, masked and read-only paths. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"

#include "parse.h"

/* MNT-02, MNT-07, ROOT-04 */
static const struct spec_case destinations_cases[] = {
	{ TOP, "\"mounts\": [{\"destination\": \"/tmp\", \"type\": \"tmpfs\"}]", NULL,
		NULL, 0 },
	{ TOP, "\"mounts\": [{\"destination\": \"tmp\", \"type\": \"tmpfs\"}]", NULL,
		NULL, 0 },
	{ TOP, "\"mounts\": [{\"destination\": \"/a/../b//c/.\", \"type\": \"tmpfs\"}]",
		NULL, NULL, 0 },
	{ TOP, "\"mounts\": [{\"destination\": \"/proc\", \"type\": \"proc\"}]", NULL,
		NULL, 0 },
	{ TOP,
		"\"mounts\": [{\"destination\": \"/proc\", \"type\": \"bind\", "
		"\"source\": \"/s\", \"options\": [\"rbind\"]}]",
		NULL, NULL, 0 },
	{ TOP, "\"mounts\": [{\"destination\": \"/process\", \"type\": \"tmpfs\"}]", NULL,
		NULL, 0 },
	{ TOP,
		"\"mounts\": [{\"destination\": \"/proc/cpuinfo\", \"type\": "
		"\"bind\", \"source\": \"/s\", \"options\": [\"rbind\"]}]",
		NULL, NULL, 0 },
	{ TOP,
		"\"mounts\": [{\"destination\": \"/proc/sys/kernel/ns_last_pid\", "
		"\"type\": \"bind\", \"source\": \"/s\", \"options\": [\"rbind\"]}]",
		NULL, NULL, 0 },
	{ TOP, "\"mounts\": [{\"destination\": ^\"\", \"type\": \"tmpfs\"}]",
		"mounts[0].destination", "expected a path in the container", 0 },
	{ TOP, "\"mounts\": [{\"destination\": ^\"/\", \"type\": \"tmpfs\"}]",
		"mounts[0].destination", "expected a path below the root, found \"/\"",
		0 },
	{ TOP, "\"mounts\": [{\"destination\": ^\"/a/..\", \"type\": \"tmpfs\"}]",
		"mounts[0].destination", "expected a path below the root", 0 },
	{ TOP, "\"mounts\": [{\"destination\": ^\".\", \"type\": \"tmpfs\"}]",
		"mounts[0].destination", "expected a path below the root", 0 },
	{ TOP, "\"mounts\": [{\"destination\": ^\"/../..//\", \"type\": \"tmpfs\"}]",
		"mounts[0].destination", "expected a path below the root", 0 },
	{ TOP, "\"mounts\": [{\"destination\": ^\"/proc\", \"type\": \"tmpfs\"}]",
		"mounts[0].destination", "only proc or a bind of a proc", 0 },
	{ TOP, "\"mounts\": [{\"destination\": ^\"/proc/sys\", \"type\": \"tmpfs\"}]",
		"mounts[0].destination", "below /proc", 0 },
	{ TOP,
		"\"mounts\": [{\"destination\": ^\"proc/self/attr\", \"type\": "
		"\"bind\", \"source\": \"/s\", \"options\": [\"rbind\"]}]",
		"mounts[0].destination", "found \"/proc/self/attr\"", 0 },
	{ TOP,
		"\"mounts\": [{\"destination\": ^\"/x/../proc//1\", \"type\": "
		"\"bind\", \"source\": \"/s\", \"options\": [\"rbind\"]}]",
		"mounts[0].destination", "below /proc", 0 },
	{ TOP,
		"\"mounts\": [{\"destination\": \"/a\", \"type\": \"tmpfs\"}, "
		"{\"destination\": ^\"/\", \"type\": \"tmpfs\"}]",
		"mounts[1].destination", "below the root", 0 },
};

/* MNT-04 to MNT-06, MNT-09 */
static const struct spec_case sources_cases[] = {
	{ TOP,
		"\"mounts\": [{\"destination\": \"/a\", \"source\": \"/s\", "
		"\"options\": [\"bind\", \"\", \"ro\"]}]",
		NULL, NULL, 0 },
	{ TOP,
		"\"mounts\": [{\"destination\": \"/a\", \"source\": \"rel\", "
		"\"options\": [\"rbind\", \"rprivate\"]}]",
		NULL, NULL, 0 },
	{ TOP,
		"\"mounts\": [{\"destination\": \"/a\", \"options\": [\"bind\", "
		"\"remount\", \"ro\"]}]",
		NULL, NULL, 0 },
	{ TOP,
		"\"mounts\": [{\"destination\": \"/a\", \"options\": [\"remount\", "
		"\"size=1m\"]}]",
		NULL, NULL, 0 },
	{ TOP,
		"\"mounts\": [{\"destination\": \"/a\", \"type\": \"tmpfs\", "
		"\"options\": [\"size=1m\", \"mode=755\"]}]",
		NULL, NULL, 0 },
	{ TOP, "\"mounts\": [^{\"destination\": \"/a\", \"options\": [\"bind\"]}]",
		"mounts[0].source", "a bind mount needs a source", 0 },
	{ TOP,
		"\"mounts\": [{\"destination\": \"/a\", \"source\": ^\"\", "
		"\"options\": [\"rbind\"]}]",
		"mounts[0].source", "a bind mount needs a source", 0 },
	{ TOP,
		"\"mounts\": [{\"destination\": \"/a\", \"source\": \"/s\", "
		"\"options\": ^[\"rbind\", \"size=1m\"]}]",
		"mounts[0].options", "found \"size=1m\"", 0 },
	{ TOP, "\"mounts\": [^{\"destination\": \"/a\"}]", "mounts[0].type",
		"expected the type of a file system, found none", 0 },
	{ TOP,
		"\"mounts\": [{\"destination\": \"/a\", \"type\": ^\"bind\", "
		"\"source\": \"/s\"}]",
		"mounts[0].type", "found \"bind\"", 0 },
	{ TOP,
		"\"mounts\": [{\"destination\": \"/a\", \"type\": \"tmpfs\", "
		"\"options\": ^[\"shared\", \"slave\", \"private\", \"rshared\", "
		"\"rslave\"]}]",
		"mounts[0].options", "more than 4 propagation words", 0 },
};

/* MNT-13 to MNT-15 */
static const struct spec_case mapped_cases[] = {
	{ TOP,
		"\"mounts\": [{\"destination\": \"/a\", \"type\": \"bind\", "
		"\"source\": \"/s\", \"options\": [\"rbind\"], \"uidMappings\": "
		"[{\"containerID\": 0, \"hostID\": 1, \"size\": 1}], "
		"\"gidMappings\": [{\"containerID\": 0, \"hostID\": "
		"1, \"size\": 1}]}]",
		NULL, NULL, 0 },
	{ TOP,
		"\"mounts\": [{\"destination\": \"/a\", \"source\": \"/s\", "
		"\"options\": [\"bind\", \"idmap\"], \"uidMappings\": "
		"[{\"containerID\": 0, \"hostID\": 1, \"size\": 1}], "
		"\"gidMappings\": [{\"containerID\": 0, \"hostID\": "
		"1, \"size\": 1}]}]",
		NULL, NULL, 0 },
	{ TOP,
		"\"mounts\": [{\"destination\": \"/a\", \"source\": \"/s\", "
		"\"options\": [\"bind\", \"idmap=uids=0-1-1;gids=0-1-1\"]}]",
		NULL, NULL, 0 },
	{ TOP,
		"\"mounts\": [^{\"destination\": \"/a\", \"type\": \"bind\", "
		"\"source\": \"/s\", \"options\": [\"rbind\"], \"uidMappings\": "
		"[{\"containerID\": 0, \"hostID\": 1, \"size\": 1}]}]",
		"mounts[0].gidMappings", "expected both", 0 },
	{ TOP,
		"\"mounts\": [{\"destination\": \"/a\", \"type\": \"tmpfs\", "
		"\"uidMappings\": ^[{\"containerID\": 0, \"hostID\": 1, \"size\": "
		"1}], \"gidMappings\": [{\"containerID\": 0, \"hostID\": 1, "
		"\"size\": 1}]}]",
		"mounts[0].uidMappings", "only bind mounts can be id-mapped", 0 },
	{ TOP,
		"\"mounts\": [{\"destination\": \"/a\", \"source\": \"/s\", "
		"\"options\": ^[\"bind\", \"idmap\"]}]",
		"mounts[0].options", "takes the mappings of the user namespace", 0 },
	{ TOP,
		"\"mounts\": [{\"destination\": \"/a\", \"source\": \"/s\", "
		"\"options\": [\"bind\", \"ridmap\"], \"uidMappings\": "
		"[{\"containerID\": 0, \"hostID\": 1, \"size\": ^0}], "
		"\"gidMappings\": [{\"containerID\": 0, \"hostID\": "
		"1, \"size\": 1}]}]",
		"mounts[0].uidMappings[0].size", "expected 1 or more, found 0", 0 },
};

/* MNT-16, MASK-02, PROP-01: never on the host */
static const struct spec_case namespace_cases[] = {
	{ BARE, "\"mounts\": []", NULL, NULL, 0 },
	{ BARE, "\"linux\": {\"maskedPaths\": [], \"readonlyPaths\": []}", NULL, NULL,
		0 },
	{ BARE, "\"mounts\": ^[{\"destination\": \"/a\", \"type\": \"tmpfs\"}]", "mounts",
		"mounts need a mount namespace", 0 },
	{ BARE, "\"linux\": {\"maskedPaths\": ^[\"/a\"]}", "linux.maskedPaths",
		"needs a mount namespace", 0 },
	{ BARE, "\"linux\": {\"readonlyPaths\": ^[\"/a\"]}", "linux.readonlyPaths",
		"needs a mount namespace", 0 },
	{ BARE, "\"linux\": {\"rootfsPropagation\": ^\"slave\"}",
		"linux.rootfsPropagation", "needs a mount namespace", 0 },
};

/* MASK-01, ROP-01, PROP-01 */
static const struct spec_case paths_cases[] = {
	{ LINUX,
		"\"maskedPaths\": [\"/proc/kcore\", \"/a\", \"/a\"], "
		"\"readonlyPaths\": [\"/proc/sys\"]",
		NULL, NULL, 0 },
	{ LINUX, "\"maskedPaths\": [\"/a\", ^\"b\"]", "linux.maskedPaths[1]",
		"expected an absolute path, found \"b\"", 0 },
	{ LINUX, "\"maskedPaths\": [\"/a\", ^\"/\"]", "linux.maskedPaths[1]",
		"expected a path below the root, found \"/\"", 0 },
	{ LINUX, "\"maskedPaths\": [^\"//x/..\"]", "linux.maskedPaths[0]",
		"expected a path below the root", 0 },
	{ LINUX, "\"readonlyPaths\": [\"/\"]", NULL, NULL, 0 },
	{ LINUX, "\"readonlyPaths\": [^\"\"]", "linux.readonlyPaths[0]",
		"expected an absolute path", 0 },
	{ LINUX, "\"rootfsPropagation\": \"rslave\"", NULL, NULL, 0 },
	{ LINUX, "\"rootfsPropagation\": ^\"slav\"", "linux.rootfsPropagation", "slav",
		0 },
};

static void destinations(void **state)
{
	(void)state;
	cases_check(destinations_cases, ARRAY_SIZE(destinations_cases));
}

static void sources(void **state)
{
	(void)state;
	cases_check(sources_cases, ARRAY_SIZE(sources_cases));
}

static void mapped(void **state)
{
	(void)state;
	cases_check(mapped_cases, ARRAY_SIZE(mapped_cases));
}

static void namespace(void **state)
{
	(void)state;
	cases_check(namespace_cases, ARRAY_SIZE(namespace_cases));
}

static void paths(void **state)
{
	(void)state;
	cases_check(paths_cases, ARRAY_SIZE(paths_cases));
}

static void warnings(void **state)
{
	static const struct {
		enum part part;
		const char *fragment, *text;
	} cases[] = {
		{ TOP, "\"mounts\": [{\"destination\": \"tmp\", \"type\": \"tmpfs\"}]",
			"mounts[0].destination: relative paths are deprecated" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		case_warns(cases[i].part, cases[i].fragment, cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(destinations),
		cmocka_unit_test(sources),
		cmocka_unit_test(mapped),
		cmocka_unit_test(namespace),
		cmocka_unit_test(paths),
		cmocka_unit_test(warnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
