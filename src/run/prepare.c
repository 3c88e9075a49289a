/* SPDX-License-Identifier: Apache-2.0 */
/* From a bundle to a plan, without any side effect. */
#include "config.h"

#include "run/prepare.h"

#include <fcntl.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "run/notify.h"
#include "sys/open.h"

void prepared_warning(void *arg, const struct err_place *where, const char *text)
{
	(void)arg;
	log_warning("%s:%u:%u: %s%s%s", where->file, where->line, where->column,
		where->path ? where->path : "", where->path ? ": " : "", text);
}

static int read_config(
	const struct run_create_req *req, int bundle, struct prepared *p, struct error *e)
{
	const struct spec_warnings warnings = { .fn = prepared_warning };
	int r;

	/* --config is relative to the caller's working directory, as with crun. */
	if (req->config)
		r = spec_open(AT_FDCWD, req->config, req->config, &warnings, &p->arena,
			&p->spec, e);
	else
		r = spec_open(bundle, "config.json", "config.json", &warnings, &p->arena,
			&p->spec, e);
	return r;
}

#if DAVIT_TEST_HOOKS
static int pretend_host(const char *file, struct prepared *p, struct error *e)
{
	auto_buf struct buf text = BUF_INIT;
	int r = io_read_at(AT_FDCWD, file, 1u << 20, &text, e);

	if (r < 0)
		return r;
	return host_load(&p->arena, file, text.p, text.len, &p->host, e);
}
#endif

static int ask_host(const struct run_create_req *req, struct prepared *p, struct error *e)
{
#if DAVIT_TEST_HOOKS
	if (req->host_file)
		return pretend_host(req->host_file, p, e);
#else
	if (req->host_file)
		return err_set(e, ERR_USAGE, -EINVAL,
			"--host is only there in builds for tests");
#endif
	const struct spec_config *c = p->spec.config;
	int r = host_read(&p->arena, &p->host, e);

	if (r == 0 && ((c->process && (c->process->apparmor_profile ||
					      c->process->selinux_label)) ||
			      (c->linux && c->linux->mount_label)))
		host_read_lsm(&p->host);
	return r;
}

int run_prepare(const struct run_env *env, const struct run_create_req *req,
	struct prepared *out, struct error *e)
{
	struct plan_opts opts = {
		.id = req->id,
		.bundle = out->bundle,
		.no_new_keyring = req->no_new_keyring,
		.no_pivot = req->no_pivot,
		.systemd_cgroup = env->systemd_cgroup,
		.cgroup_disabled = env->cgroup_disabled,
		.console_socket = req->console_socket,
		.preserve_fds = out->passed.n,
		.listen_fds = out->passed.listen_fds,
		.listen_names = out->passed.listen_names,
		.detached = req->detach,
	};
	auto_fd int bundle = -EBADF;
	int r;

	out->arena = ARENA_INIT;
	if (out->memory)
		arena_use(&out->arena, out->memory, PREPARED_MEMORY);
	out->plan = NULL;
	r = notify_folder(env->root, req->id, &out->arena, &opts.notify_folder, e);
	if (r < 0) {
		prepared_done(out);
		return r;
	}
	out->notify = opts.notify_folder;
	bundle = sys_open_real(
		req->bundle ? req->bundle : ".", O_PATH | O_DIRECTORY, out->bundle, e);
	if (bundle < 0)
		return err_wrap(e, "bundle");
	r = read_config(req, bundle, out, e);
	if (r == 0)
		r = ask_host(req, out, e);
	if (r == 0)
		r = plan_create(
			&out->spec, &opts, &out->host, &out->arena, &out->plan, e);
	if (r < 0)
		prepared_done(out);
	return r;
}

void prepared_done(struct prepared *p)
{
	arena_done(&p->arena);
	p->plan = NULL;
}
