/* SPDX-License-Identifier: Apache-2.0 */
/* The command table holds together, and the help says what it holds. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "cli/command.h"

static size_t size_of(enum opt_type type)
{
	static const size_t sizes[] = {
		[OPT_FLAG] = sizeof(bool),
		[OPT_TEXT] = sizeof(char *),
		[OPT_FILE] = sizeof(char *),
		[OPT_DIR] = sizeof(char *),
		[OPT_NUMBER] = sizeof(uint32_t),
		[OPT_CHOICE] = sizeof(int),
		[OPT_LIST] = sizeof(struct opt_list),
	};

	return sizes[type];
}

static void check_rows(const struct opt_set *set, size_t size)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct opt *a = &set->rows[i];

		assert_non_null(a->name);
		assert_string_not_equal(a->name, "help");
		assert_int_not_equal(a->letter, 'h');
		assert_non_null(a->help);
		assert_true(a->help[0] != '\0');
		assert_int_equal(a->metavar == NULL, a->type == OPT_FLAG);
		assert_true(a->offset + size_of(a->type) <= size);
		assert_int_equal(a->offset % (a->type == OPT_LIST ? sizeof(char *)
								  : size_of(a->type)),
			0);
		for (size_t k = 0; k < i; k++) {
			const struct opt *b = &set->rows[k];

			assert_string_not_equal(a->name, b->name);
			assert_true(!a->letter || a->letter != b->letter);
			/* Two options never share bytes by a slip of the offset. */
			assert_true(a->offset + size_of(a->type) <= b->offset ||
				    b->offset + size_of(b->type) <= a->offset);
		}
	}
}

static void the_table(void **state)
{
	(void)state;
	check_rows(&cli_global_options, sizeof(struct global_opts));
	for (size_t i = 0; i < cli_n_commands; i++) {
		const struct command *c = &cli_commands[i];

		check_rows(&c->options, c->options_size);
		assert_string_equal(c->options.command, c->name);
		assert_non_null(c->run);
		assert_true(c->min_words <= c->max_words);
		assert_true(c->max_words <= OPT_WORDS_MAX);
		assert_int_equal(c->max_words == 0, c->words[0] == '\0');
		/* help makes a sentence of it */
		assert_true(c->summary[0] >= 'a' && c->summary[0] <= 'z');
		assert_true(c->summary[strlen(c->summary) - 1] != '.');
		assert_ptr_equal(cli_command(c->name), c);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(c->name, cli_commands[k].name);
	}
	assert_null(cli_command("exe"));
	assert_null(cli_command(""));
}

/* What engines send (docs/engines.md, "Commands") is understood. */
static void engines(void **state)
{
	static const struct {
		const char *command;
		const char *argv[12];
	} lines[] = {
		{ "create", { "--bundle", "/b", "--pid-file", "/p", "--no-pivot",
				    "--no-new-keyring", "--preserve-fds", "1",
				    "--console-socket", "/s", "web" } },
		{ "create", { "--bundle", "/b", "--pid-file", "/p", "--pidfd-socket",
				    "/s", "web" } },
		{ "run", { "--bundle", "/b", "--pid-file", "/p", "--detach", "--keep",
				 "-no-subreaper", "web" } },
		{ "start", { "web" } },
		{ "state", { "web" } },
		{ "exec", { "--pid-file", "/p", "--process", "/f", "--detach",
				  "--preserve-fds", "1", "--console-socket", "/s",
				  "web" } },
		{ "exec", { "--process", "/f", "web" } },
		{ "exec", { "-u", "1:2", "-e", "A=1", "-e", "B=2", "web", "sh", "-c",
				  "-x" } },
		{ "kill", { "web" } },
		{ "kill", { "web", "15" } },
		{ "kill", { "--all", "web", "9" } },
		{ "kill", { "-a", "web", "KILL" } },
		{ "kill", { "web", "SIGKILL", "--all" } },
		{ "delete", { "web" } },
		{ "delete", { "--force", "web" } },
		{ "list", { "--format=json" } },
		{ "list", { "-q" } },
		{ "update", { "--resources=-", "web" } },
		{ "update", { "--resources", "-", "web" } },
		{ "update", { "--resources", "/f", "web" } },
		{ "update", { "--memory", "-1", "web" } },
		{ "events", { "--stats", "web" } },
		{ "events", { "--interval", "5s", "web" } },
		{ "pause", { "web" } },
		{ "resume", { "web" } },
		{ "ps", { "web" } },
		{ "ps", { "--format", "json", "web" } },
		{ "ps", { "-f", "table", "web", "-o", "pid,args" } },
		{ "features", { NULL } },
		{ "spec", { "-b", "/b" } },
		{ "check", { "-b", "/b", "--format", "json" } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const struct command *c = cli_command(lines[i].command);
		auto_free void *options = calloc(1, c->options_size + 1);
		auto_error struct error e = ERROR_INIT;
		struct opt_words words;
		int argc = 0;

		while (argc < 12 && lines[i].argv[argc])
			argc++;
		assert_int_equal(opt_parse(&c->options, argc,
					 (char *const *)(uintptr_t)lines[i].argv, false,
					 options, &words, &e),
			argc);
		assert_true(words.n >= c->min_words && words.n <= c->max_words);
		opt_done(&c->options, options);
	}
}

static void global_forms(void **state)
{
	static const char *const argv[] = { "--root=/r", "--log", "/l", "--log-format",
		"json", "--debug", "--systemd-cgroup", "--rootless=auto", "--criu",
		"/usr/bin/criu", "--cgroup-manager", "disabled", "--log-level=debug",
		"create", "--bundle" };
	struct global_opts g = { .root = NULL };
	struct opt_words words;

	(void)state;
	assert_int_equal(opt_parse(&cli_global_options, ARRAY_SIZE(argv),
				 (char *const *)(uintptr_t)argv, true, &g, &words, NULL),
		14);
	assert_string_equal(g.root, "/r");
	assert_string_equal(g.log, "/l");
	assert_int_equal(g.log_format, 1);
	assert_true(g.debug && g.systemd_cgroup);
	assert_int_equal(g.manager, MANAGER_DISABLED);
	assert_string_equal(g.log_level, "debug");
	assert_string_equal(words.words[0], "create");
}

static void the_help_lists_everything(void **state)
{
	auto_buf struct buf all = BUF_INIT;

	(void)state;
	assert_int_equal(help_all(&all), 0);
	for (size_t i = 0; i < cli_n_commands; i++) {
		const struct command *c = &cli_commands[i];
		auto_buf struct buf one = BUF_INIT;

		assert_non_null(strstr(all.p, c->summary));
		assert_int_equal(help_command(c, &one), 0);
		assert_non_null(strstr(one.p, "--help"));
		for (size_t k = 0; k < c->options.n; k++) {
			const struct opt *row = &c->options.rows[k];
			bool there = strstr(one.p, row->help) != NULL;

			assert_int_equal(there, !(row->flags & OPT_HIDDEN));
		}
		for (char *p = one.p; *p; p += strcspn(p, "\n") + 1)
			assert_true(strcspn(p, "\n") <= 100);
	}
	assert_null(strstr(all.p, "--criu"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table),
		cmocka_unit_test(engines),
		cmocka_unit_test(global_forms),
		cmocka_unit_test(the_help_lists_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
