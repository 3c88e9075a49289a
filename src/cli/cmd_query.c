/* SPDX-License-Identifier: Apache-2.0 */
/* state, features, version. */
#include "config.h"
#include "identity.h"

#include "cli/command.h"

#include <errno.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"

int cmd_state(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	char *json = NULL;
	int r = davit_state(cli->store, words->words[0], &json, &cli->err);

	(void)options;
	return r < 0 ? r : cli_print_text(json, e);
}

int cmd_features(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	char *json = NULL;
	int r = davit_features(&json, &cli->err);

	(void)options;
	(void)words;
	return r < 0 ? r : cli_print_text(json, e);
}

/* Engines read the first three lines; no other may hold the word of the first. */
int cmd_version(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	auto_buf struct buf out = BUF_INIT;
	int r = buf_addf(&out,
		"davit version %s\ncommit: %s\nspec: %s\nfeatures: %cseccomp %cnetdev%s\n",
		davit_version(), DAVIT_COMMIT, davit_spec_version(),
		HAVE_SECCOMP ? '+' : '-', HAVE_MNL ? '+' : '-',
		DAVIT_TEST_HOOKS ? " +test-hooks" : "");

	(void)cli;
	(void)options;
	(void)words;
	if (r < 0)
		return err_sys(e, ENOMEM, "malloc", "cannot print what this davit is");
	return cli_print(out.p, out.len, e);
}
