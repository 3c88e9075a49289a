/* SPDX-License-Identifier: Apache-2.0 */
/* update: the schemata of the container's resctrl group. */
#include "config.h"

#include "run/update.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "run/record.h"

/* As in the configuration: config-linux.md#intelrdt. */
static int add_line(struct buf *out, const char *option, const char *prefix,
	const char *line, struct error *e)
{
	int r;

	if (!line)
		return 0;
	if (strncmp(line, prefix, strlen(prefix)) != 0 || strchr(line, '\n'))
		return err_set(e, ERR_USAGE, -EINVAL,
			"option %s takes one line that begins with \"%s\"", option,
			prefix);
	r = buf_addf(out, "%s\n", line);
	return r < 0 ? err_sys(e, -r, "malloc", "cannot join the schemata") : 0;
}

bool update_rdt_given(const struct run_update_req *req)
{
	return req->l3_cache_schema || req->mem_bw_schema;
}

int update_rdt_apply(const struct run_update_req *req, const struct state_record *rec,
	struct buf *before, struct error *e)
{
	auto_buf struct buf lines = BUF_INIT;
	struct step_rdt group;
	int r = add_line(&lines, "--l3-cache-schema", "L3:", req->l3_cache_schema, e);

	if (r == 0)
		r = add_line(&lines, "--mem-bw-schema", "MB:", req->mem_bw_schema, e);
	if (r < 0)
		return r;
	if (!record_rdt(rec, &group))
		return err_set(e, ERR_STATE, -EINVAL,
			"the container has no resctrl group: its configuration has no "
			"linux.intelRdt");
	r = step_rdt_write(&group, lines.p, before, e);
	return r < 0 ? err_wrap(e, "the resctrl group %s", rec->rdt_group) : 0;
}

void update_rdt_restore(const struct state_record *rec, const struct buf *before)
{
	auto_error struct error e = ERROR_INIT;
	struct step_rdt group;

	if (before->len == 0 || !record_rdt(rec, &group))
		return;
	if (step_rdt_write(&group, before->p, NULL, &e) < 0)
		log_ignored(
			&e, "the schemata of %s could not be put back", rec->rdt_group);
}
