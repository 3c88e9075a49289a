/* SPDX-License-Identifier: Apache-2.0 */
/* The error object: filling, joining, rendering, wire. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"

static const struct err_place place = {
	.file = "config.json",
	.line = 1,
	.column = 63,
	.path = "linux.resources.pids.limit",
};

static void check_line(const struct error *e, const char *want)
{
	auto_buf struct buf b = BUF_INIT;

	assert_int_equal(err_line(e, &b), 0);
	assert_string_equal(b.p, want);
}

static void check_text(const struct error *e, const char *want)
{
	auto_buf struct buf b = BUF_INIT;

	assert_int_equal(err_text(e, &b), 0);
	assert_string_equal(b.p, want);
}

static void a_failed_call(void **state)
{
	auto_error struct error e = ERROR_INIT;

	(void)state;
	assert_int_equal(
		err_sys(&e, EPERM, "fsmount", "cannot mount %s on %s", "proc", "/proc"),
		-EPERM);
	assert_int_equal(e.kind, ERR_SYSTEM);
	assert_int_equal(err_wrap(&e, "web"), -EPERM);
	assert_int_equal(err_wrap(&e, "create"), -EPERM);
	check_line(&e, "create: web: cannot mount proc on /proc: fsmount: EPERM");
	assert_int_equal(err_sys(&e, 0, NULL, "cannot go on"), -EIO);
	check_line(&e, "cannot go on: EIO");
}

static void nobody_listens(void **state)
{
	struct error fault = ERROR_INIT;

	(void)state;
	assert_int_equal(err_sys(NULL, ENOENT, "open", "x"), -ENOENT);
	assert_int_equal(err_set(NULL, ERR_STATE, -EBUSY, "x"), -EBUSY);
	assert_int_equal(err_verbatim(NULL, ERR_STATE, -EBUSY, "x"), -EBUSY);
	assert_int_equal(err_at(NULL, &place, "x"), -EINVAL);
	assert_true(err_wrap(NULL, "x") < 0);
	err_place(NULL, &place);
	err_hint(NULL, "x");
	err_step(NULL, "x");
	err_set(&fault, ERR_CONFIG, -EINVAL, "x");
	err_add_fault(NULL, &fault);
	err_move(NULL, &fault);
	assert_false(err_is(&fault));
	err_done(NULL);
}

static void a_code_is_always_negative(void **state)
{
	auto_error struct error e = ERROR_INIT;

	(void)state;
	assert_int_equal(err_set(&e, ERR_BUG, 0, "x"), -EIO);
	err_done(&e);
	/* What forgot to tell its error does not become success. */
	assert_int_equal(err_wrap(&e, "read the state"), -EIO);
	check_line(&e, "read the state");
}

static void texts_may_be_made_from_the_old_error(void **state)
{
	auto_error struct error e = ERROR_INIT;

	(void)state;
	err_sys(&e, ENOENT, "open", "inner");
	err_set(&e, ERR_HOST, e.code, "outer of %s", e.text);
	check_line(&e, "outer of inner");
	assert_int_equal(e.code, -ENOENT);
	err_sys(&e, EBUSY, "mount", "again %s", e.text);
	check_line(&e, "again outer of inner: mount: EBUSY");
}

static void a_fault_of_a_file(void **state)
{
	auto_error struct error e = ERROR_INIT;

	(void)state;
	assert_int_equal(err_at(&e, &place, "expected %s", "an integer"), -EINVAL);
	assert_int_equal(e.kind, ERR_CONFIG);
	check_line(
		&e, "config.json:1:63: linux.resources.pids.limit: expected an integer");
	err_hint(&e, "write a number");
	err_hint(&e, "not this one");
	check_text(&e,
		"config.json:1:63: linux.resources.pids.limit: expected an integer\n"
		"  hint:  write a number\n");
	err_at(&e, &(struct err_place){ .file = "config.json" }, "empty");
	check_line(&e, "config.json: empty");
}

static void the_screen_of_a_person(void **state)
{
	auto_error struct error e = ERROR_INIT;

	(void)state;
	err_sys(&e, EPERM, "fsmount", "cannot mount proc on /proc");
	err_wrap(&e, "create web");
	err_place(&e, &(struct err_place){ "config.json", 67, 9, "mounts[0]" });
	err_place(&e, &place);
	err_step(&e, "mounts (init)");
	err_step(&e, "another");
	err_hint(&e, "mask less");
	check_line(&e, "create web: cannot mount proc on /proc: fsmount: EPERM");
	check_text(&e,
		"create web: cannot mount proc on /proc: fsmount: EPERM\n"
		"  where: config.json:67:9 mounts[0]          step: mounts (init)\n"
		"  hint:  mask less\n");
}

static void exact_texts_stay_exact(void **state)
{
	auto_error struct error e = ERROR_INIT;

	(void)state;
	err_verbatim(&e, ERR_STATE, -ENOENT, "container does not exist");
	err_wrap(&e, "delete web");
	check_line(&e, "container does not exist");
}

static void nothing_of_a_terminal_gets_out(void **state)
{
	auto_error struct error e = ERROR_INIT;

	(void)state;
	err_sys(&e, EIO, "re\nad", "cannot read \x1b[2J");
	err_wrap(&e, "\x07");
	check_line(&e, "\\x07: cannot read \\x1b[2J: re\\x0aad: EIO");
}

static void all_faults_are_counted(void **state)
{
	auto_error struct error e = ERROR_INIT;

	(void)state;
	for (unsigned i = 0; i < 25; i++) {
		auto_error struct error fault = ERROR_INIT;
		struct err_place where = place;

		where.line = i + 1;
		err_at(&fault, &where, "bad");
		err_add_fault(&e, &fault);
		if (i == 0)
			check_line(
				&e, "config.json:1:63: linux.resources.pids.limit: bad");
	}
	assert_int_equal(e.code, -EINVAL);
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_int_equal(e.n_faults, 20);
	assert_int_equal(e.all_faults, 25);
	assert_int_equal(e.faults[19].line, 20);
	check_line(&e, "config.json:1:63: linux.resources.pids.limit: bad (and 24 more)");
	err_wrap(&e, "check");
	check_line(&e,
		"check: config.json:1:63: linux.resources.pids.limit: bad (and 24 more)");
	{
		auto_buf struct buf b = BUF_INIT;
		unsigned lines = 0;

		assert_int_equal(err_text(&e, &b), 0);
		for (const char *s = b.p; *s; s++)
			lines += *s == '\n';
		assert_int_equal(lines, 21);
		assert_non_null(strstr(b.p, "\n(5 more are not shown)\n"));
	}
}

static void an_error_joins_the_list(void **state)
{
	auto_error struct error e = ERROR_INIT;
	auto_error struct error fault = ERROR_INIT;

	(void)state;
	err_add_fault(&e, &fault); /* no fault at all */
	assert_false(err_is(&e));
	err_set(&e, ERR_CONFIG, -EINVAL, "first");
	err_set(&fault, ERR_CONFIG, -EINVAL, "second");
	err_add_fault(&e, &fault);
	assert_int_equal(e.all_faults, 2);
	check_text(&e, "first (and 1 more)\nsecond\n");
}

static void moving_empties_the_source(void **state)
{
	auto_error struct error a = ERROR_INIT;
	auto_error struct error b = ERROR_INIT;

	(void)state;
	err_set(&a, ERR_HOST, -EIO, "old");
	err_set(&b, ERR_USAGE, -EINVAL, "new");
	err_move(&a, &b);
	assert_string_equal(a.text, "new");
	assert_false(err_is(&b));
	assert_null(b.text);
	err_move(&a, &a);
	assert_string_equal(a.text, "new");
}

static void same(const char *a, const char *b)
{
	assert_int_equal(a == NULL, b == NULL);
	if (a)
		assert_string_equal(a, b);
}

static void the_wire_carries_everything(void **state)
{
	auto_error struct error e = ERROR_INIT;
	auto_error struct error got = ERROR_INIT;
	char wire[1024];
	size_t n;

	(void)state;
	err_sys(&e, EBUSY, "", "cannot \xc3\xa4");
	err_place(&e, &place);
	err_step(&e, "mounts (init)");
	e.verbatim = true;
	n = err_pack(&e, wire, sizeof(wire));
	assert_true(n > 0 && n < sizeof(wire));
	assert_int_equal(err_unpack(wire, n, &got), 0);
	assert_int_equal(got.code, -EBUSY);
	assert_int_equal(got.kind, ERR_SYSTEM);
	assert_true(got.verbatim);
	assert_int_equal(got.line, 1);
	assert_int_equal(got.column, 63);
	same(got.text, e.text);
	same(got.call, "");
	same(got.doing, NULL);
	same(got.hint, NULL);
	same(got.file, e.file);
	same(got.path, e.path);
	same(got.step, e.step);
}

static void long_errors_are_cut_in_order(void **state)
{
	char huge[9000], wire[8192];
	size_t n;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(huge); i += 2) {
		huge[i] = '\xc3';
		huge[i + 1] = '\xa4';
	}
	huge[sizeof(huge) - 2] = '\0';
	for (size_t max = 512; max <= sizeof(wire); max += 7) {
		auto_error struct error e = ERROR_INIT;
		auto_error struct error got = ERROR_INIT;

		err_sys(&e, EPERM, "mount_setattr", "%s", huge);
		err_wrap(&e, "create web");
		err_hint(&e, "%s", huge);
		err_place(&e, &place);
		err_step(&e, "mounts (init)");
		n = err_pack(&e, wire, max);
		assert_true(n <= max && n + 2 > max);
		assert_int_equal(err_unpack(wire, n, &got), 0);
		assert_string_equal(got.call, "mount_setattr");
		assert_string_equal(got.path, place.path);
		assert_string_equal(got.step, "mounts (init)");
		assert_string_equal(got.hint, "");
		assert_string_equal(got.doing, "");
		assert_true(strlen(got.text) > 300 && strlen(got.text) % 2 == 0);
		assert_int_equal(got.code, -EPERM);
	}
	{
		auto_error struct error e = ERROR_INIT;
		auto_error struct error got = ERROR_INIT;

		/* only the hint is too long */
		err_sys(&e, EPERM, "mount", "text");
		err_hint(&e, "%s", huge);
		n = err_pack(&e, wire, 512);
		assert_int_equal(err_unpack(wire, n, &got), 0);
		assert_string_equal(got.text, "text");
		assert_true(strlen(got.hint) > 300);
	}
}

static void hostile_bytes_are_refused(void **state)
{
	auto_error struct error e = ERROR_INIT;
	auto_error struct error got = ERROR_INIT;
	unsigned char wire[512], copy[512];
	size_t n;

	(void)state;
	err_sys(&e, EPERM, "mount", "text");
	n = err_pack(&e, wire, sizeof(wire));
	for (size_t len = 0; len < n; len++)
		assert_int_equal(err_unpack(wire, len, &got), -EBADMSG);
	assert_int_equal(err_unpack(wire, n + 1, &got), -EBADMSG);
	assert_false(err_is(&got));
	/* Every damage of one byte is refused or harmless. */
	for (size_t i = 0; i < n; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			auto_error struct error odd = ERROR_INIT;
			int r;

			memcpy(copy, wire, n);
			copy[i] ^= (unsigned char)(1u << bit);
			r = err_unpack(copy, n, &odd);
			assert_true(r == -EBADMSG || (r == 0 && odd.code < 0));
		}
	}
	/* A NUL inside would hide what follows. */
	memcpy(copy, wire, n);
	copy[n - 1] = 0;
	assert_int_equal(err_unpack(copy, n, &got), -EBADMSG);
}

static void names_of_errno(void **state)
{
	(void)state;
	assert_string_equal(err_name(EPERM), "EPERM");
	assert_string_equal(err_name(-EPERM), "EPERM");
	assert_string_equal(err_name(EOPNOTSUPP), "EOPNOTSUPP");
	assert_string_equal(err_name(EHWPOISON), "EHWPOISON");
	assert_string_equal(err_name(EAGAIN), "EAGAIN");
	assert_string_equal(err_name(4000), "E4000");
	assert_string_equal(err_name(INT32_MIN), "E2147483648");
	assert_string_equal(err_name(0), "E0");
	assert_string_equal(err_words(ENOENT), "no such file or directory");
	assert_string_equal(err_words(-EACCES), "permission denied");
	assert_string_equal(err_words(ENOEXEC), "exec format error");
	assert_string_equal(err_words(EBUSY), "EBUSY");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failed_call),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(a_code_is_always_negative),
		cmocka_unit_test(texts_may_be_made_from_the_old_error),
		cmocka_unit_test(a_fault_of_a_file),
		cmocka_unit_test(the_screen_of_a_person),
		cmocka_unit_test(exact_texts_stay_exact),
		cmocka_unit_test(nothing_of_a_terminal_gets_out),
		cmocka_unit_test(all_faults_are_counted),
		cmocka_unit_test(an_error_joins_the_list),
		cmocka_unit_test(moving_empties_the_source),
		cmocka_unit_test(the_wire_carries_everything),
		cmocka_unit_test(long_errors_are_cut_in_order),
		cmocka_unit_test(hostile_bytes_are_refused),
		cmocka_unit_test(names_of_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
