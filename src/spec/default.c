/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration that `davit spec` writes. */
#include "config.h"

#include "spec/spec.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/cleanup.h"

/* clang-format off */
/* What follows each other in the text. Indented as json_w_open(2) would, two blanks a level. */
enum when { ALWAYS, PRIVILEGED, ROOTLESS, TERMINAL, MAPS };
static const struct piece {
	enum when when;
	const char *text;
} pieces[] = {
	{ ALWAYS,
	"{\n"
	"  \"ociVersion\": \"1.3.0\",\n"
	"  \"process\": {\n"
	"    \"terminal\": " },
	{ TERMINAL, NULL },
	{ ALWAYS,
	",\n"
	"    \"user\": {\n"
	"      \"uid\": 0,\n"
	"      \"gid\": 0\n"
	"    },\n"
	"    \"args\": [\n"
	"      \"sh\"\n"
	"    ],\n"
	"    \"env\": [\n"
	"      \"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\",\n"
	"      \"TERM=xterm\"\n"
	"    ],\n"
	"    \"cwd\": \"/\",\n"
	"    \"capabilities\": {\n"
	"      \"bounding\": [\n"
	"        \"CAP_AUDIT_WRITE\",\n"
	"        \"CAP_KILL\",\n"
	"        \"CAP_NET_BIND_SERVICE\"\n"
	"      ],\n"
	"      \"effective\": [\n"
	"        \"CAP_AUDIT_WRITE\",\n"
	"        \"CAP_KILL\",\n"
	"        \"CAP_NET_BIND_SERVICE\"\n"
	"      ],\n"
	"      \"permitted\": [\n"
	"        \"CAP_AUDIT_WRITE\",\n"
	"        \"CAP_KILL\",\n"
	"        \"CAP_NET_BIND_SERVICE\"\n"
	"      ]\n"
	"    },\n"
	"    \"rlimits\": [\n"
	"      {\n"
	"        \"type\": \"RLIMIT_NOFILE\",\n"
	"        \"hard\": 1024,\n"
	"        \"soft\": 1024\n"
	"      }\n"
	"    ],\n"
	"    \"noNewPrivileges\": true\n"
	"  },\n"
	"  \"root\": {\n"
	"    \"path\": \"rootfs\",\n"
	"    \"readonly\": true\n"
	"  },\n"
	"  \"hostname\": \"davit\",\n"
	"  \"mounts\": [\n"
	"    {\n"
	"      \"destination\": \"/proc\",\n"
	"      \"type\": \"proc\",\n"
	"      \"source\": \"proc\"\n"
	"    },\n"
	"    {\n"
	"      \"destination\": \"/dev\",\n"
	"      \"type\": \"tmpfs\",\n"
	"      \"source\": \"tmpfs\",\n"
	"      \"options\": [\n"
	"        \"nosuid\",\n"
	"        \"strictatime\",\n"
	"        \"mode=755\",\n"
	"        \"size=65536k\"\n"
	"      ]\n"
	"    },\n"
	"    {\n"
	"      \"destination\": \"/dev/pts\",\n"
	"      \"type\": \"devpts\",\n"
	"      \"source\": \"devpts\",\n"
	"      \"options\": [\n"
	"        \"nosuid\",\n"
	"        \"noexec\",\n"
	"        \"newinstance\",\n"
	"        \"ptmxmode=0666\",\n" },
	{ PRIVILEGED,
	"        \"mode=0620\",\n"
	"        \"gid=5\"\n" },
	{ ROOTLESS,
	"        \"mode=0620\"\n" },
	{ ALWAYS,
	"      ]\n"
	"    },\n"
	"    {\n"
	"      \"destination\": \"/dev/shm\",\n"
	"      \"type\": \"tmpfs\",\n"
	"      \"source\": \"shm\",\n"
	"      \"options\": [\n"
	"        \"nosuid\",\n"
	"        \"noexec\",\n"
	"        \"nodev\",\n"
	"        \"mode=1777\",\n"
	"        \"size=65536k\"\n"
	"      ]\n"
	"    },\n"
	"    {\n"
	"      \"destination\": \"/dev/mqueue\",\n"
	"      \"type\": \"mqueue\",\n"
	"      \"source\": \"mqueue\",\n"
	"      \"options\": [\n"
	"        \"nosuid\",\n"
	"        \"noexec\",\n"
	"        \"nodev\"\n"
	"      ]\n"
	"    },\n"
	"    {\n" },
	{ PRIVILEGED,
	"      \"destination\": \"/sys\",\n"
	"      \"type\": \"sysfs\",\n"
	"      \"source\": \"sysfs\",\n"
	"      \"options\": [\n"
	"        \"nosuid\",\n"
	"        \"noexec\",\n"
	"        \"nodev\",\n"
	"        \"ro\"\n" },
	{ ROOTLESS,
	"      \"destination\": \"/sys\",\n"
	"      \"type\": \"none\",\n"
	"      \"source\": \"/sys\",\n"
	"      \"options\": [\n"
	"        \"rbind\",\n"
	"        \"nosuid\",\n"
	"        \"noexec\",\n"
	"        \"nodev\",\n"
	"        \"rro\"\n" },
	{ ALWAYS,
	"      ]\n"
	"    },\n"
	"    {\n"
	"      \"destination\": \"/sys/fs/cgroup\",\n"
	"      \"type\": \"cgroup\",\n"
	"      \"source\": \"cgroup\",\n"
	"      \"options\": [\n"
	"        \"nosuid\",\n"
	"        \"noexec\",\n"
	"        \"nodev\",\n"
	"        \"relatime\",\n"
	"        \"ro\"\n"
	"      ]\n"
	"    }\n"
	"  ],\n"
	"  \"linux\": {\n" },
	{ PRIVILEGED,
	"    \"resources\": {\n"
	"      \"devices\": [\n"
	"        {\n"
	"          \"allow\": false,\n"
	"          \"access\": \"rwm\"\n"
	"        }\n"
	"      ]\n"
	"    },\n" },
	{ MAPS, NULL },
	{ ALWAYS,
	"    \"namespaces\": [\n"
	"      {\n"
	"        \"type\": \"pid\"\n"
	"      },\n"
	"      {\n" },
	{ PRIVILEGED,
	"        \"type\": \"network\"\n" },
	{ ROOTLESS,
	"        \"type\": \"user\"\n" },
	{ ALWAYS,
	"      },\n"
	"      {\n"
	"        \"type\": \"ipc\"\n"
	"      },\n"
	"      {\n"
	"        \"type\": \"uts\"\n"
	"      },\n"
	"      {\n"
	"        \"type\": \"mount\"\n"
	"      },\n"
	"      {\n"
	"        \"type\": \"cgroup\"\n"
	"      }\n"
	"    ],\n"
	"    \"maskedPaths\": [\n"
	"      \"/proc/acpi\",\n"
	"      \"/proc/asound\",\n"
	"      \"/proc/interrupts\",\n"
	"      \"/proc/kcore\",\n"
	"      \"/proc/keys\",\n"
	"      \"/proc/latency_stats\",\n"
	"      \"/proc/sched_debug\",\n"
	"      \"/proc/scsi\",\n"
	"      \"/proc/timer_list\",\n"
	"      \"/proc/timer_stats\",\n"
	"      \"/sys/devices/virtual/powercap\",\n"
	"      \"/sys/firmware\"\n"
	"    ],\n"
	"    \"readonlyPaths\": [\n"
	"      \"/proc/bus\",\n"
	"      \"/proc/fs\",\n"
	"      \"/proc/irq\",\n"
	"      \"/proc/sys\",\n"
	"      \"/proc/sysrq-trigger\"\n"
	"    ]\n"
	"  }\n"
	"}\n" },
};
/* clang-format on */

/* Container root is the caller, in one line, which needs no help of anybody. */
static int put_map(struct buf *out, const char *member, uint32_t id)
{
	return buf_addf(out,
		"    \"%s\": [\n"
		"      {\n"
		"        \"containerID\": 0,\n"
		"        \"hostID\": %" PRIu32 ",\n"
		"        \"size\": 1\n"
		"      }\n"
		"    ],\n",
		member, id);
}

struct ids {
	uint32_t uid, gid;
};

static int put(
	struct buf *out, const struct piece *p, bool terminal, const struct ids *rootless)
{
	int r = 0;

	switch (p->when) {
	case ALWAYS:
		return buf_adds(out, p->text);
	case PRIVILEGED:
		return rootless ? 0 : buf_adds(out, p->text);
	case ROOTLESS:
		return rootless ? buf_adds(out, p->text) : 0;
	case TERMINAL:
		return buf_adds(out, terminal ? "true" : "false");
	case MAPS:
		if (rootless)
			r = put_map(out, "uidMappings", rootless->uid);
		if (rootless && r == 0)
			r = put_map(out, "gidMappings", rootless->gid);
	}
	return r;
}

static int put_all(bool terminal, const struct ids *rootless, struct buf *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(pieces); i++)
		r = put(out, &pieces[i], terminal, rootless);
	return r;
}

int spec_default(bool terminal, struct buf *out)
{
	return put_all(terminal, NULL, out);
}

int spec_default_rootless(bool terminal, uint32_t uid, uint32_t gid, struct buf *out)
{
	const struct ids ids = { uid, gid };

	return put_all(terminal, &ids, out);
}
