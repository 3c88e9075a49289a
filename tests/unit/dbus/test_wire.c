/* SPDX-License-Identifier: Apache-2.0 */
/* The wire format: known bytes, values that do not fit, and every cut of a message. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "dbus/wire.h"

/* Hello, as the specification lays it out. */
static const unsigned char hello[] = "l\1\2\1\0\0\0\0\1\0\0\0\x6e\0\0\0"
				     "\1\1o\0\x15\0\0\0/org/freedesktop/DBus\0\0\0"
				     "\6\1s\0\x14\0\0\0org.freedesktop.DBus\0\0\0\0"
				     "\2\1s\0\x14\0\0\0org.freedesktop.DBus\0\0\0\0"
				     "\3\1s\0\5\0\0\0Hello\0\0";

static const struct dbus_call hello_call = { .destination = "org.freedesktop.DBus",
	.path = "/org/freedesktop/DBus",
	.interface = "org.freedesktop.DBus",
	.member = "Hello" };

static void test_call(void **state)
{
	auto_buf struct buf out = BUF_INIT;
	struct dbus_msg m;

	(void)state;
	assert_int_equal(dbus_encode_call(&hello_call, 1, &out), 0);
	assert_int_equal(out.len, 16 + ((0x6e + 7) & ~7));
	assert_memory_equal(out.p, hello, out.len);
	assert_int_equal(dbus_decode((unsigned char *)out.p, out.len, &m), 0);
	assert_int_equal(m.type, DBUS_CALL);
	assert_int_equal(m.serial, 1);
	assert_string_equal(m.destination, "org.freedesktop.DBus");
	assert_string_equal(m.path, "/org/freedesktop/DBus");
	assert_string_equal(m.interface, "org.freedesktop.DBus");
	assert_string_equal(m.member, "Hello");
	assert_string_equal(m.signature, "");
	assert_int_equal(m.body_len, 0);
}

static void test_cuts(void **state)
{
	auto_dbus_w struct dbus_w body = DBUS_W_INIT;
	auto_buf struct buf out = BUF_INIT;
	struct dbus_call call = hello_call;
	struct dbus_msg m;

	(void)state;
	dbus_put_str(&body, "davit");
	call.body = &body;
	call.signature = "s";
	assert_int_equal(dbus_encode_call(&call, 3, &out), 0);
	/* Each cut is copied, so that a sanitizer sees a read beyond it. */
	for (size_t n = 0; n < out.len; n++) {
		auto_free unsigned char *cut = malloc(n ? n : 1);

		memcpy(cut, out.p, n);
		assert_int_equal(dbus_decode(cut, n, &m), -EBADMSG);
	}
	/* And each flipped byte is refused or still safe to read. */
	for (size_t i = 0; i < out.len; i++) {
		auto_free unsigned char *bent = malloc(out.len);

		memcpy(bent, out.p, out.len);
		bent[i] ^= 0xff;
		if (dbus_decode(bent, out.len, &m) == 0) {
			struct dbus_r r = dbus_read(&m);
			const char *text;

			(void)dbus_get_str(&r, &text);
		}
	}
	assert_int_equal(dbus_decode((unsigned char *)out.p, out.len + 1, &m), -EBADMSG);
}

/* (sv) at the begin of a body. */
static void property(const char *type, const char *const *values, size_t n,
	const void *bytes, size_t len)
{
	auto_dbus_w struct dbus_w w = DBUS_W_INIT;

	dbus_put_property(&w, "P", type, values, n);
	assert_int_equal(dbus_w_end(&w), 0);
	assert_int_equal(w.out.len, len);
	assert_memory_equal(w.out.p, bytes, len);
}
#define PROPERTY(type, bytes, ...)                                                   \
	property(type, (const char *const[]){ __VA_ARGS__ },                         \
		sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *), \
		bytes, sizeof(bytes) - 1)

#define NAME "\1\0\0\0P\0"

static void test_properties(void **state)
{
	(void)state;
	PROPERTY("b", NAME "\1b\0\0\0\0\1\0\0\0", "true");
	PROPERTY("b", NAME "\1b\0\0\0\0\0\0\0\0", "false");
	PROPERTY("i", NAME "\1i\0\0\0\0\xfe\xff\xff\xff", "-2");
	PROPERTY("u", NAME "\1u\0\0\0\0\xff\xff\xff\xff", "4294967295");
	PROPERTY("t", NAME "\1t\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
		"18446744073709551615");
	PROPERTY("x", NAME "\1x\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80",
		"-9223372036854775808");
	PROPERTY("s", NAME "\1s\0\0\0\0\2\0\0\0hi\0", "hi");
	PROPERTY("as", NAME "\2as\0\0\0\xe\0\0\0\1\0\0\0a\0\0\0\1\0\0\0b\0", "a", "b");
	PROPERTY("au", NAME "\2au\0\0\0\4\0\0\0\7\0\0\0", "7");
	PROPERTY("ay", NAME "\2ay\0\0\0\2\0\0\0\3\xff", "3", "255");
	PROPERTY("a(st)",
		NAME "\5a(st)\0\0\0\0\x10\0\0\0\0\0\0\0\2\0\0\0/a\0\0\5\0\0\0\0\0\0\0",
		"/a", "5");
	PROPERTY("a(ss)",
		NAME "\5a(ss)\0\0\0\0\xf\0\0\0\0\0\0\0\2\0\0\0/a\0\0\2\0\0\0rw\0", "/a",
		"rw");
	property("as", NULL, 0, NAME "\2as\0\0\0\0\0\0\0", 16);
}

static void test_misfits(void **state)
{
	static const struct {
		const char *type, *value;
		int code;
	} cases[] = {
		{ "b", "yes", -EINVAL },
		{ "y", "1", -EINVAL },
		{ "v", "1", -EINVAL },
		{ "", "1", -EINVAL },
		{ "i", "2147483648", -ERANGE },
		{ "u", "-1", -EINVAL },
		{ "u", "4294967296", -ERANGE },
		{ "t", "18446744073709551616", -ERANGE },
		{ "t", "1 ", -EINVAL },
		{ "ay", "256", -ERANGE },
		{ "s", "\xff", -EINVAL },
		{ "a(st)", "/a", -EINVAL },
		{ "a{sv}", "", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_dbus_w struct dbus_w w = DBUS_W_INIT;

		dbus_put_property(&w, "P", cases[i].type, &cases[i].value, 1);
		if (dbus_w_end(&w) != cases[i].code)
			fail_msg("%s %s", cases[i].type, cases[i].value);
	}
}

static void test_lengths(void **state)
{
	unsigned char head[DBUS_HEAD] = "l\1\0\1\0\0\0\0\1\0\0\0\0\0\0";
	size_t n;

	(void)state;
	assert_int_equal(dbus_length(head, &n), 0);
	assert_int_equal(n, DBUS_HEAD);
	head[7] = 8; /* 128 MiB of body, and the head */
	assert_int_equal(dbus_length(head, &n), -EBADMSG);
	head[7] = 7;
	head[15] = 0xff;
	assert_int_equal(dbus_length(head, &n), -EBADMSG);
	memcpy(head, "B\1\0\1\0\0\1\2\0\0\0\1\0\0\0\3", DBUS_HEAD);
	assert_int_equal(dbus_length(head, &n), 0);
	assert_int_equal(n, DBUS_HEAD + 8 + 0x102);
	head[3] = 2;
	assert_int_equal(dbus_length(head, &n), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_properties),
		cmocka_unit_test(test_misfits),
		cmocka_unit_test(test_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
