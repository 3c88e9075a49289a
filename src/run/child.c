/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child's entry, run anew from the protected binary: the descriptors of its birth, the plan
 * image, the progress page, then relay or init.
 */
#include "config.h"

#include "run/child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/library.h"
#include "run/run.h"
#include "sys/closefds.h"
#include "sys/probe.h"
#include "sys/proc.h"

void child_fail(struct chan *chan, struct error *e)
{
	chan_fail(chan, e);
	_exit(1);
}

/* Map the image privately and turn its offsets into pointers; the mapping lives as long
 * as we do. */
static const struct plan *map_plan(int fd, struct error *e)
{
	const void *plan;
	struct stat st;
	void *image;
	int seals = fcntl(fd, F_GET_SEALS), r;

	if (seals < 0 || !(seals & F_SEAL_WRITE)) {
		err_set(e, ERR_BUG, -EBADMSG, "the plan image is not sealed");
		return NULL;
	}
	if (fstat(fd, &st) < 0 || st.st_size <= 0 ||
		st.st_size > (off_t)SCHEMA_IMAGE_MAX) {
		err_set(e, ERR_BUG, -EBADMSG, "the plan image has a wrong size");
		return NULL;
	}
	image = mmap(
		NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (image == MAP_FAILED) {
		err_sys(e, errno, "mmap", "cannot map the plan image");
		return NULL;
	}
	r = schema_unpack(&object_plan, image, (size_t)st.st_size, &plan);
	if (r < 0) {
		err_set(e, ERR_BUG, r, "the plan image cannot be read");
		return NULL;
	}
	return plan;
}

static void __attribute__((noreturn)) child_run(const struct birth *b)
{
	struct chan chan = { .fd = b->chan, .phase = MSGP_BORN };
	auto_error struct error e = ERROR_INIT;
	struct progress *progress;
	const struct plan *plan;

	library_seal();
	/*
	 * Nobody in a namespace that we join may look into us or attach to us
	 * (CVE-2016-9962); execve of the protected binary has reset the flag. It also
	 * keeps core dumps away (A6).
	 */
	if (prctl(PR_SET_DUMPABLE, 0) < 0) {
		err_sys(&e, errno, "prctl", "cannot become undumpable");
		child_fail(&chan, &e);
	}
	progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED,
		b->progress, 0);
	if (progress == MAP_FAILED) {
		err_sys(&e, errno, "mmap", "cannot map the progress page");
		child_fail(&chan, &e);
	}
	/* The host's /proc, while it is still the one that we see. */
	if (sys_proc_fd(&e) < 0)
		child_fail(&chan, &e);
	plan = map_plan(b->plan, &e);
	if (!plan)
		child_fail(&chan, &e);
	close(b->plan);
	close(b->progress);
	if (plan->relay)
		relay_main(plan, &chan, b, progress);
	init_main(plan, &chan, b, progress, false);
}

void run_child_main(int argc, char **argv)
{
	const char *without = DAVIT_TEST_HOOKS ? getenv("DAVIT_TEST_WITHOUT") : NULL;
	struct birth b;
	int fds[7];

	if (argc != 3 || sscanf(argv[2], "%d,%d,%d,%d,%d,%d,%d", &fds[0], &fds[1],
				 &fds[2], &fds[3], &fds[4], &fds[5], &fds[6]) != 7)
		_exit(1);
	if (without && sys_forget(without) < 0)
		_exit(1);
	b = (struct birth){ fds[0], fds[1], fds[2], fds[3], fds[4], fds[5], fds[6] };
	/* They were open over the execveat only, and no other is but what is passed on; the
	 * next one must not see them. */
	if (sys_cloexec_from(3 + fds[6], NULL) < 0)
		_exit(1);
	signal(SIGPIPE, SIG_IGN);
	child_run(&b);
}
