/* SPDX-License-Identifier: Apache-2.0 */
/* A state folder in a temporary folder for each test. */
#ifndef DAVIT_TESTS_UNIT_STATE_STORE_H
#define DAVIT_TESTS_UNIT_STATE_STORE_H

#include <stddef.h>

#include "base/arena.h"
#include "state/state.h"

struct store {
	char path[64];
	int fd; /* as state_root_open() gives it */
	struct arena arena;
};
extern struct store store;

/* setup and teardown of cmocka */
int store_setup(void **state);
int store_teardown(void **state);
/* Text of a file below the store, NUL-ended, in the arena; NULL when it cannot be read. */
char *store_read(const char *path);
/* Write a file below the store, making its folder when it is missing. */
void store_write(const char *path, const char *text, unsigned mode);
/* Entries of a folder of the store ("." is the store itself). */
size_t store_count(const char *path);
/* Make a container with a record of this pid; it is created and not locked. */
void store_container(const char *id, long pid, unsigned long long starttime);

#endif
