/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: command lines. The first byte chooses the command, NUL divides the words. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "cli/command.h"

#define WORDS_MAX 64

static void check(const struct opt_set *set, size_t options_size, int argc, char **argv,
	bool one_word)
{
	auto_free void *options = calloc(1, options_size ? options_size : 1);
	auto_error struct error e = ERROR_INIT;
	struct opt_words words;
	int r;

	if (!options)
		return;
	r = opt_parse(set, argc, argv, one_word, options, &words, &e);
	opt_done(set, options);
	if (r > argc || (r < 0) != err_is(&e))
		abort();
	if (words.n + words.n_rest > (size_t)argc || (one_word && words.n > 1))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = malloc(size + 1);
	char *argv[WORDS_MAX + 1];
	size_t which;
	int argc = 0;

	if (!text || size == 0)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	for (char *p = text; p < text + size && argc < WORDS_MAX; p += strlen(p) + 1)
		argv[argc++] = p;
	argv[argc] = NULL;
	which = data[0] % (cli_n_commands + 1);
	if (which == cli_n_commands)
		check(&cli_global_options, sizeof(struct global_opts), argc, argv, true);
	else
		check(&cli_commands[which].options, cli_commands[which].options_size,
			argc, argv, false);
	return 0;
}
