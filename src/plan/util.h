/* SPDX-License-Identifier: Apache-2.0 */
/* What the planners share. For the files of this folder. */
#ifndef DAVIT_PLAN_UTIL_H
#define DAVIT_PLAN_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "host/host.h"
#include "plan/planner.h"
#include "spec/mountopt.h"
#include "spec/spec.h"

/*
 * A place in the configuration: the struct's `at`, its member (NULL: the object
 * itself), the element of a list (-1: the whole).
 */
struct plan_spot {
	const struct json_value *at;
	const char *member;
	int index;
};
#define SPOT(object_, member_) \
	((struct plan_spot){ .at = (object_)->at, .member = (member_), .index = -1 })
#define SPOT_AT(object_, member_, index_) \
	((struct plan_spot){              \
		.at = (object_)->at, .member = (member_), .index = (int)(index_) })

/* The configuration is wrong at this place: ERR_CONFIG, -EINVAL. */
int plan_fault(struct plan_ctx *ctx, struct error *e, struct plan_spot spot,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* This machine cannot do what stands at this place: ERR_HOST with code. */
int plan_cannot(struct plan_ctx *ctx, struct error *e, struct plan_spot spot, int code,
	const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* No memory for the plan: -ENOMEM. */
int plan_nomem(struct error *e);
/* Lines of a map into the plan's arena. -ENOMEM with text. */
int plan_copy_map(struct plan_ctx *ctx, const struct spec_idmap *from, size_t n,
	struct plan_idmap **out, size_t *n_out, struct error *e);
/* A formatted text in the plan's arena; NULL without memory. */
char *plan_text(struct plan_ctx *ctx, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* A list of CPUs or nodes (spec/list.h), which the rules have checked, as pairs of first and last
 * in the plan's arena. NULL and "" are the empty list. -ENOMEM. */
int plan_ranges(struct plan_ctx *ctx, const char *text, unsigned max, uint32_t **out,
	size_t *n, struct error *e);

/* Where an item stood; the texts go into the plan's arena. */
void plan_place(struct plan_ctx *ctx, struct plan_spot spot, struct err_place *out);
#define PLAN_ORIGIN(ctx_, item_, spot_)               \
	do {                                          \
		struct err_place place_;              \
                                                      \
		plan_place((ctx_), (spot_), &place_); \
		(item_)->at_line = place_.line;       \
		(item_)->at_column = place_.column;   \
		(item_)->at_path = place_.path;       \
	} while (0)

/* Append a zeroed element to a list of the plan: its pointer, NULL without memory. */
#define PLAN_PUSH(ctx_, list_, n_)                                                  \
	({                                                                          \
		__typeof__(list_) grown_ =                                          \
			arena_grow((ctx_)->arena, (list_), (n_), sizeof(*(list_))); \
		if (grown_)                                                         \
			(list_) = grown_;                                           \
		grown_ ? &(list_)[(n_)++] : NULL;                                   \
	})

/* Inside: where the notification socket is. */
#define PLAN_NOTIFY_FOLDER "/run/notify"

/* "" counts as absent where engines send it for "not set". */
static inline bool plan_given(const char *text)
{
	return text && text[0];
}

/* Has the container a namespace of this kind that is not ours, new or joined? */
static inline bool plan_private(const struct plan_ctx *ctx, uint64_t flag)
{
	return ctx->plan->private_flags & flag;
}

/* May we do what the kernel allows only to the initial user namespace's root? */
static inline bool plan_rootless(const struct plan_ctx *ctx)
{
	return ctx->host->euid != 0 || ctx->host->in_userns;
}

/* Nodes cannot be made, only bound: user namespaces have no mknod(2) for devices. */
bool plan_binds_devices(const struct plan_ctx *ctx);

/* --- one mount (mount_idmap.c) --- */

/* Whose mappings a bind gets (MNT-13 to MNT-15). plan.uid_map and gid_map are there. */
int plan_mount_idmap(struct plan_ctx *ctx, const struct spec_mount *from,
	const struct mountopt *opts, struct plan_mount *to, struct error *e);

/* The owners that the options of a new mount name must be mapped (mount_ids.c; MOPT). */
int plan_mount_ids(struct plan_ctx *ctx, const struct spec_mount *from,
	const struct mountopt *opts, struct error *e);
/* Is the container's user, or group, mapped: in the new user namespace or, where the container has
 * none of its own, in ours? Of a joined one this is not known, and true (ids.c). */
bool plan_id_mapped(const struct plan_ctx *ctx, bool group, uint32_t id);
/* Where it would have to be, for messages. */
const char *plan_id_place(const struct plan_ctx *ctx, bool group);

/* --- the cgroup (cgroup.c), used by the resource planners --- */

/*
 * The hierarchy that has a controller: its index in plan.cgroup.hierarchies, and
 * whether it is v2; false when there is none.
 */
bool plan_controller(
	const struct plan_ctx *ctx, const char *name, uint32_t *index, bool *v2);
/* The controller will be written to: on v2 it must be enabled on the way down. */
int plan_controller_need(
	struct plan_ctx *ctx, uint32_t index, const char *name, struct error *e);

#endif
