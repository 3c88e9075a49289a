/* SPDX-License-Identifier: Apache-2.0 */
/* Disk access of a cgroup: blkio of v1, io.stat of v2. */
#include "config.h"

#include "host/statsio.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "json/json.h"

#define TEXT_MAX 65536

/* The names of go-runc, and where v1 has them: BFQ, CFQ, and what is always counted. */
static const struct {
	const char *key, *files[3];
} lists[] = {
	{ "ioServiceBytesRecursive",
		{ "blkio.bfq.io_service_bytes_recursive",
			"blkio.io_service_bytes_recursive",
			"blkio.throttle.io_service_bytes_recursive" } },
	{ "ioServicedRecursive",
		{ "blkio.bfq.io_serviced_recursive", "blkio.io_serviced_recursive",
			"blkio.throttle.io_serviced_recursive" } },
	{ "ioQueueRecursive",
		{ "blkio.bfq.io_queued_recursive", "blkio.io_queued_recursive", NULL } },
	{ "ioServiceTimeRecursive", { "blkio.bfq.io_service_time_recursive",
					    "blkio.io_service_time_recursive", NULL } },
	{ "ioWaitTimeRecursive", { "blkio.bfq.io_wait_time_recursive",
					 "blkio.io_wait_time_recursive", NULL } },
	{ "ioMergedRecursive",
		{ "blkio.bfq.io_merged_recursive", "blkio.io_merged_recursive", NULL } },
	{ "ioTimeRecursive",
		{ "blkio.bfq.time_recursive", "blkio.time_recursive", NULL } },
	{ "sectorsRecursive",
		{ "blkio.bfq.sectors_recursive", "blkio.sectors_recursive", NULL } },
};

static void write_value(struct json_w *w, unsigned long major, unsigned long minor,
	const char *op, uint64_t value)
{
	json_w_object(w);
	json_w_ku64(w, "major", major);
	json_w_ku64(w, "minor", minor);
	json_w_kstr(w, "op", op);
	json_w_ku64(w, "value", value);
	json_w_end_object(w);
}

/* "8:0 Read 4096", "8:0 4096"; the line "Total 8192" is of no device. How many there were. */
static size_t lines_v1(char *text, struct json_w *w)
{
	char *save = NULL;
	size_t n = 0;

	for (char *line = strtok_r(text, "\n", &save); line;
		line = strtok_r(NULL, "\n", &save)) {
		char *p = line, *blank;
		unsigned long major = strtoul(p, &p, 10), minor;

		if (p == line || *p != ':')
			continue;
		minor = strtoul(p + 1, &p, 10);
		if (*p != ' ')
			continue;
		p++;
		n++;
		if (!w)
			continue;
		blank = strchr(p, ' ');
		if (blank)
			*blank = '\0';
		write_value(w, major, minor, blank ? p : "",
			strtoull(blank ? blank + 1 : p, NULL, 10));
	}
	return n;
}

/* Of the files the first that has something to tell: which one counts depends on the scheduler. */
static void list_v1(const struct stats_source *s, struct json_w *w,
	const char *const files[3], char *text)
{
	for (size_t i = 0; i < 3 && files[i]; i++) {
		if (!stats_read(s, STATS_BLKIO, files[i], text, TEXT_MAX) ||
			lines_v1(text, NULL) == 0)
			continue;
		if (stats_read(s, STATS_BLKIO, files[i], text, TEXT_MAX))
			lines_v1(text, w);
		return;
	}
}

/* "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6" */
static void list_v2(char *text, struct json_w *w, bool bytes)
{
	static const struct {
		const char *name, *op;
		bool bytes;
	} pairs[] = {
		{ "rbytes=", "Read", true },
		{ "wbytes=", "Write", true },
		{ "dbytes=", "Discard", true },
		{ "rios=", "Read", false },
		{ "wios=", "Write", false },
		{ "dios=", "Discard", false },
	};

	for (const char *line = text; line && *line;) {
		char *p;
		unsigned long major = strtoul(line, &p, 10);
		unsigned long minor = *p == ':' ? strtoul(p + 1, &p, 10) : 0;
		const char *end = strchr(line, '\n');

		for (size_t i = 0; i < ARRAY_SIZE(pairs) && *p == ' '; i++) {
			const char *at = strstr(p, pairs[i].name);

			if (pairs[i].bytes == bytes && at && (!end || at < end))
				write_value(w, major, minor, pairs[i].op,
					strtoull(at + strlen(pairs[i].name), NULL, 10));
		}
		line = end ? end + 1 : NULL;
	}
}

void stats_write_io(const struct stats_source *s, struct json_w *w)
{
	auto_free char *text = malloc(TEXT_MAX);
	bool v2 = s->v2[STATS_BLKIO];

	json_w_key(w, "blkio");
	json_w_object(w);
	if (v2 && text && !stats_read(s, STATS_BLKIO, "io.stat", text, TEXT_MAX))
		text[0] = '\0';
	for (size_t i = 0; text && i < ARRAY_SIZE(lists); i++) {
		json_w_key(w, lists[i].key);
		json_w_array(w);
		if (!v2)
			list_v1(s, w, lists[i].files, text);
		else if (i < 2)
			list_v2(text, w, i == 0);
		json_w_end_array(w);
	}
	json_w_end_object(w);
}
