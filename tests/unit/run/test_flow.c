/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded buffers: nothing waits, nothing is lost, nothing is read that has no room. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "run/flow.h"

static struct flow flow;
static int in[2], out[2];

static void set_up(int make(int *))
{
	assert_int_equal(make(in), 0);
	assert_int_equal(make(out), 0);
	memset(&flow, 0, sizeof(flow));
	flow_end_init(&flow.from, in[0]);
	flow_end_init(&flow.to, out[1]);
}

static void tear_down(void)
{
	flow_end_done(&flow.from);
	flow_end_done(&flow.to);
	for (int i = 0; i < 2; i++) {
		cleanup_fd(&in[i]);
		cleanup_fd(&out[i]);
	}
}

static int pair(int *fds)
{
	return socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
}

static void the_flags_of_others_are_left_alone(void **state)
{
	(void)state;
	set_up(pipe);
	assert_int_equal(fcntl(in[0], F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(fcntl(out[1], F_GETFL) & O_NONBLOCK, 0);
	assert_int_not_equal(fcntl(flow.from.fd, F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(flow_fill(&flow), -EAGAIN);
	assert_false(flow.eof);
	tear_down();
}

static void every_byte_in_order(void **state)
{
	unsigned char sent[200000], got[200000];
	size_t w = 0, r = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (unsigned char)(i * 7 + i / 251);
	for (int kind = 0; kind < 2; kind++) {
		set_up(kind ? pair : pipe);
		fcntl(in[1], F_SETFL, O_NONBLOCK);
		fcntl(out[0], F_SETFL, O_NONBLOCK);
		w = r = 0;
		for (unsigned round = 0; r < sizeof(got); round++) {
			size_t want = round % 977 + 1;
			ssize_t n = write(in[1], sent + w,
				w + want < sizeof(sent) ? want : sizeof(sent) - w);

			w += n > 0 ? (size_t)n : 0;
			if (flow_has_room(&flow))
				flow_fill(&flow);
			flow_drain(&flow);
			/* A reader of few bytes */
			n = read(out[0], got + r, round % 53 + 700);
			r += n > 0 ? (size_t)n : 0;
		}
		assert_memory_equal(sent, got, sizeof(sent));
		tear_down();
	}
}

static void a_full_buffer_reads_no_more(void **state)
{
	char text[4096];
	int n;

	(void)state;
	memset(text, 'x', sizeof(text));
	set_up(pipe);
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 1000; i++) {
		if (write(in[1], text, sizeof(text)) < 0 && !flow_has_room(&flow))
			break;
		if (flow_has_room(&flow))
			flow_fill(&flow);
		flow_drain(&flow);
	}
	assert_false(flow_has_room(&flow));
	assert_int_equal(flow.end - flow.begin, FLOW_SIZE);
	assert_int_equal(flow_fill(&flow), -EAGAIN);
	assert_int_equal(flow_drain(&flow), -EAGAIN);
	assert_false(flow.eof || flow.broken);
	/* One byte further on: no room is made before there is something to write. */
	do
		n = (int)read(out[0], text, sizeof(text));
	while (n == (int)sizeof(text) && flow_drain(&flow) == -EAGAIN);
	assert_true(flow_has_room(&flow));
	tear_down();
}

static void the_end(void **state)
{
	(void)state;
	set_up(pipe);
	assert_int_equal(write(in[1], "last", 4), 4);
	cleanup_fd(&in[1]);
	assert_int_equal(flow_fill(&flow), 4);
	assert_false(flow.eof);
	assert_int_equal(flow_fill(&flow), 0);
	assert_true(flow.eof);
	assert_false(flow_has_room(&flow));
	assert_true(flow_has_data(&flow));
	assert_int_equal(flow_drain(&flow), 0);
	assert_false(flow_has_data(&flow));
	tear_down();
}

static void a_reader_that_went_away_is_not_waited_for(void **state)
{
	(void)state;
	for (int kind = 0; kind < 2; kind++) {
		set_up(kind ? pair : pipe);
		assert_int_equal(write(in[1], "text", 4), 4);
		assert_int_equal(flow_fill(&flow), 4);
		cleanup_fd(&out[0]);
		assert_int_equal(flow_drain(&flow), 0);
		assert_true(flow.broken);
		assert_false(flow_has_data(&flow));
		/* What comes goes nowhere, and makes room again. */
		assert_int_equal(write(in[1], "more", 4), 4);
		assert_int_equal(flow_fill(&flow), 4);
		assert_int_equal(flow_drain(&flow), 0);
		assert_true(flow_has_room(&flow));
		tear_down();
	}
}

/* What cannot be opened anew is written to in pieces that a ready terminal takes. */
static void who_has_to_wait_is_given_little(void **state)
{
	char text[1000];
	size_t got = 0;

	(void)state;
	memset(text, 'y', sizeof(text));
	set_up(pipe);
	flow.to.waits = true;
	assert_int_equal(write(in[1], text, sizeof(text)), sizeof(text));
	assert_int_equal(flow_fill(&flow), sizeof(text));
	for (int i = 0; i < 3; i++)
		assert_int_equal(flow_drain(&flow), -EAGAIN);
	assert_int_equal(flow_drain(&flow), 0);
	got += (size_t)read(out[0], text, sizeof(text));
	assert_int_equal(got, sizeof(text));
	tear_down();
}

static void a_file_is_read_and_written(void **state)
{
	char name[] = "/tmp/davit-flow-XXXXXX", text[8];
	int fd = mkstemp(name);
	struct flow f = { .begin = 0 };

	(void)state;
	assert_true(fd >= 0);
	unlink(name);
	assert_int_equal(write(fd, "begin", 5), 5);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	flow_end_init(&f.from, fd);
	flow_end_init(&f.to, fd);
	assert_int_equal(f.from.fd, fd);
	assert_int_equal(flow_fill(&f), 5);
	assert_int_equal(flow_drain(&f), 0);
	assert_int_equal(pread(fd, text, sizeof(text), 5), 5);
	assert_memory_equal(text, "begin", 5);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_flags_of_others_are_left_alone),
		cmocka_unit_test(every_byte_in_order),
		cmocka_unit_test(a_full_buffer_reads_no_more),
		cmocka_unit_test(the_end),
		cmocka_unit_test(a_reader_that_went_away_is_not_waited_for),
		cmocka_unit_test(who_has_to_wait_is_given_little),
		cmocka_unit_test(a_file_is_read_and_written),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
