/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "fakebus.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"

void bus_checked(bool good, const char *what, int line)
{
	if (good)
		return;
	fprintf(stderr, "fake bus: line %d: %s\n", line, what);
	_exit(1);
}

void fakebus_start(struct fakebus *b, const char *path, void (*fn)(int fd))
{
	static unsigned count;
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	socklen_t size = sizeof(a);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(listener >= 0);
	b->path[0] = '\0';
	if (path) {
		snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
		snprintf(b->path, sizeof(b->path), "%s", path);
		snprintf(b->address, sizeof(b->address), "unix:path=%s,guid=12", path);
	} else {
		int n = snprintf(a.sun_path + 1, sizeof(a.sun_path) - 1,
			"davit-test-%d-%u", (int)getpid(), count++);

		size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
				   (size_t)n);
		snprintf(b->address, sizeof(b->address), "unix:abstract=%s",
			a.sun_path + 1);
	}
	assert_int_equal(bind(listener, (struct sockaddr *)&a, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	b->pid = fork();
	assert_true(b->pid >= 0);
	if (b->pid == 0) {
		int fd;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(60);
		fd = accept(listener, NULL, NULL);
		close(listener);
		if (fd < 0)
			_exit(1);
		fn(fd);
		_exit(0);
	}
	close(listener);
}

int fakebus_listen(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 0), 0);
	return fd;
}

int fakebus_connect(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	close(fd);
	return -1;
}

void fakebus_end(struct fakebus *b)
{
	int status;

	assert_int_equal(waitpid(b->pid, &status, 0), b->pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	if (b->path[0])
		unlink(b->path);
}

static void whole_read(int fd, void *p, size_t n)
{
	char *at = p;

	while (n > 0) {
		ssize_t r = read(fd, at, n);

		bus_check(r > 0);
		at += r;
		n -= (size_t)r;
	}
}

static void expect(int fd, const char *text, size_t n)
{
	char got[64];

	bus_check(n <= sizeof(got));
	whole_read(fd, got, n);
	bus_check(memcmp(got, text, n) == 0);
}
#define EXPECT(fd, text) expect((fd), (text), sizeof(text) - 1)

void bus_authenticate(int fd, bool asks)
{
	static const char ok[] = "OK 0123456789abcdef\r\n";

	EXPECT(fd, "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n");
	if (asks)
		bus_send(fd, "DATA\r\n", 6, false);
	bus_send(fd, ok, sizeof(ok) - 1, false);
	if (!asks)
		bus_send(fd, "ERROR\r\n", 7, false);
}

struct dbus_msg bus_call(int fd)
{
	static unsigned char bytes[65536];
	struct dbus_msg m;
	size_t n;

	whole_read(fd, bytes, DBUS_HEAD);
	bus_check(dbus_length(bytes, &n) == 0 && n <= sizeof(bytes));
	whole_read(fd, bytes + DBUS_HEAD, n - DBUS_HEAD);
	bus_check(dbus_decode(bytes, n, &m) == 0);
	bus_check(m.type == DBUS_CALL);
	return m;
}

void bus_send(int fd, const void *p, size_t n, bool bytewise)
{
	const char *at = p;

	while (n > 0) {
		ssize_t r = send(fd, at, bytewise ? 1 : n, MSG_NOSIGNAL);

		if (r <= 0)
			_exit(0); /* the client has had enough */
		at += r;
		n -= (size_t)r;
	}
}

/* --- messages of the other direction, in either byte order --- */

struct out {
	unsigned char p[8192];
	size_t n;
	bool big;
};

static void align(struct out *o, size_t boundary)
{
	while (o->n % boundary)
		o->p[o->n++] = 0;
}

static void word(struct out *o, size_t at, uint32_t v)
{
	for (size_t i = 0; i < 4; i++)
		o->p[at + i] = (unsigned char)(v >> (8 * (o->big ? 3 - i : i)));
}

static void u32(struct out *o, uint32_t v)
{
	align(o, 4);
	word(o, o->n, v);
	o->n += 4;
}

static void text(struct out *o, const char *s)
{
	u32(o, (uint32_t)strlen(s));
	memcpy(o->p + o->n, s, strlen(s) + 1);
	o->n += strlen(s) + 1;
}

static void field(struct out *o, unsigned char code, char type)
{
	align(o, 8);
	o->p[o->n++] = code;
	o->p[o->n++] = 1;
	o->p[o->n++] = (unsigned char)type;
	o->p[o->n++] = 0;
}

static void text_field(struct out *o, unsigned char code, char type, const char *s)
{
	if (!s)
		return;
	field(o, code, type);
	if (type == 'g') {
		o->p[o->n++] = (unsigned char)strlen(s);
		memcpy(o->p + o->n, s, strlen(s) + 1);
		o->n += strlen(s) + 1;
	} else {
		text(o, s);
	}
}

static void begin(struct out *o, enum dbus_type type, bool big)
{
	*o = (struct out){ .big = big, .n = 16 };
	o->p[0] = big ? 'B' : 'l';
	o->p[1] = (unsigned char)type;
	o->p[3] = 1;
	word(o, 8, 7); /* serial */
}

static size_t end_fields(struct out *o)
{
	word(o, 12, (uint32_t)(o->n - 16));
	align(o, 8);
	return o->n;
}

static void finish(struct out *o, size_t body, int fd, bool bytewise)
{
	word(o, 4, (uint32_t)(o->n - body));
	bus_send(fd, o->p, o->n, bytewise);
}

void bus_reply(int fd, uint32_t to, const char *signature, const char *value, bool big,
	bool bytewise)
{
	struct out o;
	size_t body;

	begin(&o, DBUS_REPLY, big);
	field(&o, 5, 'u');
	u32(&o, to);
	text_field(&o, 7, 's', ":1.1");
	text_field(&o, 8, 'g', signature);
	body = end_fields(&o);
	if (value)
		text(&o, value);
	finish(&o, body, fd, bytewise);
}

void bus_error(int fd, uint32_t to, const char *name, const char *value)
{
	struct out o;
	size_t body;

	begin(&o, DBUS_ERROR, false);
	field(&o, 5, 'u');
	u32(&o, to);
	text_field(&o, 4, 's', name);
	text_field(&o, 8, 'g', value ? "s" : NULL);
	body = end_fields(&o);
	if (value)
		text(&o, value);
	finish(&o, body, fd, false);
}

void bus_job(int fd, const char *sender, const char *job, const char *result)
{
	struct out o;
	size_t body;

	begin(&o, DBUS_SIGNAL, false);
	text_field(&o, 1, 'o', MANAGER_PATH);
	text_field(&o, 2, 's', MANAGER_INTERFACE);
	text_field(&o, 3, 's', "JobRemoved");
	text_field(&o, 7, 's', sender);
	text_field(&o, 8, 'g', "uoss");
	body = end_fields(&o);
	u32(&o, 99);
	text(&o, job);
	text(&o, "davit-x.scope");
	text(&o, result);
	finish(&o, body, fd, false);
}
