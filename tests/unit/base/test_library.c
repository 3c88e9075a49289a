/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries on need: loaded, missing, without a function, and none once the process is sealed. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/library.h"

#ifdef __GLIBC__
#define LIBC "libc.so.6"
#else
#define LIBC "libc.so"
#endif

#define FUNCTIONS(X) X(getpid) X(getppid)
LIBRARY(here, LIBC, FUNCTIONS);

static void functions_are_called_through_the_table(void **state)
{
	(void)state;
	assert_int_equal(library_load(&library_here, NULL), 0);
	assert_int_equal(here.getpid(), getpid());
	assert_int_equal(here.getppid(), getppid());
}

#if DAVIT_DLOPEN
static void what_is_missing_is_named(void **state)
{
	void *to[2];
	struct library none = {
		.soname = "libdavit-none.so.7", .symbols = "a\0", .to = to
	};
	struct library poor = {
		.soname = LIBC, .symbols = "getpid\0davit_none\0", .to = to
	};
	auto_error struct error e = ERROR_INIT;

	(void)state;
	assert_int_equal(library_load(&none, &e), -ELIBACC);
	assert_int_equal(e.kind, ERR_HOST);
	assert_non_null(strstr(e.text, "libdavit-none.so.7"));
	err_done(&e);
	assert_int_equal(library_load(&poor, &e), -ELIBACC);
	assert_non_null(strstr(e.text, LIBC));
	assert_non_null(strstr(e.text, "davit_none"));
	/* It stays so. */
	assert_int_equal(library_load(&poor, NULL), -ELIBACC);
}

static void nothing_is_loaded_behind_the_seal(void **state)
{
	void *to[1];
	struct library late = { .soname = LIBC, .symbols = "getpid\0", .to = to };
	auto_error struct error e = ERROR_INIT;

	(void)state;
	library_seal();
	assert_int_equal(library_load(&late, &e), -ELIBACC);
	assert_int_equal(e.kind, ERR_BUG);
	/* What was there before may be used. */
	assert_int_equal(library_load(&library_here, NULL), 0);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_are_called_through_the_table),
#if DAVIT_DLOPEN
		cmocka_unit_test(what_is_missing_is_named),
		/* The last: there is no way back. */
		cmocka_unit_test(nothing_is_loaded_behind_the_seal),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
