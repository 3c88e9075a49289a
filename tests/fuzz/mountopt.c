/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: mount options, one a line. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "spec/idmapopt.h"
#include "spec/mountopt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A bit is set or cleared, never both; but the atime field, cleared as a whole when it is set. */
static void check_masks(uint64_t set, uint64_t clear)
{
	if ((set & clear & ~(uint64_t)MOUNTOPT_ATTR_ATIME) != 0)
		abort();
	if ((set & MOUNTOPT_ATTR_ATIME) != 0 &&
		(clear & MOUNTOPT_ATTR_ATIME) != MOUNTOPT_ATTR_ATIME)
		abort();
	if ((set & MOUNTOPT_ATTR_ATIME) > MOUNTOPT_ATTR_STRICTATIME)
		abort();
}

static void check(const struct mountopt *o, size_t n)
{
	check_masks(o->set, o->clear);
	check_masks(o->rset, o->rclear);
	if ((o->sb_set & o->sb_clear) != 0 || o->n_propagation > 4)
		abort();
	if ((o->rbind && !o->bind) || o->n_data > n)
		abort();
	for (size_t i = 0; i < o->n_data; i++) {
		if (!o->data[i][0])
			abort();
	}
}

static void check_lines(const struct idmapopt_line *list, size_t n)
{
	if (n == 0)
		abort();
	for (size_t i = 0; i < n; i++) {
		if (list[i].size == 0 || list[i].from > UINT32_MAX - list[i].size ||
			list[i].to > UINT32_MAX - list[i].size)
			abort();
	}
}

/* What stands behind "idmap=". */
static void check_map(struct arena *a, const char *text)
{
	auto_error struct error e = ERROR_INIT;
	struct idmapopt map;
	int r = idmapopt_parse(a, text, &map, &e);

	if (r < 0) {
		if (e.code != r || e.kind != ERR_CONFIG)
			abort();
		return;
	}
	check_lines(map.uids, map.n_uids);
	check_lines(map.gids, map.n_gids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	char *text = arena_strndup(&a, (const char *)data, size);
	const char **words = NULL;
	struct mountopt o, again;
	size_t n = 0;
	int r;

	for (char *next = text; next; n++) {
		words = arena_grow(&a, words, n, sizeof(*words));
		if (!words)
			abort();
		words[n] = strsep(&next, "\n");
	}
	r = mountopt_parse(&a, words, n, &o, &e);
	if (r < 0) {
		if (e.code != r || e.kind != ERR_CONFIG)
			abort();
		return 0;
	}
	check(&o, n);
	if (o.idmap_map)
		check_map(&a, o.idmap_map);
	/* What is left for the file system is nothing of ours. */
	if (mountopt_parse(&a, o.data, o.n_data, &again, NULL) < 0 ||
		again.n_data != o.n_data || again.named_attr || again.n_propagation)
		abort();
	return 0;
}
