/* SPDX-License-Identifier: Apache-2.0 */
/* The search for the program, as the container's user, and HOME; so that create tells what is
 * wrong with args[0] (docs/engines.md, "Words"). */
#include "config.h"

#include "setup/steps.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/num.h"
#include "sys/open.h"

#define PASSWD_MAX (16u << 20)
#define LINE_BYTES (1u << 20)

static int fail(const struct plan_process *p, struct error *e)
{
	const struct err_place where = { .path = p->args_path };

	err_place(e, &where);
	return e ? e->code : -EIO;
}

/* By the path alone, without a descriptor: the limit of open files may be 3 by now. */
static int is_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	/* With the effective ids and capabilities, and noexec mounts count. */
	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? 0 : -EACCES;
}

static int take(struct step_ctx *ctx, const char *path, size_t n)
{
	if (n >= sizeof(ctx->exec_path))
		return -ENAMETOOLONG;
	memcpy(ctx->exec_path, path, n);
	ctx->exec_path[n] = '\0';
	return 0;
}

static int by_path(struct step_ctx *ctx, const char *name, struct error *e)
{
	int r = take(ctx, name, strlen(name));

	if (r == 0)
		r = is_program(ctx->exec_path);
	if (r == 0)
		return 0;
	if (r == -EISDIR || r == -EACCES)
		err_verbatim(e, ERR_CONFIG, -EACCES, "exec: \"%s\": %s", name,
			err_words(EACCES));
	else
		err_verbatim(e, ERR_CONFIG, r, "exec: \"%s\": stat %s: %s", name, name,
			err_words(r));
	return fail(ctx->plan->process, e);
}

/* One folder of PATH; an empty one is the working folder (execvp(3)). */
static int candidate(struct step_ctx *ctx, const char *dir, size_t n, const char *name)
{
	size_t len = strlen(name);

	if (n == 0) {
		dir = ".";
		n = 1;
	}
	if (n + 1 + len >= sizeof(ctx->exec_path))
		return -ENAMETOOLONG;
	memcpy(ctx->exec_path, dir, n);
	ctx->exec_path[n] = '/';
	memcpy(ctx->exec_path + n + 1, name, len + 1);
	return is_program(ctx->exec_path);
}

static int by_search(struct step_ctx *ctx, const char *name, struct error *e)
{
	const char *path = ctx->plan->process->search;
	bool refused = false;

	while (path && name[0]) {
		size_t n = strcspn(path, ":");
		int r = candidate(ctx, path, n, name);

		if (r == 0)
			return 0;
		if (r == -EACCES)
			refused = true;
		if (!path[n])
			break;
		path += n + 1;
	}
	ctx->exec_path[0] = '\0';
	/* As execvp(3): one that may not be executed is told when there is no other. */
	if (refused)
		err_verbatim(e, ERR_CONFIG, -EACCES, "exec: \"%s\": %s", name,
			err_words(EACCES));
	else
		err_verbatim(e, ERR_CONFIG, -ENOENT,
			"exec: \"%s\": executable file not found in $PATH", name);
	return fail(ctx->plan->process, e);
}

static int apply_lookup(struct step_ctx *ctx, struct error *e)
{
	const struct plan_process *p = ctx->plan->process;

	if (p->n_args == 0)
		return err_set(e, ERR_BUG, -EINVAL, "the plan has no program");
	return strchr(p->args[0], '/') ? by_path(ctx, p->args[0], e)
				       : by_search(ctx, p->args[0], e);
}

const struct step step_exec_lookup = {
	.name = "exec-lookup",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "cwd", "cwd-user", "ids", "caps", "handles",
		NULL },
	.why = "the program must be there for the container's user, from the working folder",
	.in_exec = true,
	.wanted = step_has_process,
	.apply = apply_lookup,
};

/* The home in "name:pass:uid:gid:gecos:home:shell" when uid is the one. */
static bool home_of_line(char *line, uint32_t uid, char *out, size_t size)
{
	char *field[6];
	uint64_t n;

	for (size_t i = 0; i < ARRAY_SIZE(field); i++) {
		field[i] = line;
		line += strcspn(line, ":");
		if (i + 1 < ARRAY_SIZE(field) && !*line)
			return false;
		if (*line)
			*line++ = '\0';
	}
	if (num_u64(field[2], UINT32_MAX, &n) < 0 || n != uid)
		return false;
	/* An empty home or one that is no path is no home. */
	if (field[5][0] != '/' || strlen(field[5]) >= size)
		return false;
	memcpy(out, field[5], strlen(field[5]) + 1);
	return true;
}

static int open_passwd(struct step_ctx *ctx, int *out, struct error *e)
{
	int fd = sys_open_in_root(
		ctx->rootfs_fd, "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY, e);
	struct stat st;

	if (fd == -ENOENT || fd == -ENOTDIR) {
		err_done(e);
		return 0;
	}
	if (fd < 0)
		return fd;
	*out = fd;
	if (fstat(fd, &st) < 0)
		return err_sys(e, errno, "fstat", "cannot look at it");
	/* A masked file is the null device, and so is what is bound over one to hide it: empty. */
	if (sys_is_null(&st))
		return 0;
	/* K5: fifo, device, folder, or a file of procfs behind a link. */
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_SYSTEM, -EINVAL, "it is not a regular file");
	if (st.st_size > (off_t)PASSWD_MAX)
		return err_set(e, ERR_SYSTEM, -EFBIG, "it is larger than 16 MiB");
	return 0;
}

/* The file by characters, without a FILE, whose memory the waiting init would keep. */
struct reader {
	int fd, failed; /* failed: errno of read(2), or 0 */
	size_t at, len;
	char chunk[4096];
};

/* The next byte, or -1 at the end. */
static int next_byte(struct reader *f)
{
	ssize_t n;

	if (f->at < f->len)
		return (unsigned char)f->chunk[f->at++];
	do
		n = read(f->fd, f->chunk, sizeof(f->chunk));
	while (n < 0 && errno == EINTR);
	f->failed = n < 0 ? errno : 0;
	if (n <= 0)
		return -1;
	f->len = (size_t)n;
	f->at = 1;
	return (unsigned char)f->chunk[0];
}

static int read_passwd(struct step_ctx *ctx, int fd, struct error *e)
{
	struct reader f = { .fd = fd };
	uint32_t uid = ctx->plan->process->uid;
	char first[1024];
	auto_free char *more = NULL;
	char *line = first;
	size_t size = sizeof(first);
	size_t total = 0;
	size_t len = 0;
	int c;

	/* By character, so that an endless line ends at its limit. */
	for (;;) {
		c = next_byte(&f);
		if (len + 1 >= size) {
			char *p = realloc(more, 2 * size);

			if (!p)
				return err_set(
					e, ERR_SYSTEM, -ENOMEM, "no memory for a line");
			if (!more)
				memcpy(p, first, len);
			line = more = p;
			size *= 2;
		}
		if (c >= 0 && c != '\n') {
			line[len++] = (char)c;
			if (len > LINE_BYTES || ++total > PASSWD_MAX)
				return err_set(e, ERR_SYSTEM, -EFBIG,
					"a line or the file is too long");
			continue;
		}
		line[len] = '\0';
		if (home_of_line(line, uid, ctx->home_buf, sizeof(ctx->home_buf)))
			return 0;
		len = 0;
		if (c < 0)
			break;
	}
	return f.failed ? err_sys(e, f.failed, "read", "cannot read it") : 0;
}

/* PROC-06: by uid, never by name (G3); "/" when it says nothing. */
static int apply_home(struct step_ctx *ctx, struct error *e)
{
	auto_fd int fd = -EBADF;
	int r;

	memcpy(ctx->home_buf, "/", 2);
	ctx->home = ctx->home_buf;
	r = open_passwd(ctx, &fd, e);
	if (r == 0 && fd >= 0)
		r = read_passwd(ctx, fd, e);
	return r < 0 ? err_wrap(e, "HOME from the container's /etc/passwd") : 0;
}

static bool wants_home(const struct plan *plan)
{
	return step_has_process(plan) && plan->process->find_home;
}

const struct step step_home = {
	.name = "home",
	.actor = ACTOR_INIT,
	.phase = PHASE_RESTRICTED,
	.after = (const char *const[]){ "mounts", "pivot", NULL },
	.why = "a mount may bring the file",
	.in_exec = true,
	.wanted = wants_home,
	.apply = apply_home,
};
