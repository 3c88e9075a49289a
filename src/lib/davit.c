/* SPDX-License-Identifier: Apache-2.0 */
/* The public face: arguments are checked, then run/ does the work. */
#include "config.h"

#include "davit/davit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "lib/internal.h"
#include "run/run.h"
#include "run/threads.h"
#include "spec/names.h"
#include "spec/spec.h"

_Static_assert(DAVIT_E_THREADS == RUN_E_THREADS, "davit.h and run/ agree");

struct davit {
	struct run_env env;
	char *root;
};

int davit_open(
	const struct davit_options *options, struct davit **out, struct davit_error **err)
{
	struct davit_options o = { .size = sizeof(o) };
	struct davit *d;

	if (!out || lib_options(&o, sizeof(o), options) < 0)
		return lib_usage(err, "davit_open: wrong options");
	d = calloc(1, sizeof(*d));
	if (d && o.root)
		d->root = strdup(o.root);
	if (!d || (o.root && !d->root)) {
		struct error e = ERROR_INIT;

		free(d);
		err_sys(&e, ENOMEM, "malloc", "cannot open the store");
		return lib_fail(err, &e);
	}
	d->env = (struct run_env){
		.root = d->root,
		.systemd_cgroup = o.systemd_cgroup,
		.cgroup_disabled = o.cgroup_disabled,
		.strict_delete = o.strict_delete,
	};
	*out = d;
	return 0;
}

void davit_close(struct davit *d)
{
	if (!d)
		return;
	free(d->root);
	free(d);
}

/*
 * The end of each command: its error, with what was asked for before it. What is wrong with a
 * request names no container: a wrong id is told by the text itself, and may be of any length.
 */
static int finish(struct davit_error **err, struct error *e, int r, const char *verb,
	const char *id)
{
	if (r >= 0) {
		err_done(e);
		return 0;
	}
	if (!err_is(e))
		err_set(e, ERR_BUG, r, "failed without a reason: %s", err_name(r));
	if (e->kind == ERR_USAGE)
		err_wrap(e, "%s", verb);
	else
		err_wrap(e, "%s %s", verb, id);
	return lib_fail(err, e);
}

static int create_request(const char *id, const struct davit_create_options *options,
	struct run_create_req *req)
{
	struct davit_create_options o = { .size = sizeof(o) };
	int r = lib_options(&o, sizeof(o), options);

	*req = (struct run_create_req){
		.id = id,
		.bundle = o.bundle,
		.config = o.config,
		.pid_file = o.pid_file,
		.console_socket = o.console_socket,
		.pidfd_socket = o.pidfd_socket,
		.no_pivot = o.no_pivot,
		.no_new_keyring = o.no_new_keyring,
		.preserve_fds = o.preserve_fds,
		.host_file = o.host_file,
		.timings = o.timings,
		.detach = o.detach,
		.keep = o.keep,
		.no_subreaper = o.no_subreaper,
	};
	return r;
}

int davit_create(struct davit *d, const char *id,
	const struct davit_create_options *options, struct davit_error **err)
{
	struct error e = ERROR_INIT;
	struct run_create_req req;

	if (!d || !id || create_request(id, options, &req) < 0)
		return lib_usage(err, "davit_create: wrong arguments");
	return finish(err, &e, run_create(&d->env, &req, NULL, &e), "create", id);
}

int davit_plan(struct davit *d, const char *id,
	const struct davit_create_options *options, char **json, struct davit_error **err)
{
	auto_buf struct buf out = BUF_INIT;
	struct error e = ERROR_INIT;
	struct run_create_req req;
	int r;

	if (!d || !id || !json || create_request(id, options, &req) < 0)
		return lib_usage(err, "davit_plan: wrong arguments");
	req.dry_run = true;
	r = run_create(&d->env, &req, &out, &e);
	if (r >= 0)
		*json = buf_steal(&out);
	return finish(err, &e, r, "create", id);
}

int davit_run(struct davit *d, const char *id, const struct davit_create_options *options,
	int *exit_code, struct davit_error **err)
{
	struct error e = ERROR_INIT;
	struct run_create_req req;

	if (!d || !id || !exit_code || create_request(id, options, &req) < 0)
		return lib_usage(err, "davit_run: wrong arguments");
	return finish(err, &e, run_run(&d->env, &req, exit_code, &e), "run", id);
}

int davit_start(struct davit *d, const char *id, struct davit_error **err)
{
	struct error e = ERROR_INIT;

	if (!d || !id)
		return lib_usage(err, "davit_start: wrong arguments");
	return finish(err, &e, run_start(&d->env, id, &e), "start", id);
}

int davit_exec(struct davit *d, const char *id, const struct davit_exec_options *options,
	int *exit_code, struct davit_error **err)
{
	struct davit_exec_options o = { .size = sizeof(o) };
	struct error e = ERROR_INIT;
	struct run_exec_req req;

	if (!d || !id || !exit_code || lib_options(&o, sizeof(o), options) < 0)
		return lib_usage(err, "davit_exec: wrong arguments");
	req = (struct run_exec_req){
		.id = id,
		.process = o.process,
		.over = { .args = o.args,
			.n_args = o.n_args,
			.cwd = o.cwd,
			.env = o.env,
			.n_env = o.n_env,
			.user = o.user,
			.gids = o.additional_gids,
			.n_gids = o.n_additional_gids,
			.caps = o.caps,
			.n_caps = o.n_caps,
			.no_new_privs = o.no_new_privs,
			.terminal = o.terminal,
			.selinux_label = o.process_label,
			.apparmor_profile = o.apparmor },
		.cgroups = o.cgroups,
		.n_cgroups = o.n_cgroups,
		.pid_file = o.pid_file,
		.console_socket = o.console_socket,
		.pidfd_socket = o.pidfd_socket,
		.preserve_fds = o.preserve_fds,
		.detach = o.detach,
		.ignore_paused = o.ignore_paused,
	};
	return finish(err, &e, run_exec(&d->env, &req, exit_code, &e), "exec", id);
}

int davit_kill(
	struct davit *d, const char *id, int signal, bool all, struct davit_error **err)
{
	struct error e = ERROR_INIT;

	if (!d || !id || signal < 0)
		return lib_usage(err, "davit_kill: wrong arguments");
	return finish(err, &e, run_kill(&d->env, id, signal, all, &e), "kill", id);
}

int davit_pause(struct davit *d, const char *id, struct davit_error **err)
{
	struct error e = ERROR_INIT;

	if (!d || !id)
		return lib_usage(err, "davit_pause: wrong arguments");
	return finish(err, &e, run_pause(&d->env, id, &e), "pause", id);
}

int davit_resume(struct davit *d, const char *id, struct davit_error **err)
{
	struct error e = ERROR_INIT;

	if (!d || !id)
		return lib_usage(err, "davit_resume: wrong arguments");
	return finish(err, &e, run_resume(&d->env, id, &e), "resume", id);
}

int davit_update(struct davit *d, const char *id,
	const struct davit_update_options *options, struct davit_error **err)
{
	struct davit_update_options o = { .size = sizeof(o) };
	struct error e = ERROR_INIT;
	struct run_update_req req;

	if (!d || !id || lib_options(&o, sizeof(o), options) < 0)
		return lib_usage(err, "davit_update: wrong arguments");
	req = (struct run_update_req){
		.id = id,
		.resources = o.resources,
		.values = {
			[UPDATE_BLKIO_WEIGHT] = o.blkio_weight,
			[UPDATE_CPU_PERIOD] = o.cpu_period,
			[UPDATE_CPU_QUOTA] = o.cpu_quota,
			[UPDATE_CPU_BURST] = o.cpu_burst,
			[UPDATE_CPU_SHARE] = o.cpu_share,
			[UPDATE_CPU_RT_PERIOD] = o.cpu_rt_period,
			[UPDATE_CPU_RT_RUNTIME] = o.cpu_rt_runtime,
			[UPDATE_CPU_IDLE] = o.cpu_idle,
			[UPDATE_CPUSET_CPUS] = o.cpuset_cpus,
			[UPDATE_CPUSET_MEMS] = o.cpuset_mems,
			[UPDATE_MEMORY] = o.memory,
			[UPDATE_MEMORY_RESERVATION] = o.memory_reservation,
			[UPDATE_MEMORY_SWAP] = o.memory_swap,
			[UPDATE_KERNEL_MEMORY] = o.kernel_memory,
			[UPDATE_KERNEL_MEMORY_TCP] = o.kernel_memory_tcp,
			[UPDATE_PIDS_LIMIT] = o.pids_limit,
		},
		.l3_cache_schema = o.l3_cache_schema,
		.mem_bw_schema = o.mem_bw_schema,
		.device_allow = o.device_allow,
		.n_device_allow = o.n_device_allow,
		.device_deny = o.device_deny,
		.n_device_deny = o.n_device_deny,
	};
	return finish(err, &e, run_update(&d->env, &req, &e), "update", id);
}

/* The digits behind a point, as a part of ns: what a nanosecond does not hold is left out. */
static int64_t fraction(const char *p, size_t n, int64_t ns)
{
	int64_t out = 0;

	for (size_t i = 0; i < n && ns >= 10; i++) {
		ns /= 10;
		out += ns * (p[i] - '0');
	}
	return out;
}

/* A duration as Go writes it, or seconds. More than nothing, which is a millisecond at least,
 * and at most a year. */
static int parse_interval(const char *text, int64_t *ms)
{
	static const struct {
		const char *unit;
		int64_t ns;
	} units[] = { { "ns", 1 }, { "us", 1000 }, { "\xc2\xb5s", 1000 },
		{ "\xce\xbcs", 1000 }, { "ms", 1000000 }, { "h", INT64_C(3600000000000) },
		{ "m", INT64_C(60000000000) }, { "s", 1000000000 }, { "", 1000000000 } };
	static const char numerals[] = "0123456789";
	const int64_t year = INT64_C(365) * 86400 * 1000000000;
	int64_t ns = 0;

	for (const char *p = text; *p;) {
		size_t digits = strspn(p, numerals), behind = 0, i = 0;
		const char *point = p + digits;
		int64_t n = 0;

		if (!digits || digits > 18)
			return -EINVAL;
		while (p < point)
			n = 10 * n + (*p++ - '0');
		if (*p == '.') {
			behind = strspn(point + 1, numerals);
			if (!behind)
				return -EINVAL;
			p += 1 + behind;
		}
		while (strncmp(p, units[i].unit, strlen(units[i].unit)) != 0)
			i++;
		/* Without a unit it is the whole text. */
		if (!units[i].unit[0] && (*p || ns))
			return -EINVAL;
		p += strlen(units[i].unit);
		if (n > year / units[i].ns)
			return -ERANGE;
		ns += n * units[i].ns + fraction(point + 1, behind, units[i].ns);
		if (ns > year)
			return -ERANGE;
	}
	*ms = (ns + 999999) / 1000000;
	return ns > 0 ? 0 : -EINVAL;
}

int davit_events(struct davit *d, const char *id,
	const struct davit_events_options *options,
	int (*fn)(void *arg, const char *line, size_t n), void *arg,
	struct davit_error **err)
{
	struct davit_events_options o = { .size = sizeof(o) };
	struct error e = ERROR_INIT;
	struct run_events_req req = { .id = id, .interval_ms = 5000 };
	int r = 0;

	if (!d || !id || !fn || lib_options(&o, sizeof(o), options) < 0)
		return lib_usage(err, "davit_events: wrong arguments");
	req.stats = o.stats;
	if (o.interval && parse_interval(o.interval, &req.interval_ms) < 0)
		r = err_set(&e, ERR_USAGE, -EINVAL,
			"option --interval takes a time such as 5s or 500ms, not \"%.64s\"",
			o.interval);
	if (r == 0)
		r = run_events(&d->env, &req, fn, arg, &e);
	if (r < 0 && !err_is(&e))
		return r;
	return finish(err, &e, r, "events", id);
}

int davit_delete(struct davit *d, const char *id, bool force, struct davit_error **err)
{
	struct error e = ERROR_INIT;

	if (!d || !id)
		return lib_usage(err, "davit_delete: wrong arguments");
	return finish(err, &e, run_delete(&d->env, id, force, &e), "delete", id);
}

int davit_state(struct davit *d, const char *id, char **json, struct davit_error **err)
{
	auto_buf struct buf out = BUF_INIT;
	struct error e = ERROR_INIT;
	int r;

	if (!d || !id || !json)
		return lib_usage(err, "davit_state: wrong arguments");
	r = run_state(&d->env, id, &out, &e);
	if (r >= 0)
		*json = buf_steal(&out);
	return finish(err, &e, r, "state", id);
}

int davit_ps(struct davit *d, const char *id, int64_t **pids, size_t *n,
	struct davit_error **err)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct error e = ERROR_INIT;
	int64_t *copy = NULL;
	pid_t *found = NULL;
	size_t count = 0;
	int r;

	if (!d || !id || !pids || !n)
		return lib_usage(err, "davit_ps: wrong arguments");
	r = run_ps(&d->env, id, &arena, &found, &count, &e);
	if (r >= 0) {
		copy = calloc(count + 1, sizeof(*copy));
		if (!copy)
			r = err_sys(&e, ENOMEM, "malloc", "cannot list the processes");
	}
	if (copy) {
		for (size_t i = 0; i < count; i++)
			copy[i] = found[i];
		*pids = copy;
		*n = count;
	}
	return finish(err, &e, r, "ps", id);
}

struct list_call {
	int (*fn)(void *arg, const struct davit_entry *entry);
	void *arg;
	enum davit_list_what what;
};

/* A container whose record cannot be read is in the list too, so that it can be removed. */
static int entry_json(const struct run_list_entry *in, struct buf *out)
{
	struct json_w *w = json_w_open(0);

	if (!w)
		return -ENOMEM;
	if (in->state && in->live) {
		status_dump_oci(in->state, in->live, in->owner, w);
	} else {
		json_w_object(w);
		json_w_kstr(w, "ociVersion", SPEC_VERSION);
		json_w_kstr(w, "id", in->id);
		json_w_kstr(w, "status", in->status);
		json_w_ki64(w, "pid", 0);
		json_w_kstr(w, "bundle", in->bundle ? in->bundle : "");
		json_w_kstr(w, "owner", in->owner ? in->owner : "");
		json_w_end_object(w);
	}
	return json_w_close(w, out);
}

static int list_entry(void *arg, const struct run_list_entry *in)
{
	const struct list_call *call = arg;
	auto_buf struct buf json = BUF_INIT;
	struct davit_entry entry = {
		.id = in->id,
		.status = in->status,
		.bundle = in->bundle,
		.created = in->created,
		.owner = in->owner,
		.pid = in->pid,
	};
	int r;

	if (call->what == DAVIT_LIST_JSON) {
		r = entry_json(in, &json);
		if (r < 0)
			return r;
		entry.json = json.p;
	}
	return call->fn(call->arg, &entry);
}

int davit_list(struct davit *d, enum davit_list_what what,
	int (*fn)(void *arg, const struct davit_entry *entry), void *arg,
	struct davit_error **err)
{
	struct list_call call = { .fn = fn, .arg = arg, .what = what };
	struct error e = ERROR_INIT;
	int r;

	if (!d || !fn)
		return lib_usage(err, "davit_list: wrong arguments");
	r = run_list(&d->env, what == DAVIT_LIST_IDS, list_entry, &call, &e);
	/* The caller's own wish to stop is no error with a text. */
	if (r > 0 || (r < 0 && !err_is(&e)))
		return r;
	return finish(err, &e, r, "list", "containers");
}

int davit_features(char **json, struct davit_error **err)
{
	auto_buf struct buf out = BUF_INIT;
	struct error e = ERROR_INIT;
	int r;

	if (!json)
		return lib_usage(err, "davit_features: wrong arguments");
	r = run_features(&out, &e);
	if (r >= 0)
		*json = buf_steal(&out);
	return finish(err, &e, r, "list", "features");
}

static int write_spec(bool terminal, bool rootless, char **json, struct davit_error **err)
{
	auto_buf struct buf out = BUF_INIT;
	struct error e = ERROR_INIT;
	int r;

	if (!json)
		return lib_usage(err, "davit_spec: wrong arguments");
	r = rootless ? spec_default_rootless(terminal, geteuid(), getegid(), &out)
		     : spec_default(terminal, &out);
	if (r >= 0)
		*json = buf_steal(&out);
	else
		err_sys(&e, -r, "malloc", "cannot write a configuration");
	return finish(err, &e, r, "write", "a configuration");
}

int davit_spec(bool terminal, char **json, struct davit_error **err)
{
	return write_spec(terminal, false, json, err);
}

int davit_spec_rootless(bool terminal, char **json, struct davit_error **err)
{
	return write_spec(terminal, true, json, err);
}

int davit_signal(const char *text)
{
	return text ? names_signal_parse(text) : -EINVAL;
}

const char *davit_version(void)
{
	return PACKAGE_VERSION;
}

const char *davit_spec_version(void)
{
	return SPEC_VERSION;
}

void davit_child_main(int argc, char **argv)
{
	run_child_main(argc, argv);
}

int davit_test_without(const char *list, struct davit_error **err)
{
	struct error e = ERROR_INIT;

	if (!list)
		return lib_usage(err, "davit_test_without: wrong arguments");
	return finish(err, &e, run_test_without(list, &e), "pretend", "a kernel");
}
