/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared libraries that few commands need, loaded where one does. A library that a program is
 * linked with costs every start of it: maps, relocations, page faults.
 *
 * Without DAVIT_DLOPEN, as in a static build, the same table holds the linked functions.
 */
#ifndef DAVIT_BASE_LIBRARY_H
#define DAVIT_BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

struct library {
	const char *soname;  /* "libmnl.so.0" */
	const char *symbols; /* their names, each with its NUL; an empty one ends */
	void **to;	     /* where they go, in this order */
	bool loaded;
};

/*
 * Load it, once. 0, or -ELIBACC with ERR_HOST and text: it is not there or lacks a function.
 * After library_seal(): ERR_BUG.
 */
int library_load(struct library *l, struct error *e);

/*
 * From here on this process loads nothing: it is about to enter a container, whose files have
 * the names of libraries too (A5, CVE-2019-14271).
 */
void library_seal(void);

/* LIBRARY(name, NAME_FUNCTIONS): name.FUNCTION() is what NAME_FUNCTIONS(X) lists by X(FUNCTION). */
#define LIBRARY_POINTER_(fn) __typeof__(&fn) fn;
#define LIBRARY_NAME_(fn) #fn "\0"
#define LIBRARY_LINKED_(fn) .fn = (fn),

#if DAVIT_DLOPEN
#define LIBRARY(name, soname_, functions)                             \
	static struct {                                               \
		functions(LIBRARY_POINTER_)                           \
	} name;                                                       \
	static struct library library_##name = { .soname = (soname_), \
		.symbols = functions(LIBRARY_NAME_),                  \
		.to = (void **)(void *)&name }
#else
#define LIBRARY(name, soname_, functions)        \
	static const struct {                    \
		functions(LIBRARY_POINTER_)      \
	} name = { functions(LIBRARY_LINKED_) }; \
	static struct library library_##name = { .soname = (soname_), .loaded = true }
#endif

/*
 * The ELF note by which packaging tools learn of it (uapi-group.org, "ELF dlopen() metadata");
 * priority is "required", "recommended" or "suggested".
 */
#if DAVIT_DLOPEN
#define LIBRARY_NOTE(name, feature, description, priority, soname_)            \
	LIBRARY_NOTE_(name,                                                    \
		"[{\"feature\":\"" feature "\",\"description\":\"" description \
		"\",\"priority\":\"" priority "\",\"soname\":[\"" soname_ "\"]}]")
#else
#define LIBRARY_NOTE(name, feature, description, priority, soname_) \
	_Static_assert(1, "linked")
#endif
#define LIBRARY_NOTE_TYPE 0x407c0c0au
#define LIBRARY_NOTE_(name, json)                                                        \
	__attribute__((used, section(".note.dlopen"), aligned(4))) static const struct { \
		uint32_t name_size, json_size, type;                                     \
		char owner[4];                                                           \
		char text[(sizeof(json) + 3) / 4 * 4];                                   \
	} note_##name = { 4, sizeof(json), LIBRARY_NOTE_TYPE, "FDO", json }

#endif
