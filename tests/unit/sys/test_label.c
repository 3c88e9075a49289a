/* SPDX-License-Identifier: Apache-2.0 */
/* Labels, on a folder that stands for /proc/thread-self/attr. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/io.h"
#include "sys/label.h"

#define FULL "/dev/full"

struct attr {
	char path[64];
	int fd;
};

static void write_file(const struct attr *a, const char *name, const char *text)
{
	auto_fd int fd =
		openat(a->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(label_write(fd, text), 0);
}

static void assert_file(const struct attr *a, const char *name, const char *expected)
{
	auto_fd int fd = openat(a->fd, name, O_RDONLY | O_CLOEXEC);
	char text[LABEL_MAX];
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	assert_true(n >= 0);
	text[n] = '\0';
	assert_string_equal(text, expected);
}

/* As Linux 5.1 has it, or older kernels. */
static void make(struct attr *a, bool own)
{
	snprintf(a->path, sizeof(a->path), "/tmp/davit-label.XXXXXX");
	assert_non_null(mkdtemp(a->path));
	a->fd = open(a->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(a->fd >= 0);
	write_file(a, "current", "unconfined\n");
	write_file(a, "exec", "");
	write_file(a, "keycreate", "");
	if (!own)
		return;
	assert_int_equal(mkdirat(a->fd, "apparmor", 0700), 0);
	write_file(a, "apparmor/current", "unconfined\n");
	write_file(a, "apparmor/exec", "");
}

static void done(struct attr *a)
{
	static const char *const names[] = { "apparmor/current", "apparmor/exec",
		"current", "exec", "keycreate" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unlinkat(a->fd, names[i], 0);
	unlinkat(a->fd, "apparmor", AT_REMOVEDIR);
	cleanup_fd(&a->fd);
	assert_int_equal(rmdir(a->path), 0);
}

/* PROC-10: AppArmor's own folder, else the files that modules share. */
static void apparmor_has_files_of_its_own(void **state)
{
	static const bool own[] = { true, false };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		struct attr a;

		make(&a, own[i]);
		{
			auto_fd int fd =
				label_apparmor_open(a.fd, "exec", O_WRONLY, NULL);

			assert_true(fd >= 0);
			assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
			assert_int_equal(label_apparmor_enter(fd, "exec", "p//q"), 0);
		}
		assert_file(&a, own[i] ? "apparmor/exec" : "exec", "exec p//q");
		if (own[i])
			assert_file(&a, "exec", "");
		assert_int_equal(label_apparmor_check(a.fd, "p", NULL), 0);
		assert_file(&a, own[i] ? "apparmor/current" : "current", "permprofile p");
		done(&a);
	}
}

static void who_is_confined_stacks(void **state)
{
	static const struct {
		const char *current;
		bool nnp;
		const char *verb;
	} rows[] = {
		{ "unconfined\n", true, "exec" },
		{ "unconfined", true, "exec" },
		/* H8: the whole word. */
		{ "unconfined_foo (enforce)\n", true, "stack" },
		{ "unconfined (complain)\n", true, "stack" },
		{ "p (enforce)\n", true, "stack" },
		{ "a//&unconfined\n", true, "stack" },
		{ "", true, "stack" },
		{ "p (enforce)\n", false, "exec" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *verb = NULL;
		struct attr a;

		make(&a, true);
		write_file(&a, "apparmor/current", rows[i].current);
		assert_int_equal(label_apparmor_verb(a.fd, rows[i].nnp, &verb, NULL), 0);
		assert_string_equal(verb, rows[i].verb);
		done(&a);
	}
}

static void missing_files_are_errors(void **state)
{
	auto_error struct error e = ERROR_INIT;
	const char *verb;
	struct attr a;

	(void)state;
	make(&a, false);
	assert_int_equal(unlinkat(a.fd, "current", 0), 0);
	assert_int_equal(unlinkat(a.fd, "exec", 0), 0);
	assert_int_equal(unlinkat(a.fd, "keycreate", 0), 0);
	assert_int_equal(label_apparmor_open(a.fd, "exec", O_WRONLY, &e), -ENOENT);
	assert_string_equal(e.call, "open");
	err_done(&e);
	assert_int_equal(label_apparmor_check(a.fd, "p", &e), -ENOENT);
	err_done(&e);
	assert_int_equal(label_apparmor_verb(a.fd, true, &verb, &e), -ENOENT);
	err_done(&e);
	assert_int_equal(label_selinux_open(a.fd, "exec", O_WRONLY, &e), -ENOENT);
	err_done(&e);
	assert_int_equal(label_selinux_keys(a.fd, "l", &e), -ENOENT);
	done(&a);
}

static void names_have_a_limit(void **state)
{
	auto_error struct error e = ERROR_INIT;
	char name[LABEL_MAX];
	struct attr a;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	make(&a, true);
	assert_int_equal(label_apparmor_check(a.fd, name, &e), -ENAMETOOLONG);
	err_done(&e);
	assert_int_equal(label_apparmor_enter(-EBADF, "exec", name), -ENAMETOOLONG);
	done(&a);
}

/* PROC-23: set and cleared; what a write says is told. */
static void selinux_labels(void **state)
{
	auto_error struct error e = ERROR_INIT;
	auto_fd int full = open(FULL, O_WRONLY | O_CLOEXEC);
	struct attr a;

	(void)state;
	make(&a, false);
	{
		auto_fd int fd = label_selinux_open(a.fd, "exec", O_WRONLY, NULL);

		assert_true(fd >= 0);
		assert_int_equal(label_selinux_check(fd, "u:r:t:s0", NULL), 0);
	}
	assert_file(&a, "exec", "u:r:t:s0\n");
	assert_int_equal(label_selinux_keys(a.fd, "u:r:t:s0:c1,c2", NULL), 0);
	assert_file(&a, "keycreate", "u:r:t:s0:c1,c2");
	write_file(&a, "keycreate", "");
	assert_int_equal(label_selinux_keys(a.fd, NULL, NULL), 0);
	assert_file(&a, "keycreate", "\n");
	assert_true(full >= 0);
	assert_int_equal(label_selinux_check(full, "bad", &e), -ENOSPC);
	assert_non_null(strstr(e.text, "\"bad\""));
	assert_string_equal(e.call, "write");
	done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(apparmor_has_files_of_its_own),
		cmocka_unit_test(who_is_confined_stacks),
		cmocka_unit_test(missing_files_are_errors),
		cmocka_unit_test(names_have_a_limit),
		cmocka_unit_test(selinux_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
