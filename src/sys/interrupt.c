/* SPDX-License-Identifier: Apache-2.0 */
/* Signals that end what this process waits for. */
#include "config.h"

#include "sys/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/clock.h"

static int interrupts = -EBADF;
static int taken;

int sys_interrupt_begin(struct error *e)
{
	static const int sigs[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	struct sigaction now;
	sigset_t set;

	sys_interrupt_end();
	taken = 0;
	sigemptyset(&set);
	/* nohup(1), and what a shell puts in the background, is not to be ended by these. */
	for (size_t i = 0; i < ARRAY_SIZE(sigs); i++)
		if (sigaction(sigs[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaddset(&set, sigs[i]);
	interrupts = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (interrupts >= 0)
		return 0;
	interrupts = -EBADF;
	return err_sys(e, errno, "signalfd", "cannot take signals");
}

void sys_interrupt_end(void)
{
	cleanup_fd(&interrupts);
}

int sys_interrupt_fd(void)
{
	return interrupts;
}

int sys_interrupt_signal(void)
{
	return taken;
}

int sys_interrupt_check(struct error *e)
{
	struct signalfd_siginfo si;

	if (interrupts < 0 || read(interrupts, &si, sizeof(si)) != (ssize_t)sizeof(si))
		return 0;
	if (!taken)
		taken = (int)si.ssi_signo;
	return err_set(
		e, ERR_SYSTEM, -EINTR, "interrupted by signal %d", (int)si.ssi_signo);
}

int sys_interrupt_wait(int fd, int timeout_ms, struct error *e)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
		{ .fd = interrupts, .events = POLLIN } };
	int64_t deadline = sys_now_ms() + timeout_ms;

	for (;;) {
		int64_t left = timeout_ms < 0 ? -1 : deadline - sys_now_ms();
		int r = poll(p, 2, timeout_ms < 0 ? -1 : left > 0 ? (int)left : 0);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_sys(e, errno, "poll", "cannot wait");
		if (r == 0)
			return 0;
		r = sys_interrupt_check(e);
		if (r < 0)
			return r;
		if (p[0].revents)
			return 1;
	}
}
