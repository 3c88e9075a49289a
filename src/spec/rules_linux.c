/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of devices, Intel RDT, personality and memory policy. */
#include "config.h"

#include "spec/rule.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/strv.h"
#include "spec/list.h"

/* The kernel's dev_t: 12 bits and 20 bits. */
#define MAJOR_MAX 4095
#define MINOR_MAX 1048575
#define FORMAT_BITS 0170000u

/* DEV-03 */
static void check_number(struct check *c, const struct spec_device *d, const char *member,
	bool given, int64_t value, int64_t max)
{
	struct spot spot = SPOT(d, member);

	if (!given)
		check_fault(c, spot, NULL, "a device of type %s needs %s, found none",
			check_quote(c, d->type), member);
	else if (value < 0 || value > max)
		check_fault(c, spot, NULL, "expected 0 to %" PRId64 ", found %" PRId64,
			max, value);
}

/* DEV-04 */
static void check_device_path(struct check *c, const struct spec_device *d)
{
	struct spot spot = SPOT(d, "path");
	const char *clean;

	check_absolute(c, spot, NULL, d->path);
	if (d->path[0] != '/')
		return;
	clean = path_resolve_lexical(c->arena, d->path);
	if (!clean)
		c->no_memory = true;
	else if (strcmp(clean, "/") == 0)
		check_fault(c, spot, NULL, "expected the path of a device, found %s",
			check_quote(c, d->path));
}

/* DEV-02, DEV-06, DEV-07 */
static void check_device(struct check *c, const struct spec_device *d)
{
	bool known = strlen(d->type) == 1 && strchr("cubp", d->type[0]);

	if (!known)
		check_fault(c, SPOT(d, "type"), NULL,
			"expected \"c\", \"b\", \"u\" or \"p\", found %s",
			check_quote(c, d->type));
	if (known && d->type[0] != 'p') {
		check_number(c, d, "major", d->has_major, d->major, MAJOR_MAX);
		check_number(c, d, "minor", d->has_minor, d->minor, MINOR_MAX);
	}
	check_device_path(c, d);
	/* Engines copy st_mode; its file type is not ours to judge. */
	if ((d->file_mode & ~FORMAT_BITS) > 0777)
		check_fault(c, SPOT(d, "fileMode"),
			"JSON has no octal numbers: 0666 is 438",
			"expected permission bits, at most 511 (0777), found %" PRIu32,
			d->file_mode);
	if (d->uid == CHECK_NO_ID)
		check_fault(c, SPOT(d, "uid"), NULL,
			"expected at most 4294967294, found %" PRIu32, d->uid);
	if (d->gid == CHECK_NO_ID)
		check_fault(c, SPOT(d, "gid"), NULL,
			"expected at most 4294967294, found %" PRIu32, d->gid);
}

static void check_devices(struct check *c)
{
	const struct spec_linux *l = c->config->linux;

	for (size_t i = 0; l && i < l->n_devices; i++)
		check_device(c, &l->devices[i]);
}

static void check_line(struct check *c, struct spot spot, const char *line)
{
	if (strchr(line, '\n'))
		check_fault(c, spot, NULL, "expected one line, found a newline in %s",
			check_quote(c, line));
}

/* RDT-02: a folder of resctrl, or "/", its root. */
static void check_clos_id(struct check *c, const struct spec_intel_rdt *r)
{
	static const char *const reserved[] = { "info", "mon_data", "mon_groups" };
	const char *id = r->clos_id;

	if (!check_given(id) || strcmp(id, "/") == 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++) {
		if (strcmp(id, reserved[i]) == 0)
			check_fault(c, SPOT(r, "closID"), NULL,
				"expected the name of a group, found a folder of resctrl's "
				"own, %s",
				check_quote(c, id));
	}
	if (strcmp(id, ".") == 0 || strcmp(id, "..") == 0 || strpbrk(id, "/\n"))
		check_fault(c, SPOT(r, "closID"), NULL,
			"expected a name without '/', or \"/\" alone, found %s",
			check_quote(c, id));
	if (strlen(id) > NAME_MAX)
		check_fault(c, SPOT(r, "closID"), NULL,
			"expected a name of at most %d bytes, found one of %zu", NAME_MAX,
			strlen(id));
}

/* RDT-04 to RDT-06 */
static void check_rdt(struct check *c)
{
	const struct spec_linux *l = c->config->linux;
	const struct spec_intel_rdt *r = l ? l->intel_rdt : NULL;

	if (!r)
		return;
	check_clos_id(c, r);
	if (check_given(r->l3_cache_schema)) {
		struct spot spot = SPOT(r, "l3CacheSchema");

		if (strchr(r->l3_cache_schema, '\n'))
			check_warn(c, spot, "should be one line, found a newline");
		if (strncmp(r->l3_cache_schema, "L3:", 3) != 0)
			check_warn(c, spot, "should begin with \"L3:\"");
	}
	if (check_given(r->mem_bw_schema)) {
		struct spot spot = SPOT(r, "memBwSchema");

		check_line(c, spot, r->mem_bw_schema);
		if (strncmp(r->mem_bw_schema, "MB:", 3) != 0)
			check_fault(c, spot, NULL,
				"expected a line that begins with \"MB:\", found %s",
				check_quote(c, r->mem_bw_schema));
	}
	for (size_t i = 0; i < r->n_schemata; i++)
		check_line(c, SPOT_ITEM(r, "schemata", i), r->schemata[i]);
}

/* PERS-01, PERS-02: the prose requires the domain, and knows no flag. */
static void check_personality(struct check *c)
{
	const struct spec_linux *l = c->config->linux;
	const struct spec_personality *p = l ? l->personality : NULL;

	if (!p)
		return;
	if (!p->has_domain)
		check_missing(c, p->at, "domain");
	if (p->n_flags)
		check_fault(c, SPOT_ITEM(p, "flags", 0), NULL,
			"expected no flags, found %s", check_quote(c, p->flags[0]));
}

/* Of set_mempolicy(2); the names of names_mpol_mode have the kernel's numbers. */
enum { MPOL_DEFAULT = 0, MPOL_PREFERRED = 1, MPOL_LOCAL = 4 };

/* MPOL-02 */
static void check_nodes(struct check *c, const struct spec_memory_policy *m)
{
	const char *mode = table_name(&names_mpol_mode, m->mode);
	struct spot spot = SPOT(m, "nodes");
	int n = m->nodes ? spec_list_each(m->nodes, LIST_NODE_MAX, NULL, NULL) : 0;

	if (n < 0)
		check_fault(c, spot, NULL,
			"expected a list of memory nodes such as \"0-1,3\", found %s",
			check_quote(c, m->nodes));
	else if ((m->mode == MPOL_DEFAULT || m->mode == MPOL_LOCAL) && n > 0)
		check_fault(c, spot, NULL, "%s takes no nodes, found %s", mode,
			check_quote(c, m->nodes));
	else if (m->mode != MPOL_DEFAULT && m->mode != MPOL_LOCAL &&
		 m->mode != MPOL_PREFERRED && n == 0)
		check_fault(c, spot, NULL, "%s needs a list of memory nodes, found none",
			mode);
}

/* MPOL-01, MPOL-03; that NUMA_BALANCING goes with BIND only is for the kernel to say. */
static void check_memory_policy(struct check *c)
{
	const struct spec_linux *l = c->config->linux;
	const struct spec_memory_policy *m = l ? l->memory_policy : NULL;
	bool relative, fixed;

	if (!m)
		return;
	if (m->has_mode)
		check_nodes(c, m);
	else
		check_missing(c, m->at, "mode");
	for (size_t i = 0; i < m->n_flags; i++) {
		if (table_id(&names_mpol_flag, m->flags[i]) < 0)
			check_fault(c, SPOT_ITEM(m, "flags", i),
				check_names_hint(c, &names_mpol_flag, m->flags[i]),
				"expected a memory policy flag, found %s",
				check_quote(c, m->flags[i]));
	}
	relative = strv_has(m->flags, m->n_flags, "MPOL_F_RELATIVE_NODES");
	fixed = strv_has(m->flags, m->n_flags, "MPOL_F_STATIC_NODES");
	if (relative && fixed)
		check_fault(c, SPOT(m, "flags"), NULL,
			"MPOL_F_RELATIVE_NODES and MPOL_F_STATIC_NODES exclude each other");
}

const struct rule rules_linux[] = {
	{ "linux.devices", "config-linux.md#devices", check_devices },
	{ "linux.intelRdt", "config-linux.md#intelrdt", check_rdt },
	{ "linux.personality", "config-linux.md#personality", check_personality },
	{ "linux.memoryPolicy", "config-linux.md#memory-policy", check_memory_policy },
	{ NULL, NULL, NULL },
};
