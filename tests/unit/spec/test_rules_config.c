/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of the top level, root and hooks. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"

#include "parse.h"

/* CONF-01 */
static const struct spec_case version_cases[] = {
	{ WHOLE, "{\"ociVersion\": \"1.0.0\", \"root\": {\"path\": \"r\"}}", NULL, NULL,
		0 },
	{ WHOLE, "{\"ociVersion\": \"1.0.2-dev\", \"root\": {\"path\": \"r\"}}", NULL,
		NULL, 0 },
	{ WHOLE, "{\"ociVersion\": \"1.2.1\", \"root\": {\"path\": \"r\"}}", NULL, NULL,
		0 },
	{ WHOLE,
		"{\"ociVersion\": \"1.3.0-rc.1+build.007\", \"root\": {\"path\": "
		"\"r\"}}",
		NULL, NULL, 0 },
	{ WHOLE, "{\"ociVersion\": \"1.99.0\", \"root\": {\"path\": \"r\"}}", NULL, NULL,
		0 },
	{ WHOLE, "{\"ociVersion\": \"1.0.0--\", \"root\": {\"path\": \"r\"}}", NULL, NULL,
		0 },
	{ WHOLE, "^{\"root\": {\"path\": \"r\"}}", "",
		"the required member \"ociVersion\" is missing", 0 },
	{ WHOLE, "{\"ociVersion\": ^\"\", \"root\": {\"path\": \"r\"}}", "ociVersion",
		"expected a version such as \"1.3.0\" (SemVer 2.0.0), found \"\"", 0 },
	{ WHOLE, "{\"ociVersion\": ^\"1\", \"root\": {\"path\": \"r\"}}", "ociVersion",
		"expected a version such as \"1.3.0\" (SemVer 2.0.0), found \"1\"", 0 },
	{ WHOLE, "{\"ociVersion\": ^\"1.0\", \"root\": {\"path\": \"r\"}}", "ociVersion",
		"expected a version such as \"1.3.0\" (SemVer 2.0.0), found \"1.0\"", 0 },
	{ WHOLE, "{\"ociVersion\": ^\"1.0.\", \"root\": {\"path\": \"r\"}}", "ociVersion",
		"expected a version such as \"1.3.0\" (SemVer 2.0.0), found \"1.0.\"",
		0 },
	{ WHOLE, "{\"ociVersion\": ^\"v1.0.0\", \"root\": {\"path\": \"r\"}}",
		"ociVersion",
		"expected a version such as \"1.3.0\" (SemVer 2.0.0), found \"v1.0.0\"",
		0 },
	{ WHOLE, "{\"ociVersion\": ^\"1.0.0.0\", \"root\": {\"path\": \"r\"}}",
		"ociVersion",
		"expected a version such as \"1.3.0\" (SemVer 2.0.0), found "
		"\"1.0.0.0\"",
		0 },
	{ WHOLE, "{\"ociVersion\": ^\"01.0.0\", \"root\": {\"path\": \"r\"}}",
		"ociVersion",
		"expected a version such as \"1.3.0\" (SemVer 2.0.0), found \"01.0.0\"",
		0 },
	{ WHOLE, "{\"ociVersion\": ^\"1.00.0\", \"root\": {\"path\": \"r\"}}",
		"ociVersion",
		"expected a version such as \"1.3.0\" (SemVer 2.0.0), found \"1.00.0\"",
		0 },
	{ WHOLE, "{\"ociVersion\": ^\"1.0.0-\", \"root\": {\"path\": \"r\"}}",
		"ociVersion",
		"expected a version such as \"1.3.0\" (SemVer 2.0.0), found \"1.0.0-\"",
		0 },
	{ WHOLE, "{\"ociVersion\": ^\"1.0.0-01\", \"root\": {\"path\": \"r\"}}",
		"ociVersion",
		"expected a version such as \"1.3.0\" (SemVer 2.0.0), found "
		"\"1.0.0-01\"",
		0 },
	{ WHOLE, "{\"ociVersion\": ^\"1.0.0-a..b\", \"root\": {\"path\": \"r\"}}",
		"ociVersion",
		"expected a version such as \"1.3.0\" (SemVer 2.0.0), found "
		"\"1.0.0-a..b\"",
		0 },
	{ WHOLE, "{\"ociVersion\": ^\"1.0.0+\", \"root\": {\"path\": \"r\"}}",
		"ociVersion",
		"expected a version such as \"1.3.0\" (SemVer 2.0.0), found \"1.0.0+\"",
		0 },
	{ WHOLE, "{\"ociVersion\": ^\"1.0.0 \", \"root\": {\"path\": \"r\"}}",
		"ociVersion",
		"expected a version such as \"1.3.0\" (SemVer 2.0.0), found \"1.0.0 \"",
		0 },
	{ WHOLE, "{\"ociVersion\": ^\" 1.0.0\", \"root\": {\"path\": \"r\"}}",
		"ociVersion",
		"expected a version such as \"1.3.0\" (SemVer 2.0.0), found \" 1.0.0\"",
		0 },
	{ WHOLE, "{\"ociVersion\": ^\"1.0.0-ä\", \"root\": {\"path\": \"r\"}}",
		"ociVersion",
		"expected a version such as \"1.3.0\" (SemVer 2.0.0), found "
		"\"1.0.0-ä\"",
		0 },
	{ WHOLE, "{\"ociVersion\": ^\"invalid\", \"root\": {\"path\": \"r\"}}",
		"ociVersion",
		"expected a version such as \"1.3.0\" (SemVer 2.0.0), found "
		"\"invalid\"",
		0 },
	{ WHOLE, "{\"ociVersion\": ^\"-1.0.0\", \"root\": {\"path\": \"r\"}}",
		"ociVersion",
		"expected a version such as \"1.3.0\" (SemVer 2.0.0), found \"-1.0.0\"",
		0 },
	{ WHOLE, "{\"ociVersion\": ^\"1.0000000000.0\", \"root\": {\"path\": \"r\"}}",
		"ociVersion",
		"expected a version such as \"1.3.0\" (SemVer 2.0.0), found "
		"\"1.0000000000.0\"",
		0 },
	{ WHOLE, "{\"ociVersion\": ^\"0.9.0\", \"root\": {\"path\": \"r\"}}",
		"ociVersion",
		"expected a version from 1.0.0 below 2.0.0, found \"0.9.0\"", 0 },
	{ WHOLE, "{\"ociVersion\": ^\"2.0.0\", \"root\": {\"path\": \"r\"}}",
		"ociVersion",
		"expected a version from 1.0.0 below 2.0.0, found \"2.0.0\"", 0 },
};

/* CONF-08, ROOT-01, ROOT-02 */
static const struct spec_case root_cases[] = {
	{ WHOLE, "{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"/\"}}", NULL, NULL,
		0 },
	{ WHOLE,
		"{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"r\", "
		"\"readonly\": false}}",
		NULL, NULL, 0 },
	{ WHOLE, "^{\"ociVersion\": \"1.3.0\"}", "",
		"the required member \"root\" is missing", 0 },
	{ WHOLE, "^{\"ociVersion\": \"1.3.0\", \"root\": null}", "",
		"the required member \"root\" is missing", 0 },
	{ WHOLE, "{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": ^\"\"}}", "root.path",
		"expected the path of a folder", 0 },
	{ WHOLE,
		"{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"r\", "
		"\"readonly\": ^true}}",
		"root.readonly", "needs a mount namespace, found none", 0 },
	{ WHOLE,
		"{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"r\", "
		"\"readonly\": true}, \"linux\": {\"namespaces\": "
		"[{\"type\": \"mount\"}]}}",
		NULL, NULL, 0 },
};

/* CONF-02, CONF-03 */
static const struct spec_case names_cases[] = {
	{ TOP, "\"hostname\": \"davit\"", NULL, NULL, 0 },
	{ TOP, "\"hostname\": \"\"", NULL, NULL, 0 },
	{ BARE, "\"hostname\": \"\"", NULL, NULL, 0 },
	{ TOP,
		"\"hostname\": "
		"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
		NULL, NULL, 0 },
	{ TOP,
		"\"hostname\": "
		"^\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"a\"",
		"hostname", "expected at most 64 bytes, found 65", 0 },
	{ BARE, "\"hostname\": ^\"davit\"", "hostname",
		"hostname needs a uts namespace, found none", 0 },
	{ BARE,
		"\"hostname\": "
		"^\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"a\"",
		"hostname", "expected at most 64 bytes", 2 },
	{ BARE,
		"\"hostname\": \"davit\", \"linux\": {\"namespaces\": [{\"type\": "
		"\"uts\", \"path\": \"/proc/1/ns/uts\"}]}",
		NULL, NULL, 0 },
	{ TOP, "\"domainname\": \"example\"", NULL, NULL, 0 },
	{ TOP,
		"\"domainname\": "
		"^\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"a\"",
		"domainname", "expected at most 64 bytes, found 65", 0 },
	{ BARE, "\"domainname\": ^\"example\"", "domainname",
		"domainname needs a uts namespace", 0 },
};

/* CONF-04, CONF-05 */
static const struct spec_case annotations_cases[] = {
	{ TOP, "\"annotations\": {}", NULL, NULL, 0 },
	{ TOP,
		"\"annotations\": {\"a\": \"\", "
		"\"org.opencontainers.image.stopSignal\": \"SIGRTMIN+3\"}",
		NULL, NULL, 0 },
	{ TOP, "\"annotations\": {\"a\": \"b\", \"\": ^\"c\"}", "annotations[\"\"]",
		"expected a name, found an empty one", 0 },
};

/* HOOK-02, HOOK-05, HOOK-12 */
static const struct spec_case hooks_cases[] = {
	{ TOP, "\"hooks\": {}", NULL, NULL, 0 },
	{ TOP,
		"\"hooks\": {\"prestart\": [{\"path\": \"/bin/x\", \"args\": [\"x\", "
		"\"y\"], \"env\": [\"A=b\", \"C=\"], \"timeout\": 1}]}",
		NULL, NULL, 0 },
	{ TOP, "\"hooks\": {\"poststop\": [], \"noSuchKind\": [{\"path\": 7}]}", NULL,
		NULL, 0 },
	{ TOP,
		"\"hooks\": {\"prestart\": [{\"path\": \"/x\"}, {\"path\": "
		"^\"bin/x\"}]}",
		"hooks.prestart[1].path", "expected an absolute path, found \"bin/x\"",
		0 },
	{ TOP,
		"\"hooks\": {\"createRuntime\": [{\"path\": \"/x\"}, {\"path\": "
		"^\"bin/x\"}]}",
		"hooks.createRuntime[1].path",
		"expected an absolute path, found \"bin/x\"", 0 },
	{ TOP,
		"\"hooks\": {\"createContainer\": [{\"path\": \"/x\"}, {\"path\": "
		"^\"bin/x\"}]}",
		"hooks.createContainer[1].path",
		"expected an absolute path, found \"bin/x\"", 0 },
	{ TOP,
		"\"hooks\": {\"startContainer\": [{\"path\": \"/x\"}, {\"path\": "
		"^\"bin/x\"}]}",
		"hooks.startContainer[1].path",
		"expected an absolute path, found \"bin/x\"", 0 },
	{ TOP,
		"\"hooks\": {\"poststart\": [{\"path\": \"/x\"}, {\"path\": "
		"^\"bin/x\"}]}",
		"hooks.poststart[1].path", "expected an absolute path, found \"bin/x\"",
		0 },
	{ TOP,
		"\"hooks\": {\"poststop\": [{\"path\": \"/x\"}, {\"path\": "
		"^\"bin/x\"}]}",
		"hooks.poststop[1].path", "expected an absolute path, found \"bin/x\"",
		0 },
	{ TOP, "\"hooks\": {\"poststart\": [{\"path\": \"/x\", \"timeout\": ^0}]}",
		"hooks.poststart[0].timeout", "expected seconds, 1 or more, found 0", 0 },
	{ TOP, "\"hooks\": {\"poststart\": [{\"path\": \"/x\", \"timeout\": ^-1}]}",
		"hooks.poststart[0].timeout", "expected seconds, 1 or more, found -1",
		0 },
	{ TOP, "\"hooks\": {\"poststart\": [{\"path\": ^\"\"}]}",
		"hooks.poststart[0].path", "expected an absolute path, found \"\"", 0 },
	{ TOP,
		"\"hooks\": {\"poststart\": [{\"path\": \"/x\", \"env\": [\"A=b\", "
		"^\"C\"]}]}",
		"hooks.poststart[0].env[1]", "expected NAME=VALUE, found \"C\"", 0 },
};

static void version(void **state)
{
	(void)state;
	cases_check(version_cases, ARRAY_SIZE(version_cases));
}

static void root(void **state)
{
	(void)state;
	cases_check(root_cases, ARRAY_SIZE(root_cases));
}

static void names(void **state)
{
	(void)state;
	cases_check(names_cases, ARRAY_SIZE(names_cases));
}

static void annotations(void **state)
{
	(void)state;
	cases_check(annotations_cases, ARRAY_SIZE(annotations_cases));
}

static void hooks(void **state)
{
	(void)state;
	cases_check(hooks_cases, ARRAY_SIZE(hooks_cases));
}

static void warnings(void **state)
{
	static const struct {
		enum part part;
		const char *fragment, *text;
	} cases[] = {
		{ WHOLE, "{\"ociVersion\": \"1.4.0\", \"root\": {\"path\": \"r\"}}",
			"ociVersion: \"1.4.0\" is newer than 1.3.0" },
		{ TOP, "\"hooks\": {\"prestart\": [{\"path\": \"/x\"}]}",
			"hooks.prestart: deprecated" },
		{ TOP, "\"hostnme\": \"x\"",
			"hostnme: unknown member, ignored; did you mean \"hostname\"?" },
		{ TOP, "\"qqqqqqqq\": \"x\"", "qqqqqqqq: unknown member, ignored\n" },
		{ TOP, "\"windows\": {\"x\": 1}", "windows: is for another platform" },
		{ TOP, "\"vm\": {\"x\": 1}", "vm: is for another platform" },
		{ TOP, "\"hooks\": {\"preStart\": []}",
			"hooks.preStart: unknown member, ignored; did you mean "
			"\"prestart\"?" },
		{ LINUX, "\"intelRdt\": {\"enableCMT\": true}",
			"linux.intelRdt.enableCMT: unknown member" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		case_warns(cases[i].part, cases[i].fragment, cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version),
		cmocka_unit_test(root),
		cmocka_unit_test(names),
		cmocka_unit_test(annotations),
		cmocka_unit_test(hooks),
		cmocka_unit_test(warnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
