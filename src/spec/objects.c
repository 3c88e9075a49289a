/* SPDX-License-Identifier: Apache-2.0 */
/* The row tables of the configuration, expanded from spec/def. */
#include "config.h"

#include "spec/spec.h"

#include "spec/names.h"

#define ROW_FILE "spec/def/all.def"
#include "schema/rows_table.h"
