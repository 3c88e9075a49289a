/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole trees of cgroups: who is in them, killing, removing. A container with a
 * subtree of its own makes them as deep and as wide as it likes (I7): no recursion,
 * one descriptor and a list of names, whatever the depth.
 */
#include "config.h"

#include "sys/cgroupfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/path.h"
#include "sys/clock.h"
#include "sys/pidfd.h"
#include "sys/probe.h"
#include "sys/syscalls.h"

struct level {
	char *name;   /* of this folder in the one above; NULL for the top */
	int64_t off;  /* where reading goes on */
	bool changed; /* something was removed in this pass: offsets may have moved */
};

/* Each returns negative to stop. NULL: nothing to do. */
struct visitor {
	/* A child was seen: 1 to pass it by. */
	int (*child)(void *arg, int parentfd, const char *name);
	int (*enter)(void *arg, int dirfd);
	/* Everything below is done: 1 when it was removed. */
	int (*leave)(void *arg, int parentfd, const char *name);
	void *arg;
};

struct tree {
	int fd; /* the folder that we stand in */
	struct level *levels;
	size_t n, size;
	_Alignas(8) char buf[4096];
	int at, len;
};

static int push(struct tree *t, const char *name)
{
	if (t->n == t->size) {
		size_t size = t->size ? 2 * t->size : 16;
		struct level *p = reallocarray(t->levels, size, sizeof(*p));

		if (!p)
			return -ENOMEM;
		t->levels = p;
		t->size = size;
	}
	t->levels[t->n] = (struct level){ .name = name ? strdup(name) : NULL };
	if (name && !t->levels[t->n].name)
		return -ENOMEM;
	t->n++;
	t->at = t->len = 0;
	return 0;
}

static int is_folder(const struct tree *t, const struct sys_dirent *d)
{
	struct stat st;

	if (strcmp(d->name, ".") == 0 || strcmp(d->name, "..") == 0)
		return 0;
	if (d->type != DT_UNKNOWN)
		return d->type == DT_DIR;
	return fstatat(t->fd, d->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

/* The next folder in the one that we stand in: 1, its name in name; 0 at the end. */
static int next_child(struct tree *t, char name[256])
{
	struct level *l = &t->levels[t->n - 1];

	for (;;) {
		const struct sys_dirent *d;

		if (t->at >= t->len) {
			t->at = 0;
			t->len = sys_raw_getdents(t->fd, t->buf, sizeof(t->buf));
			if (t->len <= 0) {
				int r = t->len;

				t->len = 0;
				/* Removed under our hands: it has no children. */
				return r == -ENOENT ? 0 : r;
			}
		}
		d = (const void *)(t->buf + t->at);
		t->at += d->reclen;
		l->off = d->off;
		if (is_folder(t, d)) {
			size_t n = strnlen(d->name, 255);

			memcpy(name, d->name, n);
			name[n] = '\0';
			return 1;
		}
	}
}

static int go_down(struct tree *t, const char *name, const struct visitor *v)
{
	int fd = openat(t->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (fd < 0)
		return errno == ENOENT || errno == ENODEV ? 0 : -errno;
	r = push(t, name);
	if (r < 0) {
		close(fd);
		return r;
	}
	close(t->fd);
	t->fd = fd;
	return v->enter ? v->enter(v->arg, fd) : 0;
}

/* Back to the folder above, to the place where its reading was left. */
static int go_up(struct tree *t, const struct visitor *v)
{
	auto_free char *name = t->levels[t->n - 1].name;
	int fd = openat(t->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct level *l;
	int r;

	t->n--;
	if (fd < 0)
		return -errno;
	close(t->fd);
	t->fd = fd;
	t->at = t->len = 0;
	l = &t->levels[t->n - 1];
	if (lseek(fd, l->off, SEEK_SET) < 0)
		return -errno;
	r = v->leave ? v->leave(v->arg, fd, name) : 0;
	if (r > 0)
		l->changed = true;
	return r < 0 ? r : 0;
}

/* 1: go on, 0: the walk is over. */
static int walk_step(struct tree *t, const struct visitor *v)
{
	struct level *l = &t->levels[t->n - 1];
	char name[256];
	int r = next_child(t, name);

	if (r < 0)
		return r;
	if (r > 0) {
		r = v->child ? v->child(v->arg, t->fd, name) : 0;
		if (r > 0)
			l->changed = true;
		else if (r == 0)
			r = go_down(t, name, v);
		return r < 0 ? r : 1;
	}
	if (l->changed) {
		l->changed = false;
		return lseek(t->fd, 0, SEEK_SET) < 0 ? -errno : 1;
	}
	if (t->n == 1)
		return 0;
	r = go_up(t, v);
	return r < 0 ? r : 1;
}

static int walk_tree(int dirfd, const struct visitor *v)
{
	struct tree t = { .fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	int r;

	if (t.fd < 0)
		return -errno;
	r = push(&t, NULL);
	if (r == 0 && v->enter)
		r = v->enter(v->arg, t.fd);
	if (r >= 0)
		do
			r = walk_step(&t, v);
		while (r > 0);
	while (t.n > 0)
		free(t.levels[--t.n].name);
	free(t.levels);
	close(t.fd);
	return r;
}

/* Call fn for each number in a cgroup's list. A cgroup that has just gone has none. */
static int each_pid(int dirfd, int (*fn)(void *arg, pid_t pid), void *arg)
{
	static const char *const files[] = { "cgroup.procs", "cgroup.threads" };
	int r = -EOPNOTSUPP;

	/* A threaded cgroup has no list of processes (EOPNOTSUPP), only of threads. */
	for (size_t i = 0; r == -EOPNOTSUPP && i < ARRAY_SIZE(files); i++) {
		auto_fd int fd = openat(dirfd, files[i], O_RDONLY | O_CLOEXEC);
		char buf[4096];
		long pid = 0;
		ssize_t n;

		r = 0;
		if (fd < 0)
			return errno == ENOENT || errno == ENODEV ? 0 : -errno;
		while ((n = read(fd, buf, sizeof(buf))) > 0)
			for (ssize_t k = 0; r >= 0 && k < n; k++) {
				if (buf[k] >= '0' && buf[k] <= '9') {
					pid = 10 * pid + (buf[k] - '0');
					continue;
				}
				r = fn(arg, (pid_t)pid);
				pid = 0;
			}
		if (n < 0)
			r = errno == ENODEV ? 0 : -errno;
	}
	return r;
}

struct list {
	struct arena *arena;
	pid_t *pids;
	size_t n;
};

static int add_pid(void *arg, pid_t pid)
{
	struct list *l = arg;

	l->pids = arena_grow(l->arena, l->pids, l->n, sizeof(*l->pids));
	if (!l->pids)
		return -ENOMEM;
	l->pids[l->n++] = pid;
	return 0;
}

static int list_folder(void *arg, int dirfd)
{
	return each_pid(dirfd, add_pid, arg);
}

int cgfs_procs(struct arena *a, int dirfd, bool recursive, pid_t **out, size_t *n,
	struct error *e)
{
	struct list l = { .arena = a };
	struct visitor v = { .enter = list_folder, .arg = &l };
	int r = recursive ? walk_tree(dirfd, &v) : list_folder(&l, dirfd);

	if (r < 0)
		return err_sys(e, -r, "read", "cannot list the processes of a cgroup");
	*out = l.pids;
	*n = l.n;
	return 0;
}

static int by_number(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

/* Of a threaded cgroup threads are listed, of which only the first of a process has a handle: the
 * list alone says then that it is the one that is meant. */
static bool is_thread(int fd)
{
	return fd == -EINVAL || fd == -ENOENT;
}

/* So many handles are open at a time. */
#define BATCH 128

/* Up to BATCH of them: how many were served. A failure is noted in *first. */
static int signal_some(
	int dirfd, bool recursive, const pid_t *pids, size_t n, int sig, int *first)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct list now = { .arena = &arena };
	struct visitor v = { .enter = list_folder, .arg = &now };
	int fds[BATCH], r;
	size_t taken = 0;

	for (; taken < n && taken < BATCH; taken++) {
		fds[taken] = pidfd_get(pids[taken], 0, NULL);
		if (fds[taken] == -EMFILE || fds[taken] == -ENFILE)
			break;
	}
	if (taken == 0)
		return fds[0];
	/* The walk needs descriptors too. */
	if (taken > 1 && taken < n && taken < BATCH)
		for (size_t keep = taken / 2; taken > keep; taken--)
			cleanup_fd(&fds[taken - 1]);
	r = recursive ? walk_tree(dirfd, &v) : list_folder(&now, dirfd);
	if (r >= 0 && now.n > 0)
		qsort(now.pids, now.n, sizeof(*now.pids), by_number);
	for (size_t i = 0; i < taken; i++) {
		int sent = 0;

		if (r >= 0 && now.n > 0 &&
			bsearch(&pids[i], now.pids, now.n, sizeof(*now.pids), by_number))
			sent = fds[i] >= 0 ? pidfd_kill(fds[i], pids[i], 0, sig)
			       : is_thread(fds[i]) && kill(pids[i], sig) < 0 ? -errno
									     : 0;
		if (sent < 0 && sent != -ESRCH && *first == 0)
			*first = sent;
		cleanup_fd(&fds[i]);
	}
	return r < 0 ? r : (int)taken;
}

static int signal_list(int dirfd, bool recursive, const pid_t *pids, size_t n, int sig)
{
	int first = 0, r = 0;

	for (size_t i = 0; r >= 0 && i < n; i += (size_t)r)
		r = signal_some(dirfd, recursive, pids + i, n - i, sig, &first);
	return r < 0 ? r : first;
}

int cgfs_signal(
	int dirfd, bool recursive, const pid_t *pids, size_t n, int sig, struct error *e)
{
	int r = signal_list(dirfd, recursive, pids, n, sig);

	return r < 0 ? err_sys(e, -r, "pidfd_send_signal",
			       "cannot send signal %d to the processes of a cgroup", sig)
		     : 0;
}

static int stop_at_first(void *arg, pid_t pid)
{
	(void)arg;
	(void)pid;
	return -EEXIST;
}

static int look_for_any(void *arg, int dirfd)
{
	return each_pid(dirfd, stop_at_first, arg);
}

int cgfs_populated(int dirfd, bool v2, struct error *e)
{
	struct visitor v = { .enter = look_for_any };
	char text[256];
	const char *p;
	int r;

	if (v2) {
		ssize_t n = cgfs_read(dirfd, "cgroup.events", text, sizeof(text), e);

		/* It was removed behind our back: by systemd, as soon as it was empty. */
		if (n == -ENODEV || n == -ENOENT) {
			err_done(e);
			return 0;
		}
		if (n < 0)
			return (int)n;
		p = strstr(text, "populated ");
		if (!p)
			return err_set(e, ERR_SYSTEM, -EBADMSG,
				"cgroup.events does not tell whether the cgroup is populated");
		return p[strlen("populated ")] == '1';
	}
	r = walk_tree(dirfd, &v);
	if (r == -EEXIST)
		return 1;
	return r < 0 ? err_sys(e, -r, "read", "cannot list the processes of a cgroup")
		     : 0;
}

struct killing {
	pid_t self;
	bool self_seen;
	size_t n;
};

static int kill_folder(void *arg, int dirfd)
{
	auto_arena struct arena arena = ARENA_INIT;
	struct killing *k = arg;
	struct list l = { .arena = &arena };
	int r = list_folder(&l, dirfd);
	size_t n = 0;

	for (size_t i = 0; i < l.n; i++) {
		if (l.pids[i] == k->self)
			k->self_seen = true;
		/* 0 stands for a process outside our pid namespace. */
		else if (l.pids[i] > 0)
			l.pids[n++] = l.pids[i];
	}
	k->n += n;
	return r < 0 ? r : signal_list(dirfd, false, l.pids, n, SIGKILL);
}

static int thaw_folder(void *arg, int dirfd)
{
	(void)arg;
	cgfs_write(dirfd, "freezer.state", "THAWED", NULL);
	return 0;
}

/* How long processes may take to stop, which only makes it sure that one round is enough. */
#define STOP_MS 100

static bool is_stopped(int dirfd, bool v2)
{
	char text[512];
	ssize_t n = cgfs_read(
		dirfd, v2 ? "cgroup.events" : "freezer.state", text, sizeof(text), NULL);

	/* What cannot be told is not waited for. */
	return n <= 0 ||
	       (v2 ? strstr(text, "frozen 0") == NULL : strcmp(text, "FROZEN") == 0);
}

/*
 * What is stopped cannot fork, nor go elsewhere. v1: in a frozen cgroup SIGKILL waits for the thaw,
 * and a container may have frozen cgroups of its own below, which that of the top does not touch.
 * v2: the file is absent in threaded cgroups and before 5.2; what is frozen there dies.
 */
static bool stop_tree(int dirfd, bool v2)
{
	int64_t deadline = sys_now_ms() + STOP_MS;
	long nap = 200000;

	if (cgfs_write(dirfd, v2 ? "cgroup.freeze" : "freezer.state", v2 ? "1" : "FROZEN",
		    NULL) < 0)
		return false;
	while (sys_now_ms() < deadline && !is_stopped(dirfd, v2))
		sys_nap(&nap);
	return true;
}

static void let_go(int dirfd, bool v2)
{
	struct visitor v = { .enter = thaw_folder };

	if (v2)
		cgfs_write(dirfd, "cgroup.freeze", "0", NULL);
	else
		walk_tree(dirfd, &v);
}

/* One round over the tree; 1: somebody was there. */
static int kill_round(int dirfd, bool v2, bool stop, struct error *e)
{
	struct killing k = { .self = getpid() };
	struct visitor v = { .enter = kill_folder, .arg = &k };
	bool stopped;
	int r = walk_tree(dirfd, &v);

	/* Nobody may only seem to be there: lists are read folder by folder, and who goes from one
	 * to another meanwhile is in none. Who stands in the cgroup must not stop it. */
	if (r >= 0 && (stop || k.n == 0) && !k.self_seen) {
		stopped = stop_tree(dirfd, v2);
		r = walk_tree(dirfd, &v);
		if (stopped)
			let_go(dirfd, v2);
	}
	if (r < 0)
		return err_sys(e, -r, "kill", "cannot kill the processes of a cgroup");
	return k.n > 0;
}

/* 1 when the kernel kills everything in the tree, and whoever is forked meanwhile. */
static int kill_by_file(int dirfd, struct error *e)
{
	auto_error struct error mine = ERROR_INIT;
	int r;

	if (!sys_maybe(SYS_CGROUP_KILL))
		return 0;
	r = cgfs_write(dirfd, "cgroup.kill", "1", &mine);
	if (r == 0)
		return 1;
	if (r == -ENODEV) /* the cgroup has gone */
		return 1;
	/* Before 5.14, in the root, and in threaded cgroups there is no such thing. */
	if (r == -ENOENT || r == -EOPNOTSUPP)
		return 0;
	err_move(e, &mine);
	return r;
}

/* How long the kernel is trusted to have killed. */
#define BY_FILE_MS 50

/*
 * 1: somebody is left. The kernel kills by thread, and passes by a process whose first thread has
 * ended (seen with 6.18): a signal to the process ends that one.
 */
static int after_file(int dirfd, bool late, struct error *e)
{
	int r = cgfs_populated(dirfd, true, e);

	if (r > 0 && late) {
		r = kill_round(dirfd, true, false, e);
		r = r < 0 ? r : 1;
	}
	return r;
}

int cgfs_kill(int dirfd, bool v2, int timeout_ms, struct error *e)
{
	int64_t begin = sys_now_ms(), deadline = begin + timeout_ms;
	long nap = 200000;
	int by_file = v2 ? kill_by_file(dirfd, e) : 0;

	if (by_file < 0)
		return by_file;
	/* A few processes are gone after the first round; where the third meets some they fork
	 * faster than they are killed, or are stopped (J6). */
	for (int i = 1;; i++) {
		int r = by_file ? after_file(dirfd, sys_now_ms() - begin > BY_FILE_MS, e)
				: kill_round(dirfd, v2, i >= 3, e);

		if (r <= 0)
			return r;
		if (sys_now_ms() >= deadline)
			return err_set(e, ERR_SYSTEM, -ETIMEDOUT,
				"processes of the cgroup have not ended within %d ms",
				timeout_ms);
		sys_nap(&nap);
	}
}

/* Dying processes keep a cgroup busy for a moment; a cgroup with children is busy for
 * good. */
static int remove_one(int parentfd, const char *name, int64_t deadline)
{
	long nap = 200000;

	for (;;) {
		if (unlinkat(parentfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 1;
		if (errno != EBUSY || sys_now_ms() >= deadline)
			return -errno;
		sys_nap(&nap);
	}
}

static int remove_leaf(void *arg, int parentfd, const char *name)
{
	(void)arg;
	if (unlinkat(parentfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 1;
	return errno == EBUSY || errno == ENOTEMPTY ? 0 : -errno;
}

static int remove_left(void *arg, int parentfd, const char *name)
{
	return remove_one(parentfd, name, *(const int64_t *)arg);
}

int cgfs_thaw(int dirfd, struct error *e)
{
	struct visitor v = { .enter = thaw_folder };
	int r = walk_tree(dirfd, &v);

	return r < 0 ? err_sys(e, -r, "write", "cannot thaw a cgroup") : 0;
}

int cgfs_rmtree(int rootfd, const char *path, int timeout_ms, struct error *e)
{
	int64_t deadline = sys_now_ms() + timeout_ms;
	struct visitor v = {
		.child = remove_leaf, .leave = remove_left, .arg = &deadline
	};
	int r;

	path += strspn(path, "/");
	/* Without ".." the path cannot leave: there are no links on cgroup file
	 * systems. */
	if (path[0] == '\0' || path_has_dotdot(path))
		return err_set(e, ERR_BUG, -EINVAL,
			"/%s is no cgroup that could be removed", path);
	r = remove_leaf(NULL, rootfd, path);
	if (r == 0) {
		auto_fd int top = cgfs_open(rootfd, path, NULL);

		if (top < 0 && top != -ENOENT && top != -ENODEV)
			return err_sys(
				e, -top, "openat2", "cannot open the cgroup %s", path);
		r = top >= 0 ? walk_tree(top, &v) : 0;
		/* The descriptor does not keep the cgroup busy. */
		if (r >= 0)
			r = remove_one(rootfd, path, deadline);
	}
	if (r < 0)
		return err_sys(e, -r, "rmdir", "cannot remove the cgroup %s", path);
	return 0;
}
