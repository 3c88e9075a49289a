/* SPDX-License-Identifier: Apache-2.0 */
/* check: everything that is wrong with a bundle, on the standard output. */
#include "config.h"

#include "cli/command.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"

struct findings {
	struct buf out;
	unsigned warnings;
	int r;
};

static void add_warning(void *arg, const char *file, unsigned line, unsigned column,
	const char *path, const char *text)
{
	struct findings *f = arg;
	auto_buf struct buf raw = BUF_INIT;
	int r = 0;

	f->warnings++;
	if (file && line)
		r = buf_addf(&raw, "%s:%u:%u: ", file, line, column);
	else if (file)
		r = buf_addf(&raw, "%s: ", file);
	if (r == 0)
		r = buf_addf(&raw, "warning: %s%s%s", path ? path : "",
			path && path[0] ? ": " : "", text);
	if (r == 0)
		r = buf_add_escaped(&f->out, raw.p, raw.len);
	if (r == 0)
		r = buf_adds(&f->out, "\n");
	if (r < 0)
		f->r = r;
}

static int add_fault(struct buf *out, const struct error *fault)
{
	int r = err_line(fault, out);

	return r < 0 ? r : buf_adds(out, "\n");
}

/* G7: whoever asks for it takes no typing error in a name for less than a fault. */
static int strictly(unsigned warnings, const struct check_opts *opts, struct error *e)
{
	if (!opts->strict || warnings == 0)
		return 0;
	return err_set(e, ERR_CONFIG, -EINVAL, "%u warning%s, and --strict", warnings,
		warnings == 1 ? "" : "s");
}

/* On a terminal the error that follows lists them all. */
static int add_faults(struct buf *out, const struct error *e)
{
	int r = 0;

	if (isatty(STDOUT_FILENO) && isatty(STDERR_FILENO))
		return 0;
	for (size_t i = 0; r == 0 && i < e->n_faults; i++)
		r = add_fault(out, &e->faults[i]);
	if (r == 0 && e->n_faults == 0)
		r = add_fault(out, e);
	if (r == 0 && e->all_faults > e->n_faults)
		r = buf_addf(
			out, "%zu more are not shown\n", e->all_faults - e->n_faults);
	return r;
}

static int check_text(struct cli *cli, const struct check_opts *opts, struct error *e)
{
	struct findings f = { .r = 0 };
	int r, code = davit_check(opts->bundle, opts->config, add_warning, &f, &cli->err);

	r = f.r;
	if (r == 0 && code < 0)
		r = add_faults(&f.out, davit_error_parts(cli->err));
	if (r < 0)
		r = err_sys(e, -r, "malloc", "cannot print what was found");
	else if (f.out.len)
		r = cli_print(f.out.p, f.out.len, e);
	buf_done(&f.out);
	if (code < 0)
		return code;
	return r < 0 ? r : strictly(f.warnings, opts, e);
}

static int check_json(struct cli *cli, const struct check_opts *opts, struct error *e)
{
	unsigned warnings = 0;
	char *json = NULL;
	int r = 0, code = davit_check_json(
			   opts->bundle, opts->config, &json, &warnings, &cli->err);

	if (json)
		r = cli_print_text(json, e);
	if (code < 0)
		return code;
	return r < 0 ? r : strictly(warnings, opts, e);
}

int cmd_check(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	const struct check_opts *opts = options;

	(void)words;
	if (opts->format == CHECK_JSON)
		return check_json(cli, opts, e);
	return check_text(cli, opts, e);
}
