/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as structs (expanded from spec/def), and how it is read and checked. */
#ifndef DAVIT_SPEC_SPEC_H
#define DAVIT_SPEC_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json/json.h"
#include "schema/schema.h"

#include "schema/rows_struct.h"
/* clang-format off */
#include "spec/def/all.def"
/* clang-format on */
#include "schema/rows_end.h"

struct arena;
struct buf;
struct error;
struct err_place;

#define SPEC_VERSION "1.3.0"
#define SPEC_VERSION_MIN "1.0.0"

/* A configuration with the text it came from. Owned by the arena it was read into. */
struct spec {
	const struct spec_config *config;
	struct json_doc doc;
};

struct spec_warnings {
	void (*fn)(void *arg, const struct err_place *where, const char *text);
	void *arg;
};

/*
 * Read file below dirfd (must be a regular file of at most JSON_MAX_SIZE, opened non-blocking;
 * a pipe too when dirfd is AT_FDCWD, since then the caller has named it),
 * parse, load, and run every rule that needs no kernel. name is for messages. All faults are
 * collected in e (at most 20 kept, all counted). warnings may be NULL.
 */
int spec_open(int dirfd, const char *file, const char *name,
	const struct spec_warnings *warnings, struct arena *a, struct spec *out,
	struct error *e);
/* The same from memory (stored configurations, tests, fuzzers). */
int spec_parse(const char *name, const char *text, size_t len,
	const struct spec_warnings *warnings, struct arena *a, struct spec *out,
	struct error *e);
/* A stored configuration: loaded without the rules. */
int spec_load_stored(
	int dirfd, const char *file, struct arena *a, struct spec *out, struct error *e);
/* The text of `davit spec` (terminal as asked), indented, newline at the end. */
int spec_default(bool terminal, struct buf *out);
/* That of `davit spec --rootless`: root of the container is the user uid and the group gid of the
 * host, in one line each; the network and /sys are the host's; no resources. */
int spec_default_rootless(bool terminal, uint32_t uid, uint32_t gid, struct buf *out);

/* The place of an object's member (member NULL: the object itself; index of a list element or -1)
 * for errors. at is the struct's `at`. Memory from arena. */
void spec_where(struct arena *a, const struct spec *s, const struct json_value *at,
	const char *member, int index, struct err_place *out);

#endif
