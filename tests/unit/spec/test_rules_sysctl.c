/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of linux.sysctl, and the corpus of names that try to leave it. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#include "parse.h"

/* One parameter; key and value as JSON text. */
struct sysctl_case {
	const char *key, *value;
	const char *without; /* the namespace that the configuration lacks, or NULL */
	const char *text;    /* of the fault; NULL: accepted */
};

static const char *const namespaces[] = { "mount", "uts", "ipc", "network", "user" };

static void check(const struct sysctl_case *t, const char *top)
{
	char list[512] = "";
	char fragment[1024], path[256];
	struct spec_case whole = { .part = BARE, .fragment = fragment, .text = t->text };

	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
		size_t n = strlen(list);

		if (t->without && strcmp(t->without, namespaces[i]) == 0)
			continue;
		/* Joined, so that the user namespace needs no mappings. */
		snprintf(list + n, sizeof(list) - n,
			"%s{\"type\": \"%s\", \"path\": \"/x\"}", n ? ", " : "",
			namespaces[i]);
	}
	snprintf(fragment, sizeof(fragment),
		"%s\"linux\": {\"namespaces\": [%s], \"sysctl\": {\"%s\": %s\"%s\"}}",
		top, list, t->key, t->text ? "^" : "", t->value);
	if (t->text) {
		bool plain = t->key[strcspn(t->key, "./\\")] == '\0' && t->key[0];

		snprintf(path, sizeof(path),
			plain ? "linux.sysctl.%s" : "linux.sysctl[\"%s\"]", t->key);
		whole.path = path;
	}
	case_check(&whole);
}

static void check_all(const struct sysctl_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check(&cases[i], "");
}

/* SYSC-01 to SYSC-05 */
static void allowed(void **state)
{
	static const struct sysctl_case cases[] = {
		{ "kernel.msgmax", "1", "user", NULL },
		{ "kernel.msgmnb", "1", "uts", NULL },
		{ "kernel.msgmni", "1", "network", NULL },
		{ "kernel.sem", "250 32000 32 128", NULL, NULL },
		{ "kernel.shmall", "1", NULL, NULL },
		{ "kernel.shmmax", "1", NULL, NULL },
		{ "kernel.shmmni", "1", NULL, NULL },
		{ "kernel.shm_rmid_forced", "1", NULL, NULL },
		{ "fs.mqueue.msg_max", "1", NULL, NULL },
		{ "fs/mqueue/queues_max", "1", NULL, NULL },
		{ "net.ipv4.ip_forward", "1", "ipc", NULL },
		{ "net/ipv4/conf/eno2.100/forwarding", "1", NULL, NULL },
		{ "net.ipv4.conf.eno2/100.forwarding", "1", NULL, NULL },
		{ "net.ipv4.ping_group_range", "0 2147483647", NULL, NULL },
		{ "net.ipv4.ip_local_port_range", "1024\\t65000", NULL, NULL },
		{ "net.ipv4.ip_local_reserved_ports", "", NULL, NULL },
		{ "kernel.domainname", "x", NULL, NULL },
		{ "kernel/domainname", "x", NULL, NULL },
		{ "user.max_user_namespaces", "1", NULL, NULL },
	};
	static const struct spec_case empty = { .part = BARE,
		.fragment = "\"linux\": {\"sysctl\": {}}" };

	(void)state;
	check_all(cases, ARRAY_SIZE(cases));
	case_check(&empty);
}

/* SYSC-02 to SYSC-05: each only with its namespace. */
static void needs_namespace(void **state)
{
	static const struct sysctl_case cases[] = {
		{ "kernel.msgmax", "1", "ipc",
			"\"kernel.msgmax\" needs a namespace of type \"ipc\", found none" },
		{ "kernel/shmmax", "1", "ipc", "needs a namespace of type \"ipc\"" },
		{ "fs.mqueue.msg_max", "1", "ipc", "needs a namespace of type \"ipc\"" },
		{ "net.ipv4.ip_forward", "1", "network", "of type \"network\"" },
		{ "net/ipv4/ip_forward", "1", "network", "of type \"network\"" },
		{ "kernel.domainname", "1", "uts", "of type \"uts\"" },
		{ "user.max_user_namespaces", "1", "user", "of type \"user\"" },
	};

	(void)state;
	check_all(cases, ARRAY_SIZE(cases));
}

/* SYSC-04, CONF-03 */
static void names_of_the_host(void **state)
{
	static const struct sysctl_case cases[] = {
		{ "kernel.hostname", "x", NULL, "kernel.hostname may not be set here" },
		{ "kernel/hostname", "x", NULL, "kernel.hostname may not be set here" },
	};
	static const struct sysctl_case same = { "kernel.domainname", "x", NULL, NULL };
	static const struct sysctl_case other = { "kernel.domainname", "y", NULL,
		"expected the value of domainname, \"x\", found \"y\"" };

	(void)state;
	check_all(cases, ARRAY_SIZE(cases));
	check(&same, "\"domainname\": \"x\", ");
	check(&other, "\"domainname\": \"x\", ");
	check(&other, "\"domainname\": \"x\", \"hostname\": \"y\", ");
}

/* SYSC-06: what the host shares with everybody. */
static void not_of_a_namespace(void **state)
{
	static const char *const keys[] = { "kernel.core_pattern", "kernel/core_pattern",
		"vm.swappiness", "fs.file-max", "kernel.msgmaxx", "kernel.sem.x",
		"fs.mqueue", "fs.mqueuex.y", "nets.ipv4", "users.x", "kernel.shm",
		"Net.ipv4.x", "kernel.yama.ptrace_scope", "dev.cdrom.info",
		"kernel.net.ipv4" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct sysctl_case t = { keys[i], "1", NULL,
			"belongs to a namespace, found" };

		check(&t, "");
	}
}

/* C3: separators, dots, and text behind a newline. */
static void attacks(void **state)
{
	static const char *const keys[] = { "", "net", "net.", ".net.ipv4", "net..ipv4",
		"net/../kernel.x", "net/../kernel/core_pattern", "net/./x", "/net/ipv4",
		"//", "..", ".", "net/", "net.//.kernel", "net.ipv4./", "net/ipv4//x",
		"net././.x" };
	static const struct sysctl_case values[] = {
		{ "net.ipv4.x", "1\\n2", NULL, "expected one line of text" },
		{ "net.ipv4.x", "1\\n", NULL, "expected one line of text" },
		{ "net.ipv4.x", "1\\u0001", NULL, "expected one line of text" },
		{ "net.ipv4.x", "1\\u007f", NULL, "expected one line of text" },
	};
	static const struct spec_case newline = { LINUX,
		"\"sysctl\": {\"net.ipv4\\nkernel.x\": ^\"1\"}",
		"linux.sysctl[\"net.ipv4\nkernel.x\"]", "expected a name such as", 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct sysctl_case t = { keys[i], "1", NULL, "expected a name such as" };

		check(&t, "");
	}
	check_all(values, ARRAY_SIZE(values));
	case_check(&newline);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allowed),
		cmocka_unit_test(needs_namespace),
		cmocka_unit_test(names_of_the_host),
		cmocka_unit_test(not_of_a_namespace),
		cmocka_unit_test(attacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
