/* SPDX-License-Identifier: Apache-2.0 */
/* A bus that is not there, refuses, hangs, closes, sends rubbish: within the deadline, by name. */
#include "config.h"

#include "fakebus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "dbus/conn.h"
#include "sys/clock.h"

#define JOB "/org/freedesktop/systemd1/job/99"
#define SOON 400   /* ms, where nobody answers */
#define LONG 20000 /* ms, where somebody does */

/* Open, start a unit, wait for its job: what the driver does. */
static int life(
	const struct fakebus *b, bool bus, int timeout, unsigned *sent, struct error *e)
{
	auto_dbus_w struct dbus_w body = DBUS_W_INIT;
	auto_dbus struct dbus c = DBUS_INIT;
	struct dbus_msg reply;
	const char *job;
	int r = dbus_open_address(b->address, bus, timeout, &c, e);

	if (r == 0)
		r = dbus_watch_jobs(&c, e);
	if (r < 0)
		return r;
	dbus_put_str(&body, "davit-x.scope");
	dbus_put_str(&body, "fail");
	r = dbus_manager(&c, "StopUnit", "ss", &body, &reply, e);
	if (r == 0) {
		struct dbus_r at = dbus_read(&reply);

		r = dbus_get_str(&at, &job);
	}
	if (r == 0)
		r = dbus_wait_job(&c, job, e);
	if (sent)
		*sent = c.sent;
	return r;
}

static void good_manager(int fd)
{
	struct dbus_msg m;

	bus_authenticate(fd, false);
	m = bus_call(fd);
	bus_check(!m.destination && strcmp(m.member, "StopUnit") == 0);
	bus_check(strcmp(m.signature, "ss") == 0);
	bus_reply(fd, m.serial, "o", JOB, false, false);
	bus_job(fd, NULL, "/org/freedesktop/systemd1/job/98", "failed");
	bus_job(fd, NULL, JOB, "done");
}

static void test_manager(void **state)
{
	auto_error struct error e = ERROR_INIT;
	struct fakebus b;
	unsigned sent;

	(void)state;
	fakebus_start(&b, NULL, good_manager);
	assert_int_equal(life(&b, false, LONG, &sent, &e), 0);
	assert_false(err_is(&e));
	assert_int_equal(sent, 1);
	fakebus_end(&b);
}

static void bus_until_call(int fd, struct dbus_msg *m)
{
	bus_authenticate(fd, true);
	*m = bus_call(fd);
	bus_check(strcmp(m->member, "Hello") == 0);
	bus_reply(fd, m->serial, "s", ":1.42", false, false);
	*m = bus_call(fd);
	bus_check(strcmp(m->member, "AddMatch") == 0);
	bus_reply(fd, m->serial, NULL, NULL, false, false);
	*m = bus_call(fd);
	bus_check(strcmp(m->destination, "org.freedesktop.systemd1") == 0);
}

/* The signal comes before the answer; a stranger's before that. */
static void good_bus(int fd)
{
	struct dbus_msg m;

	bus_until_call(fd, &m);
	bus_job(fd, ":1.66", JOB, "failed");
	bus_job(fd, ":1.1", JOB, "done");
	bus_reply(fd, m.serial, "o", JOB, true, false);
}

static void bytewise_bus(int fd)
{
	struct dbus_msg m;

	bus_until_call(fd, &m);
	bus_reply(fd, m.serial, "o", JOB, true, true);
	bus_job(fd, ":1.1", JOB, "done");
}

static void test_bus(void **state)
{
	void (*const buses[])(int) = { good_bus, bytewise_bus };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		auto_error struct error e = ERROR_INIT;
		struct fakebus b;
		unsigned sent;

		fakebus_start(&b, NULL, buses[i]);
		assert_int_equal(life(&b, true, LONG, &sent, &e), 0);
		/* Hello does not count. */
		assert_int_equal(sent, 2);
		fakebus_end(&b);
	}
}

/* --- what goes wrong --- */

static void refuses(int fd)
{
	char byte;

	while (read(fd, &byte, 1) == 1 && byte != '\n')
		continue;
	bus_send(fd, "REJECTED EXTERNAL\r\n", 19, false);
}

static void hang(int fd)
{
	char waste[256];

	while (read(fd, waste, sizeof(waste)) > 0)
		continue;
}

static void hangs_in_auth(int fd)
{
	hang(fd);
}

static void hangs_after_auth(int fd)
{
	bus_authenticate(fd, false);
	hang(fd);
}

static void hangs_after_call(int fd)
{
	struct dbus_msg m;

	bus_authenticate(fd, false);
	m = bus_call(fd);
	bus_reply(fd, m.serial, "o", JOB, false, false);
	hang(fd);
}

/* Signals without end are no reason to wait without end. */
static void talks_for_ever(int fd)
{
	struct dbus_msg m;

	bus_authenticate(fd, false);
	m = bus_call(fd);
	bus_reply(fd, m.serial, "o", JOB, false, false);
	for (;;)
		bus_job(fd, NULL, "/org/freedesktop/systemd1/job/1", "done");
}

static void drips_for_ever(int fd)
{
	bus_authenticate(fd, false);
	bus_call(fd);
	for (;;) {
		bus_send(fd, "l\4\0\1\0\0\0\0\1\0\0\0\0\0\0\4", 16, true);
		for (int i = 0; i < 4096; i++)
			bus_send(fd, "", 1, true);
	}
}

static void closes_at_once(int fd)
{
	close(fd);
}

static void closes_in_call(int fd)
{
	bus_authenticate(fd, false);
	bus_call(fd);
	bus_send(fd, "l\2\0\1\0\0", 6, false);
	shutdown(fd, SHUT_RDWR);
}

static void rubbish_in_auth(int fd)
{
	bus_send(fd, "HTTP/1.1 400 Bad Request\r\n", 26, false);
	hang(fd);
}

static void endless_line(int fd)
{
	for (;;)
		bus_send(fd, "OK OK OK OK OK ", 15, false);
}

static void rubbish_after_call(int fd)
{
	bus_authenticate(fd, false);
	bus_call(fd);
	bus_send(fd, "this is no message at all", 25, false);
	hang(fd);
}

static void too_long(int fd)
{
	bus_authenticate(fd, false);
	bus_call(fd);
	bus_send(fd, "l\2\0\1\0\0\0\x10\1\0\0\0\0\0\0\0", 16, false);
	hang(fd);
}

static void says_no(int fd)
{
	struct dbus_msg m;

	bus_authenticate(fd, false);
	m = bus_call(fd);
	bus_error(fd, m.serial, "org.freedesktop.systemd1.UnitExists",
		"Unit davit-x.scope was already loaded or has a fragment file.");
}

static void says_denied(int fd)
{
	struct dbus_msg m;

	bus_authenticate(fd, false);
	m = bus_call(fd);
	bus_error(fd, m.serial, "org.freedesktop.DBus.Error.AccessDenied",
		"Permission denied");
}

static void says_something(int fd)
{
	struct dbus_msg m;

	bus_authenticate(fd, false);
	m = bus_call(fd);
	bus_error(fd, m.serial, "org.example.Odd", NULL);
}

static void job_fails(int fd)
{
	struct dbus_msg m;

	bus_authenticate(fd, false);
	m = bus_call(fd);
	bus_reply(fd, m.serial, "o", JOB, false, false);
	bus_job(fd, NULL, JOB, "failed");
}

static void no_job(int fd)
{
	struct dbus_msg m;

	bus_authenticate(fd, false);
	m = bus_call(fd);
	bus_reply(fd, m.serial, NULL, NULL, false, false);
}

static const struct bad {
	void (*fn)(int fd);
	int code;
	const char *text; /* is in the error */
} bad[] = {
	{ refuses, -EACCES, "does not accept us" },
	{ hangs_in_auth, -ETIMEDOUT, "did not answer in time" },
	{ hangs_after_auth, -ETIMEDOUT, "StopUnit" },
	{ hangs_after_call, -ETIMEDOUT, "waiting for a job" },
	{ talks_for_ever, -ETIMEDOUT, "did not answer in time" },
	{ drips_for_ever, -ETIMEDOUT, "did not answer in time" },
	{ closes_at_once, -EPIPE, "closed" },
	{ closes_in_call, -EPIPE, "closed" },
	{ rubbish_in_auth, -EPROTO, "no answer to the authentication" },
	{ endless_line, -EPROTO, "no line" },
	{ rubbish_after_call, -EPROTO, "no message" },
	{ too_long, -EPROTO, "no message" },
	{ says_no, -EEXIST, "already loaded" },
	{ says_denied, -EACCES, "AccessDenied" },
	{ says_something, -EREMOTEIO, "org.example.Odd" },
	{ job_fails, -EREMOTEIO, "\"failed\"" },
	{ no_job, -EBADMSG, NULL },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		auto_error struct error e = ERROR_INIT;
		auto_buf struct buf line = BUF_INIT;
		bool waits = bad[i].code == -ETIMEDOUT;
		int64_t before = sys_now_ms();
		struct fakebus b;
		int r;

		fakebus_start(&b, NULL, bad[i].fn);
		r = life(&b, false, waits ? SOON : LONG, NULL, &e);
		if (r != bad[i].code)
			fail_msg("case %zu: %s", i, err_name(r));
		fakebus_end(&b);
		assert_true(!waits || sys_now_ms() - before >= SOON);
		assert_true(sys_now_ms() - before < LONG);
		if (!bad[i].text)
			continue;
		assert_int_equal(err_line(&e, &line), 0);
		if (!strstr(line.p, bad[i].text))
			fail_msg("case %zu: %s", i, line.p);
		/* Engines take these words for something else. */
		assert_null(strstr(line.p, "ermission denied"));
	}
}

/* Far more than we keep, and then what we wait for. */
static void huge(int fd)
{
	static char zeros[1 << 16];
	struct dbus_msg m;

	bus_authenticate(fd, false);
	m = bus_call(fd);
	bus_send(fd, "l\4\0\1\0\0\0\4\1\0\0\0\0\0\0\0", 16, false);
	for (int i = 0; i < 1024; i++)
		bus_send(fd, zeros, sizeof(zeros), false);
	bus_reply(fd, m.serial, "o", JOB, false, false);
	bus_job(fd, NULL, JOB, "done");
}

static void test_huge(void **state)
{
	auto_error struct error e = ERROR_INIT;
	struct fakebus b;

	(void)state;
	fakebus_start(&b, NULL, huge);
	assert_int_equal(life(&b, false, LONG, NULL, &e), 0);
	fakebus_end(&b);
}

/* A queue that is full, because nobody accepts. */
static void test_full(void **state)
{
	auto_error struct error e = ERROR_INIT;
	auto_dbus struct dbus c = DBUS_INIT;
	char dir[] = "/tmp/davit-bus.XXXXXX", address[128], path[64];
	int fds[8], listener, n = 0;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	snprintf(address, sizeof(address), "unix:path=%s", path);
	listener = fakebus_listen(path);
	while (n < 8 && (fds[n] = fakebus_connect(path)) >= 0)
		n++;
	assert_true(n < 8);
	assert_int_equal(dbus_open_address(address, false, SOON, &c, &e), -ETIMEDOUT);
	while (n > 0)
		close(fds[--n]);
	close(listener);
	unlink(path);
	rmdir(dir);
}

/* --- addresses --- */

static void just_authenticates(int fd)
{
	bus_authenticate(fd, false);
}

static void test_addresses(void **state)
{
	static const struct {
		const char *address;
		int code;
	} cases[] = {
		{ "unix:path=/nonexistent/davit", -ENOENT },
		{ "unix:abstract=davit-nobody-listens-here", -ECONNREFUSED },
		{ "tcp:host=localhost,port=1", -EINVAL },
		{ "", -EINVAL },
		{ ";;", -EINVAL },
		{ "rubbish", -EINVAL },
		{ "unix:path", -EINVAL },
		{ "unix:path=/a,path=/b", -EINVAL },
		{ "unix:path=/a%2", -EINVAL },
		{ "unix:path=/a%zz", -EINVAL },
		{ "unix:path=/a%00b", -EINVAL },
		{ "unix:abstract="
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			-ENAMETOOLONG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_error struct error e = ERROR_INIT;
		struct dbus c = DBUS_INIT;

		if (dbus_open_address(cases[i].address, false, LONG, &c, &e) !=
			cases[i].code)
			fail_msg("%s: %s", cases[i].address, err_name(e.code));
		assert_true(err_is(&e));
		assert_int_equal(c.fd, -EBADF);
	}
}

/* A folder with a name longer than an address of a socket has room for, and odd bytes in it. */
static void test_long_path(void **state)
{
	auto_error struct error e = ERROR_INIT;
	auto_dbus struct dbus c = DBUS_INIT;
	char dir[] = "/tmp/davit-bus.XXXXXX", deep[200], list[400];
	struct fakebus b;
	int old;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(deep, sizeof(deep), "%s/%0140d", dir, 7);
	assert_int_equal(mkdir(deep, 0700), 0);
	old = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(chdir(deep), 0);
	fakebus_start(&b, "a b", just_authenticates);
	assert_int_equal(fchdir(old), 0);
	close(old);
	/* The first that answers. */
	snprintf(list, sizeof(list),
		"unix:path=/nonexistent;tcp:host=x;unix:guid=1,path=%s/a%%20b", deep);
	assert_int_equal(dbus_open_address(list, false, LONG, &c, &e), 0);
	assert_false(err_is(&e));
	b.path[0] = '\0';
	fakebus_end(&b);
	snprintf(list, sizeof(list), "%s/a b", deep);
	unlink(list);
	rmdir(deep);
	rmdir(dir);
}

/* --- which manager --- */

static void test_which(void **state)
{
	auto_error struct error e = ERROR_INIT;
	char dir[] = "/tmp/davit bus.XXXXXX", path[64];
	struct dbus c = DBUS_INIT;
	struct fakebus b;

	(void)state;
	assert_non_null(mkdtemp(dir));
	setenv("XDG_RUNTIME_DIR", dir, 1);
	unsetenv("DBUS_SESSION_BUS_ADDRESS");
	assert_int_equal(dbus_open(DBUS_USER, LONG, &c, &e), -ENOTCONN);
	assert_non_null(e.hint);
	/* The manager's own socket, where the usual bus is asked for or nothing is. */
	snprintf(path, sizeof(path), "%s/systemd", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/systemd/private", dir);
	fakebus_start(&b, path, just_authenticates);
	assert_int_equal(dbus_open(DBUS_USER, LONG, &c, &e), 0);
	assert_false(c.bus);
	dbus_close(&c);
	fakebus_end(&b);
	/* Another bus by name. */
	fakebus_start(&b, NULL, refuses);
	setenv("DBUS_SESSION_BUS_ADDRESS", b.address, 1);
	assert_int_equal(dbus_open(DBUS_USER, LONG, &c, &e), -EACCES);
	fakebus_end(&b);
	setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/davit", 1);
	assert_int_equal(dbus_open(DBUS_SYSTEM, LONG, &c, &e), -ENOENT);
	snprintf(path, sizeof(path), "%s/systemd", dir);
	rmdir(path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manager),
		cmocka_unit_test(test_bus),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_long_path),
		cmocka_unit_test(test_which),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
