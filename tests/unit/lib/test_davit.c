/* SPDX-License-Identifier: Apache-2.0 */
/* The public face: arguments, option structs of other releases, errors as objects. */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "davit/davit.h"

static char root[64];
static struct davit *store;

static int setup(void **state)
{
	struct davit_options options = { .size = sizeof(options), .root = root };

	(void)state;
	snprintf(root, sizeof(root), "/tmp/davit-lib-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	return davit_open(&options, &store, NULL);
}

static int teardown(void **state)
{
	(void)state;
	davit_close(store);
	return rmdir(root);
}

static void an_error_is_an_object(void **state)
{
	struct davit_error *err = NULL;
	char *json = NULL;

	(void)state;
	assert_int_equal(davit_state(store, "nobody", &json, &err), -ENOENT);
	assert_null(json);
	assert_int_equal(davit_error_code(err), -ENOENT);
	assert_string_equal(davit_error_line(err), "container does not exist");
	assert_string_equal(davit_error_text(err), "container does not exist\n");
	assert_non_null(strstr(davit_error_json(err), "\"doing\":\"state nobody\""));
	/* the same text every time it is asked for */
	assert_ptr_equal(davit_error_line(err), davit_error_line(err));
	davit_error_free(err);
	assert_int_equal(davit_state(store, "nobody", &json, NULL), -ENOENT);
}

static void no_error_has_texts_too(void **state)
{
	(void)state;
	assert_string_equal(davit_error_line(NULL), "");
	assert_string_equal(davit_error_text(NULL), "");
	assert_string_equal(davit_error_json(NULL), "{}");
	assert_int_equal(davit_error_code(NULL), 0);
	assert_null(davit_error_parts(NULL));
	davit_error_free(NULL);
	davit_free(NULL);
	davit_close(NULL);
}

static void null_is_refused(void **state)
{
	struct davit_error *err = NULL;
	char *json;
	int code;

	(void)state;
	assert_int_equal(davit_state(NULL, "a", &json, &err), -EINVAL);
	assert_int_equal(davit_error_code(err), -EINVAL);
	davit_error_free(err);
	assert_int_equal(davit_state(store, NULL, &json, NULL), -EINVAL);
	assert_int_equal(davit_state(store, "a", NULL, NULL), -EINVAL);
	assert_int_equal(davit_create(store, NULL, NULL, NULL), -EINVAL);
	assert_int_equal(davit_plan(store, "a", NULL, NULL, NULL), -EINVAL);
	assert_int_equal(davit_run(NULL, "a", NULL, &code, NULL), -EINVAL);
	assert_int_equal(davit_start(store, NULL, NULL), -EINVAL);
	assert_int_equal(davit_kill(store, NULL, 9, false, NULL), -EINVAL);
	assert_int_equal(davit_kill(store, "a", -9, false, NULL), -EINVAL);
	assert_int_equal(davit_delete(NULL, "a", true, NULL), -EINVAL);
	assert_int_equal(davit_list(store, DAVIT_LIST_JSON, NULL, NULL, NULL), -EINVAL);
	assert_int_equal(davit_features(NULL, NULL), -EINVAL);
	assert_int_equal(davit_spec(false, NULL, NULL), -EINVAL);
	assert_int_equal(davit_check_json(NULL, NULL, NULL, NULL, NULL), -EINVAL);
	assert_int_equal(davit_open(NULL, NULL, NULL), -EINVAL);
	assert_int_equal(davit_signal(NULL), -EINVAL);
}

static void option_structs_of_other_releases(void **state)
{
	struct {
		struct davit_options options;
		char later[32];
	} newer = { .options = { .size = sizeof(newer) } };
	struct davit_options options = { .size = 1 };
	struct davit *d = NULL;

	(void)state;
	assert_int_equal(davit_open(&options, &d, NULL), -EINVAL);
	options.size = SIZE_MAX;
	assert_int_equal(davit_open(&options, &d, NULL), -EINVAL);
	/* an older caller's is shorter */
	options.size = sizeof(size_t);
	assert_int_equal(davit_open(&options, &d, NULL), 0);
	davit_close(d);
	/* a newer one's is longer, and says nothing that we do not know */
	assert_int_equal(davit_open(&newer.options, &d, NULL), 0);
	davit_close(d);
	newer.later[31] = 1;
	assert_int_equal(davit_open(&newer.options, &d, NULL), -EINVAL);
	assert_int_equal(davit_open(NULL, &d, NULL), 0);
	davit_close(d);
}

static int never(void *arg, const struct davit_entry *entry)
{
	(void)arg;
	(void)entry;
	return -EIO;
}

static void an_empty_store(void **state)
{
	(void)state;
	assert_int_equal(davit_list(store, DAVIT_LIST_JSON, never, NULL, NULL), 0);
	assert_int_equal(davit_delete(store, "nobody", true, NULL), 0);
	assert_int_equal(davit_delete(store, "nobody", false, NULL), -ENOENT);
	assert_int_equal(davit_kill(store, "nobody", 15, false, NULL), -ENOENT);
	assert_int_equal(davit_start(store, "../nobody", NULL), -EINVAL);
}

static void texts(void **state)
{
	char *json = NULL;

	(void)state;
	assert_int_equal(davit_features(&json, NULL), 0);
	assert_non_null(strstr(json, "\"ociVersionMax\""));
	davit_free(json);
	assert_int_equal(davit_spec(true, &json, NULL), 0);
	assert_non_null(strstr(json, "\"terminal\": true"));
	davit_free(json);
	assert_string_equal(davit_version(), PACKAGE_VERSION);
	assert_string_equal(davit_spec_version(), "1.3.0");
	assert_int_equal(davit_signal("KILL"), 9);
	assert_int_equal(davit_signal("-9"), -EINVAL);
}

static void a_missing_bundle_is_a_fault(void **state)
{
	struct davit_error *err = NULL;
	unsigned warnings = 7;
	char *json = NULL;

	(void)state;
	assert_int_equal(
		davit_check("/tmp/no/such/bundle", NULL, NULL, NULL, &err), -ENOENT);
	assert_non_null(strstr(davit_error_line(err), "ENOENT"));
	davit_error_free(err);
	assert_int_equal(
		davit_check_json("/tmp/no/such/bundle", NULL, &json, &warnings, NULL),
		-ENOENT);
	assert_int_equal(warnings, 0);
	assert_non_null(strstr(json, "\"faults\""));
	davit_free(json);
}

static void *sleep_long(void *arg)
{
	(void)arg;
	pause();
	return NULL;
}

static void threads_are_refused(void **state)
{
	struct davit_error *err = NULL;
	pthread_t thread;

	(void)state;
	assert_int_equal(davit_start(store, "nobody", NULL), -ENOENT);
	assert_int_equal(pthread_create(&thread, NULL, sleep_long, NULL), 0);
	assert_int_equal(davit_create(store, "web", NULL, &err), -DAVIT_E_THREADS);
	assert_non_null(strstr(davit_error_line(err), "threads"));
	davit_error_free(err);
	/* questions may be asked */
	assert_int_equal(davit_list(store, DAVIT_LIST_IDS, never, NULL, NULL), 0);
	pthread_cancel(thread);
	pthread_join(thread, NULL);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_error_is_an_object),
		CASE(no_error_has_texts_too),
		CASE(null_is_refused),
		CASE(option_structs_of_other_releases),
		CASE(an_empty_store),
		CASE(texts),
		CASE(a_missing_bundle_is_a_fault),
		CASE(threads_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
