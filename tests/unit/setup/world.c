/* SPDX-License-Identifier: Apache-2.0 */
/* A small world for steps. */
#include "config.h"

#include "world.h"

#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "sys/mount.h"
#include "sys/mountinfo.h"
#include "sys/probe.h"
#include "sys/proc.h"

int in_child(int (*fn)(void *arg), void *arg)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0)
		_exit(fn(arg));
	while (waitpid(pid, &status, 0) != pid) {
		if (errno != EINTR)
			return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

pid_t world_go_on(void (*fn)(void))
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		fn();
}

void world_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int world_rounds(int usual, int more)
{
	const char *wanted = getenv("DAVIT_TEST_LONG");

	return wanted && strcmp(wanted, "1") == 0 ? more : usual;
}

static int try_mount(void *arg)
{
	(void)arg;
	if (unshare(CLONE_NEWNS) < 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 1;
	return mount("none", "/tmp", "tmpfs", 0, NULL) < 0;
}

struct world {
	int (*fn)(void *arg);
	void *arg;
	const char *without;
};

static int build(void)
{
	static const char *const dirs[] = { "host", "host/dir", "root", "root/dev",
		"root/etc", "root/proc", "root/sys", "root/tmp", "root/tmp/host",
		"root/tmp/host/dir", "root/work" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		CHECK(mkdir(dirs[i], 0755) == 0);
	CHECK(put_file("host/secret", "canary\n") == 0);
	CHECK(put_file("host/dir/file", "canary\n") == 0);
	return 0;
}

static int inside(void *arg)
{
	struct world *w = arg;

	CHECK(unshare(CLONE_NEWNS) == 0);
	CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	CHECK(mount("world", "/tmp", "tmpfs", 0, "mode=0755") == 0);
	CHECK(chdir("/tmp") == 0);
	umask(022);
	CHECK(build() == 0);
	CHECK(sys_proc_fd(NULL) >= 0);
	CHECK(!w->without || sys_forget(w->without) == 0);
	return w->fn(w->arg);
}

void in_world(int (*fn)(void *arg), void *arg, const char *without)
{
	struct world w = { .fn = fn, .arg = arg, .without = without };

	if (in_child(try_mount, NULL) != 0) {
		fprintf(stderr, "SKIP: a mount namespace is not allowed here\n");
		skip();
	}
	if (without && sys_forget("") < 0) {
		fprintf(stderr,
			"SKIP: a build without test hooks has no fallbacks to test\n");
		skip();
	}
	assert_int_equal(in_child(inside, &w), 0);
}

int world_begin(struct step_ctx *ctx, struct plan *plan, struct error *e)
{
	memset(plan, 0, sizeof(*plan));
	step_ctx_init(ctx, plan);
	plan->mount_ns = true;
	plan->rootfs = "/tmp/root";
	plan->private_flags = CLONE_NEWNS;
	CHECK_OK(step_root.apply(ctx, e), e);
	CHECK(ctx->rootfs_fd >= 0);
	return 0;
}

int world_pivot(struct step_ctx *ctx, struct error *e)
{
	CHECK_OK(step_pivot.apply(ctx, e), e);
	return 0;
}

static struct buf seen;

static int note(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)type;
	(void)ftw;
	return buf_addf(&seen, "%s %o %u:%u %llu %llu %lld.%09ld\n", path,
		(unsigned)st->st_mode, (unsigned)st->st_uid, (unsigned)st->st_gid,
		(unsigned long long)st->st_ino, (unsigned long long)st->st_size,
		(long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
}

static int note_mount(void *arg, const struct mountinfo *m)
{
	(void)arg;
	if (strncmp(m->target, "/tmp/root", 9) == 0)
		return 0;
	return buf_addf(&seen, "mount %d %s %s\n", m->id, m->target, m->options);
}

char *canary(void)
{
	seen = BUF_INIT;
	if (nftw("/tmp/host", note, 16, FTW_PHYS) != 0 ||
		mountinfo_each(note_mount, NULL, NULL) < 0)
		abort();
	return buf_steal(&seen);
}

int put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "wxe");

	if (!f)
		return -1;
	fputs(text, f);
	return fclose(f);
}

bool has_text(const char *path, const char *text)
{
	auto_file FILE *f = fopen(path, "re");
	char is[256];
	size_t n;

	if (!f)
		return false;
	n = fread(is, 1, sizeof(is) - 1, f);
	is[n] = '\0';
	return strncmp(is, text, strlen(text)) == 0;
}

struct find {
	const char *path;
	char options[256], type[64];
};

static int find_mount(void *arg, const struct mountinfo *m)
{
	struct find *f = arg;

	/* The last one is on top. */
	if (strcmp(m->target, f->path) == 0) {
		snprintf(f->options, sizeof(f->options), "%s", m->options);
		snprintf(f->type, sizeof(f->type), "%s", m->fstype);
	}
	return 0;
}

static struct find *look(const char *path)
{
	static struct find f;

	memset(&f, 0, sizeof(f));
	f.path = path;
	if (mountinfo_each(find_mount, &f, NULL) < 0)
		abort();
	return &f;
}

const char *mount_options(const char *path)
{
	return look(path)->options;
}

const char *mount_type(const char *path)
{
	return look(path)->type;
}
