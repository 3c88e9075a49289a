/* SPDX-License-Identifier: Apache-2.0 */
/* The row tables of the record, expanded. */
#include "config.h"

#include "state/state.h"

#include <stddef.h>

#define ROW_FILE "state/def/state.def"
#include "schema/rows_table.h"
