/* SPDX-License-Identifier: Apache-2.0 */
/* The row tables of the plan, expanded from plan/def. */
#include "config.h"

#include "plan/plan.h"

/* clang-format off */
#include "schema/rows_table.h"
#include "plan/def/mounts.def"
#include "plan/def/cgroup.def"
#include "plan/def/process.def"
#include "plan/def/plan.def"
#include "schema/rows_end.h"
/* clang-format on */
