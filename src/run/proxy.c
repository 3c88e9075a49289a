/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal of a process in the foreground: its bytes go between its pseudo terminal and our
 * standard descriptors, through bounded buffers, in one loop with the signals. Nothing waits for
 * anything else: who does not read stops only what comes from the other side.
 */
#include "config.h"

#include "run/proxy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "run/attend.h"
#include "run/flow.h"
#include "sys/pty.h"

/* After the end of the program: more than the kernel holds for a terminal. Somebody who has it
 * still may write for ever. */
#define LAST_BYTES (1u << 20)
/* How often a terminal is looked at that nobody has open, where we cannot hold it open. */
#define HUNG_UP_MS 100

enum { W_SIGNALS, W_MASTER, W_IN, W_OUT, W_NOTIFY, WATCHES };

struct watch {
	int fd;
	uint32_t events;
	bool plain; /* a file: always ready */
};

struct proxy {
	struct child *child;
	int epoll;
	struct watch watches[WATCHES];
	struct flow up, down; /* to the container, from it */
	int slave;	      /* held, so that the master never hangs up; or -EBADF */
	bool give_up;	      /* told to end while the last bytes do not get out */
	size_t last;	      /* bytes read since the end of the program */
};

/*
 * Our terminal as it was, for the handler of the signals that end us (it cannot be told anything
 * else): whatever happens, the person gets it back as it was.
 */
static struct {
	volatile sig_atomic_t raw;
	struct termios saved;
} modes;

static const int deadly[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP };
static struct sigaction before[ARRAY_SIZE(deadly)];

static void restore_modes(void)
{
	if (!modes.raw)
		return;
	modes.raw = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &modes.saved);
}

static void on_deadly(int sig)
{
	restore_modes();
	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
		if (deadly[i] == sig)
			sigaction(sig, &before[i], NULL);
	raise(sig);
}

static void guard_modes(bool on)
{
	struct sigaction action = { .sa_handler = on_deadly, .sa_flags = SA_NODEFER };

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
		sigaction(deadly[i], on ? &action : &before[i], on ? &before[i] : NULL);
}

/*
 * The container's terminal does what a terminal does; ours only carries. Not from the background,
 * where the terminal is somebody else's: then when we are brought to the foreground.
 */
static void make_raw(void)
{
	struct termios raw;

	if (tcgetpgrp(STDIN_FILENO) != getpgrp() ||
		tcgetattr(STDIN_FILENO, modes.raw ? &raw : &modes.saved) < 0)
		return;
	raw = modes.saved;
	cfmakeraw(&raw);
	modes.raw = 1;
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
		log_warning("the terminal could not be made raw: %s", err_name(errno));
}

void proxy_size(int master)
{
	struct winsize size;
	int r;

	for (int fd = 0; fd < 3; fd++) {
		if (ioctl(fd, TIOCGWINSZ, &size) < 0)
			continue;
		r = sys_pty_resize(master, size.ws_row, size.ws_col);
		if (r < 0)
			log_debug("the terminal could not be resized: %s", err_name(r));
		return;
	}
}

static int watch(struct proxy *p, int which, uint32_t events, struct error *e)
{
	struct watch *w = &p->watches[which];
	struct epoll_event ev = { .events = events, .data.u32 = (uint32_t)which };
	int op = !events ? EPOLL_CTL_DEL : w->events ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (events == w->events)
		return 0;
	if (!w->plain && epoll_ctl(p->epoll, op, w->fd, &ev) < 0) {
		if (errno != EPERM)
			return err_sys(
				e, errno, "epoll_ctl", "cannot watch a descriptor");
		w->plain = true;
	}
	w->events = events;
	return 0;
}

/* Who has nothing to do is not watched at all: a hang-up would be told for ever. */
static int watch_all(struct proxy *p, struct error *e)
{
	const struct flow *up = &p->up, *down = &p->down;
	bool read_master = flow_has_room(down) && !down->from.hung_up;
	bool write_master = flow_has_data(up) && !up->broken && !p->child->dead;
	bool read_in = flow_has_room(up) && !up->from.hung_up && !p->child->dead;
	int r = watch(p, W_MASTER,
		(read_master ? EPOLLIN : 0u) | (write_master ? EPOLLOUT : 0u), e);

	if (r == 0)
		r = watch(p, W_IN, read_in ? EPOLLIN : 0, e);
	if (r == 0)
		r = watch(p, W_OUT, flow_has_data(down) ? EPOLLOUT : 0, e);
	return r;
}

static void on_signal(struct proxy *p, const struct signalfd_siginfo *si)
{
	int sig = (int)si->ssi_signo;

	if (sig == SIGWINCH) {
		proxy_size(p->child->tty);
		return;
	}
	if (p->child->dead &&
		(sig == SIGTERM || sig == SIGINT || sig == SIGHUP || sig == SIGQUIT))
		p->give_up = true;
	/* In the foreground again, and whoever had it meanwhile set it as he liked. */
	if (sig == SIGCONT) {
		make_raw();
		p->up.from.hung_up = false;
	}
	attend_forward(p->child, si);
}

static void take_signals(struct proxy *p)
{
	struct signalfd_siginfo si[8];
	ssize_t n;

	do {
		n = read(p->watches[W_SIGNALS].fd, si, sizeof(si));
		for (ssize_t i = 0; i < n / (ssize_t)sizeof(*si); i++) {
			on_signal(p, &si[i]);
			if (si[i].ssi_signo == SIGCHLD)
				attend_reap(p->child);
		}
	} while (n == (ssize_t)sizeof(si));
}

/* What one round found ready, by watch. */
static int await(struct proxy *p, uint32_t ready[WATCHES], struct error *e)
{
	struct epoll_event ev[WATCHES];
	int timeout = p->down.from.hung_up || p->child->dead ? HUNG_UP_MS : -1, n;

	memset(ready, 0, sizeof(*ready) * WATCHES);
	for (int i = 0; i < WATCHES; i++) {
		if (!p->watches[i].plain || !p->watches[i].events)
			continue;
		ready[i] = p->watches[i].events;
		timeout = 0;
	}
	n = epoll_wait(p->epoll, ev, WATCHES, timeout);
	if (n < 0 && errno != EINTR)
		return err_sys(e, errno, "epoll_wait", "cannot wait for the container");
	for (int i = 0; i < n; i++)
		ready[ev[i].data.u32] = ev[i].events;
	if (n == 0)
		p->down.from.hung_up = false;
	return 0;
}

/* The program has ended: what it said last is there already, or never comes. */
static void take_last(struct proxy *p)
{
	while (flow_has_room(&p->down)) {
		int n = flow_fill(&p->down);

		if (n > 0)
			p->last += (size_t)n;
		if (n <= 0 || p->last > LAST_BYTES)
			p->down.eof = true;
	}
}

static int rounds(struct proxy *p, struct error *e)
{
	uint32_t ready[WATCHES];
	int r;

	attend_reap(p->child);
	while (!p->child->dead || flow_has_room(&p->down) || flow_has_data(&p->down)) {
		if (p->give_up)
			return 0;
		if (p->child->dead)
			take_last(p);
		r = watch_all(p, e);
		if (r == 0)
			r = await(p, ready, e);
		if (r < 0)
			return r;
		if (ready[W_SIGNALS])
			take_signals(p);
		if (ready[W_NOTIFY])
			notify_take(&p->child->notify);
		if (ready[W_IN])
			flow_fill(&p->up);
		if (ready[W_MASTER] & ~(uint32_t)EPOLLOUT)
			flow_fill(&p->down);
		if (ready[W_OUT] || (flow_has_data(&p->down) && !p->down.to.waits))
			flow_drain(&p->down);
		if (flow_has_data(&p->up) && !p->child->dead)
			flow_drain(&p->up);
	}
	return 0;
}

static int open_all(struct proxy *p, int signals, struct error *e)
{
	int flags = fcntl(p->child->tty, F_GETFL);

	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (p->epoll < 0)
		return err_sys(
			e, errno, "epoll_create1", "cannot wait for the container");
	if (flags < 0 || fcntl(p->child->tty, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_sys(e, errno, "fcntl", "cannot use the terminal");
	flow_end_init(&p->up.from, STDIN_FILENO);
	flow_end_init(&p->up.to, p->child->tty);
	flow_end_init(&p->down.from, p->child->tty);
	flow_end_init(&p->down.to, STDOUT_FILENO);
	/* The number of whoever has it may fall to none and rise again while the program runs. */
	p->slave = sys_pty_peer(p->child->tty, NULL);
	p->watches[W_SIGNALS].fd = signals;
	p->watches[W_MASTER].fd = p->child->tty;
	p->watches[W_IN].fd = p->up.from.fd;
	p->watches[W_OUT].fd = p->down.to.fd;
	p->watches[W_NOTIFY].fd = p->child->notify.sock;
	if (p->child->notify.sock >= 0 && watch(p, W_NOTIFY, EPOLLIN, e) < 0)
		return e ? e->code : -EIO;
	return watch(p, W_SIGNALS, EPOLLIN, e);
}

int proxy(struct child *c, int signals, struct error *e)
{
	struct proxy p = { .child = c, .epoll = -EBADF, .slave = -EBADF };
	int r = open_all(&p, signals, e);

	if (r == 0) {
		guard_modes(true);
		if (isatty(STDIN_FILENO))
			make_raw();
		r = rounds(&p, e);
		restore_modes();
		guard_modes(false);
	}
	flow_end_done(&p.up.from);
	flow_end_done(&p.down.to);
	cleanup_fd(&p.slave);
	cleanup_fd(&p.epoll);
	/* Whoever has the terminal still is told that it is gone. */
	cleanup_fd(&c->tty);
	return r;
}
