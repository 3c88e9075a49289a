/* SPDX-License-Identifier: Apache-2.0 */
/* What update was asked for: options or JSON become one linux.resources object. */
#include "config.h"

#include "run/update.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"
#include "base/log.h"
#include "base/num.h"
#include "json/json.h"
#include "spec/resources.h"

enum kind { KIND_NUMBER, KIND_SIGNED, KIND_SIZE, KIND_TEXT };

/* Members of one object stand together. */
static const struct {
	const char *option, *object, *member;
	enum kind kind;
} options[UPDATE_VALUES] = {
	[UPDATE_BLKIO_WEIGHT] = { "blkio-weight", "blockIO", "weight", KIND_NUMBER },
	[UPDATE_CPU_PERIOD] = { "cpu-period", "cpu", "period", KIND_NUMBER },
	[UPDATE_CPU_QUOTA] = { "cpu-quota", "cpu", "quota", KIND_SIGNED },
	[UPDATE_CPU_BURST] = { "cpu-burst", "cpu", "burst", KIND_NUMBER },
	[UPDATE_CPU_SHARE] = { "cpu-share", "cpu", "shares", KIND_NUMBER },
	[UPDATE_CPU_RT_PERIOD] = { "cpu-rt-period", "cpu", "realtimePeriod",
		KIND_NUMBER },
	[UPDATE_CPU_RT_RUNTIME] = { "cpu-rt-runtime", "cpu", "realtimeRuntime",
		KIND_SIGNED },
	[UPDATE_CPU_IDLE] = { "cpu-idle", "cpu", "idle", KIND_SIGNED },
	[UPDATE_CPUSET_CPUS] = { "cpuset-cpus", "cpu", "cpus", KIND_TEXT },
	[UPDATE_CPUSET_MEMS] = { "cpuset-mems", "cpu", "mems", KIND_TEXT },
	[UPDATE_MEMORY] = { "memory", "memory", "limit", KIND_SIZE },
	[UPDATE_MEMORY_RESERVATION] = { "memory-reservation", "memory", "reservation",
		KIND_SIZE },
	[UPDATE_MEMORY_SWAP] = { "memory-swap", "memory", "swap", KIND_SIZE },
	[UPDATE_KERNEL_MEMORY] = { "kernel-memory", "memory", "kernel", KIND_SIZE },
	[UPDATE_KERNEL_MEMORY_TCP] = { "kernel-memory-tcp", "memory", "kernelTCP",
		KIND_SIZE },
	[UPDATE_PIDS_LIMIT] = { "pids-limit", "pids", "limit", KIND_SIGNED },
};

/* The option that a place in the text of put_options() comes from, or NULL. */
static const char *option_at(const char *path)
{
	for (size_t i = 0; path && i < UPDATE_VALUES; i++) {
		size_t n = strlen(options[i].object);

		if (strncmp(path, options[i].object, n) == 0 && path[n] == '.' &&
			strcmp(path + n + 1, options[i].member) == 0)
			return options[i].option;
	}
	return NULL;
}

static void warn(void *arg, const struct err_place *where, const char *text)
{
	const struct run_update_req *req = arg;
	const char *option = req->resources ? NULL : option_at(where->path);

	if (option)
		log_warning("option --%s: %s", option, text);
	else
		log_warning("%s: %s", where->path ? where->path : where->file, text);
}

/* Nobody has written the text that the fault is in: the option is named in place of it. */
static void name_option(struct error *fault)
{
	const char *option = option_at(fault->path);
	char *text;

	if (!option || !fault->text ||
		asprintf(&text, "option --%s: %s", option, fault->text) < 0)
		return;
	free(fault->text);
	free(fault->file);
	free(fault->path);
	fault->text = text;
	fault->file = fault->path = NULL;
	fault->line = fault->column = 0;
	fault->kind = ERR_USAGE;
}

static void name_options(struct error *e)
{
	for (size_t i = 0; e && i < e->n_faults; i++)
		name_option(&e->faults[i]);
	if (e)
		name_option(e);
}

static int put_value(struct json_w *w, int i, const char *text, struct error *e)
{
	const char *expected = "a number";
	int64_t n = 0;
	uint64_t u;
	int r = 0;

	json_w_key(w, options[i].member);
	switch (options[i].kind) {
	case KIND_NUMBER:
		r = num_u64(text, UINT64_MAX, &u);
		if (r == 0)
			json_w_u64(w, u);
		break;
	case KIND_SIGNED:
		r = num_i64(text, INT64_MIN, INT64_MAX, &n);
		if (r == 0)
			json_w_i64(w, n);
		break;
	case KIND_SIZE:
		expected = "bytes, with K, M, G, T or P, or -1 for no limit";
		r = num_amount(text, &n);
		if (r == 0)
			json_w_i64(w, n);
		break;
	case KIND_TEXT:
		json_w_str(w, text);
		break;
	}
	if (r < 0)
		return err_set(e, ERR_USAGE, -EINVAL,
			"option --%s takes %s, not \"%.64s\"", options[i].option,
			expected, text);
	return 0;
}

/* The options as the JSON that --resources would have had. */
static int put_options(
	const struct run_update_req *req, struct buf *text, struct error *e)
{
	struct json_w *w = json_w_open(0);
	const char *open = NULL;
	int r = 0, closed;

	if (!w)
		return err_sys(e, ENOMEM, "malloc", "cannot read the options");
	json_w_object(w);
	for (int i = 0; r == 0 && i < UPDATE_VALUES; i++) {
		if (!req->values[i])
			continue;
		if (!open || strcmp(open, options[i].object) != 0) {
			if (open)
				json_w_end_object(w);
			open = options[i].object;
			json_w_key(w, open);
			json_w_object(w);
		}
		r = put_value(w, i, req->values[i], e);
	}
	if (open)
		json_w_end_object(w);
	json_w_end_object(w);
	closed = json_w_close(w, text);
	if (r == 0 && closed < 0)
		r = err_sys(e, ENOMEM, "malloc", "cannot read the options");
	return r;
}

static int read_text(const struct run_update_req *req, const char **name,
	struct buf *text, struct error *e)
{
	struct err_place where = { .file = req->resources };
	int r;

	if (!req->resources) {
		*name = "the options";
		return put_options(req, text, e);
	}
	*name = req->resources;
	if (strcmp(req->resources, "-") == 0) {
		*name = "the standard input";
		r = io_read_fd(STDIN_FILENO, JSON_MAX_SIZE, text);
		return r < 0 ? err_sys(e, -r, "read",
				       "cannot read resources from the standard input")
			     : 0;
	}
	r = io_read_given(req->resources, JSON_MAX_SIZE, text, e);
	if (r < 0)
		err_place(e, &where);
	return r;
}

static int read_rules(const struct run_update_req *req, struct arena *a,
	struct spec_device_words **rules, size_t *n_rules, struct error *e)
{
	size_t n = req->n_device_allow + req->n_device_deny;
	struct spec_device_words *list = arena_array(a, n ? n : 1, sizeof(*list));

	if (!list)
		return err_sys(e, ENOMEM, "malloc", "cannot read the options");
	/* Of two that speak of one device the denial is the later one, which counts. */
	for (size_t i = 0; i < n; i++)
		list[i] =
			i < req->n_device_allow
				? (struct spec_device_words){ true, req->device_allow[i] }
				: (struct spec_device_words){ false,
					  req->device_deny[i - req->n_device_allow] };
	*rules = list;
	*n_rules = n;
	return 0;
}

int update_read(const struct run_update_req *req, struct arena *a, struct spec *out,
	bool *given, struct spec_device_words **rules, size_t *n_rules, struct error *e)
{
	const struct spec_warnings warnings = { .fn = warn,
		.arg = (void *)(uintptr_t)req };
	auto_buf struct buf text = BUF_INIT;
	const char *name;
	size_t n_values = 0;
	int r;

	for (size_t i = 0; i < UPDATE_VALUES; i++)
		n_values += req->values[i] != NULL;
	if (req->resources && n_values)
		return err_set(e, ERR_USAGE, -EINVAL,
			"--resources describes what changes: of the other options only "
			"--device-allow and --device-deny may be given with it");
	r = read_rules(req, a, rules, n_rules, e);
	if (r < 0)
		return r;
	*given = req->resources || n_values;
	if (!*given && !*n_rules && !update_rdt_given(req))
		return err_set(e, ERR_USAGE, -EINVAL, "nothing to change was given");
	if (!*given)
		return 0;
	r = read_text(req, &name, &text, e);
	if (r < 0)
		return r;
	r = spec_resources_parse(
		name, text.p ? text.p : "", text.len, &warnings, a, out, e);
	if (r < 0 && !req->resources)
		name_options(e);
	return r;
}
