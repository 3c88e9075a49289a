/* SPDX-License-Identifier: Apache-2.0 */
/* The agent of a filter with SCMP_ACT_NOTIFY: config-linux.md#seccomp. Runs in the commands. */
#include "config.h"

#include "run/listener.h"

#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "json/json.h"
#include "run/notify.h"
#include "setup/step.h"
#include "spec/spec.h"
#include "sys/pidfd.h"
#include "sys/sock.h"

#define NEW_LISTENER (1u << 3) /* SECCOMP_FILTER_FLAG_NEW_LISTENER */

void listener_of_plan(const struct plan *plan, const struct state_record *rec,
	const char *status, struct listener *out)
{
	const struct plan_seccomp *s = plan->process->seccomp;

	*out = (struct listener){ .rec = rec, .status = status };
	if (!s || !s->listener)
		return;
	out->path = s->listener;
	out->metadata = s->metadata;
	out->by_number = s->by_number;
	out->impatient = !step_hooks_any(plan, HOOK_START_CONTAINER);
}

int listener_of_stored(
	struct state *s, struct arena *a, struct listener *out, struct error *e)
{
	const struct spec_seccomp *agent;
	struct spec spec;
	int r;

	*out = (struct listener){ .rec = &s->rec, .status = "creating" };
	if (!(s->rec.seccomp_flags & NEW_LISTENER))
		return 0;
	r = spec_load_stored(s->dirfd, "config.json", a, &spec, e);
	if (r < 0)
		return err_wrap(e, "the stored configuration");
	agent = spec.config->linux ? spec.config->linux->seccomp : NULL;
	if (!agent || !agent->listener_path)
		return err_set(e, ERR_STATE, -EBADMSG,
			"the stored configuration has lost linux.seccomp.listenerPath");
	out->path = agent->listener_path;
	out->metadata = agent->listener_metadata;
	out->by_number = s->rec.seccomp_by_number;
	out->impatient = !(s->rec.hooks & (1u << HOOK_START_CONTAINER));
	return 0;
}

/* SEC-15 */
static int document(const struct listener *l, pid_t pid, struct buf *out)
{
	struct json_w *w = json_w_open(0);
	bool init = strcmp(l->status, "creating") == 0;

	if (!w)
		return -ENOMEM;
	json_w_object(w);
	json_w_kstr(w, "ociVersion", SPEC_VERSION);
	json_w_key(w, "fds");
	json_w_array(w);
	json_w_str(w, "seccompFd");
	json_w_end_array(w);
	json_w_ki64(w, "pid", pid);
	if (l->metadata)
		json_w_kstr(w, "metadata", l->metadata);
	json_w_key(w, "state");
	status_dump_for_hook(l->rec, l->status, init ? pid : l->rec->pid, w);
	json_w_end_object(w);
	return json_w_close(w, out);
}

static int pass(const struct listener *l, pid_t pid, int notify, struct error *e)
{
	auto_buf struct buf text = BUF_INIT;
	auto_fd int fd = -EBADF;
	int r = document(l, pid, &text);

	if (r < 0)
		return err_set(
			e, ERR_SYSTEM, r, "cannot write the container process state");
	fd = sock_connect_within(l->path, SOCK_STREAM, LISTENER_TIMEOUT_MS, e);
	if (fd < 0)
		return fd;
	r = sock_send_all(fd, text.p, text.len, &notify, 1);
	return r < 0 ? err_sys(e, -r, "sendmsg", "cannot send to the socket %s", l->path)
		     : 0;
}

int listener_late(const struct listener *l, struct error *e)
{
	err_done(e);
	return err_set(e, ERR_SYSTEM, -ETIMEDOUT,
		"the seccomp agent behind %s has not answered within %d s for a call that the "
		"start needs",
		l->path, LISTENER_TIMEOUT_MS / 1000);
}

int listener_pass(const struct listener *l, pid_t pid, int pidfd, const struct msg *m,
	const int *fds, size_t n_fds, struct error *e)
{
	const struct err_place where = { .path = "linux.seccomp.listenerPath" };
	auto_fd int fetched = -EBADF;
	int r;

	if (!l->path || n_fds != (l->by_number ? 0 : 1))
		return err_set(e, ERR_BUG, -EPROTO,
			"protocol: a notify descriptor that was not due");
	if (l->by_number) {
		fetched = pidfd_take_fd(pidfd, (int)m->arg, e);
		if (fetched < 0)
			return err_wrap(e, "the notify descriptor");
	}
	r = pass(l, pid, l->by_number ? fetched : fds[0], e);
	if (r == -EAGAIN || r == -ETIMEDOUT) {
		err_done(e);
		err_set(e, ERR_SYSTEM, -ETIMEDOUT,
			"the seccomp agent behind %s has not taken the notify descriptor "
			"within %d s",
			l->path, LISTENER_TIMEOUT_MS / 1000);
		r = -ETIMEDOUT;
	}
	if (r < 0)
		err_place(e, &where);
	return r;
}
