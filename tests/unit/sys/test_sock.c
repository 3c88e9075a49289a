/* SPDX-License-Identifier: Apache-2.0 */
/* Messages with descriptors, names of any length, deadlines. */
#include "config.h"

#include "sandbox.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/clock.h"
#include "sys/sock.h"

static int lowest(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static void test_messages(void **state)
{
	int pair[2];
	int fds[SOCK_MAX_FDS];
	int many[SOCK_MAX_FDS + 1];
	size_t n = 99;
	char buf[64];
	int before;

	(void)state;
	assert_int_equal(sock_pair(pair, NULL), 0);
	assert_true(fcntl(pair[0], F_GETFD) & FD_CLOEXEC);
	before = lowest();
	/* Whole messages, in order, with and without descriptors. */
	assert_int_equal(sock_send(pair[0], "one", 3, NULL, 0), 0);
	assert_int_equal(sock_send(pair[0], "three", 5, (int[]){ 0, 1, 2 }, 3), 0);
	assert_int_equal(sock_recv(pair[1], buf, sizeof(buf), fds, &n, 1000), 3);
	assert_int_equal(n, 0);
	assert_int_equal(sock_recv(pair[1], buf, sizeof(buf), fds, &n, -1), 5);
	assert_memory_equal(buf, "three", 5);
	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++) {
		assert_true(fcntl(fds[i], F_GETFD) == FD_CLOEXEC);
		close(fds[i]);
	}
	/* As many as there may be, and one more. */
	for (int i = 0; i <= SOCK_MAX_FDS; i++)
		many[i] = 0;
	assert_int_equal(sock_send(pair[0], "x", 1, many, SOCK_MAX_FDS), 0);
	assert_int_equal(sock_recv(pair[1], buf, 1, fds, &n, 0), 1);
	assert_int_equal(n, SOCK_MAX_FDS);
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	assert_int_equal(sock_send(pair[0], "x", 1, many, SOCK_MAX_FDS + 1), -EINVAL);
	assert_int_equal(sock_send(pair[0], "", 0, NULL, 0), -EINVAL);
	/* Cut messages, and descriptors that nobody asked for, leave nothing open. */
	assert_int_equal(sock_send(pair[0], "long message", 12, many, 4), 0);
	assert_int_equal(sock_recv(pair[1], buf, 5, fds, &n, 0), -EMSGSIZE);
	assert_int_equal(sock_send(pair[0], "gift", 4, many, 4), 0);
	assert_int_equal(sock_recv(pair[1], buf, sizeof(buf), NULL, NULL, 0), -EMSGSIZE);
	assert_int_equal(lowest(), before);
	/* The other side has gone. */
	close(pair[1]);
	assert_int_equal(sock_send(pair[0], "x", 1, NULL, 0), -EPIPE);
	assert_int_equal(sock_recv(pair[0], buf, sizeof(buf), fds, &n, 1000), 0);
	close(pair[0]);
}

/* More descriptors than there is room for, by somebody who does not use our function. */
static void test_too_many(void **state)
{
	union {
		char buf[CMSG_SPACE(20 * sizeof(int))];
		struct cmsghdr align;
	} control = { .buf = { 0 } };
	struct iovec iov = { .iov_base = (char[]){ "x" }, .iov_len = 1 };
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int pair[2];
	int fds[SOCK_MAX_FDS];
	int many[20] = { 0 };
	size_t n;
	char buf[8];
	int before;

	(void)state;
	assert_int_equal(sock_pair(pair, NULL), 0);
	before = lowest();
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = (__typeof__(c->cmsg_len))CMSG_LEN(sizeof(many));
	memcpy(CMSG_DATA(c), many, sizeof(many));
	assert_int_equal(sendmsg(pair[0], &m, 0), 1);
	assert_int_equal(sock_recv(pair[1], buf, sizeof(buf), fds, &n, 0), -EMSGSIZE);
	assert_int_equal(lowest(), before);
	close(pair[0]);
	close(pair[1]);
}

static void test_deadline(void **state)
{
	int pair[2];
	char buf[8];
	int64_t start = sys_now_ms();

	(void)state;
	assert_int_equal(sock_pair(pair, NULL), 0);
	assert_int_equal(
		sock_recv(pair[0], buf, sizeof(buf), NULL, NULL, 50), -ETIMEDOUT);
	assert_true(sys_now_ms() - start >= 49);
	assert_int_equal(sock_recv(pair[0], buf, sizeof(buf), NULL, NULL, 0), -ETIMEDOUT);
	close(pair[0]);
	close(pair[1]);
}

/* A folder so deep that no address has room for it. */
static int deep_folder(char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "/tmp/davit-sock-XXXXXX");
	assert_non_null(mkdtemp(path));
	for (int i = 0; i < 6; i++) {
		size_t n = strlen(path);

		snprintf(path + n, PATH_MAX - n,
			"/0123456789012345678901234567890123456789012345678901234567");
		assert_int_equal(mkdir(path, 0700), 0);
	}
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void remove_folder(char path[PATH_MAX])
{
	while (strlen(path) > strlen("/tmp")) {
		assert_int_equal(rmdir(path), 0);
		*strrchr(path, '/') = '\0';
	}
}

static void talk(int listener, int client)
{
	int server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	char buf[8];

	assert_true(server >= 0 && client >= 0);
	assert_int_equal(sock_send(client, "hello", 5, NULL, 0), 0);
	assert_int_equal(sock_recv(server, buf, sizeof(buf), NULL, NULL, 1000), 5);
	close(server);
	close(client);
}

static void test_names(void **state)
{
	struct error e = ERROR_INIT;
	char path[PATH_MAX];
	char name[200];
	struct stat st;
	int dir = deep_folder(path);
	size_t n = strlen(path);
	mode_t mask = umask(0);
	int l;

	(void)state;
	l = sock_listen_at(dir, "start.sock", SOCK_SEQPACKET, &e);
	assert_true(l >= 0);
	assert_int_equal(fstatat(dir, "start.sock", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	umask(mask);
	talk(l, sock_connect_at(dir, "start.sock", SOCK_SEQPACKET, &e));
	snprintf(path + n, sizeof(path) - n, "/start.sock");
	assert_true(strlen(path) > 338);
	talk(l, sock_connect_path(path, SOCK_SEQPACKET, &e));
	assert_int_equal(
		sock_listen_at(dir, "start.sock", SOCK_SEQPACKET, &e), -EADDRINUSE);
	assert_string_equal(e.call, "bind");
	assert_true(sock_connect_path(path, SOCK_STREAM, &e) == -EPROTOTYPE);
	close(l);
	assert_int_equal(
		sock_connect_at(dir, "start.sock", SOCK_SEQPACKET, &e), -ECONNREFUSED);
	assert_int_equal(sock_connect_path(path, SOCK_SEQPACKET, &e), -ECONNREFUSED);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sock_connect_at(dir, "start.sock", SOCK_SEQPACKET, &e), -ENOENT);
	assert_int_equal(sock_connect_path(path, SOCK_SEQPACKET, &e), -ENOENT);
	assert_int_equal(
		sock_connect_path("/tmp/no-such-socket", SOCK_STREAM, &e), -ENOENT);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(sock_listen_at(dir, name, SOCK_STREAM, &e), -ENAMETOOLONG);
	path[n] = '\0';
	close(dir);
	remove_folder(path);
	err_done(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
