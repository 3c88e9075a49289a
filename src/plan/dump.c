/* SPDX-License-Identifier: Apache-2.0 */
/* The plan as JSON: for people, for golden tests, for reports of faults. */
#include "config.h"

#include "plan/planner.h"

void plan_dump(const struct plan *plan, struct json_w *w)
{
	schema_dump(&object_plan, plan, w);
}
