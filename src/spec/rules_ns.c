/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of namespaces, id mappings, clock offsets and network devices. */
#include "config.h"

#include "spec/rule.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/twins.h"

/* UID_GID_MAP_MAX_EXTENTS of the kernel. */
#define MAP_LINES_MAX 340

/* NS-09, NS-12, NS-14; unknown types are loading's. */
static void check_namespaces(struct check *c)
{
	const struct spec_linux *l = c->config->linux;
	unsigned seen = 0;

	for (size_t i = 0; l && i < l->n_namespaces; i++) {
		const struct spec_namespace *ns = &l->namespaces[i];

		if (seen & (1u << ns->type))
			check_fault(c, SPOT(ns, "type"), NULL,
				"expected each type once, found \"%s\" again",
				table_name(&names_namespace, ns->type));
		seen |= 1u << ns->type;
		if (check_given(ns->path))
			check_absolute(c, SPOT(ns, "path"), NULL, ns->path);
	}
}

/* user_namespaces(7): no range may wrap, reach 2^32 - 1, or overlap another on either side. */
static bool check_range(struct check *c, struct spot spot, const char *what,
	uint32_t first, uint32_t size)
{
	if ((uint64_t)first + size <= UINT32_MAX)
		return true;
	check_fault(c, spot, NULL,
		"%s and size go beyond 4294967294, found %" PRIu32 " and %" PRIu32, what,
		first, size);
	return false;
}

static bool overlap(uint32_t a, uint32_t na, uint32_t b, uint32_t nb)
{
	return (uint64_t)a + na > b && (uint64_t)b + nb > a;
}

void check_idmap(struct check *c, const struct json_value *at, const char *member,
	const struct spec_idmap *map, size_t n)
{
	struct spot all = { .at = at, .member = member, .index = -1 };
	size_t text = 0;

	if (n > MAP_LINES_MAX) {
		check_fault(c, all, NULL, "expected at most %d entries, found %zu",
			MAP_LINES_MAX, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const struct spec_idmap *m = &map[i];

		text += (size_t)snprintf(NULL, 0, "%" PRIu32 " %" PRIu32 " %" PRIu32 "\n",
			m->container_id, m->host_id, m->size);
		if (m->size == 0) {
			check_fault(
				c, SPOT(m, "size"), NULL, "expected 1 or more, found 0");
			continue;
		}
		if (!check_range(c, SPOT(m, "containerID"), "containerID",
			    m->container_id, m->size) ||
			!check_range(c, SPOT(m, "hostID"), "hostID", m->host_id, m->size))
			continue;
		for (size_t k = 0; k < i; k++) {
			if (overlap(m->container_id, m->size, map[k].container_id,
				    map[k].size))
				check_fault(c, SPOT(m, "containerID"), NULL,
					"expected ids of one entry each, found an overlap "
					"with entry %zu",
					k);
			if (overlap(m->host_id, m->size, map[k].host_id, map[k].size))
				check_fault(c, SPOT(m, "hostID"), NULL,
					"expected ids of one entry each, found an overlap "
					"with entry %zu",
					k);
		}
	}
	/* The kernel takes a map by one write shorter than a page. */
	if (text >= (size_t)sysconf(_SC_PAGESIZE))
		check_fault(c, all, NULL,
			"expected a map shorter than a page, found %zu bytes", text);
}

static bool has_root(const struct spec_idmap *map, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (map[i].container_id == 0)
			return true;
	return false;
}

/* MAP-01, MAP-03, MAP-04; MAP-05 asks the namespace that is joined, so it is the planner's. */
static void check_mapping(
	struct check *c, const char *member, const struct spec_idmap *map, size_t n)
{
	struct spot spot = SPOT(c->config->linux, member);

	check_idmap(c, spot.at, member, map, n);
	if (n && !check_has_ns(c, SPEC_NS_USER))
		check_fault(c, spot, "add {\"type\": \"user\"} to linux.namespaces",
			"%s needs a user namespace, found none", member);
	/* Mounts and nodes are made by root of the namespace, before process.user counts. */
	if (n && !has_root(map, n))
		check_fault(c, spot, "add an entry with \"containerID\": 0",
			"the container is set up by its id 0, which %s does not map",
			member);
	/* MAP-04: whose namespace it is decides. */
	if (!n && !c->ns_unknown && check_has_new_ns(c, SPEC_NS_USER))
		check_warn(c, spot,
			"a new user namespace without %s is for ordinary users, who get "
			"their own ids",
			member);
}

static void check_uid_mappings(struct check *c)
{
	const struct spec_linux *l = c->config->linux;

	if (l)
		check_mapping(c, "uidMappings", l->uid_mappings, l->n_uid_mappings);
}

static void check_gid_mappings(struct check *c)
{
	const struct spec_linux *l = c->config->linux;

	if (l)
		check_mapping(c, "gidMappings", l->gid_mappings, l->n_gid_mappings);
}

/* TIME-01: the list of clocks is closed, so an unknown one is no unknown property. */
static void check_clocks(struct check *c, const struct spec_time_offsets *t)
{
	for (const struct json_value *v = t->at ? t->at->first : NULL; v; v = v->next) {
		if (v->type != JSON_NULL && strcmp(v->key, "monotonic") != 0 &&
			strcmp(v->key, "boottime") != 0)
			check_fault(c, (struct spot){ .at = v, .index = -1 }, NULL,
				"expected the clock \"monotonic\" or \"boottime\", found %s",
				check_quote(c, v->key));
	}
}

static void check_offset(struct check *c, const struct spec_time_offset *o)
{
	if (o && o->nanosecs > 999999999)
		check_fault(c, SPOT(o, "nanosecs"), NULL,
			"expected at most 999999999, found %" PRIu32, o->nanosecs);
}

/* TIME-01, TIME-02 */
static void check_time(struct check *c)
{
	const struct spec_linux *l = c->config->linux;
	const struct spec_time_offsets *t = l ? l->time_offsets : NULL;

	if (!t)
		return;
	check_clocks(c, t);
	check_offset(c, t->monotonic);
	check_offset(c, t->boottime);
	if ((t->monotonic || t->boottime) && !check_has_new_ns(c, SPEC_NS_TIME))
		check_fault(c, SPOT(l, "timeOffsets"),
			"add {\"type\": \"time\"} to linux.namespaces, without a path",
			"timeOffsets needs a new time namespace, found none");
}

/* The kernel's dev_valid_name(). */
bool check_ifname(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n < 16 && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       strcspn(name, "/: \t\n\v\f\r") == n;
}

/* The kernel's __dev_alloc_name(): one number at most, and no other format. */
static bool is_template(const char *name)
{
	const char *at = strchr(name, '%');

	return !at || (at[1] == 'd' && !strchr(at + 2, '%'));
}

static const char *net_name(const struct spec_net_device *d)
{
	return check_given(d->name) ? d->name : d->host_name;
}

/* NET-03: of two with one name the second would fail, when the first has moved already. */
static void check_net_names(struct check *c, const struct spec_linux *l)
{
	size_t n = l->n_net_devices;
	const char **names = arena_array(c->arena, n, sizeof(*names));
	const struct twins *same;

	for (size_t i = 0; names && i < n; i++)
		names[i] = net_name(&l->net_devices[i]);
	same = names ? twins_find(c->arena, names, n, '\0') : NULL;
	c->no_memory |= !same;
	for (size_t i = 0; same && i < n; i++) {
		if (same[i].first != i && !strchr(names[i], '%'))
			check_fault(c,
				SPOT_KEY(l, "netDevices", l->net_devices[i].host_name),
				NULL, "expected names of one device each, found %s again",
				check_quote(c, names[i]));
	}
}

/* NET-01, NET-02 */
static void check_net_devices(struct check *c)
{
	const struct spec_linux *l = c->config->linux;

	if (!l)
		return;
	if (l->n_net_devices && !check_has_ns(c, SPEC_NS_NET))
		check_fault(c, SPOT(l, "netDevices"),
			"add {\"type\": \"network\"} to linux.namespaces",
			"netDevices needs a network namespace, found none");
	for (size_t i = 0; i < l->n_net_devices; i++) {
		const struct spec_net_device *d = &l->net_devices[i];

		if (!check_ifname(d->host_name) || strchr(d->host_name, '%'))
			check_fault(c, SPOT_KEY(l, "netDevices", d->host_name), NULL,
				"expected the name of a network device, found %s",
				check_quote(c, d->host_name));
		if (check_given(d->name) &&
			!(check_ifname(d->name) && is_template(d->name)))
			check_fault(c, SPOT(d, "name"), NULL,
				"expected the name of a network device, found %s",
				check_quote(c, d->name));
	}
	if (l->n_net_devices)
		check_net_names(c, l);
}

const struct rule rules_ns[] = {
	{ "linux.namespaces", "config-linux.md#namespaces", check_namespaces },
	{ "linux.uidMappings", "config-linux.md#user-namespace-mappings",
		check_uid_mappings },
	{ "linux.gidMappings", "config-linux.md#user-namespace-mappings",
		check_gid_mappings },
	{ "linux.timeOffsets", "config-linux.md#offset-for-time-namespace", check_time },
	{ "linux.netDevices", "config-linux.md#network-devices", check_net_devices },
	{ NULL, NULL, NULL },
};
