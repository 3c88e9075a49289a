/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle becomes a plan. */
#ifndef DAVIT_RUN_PREPARE_H
#define DAVIT_RUN_PREPARE_H

#include "base/arena.h"
#include "base/err.h"
#include "host/host.h"
#include "plan/planner.h"
#include "run/passed.h"
#include "run/run.h"
#include "spec/spec.h"

/* Enough for what engines send. */
#define PREPARED_MEMORY 32768

struct prepared {
	struct passed passed;
	bool notify; /* the service manager wants to be told */
	struct arena arena;
	char bundle[4096]; /* absolute */
	struct spec spec;
	struct host host;
	struct plan *plan;
	void *memory; /* PREPARED_MEMORY bytes of the caller for the arena, or NULL */
};

/* Read and check the bundle's configuration, ask the host, plan. Nothing is changed anywhere.
 * -ENOENT, -EINVAL with all faults, ... Free with prepared_done(). */
int run_prepare(const struct run_env *env, const struct run_create_req *req,
	struct prepared *out, struct error *e);
void prepared_done(struct prepared *p);
/* A spec_warnings.fn: to the log, with its place. */
void prepared_warning(void *arg, const struct err_place *where, const char *text);

#endif
