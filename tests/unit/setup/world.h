/* SPDX-License-Identifier: Apache-2.0 */
/* A small world for steps: a root, a canary beside it, in a mount namespace of a child. */
#ifndef DAVIT_TESTS_WORLD_H
#define DAVIT_TESTS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "base/err.h"
#include "setup/steps.h"

/* In a child: say what is wrong and end with failure. */
#define CHECK(cond)                                                                   \
	do {                                                                          \
		if (!(cond)) {                                                        \
			fprintf(stderr, "%s:%d: %s (errno %s)\n", __FILE__, __LINE__, \
				#cond, err_name(errno));                              \
			return 1;                                                     \
		}                                                                     \
	} while (0)

/* The same for calls that fill an error. */
#define CHECK_OK(expr, e)                                                          \
	do {                                                                       \
		if ((expr) < 0) {                                                  \
			fprintf(stderr, "%s:%d: %s: %s: %s: %s: %s\n", __FILE__,   \
				__LINE__, #expr, (e)->doing ? (e)->doing : "",     \
				(e)->text ? (e)->text : "?",                       \
				(e)->call ? (e)->call : "-", err_name((e)->code)); \
			return 1;                                                  \
		}                                                                  \
	} while (0)

/* The step must fail with this errno. */
#define CHECK_FAILS(expr, errnum, e)                                                   \
	do {                                                                           \
		int _r = (expr);                                                       \
		if (_r != -(errnum)) {                                                 \
			fprintf(stderr, "%s:%d: %s gave %d, not -%s (%s)\n", __FILE__, \
				__LINE__, #expr, _r, err_name(errnum),                 \
				(e)->text ? (e)->text : "");                           \
			return 1;                                                      \
		}                                                                      \
	} while (0)

/* Run fn(arg) in a forked child; its return value is the exit code. */
int in_child(int (*fn)(void *arg), void *arg);

/*
 * Run fn in a child with a mount namespace of its own, all private, standing in an empty tmpfs on
 * /tmp that holds "root" (with a few folders) and "host", the canary. without is for
 * sys_forget(), or NULL. Fails the test when the child fails, skips it, loudly, when that cannot
 * be had.
 */
void in_world(int (*fn)(void *arg), void *arg, const char *without);
/* Two tests that run try_NAME, as the machine is and without the mount API and openat2. */
#define BOTH(name)                                                             \
	static void test_##name(void **state)                                  \
	{                                                                      \
		(void)state;                                                   \
		in_world(try_##name, NULL, NULL);                              \
	}                                                                      \
	static void test_##name##_compat(void **state)                         \
	{                                                                      \
		(void)state;                                                   \
		in_world(try_##name, NULL, "openat2,mount-api,mount-setattr"); \
	}
#define BOTH_TESTS(name) \
	cmocka_unit_test(test_##name), cmocka_unit_test(test_##name##_compat)

/* An empty plan and a context whose root is /tmp/root as a mount. */
int world_begin(struct step_ctx *ctx, struct plan *plan, struct error *e);
/* pivot into it, as the step does. */
int world_pivot(struct step_ctx *ctx, struct error *e);

/* A child that calls fn again and again, until world_stop() or our end; -1 without one. */
pid_t world_go_on(void (*fn)(void));
void world_stop(pid_t pid);
/* How often a race is tried: more with DAVIT_TEST_LONG=1. */
int world_rounds(int usual, int more);

/* The canary: everything below /tmp/host as text, and the mounts that are not below /tmp/root. */
char *canary(void);

/* Write text to a new file. */
int put_file(const char *path, const char *text);
/* Does the file at path begin with text? */
bool has_text(const char *path, const char *text);
/* The mount options at path ("ro,nosuid,..."), or "" when nothing is mounted there. */
const char *mount_options(const char *path);
/* The type of the file system mounted at path, or "". */
const char *mount_type(const char *path);

#endif
