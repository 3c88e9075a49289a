/* SPDX-License-Identifier: Apache-2.0 */
/* The process object of exec: from a file, or the container's with the command line over it. */
#include "config.h"

#include "spec/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"
#include "base/num.h"
#include "spec/names.h"
#include "spec/rule.h"

#define SHOWN 64 /* bytes of a wrong word in a message */

bool spec_overlay_any(const struct spec_overlay *o)
{
	return o->n_args || o->cwd || o->n_env || o->user || o->n_gids || o->n_caps ||
	       o->no_new_privs || o->terminal || o->selinux_label || o->apparmor_profile;
}

static int parse_id(const char *text, uint32_t *out)
{
	uint64_t n;

	/* The last number means "leave as it is" to setresuid(2) (G4). */
	if (num_u64(text, CHECK_NO_ID - 1, &n) < 0)
		return -EINVAL;
	*out = (uint32_t)n;
	return 0;
}

int spec_user_parse(const char *text, uint32_t *uid, uint32_t *gid, bool *has_gid)
{
	const char *colon = strchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : strlen(text);
	uint32_t u, g = 0;
	char first[16];

	if (n >= sizeof(first))
		return -EINVAL;
	memcpy(first, text, n);
	first[n] = '\0';
	if (parse_id(first, &u) < 0 || (colon && parse_id(colon + 1, &g) < 0))
		return -EINVAL;
	*uid = u;
	if (colon)
		*gid = g;
	*has_gid = colon != NULL;
	return 0;
}

static int no_memory(struct error *e)
{
	return err_sys(e, ENOMEM, "malloc", "cannot describe the process");
}

/* A list of base with n words of the command line behind it. */
static int join(struct arena *a, const char ***list, size_t *n_list,
	const char *const *more, size_t n, struct error *e)
{
	const char **all = arena_array(a, *n_list + n + 1, sizeof(*all));

	if (!all)
		return no_memory(e);
	for (size_t i = 0; i < *n_list; i++)
		all[i] = (*list)[i];
	for (size_t i = 0; i < n; i++)
		all[*n_list + i] = more[i];
	*list = all;
	*n_list += n;
	return 0;
}

static int lay_env(struct spec_process *p, const struct spec_overlay *o, struct arena *a,
	struct error *e)
{
	for (size_t i = 0; i < o->n_env; i++) {
		const char *equals = strchr(o->env[i], '=');

		if (!equals || equals == o->env[i])
			return err_set(e, ERR_USAGE, -EINVAL,
				"option --env takes NAME=VALUE, not \"%.*s\"", SHOWN,
				o->env[i]);
	}
	return o->n_env ? join(a, &p->env, &p->n_env, o->env, o->n_env, e) : 0;
}

static int lay_user(struct spec_process *p, const struct spec_overlay *o, struct arena *a,
	struct error *e)
{
	struct spec_user *u;
	uint32_t *gids;
	bool has_gid;

	if (!o->user && !o->n_gids)
		return 0;
	u = p->user ? arena_memdup(a, p->user, sizeof(*u)) : arena_alloc(a, sizeof(*u));
	if (!u)
		return no_memory(e);
	p->user = u;
	if (o->user && spec_user_parse(o->user, &u->uid, &u->gid, &has_gid) < 0)
		return err_set(e, ERR_USAGE, -EINVAL,
			"option --user takes UID or UID:GID as numbers up to 4294967294, "
			"not \"%.*s\"",
			SHOWN, o->user);
	if (!o->n_gids)
		return 0;
	gids = arena_array(a, u->n_additional_gids + o->n_gids, sizeof(*gids));
	if (!gids)
		return no_memory(e);
	for (size_t i = 0; i < u->n_additional_gids; i++)
		gids[i] = u->additional_gids[i];
	for (size_t i = 0; i < o->n_gids; i++) {
		if (parse_id(o->gids[i], &gids[u->n_additional_gids + i]) < 0)
			return err_set(e, ERR_USAGE, -EINVAL,
				"option --additional-gids takes a number up to 4294967294, "
				"not \"%.*s\"",
				SHOWN, o->gids[i]);
	}
	u->additional_gids = gids;
	u->n_additional_gids += o->n_gids;
	return 0;
}

static bool has_name(const char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i], name) == 0)
			return true;
	}
	return false;
}

static int lay_caps(struct spec_process *p, const struct spec_overlay *o, struct arena *a,
	struct error *e)
{
	struct spec_capabilities *c;
	int r = 0;

	if (!o->n_caps)
		return 0;
	c = p->capabilities ? arena_memdup(a, p->capabilities, sizeof(*c))
			    : arena_alloc(a, sizeof(*c));
	if (!c)
		return no_memory(e);
	p->capabilities = c;
	for (size_t i = 0; r == 0 && i < o->n_caps; i++) {
		const char *const *name = &o->caps[i];

		if (table_id(&names_capability, *name) < 0)
			return err_set(e, ERR_USAGE, -EINVAL,
				"option --cap takes a name of capabilities(7) such as "
				"CAP_NET_ADMIN, not \"%.*s\"",
				SHOWN, *name);
		r = join(a, &c->bounding, &c->n_bounding, name, 1, e);
		if (r == 0)
			r = join(a, &c->effective, &c->n_effective, name, 1, e);
		if (r == 0)
			r = join(a, &c->permitted, &c->n_permitted, name, 1, e);
		if (r == 0 && has_name(c->inheritable, c->n_inheritable, *name))
			r = join(a, &c->ambient, &c->n_ambient, name, 1, e);
	}
	return r;
}

int spec_overlay_apply(const struct spec_process *base, const struct spec_overlay *o,
	struct arena *a, struct spec_process *out, struct error *e)
{
	struct spec_process p = *base;
	int r;

	p.args = NULL;
	p.n_args = 0;
	/* Whatever the container's own process has. */
	p.terminal = o->terminal;
	p.console_size = NULL;
	r = join(a, &p.args, &p.n_args, o->args, o->n_args, e);
	if (r == 0 && o->cwd) {
		if (o->cwd[0] != '/')
			return err_set(e, ERR_USAGE, -EINVAL,
				"option --cwd takes an absolute path, not \"%.*s\"",
				SHOWN, o->cwd);
		p.cwd = o->cwd;
	}
	if (r == 0)
		r = lay_env(&p, o, a, e);
	if (r == 0)
		r = lay_user(&p, o, a, e);
	if (r == 0)
		r = lay_caps(&p, o, a, e);
	if (r < 0)
		return r;
	p.no_new_privileges = p.no_new_privileges || o->no_new_privs;
	if (o->selinux_label)
		p.selinux_label = o->selinux_label;
	if (o->apparmor_profile)
		p.apparmor_profile = o->apparmor_profile;
	*out = p;
	return 0;
}

/* As runc: a process that says nothing of a restriction has the container's (F4). */
static int inherit(struct spec_process *p, const struct spec_process *base,
	struct arena *a, struct error *e)
{
	struct spec_user *u;

	if (!p->capabilities)
		p->capabilities = base->capabilities;
	if (!p->n_rlimits) {
		p->rlimits = base->rlimits;
		p->n_rlimits = base->n_rlimits;
	}
	if (!p->has_oom_score_adj) {
		p->has_oom_score_adj = base->has_oom_score_adj;
		p->oom_score_adj = base->oom_score_adj;
	}
	if (!p->has_no_new_privileges)
		p->no_new_privileges = base->no_new_privileges;
	if (!p->scheduler)
		p->scheduler = base->scheduler;
	if (!p->io_priority)
		p->io_priority = base->io_priority;
	if (!p->exec_cpu_affinity)
		p->exec_cpu_affinity = base->exec_cpu_affinity;
	if (!check_given(p->selinux_label))
		p->selinux_label = base->selinux_label;
	if (!check_given(p->apparmor_profile))
		p->apparmor_profile = base->apparmor_profile;
	if (!base->user || !base->user->has_umask || (p->user && p->user->has_umask))
		return 0;
	u = p->user ? arena_memdup(a, p->user, sizeof(*u)) : arena_alloc(a, sizeof(*u));
	if (!u)
		return no_memory(e);
	u->has_umask = true;
	u->umask = base->user->umask;
	p->user = u;
	return 0;
}

/* The object alone, as it stands in the file: the rules look at nothing but the process. */
static int load(const char *name, const struct buf *text, struct arena *a,
	struct spec *out, struct spec_process *p, struct error *e)
{
	const char *kept = arena_strdup(a, name);
	int r;

	if (!kept)
		return no_memory(e);
	r = json_parse(a, kept, text->p ? text->p : "", text->len, &out->doc, e);
	if (r < 0)
		return r;
	return schema_load(&object_spec_process, &out->doc, out->doc.root, NULL, a, p, e);
}

int spec_process_open(int dirfd, const char *file, const struct spec_config *config,
	const struct spec_warnings *warnings, struct arena *a, struct spec *out,
	struct error *e)
{
	auto_error struct error found = ERROR_INIT;
	struct err_place where = { .file = file };
	auto_buf struct buf text = BUF_INIT;
	struct spec_config *c = arena_memdup(a, config, sizeof(*c));
	struct spec_process *p = arena_alloc(a, sizeof(*p));
	struct spec s = { .config = c };
	int r;

	if (!c || !p)
		return no_memory(e);
	r = dirfd == AT_FDCWD ? io_read_given(file, JSON_MAX_SIZE, &text, e)
			      : io_read_at(dirfd, file, JSON_MAX_SIZE, &text, e);
	if (r < 0) {
		err_place(e, &where);
		return r;
	}
	r = load(file, &text, a, &s, p, e);
	if (r < 0)
		return r;
	c->process = p;
	r = check_process(&s, warnings, a, &found);
	if (r < 0) {
		err_move(e, &found);
		return r;
	}
	r = config->process ? inherit(p, config->process, a, e) : 0;
	if (r == 0)
		*out = s;
	return r;
}
