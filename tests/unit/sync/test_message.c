/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: every kind goes through, hostile bytes do not. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "sync/message.h"

#define HEAD 20u /* kind, phase, arg, errnum, len */

static void table_is_complete(void **state)
{
	(void)state;
	assert_null(msg_info(0));
	assert_null(msg_info(MSG_KINDS));
	assert_null(msg_info(UINT32_MAX));
	for (uint32_t k = 1; k < MSG_KINDS; k++) {
		const struct msg_info *info = msg_info(k);

		assert_non_null(info);
		assert_non_null(info->name);
		assert_true(info->senders != 0);
		assert_true(
			info->phases != 0 && (info->phases & ~(unsigned)MSGP_ANY) == 0);
		assert_true(info->max_payload <= MSG_MAX - HEAD);
		assert_true(info->max_fds <= MSG_MAX_FDS);
		for (uint32_t other = 1; other < k; other++)
			assert_string_not_equal(info->name, msg_info(other)->name);
	}
}

/* An ABI between releases: a waiting init may be older than the start that talks to it. */
static void numbers_stay(void **state)
{
	(void)state;
	assert_int_equal(MSG_START, 2);
	assert_int_equal(MSG_EXEC, 3);
	assert_int_equal(MSG_ERROR, 4);
	assert_int_equal(MSG_READY, 5);
}

static void every_kind_goes_round(void **state)
{
	unsigned char bytes[MSG_MAX], payload[MSG_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (unsigned char)(i * 7);
	for (uint32_t k = 1; k < MSG_KINDS; k++) {
		const uint32_t lengths[] = { 0, 1, 17, msg_info(k)->max_payload };

		for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
			const struct msg m = { .kind = k,
				.phase = MSGP_INSIDE,
				.arg = 0xdeadbeef,
				.errnum = 4095,
				.len = lengths[i],
				.payload = payload };
			struct msg out;
			int n = msg_encode(&m, bytes);

			assert_int_equal(n, HEAD + lengths[i]);
			assert_int_equal(msg_decode(bytes, (size_t)n, &out), 0);
			assert_int_equal(out.kind, k);
			assert_int_equal(out.phase, MSGP_INSIDE);
			assert_int_equal(out.arg, 0xdeadbeef);
			assert_int_equal(out.errnum, 4095);
			assert_int_equal(out.len, lengths[i]);
			if (lengths[i])
				assert_memory_equal(out.payload, payload, lengths[i]);
			else
				assert_null(out.payload);
		}
	}
}

static void too_long_is_refused(void **state)
{
	unsigned char bytes[MSG_MAX];
	static const unsigned char payload[MSG_MAX + 1];
	struct msg m = { .kind = MSG_LOG, .len = MSG_MAX - HEAD, .payload = payload };

	(void)state;
	assert_int_equal(msg_encode(&m, bytes), MSG_MAX);
	m.len++;
	assert_int_equal(msg_encode(&m, bytes), -E2BIG);
	m.len = UINT32_MAX;
	assert_int_equal(msg_encode(&m, bytes), -E2BIG);
}

static void broken_bytes_are_refused(void **state)
{
	const struct msg m = { .kind = MSG_LOG, .phase = 1, .len = 4, .payload = "abcd" };
	unsigned char bytes[MSG_MAX];
	struct msg out;
	int n = msg_encode(&m, bytes);
	int32_t errnum;
	uint32_t len;

	(void)state;
	for (size_t cut = 0; cut < (size_t)n; cut++)
		assert_int_equal(msg_decode(bytes, cut, &out), -EBADMSG);
	assert_int_equal(msg_decode(bytes, (size_t)n + 1, &out), -EBADMSG);
	assert_int_equal(msg_decode(bytes, MSG_MAX + 1u, &out), -EBADMSG);
	len = UINT32_MAX;
	memcpy(bytes + 16, &len, sizeof(len));
	assert_int_equal(msg_decode(bytes, (size_t)n, &out), -EBADMSG);
	len = 4;
	memcpy(bytes + 16, &len, sizeof(len));
	errnum = -1;
	memcpy(bytes + 12, &errnum, sizeof(errnum));
	assert_int_equal(msg_decode(bytes, (size_t)n, &out), -EBADMSG);
	errnum = 4096;
	memcpy(bytes + 12, &errnum, sizeof(errnum));
	assert_int_equal(msg_decode(bytes, (size_t)n, &out), -EBADMSG);
}

/* A newer release may send kinds that we do not know: readers of start.sock skip them. */
static void unknown_kinds_decode(void **state)
{
	const struct msg m = { .kind = 4711, .phase = 1 };
	unsigned char bytes[MSG_MAX];
	struct msg out;
	int n = msg_encode(&m, bytes);

	(void)state;
	assert_int_equal(msg_decode(bytes, (size_t)n, &out), 0);
	assert_int_equal(out.kind, 4711);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_complete),
		cmocka_unit_test(numbers_stay),
		cmocka_unit_test(every_kind_goes_round),
		cmocka_unit_test(too_long_is_refused),
		cmocka_unit_test(broken_bytes_are_refused),
		cmocka_unit_test(unknown_kinds_decode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
