/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration as text becomes a plan, or an error, on a pretended host. */
#ifndef TESTS_UNIT_PLAN_PLANNING_H
#define TESTS_UNIT_PLAN_PLANNING_H

#include "base/arena.h"
#include "base/err.h"
#include "host/host.h"
#include "plan/planner.h"
#include "spec/spec.h"

struct planned {
	struct arena arena;
	struct spec spec;
	struct error e;
	struct plan *plan; /* NULL when it was refused */
};

/* A pure v2 machine with every controller; v1 with one hierarchy each; root on both. */
extern const struct host host_v2, host_v1;

/*
 * The configuration is members ("\"hostname\": \"x\"") beside an ociVersion, a root and a
 * process, which members may give too. fmt is printf's. Returns what plan_create() returned.
 */
int planning(struct planned *p, const struct host *host, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* As planning(), and a refusal fails the test. */
void planning_ok(struct planned *p, const struct host *host, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void planned_done(struct planned *p);
/* The value that the plan writes to a cgroup file, or NULL. */
const char *planned_write(const struct planned *p, const char *file);

#endif
