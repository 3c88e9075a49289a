/* SPDX-License-Identifier: Apache-2.0 */
/* Owners that mount options name: the kernel refuses those that the user namespace does not know
 * with an errno that says nothing. */
#include "config.h"

#include "plan/planner.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "plan/util.h"

/* The number after key in a list of options that commas part: 1 when there is one. */
static int find_id(const char *words, const char *key, uint64_t *out)
{
	size_t len = strlen(key);

	for (const char *at = words; at; at = strchr(at, ',')) {
		char text[16];
		size_t n;

		at += *at == ',';
		n = strcspn(at, ",");
		if (strncmp(at, key, len) != 0 || n - len >= sizeof(text))
			continue;
		memcpy(text, at + len, n - len);
		text[n - len] = '\0';
		if (num_u64(text, UINT32_MAX, out) == 0)
			return 1;
	}
	return 0;
}

int plan_mount_ids(struct plan_ctx *ctx, const struct spec_mount *from,
	const struct mountopt *opts, struct error *e)
{
	static const char *const keys[] = { "uid=", "gid=" };

	if (strcmp(from->type, "devpts") != 0 && strcmp(from->type, "tmpfs") != 0)
		return 0;
	for (size_t i = 0; i < opts->n_data; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
			bool group = k == 1;
			uint64_t id;

			if (find_id(opts->data[i], keys[k], &id) &&
				!plan_id_mapped(ctx, group, (uint32_t)id))
				return plan_fault(ctx, e, SPOT(from, "options"),
					"option \"%s%" PRIu64
					"\": this %s is not mapped in %s",
					keys[k], id, group ? "group" : "user",
					plan_id_place(ctx, group));
		}
	}
	return 0;
}
