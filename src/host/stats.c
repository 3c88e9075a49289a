/* SPDX-License-Identifier: Apache-2.0 */
/* What a cgroup has used, as engines read it (docs/engines.md, "Output"). */
#include "config.h"

#include "host/stats.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "json/json.h"
#include "host/statsio.h"
#include "sys/cgroupfs.h"

#define TEXT_MAX 65536
#define HUGEPAGES "/sys/kernel/mm/hugepages"

static const char *const names[STATS_CONTROLLERS] = { "cpu", "cpuacct", "cpuset",
	"memory", "pids", "blkio", "hugetlb" };

const char *stats_controller_name(enum stats_controller c)
{
	return names[c];
}

const char *stats_read(const struct stats_source *s, enum stats_controller c,
	const char *file, char *text, size_t size)
{
	if (s->dirs[c] < 0 || cgfs_read(s->dirs[c], file, text, size, NULL) < 0)
		return NULL;
	return text;
}

/* "max" is the largest number, as what v1 has for "no limit". */
static uint64_t number_of(const char *text)
{
	uint64_t n;

	if (!text)
		return 0;
	if (strcmp(text, "max") == 0)
		return UINT64_MAX;
	return num_u64(text, UINT64_MAX, &n) == 0 ? n : 0;
}

static uint64_t read_number(
	const struct stats_source *s, enum stats_controller c, const char *file)
{
	char text[64];

	return number_of(stats_read(s, c, file, text, sizeof(text)));
}

/* The number in the line "NAME NUMBER" of text; 0 when there is none, or no text. */
static uint64_t stats_field(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = text; p && *p;) {
		if (strncmp(p, name, n) == 0 && p[n] == ' ')
			return strtoull(p + n + 1, NULL, 10);
		p = strchr(p, '\n');
		p = p ? p + 1 : NULL;
	}
	return 0;
}

/* cpuacct.usage_percpu: numbers in a row. */
static void percpu(
	const struct stats_source *s, const char *file, const char *key, struct json_w *w)
{
	char text[TEXT_MAX / 2];
	const char *p = stats_read(s, STATS_CPUACCT, file, text, sizeof(text));
	char *end;

	if (!p)
		return;
	json_w_key(w, key);
	json_w_array(w);
	for (uint64_t n = strtoull(p, &end, 10); end != p; n = strtoull(p, &end, 10)) {
		json_w_u64(w, n);
		p = end;
	}
	json_w_end_array(w);
}

static void usage_v1(const struct stats_source *s, struct json_w *w)
{
	char text[4096];
	uint64_t user = read_number(s, STATS_CPUACCT, "cpuacct.usage_user");
	uint64_t kernel = read_number(s, STATS_CPUACCT, "cpuacct.usage_sys");

	/* Before 4.7 there are only clock ticks. */
	if (!user && !kernel) {
		uint64_t ns = 1000000000u / (uint64_t)sysconf(_SC_CLK_TCK);
		const char *stat =
			stats_read(s, STATS_CPUACCT, "cpuacct.stat", text, sizeof(text));

		user = stats_field(stat, "user") * ns;
		kernel = stats_field(stat, "system") * ns;
	}
	json_w_ku64(w, "total", read_number(s, STATS_CPUACCT, "cpuacct.usage"));
	percpu(s, "cpuacct.usage_percpu", "percpu", w);
	percpu(s, "cpuacct.usage_percpu_sys", "percpu_kernel", w);
	percpu(s, "cpuacct.usage_percpu_user", "percpu_user", w);
	json_w_ku64(w, "kernel", kernel);
	json_w_ku64(w, "user", user);
}

static void write_cpu(const struct stats_source *s, struct json_w *w)
{
	char text[4096];
	bool v2 = s->v2[STATS_CPU];
	const char *stat = stats_read(s, STATS_CPU, "cpu.stat", text, sizeof(text));

	json_w_key(w, "cpu");
	json_w_object(w);
	json_w_key(w, "usage");
	json_w_object(w);
	if (v2) {
		json_w_ku64(w, "total", stats_field(stat, "usage_usec") * 1000);
		json_w_ku64(w, "kernel", stats_field(stat, "system_usec") * 1000);
		json_w_ku64(w, "user", stats_field(stat, "user_usec") * 1000);
	} else {
		usage_v1(s, w);
	}
	json_w_end_object(w);
	json_w_key(w, "throttling");
	json_w_object(w);
	json_w_ku64(w, "periods", stats_field(stat, "nr_periods"));
	json_w_ku64(w, "throttledPeriods", stats_field(stat, "nr_throttled"));
	json_w_ku64(w, "throttledTime",
		v2 ? stats_field(stat, "throttled_usec") * 1000
		   : stats_field(stat, "throttled_time"));
	json_w_end_object(w);
	json_w_end_object(w);
}

/* "0-1,3" as numbers. */
static void write_list(struct json_w *w, const char *key, const char *text)
{
	json_w_key(w, key);
	json_w_array(w);
	for (const char *p = text; p && *p >= '0' && *p <= '9';) {
		char *end;
		unsigned long first = strtoul(p, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; first <= last; first++)
			json_w_u64(w, first);
		p = *end == ',' ? end + 1 : NULL;
	}
	json_w_end_array(w);
}

static void write_cpuset(const struct stats_source *s, struct json_w *w)
{
	static const struct {
		const char *key, *file;
	} flags[] = {
		{ "cpu_exclusive", "cpuset.cpu_exclusive" },
		{ "mem_hardwall", "cpuset.mem_hardwall" },
		{ "mem_exclusive", "cpuset.mem_exclusive" },
		{ "memory_migrate", "cpuset.memory_migrate" },
		{ "memory_spread_page", "cpuset.memory_spread_page" },
		{ "memory_spread_slab", "cpuset.memory_spread_slab" },
		{ "memory_pressure", "cpuset.memory_pressure" },
		{ "sched_load_balance", "cpuset.sched_load_balance" },
	};
	bool v2 = s->v2[STATS_CPUSET];
	char text[4096];
	const char *level;

	if (s->dirs[STATS_CPUSET] < 0)
		return;
	json_w_key(w, "cpuset");
	json_w_object(w);
	write_list(w, "cpus",
		stats_read(s, STATS_CPUSET, v2 ? "cpuset.cpus.effective" : "cpuset.cpus",
			text, sizeof(text)));
	write_list(w, "mems",
		stats_read(s, STATS_CPUSET, v2 ? "cpuset.mems.effective" : "cpuset.mems",
			text, sizeof(text)));
	for (size_t i = 0; i < ARRAY_SIZE(flags) && !v2; i++)
		json_w_ku64(w, flags[i].key, read_number(s, STATS_CPUSET, flags[i].file));
	level = stats_read(
		s, STATS_CPUSET, "cpuset.sched_relax_domain_level", text, sizeof(text));
	if (level)
		json_w_ki64(w, "sched_relax_domain_level", strtol(level, NULL, 10));
	json_w_end_object(w);
}

static void write_entry(struct json_w *w, const char *key, uint64_t limit, uint64_t usage,
	uint64_t max, uint64_t failcnt)
{
	json_w_key(w, key);
	json_w_object(w);
	json_w_ku64(w, "limit", limit);
	json_w_ku64(w, "usage", usage);
	json_w_ku64(w, "max", max);
	json_w_ku64(w, "failcnt", failcnt);
	json_w_end_object(w);
}

static void entry_v1(const struct stats_source *s, struct json_w *w, const char *key,
	const char *infix)
{
	static const char *const files[] = { "limit_in_bytes", "usage_in_bytes",
		"max_usage_in_bytes", "failcnt" };
	uint64_t n[ARRAY_SIZE(files)];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char file[64];

		snprintf(file, sizeof(file), "memory.%s%s", infix, files[i]);
		n[i] = read_number(s, STATS_MEMORY, file);
	}
	write_entry(w, key, n[0], n[1], n[2], n[3]);
}

static uint64_t sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* swap is memory and swap together, as with v1. */
static void memory_v2(const struct stats_source *s, struct json_w *w)
{
	char text[4096];
	uint64_t limit = read_number(s, STATS_MEMORY, "memory.max");
	uint64_t usage = read_number(s, STATS_MEMORY, "memory.current");
	uint64_t peak = read_number(s, STATS_MEMORY, "memory.peak");
	uint64_t swap = read_number(s, STATS_MEMORY, "memory.swap.current");
	uint64_t swap_limit = read_number(s, STATS_MEMORY, "memory.swap.max");
	uint64_t swap_peak = read_number(s, STATS_MEMORY, "memory.swap.peak");
	uint64_t fails = stats_field(
		stats_read(s, STATS_MEMORY, "memory.events", text, sizeof(text)), "max");

	write_entry(w, "usage", limit, usage, peak, fails);
	write_entry(w, "swap", sum(limit, swap_limit), sum(usage, swap),
		sum(peak, swap_peak),
		stats_field(stats_read(s, STATS_MEMORY, "memory.swap.events", text,
				    sizeof(text)),
			"fail"));
	write_entry(w, "kernel", 0, 0, 0, 0);
	write_entry(w, "kernelTCP", 0, 0, 0, 0);
}

static void write_raw(struct json_w *w, char *stat)
{
	char *save = NULL;

	json_w_key(w, "raw");
	json_w_object(w);
	for (char *line = stat ? strtok_r(stat, "\n", &save) : NULL; line;
		line = strtok_r(NULL, "\n", &save)) {
		char *blank = strchr(line, ' ');

		if (!blank)
			continue;
		*blank = '\0';
		json_w_ku64(w, line, strtoull(blank + 1, NULL, 10));
	}
	json_w_end_object(w);
}

static void write_memory(const struct stats_source *s, struct json_w *w)
{
	auto_free char *text = malloc(TEXT_MAX);
	bool v2 = s->v2[STATS_MEMORY], there;

	there = text && stats_read(s, STATS_MEMORY, "memory.stat", text, TEXT_MAX);
	json_w_key(w, "memory");
	json_w_object(w);
	json_w_ku64(w, "cache", there ? stats_field(text, v2 ? "file" : "cache") : 0);
	if (v2) {
		memory_v2(s, w);
	} else {
		entry_v1(s, w, "usage", "");
		entry_v1(s, w, "swap", "memsw.");
		entry_v1(s, w, "kernel", "kmem.");
		entry_v1(s, w, "kernelTCP", "kmem.tcp.");
	}
	write_raw(w, there ? text : NULL);
	json_w_end_object(w);
}

static void write_pids(const struct stats_source *s, struct json_w *w)
{
	uint64_t limit = read_number(s, STATS_PIDS, "pids.max");

	json_w_key(w, "pids");
	json_w_object(w);
	json_w_ku64(w, "current", read_number(s, STATS_PIDS, "pids.current"));
	if (s->dirs[STATS_PIDS] >= 0 && limit != UINT64_MAX)
		json_w_ku64(w, "limit", limit);
	json_w_end_object(w);
}

/* hugepages-2048kB is 2MB to cgroups. */
static void page_name(const char *folder, char out[32])
{
	static const char units[] = "KMG";
	unsigned long n = strtoul(folder + strlen("hugepages-"), NULL, 10);
	size_t unit = 0;

	for (; n >= 1024 && n % 1024 == 0 && unit < 2; unit++)
		n /= 1024;
	snprintf(out, 32, "%lu%cB", n, units[unit]);
}

static void write_page(const struct stats_source *s, struct json_w *w, const char *size)
{
	bool v2 = s->v2[STATS_HUGETLB];
	char file[64], text[256];

	snprintf(file, sizeof(file), "hugetlb.%s.%s", size,
		v2 ? "current" : "usage_in_bytes");
	if (!stats_read(s, STATS_HUGETLB, file, text, sizeof(text)))
		return;
	json_w_key(w, size);
	json_w_object(w);
	json_w_ku64(w, "usage", number_of(text));
	snprintf(file, sizeof(file), "hugetlb.%s.%s", size,
		v2 ? "events" : "max_usage_in_bytes");
	json_w_ku64(w, "max", v2 ? 0 : read_number(s, STATS_HUGETLB, file));
	if (v2) {
		json_w_ku64(w, "failcnt",
			stats_field(
				stats_read(s, STATS_HUGETLB, file, text, sizeof(text)),
				"max"));
	} else {
		snprintf(file, sizeof(file), "hugetlb.%s.failcnt", size);
		json_w_ku64(w, "failcnt", read_number(s, STATS_HUGETLB, file));
	}
	json_w_end_object(w);
}

static void write_hugetlb(const struct stats_source *s, struct json_w *w)
{
	auto_dir DIR *dir = NULL;
	struct dirent *d;

	json_w_key(w, "hugetlb");
	json_w_object(w);
	if (s->dirs[STATS_HUGETLB] >= 0)
		dir = opendir(HUGEPAGES);
	while (dir && (d = readdir(dir))) {
		char size[32];

		if (strncmp(d->d_name, "hugepages-", strlen("hugepages-")) != 0)
			continue;
		page_name(d->d_name, size);
		write_page(s, w, size);
	}
	json_w_end_object(w);
}

void stats_write(const struct stats_source *s, struct json_w *w)
{
	json_w_object(w);
	write_cpu(s, w);
	write_cpuset(s, w);
	write_memory(s, w);
	write_pids(s, w);
	stats_write_io(s, w);
	write_hugetlb(s, w);
	json_w_key(w, "intel_rdt");
	json_w_object(w);
	json_w_end_object(w);
	json_w_key(w, "network_interfaces");
	json_w_null(w);
	json_w_end_object(w);
}
