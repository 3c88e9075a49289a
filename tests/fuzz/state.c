/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: state.json as somebody has left it. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"
#include "state/state.h"

static char path[64];
static int rootfd = -EBADF;

static void clear(void)
{
	char name[128];

	snprintf(name, sizeof(name), "%s/x/state.json", path);
	unlink(name);
	snprintf(name, sizeof(name), "%s/x", path);
	rmdir(name);
	rmdir(path);
}

static void make_store(void)
{
	snprintf(path, sizeof(path), "/tmp/davit-fuzz-XXXXXX");
	if (!mkdtemp(path))
		abort();
	rootfd = state_root_open(path, false, NULL);
	if (rootfd < 0 || mkdirat(rootfd, "x", 0700) < 0)
		abort();
	atexit(clear);
}

static void put(const uint8_t *data, size_t size)
{
	auto_fd int fd = openat(
		rootfd, "x/state.json", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || io_write_fd(fd, data, size) < 0)
		abort();
}

static int count(void *arg, const char *id)
{
	unsigned *n = arg;

	if (strcmp(id, "x") != 0)
		abort();
	++*n;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena a = ARENA_INIT;
	struct state s;
	bool broken;
	unsigned n = 0;
	int r;

	if (rootfd < 0)
		make_store();
	put(data, size);
	/* A container is listed exactly when delete --force would find it. */
	if (state_each(rootfd, true, count, &n, NULL) < 0)
		abort();
	r = state_open_any(rootfd, "x", &a, &s, &broken, NULL);
	if ((r == 0) != (n == 1) || (r < 0 && r != -ENOENT))
		abort();
	if (r < 0)
		return 0;
	if (!s.rec.id || strcmp(s.rec.id, "x") != 0)
		abort();
	if (!broken) {
		/* What is read in full is the same when it is written and read again. */
		struct state t;

		if (state_commit(&s, NULL) < 0 ||
			state_open(rootfd, "x", &a, &t, NULL) < 0 ||
			t.rec.pid != s.rec.pid ||
			strcmp(t.rec.status, s.rec.status) != 0 ||
			t.rec.n_annotations != s.rec.n_annotations)
			abort();
		state_close(&t);
	}
	state_close(&s);
	return 0;
}
