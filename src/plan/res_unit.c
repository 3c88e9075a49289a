/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the unit is asked for besides its place: the limits that systemd knows, so that it does not
 * reset them when it writes the files again (RES-28), and the annotations (CG-12). The limits are
 * read off the writes that were planned for the files: one conversion for both, and `unified` and
 * `update` come along.
 */
#include "config.h"

#include "plan/planner.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "json/json.h"
#include "plan/gvariant.h"
#include "plan/unit.h"

#define INFINITE "18446744073709551615" /* UINT64_MAX: systemd's "infinity" */
#define PERIOD_DEFAULT 100000		/* microseconds, the kernel's */
#define PERCENT 10000			/* microseconds of a second */
/* While our own processes are in the cgroup; any room will do. */
#define TASKS_EARLY "16"

static int set(struct plan_ctx *ctx, const struct plan_write *w, const char *name,
	const char *type, const char *value)
{
	struct plan_property *p = unit_property(ctx, name, type, value);

	if (!p)
		return -ENOMEM;
	p->limit = true;
	p->at_line = w->at_line;
	p->at_column = w->at_column;
	p->at_path = w->at_path;
	return 0;
}

/* Add two texts to a property of type a(st). */
static int add_pair(struct plan_ctx *ctx, const struct plan_write *w, const char *name,
	const char *first, const char *second)
{
	struct plan_property *p = unit_find(ctx, name);
	const char **slot;

	if (!p) {
		int r = set(ctx, w, name, "a(st)", first);

		if (r < 0)
			return r;
		p = unit_find(ctx, name);
	} else {
		slot = PLAN_PUSH(ctx, p->values, p->n_values);
		if (!slot)
			return -ENOMEM;
		*slot = first;
	}
	slot = PLAN_PUSH(ctx, p->values, p->n_values);
	if (!slot || !second)
		return -ENOMEM;
	*slot = second;
	return 0;
}

static int decimal(struct plan_ctx *ctx, const struct plan_write *w, const char *name,
	uint64_t value)
{
	return set(ctx, w, name, "t", arena_printf(ctx->arena, "%" PRIu64, value));
}

/* Bytes, "max" or -1; the kernel takes suffixes as well. What it would refuse is left to it. */
static int on_size(struct plan_ctx *ctx, const struct plan_write *w, const char *name)
{
	int64_t n;

	if (strcmp(w->value, "max") == 0 || strcmp(w->value, "-1") == 0)
		return set(ctx, w, name, "t", INFINITE);
	if (num_size(w->value, &n) < 0 || n < 0)
		return 0;
	return decimal(ctx, w, name, (uint64_t)n);
}

static int on_number(struct plan_ctx *ctx, const struct plan_write *w, const char *name)
{
	uint64_t n;

	return num_u64(w->value, UINT64_MAX, &n) < 0 ? 0 : decimal(ctx, w, name, n);
}

/* systemd.resource-control(5): the weight "idle" is 0 on the bus, since 252. */
static int on_idle(struct plan_ctx *ctx, const struct plan_write *w, const char *name)
{
	return strcmp(w->value, "1") == 0 ? set(ctx, w, name, "t", "0") : 0;
}

/*
 * A limit below our own needs is written late, but a unit without one would get the manager's
 * default. The manager takes no 0; the file does.
 */
static int on_tasks(struct plan_ctx *ctx, const struct plan_write *w, const char *name)
{
	struct plan_unit *u = ctx->plan->cgroup->unit;
	struct plan_property *late;
	const char **slot;
	int r;

	if (!w->late)
		return on_size(ctx, w, name);
	r = set(ctx, w, name, "t", TASKS_EARLY);
	if (r < 0)
		return r;
	late = PLAN_PUSH(ctx, u->properties, u->n_properties);
	if (!late)
		return -ENOMEM;
	*late = *unit_find(ctx, name);
	late->late = true;
	late->values = NULL;
	late->n_values = 0;
	slot = PLAN_PUSH(ctx, late->values, late->n_values);
	if (!slot)
		return -ENOMEM;
	*slot = strcmp(w->value, "0") == 0 ? "1" : w->value;
	return 0;
}

/*
 * Microseconds of a second. systemd keeps whole percents in the unit's file, from which it reads
 * them after a daemon-reload: rounded up, so that what is below keeps what it was promised.
 */
static int quota(
	struct plan_ctx *ctx, const struct plan_write *w, uint64_t q, uint64_t period)
{
	uint64_t per_second;

	if (period == 0 || q > UINT64_MAX / 1000000)
		return 0;
	per_second = q * 1000000 / period;
	per_second = (per_second + PERCENT - 1) / PERCENT * PERCENT;
	return decimal(ctx, w, "CPUQuotaPerSecUSec", per_second ? per_second : PERCENT);
}

/* "QUOTA [PERIOD]" */
static int on_cpu_max(struct plan_ctx *ctx, const struct plan_write *w, const char *name)
{
	size_t n = strcspn(w->value, " ");
	char *first = arena_strndup(ctx->arena, w->value, n);
	uint64_t period = PERIOD_DEFAULT, q;
	int r = 0;

	(void)name;
	if (!first)
		return -ENOMEM;
	if (w->value[n] && num_u64(w->value + n + 1, UINT64_MAX, &period) < 0)
		return 0;
	if (strcmp(first, "max") == 0)
		r = set(ctx, w, "CPUQuotaPerSecUSec", "t", INFINITE);
	else if (num_u64(first, UINT64_MAX, &q) == 0)
		r = quota(ctx, w, q, period);
	if (r == 0 && w->value[n])
		r = decimal(ctx, w, "CPUQuotaPeriodUSec", period);
	return r;
}

static const char *value_of(const struct plan_ctx *ctx, uint32_t index, const char *file)
{
	const struct plan_cgroup *cg = ctx->plan->cgroup;

	for (size_t i = 0; i < cg->n_writes; i++) {
		if (cg->writes[i].hierarchy == index &&
			strcmp(cg->writes[i].file, file) == 0)
			return cg->writes[i].value;
	}
	return NULL;
}

/* v1 has quota and period in two files. */
static int on_cfs_quota(
	struct plan_ctx *ctx, const struct plan_write *w, const char *name)
{
	const char *text = value_of(ctx, w->hierarchy, "cpu.cfs_period_us");
	uint64_t period = PERIOD_DEFAULT, q;

	(void)name;
	if (text && num_u64(text, UINT64_MAX, &period) < 0)
		return 0;
	if (w->value[0] == '-')
		return set(ctx, w, "CPUQuotaPerSecUSec", "t", INFINITE);
	return num_u64(w->value, UINT64_MAX, &q) < 0 ? 0 : quota(ctx, w, q, period);
}

/* "0-3,5" as the bytes of a set, lowest first. */
static int on_list(struct plan_ctx *ctx, const struct plan_write *w, const char *name)
{
	enum { BITS_MAX = 8192 };
	unsigned char bits[BITS_MAX / 8] = { 0 };
	const char *at = w->value;
	struct plan_property *p;
	size_t used = 0;

	while (*at) {
		unsigned long first, last;
		char *end;

		if (*at < '0' || *at > '9')
			return 0;
		first = last = strtoul(at, &end, 10);
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (first > last || last >= BITS_MAX || (*end && *end != ','))
			return 0;
		for (unsigned long i = first; i <= last; i++)
			bits[i / 8] |= (unsigned char)(1u << i % 8);
		used = last / 8 + 1 > used ? last / 8 + 1 : used;
		at = *end ? end + 1 : end;
	}
	if (used == 0 || set(ctx, w, name, "ay", "0") < 0)
		return used ? -ENOMEM : 0;
	p = unit_find(ctx, name);
	p->values = NULL;
	p->n_values = 0;
	for (size_t i = 0; i < used; i++) {
		const char **slot = PLAN_PUSH(ctx, p->values, p->n_values);

		if (!slot)
			return -ENOMEM;
		*slot = arena_printf(ctx->arena, "%u", bits[i]);
		if (!*slot)
			return -ENOMEM;
	}
	return 0;
}

static char *device_of(struct plan_ctx *ctx, const char *value, size_t n)
{
	return arena_printf(ctx->arena, "/dev/block/%.*s", (int)n, value);
}

/* "default WEIGHT", "WEIGHT", "MAJOR:MINOR WEIGHT" */
static int on_io_weight(
	struct plan_ctx *ctx, const struct plan_write *w, const char *name)
{
	static const char all[] = "default ";
	size_t n = strcspn(w->value, " ");
	const char *number = w->value;
	uint64_t v;

	if (strncmp(number, all, sizeof(all) - 1) == 0)
		number += sizeof(all) - 1;
	else if (w->value[n])
		number += n + 1;
	if (num_u64(number, 10000, &v) < 0)
		return 0;
	if (!memchr(w->value, ':', n))
		return decimal(ctx, w, name, v);
	return add_pair(ctx, w, "IODeviceWeight", device_of(ctx, w->value, n), number);
}

/* "MAJOR:MINOR rbps=N wbps=max ..." */
static int on_io_max(struct plan_ctx *ctx, const struct plan_write *w, const char *name)
{
	static const struct {
		const char *key, *name;
	} keys[] = {
		{ "rbps=", "IOReadBandwidthMax" },
		{ "wbps=", "IOWriteBandwidthMax" },
		{ "riops=", "IOReadIOPSMax" },
		{ "wiops=", "IOWriteIOPSMax" },
	};
	size_t n = strcspn(w->value, " ");
	char *device = device_of(ctx, w->value, n);

	(void)name;
	if (!device)
		return -ENOMEM;
	for (const char *at = w->value + n; *at; at += strcspn(at, " ")) {
		at += strspn(at, " ");
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
			size_t k = strlen(keys[i].key);
			char *number;
			uint64_t v;
			int r;

			if (strncmp(at, keys[i].key, k) != 0)
				continue;
			number = arena_strndup(ctx->arena, at + k, strcspn(at + k, " "));
			if (!number)
				return -ENOMEM;
			if (strcmp(number, "max") != 0 &&
				num_u64(number, UINT64_MAX, &v) < 0)
				continue;
			if (strcmp(number, "max") == 0)
				number = arena_strdup(ctx->arena, INFINITE);
			r = add_pair(ctx, w, keys[i].name, device, number);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* Which file is which property. What has no row is written as a file alone. */
static const struct known {
	const char *file, *property;
	bool v2;
	int (*fn)(struct plan_ctx *ctx, const struct plan_write *w, const char *name);
} known[] = {
	{ "memory.max", "MemoryMax", true, on_size },
	{ "memory.high", "MemoryHigh", true, on_size },
	{ "memory.low", "MemoryLow", true, on_size },
	{ "memory.min", "MemoryMin", true, on_size },
	{ "memory.swap.max", "MemorySwapMax", true, on_size },
	{ "cpu.weight", "CPUWeight", true, on_number },
	{ "cpu.idle", "CPUWeight", true, on_idle },
	{ "cpu.max", NULL, true, on_cpu_max },
	{ "cpuset.cpus", "AllowedCPUs", true, on_list },
	{ "cpuset.mems", "AllowedMemoryNodes", true, on_list },
	{ "pids.max", "TasksMax", true, on_tasks },
	{ "io.weight", "IOWeight", true, on_io_weight },
	{ "io.max", NULL, true, on_io_max },
	{ "memory.limit_in_bytes", "MemoryLimit", false, on_size },
	{ "cpu.shares", "CPUShares", false, on_number },
	{ "cpu.cfs_quota_us", NULL, false, on_cfs_quota },
	{ "cpu.cfs_period_us", "CPUQuotaPeriodUSec", false, on_number },
	{ "pids.max", "TasksMax", false, on_tasks },
	{ "blkio.weight", "BlockIOWeight", false, on_number },
};

int plan_unit_limits(struct plan_ctx *ctx, struct error *e)
{
	const struct plan_cgroup *cg = ctx->plan->cgroup;

	for (size_t i = 0; i < cg->n_writes; i++) {
		const struct plan_write *w = &cg->writes[i];
		bool v2 = cg->hierarchies[w->hierarchy].v2;

		for (size_t k = 0; k < ARRAY_SIZE(known); k++) {
			if (known[k].v2 == v2 && strcmp(known[k].file, w->file) == 0 &&
				known[k].fn(ctx, w, known[k].property) < 0)
				return plan_nomem(e);
		}
	}
	return 0;
}

/* systemd.resource-control(5): what a unit has that was not told anything. */
static const char *unset(const struct plan_property *p)
{
	bool protects =
		strcmp(p->name, "MemoryLow") == 0 || strcmp(p->name, "MemoryMin") == 0;

	return protects ? "0" : INFINITE;
}

int plan_unit_reset(struct arena *a, const struct plan_unit *now,
	struct plan_unit *before, struct error *e)
{
	for (size_t i = 0; i < now->n_properties; i++) {
		const struct plan_property *p = &now->properties[i];
		struct plan_property *list;
		bool found = !p->limit || p->late;

		for (size_t k = 0; k < before->n_properties && !found; k++)
			found = strcmp(before->properties[k].name, p->name) == 0;
		if (found)
			continue;
		list = arena_grow(
			a, before->properties, before->n_properties, sizeof(*list));
		if (!list)
			return plan_nomem(e);
		before->properties = list;
		list += before->n_properties++;
		*list = *p;
		/* An empty list resets. */
		list->values = arena_alloc(a, sizeof(*list->values));
		list->n_values = p->type[0] != 'a';
		if (!list->values)
			return plan_nomem(e);
		list->values[0] = unset(p);
	}
	return 0;
}

/* --- annotations (CG-12) --- */

#define ANNOTATION "org.systemd.property."

/* What the driver itself says, and what would take the container out of its hands. */
static bool is_reserved(const char *name)
{
	static const char *const names[] = { "PIDs", "Slice", "Delegate",
		"DelegateControllers", "Controller", "Scope", "Wants", "User", "Group" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static bool is_name(const char *name)
{
	size_t n = 0;

	for (; name[n]; n++) {
		if (!(name[n] >= 'A' && name[n] <= 'Z') &&
			!(name[n] >= 'a' && name[n] <= 'z'))
			return false;
	}
	return n >= 3 && n < 256;
}

/* "TimeoutStopSec" is what people write; the bus has TimeoutStopUSec. */
static int seconds(struct plan_ctx *ctx, const char **name, struct gvariant *v)
{
	static const char sec[] = "Sec", usec[] = "USec";
	size_t n = strlen(*name);
	uint64_t s;

	if (n < sizeof(sec) || strcmp(*name + n - (sizeof(sec) - 1), sec) != 0 ||
		(n >= sizeof(usec) && strcmp(*name + n - (sizeof(usec) - 1), usec) == 0))
		return 0;
	if (!strchr("iuxt", v->type[0]) || v->type[1] ||
		num_u64(v->values[0], UINT64_MAX / 1000000, &s) < 0)
		return -EINVAL;
	v->type = "t";
	v->values[0] = arena_printf(ctx->arena, "%" PRIu64, s * 1000000);
	*name = arena_printf(ctx->arena, "%.*sUSec", (int)(n - (sizeof(sec) - 1)), *name);
	return v->values[0] && *name ? 0 : -ENOMEM;
}

static int add_annotation(struct plan_ctx *ctx, const struct plan_spot spot,
	const char *name, const char *text, struct error *e)
{
	struct plan_property *p;
	struct gvariant v;
	int r;

	if (!is_name(name))
		return plan_fault(ctx, e, spot,
			"expected a property's name of at least three letters, found \"%s\"",
			name);
	r = gvariant_parse(ctx->arena, text, &v);
	if (r == 0)
		r = seconds(ctx, &name, &v);
	if (r == -ENOMEM)
		return plan_nomem(e);
	if (r == -EPROTONOSUPPORT)
		return plan_fault(ctx, e, spot,
			"expected a boolean, a number, a string or an array of strings, found "
			"\"%s\"",
			text);
	if (r < 0)
		return plan_fault(ctx, e, spot,
			"expected a value in GVariant's text form, found \"%s\"", text);
	p = unit_find(ctx, name);
	if (is_reserved(name) || (p && p->limit))
		return plan_fault(
			ctx, e, spot, "the property %s is davit's to set", name);
	p = unit_property(ctx, name, v.type, "");
	if (!p)
		return plan_nomem(e);
	p->values = v.values;
	p->n_values = v.n;
	PLAN_ORIGIN(ctx, p, spot);
	return 0;
}

static int annotations(struct plan_ctx *ctx, struct error *e)
{
	const struct spec_config *c = ctx->spec->config;
	const size_t n = strlen(ANNOTATION);

	for (size_t i = 0; i < c->n_annotations; i++) {
		const struct kv *kv = &c->annotations[i];
		const struct plan_spot spot = { json_get(c->at, "annotations"), kv->key,
			-1 };
		int r;

		if (strncmp(kv->key, ANNOTATION, n) != 0)
			continue;
		r = add_annotation(ctx, spot, kv->key + n, kv->value, e);
		if (r < 0)
			return r;
	}
	return 0;
}

int plan_res_unit(struct plan_ctx *ctx, struct error *e)
{
	int r;

	if (!ctx->plan->cgroup || ctx->plan->cgroup->driver != PLAN_CGROUP_UNIT)
		return 0;
	r = plan_unit_limits(ctx, e);
	return r < 0 ? r : annotations(ctx, e);
}
