/* SPDX-License-Identifier: Apache-2.0 */
/* Questions: state of one, list of all. Nothing is locked, nothing is written. */
#include "config.h"

#include "run/run.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "host/host.h"
#include "run/open.h"

int run_state(const struct run_env *env, const char *id, struct buf *out, struct error *e)
{
	auto_opened struct opened o;
	struct status_live live;
	struct json_w *w;
	int r = opened_begin(env, id, false, &o, e);

	if (r == 0)
		r = status_live(&o.state, &live, e);
	if (r < 0)
		return r;
	w = json_w_open(2);
	if (w)
		status_dump_oci(&o.state, &live, "", w);
	r = w ? json_w_close(w, out) : -ENOMEM;
	if (r == 0)
		r = buf_adds(out, "\n");
	return r < 0 ? err_set(e, ERR_SYSTEM, r, "cannot write the state") : 0;
}

struct listing {
	int rootfd;
	bool ids_only;
	int (*fn)(void *arg, const struct run_list_entry *entry);
	void *arg;
	/* The last looked-up owner: nearly always the same one. */
	uint32_t uid;
	const char *owner;
	struct arena owners;
};

static const char *owner_of(struct listing *l, uint32_t uid)
{
	if (!l->owner || l->uid != uid) {
		l->owner = host_user_name(&l->owners, uid);
		l->uid = uid;
	}
	return l->owner ? l->owner : "";
}

static int list_one(void *arg, const char *id)
{
	struct listing *l = arg;
	auto_arena struct arena arena = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	struct state s = { .dirfd = -EBADF };
	struct status_live live = { .status = STATUS_STOPPED };
	struct run_list_entry entry = { .id = id, .status = "unknown" };
	_Alignas(16) char first[16384];
	int r;

	if (l->ids_only)
		return l->fn(l->arg, &entry);
	arena_use(&arena, first, sizeof(first));
	r = state_open(l->rootfd, id, &arena, &s, &e);
	if (r == -ENOENT)
		return 0; /* deleted meanwhile */
	if (r == 0) {
		entry.bundle = s.rec.bundle;
		entry.created = s.rec.created;
		entry.owner = owner_of(l, s.rec.uid);
		r = status_live(&s, &live, &e);
	}
	if (r == 0) {
		entry.status = status_name(live.status);
		entry.pid = live.pid;
		entry.state = &s;
		entry.live = &live;
	} else {
		log_ignored(&e, "%s", id);
	}
	r = l->fn(l->arg, &entry);
	state_close(&s);
	return r;
}

int run_list(const struct run_env *env, bool ids_only,
	int (*fn)(void *arg, const struct run_list_entry *entry), void *arg,
	struct error *e)
{
	struct listing l = {
		.ids_only = ids_only, .fn = fn, .arg = arg, .owners = ARENA_INIT
	};
	auto_arena struct arena arena = ARENA_INIT;
	auto_fd int rootfd = -EBADF;
	char *root;
	int r = state_root_path(&arena, env->root, &root, e);

	if (r < 0)
		return r;
	rootfd = state_root_open(root, false, e);
	if (rootfd == -ENOENT) {
		err_done(e);
		return 0;
	}
	if (rootfd < 0)
		return rootfd;
	l.rootfd = rootfd;
	r = state_each(rootfd, ids_only, list_one, &l, e);
	arena_done(&l.owners);
	return r;
}
