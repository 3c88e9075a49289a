/* SPDX-License-Identifier: Apache-2.0 */
/* The forms that engines and people write options in. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "cli/optparse.h"

struct sample {
	const char *bundle, *label;
	bool force, quiet;
	uint32_t fds;
	int format;
	const char *host;
};
#define S(member) offsetof(struct sample, member)

static const struct opt rows[] = {
	{ 'b', "bundle", OPT_DIR, "DIR", S(bundle), 0, "" },
	{ 0, "label", OPT_TEXT, "TEXT", S(label), 0, "" },
	{ 'f', "force", OPT_FLAG, NULL, S(force), 0, "" },
	{ 'q', "quiet", OPT_FLAG, NULL, S(quiet), 0, "" },
	{ 0, "preserve-fds", OPT_NUMBER, "N", S(fds), 0, "" },
	{ 0, "format", OPT_CHOICE, "table|json|t", S(format), 0, "" },
	{ 0, "secret", OPT_FLAG, NULL, S(quiet), OPT_HIDDEN, "" },
	{ 0, "host", OPT_TEXT, "X", S(host), OPT_HIDDEN | OPT_TEST, "" },
};
static const struct opt elsewhere_rows[] = {
	{ 0, "root", OPT_DIR, "DIR", 0, 0, "" },
};
static const struct opt_set elsewhere = { .rows = elsewhere_rows, .n = 1 };
static const struct opt_set set = {
	.rows = rows, .n = ARRAY_SIZE(rows), .command = "try", .elsewhere = &elsewhere
};

static struct sample got;
static struct opt_words words;

#define PARSE(e, ...)                                                                   \
	({                                                                              \
		char *argv_[] = { __VA_ARGS__, NULL };                                  \
		got = (struct sample){ .format = -1 };                                  \
		opt_parse(&set, (int)ARRAY_SIZE(argv_) - 1, argv_, false, &got, &words, \
			e);                                                             \
	})

static void one_dash_or_two_blank_or_equals(void **state)
{
	(void)state;
	assert_int_equal(PARSE(NULL, "--bundle", "/b", "web"), 3);
	assert_string_equal(got.bundle, "/b");
	assert_int_equal(words.n, 1);
	assert_string_equal(words.words[0], "web");
	assert_int_equal(PARSE(NULL, "--bundle=/b", "web"), 2);
	assert_string_equal(got.bundle, "/b");
	assert_int_equal(PARSE(NULL, "-bundle", "/b"), 2);
	assert_string_equal(got.bundle, "/b");
	assert_int_equal(PARSE(NULL, "-bundle=/b=c"), 1);
	assert_string_equal(got.bundle, "/b=c");
	assert_int_equal(PARSE(NULL, "-b", "/b"), 2);
	assert_string_equal(got.bundle, "/b");
	assert_int_equal(PARSE(NULL, "-b=/b"), 1);
	assert_string_equal(got.bundle, "/b");
	assert_int_equal(PARSE(NULL, "-b/b"), 1);
	assert_string_equal(got.bundle, "/b");
	assert_int_equal(PARSE(NULL, "-fqb", "/b"), 2);
	assert_true(got.force && got.quiet);
	assert_string_equal(got.bundle, "/b");
	assert_int_equal(PARSE(NULL, "-fqb/b"), 1);
	assert_string_equal(got.bundle, "/b");
	assert_int_equal(PARSE(NULL, "-force"), 1);
	assert_true(got.force && !got.quiet);
}

/* What follows the id belongs to another program (exec). */
static void the_rest_is_another_command_line(void **state)
{
	static const struct opt list_rows[] = {
		{ 'e', "env", OPT_LIST, "X", 0, 0, "" },
	};
	const struct opt_set exec_set = {
		.rows = list_rows, .n = 1, .command = "exec", .rest_after = 1
	};
	static const struct {
		const char *argv[8];
		size_t n_env, rest, n_rest;
	} cases[] = {
		{ { "web" }, 0, 1, 0 },
		{ { "web", "ls", "-e", "x" }, 0, 1, 3 },
		{ { "-e", "A=1", "--env=B", "-eC", "web", "--", "ls", "--" }, 3, 6, 2 },
		{ { "web", "--", "--", "-x" }, 0, 2, 2 },
		{ { "--", "web", "--", "ls" }, 0, 2, 2 },
		{ { "web", "--env" }, 0, 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct opt_list list = { .n = 0 };
		struct opt_words w;
		int argc = 0;

		while (argc < 8 && cases[i].argv[argc])
			argc++;
		assert_int_equal(opt_parse(&exec_set, argc,
					 (char *const *)(uintptr_t)cases[i].argv, false,
					 &list, &w, NULL),
			argc);
		assert_int_equal(w.n, 1);
		assert_string_equal(w.words[0], "web");
		assert_int_equal(list.n, cases[i].n_env);
		if (list.n)
			assert_string_equal(list.items[2], "C");
		assert_int_equal(w.n_rest, cases[i].n_rest);
		if (w.n_rest)
			assert_ptr_equal((const char *const *)w.rest,
				&cases[i].argv[cases[i].rest]);
		opt_done(&exec_set, &list);
		assert_null(list.items);
	}
}

static void options_on_either_side(void **state)
{
	(void)state;
	assert_int_equal(PARSE(NULL, "web", "-f", "KILL", "--bundle", "/b"), 5);
	assert_true(got.force);
	assert_string_equal(got.bundle, "/b");
	assert_int_equal(words.n, 2);
	assert_string_equal(words.words[1], "KILL");
}

static void two_dashes_end_options(void **state)
{
	(void)state;
	assert_int_equal(PARSE(NULL, "-f", "--", "-q", "--"), 4);
	assert_true(got.force && !got.quiet);
	assert_int_equal(words.n, 2);
	assert_string_equal(words.words[0], "-q");
	assert_string_equal(words.words[1], "--");
}

static void dash_and_negative_numbers_are_words(void **state)
{
	(void)state;
	assert_int_equal(PARSE(NULL, "web", "-9", "-"), 3);
	assert_int_equal(words.n, 3);
	assert_string_equal(words.words[1], "-9");
	assert_string_equal(words.words[2], "-");
}

static void values_may_look_like_options(void **state)
{
	(void)state;
	assert_int_equal(PARSE(NULL, "--label", "--force"), 2);
	assert_string_equal(got.label, "--force");
	assert_false(got.force);
	assert_int_equal(PARSE(NULL, "--label="), 1);
	assert_string_equal(got.label, "");
	assert_int_equal(PARSE(NULL, "--label", ""), 2);
	assert_string_equal(got.label, "");
}

static void flags_take_a_truth_value(void **state)
{
	(void)state;
	assert_int_equal(PARSE(NULL, "--force=true"), 1);
	assert_true(got.force);
	assert_int_equal(PARSE(NULL, "--force", "--force=false"), 2);
	assert_false(got.force);
	assert_int_equal(PARSE(NULL, "-f=0"), 1);
	assert_false(got.force);
	assert_int_equal(PARSE(NULL, "-f=1"), 1);
	assert_true(got.force);
	/* the next word is not a value */
	assert_int_equal(PARSE(NULL, "--force", "false"), 2);
	assert_true(got.force);
	assert_int_equal(words.n, 1);
	assert_int_equal(PARSE(NULL, "--force=maybe"), -EINVAL);
	assert_int_equal(PARSE(NULL, "--force="), -EINVAL);
}

static void the_last_one_counts(void **state)
{
	(void)state;
	assert_int_equal(PARSE(NULL, "-b", "/a", "-f", "-f", "-b", "/b"), 6);
	assert_string_equal(got.bundle, "/b");
}

static void numbers(void **state)
{
	static const char *const bad[] = { "", "-1", "+1", " 1", "1 ", "0x10",
		"4294967296", "99999999999999999999", "1e3", "01" };

	(void)state;
	assert_int_equal(PARSE(NULL, "--preserve-fds", "4294967295"), 2);
	assert_true(got.fds == UINT32_MAX);
	assert_int_equal(PARSE(NULL, "--preserve-fds=0"), 1);
	assert_int_equal(got.fds, 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_error struct error e = ERROR_INIT;

		assert_int_equal(
			PARSE(&e, "--preserve-fds", (char *)(uintptr_t)bad[i]), -EINVAL);
		assert_int_equal(e.kind, ERR_USAGE);
	}
}

static void choice(void **state)
{
	auto_error struct error e = ERROR_INIT;

	(void)state;
	assert_int_equal(PARSE(NULL, "--format", "table"), 2);
	assert_int_equal(got.format, 0);
	assert_int_equal(PARSE(NULL, "--format=json"), 1);
	assert_int_equal(got.format, 1);
	assert_int_equal(PARSE(NULL, "--format=t"), 1);
	assert_int_equal(got.format, 2);
	assert_int_equal(PARSE(NULL, "--format=ta"), -EINVAL);
	assert_int_equal(PARSE(NULL, "--format="), -EINVAL);
	assert_int_equal(PARSE(NULL, "--format=table|json"), -EINVAL);
	assert_int_equal(PARSE(&e, "--format=xml"), -EINVAL);
	assert_non_null(strstr(e.text, "table|json"));
}

static void a_path_is_not_empty(void **state)
{
	(void)state;
	assert_int_equal(PARSE(NULL, "--bundle="), -EINVAL);
	assert_int_equal(PARSE(NULL, "--bundle", ""), -EINVAL);
	assert_int_equal(PARSE(NULL, "-b="), -EINVAL);
}

/* podman looks for these words */
static void a_missing_value(void **state)
{
	auto_error struct error e = ERROR_INIT;

	(void)state;
	assert_int_equal(PARSE(&e, "web", "--bundle"), -EINVAL);
	assert_string_equal(e.text, "flag needs an argument: --bundle");
	assert_int_equal(PARSE(&e, "-b"), -EINVAL);
	assert_string_equal(e.text, "flag needs an argument: --bundle");
	assert_int_equal(PARSE(&e, "-fqb"), -EINVAL);
	assert_string_equal(e.text, "flag needs an argument: --bundle");
}

static void unknown_options_name_the_nearest(void **state)
{
	auto_error struct error e = ERROR_INIT;

	(void)state;
	assert_int_equal(PARSE(&e, "--bundel", "x"), -EINVAL);
	assert_string_equal(e.text, "unknown option --bundel; the nearest is --bundle");
	assert_string_equal(e.doing, "try");
	assert_int_equal(PARSE(&e, "--zzzzzzzz=3"), -EINVAL);
	assert_string_equal(e.text, "unknown option --zzzzzzzz=3");
	assert_int_equal(PARSE(&e, "-z"), -EINVAL);
	assert_int_equal(PARSE(&e, "-fz"), -EINVAL);
	/* nothing hidden is recommended */
	assert_int_equal(PARSE(&e, "--secrets"), -EINVAL);
	assert_null(strstr(e.text, "nearest"));
	assert_int_equal(PARSE(&e, "--root", "x"), -EINVAL);
	assert_non_null(strstr(e.hint, "before the command"));
	assert_int_equal(PARSE(&e, "--"), 1);
	assert_int_equal(PARSE(&e, "---force"), -EINVAL);
	assert_int_equal(PARSE(&e, "--=x"), -EINVAL);
	assert_int_equal(PARSE(&e, "-="), -EINVAL);
}

static void a_long_option_is_cut_in_the_message(void **state)
{
	auto_error struct error e = ERROR_INIT;
	auto_free char *word = malloc(100001);

	(void)state;
	memset(word, '-', 2);
	memset(word + 2, 'x', 99998);
	word[100000] = '\0';
	assert_int_equal(PARSE(&e, word), -EINVAL);
	assert_true(strlen(e.text) < 200);
}

static void help(void **state)
{
	(void)state;
	assert_int_equal(PARSE(NULL, "--help"), 1);
	assert_true(words.help);
	assert_int_equal(PARSE(NULL, "web", "-h"), 2);
	assert_true(words.help);
	assert_int_equal(PARSE(NULL, "-help"), 1);
	assert_true(words.help);
	assert_int_equal(PARSE(NULL, "--label", "--help"), 2);
	assert_false(words.help);
	assert_int_equal(PARSE(NULL, "--", "--help"), 2);
	assert_false(words.help);
}

static void only_test_builds_have_test_options(void **state)
{
	(void)state;
	assert_int_equal(PARSE(NULL, "--host", "x"), DAVIT_TEST_HOOKS ? 2 : -EINVAL);
}

static void many_words_are_counted(void **state)
{
	char word[] = "w";
	char *argv[1000];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(argv); i++)
		argv[i] = word;
	assert_int_equal(opt_parse(&set, 1000, argv, false, &got, &words, NULL), 1000);
	assert_int_equal(words.n, 1000);
}

static void one_word_stops(void **state)
{
	char *argv[] = { (char[]){ "-f" }, (char[]){ "create" }, (char[]){ "-q" } };

	(void)state;
	got = (struct sample){ .format = -1 };
	assert_int_equal(opt_parse(&set, 3, argv, true, &got, &words, NULL), 2);
	assert_true(got.force && !got.quiet);
	assert_string_equal(words.words[0], "create");
	assert_int_equal(opt_parse(&set, 0, argv, true, &got, &words, NULL), 0);
	assert_int_equal(words.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_dash_or_two_blank_or_equals),
		cmocka_unit_test(the_rest_is_another_command_line),
		cmocka_unit_test(options_on_either_side),
		cmocka_unit_test(two_dashes_end_options),
		cmocka_unit_test(dash_and_negative_numbers_are_words),
		cmocka_unit_test(values_may_look_like_options),
		cmocka_unit_test(flags_take_a_truth_value),
		cmocka_unit_test(the_last_one_counts),
		cmocka_unit_test(numbers),
		cmocka_unit_test(choice),
		cmocka_unit_test(a_path_is_not_empty),
		cmocka_unit_test(a_missing_value),
		cmocka_unit_test(unknown_options_name_the_nearest),
		cmocka_unit_test(a_long_option_is_cut_in_the_message),
		cmocka_unit_test(help),
		cmocka_unit_test(only_test_builds_have_test_options),
		cmocka_unit_test(many_words_are_counted),
		cmocka_unit_test(one_word_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
