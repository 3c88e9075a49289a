/* SPDX-License-Identifier: Apache-2.0 */
/* ps: the pids as JSON, or what ps(1) says about them. */
#include "config.h"

#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"

/* What ps(1) may print: more processes than there are pids do not fill it. */
#define TABLE_MAX ((size_t)1 << 30)

extern char **environ;

struct found {
	int64_t *pids; /* ascending */
	size_t n;
};

static bool has_pid(const struct found *f, int64_t pid)
{
	size_t low = 0, high = f->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (f->pids[mid] == pid)
			return true;
		if (f->pids[mid] < pid)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

static int print_json(const struct found *f, struct buf *out)
{
	int r = buf_adds(out, "[");

	for (size_t i = 0; r == 0 && i < f->n; i++)
		r = buf_addf(out, "%s%" PRId64, i ? "," : "", f->pids[i]);
	return r == 0 ? buf_adds(out, "]\n") : r;
}

/* A machine without ps(1): the pids in a column, as crun has it. */
static int print_column(const struct found *f, struct buf *out)
{
	int r = buf_adds(out, "PID\n");

	for (size_t i = 0; r == 0 && i < f->n; i++)
		r = buf_addf(out, "%" PRId64 "\n", f->pids[i]);
	return r;
}

/* The word of a line by its place: its begin, its length in *n; NULL when there are fewer. */
static const char *word_at(const char *line, const char *end, unsigned place, size_t *n)
{
	for (;;) {
		const char *begin;

		while (line < end && (*line == ' ' || *line == '\t'))
			line++;
		if (line == end)
			return NULL;
		begin = line;
		while (line < end && *line != ' ' && *line != '\t')
			line++;
		*n = (size_t)(line - begin);
		if (place-- == 0)
			return begin;
	}
}

static int find_column(const char *line, const char *end)
{
	const char *word;
	size_t n;

	for (unsigned i = 0; (word = word_at(line, end, i, &n)); i++) {
		if (n == 3 && memcmp(word, "PID", 3) == 0)
			return (int)i;
	}
	return -ENOENT;
}

static bool is_ours(const struct found *f, const char *line, const char *end, int column)
{
	int64_t pid = 0;
	size_t n;
	const char *word = word_at(line, end, (unsigned)column, &n);

	if (!word || n > 10)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (word[i] < '0' || word[i] > '9')
			return false;
		pid = 10 * pid + (word[i] - '0');
	}
	return has_pid(f, pid);
}

/* The head and the lines that are ours; how many of these, or an error. */
static int filter(
	const struct found *f, const struct buf *table, struct buf *out, struct error *e)
{
	const char *line = table->p, *stop = table->p ? table->p + table->len : NULL;
	int column = -1, ours = 0, r = 0;

	while (r == 0 && line < stop) {
		const char *end = memchr(line, '\n', (size_t)(stop - line));

		if (!end)
			end = stop;
		if (column < 0) {
			column = find_column(line, end);
			if (column < 0)
				break;
			r = buf_add_escaped(out, line, (size_t)(end - line));
			if (r == 0)
				r = buf_adds(out, "\n");
		} else if (is_ours(f, line, end, column)) {
			ours++;
			/* Names that a container chose (J10). */
			r = buf_add_escaped(out, line, (size_t)(end - line));
			if (r == 0)
				r = buf_adds(out, "\n");
		}
		line = end + 1;
	}
	if (r < 0)
		return err_sys(e, ENOMEM, "malloc", "cannot print the table");
	if (column < 0)
		return err_set(e, ERR_SYSTEM, -EPROTO,
			"what ps prints with these options has no column PID");
	return ours;
}

/* Run ps(1) with its output in a pipe: its exit status, or the errno that it could not be run with,
 * or an error with a text. */
static int run_ps_program(char *const *argv, struct buf *out, struct error *e)
{
	posix_spawn_file_actions_t actions;
	auto_fd int in = -EBADF, from = -EBADF;
	int ends[2], status = 0, r;
	pid_t pid = -1;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, errno, "pipe2", "cannot make a pipe for ps");
	from = ends[0];
	in = ends[1];
	/* An ignored SIGCHLD, inherited from the caller, would take the exit status away. */
	signal(SIGCHLD, SIG_DFL);
	r = posix_spawn_file_actions_init(&actions);
	if (r == 0) {
		r = posix_spawn_file_actions_adddup2(&actions, in, STDOUT_FILENO);
		if (r == 0)
			r = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	if (r != 0)
		return -r;
	cleanup_fd(&in);
	r = io_read_fd(from, TABLE_MAX, out);
	cleanup_fd(&from);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return err_sys(e, errno, "waitpid", "cannot wait for ps");
	}
	if (r < 0)
		return err_sys(e, -r, "read", "cannot read what ps prints");
	/* 127: of a libc whose posix_spawn cannot say that there was nothing to run. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return -ENOENT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int print_table(const struct found *f, const struct opt_words *words,
	struct buf *out, struct error *e)
{
	auto_arena struct arena arena = ARENA_INIT;
	auto_buf struct buf table = BUF_INIT;
	char **argv = arena_array(&arena, words->n_rest + 3, sizeof(*argv));
	char name[] = "ps", all[] = "-ef";
	int status, r;

	if (!argv)
		return err_sys(e, ENOMEM, "malloc", "cannot run ps");
	argv[0] = name;
	argv[1] = all;
	for (size_t i = 0; i < words->n_rest; i++)
		argv[1 + i] = words->rest[i];
	status = run_ps_program(argv, &table, e);
	if (status == -ENOENT && !err_is(e) && words->n_rest == 0) {
		r = print_column(f, out);
		return r < 0 ? err_sys(e, -r, "malloc", "cannot print the table") : 0;
	}
	if (status < 0)
		return err_is(e) ? status
				 : err_sys(e, -status, "execve", "cannot run ps");
	r = status > 1 ? 0 : filter(f, &table, out, e);
	/* 1 also means that there is nothing to print with the options. */
	if (status > 1 || (status == 1 && r == 0 && f->n > 0))
		return err_set(
			e, ERR_SYSTEM, -EPROTO, "ps failed with status %d", status);
	return r < 0 ? r : 0;
}

int cmd_ps(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	const struct ps_opts *opts = options;
	auto_buf struct buf out = BUF_INIT;
	struct found f = { .pids = NULL };
	int r = davit_ps(cli->store, words->words[0], &f.pids, &f.n, &cli->err);

	if (r < 0)
		return r;
	switch ((enum ps_format)opts->format) {
	case PS_JSON:
		r = print_json(&f, &out);
		if (r < 0)
			err_sys(e, -r, "malloc", "cannot print the pids");
		break;
	case PS_TABLE:
		r = print_table(&f, words, &out, e);
		break;
	}
	davit_free(f.pids);
	return r < 0 ? r : cli_print(out.p, out.len, e);
}
