/* SPDX-License-Identifier: Apache-2.0 */
/* A state folder in a temporary folder for each test. */
#include "config.h"

#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"

struct store store = { .fd = -EBADF };

static int remove_one(
	const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

int store_setup(void **state)
{
	(void)state;
	umask(022);
	snprintf(store.path, sizeof(store.path), "/tmp/davit-state-XXXXXX");
	if (!mkdtemp(store.path))
		return -1;
	store.fd = state_root_open(store.path, false, NULL);
	return store.fd < 0 ? -1 : 0;
}

int store_teardown(void **state)
{
	(void)state;
	cleanup_fd(&store.fd);
	arena_done(&store.arena);
	return nftw(store.path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

char *store_read(const char *path)
{
	auto_buf struct buf text = BUF_INIT;

	if (io_read_at(store.fd, path, 1u << 20, &text, NULL) < 0)
		return NULL;
	return arena_strdup(&store.arena, text.p ? text.p : "");
}

void store_write(const char *path, const char *text, unsigned mode)
{
	char folder[256];
	auto_fd int fd = -EBADF;

	snprintf(folder, sizeof(folder), "%s", path);
	if (strchr(folder, '/')) {
		*strrchr(folder, '/') = '\0';
		if (mkdirat(store.fd, folder, 0700) < 0)
			assert_int_equal(errno, EEXIST);
	}
	fd = openat(store.fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(io_write_fd(fd, text, strlen(text)), 0);
}

size_t store_count(const char *path)
{
	DIR *dir = fdopendir(openat(store.fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *d;
	size_t n = 0;

	assert_non_null(dir);
	while ((d = readdir(dir)))
		n += strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
	closedir(dir);
	return n;
}

void store_container(const char *id, long pid, unsigned long long starttime)
{
	struct state_record rec = { .bundle = "/b" };
	struct state s;

	assert_int_equal(state_record_stamp(&store.arena, &rec, NULL), 0);
	assert_int_equal(state_reserve(store.fd, id, &store.arena, &rec, &s, NULL), 0);
	s.rec.status = "created";
	s.rec.pid = pid;
	s.rec.starttime = starttime;
	assert_int_equal(state_commit(&s, NULL), 0);
	state_close(&s);
}
