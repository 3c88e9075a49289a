/* SPDX-License-Identifier: Apache-2.0 */
/* state.json as text: reading what we, another release or somebody else wrote; writing it. */
#include "config.h"

#include "state/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "json/json.h"

#define OURS "{\"format\":"

/* J3: only a file that nobody else could have written is believed. */
static int check_file(const struct stat *st, const char *id, struct error *e)
{
	if (!S_ISREG(st->st_mode) || st->st_uid != geteuid() ||
		(st->st_mode & (S_IWGRP | S_IWOTH)))
		return err_set(e, ERR_STATE, -EBADMSG,
			"the record of %s is not to be trusted: owner %u, mode %06o", id,
			(unsigned)st->st_uid, (unsigned)st->st_mode);
	if (st->st_size < 0 || (uintmax_t)st->st_size > STATE_MAX_SIZE)
		return err_set(e, ERR_STATE, -EBADMSG,
			"the record of %s is larger than %u bytes", id, STATE_MAX_SIZE);
	return 0;
}

/* The file in one read, NUL-ended, in the arena; *text stays NULL where it is not trusted. */
static int read_file(
	struct state *s, const char *id, char **text, size_t *len, struct error *e)
{
	auto_fd int fd = -EBADF;
	struct stat st;
	ssize_t n;
	int r;

	*text = NULL;
	fd = openat(s->dirfd, STATE_FILE,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0 && errno == ELOOP)
		return err_set(e, ERR_STATE, -EBADMSG, "the record of %s is a link", id);
	if (fd < 0)
		return err_sys(e, errno, "openat", "cannot open the record of %s", id);
	if (fstat(fd, &st) < 0)
		return err_sys(e, errno, "fstat", "cannot read the record of %s", id);
	r = check_file(&st, id, e);
	if (r < 0)
		return r;
	*text = arena_alloc(s->arena, (size_t)st.st_size + 1);
	if (!*text)
		return err_sys(e, ENOMEM, "malloc", "cannot read the record of %s", id);
	/* Files are replaced, never written in place: a short read is an error. */
	do
		n = read(fd, *text, (size_t)st.st_size + 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, errno, "read", "cannot read the record of %s", id);
	if (n != st.st_size)
		return err_set(e, ERR_STATE, -EBADMSG,
			"the record of %s changed its size while it was read", id);
	*len = (size_t)n;
	return 0;
}

static uint64_t pick_u64(const struct json_value *v, const char *key)
{
	const struct json_value *m = json_get(v, key);
	uint64_t n;

	return m && json_u64(m, &n) == 0 ? n : 0;
}

static const char *pick_str(const struct json_value *v, const char *key)
{
	const struct json_value *m = json_get(v, key);

	return m && m->type == JSON_STRING ? m->text : NULL;
}

static bool pick_bool(const struct json_value *v, const char *key)
{
	const struct json_value *m = json_get(v, key);

	return m && m->type == JSON_BOOL && m->boolean;
}

static void pick_hierarchies(struct state *s, const struct json_value *v)
{
	const struct json_value *list = json_get(v, "hierarchies");
	struct state_record *rec = &s->rec;

	if (!list || list->type != JSON_ARRAY)
		return;
	rec->hierarchies = arena_array(s->arena, list->n, sizeof(*rec->hierarchies));
	if (!rec->hierarchies)
		return;
	for (const struct json_value *i = list->first; i; i = i->next) {
		struct state_hierarchy *h = &rec->hierarchies[rec->n_hierarchies];

		h->mountpoint = pick_str(i, "mountpoint");
		h->path = pick_str(i, "path");
		h->v2 = pick_bool(i, "v2");
		h->freezer = pick_bool(i, "freezer");
		h->made = (uint32_t)pick_u64(i, "made");
		if (h->mountpoint && h->path)
			rec->n_hierarchies++;
	}
}

/* What kill and delete --force need, of a record that is not what this release expects. */
static void pick(struct state *s, const struct json_value *v, const char *id)
{
	s->rec = (struct state_record){
		.format = (uint32_t)pick_u64(v, "format"),
		.id = arena_strdup(s->arena, id),
		.status = pick_str(v, "status"),
		.pid = (int64_t)pick_u64(v, "pid"),
		.starttime = pick_u64(v, "starttime"),
		.boot_id = pick_str(v, "boot_id"),
		.pid_ns = pick_u64(v, "pid_ns"),
		.time_ns = pick_u64(v, "time_ns"),
		.own_pid_ns = pick_bool(v, "own_pid_ns"),
		.bundle = pick_str(v, "bundle"),
		.rootfs = pick_str(v, "rootfs"),
		.created = pick_str(v, "created"),
		.uid = (uint32_t)pick_u64(v, "uid"),
		.cgroup_driver = pick_str(v, "cgroup_driver"),
		.unit = pick_str(v, "unit"),
		.user_manager = pick_bool(v, "user_manager"),
		.hooks = (uint32_t)pick_u64(v, "hooks"),
		.pid_file = pick_str(v, "pid_file"),
		.release = pick_str(v, "release"),
	};
	/* Half of an identity would be the identity of another process. */
	if (s->rec.pid <= 0 || s->rec.pid > INT32_MAX || s->rec.starttime == 0)
		s->rec.pid = 0;
	pick_hierarchies(s, v);
}

static enum record_kind classify(
	struct state *s, const char *id, const struct json_doc *doc, struct error *e)
{
	const struct json_value *format = json_get(doc->root, "format");
	auto_error struct error faults = ERROR_INIT;
	auto_buf struct buf line = BUF_INIT;
	uint64_t n;

	if (!format) {
		err_set(e, ERR_STATE, -ENOENT, "%s is another runtime's container", id);
		return RECORD_FOREIGN;
	}
	if (json_u64(format, &n) < 0 || n == 0) {
		pick(s, doc->root, id);
		err_set(e, ERR_STATE, -EBADMSG,
			"the record of %s is broken: it has an odd format", id);
		return RECORD_BROKEN;
	}
	if (n > STATE_FORMAT) {
		const char *release = pick_str(doc->root, "release");

		pick(s, doc->root, id);
		err_set(e, ERR_STATE, -EPROTONOSUPPORT,
			"container %s has a record of format %llu, made by davit %s; "
			"this davit knows format %d",
			id, (unsigned long long)n,
			release ? release : "of an unknown release", STATE_FORMAT);
		return RECORD_NEWER;
	}
	s->rec = (struct state_record){ .format = 0 };
	if (schema_load(&object_state_record, doc, doc->root, NULL, s->arena, &s->rec,
		    &faults) == 0 &&
		s->rec.id && strcmp(s->rec.id, id) == 0 && s->rec.status)
		return RECORD_GOOD;
	pick(s, doc->root, id);
	if (err_is(&faults) && err_line(&faults, &line) == 0)
		err_set(e, ERR_STATE, -EBADMSG, "the record of %s is broken: %s", id,
			line.p);
	else
		err_set(e, ERR_STATE, -EBADMSG,
			"the record of %s is broken: it is of another container", id);
	return RECORD_BROKEN;
}

int record_read(struct state *s, const char *id, enum record_kind *kind, struct error *e)
{
	auto_error struct error bad = ERROR_INIT;
	struct json_doc doc;
	size_t len = 0;
	char *text;
	int r = read_file(s, id, &text, &len, e);

	s->unknown = NULL;
	if (r == -EBADMSG) {
		s->rec = (struct state_record){ .id = arena_strdup(s->arena, id) };
		*kind = RECORD_BROKEN;
		return 0;
	}
	if (r < 0)
		return r;
	r = json_parse(s->arena, STATE_FILE, text, len, &doc, &bad);
	if (r == -ENOMEM)
		return err_sys(e, ENOMEM, "malloc", "cannot read the record of %s", id);
	if (r < 0) {
		s->rec = (struct state_record){ .id = arena_strdup(s->arena, id) };
		err_set(e, ERR_STATE, -EBADMSG, "the record of %s is broken: %s", id,
			bad.text ? bad.text : err_name(r));
		*kind = RECORD_BROKEN;
		return 0;
	}
	*kind = classify(s, id, &doc, e);
	s->unknown = doc.root;
	return 0;
}

static bool has_row(const char *key)
{
	for (size_t i = 0; i < object_state_record.n; i++) {
		if (strcmp(object_state_record.rows[i].name, key) == 0)
			return true;
	}
	return false;
}

/* The members that a newer release of the same format has added, as an object; *n counts. */
static int write_unknown(const struct json_value *tree, struct buf *out, size_t *n)
{
	struct json_w *w = json_w_open(0);

	if (!w)
		return -ENOMEM;
	*n = 0;
	json_w_object(w);
	for (const struct json_value *v = tree->first; v; v = v->next) {
		if (has_row(v->key))
			continue;
		json_w_key(w, v->key);
		json_w_value(w, v);
		++*n;
	}
	json_w_end_object(w);
	return json_w_close(w, out);
}

int record_write(const struct state *s, struct buf *out)
{
	auto_buf struct buf extra = BUF_INIT;
	struct json_w *w = json_w_open(0);
	size_t n = 0;
	int r;

	if (!w)
		return -ENOMEM;
	schema_dump(&object_state_record, &s->rec, w);
	r = json_w_close(w, out);
	if (r == 0 && s->unknown)
		r = write_unknown(s->unknown, &extra, &n);
	if (r < 0 || n == 0)
		return r < 0 ? r : buf_adds(out, "\n");
	/* Both are objects of at least one member: the second goes into the first. */
	out->p[out->len - 1] = ',';
	r = buf_add(out, extra.p + 1, extra.len - 1);
	return r < 0 ? r : buf_adds(out, "\n");
}

bool record_is_ours(int rootfd, const char *path)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_error struct error e = ERROR_INIT;
	char begin[sizeof(OURS) - 1];
	auto_buf struct buf whole = BUF_INIT;
	auto_fd int fd = -EBADF;
	struct json_doc doc;
	ssize_t n;

	fd = openat(
		rootfd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	/* A link in the place of the record is shown as a broken container. */
	if (fd < 0)
		return errno == ELOOP;
	n = read(fd, begin, sizeof(begin));
	if (n == (ssize_t)sizeof(begin) && memcmp(begin, OURS, sizeof(begin)) == 0)
		return true;
	/* Everybody else's is JSON without a format; what is no JSON may have been ours. */
	if (n <= 0 || buf_add(&whole, begin, (size_t)n) < 0)
		return true;
	for (;;) {
		if (buf_reserve(&whole, 4096) < 0)
			return true;
		n = read(fd, whole.p + whole.len, 4096);
		if (n <= 0 || whole.len > STATE_MAX_SIZE)
			break;
		whole.len += (size_t)n;
	}
	if (json_parse(&a, STATE_FILE, whole.p, whole.len, &doc, &e) < 0)
		return true;
	return json_get(doc.root, "format") != NULL;
}
