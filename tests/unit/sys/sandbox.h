/* SPDX-License-Identifier: Apache-2.0 */
/* Children to try things in that must not touch the machine. */
#ifndef DAVIT_TESTS_SANDBOX_H
#define DAVIT_TESTS_SANDBOX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

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
#define CHECK_OK(expr, e)                                                              \
	do {                                                                           \
		if ((expr) < 0) {                                                      \
			fprintf(stderr, "%s:%d: %s: %s: %s: %s\n", __FILE__, __LINE__, \
				#expr, (e)->text ? (e)->text : "?",                    \
				(e)->call ? (e)->call : "-", err_name((e)->code));     \
			return 1;                                                      \
		}                                                                      \
	} while (0)

/* May this process make a mount namespace and mount there? Says so when not. */
bool may_mount(void);
/* Run fn(arg) in a forked child; its return value is the exit code. */
int in_child(int (*fn)(void *arg), void *arg);
/*
 * Run fn in a child with a mount namespace of its own, all private, standing in an
 * empty tmpfs; without is for sys_forget(), or NULL. Fails the test when the child
 * fails, skips it when mounting is not possible, or the build has no test hooks.
 */
void in_sandbox(int (*fn)(void *arg), void *arg, const char *without);
/* Define two tests that run try_NAME in a sandbox, as the machine is and without
 * features. */
#define BOTH(name, without)                              \
	static void test_##name(void **state)            \
	{                                                \
		(void)state;                             \
		in_sandbox(try_##name, NULL, NULL);      \
	}                                                \
	static void test_##name##_fallback(void **state) \
	{                                                \
		(void)state;                             \
		in_sandbox(try_##name, NULL, without);   \
	}
#define BOTH_TESTS(name) \
	cmocka_unit_test(test_##name), cmocka_unit_test(test_##name##_fallback)
/* Let sys_forget() do so in this process; false (said loudly) without test hooks. */
bool forget(const char *without);
/* Write text to a new file. */
int put_file(const char *path, const char *text);
/* A writable hierarchy to try things in: a new cgroup in it, as descriptor of the
 * hierarchy's root and name below it. v2 or v1. False (said loudly) when there is
 * none. */
bool find_cgroup(bool v2, int *rootfd, char name[64]);

#endif
