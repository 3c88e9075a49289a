/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of linux.resources that hold on every cgroup version. */
#include "config.h"

#include "spec/rule.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "spec/list.h"

static const struct spec_resources *resources(const struct check *c)
{
	return c->config->linux ? c->config->linux->resources : NULL;
}

/* RES-01, RES-02: a number left out or -1 stands for all. */
static void check_rule_number(
	struct check *c, const struct spec_device_rule *d, const char *member, int64_t n)
{
	if (n < -1 || n > UINT32_MAX)
		check_fault(c, SPOT(d, member), NULL,
			"expected -1 (all) to 4294967295, found %" PRId64, n);
}

static void check_device_rules(struct check *c)
{
	const struct spec_resources *r = resources(c);

	for (size_t i = 0; r && i < r->n_devices; i++) {
		const struct spec_device_rule *d = &r->devices[i];

		if (check_given(d->type) && (d->type[1] || !strchr("acb", d->type[0])))
			check_fault(c, SPOT(d, "type"), NULL,
				"expected \"a\", \"c\" or \"b\", found %s",
				check_quote(c, d->type));
		if (d->has_major)
			check_rule_number(c, d, "major", d->major);
		if (d->has_minor)
			check_rule_number(c, d, "minor", d->minor);
		if (!check_given(d->access) || d->access[strspn(d->access, "rwm")])
			check_fault(c, SPOT(d, "access"), NULL,
				"expected letters of \"rwm\", found %s",
				d->access ? check_quote(c, d->access) : "nothing");
	}
}

static void check_bytes(
	struct check *c, const struct spec_memory *m, const char *member, int64_t n)
{
	if (n < -1)
		check_fault(c, SPOT(m, member), NULL,
			"expected bytes, or -1 for no limit, found %" PRId64, n);
}

/* RES-05 to RES-09 */
static void check_memory(struct check *c)
{
	const struct spec_resources *r = resources(c);
	const struct spec_memory *m = r ? r->memory : NULL;

	if (!m)
		return;
	check_bytes(c, m, "limit", m->limit);
	check_bytes(c, m, "reservation", m->reservation);
	check_bytes(c, m, "swap", m->swap);
	if (m->limit > 0 && m->swap > 0 && m->swap < m->limit)
		check_fault(c, SPOT(m, "swap"), "swap counts memory and swap together",
			"expected at least the limit, %" PRId64 ", found %" PRId64,
			m->limit, m->swap);
	if (m->swappiness > 100)
		check_fault(c, SPOT(m, "swappiness"), NULL,
			"expected 0 to 100, found %" PRIu64, m->swappiness);
	if (m->has_kernel)
		check_warn(c, SPOT(m, "kernel"), "is gone from kernels and is ignored");
	if (m->has_kernel_tcp)
		check_warn(
			c, SPOT(m, "kernelTCP"), "is gone from kernels and is ignored");
}

/* The kernel's own grammar has strides and "all" besides; those it judges itself. */
static void check_cpuset(
	struct check *c, const struct spec_cpu *cpu, const char *member, const char *list)
{
	unsigned max = strcmp(member, "cpus") == 0 ? LIST_CPU_MAX : LIST_NODE_MAX;

	if (!check_given(list) || strcmp(list, "all") == 0)
		return;
	if (strchr(list, ':') && list[strspn(list, "0123456789,-:/ ")] == '\0')
		return;
	if (spec_list_each(list, max, NULL, NULL) < 0)
		check_fault(c, SPOT(cpu, member), NULL,
			"expected a list such as \"0-3,7\", found %s",
			check_quote(c, list));
}

/* RES-15, RES-17, RES-18 */
static void check_cpu(struct check *c)
{
	const struct spec_resources *r = resources(c);
	const struct spec_cpu *cpu = r ? r->cpu : NULL;

	if (!cpu)
		return;
	if (cpu->quota > 0 && cpu->burst > (uint64_t)cpu->quota)
		check_fault(c, SPOT(cpu, "burst"), NULL,
			"expected at most the quota, %" PRId64 ", found %" PRIu64,
			cpu->quota, cpu->burst);
	check_cpuset(c, cpu, "cpus", cpu->cpus);
	check_cpuset(c, cpu, "mems", cpu->mems);
	if (cpu->idle != 0 && cpu->idle != 1)
		check_fault(c, SPOT(cpu, "idle"), NULL, "expected 0 or 1, found %" PRId64,
			cpu->idle);
}

/* RES-19: 0 is what Docker 20.10 sends for "not set". */
static void check_weight(struct check *c, struct spot spot, uint16_t weight)
{
	if (weight && (weight < 10 || weight > 1000))
		check_fault(c, spot, NULL, "expected 10 to 1000, found %u", weight);
}

static void check_block_number(struct check *c, struct spot spot, int64_t n)
{
	if (n < 0 || n > UINT32_MAX)
		check_fault(c, spot, NULL, "expected a device number, found %" PRId64, n);
}

/* RES-21 */
static void check_weight_devices(struct check *c, const struct spec_block_io *b)
{
	for (size_t i = 0; i < b->n_weight_device; i++) {
		const struct spec_weight_device *d = &b->weight_device[i];

		check_block_number(c, SPOT(d, "major"), d->major);
		check_block_number(c, SPOT(d, "minor"), d->minor);
		check_weight(c, SPOT(d, "weight"), d->weight);
		check_weight(c, SPOT(d, "leafWeight"), d->leaf_weight);
		if (!d->has_weight && !d->has_leaf_weight)
			check_fault(c, SPOT_ITEM(b, "weightDevice", i), NULL,
				"expected weight or leafWeight, found neither");
	}
}

/* RES-22 */
static void check_throttle(
	struct check *c, const struct spec_throttle_device *devices, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct spec_throttle_device *d = &devices[i];

		check_block_number(c, SPOT(d, "major"), d->major);
		check_block_number(c, SPOT(d, "minor"), d->minor);
		if (!d->has_rate)
			check_missing(c, d->at, "rate");
	}
}

static void check_block_io(struct check *c)
{
	const struct spec_resources *r = resources(c);
	const struct spec_block_io *b = r ? r->block_io : NULL;

	if (!b)
		return;
	check_weight(c, SPOT(b, "weight"), b->weight);
	check_weight(c, SPOT(b, "leafWeight"), b->leaf_weight);
	check_weight_devices(c, b);
	check_throttle(c, b->throttle_read_bps, b->n_throttle_read_bps);
	check_throttle(c, b->throttle_write_bps, b->n_throttle_write_bps);
	check_throttle(c, b->throttle_read_iops, b->n_throttle_read_iops);
	check_throttle(c, b->throttle_write_iops, b->n_throttle_write_iops);
}

/* RES-23: ^[1-9][0-9]*[KMG]B$, and no architecture has a page that is no power of two. */
static bool is_page_size(const char *s)
{
	size_t digits = strspn(s, "0123456789");
	char number[8] = "";
	uint64_t n;

	if (digits == 0 || digits >= sizeof(number))
		return false;
	if (!strchr("KMG", s[digits]) || !s[digits] || strcmp(s + digits + 1, "B") != 0)
		return false;
	memcpy(number, s, digits);
	return num_u64(number, UINT32_MAX, &n) == 0 && n > 0 && (n & (n - 1)) == 0;
}

static void check_hugepages(struct check *c)
{
	const struct spec_resources *r = resources(c);

	for (size_t i = 0; r && i < r->n_hugepage_limits; i++) {
		const struct spec_hugepage *h = &r->hugepage_limits[i];

		if (!is_page_size(h->page_size))
			check_fault(c, SPOT(h, "pageSize"), NULL,
				"expected a page size such as \"2MB\" or \"1GB\", found %s",
				check_quote(c, h->page_size));
	}
}

/* RES-24 */
static void check_network(struct check *c)
{
	const struct spec_resources *r = resources(c);
	const struct spec_network *n = r ? r->network : NULL;

	for (size_t i = 0; n && i < n->n_priorities; i++) {
		const struct spec_net_prio *p = &n->priorities[i];

		if (!check_ifname(p->name))
			check_fault(c, SPOT(p, "name"), NULL,
				"expected the name of a network device, found %s",
				check_quote(c, p->name));
	}
}

/* RES-26 */
static void check_rdma(struct check *c)
{
	const struct spec_resources *r = resources(c);

	for (size_t i = 0; r && i < r->n_rdma; i++) {
		const struct spec_rdma *d = &r->rdma[i];

		if (!d->has_hca_handles && !d->has_hca_objects)
			check_fault(c, SPOT_KEY(r, "rdma", d->device), NULL,
				"expected hcaHandles or hcaObjects, found neither");
	}
}

/* RES-27: the key is a file of the container's cgroup, so it must not leave that folder. */
static void check_unified(struct check *c)
{
	const struct spec_resources *r = resources(c);

	for (size_t i = 0; r && i < r->n_unified; i++) {
		const char *key = r->unified[i].key;

		if (!key[0] || strchr(key, '/') || strcmp(key, ".") == 0 ||
			strcmp(key, "..") == 0)
			check_fault(c, SPOT_KEY(r, "unified", key), NULL,
				"expected the name of a cgroup file, found %s",
				check_quote(c, key));
	}
}

const struct rule rules_resources[] = {
	{ "linux.resources.devices", "config-linux.md#allowed-device-list",
		check_device_rules },
	{ "linux.resources.memory", "config-linux.md#memory", check_memory },
	{ "linux.resources.cpu", "config-linux.md#cpu", check_cpu },
	{ "linux.resources.blockIO", "config-linux.md#block-io", check_block_io },
	{ "linux.resources.hugepageLimits", "config-linux.md#huge-page-limits",
		check_hugepages },
	{ "linux.resources.network", "config-linux.md#network", check_network },
	{ "linux.resources.rdma", "config-linux.md#rdma", check_rdma },
	{ "linux.resources.unified", "config-linux.md#unified", check_unified },
	{ NULL, NULL, NULL },
};
