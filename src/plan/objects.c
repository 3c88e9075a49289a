/* SPDX-License-Identifier: Apache-2.0 */
/* The row tables of the plan, expanded from plan/def. */
#include "config.h"

#include "plan/plan.h"
#include "plan/shown.h"
#include "spec/names.h"

#define ROW_FILE "plan/def/all.def"
#include "schema/rows_table.h"
