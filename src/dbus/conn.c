/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting to a bus or a manager, authentication, calls, the end of a job. */
#include "config.h"

#include "dbus/conn.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "dbus/addr.h"
#include "sys/clock.h"
#include "sys/sock.h"

#define MANAGER "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE MANAGER ".Manager"
#define BUS "org.freedesktop.DBus"
#define BUS_PATH "/org/freedesktop/DBus"

/* Answers to us are far smaller; what is larger is somebody's property and not kept. */
#define KEEP_MAX 65536
#define LINE_MAX_AUTH 512

static int late(struct error *e)
{
	err_set(e, ERR_HOST, -ETIMEDOUT, "systemd did not answer in time");
	err_hint(e, "is systemd busy or hanging? \"systemctl status\" asks it as well");
	return -ETIMEDOUT;
}

static int closed(struct error *e)
{
	return err_set(e, ERR_HOST, -EPIPE, "systemd's bus closed the connection");
}

static int garbled(struct error *e, const char *what)
{
	return err_set(e, ERR_HOST, -EPROTO, "systemd's bus sent %s", what);
}

/* Until fd is ready for events, or the deadline. */
static int wait_for(struct dbus *c, short events, struct error *e)
{
	for (;;) {
		struct pollfd p = { .fd = c->fd, .events = events };
		int64_t left = c->deadline - sys_now_ms();
		int r;

		if (left <= 0)
			return late(e);
		r = poll(&p, 1, left > 60000 ? 60000 : (int)left);
		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return err_sys(e, errno, "poll", "cannot wait for systemd");
	}
}

static int send_all(struct dbus *c, const void *p, size_t n, struct error *e)
{
	const char *at = p;

	while (n > 0) {
		ssize_t r = send(c->fd, at, n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (r >= 0) {
			at += r;
			n -= (size_t)r;
		} else if (errno == EAGAIN) {
			int w = wait_for(c, POLLOUT, e);

			if (w < 0)
				return w;
		} else if (errno == EPIPE || errno == ECONNRESET) {
			return closed(e);
		} else if (errno != EINTR) {
			return err_sys(e, errno, "send", "cannot send to systemd's bus");
		}
	}
	return 0;
}

/* Some more bytes at p: how many. Descriptors that come along are closed by the kernel, because
 * we give it no room for them (recv(2)). */
static ssize_t receive(struct dbus *c, void *p, size_t size, struct error *e)
{
	for (;;) {
		ssize_t r = recv(c->fd, p, size, MSG_DONTWAIT);
		int w = 0;

		if (r > 0) {
			/* Who sends for ever must not keep us for ever. */
			return sys_now_ms() < c->deadline ? r : late(e);
		}
		if (r == 0 || errno == ECONNRESET)
			return closed(e);
		if (errno == EAGAIN)
			w = wait_for(c, POLLIN, e);
		else if (errno != EINTR)
			w = err_sys(e, errno, "recv", "cannot read from systemd's bus");
		if (w < 0)
			return w;
	}
}

/* --- messages --- */

/* More into c->in, or off what is skipped. */
static int fill(struct dbus *c, struct error *e)
{
	char waste[4096];
	ssize_t n;

	if (c->skip > 0) {
		size_t want = c->skip < sizeof(waste) ? c->skip : sizeof(waste);

		n = receive(c, waste, want, e);
		if (n > 0)
			c->skip -= (size_t)n;
		return n < 0 ? (int)n : 0;
	}
	if (buf_reserve(&c->in, 4096) < 0)
		return err_sys(e, ENOMEM, "malloc", "cannot read from systemd's bus");
	n = receive(c, c->in.p + c->in.len, 4096, e);
	if (n < 0)
		return (int)n;
	c->in.len += (size_t)n;
	return 0;
}

static void drop(struct dbus *c, size_t n)
{
	if (n == 0)
		return;
	if (n > c->in.len) {
		c->skip = n - c->in.len;
		n = c->in.len;
	}
	memmove(c->in.p, c->in.p + n, c->in.len - n);
	c->in.len -= n;
}

/* --- authentication (D-Bus Specification, "Authentication Protocol") --- */

/* One line, without its end; what comes after it stays in c->in. */
static int auth_line(struct dbus *c, char line[LINE_MAX_AUTH], struct error *e)
{
	for (;;) {
		const char *end = c->in.len ? memchr(c->in.p, '\n', c->in.len) : NULL;
		size_t n = end ? (size_t)(end - c->in.p) + 1 : c->in.len;
		int r;

		if (n >= LINE_MAX_AUTH ||
			(end && (n < 2 || end[-1] != '\r' || memchr(c->in.p, '\0', n))))
			return garbled(e, "no line of its authentication");
		if (end) {
			memcpy(line, c->in.p, n - 2);
			line[n - 2] = '\0';
			drop(c, n);
			return 0;
		}
		r = fill(c, e);
		if (r < 0)
			return r;
	}
}

static bool says(const char *line, const char *word)
{
	size_t n = strlen(word);

	return strncmp(line, word, n) == 0 && (line[n] == '\0' || line[n] == ' ');
}

/*
 * EXTERNAL without a name: the server takes who we are from the kernel, which is right in a user
 * namespace too, where our number is another one than outside. Everything in one go, as systemd's
 * own clients do it: a manager that finds a call behind BEGIN in one read forgets it until there is
 * more to read (seen with 252). So there is one answer to AUTH and one to DATA; older managers are
 * content after AUTH.
 */
static int authenticate(struct dbus *c, struct error *e)
{
	static const char all[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
	char line[LINE_MAX_AUTH];
	bool accepted = false;
	int r = send_all(c, all, sizeof(all) - 1, e);

	for (int answers = 0; r == 0 && answers < 2; answers++) {
		r = auth_line(c, line, e);
		if (r < 0)
			return r;
		if (says(line, "OK"))
			accepted = true;
		else if (says(line, "REJECTED") || (says(line, "ERROR") && !accepted))
			return err_set(e, ERR_HOST, -EACCES,
				"systemd's bus does not accept us as user %u",
				(unsigned)geteuid());
		else if (!says(line, "DATA") && !says(line, "ERROR"))
			return garbled(e, "no answer to the authentication");
	}
	if (r == 0 && !accepted)
		return garbled(e, "no answer to the authentication");
	return r;
}

/* The next message; the one before it is gone then. */
static int next_message(struct dbus *c, struct dbus_msg *out, struct error *e)
{
	drop(c, c->used);
	c->used = 0;
	for (;;) {
		const unsigned char *in = (const unsigned char *)c->in.p;
		size_t total;
		int r;

		if (c->skip == 0 && c->in.len >= DBUS_HEAD) {
			if (dbus_length(in, &total) < 0)
				return garbled(e, "what is no message");
			if (total > KEEP_MAX) {
				drop(c, total);
				continue;
			}
			if (c->in.len >= total) {
				if (dbus_decode(in, total, out) < 0)
					return garbled(e, "a broken message");
				c->used = total;
				return 0;
			}
		}
		r = fill(c, e);
		if (r < 0)
			return r;
	}
}

/* Engines classify by these words (docs/errors.md), and a text of another program must not speak
 * for us. */
static bool has_words_of_engines(const char *text)
{
	static const char *const words[] = { "permission denied",
		"operation not permitted", "no such file or directory", "not found",
		"does not exist" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcasestr(text, words[i]))
			return true;
	}
	return false;
}

static int code_of(const char *name)
{
	static const struct {
		const char *name;
		int code;
	} codes[] = {
		{ MANAGER ".UnitExists", -EEXIST },
		{ MANAGER ".NoSuchUnit", -ENOENT },
		{ BUS ".Error.AccessDenied", -EACCES },
		{ BUS ".Error.AuthFailed", -EACCES },
		{ BUS ".Error.InteractiveAuthorizationRequired", -EACCES },
		{ BUS ".Error.ServiceUnknown", -ENOTCONN },
		{ BUS ".Error.NameHasNoOwner", -ENOTCONN },
		{ BUS ".Error.Disconnected", -ENOTCONN },
		{ BUS ".Error.PropertyReadOnly", -ENXIO },
		{ BUS ".Error.UnknownProperty", -ENXIO },
		{ BUS ".Error.InvalidArgs", -EINVAL },
		{ BUS ".Error.NoReply", -ETIMEDOUT },
		{ BUS ".Error.Timeout", -ETIMEDOUT },
		{ BUS ".Error.TimedOut", -ETIMEDOUT },
		{ "System.Error.EINVAL", -EINVAL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		if (strcmp(codes[i].name, name) == 0)
			return codes[i].code;
	}
	return -EREMOTEIO;
}

static int refused(const char *member, const struct dbus_msg *m, struct error *e)
{
	struct dbus_r r = dbus_read(m);
	const char *text = NULL;
	int code = code_of(m->error);

	if (m->signature[0] == 's' && dbus_get_str(&r, &text) < 0)
		return garbled(e, "a broken message");
	if (text && text[0] && !has_words_of_engines(text))
		err_set(e, ERR_HOST, code, "systemd refused %s: %s (%s)", member, text,
			m->error);
	else
		err_set(e, ERR_HOST, code, "systemd refused %s: %s", member, m->error);
	return code;
}

/* JobRemoved(u id, o job, s unit, s result) */
static void note_job(struct dbus *c, const struct dbus_msg *m)
{
	struct dbus_r r = dbus_read(m);
	const char *job, *unit, *result;
	struct dbus_job *to;
	uint32_t id;

	if (m->type != DBUS_SIGNAL || strcmp(m->member, "JobRemoved") != 0 ||
		strcmp(m->interface, MANAGER_INTERFACE) != 0 ||
		strcmp(m->path, MANAGER_PATH) != 0)
		return;
	if (strcmp(m->signature, "uoss") != 0 || dbus_get_u32(&r, &id) < 0 ||
		dbus_get_str(&r, &job) < 0 || dbus_get_str(&r, &unit) < 0 ||
		dbus_get_str(&r, &result) < 0)
		return;
	/* The latest few: ours comes right before or after the answer. */
	to = &c->jobs[c->n_jobs++ % DBUS_JOBS];
	snprintf(to->path, sizeof(to->path), "%s", job);
	snprintf(to->result, sizeof(to->result), "%s", result);
	snprintf(to->sender, sizeof(to->sender), "%s", m->sender ? m->sender : "");
}

static int call(struct dbus *c, const struct dbus_call *what, struct dbus_msg *reply,
	struct error *e)
{
	auto_buf struct buf bytes = BUF_INIT;
	uint32_t serial = ++c->serial;
	int r = dbus_encode_call(what, serial, &bytes);

	if (r < 0)
		return err_set(e, r == -ENOMEM ? ERR_SYSTEM : ERR_BUG, r,
			"cannot write the call of %s", what->member);
	r = send_all(c, bytes.p, bytes.len, e);
	if (r < 0)
		return err_wrap(e, "%s", what->member);
	for (;;) {
		r = next_message(c, reply, e);
		if (r < 0)
			return err_wrap(e, "%s", what->member);
		if (reply->reply_serial == serial && reply->type == DBUS_ERROR)
			return refused(what->member, reply, e);
		if (reply->reply_serial == serial && reply->type == DBUS_REPLY)
			return 0;
		note_job(c, reply);
	}
}

int dbus_manager(struct dbus *c, const char *member, const char *signature,
	const struct dbus_w *body, struct dbus_msg *reply, struct error *e)
{
	const struct dbus_call what = { .destination = c->bus ? MANAGER : NULL,
		.path = MANAGER_PATH,
		.interface = MANAGER_INTERFACE,
		.member = member,
		.signature = signature,
		.body = body };
	int r;

	c->sent++;
	r = call(c, &what, reply, e);
	/* The bus tells the truth about who answered; a signal may be sent by anybody. */
	if (r == 0 && c->bus)
		snprintf(c->manager, sizeof(c->manager), "%s",
			reply->sender ? reply->sender : "");
	return r;
}

static int call_bus(
	struct dbus *c, const char *member, const struct dbus_w *body, struct error *e)
{
	const struct dbus_call what = { .destination = BUS,
		.path = BUS_PATH,
		.interface = BUS,
		.member = member,
		.signature = body ? "s" : NULL,
		.body = body };
	struct dbus_msg reply;

	return call(c, &what, &reply, e);
}

int dbus_watch_jobs(struct dbus *c, struct error *e)
{
	auto_dbus_w struct dbus_w rule = DBUS_W_INIT;

	/* The manager sends its signals to every connection of its own socket. */
	if (!c->bus)
		return 0;
	dbus_put_str(&rule, "type='signal',sender='" MANAGER "',path='" MANAGER_PATH
			    "',interface='" MANAGER_INTERFACE "',member='JobRemoved'");
	c->sent++;
	return call_bus(c, "AddMatch", &rule, e);
}

static const struct dbus_job *find_job(const struct dbus *c, const char *job)
{
	unsigned n = c->n_jobs < DBUS_JOBS ? c->n_jobs : DBUS_JOBS;

	for (unsigned i = 0; i < n; i++) {
		if (strcmp(c->jobs[i].path, job) == 0 &&
			(!c->bus || strcmp(c->jobs[i].sender, c->manager) == 0))
			return &c->jobs[i];
	}
	return NULL;
}

int dbus_wait_job(struct dbus *c, const char *job, struct error *e)
{
	char path[DBUS_JOB_TEXT];
	const struct dbus_job *ended;

	/* It lies in the message that the next one replaces. */
	if ((size_t)snprintf(path, sizeof(path), "%s", job) >= sizeof(path))
		return garbled(e, "a job with an odd name");
	while (!(ended = find_job(c, path))) {
		struct dbus_msg m;
		int r = next_message(c, &m, e);

		if (r < 0)
			return err_wrap(e, "waiting for a job of systemd");
		note_job(c, &m);
	}
	if (strcmp(ended->result, "done") == 0)
		return 0;
	return err_set(
		e, ERR_HOST, -EREMOTEIO, "systemd's job ended as \"%s\"", ended->result);
}

/* --- connecting --- */

/* A listener with a full queue is tried until the deadline (connect(2), EAGAIN). */
static int connect_one(const struct dbus_addr *a, int64_t deadline, struct error *e)
{
	long nap = 200000;
	int fd;

	for (;;) {
		const int type = SOCK_STREAM | SOCK_NONBLOCK;

		fd = a->abstract ? sock_connect_abstract(a->name.p, a->name.len, type, e)
				 : sock_connect_path(a->name.p, type, e);
		if (fd != -EAGAIN)
			return fd;
		if (sys_now_ms() >= deadline)
			return late(e);
		sys_nap(&nap);
	}
}

static int connect_any(const char *address, int64_t deadline, struct error *e)
{
	const char *at = address;
	int first = 0, r;

	for (;;) {
		auto_error struct error one = ERROR_INIT;
		struct dbus_addr a;

		r = dbus_addr_next(&at, &a);
		if (r == -ENOENT)
			break;
		if (r == 0)
			continue;
		if (r > 0) {
			r = connect_one(&a, deadline, &one);
			buf_done(&a.name);
			if (r >= 0) {
				err_done(e);
				return r;
			}
		} else {
			err_set(&one, ERR_HOST, r,
				"cannot read the address \"%.128s\" of a bus", address);
		}
		if (first == 0) {
			first = r;
			if (e)
				err_move(e, &one);
		}
	}
	if (first < 0)
		return first;
	return err_set(e, ERR_HOST, -EINVAL,
		"the address \"%.128s\" names no unix socket of a bus", address);
}

/*
 * PIDs that we tell are read in the pid namespace of the other side; from another one than ours
 * they would be strangers. The kernel shows us the listener's pid as 0 then.
 */
static int check_peer(struct dbus *c, struct error *e)
{
	pid_t pid;
	uid_t uid;
	int r = sock_peer(c->fd, &pid, &uid);

	if (r < 0)
		return err_sys(e, -r, "getsockopt", "cannot tell who systemd's bus is");
	if (pid == 0)
		return err_set(e, ERR_HOST, -EXDEV,
			"systemd's bus is in another pid namespace than davit");
	return 0;
}

int dbus_open_address(
	const char *address, bool bus, int timeout_ms, struct dbus *out, struct error *e)
{
	struct dbus c = DBUS_INIT;
	int r;

	c.bus = bus;
	c.deadline = sys_now_ms() + timeout_ms;
	c.fd = connect_any(address, c.deadline, e);
	r = c.fd < 0 ? c.fd : check_peer(&c, e);
	if (r == 0)
		r = authenticate(&c, e);
	if (r == 0 && bus)
		r = call_bus(&c, "Hello", NULL, e);
	if (r < 0) {
		dbus_close(&c);
		return r;
	}
	*out = c;
	return 0;
}

void dbus_close(struct dbus *c)
{
	cleanup_fd(&c->fd);
	buf_done(&c->in);
}
