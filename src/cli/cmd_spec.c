/* SPDX-License-Identifier: Apache-2.0 */
/* spec: a configuration to begin with. */
#include "config.h"

#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"

#define CONFIG "config.json"

/* A configuration is somebody's work: ours never replaces it unless the file was named. */
static int write_file(
	int dirfd, const char *name, bool replace, const char *text, struct error *e)
{
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY;
	auto_fd int fd = -EBADF;
	int r;

	fd = openat(dirfd, name, flags | (replace ? O_TRUNC : O_EXCL | O_NOFOLLOW), 0644);
	if (fd < 0 && errno == EEXIST && !replace) {
		err_sys(e, EEXIST, "openat", "%s is there already and stays as it is",
			name);
		err_hint(e, "--file %s writes over it", name);
		return -EEXIST;
	}
	if (fd < 0)
		return err_sys(e, errno, "openat", "cannot create %s", name);
	r = io_write_fd(fd, text, strlen(text));
	/* Some file systems tell only here that the disk is full. */
	if (close(take_fd(&fd)) < 0 && r == 0)
		r = -errno;
	if (r == 0)
		return 0;
	if (!replace)
		unlinkat(dirfd, name, 0);
	return err_sys(e, -r, "write", "cannot write %s", name);
}

static int write_config(const struct spec_opts *opts, const char *text, struct error *e)
{
	auto_fd int dir = -EBADF;
	const char *folder = opts->bundle ? opts->bundle : ".";

	if (opts->file && strcmp(opts->file, "-") == 0)
		return cli_print(text, strlen(text), e);
	dir = openat(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(e, errno, "open", "cannot open the folder %s", folder);
	if (opts->file)
		return write_file(dir, opts->file, true, text, e);
	return write_file(dir, CONFIG, false, text, e);
}

int cmd_spec(struct cli *cli, const void *options, const struct opt_words *words,
	struct error *e)
{
	const struct spec_opts *opts = options;
	char *text = NULL;
	bool terminal;
	int r;

	(void)words;
	/* Whoever has a terminal wants one in the container. */
	terminal = isatty(STDOUT_FILENO);
	r = opts->rootless ? davit_spec_rootless(terminal, &text, &cli->err)
			   : davit_spec(terminal, &text, &cli->err);
	if (r < 0)
		return r;
	r = write_config(opts, text, e);
	davit_free(text);
	return r < 0 ? err_wrap(e, "spec") : 0;
}
