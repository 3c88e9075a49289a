/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration as text becomes a plan, or an error, on a pretended host. */
#include "config.h"

#include "planning.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

#define ALL_CAPS ((UINT64_C(1) << 41) - 1)

static const char *v2_controllers[] = { "cpuset", "cpu", "io", "memory", "hugetlb",
	"pids", "rdma", "misc" };
static struct host_hierarchy v2_hierarchies[] = {
	{ "/sys/fs/cgroup", true, v2_controllers, ARRAY_SIZE(v2_controllers), "/" },
};
const struct host host_v2 = {
	.cgroup = HOST_CGROUP_V2,
	.hierarchies = v2_hierarchies,
	.n_hierarchies = ARRAY_SIZE(v2_hierarchies),
	.caps = ALL_CAPS,
	.last_cap = 40,
	.arch = "SCMP_ARCH_X86_64",
};

static const char *v1_names[] = { "memory", "cpu", "cpuset", "pids", "blkio", "devices",
	"name=systemd" };
static struct host_hierarchy v1_hierarchies[] = {
	{ "/sys/fs/cgroup/memory", false, &v1_names[0], 1, "/" },
	{ "/sys/fs/cgroup/cpu", false, &v1_names[1], 1, "/" },
	{ "/sys/fs/cgroup/cpuset", false, &v1_names[2], 1, "/" },
	{ "/sys/fs/cgroup/pids", false, &v1_names[3], 1, "/" },
	{ "/sys/fs/cgroup/blkio", false, &v1_names[4], 1, "/" },
	{ "/sys/fs/cgroup/devices", false, &v1_names[5], 1, "/" },
	{ "/sys/fs/cgroup/systemd", false, &v1_names[6], 1, "/" },
};
const struct host host_v1 = {
	.cgroup = HOST_CGROUP_V1,
	.hierarchies = v1_hierarchies,
	.n_hierarchies = ARRAY_SIZE(v1_hierarchies),
	.caps = ALL_CAPS,
	.last_cap = 40,
	.arch = "SCMP_ARCH_X86_64",
};

static const struct plan_opts opts = { .id = "unit", .bundle = "/bundle" };

static int vplanning(
	struct planned *p, const struct host *host, const char *fmt, va_list ap)
{
	auto_buf struct buf text = BUF_INIT;
	auto_buf struct buf members = BUF_INIT;
	int r;

	*p = (struct planned){ .arena = ARENA_INIT };
	assert_int_equal(buf_vaddf(&members, fmt, ap), 0);
	assert_int_equal(
		buf_adds(&text, "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"}"),
		0);
	if (!members.p || !strstr(members.p, "\"process\""))
		assert_int_equal(
			buf_adds(&text, ",\"process\":{\"cwd\":\"/\",\"args\":[\"a\"]}"),
			0);
	assert_int_equal(buf_addf(&text, "%s%s}", members.len ? "," : "",
				 members.p ? members.p : ""),
		0);
	r = spec_parse("config.json", text.p, text.len, NULL, &p->arena, &p->spec, &p->e);
	if (r < 0)
		fail_msg("%s: %s", text.p, p->e.text);
	return plan_create(&p->spec, &opts, host, &p->arena, &p->plan, &p->e);
}

int planning(struct planned *p, const struct host *host, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = vplanning(p, host, fmt, ap);
	va_end(ap);
	assert_int_equal(r < 0, p->plan == NULL);
	return r;
}

void planning_ok(struct planned *p, const struct host *host, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = vplanning(p, host, fmt, ap);
	va_end(ap);
	if (r < 0)
		fail_msg("%s", p->e.text);
}

void planned_done(struct planned *p)
{
	arena_done(&p->arena);
	err_done(&p->e);
}

const char *planned_write(const struct planned *p, const char *file)
{
	const struct plan_cgroup *cg = p->plan->cgroup;

	for (size_t i = 0; i < cg->n_writes; i++) {
		if (strcmp(cg->writes[i].file, file) == 0)
			return cg->writes[i].value;
	}
	return NULL;
}
