/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Golden tests of the plan. Each folder tests/golden/CASE holds config.json, argv (options, one a
 * line) and plan.json: the plan, or the error, for the host that argv or host.json describes. The
 * configurations of engines in tests/golden/configs are planned for several hosts of
 * tests/golden/hosts.
 *
 *	run [--update] [CASE...]
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"
#include "host/host.h"
#include "json/json.h"
#include "plan/planner.h"
#include "spec/spec.h"

#define FILE_MAX (1u << 20)

static int root = -EBADF; /* tests/golden */
static unsigned failed, passed;

static void die(const char *what, const char *name, const struct error *e)
{
	auto_buf struct buf line = BUF_INIT;

	if (e)
		err_line(e, &line);
	fprintf(stderr, "golden: %s %s: %s\n", what, name, line.p ? line.p : "");
	exit(2);
}

static void read_file(const char *name, struct buf *out)
{
	auto_error struct error e = ERROR_INIT;

	if (io_read_at(root, name, FILE_MAX, out, &e) < 0)
		die("cannot read", name, &e);
}

static void load_host(struct arena *a, const char *name, struct host *out)
{
	auto_error struct error e = ERROR_INIT;
	auto_buf struct buf text = BUF_INIT;

	read_file(name, &text);
	if (host_load(a, name, text.p, text.len, out, &e) < 0)
		die("cannot load", name, &e);
}

static const char *after(const char *line, const char *option)
{
	size_t n = strlen(option);

	return strncmp(line, option, n) == 0 ? line + n : NULL;
}

/* The options of create that the plan reads, by their names on the command line. */
static void read_option(const char *line, struct plan_opts *opts, const char **host)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "--detach", &opts->detached },
		{ "--no-new-keyring", &opts->no_new_keyring },
		{ "--no-pivot", &opts->no_pivot },
		{ "--systemd-cgroup", &opts->systemd_cgroup },
		{ "--cgroup-manager=disabled", &opts->cgroup_disabled },
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (strcmp(line, flags[i].name) == 0) {
			*flags[i].flag = true;
			return;
		}
	}
	if (after(line, "--preserve-fds="))
		opts->preserve_fds =
			(uint32_t)strtoul(after(line, "--preserve-fds="), NULL, 10);
	else if (after(line, "LISTEN_FDS="))
		opts->listen_fds =
			(uint32_t)strtoul(after(line, "LISTEN_FDS="), NULL, 10);
	else if (after(line, "NOTIFY_FOLDER="))
		opts->notify_folder = after(line, "NOTIFY_FOLDER=");
	else if (after(line, "LISTEN_FDNAMES="))
		opts->listen_names = after(line, "LISTEN_FDNAMES=");
	else if (after(line, "--console-socket="))
		opts->console_socket = after(line, "--console-socket=");
	else if (after(line, "--host="))
		*host = after(line, "--host=");
	else
		die("unknown option", line, NULL);
}

static void write_fault(struct json_w *w, const struct error *e)
{
	static const char *const kinds[] = {
		[ERR_USAGE] = "usage",
		[ERR_CONFIG] = "config",
		[ERR_STATE] = "state",
		[ERR_HOST] = "host",
		[ERR_SYSTEM] = "system",
		[ERR_BUG] = "bug",
	};
	auto_buf struct buf line = BUF_INIT;

	if (err_line(e, &line) < 0)
		die("no memory for", "an error", NULL);
	json_w_object(w);
	json_w_kstr(w, "error", line.p);
	json_w_kstr(w, "kind", kinds[e->kind]);
	if (e->path)
		json_w_kstr(w, "path", e->path);
	if (e->line)
		json_w_ku64(w, "line", e->line);
	if (e->hint)
		json_w_kstr(w, "hint", e->hint);
	json_w_end_object(w);
}

/* What plan.json should hold. */
static void plan_text(const char *config, const char *name, const struct plan_opts *opts,
	const struct host *host, struct arena *a, struct buf *out, bool *refused)
{
	auto_error struct error e = ERROR_INIT;
	auto_buf struct buf text = BUF_INIT;
	struct json_w *w = json_w_open(2);
	struct plan *plan = NULL;
	struct spec spec;
	int r;

	read_file(config, &text);
	r = spec_parse(name, text.p, text.len, NULL, a, &spec, &e);
	if (r == 0)
		r = plan_create(&spec, opts, host, a, &plan, &e);
	if (r < 0)
		write_fault(w, &e);
	else
		plan_dump(plan, w);
	*refused = r < 0;
	if (!w || json_w_close(w, out) < 0 || buf_adds(out, "\n") < 0)
		die("cannot write the plan of", name, NULL);
}

static void show_difference(const char *path, const char *want, const char *got)
{
	unsigned line = 1, shown = 0;

	while ((*want || *got) && shown < 12) {
		size_t n = strcspn(want, "\n"), m = strcspn(got, "\n");

		if (n != m || memcmp(want, got, n) != 0) {
			printf("  %s:%u\n  - %.*s\n  + %.*s\n", path, line, (int)n, want,
				(int)m, got);
			shown++;
		}
		want += n + (want[n] == '\n');
		got += m + (got[m] == '\n');
		line++;
	}
}

static void judge(
	const char *name, const char *path, const char *got, size_t len, bool update)
{
	auto_error struct error e = ERROR_INIT;
	auto_buf struct buf want = BUF_INIT;

	if (update) {
		if (io_replace_at(root, path, got, len, 0644, &e) < 0)
			die("cannot write", path, &e);
		return;
	}
	read_file(path, &want);
	if (want.len == len && memcmp(want.p, got, len) == 0) {
		passed++;
		return;
	}
	failed++;
	printf("not ok %s\n", name);
	show_difference(path, want.p, got);
}

static void run_case(const char *name, bool update)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_buf struct buf argv = BUF_INIT, got = BUF_INIT;
	struct plan_opts opts = { .id = "golden", .bundle = "/bundle" };
	char *config = arena_printf(&a, "%s/config.json", name);
	char *args = arena_printf(&a, "%s/argv", name);
	char *path = arena_printf(&a, "%s/plan.json", name);
	const char *host_file = arena_printf(&a, "%s/host.json", name);
	struct host host;
	char *save = NULL;
	bool refused;

	read_file(args, &argv);
	for (char *l = strtok_r(argv.p, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		read_option(l, &opts, &host_file);
	load_host(&a, host_file, &host);
	plan_text(config, "config.json", &opts, &host, &a, &got, &refused);
	judge(name, path, got.p, got.len, update);
}

static bool needs_seccomp(const struct json_doc *doc)
{
	return !HAVE_SECCOMP && json_get(json_get(doc->root, "linux"), "seccomp");
}

/* Will the plan of this configuration be refused, in a build that has no filter? */
static const char *refusal(const char *config)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_buf struct buf text = BUF_INIT;
	struct json_doc doc;

	read_file(config, &text);
	if (json_parse(&a, config, text.p, text.len, &doc, NULL) < 0)
		die("cannot parse", config, NULL);
	return needs_seccomp(&doc) ? "linux.seccomp: this davit was built without" : NULL;
}

/* An engine's configuration on one host: planned, or refused for its filter and nothing else. */
static void run_config(const char *config, const char *host_file)
{
	auto_arena struct arena a = ARENA_INIT;
	auto_buf struct buf got = BUF_INIT;
	const struct plan_opts opts = { .id = "golden", .bundle = "/bundle" };
	const char *why = refusal(config);
	bool refused;
	struct host host;

	load_host(&a, host_file, &host);
	plan_text(config, config, &opts, &host, &a, &got, &refused);
	if (refused ? why && strstr(got.p, why) : !why) {
		passed++;
		return;
	}
	failed++;
	printf("not ok %s on %s\n", config, host_file);
	if (refused)
		printf("  %s", got.p);
	else
		printf("  planned, and not refused: %s\n", why);
}

static int by_name(const void *x, const void *y)
{
	return strcmp(*(char *const *)x, *(char *const *)y);
}

/* The sorted names in a folder below tests/golden. */
static char **list(struct arena *a, const char *folder, size_t *n)
{
	int fd = openat(root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	char **names = NULL;

	if (!dir)
		die("cannot list", folder, NULL);
	*n = 0;
	for (struct dirent *d; (d = readdir(dir));) {
		if (d->d_name[0] == '.')
			continue;
		names = arena_grow(a, names, *n, sizeof(*names));
		if (!names)
			die("no memory for", folder, NULL);
		names[*n] = arena_printf(a, "%s/%s", folder, d->d_name);
		(*n)++;
	}
	qsort(names, *n, sizeof(*names), by_name);
	return names;
}

static bool is_case(const char *name)
{
	auto_arena struct arena a = ARENA_INIT;
	struct stat st;

	return fstatat(root, arena_printf(&a, "%s/argv", name), &st, 0) == 0;
}

static void run_all(bool update)
{
	auto_arena struct arena a = ARENA_INIT;
	/* Where engines run. */
	static const char *const hosts[] = {
		"hosts/v2.json",
		"hosts/v1.json",
		"hosts/hybrid.json",
		"hosts/old-kernel.json",
		"hosts/rootless-userns.json",
	};
	size_t n, n_configs;
	char **names = list(&a, ".", &n);
	char **configs = list(&a, "configs", &n_configs);

	for (size_t i = 0; i < n; i++) {
		if (is_case(names[i]))
			run_case(names[i] + 2, update);
	}
	for (size_t i = 0; i < n_configs; i++) {
		if (!strstr(configs[i], ".json"))
			continue;
		for (size_t k = 0; k < ARRAY_SIZE(hosts); k++)
			run_config(configs[i], hosts[k]);
	}
	if (!n_configs || (!update && passed + failed < 40))
		die("too few cases below", "tests/golden", NULL);
}

int main(int argc, char **argv)
{
	const char *source = getenv("DAVIT_TEST_SRCDIR");
	auto_arena struct arena a = ARENA_INIT;
	bool update = argc > 1 && strcmp(argv[1], "--update") == 0;
	int first = update ? 2 : 1;
	const char *path = arena_printf(&a, "%s/tests/golden", source ? source : ".");

	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		die("cannot open", path, NULL);
	if (first == argc)
		run_all(update);
	for (int i = first; i < argc; i++)
		run_case(argv[i], update);
	printf("%u passed, %u failed\n", passed, failed);
	close(root);
	return failed ? 1 : 0;
}
