/* SPDX-License-Identifier: Apache-2.0 */
/* linux.resources of a container that is there: what an update gives, laid over what is stored. */
#ifndef DAVIT_SPEC_RESOURCES_H
#define DAVIT_SPEC_RESOURCES_H

#include <stddef.h>

#include "spec/spec.h"

/*
 * An update: a linux.resources object. Its own faults are told with their places in name.
 * Members that say nothing are gone from out: null, 0 and "" where config-linux.md or the
 * engines use them for "not set", objects that are empty then; devices, because engines send
 * "deny everything" there in every update (docs/engines.md). out->doc is the tree of what is left,
 * out->config->linux->resources the same as a struct. -EINVAL with faults, -ENOMEM.
 */
int spec_resources_parse(const char *name, const char *text, size_t len,
	const struct spec_warnings *warnings, struct arena *a, struct spec *out,
	struct error *e);

/* A rule of the command line, "c 1:3 rw", "b 8:* r", "a": allowed-device-list's member. */
struct spec_device_words {
	bool allow;
	const char *text;
};

/*
 * The configuration stored, with update laid over its resources: scalars replace; devices of
 * blockIO, page sizes, interfaces, RDMA devices and unified files are replaced one by one, others
 * stay. rules are added behind the stored device rules. out is the result, as text and parsed;
 * it has passed the rules of resources. -EINVAL with faults, -ENOMEM.
 */
int spec_resources_merge(const struct spec *stored, const struct spec *update,
	const struct spec_device_words *rules, size_t n_rules, struct arena *a,
	struct spec *out, struct buf *text, struct error *e);

#endif
