/* SPDX-License-Identifier: Apache-2.0 */
/* The lock of a container: a flock on its folder, with a deadline that names the holder. */
#include "config.h"

#include "state/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"
#include "state/internal.h"
#include "sys/clock.h"
#include "sys/proc.h"

#define LOCKS_MAX (4u << 20)
#define PAUSE_MAX_MS 20

/*
 * A line is "1: FLOCK  ADVISORY  WRITE 812 00:19:4711 0 EOF". The device is the file system's
 * own, which stat may hide (btrfs, overlayfs): a line with the same device wins over one
 * with the inode alone. Lines with "->" wait.
 */
static pid_t find_holder(char *text, const struct stat *st)
{
	char *save = NULL;
	pid_t found = 0;

	for (char *line = strtok_r(text, "\n", &save); line;
		line = strtok_r(NULL, "\n", &save)) {
		unsigned dev_major, dev_minor;
		char kind[16], mode[16];
		uint64_t inode;
		int pid;

		if (sscanf(line, "%*u: %15s %*s %15s %d %x:%x:%" SCNu64, kind, mode, &pid,
			    &dev_major, &dev_minor, &inode) != 6 ||
			strcmp(kind, "FLOCK") != 0 || inode != st->st_ino || pid <= 0)
			continue;
		found = pid;
		if (dev_major == major(st->st_dev) && dev_minor == minor(st->st_dev))
			break;
	}
	return found;
}

/* Slow on machines with many locks, so it is only asked when time is up. */
static pid_t holder(int dirfd)
{
	auto_buf struct buf text = BUF_INIT;
	auto_fd int fd = -EBADF;
	struct stat st;

	if (fstat(dirfd, &st) < 0)
		return 0;
	fd = sys_proc_open("locks", O_RDONLY, NULL);
	if (fd < 0 || io_read_fd(fd, LOCKS_MAX, &text) < 0 || text.len == 0)
		return 0;
	return find_holder(text.p, &st);
}

static int busy(const struct state *s, int timeout_ms, struct error *e)
{
	pid_t pid = holder(s->dirfd);
	char name[32], comm[32];
	ssize_t n;

	if (pid <= 0)
		return err_set(e, ERR_STATE, -ETIMEDOUT,
			"container %s is busy: somebody held its lock for %d ms",
			s->rec.id, timeout_ms);
	snprintf(name, sizeof(name), "%d/comm", (int)pid);
	n = sys_proc_read(name, comm, sizeof(comm), NULL);
	if (n > 0 && comm[n - 1] == '\n')
		comm[n - 1] = '\0';
	return err_set(e, ERR_STATE, -ETIMEDOUT,
		"container %s is busy: %s (pid %d) held its lock for %d ms", s->rec.id,
		n > 0 ? comm : "a process", (int)pid, timeout_ms);
}

/* The lock is there; is the container, and is its record still the one that was read? */
static int still_there(struct state *s, bool anew, struct error *e)
{
	enum record_kind kind;
	int r = 0;

	if (!anew)
		r = faccessat(s->dirfd, STATE_FILE, F_OK, 0) < 0 ? -errno : 0;
	else
		r = record_read(s, s->rec.id, &kind, NULL);
	if (r == -ENOENT)
		return state_absent(e);
	if (r < 0)
		return err_sys(
			e, -r, "faccessat", "cannot read the record of %s", s->rec.id);
	return 0;
}

int state_lock(struct state *s, int timeout_ms, struct error *e)
{
	int64_t deadline = timeout_ms > 0 ? sys_now_ms() + timeout_ms : 0;
	struct timespec pause = { .tv_nsec = 1000000 };
	/* Whoever holds the lock of such a container will change its record. */
	bool anew = s->rec.status && strcmp(s->rec.status, "creating") == 0;
	int r;

	while (flock(s->dirfd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return err_sys(
				e, errno, "flock", "cannot lock container %s", s->rec.id);
		if (timeout_ms == 0)
			return err_set(e, ERR_STATE, -EWOULDBLOCK,
				"container %s is busy with another command", s->rec.id);
		if (sys_now_ms() >= deadline)
			return busy(s, timeout_ms, e);
		anew = true;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < PAUSE_MAX_MS * 1000000l)
			pause.tv_nsec *= 2;
	}
	r = still_there(s, anew, e);
	if (r < 0) {
		flock(s->dirfd, LOCK_UN);
		return r;
	}
	s->locked = true;
	return 0;
}

void state_unlock(struct state *s)
{
	if (s->locked)
		flock(s->dirfd, LOCK_UN);
	s->locked = false;
}

/* Shared, so that two who ask do not take each other for the creator. */
bool state_lock_free(struct state *s)
{
	if (s->locked || flock(s->dirfd, LOCK_SH | LOCK_NB) < 0)
		return false;
	flock(s->dirfd, LOCK_UN);
	return true;
}
