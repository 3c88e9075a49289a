/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules of a configuration share. For the files of this folder. */
#ifndef DAVIT_SPEC_RULE_H
#define DAVIT_SPEC_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "spec/names.h"
#include "spec/spec.h"

struct check;

/* A list of rules ends with one whose path is NULL. */
struct rule {
	const char
		*path;	 /* the part of the configuration it reads, "linux.uidMappings" */
	const char *ref; /* the sentence of the specification, by file and heading */
	void (*check)(struct check *c);
};

struct check {
	const struct spec *spec;
	const struct spec_config *config; /* never NULL */
	const struct spec_warnings *warnings;
	struct arena *arena;
	struct error *e;	    /* never NULL */
	const struct rule *rule;    /* the one that runs */
	unsigned ns_listed, ns_new; /* bit 1 << enum spec_ns */
	bool ns_unknown;	    /* the list itself is faulty */
	unsigned warned;
	bool no_memory;
};

/* Where a fault is: an object's member, one element of it by number or by name. */
struct spot {
	const struct json_value *at; /* the struct's `at` */
	const char *member;	     /* NULL: the object itself */
	const char *key;	     /* of a map, or NULL */
	int index;		     /* of a list, or -1 */
};
#define SPOT(object_, member_) \
	((struct spot){ .at = (object_)->at, .member = (member_), .index = -1 })
#define SPOT_ITEM(object_, member_, index_) \
	((struct spot){                     \
		.at = (object_)->at, .member = (member_), .index = (int)(index_) })
#define SPOT_KEY(object_, member_, key_) \
	((struct spot){                  \
		.at = (object_)->at, .member = (member_), .key = (key_), .index = -1 })

/* One fault more. hint NULL: the rule's reference is the hint. Text: "expected X, found Y". */
void check_fault(struct check *c, struct spot spot, const char *hint, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));
/* A member that the prose requires and the schema does not: told as loading tells it. */
void check_missing(struct check *c, const struct json_value *at, const char *member);
/* What is odd but no reason to refuse. A flood of them is cut. */
void check_warn(struct check *c, struct spot spot, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* text in double quotes, cut when long; in the arena, never NULL. */
const char *check_quote(struct check *c, const char *text);
/* "did you mean X?" for a slip in a closed set, else "allowed: A, B, C". Never NULL. */
const char *check_names_hint(struct check *c, const struct table *set, const char *name);

/* Has the configuration an entry for this namespace; one without a path? Where the list itself
 * is faulty, both say yes: one fault is enough. */
bool check_has_ns(const struct check *c, enum spec_ns ns);
bool check_has_new_ns(const struct check *c, enum spec_ns ns);

/* "" counts as absent where engines (Go's omitempty reversed) send it for "not set". */
static inline bool check_given(const char *text)
{
	return text && text[0];
}

/* Ids are below 2^32 - 1: the last one means "leave as it is" to setresuid(2), chown(2). */
#define CHECK_NO_ID UINT32_MAX

/* Mappings of one kind, of linux or of a mount (MAP-01). */
void check_idmap(struct check *c, const struct json_value *at, const char *member,
	const struct spec_idmap *map, size_t n);
/* A network interface's name by the kernel's grammar (NET-01). */
bool check_ifname(const char *name);
/* Each entry must be NAME=VALUE (PROC-06). */
void check_env(
	struct check *c, const struct json_value *at, const char *const *env, size_t n);
/* Every entry an absolute path (MASK-01, ROP-01). */
void check_absolute(
	struct check *c, struct spot spot, const char *hint, const char *path);

extern const struct rule rules_config[];
extern const struct rule rules_hooks[];
extern const struct rule rules_process[];
extern const struct rule rules_mounts[];
extern const struct rule rules_ns[];
extern const struct rule rules_linux[];
extern const struct rule rules_sysctl[];
extern const struct rule rules_resources[];
extern const struct rule rules_seccomp[];

/*
 * Run all rules; e is not NULL and may hold the faults of loading: what they touch is not
 * looked at again. 0, -EINVAL, -ENOMEM.
 */
int check_run(const struct spec *s, const struct spec_warnings *warnings, struct arena *a,
	struct error *e);
/* Only the rules of the process, over one that was loaded without a fault (exec). */
int check_process(const struct spec *s, const struct spec_warnings *warnings,
	struct arena *a, struct error *e);
/* Only the rules of resources, over ones that were loaded without a fault (update). */
int check_resources(const struct spec *s, const struct spec_warnings *warnings,
	struct arena *a, struct error *e);

#endif
