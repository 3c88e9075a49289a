/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of update share. */
#ifndef DAVIT_RUN_UPDATE_H
#define DAVIT_RUN_UPDATE_H

#include "run/run.h"

struct spec;
struct spec_device_words;

/*
 * What is asked for, as resources (*given is false when only device rules are) and as device
 * rules, allowing ones first. -EINVAL for a request that is empty or says things twice.
 */
int update_read(const struct run_update_req *req, struct arena *a, struct spec *out,
	bool *given, struct spec_device_words **rules, size_t *n_rules, struct error *e);

#endif
