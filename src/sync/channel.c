/* SPDX-License-Identifier: Apache-2.0 */
/* The two ends of the channel between the command and its children. */
#include "config.h"

#include "sync/channel.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sys/sock.h"

int chan_pair(struct chan out[2], struct error *e)
{
	int fds[2];
	int r = sock_pair(fds, e);

	if (r < 0)
		return r;
	out[0] = (struct chan){ .fd = fds[0], .senders = MSGS_RELAY | MSGS_INIT };
	out[1] = (struct chan){ .fd = fds[1], .phase = MSGP_BORN };
	return 0;
}

int chan_send(struct chan *c, const struct msg *m, const int *fds, size_t n_fds)
{
	unsigned char bytes[MSG_MAX];
	struct msg stamped = *m;
	int n;

	if (n_fds > MSG_MAX_FDS)
		return -EINVAL;
	stamped.phase = c->phase;
	n = msg_encode(&stamped, bytes);
	if (n < 0)
		return n;
	n = sock_send(c->fd, bytes, (size_t)n, fds, n_fds);
	return n < 0 ? n : 0;
}

static void close_fds(int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cleanup_fd(&fds[i]);
}

/* The message as bytes and descriptors, which the caller owns; 0 at end-of-file. */
static int receive(int fd, unsigned char bytes[MSG_MAX], struct msg *m,
	int out[MSG_MAX_FDS], size_t *n_out, int timeout_ms)
{
	int fds[SOCK_MAX_FDS];
	size_t n_fds = 0;
	ssize_t n;
	int r;

	*n_out = 0;
	n = sock_recv(fd, bytes, MSG_MAX, fds, &n_fds, timeout_ms);
	if (n <= 0)
		return (int)n;
	r = msg_decode(bytes, (size_t)n, m);
	if (r < 0 || n_fds > MSG_MAX_FDS) {
		close_fds(fds, n_fds);
		return -EBADMSG;
	}
	memcpy(out, fds, n_fds * sizeof(*fds));
	*n_out = n_fds;
	return 1;
}

/* What the parent answered to the request kind; an fd that nobody wants is closed. */
static int read_answer(const struct msg *m, const char *kind, int *fds, size_t n_fds,
	int *fd, struct error *e)
{
	if (m->kind == MSG_ERROR) {
		close_fds(fds, n_fds);
		if (err_unpack(m->payload, m->len, e) < 0)
			return err_set(e, ERR_BUG, -EPROTO,
				"the answer to %s is a broken error", kind);
		return e ? e->code : -EIO;
	}
	if (m->kind != MSG_DONE || n_fds != (fd ? 1 : 0)) {
		close_fds(fds, n_fds);
		return err_set(
			e, ERR_BUG, -EPROTO, "the parent's answer to %s is odd", kind);
	}
	if (m->errnum) {
		close_fds(fds, n_fds);
		return err_sys(e, m->errnum, "", "the parent refused %s", kind);
	}
	if (fd)
		*fd = fds[0];
	return 0;
}

static int ask(
	struct chan *c, uint32_t kind, uint32_t arg, int give, int *fd, struct error *e)
{
	const struct msg_info *info = msg_info(kind);
	const char *name = info ? info->name : "an unknown request";
	const struct msg question = { .kind = kind, .arg = arg };
	unsigned char bytes[MSG_MAX];
	int fds[MSG_MAX_FDS];
	struct msg answer;
	size_t n_fds;
	int r;

	r = chan_send(c, &question, &give, give >= 0 ? 1 : 0);
	if (r < 0)
		return err_sys(e, -r, "sendmsg", "cannot ask the parent for %s", name);
	/* No deadline: hooks take their time, and the parent's death is an end-of-file. */
	r = receive(c->fd, bytes, &answer, fds, &n_fds, -1);
	if (r == 0)
		return err_set(
			e, ERR_SYSTEM, -EPIPE, "the parent went away during %s", name);
	if (r < 0)
		return err_sys(e, -r, "recvmsg", "cannot read the answer to %s", name);
	return read_answer(&answer, name, fds, n_fds, fd, e);
}

int chan_ask(struct chan *c, uint32_t kind, uint32_t arg, int *fd, struct error *e)
{
	return ask(c, kind, arg, -EBADF, fd, e);
}

int chan_give(struct chan *c, uint32_t kind, int fd, struct error *e)
{
	return ask(c, kind, 0, fd, NULL, e);
}

static int send_error(struct chan *c, const struct error *failure)
{
	unsigned char packed[MSG_MAX];
	const struct msg_info *info = msg_info(MSG_ERROR);
	struct msg m = { .kind = MSG_ERROR, .payload = packed };

	m.len = (uint32_t)err_pack(failure, packed, info->max_payload);
	return chan_send(c, &m, NULL, 0);
}

int chan_fail(struct chan *c, const struct error *failure)
{
	return send_error(c, failure);
}

/*
 * A child may be compromised once it runs in the container's root: what it claims is
 * believed only where the table allows it, in this phase, and only once.
 */
static int check(struct chan *c, const struct chan_event *ev, struct error *e)
{
	const struct msg *m = &ev->msg;
	const struct msg_info *info = msg_info(m->kind);
	bool always, back;

	if (!info)
		return err_set(e, ERR_BUG, -EPROTO,
			"protocol: message of the unknown kind %u", (unsigned)m->kind);
	if (!(info->senders & c->senders))
		return err_set(e, ERR_BUG, -EPROTO, "protocol: %s from the wrong sender",
			info->name);
	/* LOG and ERROR may come late from a relay whose init is further on. */
	always = info->phases == MSGP_ANY;
	back = !always && m->phase < c->phase;
	if ((m->phase & (m->phase - 1)) || !(m->phase & info->phases) || back)
		return err_set(e, ERR_BUG, -EPROTO, "protocol: %s in phase %u after %u",
			info->name, (unsigned)m->phase, (unsigned)c->phase);
	if (info->once && (c->seen & (1u << m->kind)))
		return err_set(
			e, ERR_BUG, -EPROTO, "protocol: %s a second time", info->name);
	if (m->len > info->max_payload || ev->n_fds > info->max_fds || m->errnum)
		return err_set(e, ERR_BUG, -EPROTO,
			"protocol: %s with %u bytes and %zu descriptors", info->name,
			(unsigned)m->len, ev->n_fds);
	c->seen |= 1u << m->kind;
	/* The init that was announced begins at the begin. */
	if (m->kind == MSG_INIT_BORN)
		c->phase = 0;
	else if (!always)
		c->phase = m->phase;
	return 1;
}

int chan_recv(struct chan *c, struct chan_event *ev, int timeout_ms, struct error *e)
{
	int r = receive(c->fd, ev->bytes, &ev->msg, ev->fds, &ev->n_fds, timeout_ms);

	/* A child that was killed with unread answers resets the connection. */
	if (r == 0 || r == -ECONNRESET)
		return 0;
	if (r == -ETIMEDOUT)
		return err_set(e, ERR_SYSTEM, r, "no message within %d ms", timeout_ms);
	if (r == -EBADMSG || r == -EMSGSIZE)
		return err_set(e, ERR_BUG, -EPROTO, "protocol: a broken message");
	if (r < 0)
		return err_sys(e, -r, "recvmsg", "cannot read from the child");
	r = check(c, ev, e);
	if (r < 0) {
		close_fds(ev->fds, ev->n_fds);
		ev->n_fds = 0;
	}
	return r;
}

int chan_answer(struct chan *c, const struct error *failure, int fd)
{
	const struct msg done = { .kind = MSG_DONE };

	if (failure && failure->code)
		return send_error(c, failure);
	return chan_send(c, &done, &fd, fd >= 0 ? 1 : 0);
}

void chan_close(struct chan *c)
{
	cleanup_fd(&c->fd);
}
