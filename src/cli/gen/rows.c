/* SPDX-License-Identifier: Apache-2.0 */
/* Members of config.json and state.json, and mount options, for man pages. */
#include "config.h"

#include "cli/gen/gen.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/table.h"
#include "schema/schema.h"
#include "spec/mountopt.h"
#include "spec/names.h"
#include "spec/spec.h"
#include "state/state.h"

static const char *type_name(enum row_type type)
{
	static const char *const names[] = {
		[ROW_STR] = "string",
		[ROW_BOOL] = "true or false",
		[ROW_I32] = "32-bit integer",
		[ROW_I64] = "64-bit integer",
		[ROW_U16] = "16-bit unsigned integer",
		[ROW_U32] = "32-bit unsigned integer",
		[ROW_U64] = "64-bit unsigned integer",
		[ROW_ENUM] = "name",
		[ROW_STRS] = "list of strings",
		[ROW_U32S] = "list of 32-bit unsigned integers",
		[ROW_OBJ] = "object",
		[ROW_OBJS] = "list of objects",
		[ROW_MAP] = "object of strings",
		[ROW_OBJMAP] = "object of objects",
		[ROW_KEY] = "name",
		[ROW_BYTES] = "bytes",
	};

	return names[type];
}

static int set_names(const struct table *set, struct buf *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < set->n; i++) {
		const char *before = i == 0 ? "One of " : i % 4 ? ", " : ",\n";

		r = buf_addf(out, "%s%s", before, set->entries[i].name);
	}
	return r < 0 ? r : buf_adds(out, ".\n");
}

static int is_ignored(const struct row_text *text)
{
	return strncmp(text->use, "ignored: ", 9) == 0;
}

static int member(
	void *arg, const struct object *o, const struct row *row, const char *path)
{
	const struct table *set = schema_set(o, row);
	struct buf *out = arg;
	struct row_text text;
	int r;

	if (row->type == ROW_KEY || row->type == ROW_BYTES)
		return 0;
	schema_text(o, row, &text);
	r = buf_addf(out, ".It Va %s\n", path);
	if (r == 0 && text.doc[0])
		r = gen_sentence(out, text.doc);
	if (r == 0)
		r = buf_addf(out, "Type: %s%s%s%s.\n", type_name(row->type),
			row->need == REQ ? ", required" : "",
			text.since[0] ? ", since " : "", text.since);
	if (r == 0 && set)
		r = set_names(set, out);
	if (r == 0 && is_ignored(&text))
		r = buf_addf(out, "Ignored: %s.\n", text.use + 9);
	return r;
}

static int members(const struct object *object, struct buf *out)
{
	int r = buf_adds(out, ".Bl -tag -width Ds\n");

	if (r == 0)
		r = schema_each(object, member, out);
	return r < 0 ? r : buf_adds(out, ".El\n");
}

int gen_config(struct buf *out)
{
	return members(&object_spec_config, out);
}

int gen_names(struct buf *out)
{
	static const struct {
		const char *pattern;
		const struct table *set;
	} sets[] = {
		{ "CAP_*", &names_capability },
		{ "MPOL_F_*", &names_mpol_flag },
		{ "SCHED_FLAG_*", &names_sched_flag },
		{ "SCMP_ARCH_*", &names_seccomp_arch },
		{ "SECCOMP_FILTER_FLAG_*", &names_seccomp_flag },
	};
	int r = buf_adds(out, ".Bl -tag -width Ds\n");

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(sets); i++) {
		r = buf_addf(out, ".It Cm %s\n", sets[i].pattern);
		if (r == 0)
			r = set_names(sets[i].set, out);
	}
	return r < 0 ? r : buf_adds(out, ".El\n");
}

int gen_state(struct buf *out)
{
	return members(&object_state_record, out);
}

static int mount_option(void *arg, const struct mountopt_info *info)
{
	struct buf *out = arg;
	int r = buf_addf(out, ".It Cm %s\n", info->name);

	if (r == 0 && info->doc && info->doc[0])
		r = gen_sentence(out, info->doc);
	return r;
}

int gen_mount_options(struct buf *out)
{
	int r = buf_adds(out, ".Bl -tag -width Ds\n");

	if (r == 0)
		r = mountopt_each(mount_option, out);
	return r < 0 ? r : buf_adds(out, ".El\n");
}
