/* SPDX-License-Identifier: Apache-2.0 */
/* The channel: what the table allows arrives, everything else is a protocol error. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "sync/channel.h"
#include "sys/sock.h"

static struct chan ends[2];

static int open_pair(void **state)
{
	(void)state;
	return chan_pair(ends, NULL);
}

static int close_pair(void **state)
{
	(void)state;
	chan_close(&ends[0]);
	chan_close(&ends[1]);
	return 0;
}

static void again(void)
{
	close_pair(NULL);
	assert_int_equal(open_pair(NULL), 0);
}

/* One message as the child; what the parent makes of it. */
static int say(uint32_t kind, uint32_t phase, struct error *e)
{
	const struct msg m = { .kind = kind };
	struct chan_event ev;

	ends[1].phase = phase;
	assert_int_equal(chan_send(&ends[1], &m, NULL, 0), 0);
	return chan_recv(&ends[0], &ev, 1000, e);
}

static void every_kind_in_every_phase(void **state)
{
	static const uint32_t phases[] = { 0, MSGP_BORN, MSGP_NAMESPACES, MSGP_ROOT,
		MSGP_INSIDE, MSGP_RESTRICTED, MSGP_FINAL, 64, 3, UINT32_MAX };

	(void)state;
	for (uint32_t k = 0; k < MSG_KINDS + 2; k++) {
		const struct msg_info *info = msg_info(k);

		for (size_t i = 0; i < ARRAY_SIZE(phases); i++) {
			auto_error struct error e = ERROR_INIT;
			uint32_t p = phases[i];
			bool one = p != 0 && (p & (p - 1)) == 0;
			bool allowed = info && one && (info->phases & p) &&
				       (info->senders & (MSGS_INIT | MSGS_RELAY));

			again();
			assert_int_equal(say(k, p, &e), allowed ? 1 : -EPROTO);
			assert_int_equal(e.code, allowed ? 0 : -EPROTO);
			if (!allowed)
				assert_non_null(e.text);
		}
	}
}

static void senders_are_checked(void **state)
{
	(void)state;
	for (uint32_t k = 1; k < MSG_KINDS; k++) {
		const struct msg_info *info = msg_info(k);
		uint32_t phase = info->phases & (~info->phases + 1);

		for (unsigned who = 1; who <= MSGS_START; who <<= 1) {
			again();
			ends[0].senders = who;
			assert_int_equal(
				say(k, phase, NULL), info->senders & who ? 1 : -EPROTO);
		}
	}
}

static void once_is_once(void **state)
{
	(void)state;
	for (uint32_t k = 1; k < MSG_KINDS; k++) {
		const struct msg_info *info = msg_info(k);
		uint32_t phase = info->phases & (~info->phases + 1);

		if (!(info->senders & (MSGS_INIT | MSGS_RELAY)))
			continue;
		again();
		assert_int_equal(say(k, phase, NULL), 1);
		assert_int_equal(say(k, phase, NULL), info->once ? -EPROTO : 1);
	}
}

static void phases_do_not_go_back(void **state)
{
	(void)state;
	assert_int_equal(say(MSG_NEED_MOUNT, MSGP_ROOT, NULL), 1);
	assert_int_equal(say(MSG_LOG, MSGP_BORN, NULL), 1);
	assert_int_equal(say(MSG_NEED_CGROUP, MSGP_NAMESPACES, NULL), -EPROTO);
}

static void init_begins_after_the_relay(void **state)
{
	(void)state;
	assert_int_equal(say(MSG_INIT_BORN, MSGP_NAMESPACES, NULL), 1);
	assert_int_equal(say(MSG_NEED_IDMAP, MSGP_BORN, NULL), 1);
	assert_int_equal(say(MSG_NEED_CGROUP, MSGP_NAMESPACES, NULL), 1);
}

/* As many descriptors as the table says arrive; more are closed. */
static void descriptors_are_counted(void **state)
{
	const struct msg m = { .kind = MSG_INIT_BORN };
	struct chan_event ev;
	int fds[2], next;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	ends[1].phase = MSGP_NAMESPACES;
	assert_int_equal(chan_send(&ends[1], &m, fds, 1), 0);
	assert_int_equal(chan_recv(&ends[0], &ev, 1000, NULL), 1);
	assert_int_equal(ev.n_fds, 1);
	assert_int_equal(fcntl(ev.fds[0], F_GETFD), FD_CLOEXEC);
	close(ev.fds[0]);
	again();
	ends[1].phase = MSGP_NAMESPACES;
	next = dup(0);
	close(next);
	assert_int_equal(chan_send(&ends[1], &m, fds, 2), 0);
	assert_int_equal(chan_recv(&ends[0], &ev, 1000, NULL), -EPROTO);
	assert_int_equal(ev.n_fds, 0);
	assert_int_equal(dup(0), next);
	close(next);
	assert_int_equal(chan_send(&ends[1], &m, fds, MSG_MAX_FDS + 1), -EINVAL);
	close(fds[0]);
	close(fds[1]);
}

static void hostile_bytes_are_a_protocol_error(void **state)
{
	static const char junk[64];
	struct chan_event ev;

	(void)state;
	assert_int_equal(sock_send(ends[1].fd, "x", 1, NULL, 0), 0);
	assert_int_equal(chan_recv(&ends[0], &ev, 1000, NULL), -EPROTO);
	assert_int_equal(sock_send(ends[1].fd, junk, sizeof(junk), NULL, 0), 0);
	assert_int_equal(chan_recv(&ends[0], &ev, 1000, NULL), -EPROTO);
}

static void end_of_file_and_deadline(void **state)
{
	auto_error struct error e = ERROR_INIT;
	struct chan_event ev;

	(void)state;
	assert_int_equal(chan_recv(&ends[0], &ev, 20, &e), -ETIMEDOUT);
	assert_non_null(e.text);
	chan_close(&ends[1]);
	assert_int_equal(chan_recv(&ends[0], &ev, 1000, NULL), 0);
}

static void an_error_arrives_whole(void **state)
{
	auto_error struct error sent = ERROR_INIT, got = ERROR_INIT;
	struct chan_event ev;

	(void)state;
	err_sys(&sent, EPERM, "fsmount", "cannot mount proc on /proc");
	err_hint(&sent, "advice");
	err_step(&sent, "mounts");
	ends[1].phase = MSGP_ROOT;
	assert_int_equal(chan_fail(&ends[1], &sent), 0);
	assert_int_equal(chan_recv(&ends[0], &ev, 1000, NULL), 1);
	assert_int_equal(ev.msg.kind, MSG_ERROR);
	assert_int_equal(err_unpack(ev.msg.payload, ev.msg.len, &got), 0);
	assert_int_equal(got.code, -EPERM);
	assert_string_equal(got.text, sent.text);
	assert_string_equal(got.call, "fsmount");
	assert_string_equal(got.step, "mounts");
}

static void a_huge_error_fits(void **state)
{
	auto_error struct error sent = ERROR_INIT, got = ERROR_INIT;
	auto_free char *text = malloc(100000);
	struct chan_event ev;

	(void)state;
	memset(text, 'x', 99999);
	text[99999] = '\0';
	err_sys(&sent, EIO, "write", "%s", text);
	ends[1].phase = MSGP_ROOT;
	assert_int_equal(chan_fail(&ends[1], &sent), 0);
	assert_int_equal(chan_recv(&ends[0], &ev, 1000, NULL), 1);
	assert_int_equal(err_unpack(ev.msg.payload, ev.msg.len, &got), 0);
	assert_int_equal(got.code, -EIO);
	assert_string_equal(got.call, "write");
}

/* The parent in a process of its own: answers one request. */
static pid_t answering(const struct error *failure, int fd)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct chan_event ev;
		int r = chan_recv(&ends[0], &ev, 5000, NULL);

		if (r == 1)
			r = chan_answer(&ends[0], failure, fd);
		_exit(r < 0);
	}
	chan_close(&ends[0]);
	return pid;
}

static void finish(pid_t pid, int code)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), code);
}

static void a_request_is_answered(void **state)
{
	pid_t pid = answering(NULL, -EBADF);

	(void)state;
	ends[1].phase = MSGP_ROOT;
	assert_int_equal(chan_ask(&ends[1], MSG_NEED_HOOKS, 0, NULL, NULL), 0);
	finish(pid, 0);
}

static void an_answer_carries_a_descriptor(void **state)
{
	int fds[2], got = -EBADF;
	pid_t pid;
	char c;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = answering(NULL, fds[1]);
	ends[1].phase = MSGP_ROOT;
	assert_int_equal(chan_ask(&ends[1], MSG_NEED_MOUNT, 7, &got, NULL), 0);
	assert_int_equal(write(got, "x", 1), 1);
	assert_int_equal(read(fds[0], &c, 1), 1);
	close(got);
	close(fds[0]);
	close(fds[1]);
	finish(pid, 0);
}

static void a_missing_descriptor_is_an_error(void **state)
{
	auto_error struct error e = ERROR_INIT;
	pid_t pid = answering(NULL, -EBADF);
	int got = -EBADF;

	(void)state;
	ends[1].phase = MSGP_ROOT;
	assert_int_equal(chan_ask(&ends[1], MSG_NEED_MOUNT, 7, &got, &e), -EPROTO);
	assert_int_equal(got, -EBADF);
	finish(pid, 0);
}

static void a_refusal_is_the_parents_error(void **state)
{
	auto_error struct error no = ERROR_INIT, e = ERROR_INIT;
	pid_t pid;

	(void)state;
	err_sys(&no, ENOENT, "open", "cannot open the source");
	pid = answering(&no, -EBADF);
	ends[1].phase = MSGP_ROOT;
	assert_int_equal(chan_ask(&ends[1], MSG_NEED_MOUNT, 7, NULL, &e), -ENOENT);
	assert_string_equal(e.text, "cannot open the source");
	finish(pid, 0);
}

static void a_dead_parent_is_noticed(void **state)
{
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(0);
	finish(pid, 0);
	chan_close(&ends[0]);
	ends[1].phase = MSGP_ROOT;
	assert_int_equal(chan_ask(&ends[1], MSG_NEED_HOOKS, 0, NULL, NULL), -EPIPE);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_pair, close_pair)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_kind_in_every_phase),
		CASE(senders_are_checked),
		CASE(once_is_once),
		CASE(phases_do_not_go_back),
		CASE(init_begins_after_the_relay),
		CASE(descriptors_are_counted),
		CASE(hostile_bytes_are_a_protocol_error),
		CASE(end_of_file_and_deadline),
		CASE(an_error_arrives_whole),
		CASE(a_huge_error_fits),
		CASE(a_request_is_answered),
		CASE(an_answer_carries_a_descriptor),
		CASE(a_missing_descriptor_is_an_error),
		CASE(a_refusal_is_the_parents_error),
		CASE(a_dead_parent_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
