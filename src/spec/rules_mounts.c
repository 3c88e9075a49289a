/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of mounts, masked and read-only paths, and propagation of the root. */
#include "config.h"

#include "spec/rule.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/path.h"
#include "base/strv.h"
#include "spec/idmapopt.h"
#include "spec/mountopt.h"

static const char hint_mount_ns[] = "add {\"type\": \"mount\"} to linux.namespaces";

/*
 * What lxcfs and its like put over files of proc. Anything else below /proc would hide it from
 * the masks and label writes that come later (CVE-2019-16884, CVE-2019-19921, CVE-2023-27561).
 */
static const char *const below_proc[] = {
	"/proc/cpuinfo",
	"/proc/diskstats",
	"/proc/meminfo",
	"/proc/stat",
	"/proc/swaps",
	"/proc/uptime",
	"/proc/loadavg",
	"/proc/slabinfo",
	"/proc/sys/kernel/ns_last_pid",
	"/proc/sys/crypto/fips_enabled",
};

/* The destination as a path from "/" without "..": what follows links is the step's affair. */
static const char *rooted(struct check *c, const char *destination)
{
	const char *p = arena_printf(c->arena, "/%s", destination);
	const char *clean = p ? path_resolve_lexical(c->arena, p) : NULL;

	if (!clean)
		c->no_memory = true;
	return clean ? clean : destination;
}

/* MNT-02, ROOT-04, MNT-07 */
static void check_destination(
	struct check *c, const struct spec_mount *m, const struct mountopt *o)
{
	struct spot spot = SPOT(m, "destination");
	const char *path;

	if (!m->destination[0]) {
		check_fault(
			c, spot, NULL, "expected a path in the container, found \"\"");
		return;
	}
	if (m->destination[0] != '/')
		check_warn(
			c, spot, "relative paths are deprecated; it is taken from \"/\"");
	path = rooted(c, m->destination);
	if (strcmp(path, "/") == 0) {
		check_fault(c, spot, "root.path names the root file system",
			"expected a path below the root, found %s",
			check_quote(c, m->destination));
	} else if (strcmp(path, "/proc") == 0) {
		if (!o->bind && !o->remount && m->type && strcmp(m->type, "proc") != 0)
			check_fault(c, spot, NULL,
				"only proc or a bind of a proc may be mounted on /proc, "
				"found type %s",
				check_quote(c, m->type));
	} else if (path_is_below(path, "/proc") &&
		   !strv_has(below_proc, ARRAY_SIZE(below_proc), path)) {
		check_fault(c, spot, "/proc/sys is written by linux.sysctl",
			"nothing may be mounted below /proc but a few files of lxcfs, "
			"found %s",
			check_quote(c, path));
	}
}

/* MNT-04 to MNT-06, MNT-09 */
static void check_source(
	struct check *c, const struct spec_mount *m, const struct mountopt *o)
{
	if (o->bind && !o->remount) {
		if (!check_given(m->source))
			check_fault(c, SPOT(m, "source"), NULL,
				"a bind mount needs a source, found none");
		if (o->n_data)
			check_fault(c, SPOT(m, "options"),
				"the kernel ignores options of the file system on a bind",
				"expected mount options, found %s",
				check_quote(c, o->data[0]));
		return;
	}
	if (o->remount)
		return;
	if (!check_given(m->type))
		check_fault(c, SPOT(m, "type"),
			"a bind mount has the option \"bind\" or \"rbind\"",
			"expected the type of a file system, found none");
	else if (strcmp(m->type, "bind") == 0 || strcmp(m->type, "rbind") == 0)
		check_fault(c, SPOT(m, "type"), "add the option \"bind\" or \"rbind\"",
			"expected the type of a file system, found %s",
			check_quote(c, m->type));
}

/* MNT-14: mappings in the option itself. */
static void check_map_option(struct check *c, const struct spec_mount *m,
	const struct mountopt *o, bool mapped)
{
	auto_error struct error e = ERROR_INIT;
	struct idmapopt map;
	int r = idmapopt_parse(c->arena, o->idmap_map, &map, &e);

	if (r == -EINVAL)
		check_fault(c, SPOT(m, "options"), NULL, "%s", e.text);
	else if (r < 0)
		c->no_memory = true;
	if (mapped)
		check_fault(c, SPOT(m, "options"), "leave one of the two out",
			"expected mappings in uidMappings and gidMappings or in idmap=, "
			"found both");
}

/* MNT-13 to MNT-15 */
static void check_mapped(
	struct check *c, const struct spec_mount *m, const struct mountopt *o)
{
	bool mapped = m->n_uid_mappings || m->n_gid_mappings;
	bool wanted = o->idmap || o->ridmap;

	if (!m->n_uid_mappings != !m->n_gid_mappings)
		check_fault(c, SPOT(m, m->n_uid_mappings ? "gidMappings" : "uidMappings"),
			NULL,
			"expected both uidMappings and gidMappings or neither, found one");
	check_idmap(c, m->at, "uidMappings", m->uid_mappings, m->n_uid_mappings);
	check_idmap(c, m->at, "gidMappings", m->gid_mappings, m->n_gid_mappings);
	if (o->idmap_map)
		check_map_option(c, m, o, mapped);
	if ((mapped || wanted) && (!o->bind || o->remount))
		check_fault(c, SPOT(m, wanted ? "options" : "uidMappings"), NULL,
			"only bind mounts can be id-mapped, found %s",
			o->remount ? "the option remount" : "no option bind");
	if (wanted && !mapped && !o->idmap_map && !check_has_ns(c, SPEC_NS_USER))
		check_fault(c, SPOT(m, "options"), "give uidMappings and gidMappings",
			"an id-mapped mount takes the mappings of the user namespace, "
			"found none");
}

static void check_mounts(struct check *c)
{
	if (c->config->n_mounts && !check_has_ns(c, SPEC_NS_MOUNT))
		check_fault(c, SPOT(c->config, "mounts"), hint_mount_ns,
			"mounts need a mount namespace, found none");
	for (size_t i = 0; i < c->config->n_mounts; i++) {
		const struct spec_mount *m = &c->config->mounts[i];
		auto_error struct error e = ERROR_INIT;
		struct mountopt o;
		int r = mountopt_parse(c->arena, m->options, m->n_options, &o, &e);

		if (r == -EINVAL)
			check_fault(c, SPOT(m, "options"), NULL, "%s", e.text);
		else if (r < 0)
			c->no_memory = true;
		if (r < 0)
			continue;
		check_destination(c, m, &o);
		check_source(c, m, &o);
		check_mapped(c, m, &o);
	}
}

/* MASK-01, ROP-01, MASK-02 */
static void check_paths(
	struct check *c, const char *member, const char *const *paths, size_t n)
{
	const struct spec_linux *l = c->config->linux;

	if (n && !check_has_ns(c, SPEC_NS_MOUNT))
		check_fault(c, SPOT(l, member), hint_mount_ns,
			"%s needs a mount namespace, found none", member);
	for (size_t i = 0; i < n; i++)
		check_absolute(c, SPOT_ITEM(l, member, i), NULL, paths[i]);
}

static void check_masked(struct check *c)
{
	const struct spec_linux *l = c->config->linux;

	if (!l)
		return;
	check_paths(c, "maskedPaths", l->masked_paths, l->n_masked_paths);
	for (size_t i = 0; i < l->n_masked_paths; i++) {
		const char *path = l->masked_paths[i];

		if (path[0] == '/' && strcmp(rooted(c, path), "/") == 0)
			check_fault(c, SPOT_ITEM(l, "maskedPaths", i), NULL,
				"expected a path below the root, found %s",
				check_quote(c, path));
	}
}

static void check_readonly(struct check *c)
{
	const struct spec_linux *l = c->config->linux;

	if (l)
		check_paths(c, "readonlyPaths", l->readonly_paths, l->n_readonly_paths);
}

/* PROP-01: without a mount namespace of the container's the host's root would change. */
static void check_propagation(struct check *c)
{
	const struct spec_linux *l = c->config->linux;

	if (l && l->has_rootfs_propagation && !check_has_ns(c, SPEC_NS_MOUNT))
		check_fault(c, SPOT(l, "rootfsPropagation"), hint_mount_ns,
			"rootfsPropagation needs a mount namespace, found none");
}

const struct rule rules_mounts[] = {
	{ "mounts", "config.md#mounts", check_mounts },
	{ "linux.maskedPaths", "config-linux.md#masked-paths", check_masked },
	{ "linux.readonlyPaths", "config-linux.md#readonly-paths", check_readonly },
	{ "linux.rootfsPropagation", "config-linux.md#rootfs-mount-propagation",
		check_propagation },
	{ NULL, NULL, NULL },
};
