/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: an update of resources, laid over configurations and planned for v1 and v2. Laid
 * over its own result it changes nothing, and each value that is written has a file and a text.
 * What a cgroup file says, made of the same bytes, is read without harm.
 */
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "host/host.h"
#include "plan/planner.h"
#include "run/resfile.h"
#include "spec/resources.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD                                                                        \
	"{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\"cwd\":" \
	"\"/\",\"args\":[\"a\"]}"

static const char *const stored[] = {
	HEAD "}",
	HEAD
	",\"linux\":{\"resources\":{\"memory\":{\"limit\":4096,\"swap\":8192},\"cpu\":"
	"{\"shares\":2,\"quota\":5,\"period\":1000,\"cpus\":\"0-3\"},\"pids\":"
	"{\"limit\":9},\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,"
	"\"minor\":0,\"rate\":1}]},\"hugepageLimits\":[{\"pageSize\":\"2MB\","
	"\"limit\":1}],\"devices\":[{\"allow\":false,\"access\":\"rwm\"}]}}}",
};

static const char *names[] = { "memory", "cpu", "cpuset", "pids", "blkio", "hugetlb",
	"net_cls", "net_prio", "rdma", "devices" };
static struct host_hierarchy all_v1 = { "/sys/fs/cgroup/all", false, names,
	ARRAY_SIZE(names), "/" };
static const char *v2_names[] = { "memory", "cpu", "cpuset", "pids", "io", "hugetlb",
	"rdma", "misc" };
static struct host_hierarchy all_v2 = { "/sys/fs/cgroup", true, v2_names,
	ARRAY_SIZE(v2_names), "/" };

static void plan(const struct spec *old, const struct spec *now,
	const struct spec *update, bool v2, struct arena *a, const char *text)
{
	const struct host host = { .cgroup = v2 ? HOST_CGROUP_V2 : HOST_CGROUP_V1,
		.hierarchies = v2 ? &all_v2 : &all_v1,
		.n_hierarchies = 1 };
	const struct plan_hierarchy place = { .mountpoint = "/sys/fs/cgroup/all",
		.path = "c",
		.v2 = v2,
		.controllers = v2 ? NULL : names,
		.n_controllers = v2 ? 0 : ARRAY_SIZE(names) };
	const struct plan_update_target target = { .hierarchies = &place,
		.n_hierarchies = 1,
		.stored = old,
		.update = update->doc.root,
		.devices = true };
	auto_error struct error e = ERROR_INIT;
	struct plan_cgroup *cg;
	int r = plan_update(&target, now, &host, a, &cg, &e);

	if (r < 0) {
		if (!err_is(&e) || !e.text)
			abort();
		return;
	}
	for (size_t i = 0; i < cg->n_writes; i++) {
		const struct plan_write *w = &cg->writes[i];

		if (!w->file || !w->file[0] || !w->value || !w->value[0] || w->late)
			abort();
		/* What a file says is the kernel's, but its form is not promised. */
		if (!resfile_old(a, w->file, text, w->value))
			abort();
		resfile_has(w->file, text, w->value);
	}
}

static void lay(const struct spec *update, const char *config, const char *text)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_buf struct buf first = BUF_INIT, second = BUF_INIT;
	auto_error struct error e = ERROR_INIT;
	struct spec old, now, again;
	int r;

	if (spec_parse("config.json", config, strlen(config), NULL, &a, &old, NULL) < 0)
		abort();
	r = spec_resources_merge(&old, update, NULL, 0, &a, &now, &first, &e);
	if (r < 0) {
		if (!err_is(&e))
			abort();
		return;
	}
	if (spec_resources_merge(&now, update, NULL, 0, &a, &again, &second, NULL) < 0 ||
		first.len != second.len || memcmp(first.p, second.p, first.len) != 0)
		abort();
	plan(&old, &now, update, false, &a, text);
	plan(&old, &now, update, true, &a, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	auto_buf struct buf text = BUF_INIT;
	struct spec update;

	if (buf_add(&text, data, size) < 0 || buf_adds(&text, "") < 0)
		return 0;
	if (spec_resources_parse(
		    "update", text.p ? text.p : "", size, NULL, &a, &update, &e) < 0) {
		if (!err_is(&e))
			abort();
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(stored); i++)
		lay(&update, stored[i], text.p ? text.p : "");
	return 0;
}
