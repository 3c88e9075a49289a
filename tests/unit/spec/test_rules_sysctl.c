/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of linux.sysctl, and the corpus of names that try to leave it. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cleanup.h"

#include "parse.h"

/* SYSC-01 to SYSC-05 */
static const struct spec_case
	allowed_cases
		[] = {
			{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.msgmax\": \"1\"}}",
				NULL, NULL, 0 },
			{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.msgmnb\": \"1\"}}",
				NULL, NULL, 0 },
			{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.msgmni\": \"1\"}}",
				NULL, NULL, 0 },
			{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.sem\": \"1\"}}",
				NULL, NULL, 0 },
			{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.shmall\": \"1\"}}",
				NULL, NULL, 0 },
			{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.shmmax\": \"1\"}}",
				NULL, NULL, 0 },
			{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.shmmni\": \"1\"}}",
				NULL, NULL, 0 },
			{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.shm_rmid_forced\": \"1\"}}",
				NULL, NULL, 0 },
			{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"fs.mqueue.msg_max\": \"1\"}}",
				NULL, NULL, 0 },
			{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"fs/mqueue/queues_max\": \"1\"}}",
				NULL, NULL, 0 },
			{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net.ipv4.ip_forward\": \"1\"}}",
				NULL, NULL, 0 },
			{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net/ipv4/conf/eno2.100/forwarding\": \"1\"}}",
				NULL, NULL, 0 },
			{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net.ipv4.conf.eno2/100.forwarding\": \"1\"}}",
				NULL, NULL, 0 },
			{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.domainname\": \"1\"}}", NULL,
				NULL, 0 },
			{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel/domainname\": \"1\"}}",
				NULL, NULL, 0 },
			{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"user.max_user_namespaces\": \"1\"}}",
				NULL, NULL, 0 },
			{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net.ipv4.ping_group_range\": \"0 2147483647\"}}",
				NULL, NULL, 0 },
			{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net.ipv4.ip_local_port_range\": \"1024\\t65000\"}}",
				NULL, NULL, 0 },
			{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.sem\": \"\"}}",
				NULL, NULL, 0 },
			{ BARE, "\"domainname\": \"x\", \"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.domainname\": \"x\"}}",
				NULL, NULL, 0 },
			{ LINUX, "\"sysctl\": {}", NULL, NULL, 0 },
		};

/* SYSC-02 to SYSC-05: each only with its namespace */
static const struct spec_case namespaces_cases[] = {
	{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"network\"}], \"sysctl\": {\"kernel.msgmax\": ^\"1\"}}",
		"linux.sysctl[\"kernel.msgmax\"]",
		"\"kernel.msgmax\" needs a namespace of type \"ipc\", found none", 0 },
	{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"network\"}], \"sysctl\": {\"kernel/shmmax\": ^\"1\"}}",
		"linux.sysctl[\"kernel/shmmax\"]",
		"\"kernel/shmmax\" needs a namespace of type \"ipc\", found none", 0 },
	{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"network\"}], \"sysctl\": {\"fs.mqueue.msg_max\": ^\"1\"}}",
		"linux.sysctl[\"fs.mqueue.msg_max\"]",
		"\"fs.mqueue.msg_max\" needs a namespace of type \"ipc\", found none",
		0 },
	{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}], \"sysctl\": {\"net.ipv4.ip_forward\": ^\"1\"}}",
		"linux.sysctl[\"net.ipv4.ip_forward\"]",
		"\"net.ipv4.ip_forward\" needs a namespace of type \"network\", found none",
		0 },
	{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}], \"sysctl\": {\"net/ipv4/ip_forward\": ^\"1\"}}",
		"linux.sysctl[\"net/ipv4/ip_forward\"]",
		"\"net/ipv4/ip_forward\" needs a namespace of type \"network\", found none",
		0 },
	{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}], \"sysctl\": {\"kernel.domainname\": ^\"1\"}}",
		"linux.sysctl[\"kernel.domainname\"]",
		"\"kernel.domainname\" needs a namespace of type \"uts\", found none",
		0 },
	{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"uts\"}], \"sysctl\": {\"user.max_user_namespaces\": ^\"1\"}}",
		"linux.sysctl[\"user.max_user_namespaces\"]",
		"\"user.max_user_namespaces\" needs a namespace of type \"user\", found none",
		0 },
};

/* SYSC-04, SYSC-06 */
static const struct spec_case
	refused_cases[] = {
		{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.hostname\": ^\"x\"}}",
			"linux.sysctl[\"kernel.hostname\"]",
			"kernel.hostname may not be set here", 0 },
		{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel/hostname\": ^\"x\"}}",
			"linux.sysctl[\"kernel/hostname\"]",
			"kernel.hostname may not be set here", 0 },
		{ BARE, "\"domainname\": \"x\", \"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.domainname\": ^\"y\"}}",
			"linux.sysctl[\"kernel.domainname\"]",
			"expected the value of domainname, \"x\", found \"y\"", 0 },
		{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.core_pattern\": ^\"1\"}}",
			"linux.sysctl[\"kernel.core_pattern\"]",
			"belongs to a namespace, found \"kernel.core_pattern\"", 0 },
		{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel/core_pattern\": ^\"1\"}}",
			"linux.sysctl[\"kernel/core_pattern\"]",
			"belongs to a namespace, found \"kernel/core_pattern\"", 0 },
		{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"vm.swappiness\": ^\"1\"}}",
			"linux.sysctl[\"vm.swappiness\"]",
			"belongs to a namespace, found \"vm.swappiness\"", 0 },
		{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"fs.file-max\": ^\"1\"}}",
			"linux.sysctl[\"fs.file-max\"]",
			"belongs to a namespace, found \"fs.file-max\"", 0 },
		{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.msgmaxx\": ^\"1\"}}",
			"linux.sysctl[\"kernel.msgmaxx\"]",
			"belongs to a namespace, found \"kernel.msgmaxx\"", 0 },
		{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.sem.x\": ^\"1\"}}",
			"linux.sysctl[\"kernel.sem.x\"]",
			"belongs to a namespace, found \"kernel.sem.x\"", 0 },
		{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"fs.mqueue\": ^\"1\"}}",
			"linux.sysctl[\"fs.mqueue\"]",
			"belongs to a namespace, found \"fs.mqueue\"", 0 },
		{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"fs.mqueuex.y\": ^\"1\"}}",
			"linux.sysctl[\"fs.mqueuex.y\"]",
			"belongs to a namespace, found \"fs.mqueuex.y\"", 0 },
		{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"nets.ipv4\": ^\"1\"}}",
			"linux.sysctl[\"nets.ipv4\"]",
			"belongs to a namespace, found \"nets.ipv4\"", 0 },
		{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"users.x\": ^\"1\"}}",
			"linux.sysctl[\"users.x\"]",
			"belongs to a namespace, found \"users.x\"", 0 },
		{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.shm\": ^\"1\"}}",
			"linux.sysctl[\"kernel.shm\"]",
			"belongs to a namespace, found \"kernel.shm\"", 0 },
		{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"Net.ipv4.x\": ^\"1\"}}", "linux.sysctl[\"Net.ipv4.x\"]",
			"belongs to a namespace, found \"Net.ipv4.x\"", 0 },
		{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.yama.ptrace_scope\": ^\"1\"}}",
			"linux.sysctl[\"kernel.yama.ptrace_scope\"]",
			"belongs to a namespace, found \"kernel.yama.ptrace_scope\"", 0 },
		{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"dev.cdrom.info\": ^\"1\"}}",
			"linux.sysctl[\"dev.cdrom.info\"]",
			"belongs to a namespace, found \"dev.cdrom.info\"", 0 },
		{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.net.ipv4\": ^\"1\"}}",
			"linux.sysctl[\"kernel.net.ipv4\"]",
			"belongs to a namespace, found \"kernel.net.ipv4\"", 0 },
	};

/* C3 of the security matrix */
static const struct
	spec_case
		corpus_cases
			[] = {
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"\": ^\"1\"}}",
					"linux.sysctl[\"\"]", "expected a name such as",
					0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net\": ^\"1\"}}",
					"linux.sysctl.net", "expected a name such as",
					0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net.\": ^\"1\"}}",
					"linux.sysctl[\"net.\"]",
					"expected a name such as", 0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\".net.ipv4\": ^\"1\"}}",
					"linux.sysctl[\".net.ipv4\"]",
					"expected a name such as", 0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net..ipv4\": ^\"1\"}}",
					"linux.sysctl[\"net..ipv4\"]",
					"expected a name such as", 0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net/../kernel.x\": ^\"1\"}}",
					"linux.sysctl[\"net/../kernel.x\"]",
					"expected a name such as", 0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net/../kernel/core_pattern\": ^\"1\"}}",
					"linux.sysctl[\"net/../kernel/core_pattern\"]",
					"expected a name such as", 0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net/./x\": ^\"1\"}}",
					"linux.sysctl[\"net/./x\"]",
					"expected a name such as", 0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"/net/ipv4\": ^\"1\"}}",
					"linux.sysctl[\"/net/ipv4\"]",
					"expected a name such as", 0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"//\": ^\"1\"}}",
					"linux.sysctl[\"//\"]", "expected a name such as",
					0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"..\": ^\"1\"}}",
					"linux.sysctl[\"..\"]", "expected a name such as",
					0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\".\": ^\"1\"}}",
					"linux.sysctl[\".\"]", "expected a name such as",
					0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net/\": ^\"1\"}}",
					"linux.sysctl[\"net/\"]",
					"expected a name such as", 0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net.//.kernel\": ^\"1\"}}", "linux.sysctl[\"net.//.kernel\"]",
					"expected a name such as", 0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net.ipv4./\": ^\"1\"}}",
					"linux.sysctl[\"net.ipv4./\"]",
					"expected a name such as", 0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net/ipv4//x\": ^\"1\"}}",
					"linux.sysctl[\"net/ipv4//x\"]",
					"expected a name such as", 0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net././.x\": ^\"1\"}}",
					"linux.sysctl[\"net././.x\"]",
					"expected a name such as", 0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net.ipv4\\nkernel.x\": ^\"1\"}}",
					"linux.sysctl[\"net.ipv4\nkernel.x\"]",
					"expected a name such as", 0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net.ipv4.x\": ^\"1\\n2\"}}",
					"linux.sysctl[\"net.ipv4.x\"]",
					"expected one line of text", 0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net.ipv4.x\": ^\"1\\u0001\"}}",
					"linux.sysctl[\"net.ipv4.x\"]",
					"expected one line of text", 0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"net.ipv4.x\": ^\"1\\u007f\"}}",
					"linux.sysctl[\"net.ipv4.x\"]",
					"expected one line of text", 0 },
				{ BARE, "\"linux\": {\"namespaces\": [{\"type\": \"mount\"}, {\"type\": \"uts\"}, {\"type\": \"ipc\"}, {\"type\": \"network\"}, {\"type\": \"user\", \"path\": \"/x\"}], \"sysctl\": {\"kernel.core_pattern\": ^\"a\\nb\"}}",
					"linux.sysctl[\"kernel.core_pattern\"]",
					"belongs to a namespace", 2 },
			};

static void allowed(void **state)
{
	(void)state;
	cases_check(allowed_cases, ARRAY_SIZE(allowed_cases));
}

static void namespaces(void **state)
{
	(void)state;
	cases_check(namespaces_cases, ARRAY_SIZE(namespaces_cases));
}

static void refused(void **state)
{
	(void)state;
	cases_check(refused_cases, ARRAY_SIZE(refused_cases));
}

static void corpus(void **state)
{
	(void)state;
	cases_check(corpus_cases, ARRAY_SIZE(corpus_cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allowed),
		cmocka_unit_test(namespaces),
		cmocka_unit_test(refused),
		cmocka_unit_test(corpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
