/* SPDX-License-Identifier: Apache-2.0 */
/* davit-gen: prints the files of the tree that are written from the tables. */
#include "config.h"

#include "cli/gen/gen.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"

#define BEGIN ".\\\" generated: "
#define END ".\\\" end"

static const char usage[] =
	"usage: davit-gen WHAT\n"
	"  man COMMAND     synopsis and options of a man page\n"
	"  fill < PAGE     a man page, the parts between '" BEGIN "WHAT' and '" END "'\n"
	"                  written anew; WHAT is synopsis [COMMAND], options [COMMAND],\n"
	"                  commands, config, names, state or mount-options\n"
	"  config5         the members of config.json\n"
	"  bash, zsh, fish completions\n"
	"  steps           docs/step-order.md\n";

static const struct {
	const char *name;
	int (*plain)(struct buf *out);
	int (*of_command)(const char *command, struct buf *out);
} parts[] = {
	{ .name = "synopsis", .of_command = gen_synopsis },
	{ .name = "options", .of_command = gen_options },
	{ .name = "commands", .plain = gen_commands },
	{ .name = "config", .plain = gen_config },
	{ .name = "config5", .plain = gen_config },
	{ .name = "names", .plain = gen_names },
	{ .name = "state", .plain = gen_state },
	{ .name = "mount-options", .plain = gen_mount_options },
	{ .name = "steps", .plain = gen_steps },
	{ .name = "bash", .plain = gen_bash },
	{ .name = "zsh", .plain = gen_zsh },
	{ .name = "fish", .plain = gen_fish },
};

/* "options create" */
static int part(const char *words, struct buf *out)
{
	size_t len = strcspn(words, " ");
	const char *command = words[len] ? words + len + 1 : NULL;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (strlen(parts[i].name) != len ||
			memcmp(parts[i].name, words, len) != 0)
			continue;
		if (parts[i].plain)
			return command ? -EINVAL : parts[i].plain(out);
		return parts[i].of_command(command, out);
	}
	return -EINVAL;
}

/* The page with its generated parts written anew; an open part is an error. */
static int fill(char *page, struct buf *out)
{
	bool skip = false;
	char *save = NULL;
	int r = 0;

	for (char *line = page; r == 0 && line && *line; line = save) {
		save = strchr(line, '\n');
		if (save)
			*save++ = '\0';
		if (skip && strcmp(line, END) == 0)
			skip = false;
		if (skip)
			continue;
		r = buf_addf(out, "%s\n", line);
		if (r < 0 || strncmp(line, BEGIN, strlen(BEGIN)) != 0)
			continue;
		skip = true;
		r = part(line + strlen(BEGIN), out);
		if (r < 0)
			fprintf(stderr, "davit-gen: cannot write \"%s\"\n", line);
	}
	if (r == 0 && skip) {
		fprintf(stderr, "davit-gen: a part without \"%s\"\n", END);
		return -EINVAL;
	}
	return r;
}

static int fill_stdin(struct buf *out)
{
	auto_buf struct buf page = BUF_INIT;
	int r = io_read_fd(0, 1u << 20, &page);

	return r < 0 ? r : fill(page.p ? page.p : (char[]){ "" }, out);
}

static int man(const char *command, struct buf *out)
{
	int r = gen_synopsis(command, out);

	return r < 0 ? r : gen_options(command, out);
}

int main(int argc, char **argv)
{
	auto_buf struct buf out = BUF_INIT;
	int r;

	if (argc == 2 && strcmp(argv[1], "fill") == 0)
		r = fill_stdin(&out);
	else if (argc == 3 && strcmp(argv[1], "man") == 0)
		r = man(strcmp(argv[2], "davit") == 0 ? NULL : argv[2], &out);
	else if (argc == 2)
		r = part(argv[1], &out);
	else
		r = -EINVAL;
	if (r < 0) {
		fputs(usage, stderr);
		return EXIT_FAILURE;
	}
	return io_write_fd(1, out.p, out.len) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
